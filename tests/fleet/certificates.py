"""Certificates that end when a test wants them to."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def make(name: str, days: int) -> tuple[str, str]:
    """Certificate and key, PEM; `days` may be negative."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    begun = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    begun = begun.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=400))
    made = begun.not_valid_after(now + timedelta(days=days, hours=1)).sign(key, hashes.SHA256())
    body = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM).decode(), body.decode()


def write(folder: Path, name: str, days: int) -> str:
    """`lab.crt` and `lab.key` in a folder; the key's text."""
    certificate, key = make(name, days)
    (folder / "lab.crt").write_text(certificate)
    (folder / "lab.key").write_text(key)
    (folder / "lab.key").chmod(0o600)
    return key
