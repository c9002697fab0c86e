"""local.settings.json, from which Core Tools and devhost set an app's environment."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from devhost.config import load_local_settings

FILE = "local.settings.json"
SAMPLE_FILE = "local.settings.sample.json"


def app_environment(folder: Path) -> dict[str, str]:
    """Return the environment that the app has when it is started in this folder.

    Raises:
        SettingsInvalid: the folder's file cannot be read as settings.
    """
    environment = dict(os.environ)
    load_local_settings(folder / FILE, environment)
    return environment


def ensure_local_settings(folder: Path) -> bool:
    """Make local.settings.json from the sample unless it is there; return whether it was made."""
    if (folder / FILE).exists():
        return False
    shutil.copyfile(folder / SAMPLE_FILE, folder / FILE)
    return True
