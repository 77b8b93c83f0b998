"""The secret that each server's sign-in is checked against."""

from statafleet.secrets.secret import Clear, Hash, SignIn, Token
from statafleet.settings.model.password import Password


def secret(wanted: Password | None, clear: Clear | None, kept: SignIn | None) -> SignIn:
    """`kept`, what the host has now, whenever it still serves."""
    if wanted is None:
        return kept if isinstance(kept, Token) else Token.new()
    if wanted.hash is not None:
        return Hash(wanted.hash.get_secret_value())
    if clear is None:
        raise ValueError("a password that comes from a source was not read")
    return kept if isinstance(kept, Hash) and clear.opens(kept) else clear.hashed()
