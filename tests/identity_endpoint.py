"""A function app's identity on this machine: what gives it tokens, and TLS for who takes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.loopback import LoopbackServer


class IdentityEndpoint(LoopbackServer):
    """What gives a function app tokens of its identities (App Service, 2019-08-01).

    Attributes:
        asked: the query of every request.
    """

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        super().__init__(self._handler())
        self.url = f"{self.address}/msi/token"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = dict(parse_qsl(urlsplit(self.path).query))
                endpoint.asked.append(asked)
                given = {
                    "access_token": "a-token",
                    "expires_on": "4102444800",
                    "resource": asked["resource"],
                    "token_type": "Bearer",
                }
                body = json.dumps(given).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        return Handler


def write_certificate(folder: Path) -> Path:
    """Write a key and a certificate for 127.0.0.1 that whoever has the file trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ingestion")])
    now = datetime.now(UTC)
    address = x509.IPAddress(ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "ingestion.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    return path
