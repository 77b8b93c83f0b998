"""What to do when it does not connect: the same words in every guide."""

from __future__ import annotations

from typing import NamedTuple


class Remedy(NamedTuple):
    seen: str
    do: str


WORDS = (
    Remedy(
        "ssh says “Permission denied”",
        "The host does not know your key or password. Try again; then ask your administrator to add your key.",
    ),
    Remedy(
        "ssh says that the host's key has changed",
        "Do not go on. Ask your administrator whether the key was really renewed.",
    ),
    Remedy(
        "ssh says “Connection timed out” or “No route to host”",
        "You are outside the network: turn on the VPN, or wait until the host is back.",
    ),
    Remedy(
        "ssh says “Address already in use”",
        "The way is open already, in another window. Use that one, or close it first.",
    ),
    Remedy(
        "The page says that it cannot be reached",
        "The window with ssh must stay open. If it is, Jupyter does not run: tell your administrator.",
    ),
    Remedy(
        "The page asks for a password again",
        "It is Jupyter's own, not that of your account. After many wrong ones it waits for a while.",
    ),
    Remedy(
        "The line drops, or the laptop sleeps",
        "Nothing is lost: Stata goes on. Open the way again, and the tab goes on where it was.",
    ),
)
