"""TLS servers of one host that a browser takes for one: it sends cookies by name, whatever the port. Pure."""

from collections.abc import Iterator, Mapping

from cryptography import x509

from statafleet.report.finding import Finding, Kind

# Beside ValueError, what cryptography 50 says of a certificate; whoever shows one may have made it for that.
STRANGE = (x509.ExtensionNotFound, x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType)


def shared_names(certificates: Mapping[str, str]) -> Iterator[Finding]:
    """One finding for each group of owners whose certificates (PEM, by owner) are for the same name."""
    names = {owner: _names(pem) for owner, pem in sorted(certificates.items())}
    told = set[tuple[str, ...]]()
    for name in sorted(set[str]().union(*names.values())):
        owners = tuple(owner for owner, own in names.items() if any(_covers(each, name) for each in own))
        if len(owners) > 1 and owners not in told:
            told.add(owners)
            yield Finding(Kind.NAME_SHARED, place=name, values={"owners": owners})


def _names(pem: str) -> frozenset[str]:
    """None for what is no certificate: the verdict says so."""
    try:
        extensions = x509.load_pem_x509_certificate(pem.encode()).extensions
        said = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, *STRANGE):
        return frozenset()
    addresses = said.get_values_for_type(x509.IPAddress)
    return frozenset(name.lower() for name in (*said.get_values_for_type(x509.DNSName), *map(str, addresses)))


def _covers(pattern: str, name: str) -> bool:
    return pattern == name or (pattern.startswith("*.") and name.partition(".")[2] == pattern[2:])
