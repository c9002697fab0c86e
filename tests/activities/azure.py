"""Steps on a real Azurite, for what only real storage and a real network show."""

from __future__ import annotations

from pathlib import Path

from activities.probe_source import probe
from adapters.services import Services, make_services
from adapters.settings import Settings
from adapters.storage.places import make_places
from tests.activities.world import QUICK, plan_of
from tests.containers import upload_source
from transcoding.plan.plan import Plan, Probed
from triggers.on_poison import POISON_QUEUE


def azure_services(settings: Settings) -> Services:
    """Return services on the test's storage that encode fast."""
    make_places(settings, POISON_QUEUE)
    return make_services(settings.model_copy(update=QUICK))


def probe_on(services: Services, source: Path | bytes, name: str = "clip.mp4") -> Probed:
    """Upload a source and probe it."""
    body = source if isinstance(source, bytes) else source.read_bytes()
    return probe(services, upload_source(services.settings, name, body))


def planned_on(services: Services, source: Path, name: str = "clip.mp4") -> Plan:
    """Upload a source and plan its job."""
    return plan_of(services, upload_source(services.settings, name, source.read_bytes()))
