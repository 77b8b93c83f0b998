"""bcrypt that counts what it is asked: each call is a quarter of a second of a real run."""

import bcrypt
import pytest


class Counted:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made = self.checked = 0
        self._make, self._check = bcrypt.hashpw, bcrypt.checkpw
        monkeypatch.setattr(bcrypt, "hashpw", self.hashpw)
        monkeypatch.setattr(bcrypt, "checkpw", self.checkpw)

    def hashpw(self, password: bytes, _: bytes) -> bytes:
        self.made += 1
        return self._make(password, bcrypt.gensalt(4))

    def checkpw(self, password: bytes, hashed: bytes) -> bool:
        self.checked += 1
        return self._check(password, hashed)
