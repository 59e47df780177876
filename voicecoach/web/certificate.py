"""A certificate of the server's own, made once: a browser gives its microphone to secure pages only."""

import ipaddress
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from voicecoach.errors import InputError
from voicecoach.places import made

LASTS: Final = timedelta(days=397)
"""Browsers take no certificate that is valid for longer."""
RENEW_BEFORE: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two files in PEM, and what people compare before they trust it."""

    certificate: Path
    key: Path
    fingerprint: str


def given(certificate: str, key: str) -> Certificate:
    """Return a certificate that the user brings; raise `InputError` where a file cannot be read."""
    for path in (Path(certificate), Path(key)):
        if not path.is_file():
            raise InputError(f"{path} is not there. Give --certificate and --key, both in PEM, or leave both away.")
    try:
        return Certificate(Path(certificate), Path(key), _fingerprint(Path(certificate)))
    except ValueError as error:
        raise InputError(f"{certificate} is no certificate in PEM ({error}).") from error


def own(home: Path, names: Iterable[str]) -> Certificate:
    """Return the certificate of this server, made anew where there is none that holds for these names."""
    folder = made(home / "certificate")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    wanted = sorted(set(names))
    if not (certificate.exists() and key.exists() and _holds(certificate, wanted)):
        _make(certificate, key, wanted)
    return Certificate(certificate, key, _fingerprint(certificate))


def names_of_this_machine(host: str) -> list[str]:
    """Return the names and addresses under which other machines may reach this one."""
    name = socket.gethostname()
    names = ["localhost", "127.0.0.1", name, f"{name}.local"]
    if host not in ("0.0.0.0", "::"):  # noqa: S104 -- compared with, not listened on
        return [*names, host]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it only asks which way out there is
            return [*names, probe.getsockname()[0]]
        except OSError:
            return names


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _make(certificate: Path, key: Path, names: list[str]) -> None:
    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "voicecoach")])
    now = datetime.now(UTC)
    made_of = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    private = secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(private)
    certificate.write_bytes(made_of.public_bytes(serialization.Encoding.PEM))


def _load(certificate: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificate.read_bytes())


def _holds(certificate: Path, names: list[str]) -> bool:
    try:
        found = _load(certificate)
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (ValueError, x509.ExtensionNotFound):
        return False
    inside = {str(name.value) for name in extension.value}
    return set(names) <= inside and found.not_valid_after_utc - RENEW_BEFORE > datetime.now(UTC)


def _fingerprint(certificate: Path) -> str:
    return ":".join(f"{byte:02X}" for byte in _load(certificate).fingerprint(hashes.SHA256()))
