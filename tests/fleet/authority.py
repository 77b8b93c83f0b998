"""A certificate authority of a test's own."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

TO_SIGN = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Signs for a day; strict clients (Python 3.13's ssl) accept what it signs."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        begun = self._begin(self._name, self._key).add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        self._itself = begun.add_extension(TO_SIGN, critical=True).sign(self._key, hashes.SHA256())

    @property
    def certificate(self) -> str:
        return self._itself.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, name: str, file: Path) -> Path:
        """Into one file: a key and its certificate for a server of this name or address."""
        key = ec.generate_private_key(ec.SECP256R1())
        begun = self._begin(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])]), key)
        begun = begun.add_extension(x509.SubjectAlternativeName([_of(name)]), critical=False)
        begun = begun.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        made = begun.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
        file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made)
        return file

    def _begin(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        begun = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
        begun = begun.serial_number(x509.random_serial_number())
        begun = begun.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        issuers = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return begun.add_extension(own, critical=False).add_extension(issuers, critical=False)


def _of(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
