"""Text that a terminal shows as it is, whoever it comes from."""


def printable(text: str) -> str:
    """Without control characters: each is written as its escape, so that nothing moves the cursor or forges a line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
