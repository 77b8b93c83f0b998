"""Which secret a server's sign-in is checked against, and when it stays as it is."""

import bcrypt
import pytest
from pydantic import SecretStr

from statafleet.secrets import choose
from statafleet.settings.model.password import Password
from tests.unit.lab import HASH

RIGHT = SecretStr("correct horse")
FROM_SOURCE = Password(env="LAB_PASSWORD")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "COST", 4)


def test_without_a_password_a_token_is_made_and_kept() -> None:
    first = choose.secret(None, None, "")

    assert first.startswith("token:")
    assert len(first) > len("token:") + 40
    assert choose.secret(None, None, first) == first
    assert choose.secret(None, None, "") != first


def test_a_hash_is_taken_as_it_is() -> None:
    assert choose.secret(Password(hash=SecretStr(HASH)), None, "token:x") == HASH


def test_a_password_is_hashed_so_that_it_verifies() -> None:
    made = choose.secret(FROM_SOURCE, RIGHT, "")

    assert bcrypt.checkpw(b"correct horse", made.encode())
    assert not bcrypt.checkpw(b"wrong horse", made.encode())


def test_a_hash_that_the_password_still_opens_is_kept() -> None:
    kept = choose.secret(FROM_SOURCE, RIGHT, "")

    assert choose.secret(FROM_SOURCE, RIGHT, kept) == kept


@pytest.mark.parametrize(
    "kept", ["", "token:correct horse", "argon2:$argon2id$v=19$m=8,t=1,p=1$a$b", "$2b$12$short", HASH]
)
def test_what_the_password_does_not_open_is_replaced(kept: str) -> None:
    assert choose.secret(FROM_SOURCE, RIGHT, kept) != kept


def test_a_token_takes_the_place_of_a_password_that_was_taken_out() -> None:
    assert choose.secret(None, None, HASH).startswith("token:")


def test_a_password_that_was_not_read_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="was not read"):
        choose.secret(FROM_SOURCE, None, HASH)
