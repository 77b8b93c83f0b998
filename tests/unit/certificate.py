"""A certificate for a test."""

import ipaddress
import ssl
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID


def certificate(now: datetime, days: float, *names: str) -> str:
    """PEM of one that ends so many days from `now`; `names` are those that browsers look at."""
    return key_pair(now, days, *names)[0]


def key_pair(
    now: datetime, days: float = 100, *names: str, passphrase: str = "", more: x509.ExtensionType | None = None
) -> tuple[str, str]:
    """A certificate and its key, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "econ1")])
    alternatives = x509.SubjectAlternativeName([_alternative(each) for each in names])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
    )
    if names:
        made = made.add_extension(alternatives, critical=False)
    if more:
        made = made.add_extension(more, critical=False)
    pem = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return pem, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()


def strange(now: datetime) -> dict[str, str]:
    """PEM of some that no honest program makes, by what is wrong with them."""
    der = ssl.PEM_cert_to_DER_cert(certificate(now, 90, "a.example"))
    version, unknown = bytes.fromhex("a0030201"), x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.99"), b"0\0")
    twice = ssl.PEM_cert_to_DER_cert(key_pair(now, 90, "a.example", more=unknown)[0])
    made = {
        "a version that there is not": der.replace(version + b"\2", version + b"\5", 1),
        "two lists of names": twice.replace(bytes.fromhex("0603551d63"), bytes.fromhex("0603551d11")),
    }
    return {what: ssl.DER_cert_to_PEM_cert(each) for what, each in made.items()}


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
