"""Which secret a server's sign-in is checked against, and when it stays as it is."""

import bcrypt
import pytest
from pydantic import SecretStr

from statafleet.secrets import choose, secret
from statafleet.secrets.secret import Clear, Hash, Token, Unread, from_kept
from statafleet.settings.model.password import Password
from tests.unit.lab import HASH

FROM_SOURCE = Password(env="LAB_PASSWORD")
KEPT_TOKEN = Token("x" * 43)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "COST", 4)


def right() -> Clear:
    """One that remembers nothing yet, as at the start of a run."""
    return Clear("correct horse")


def test_without_a_password_a_token_is_made_and_kept() -> None:
    first = choose.secret(None, None, None)

    assert isinstance(first, Token)
    assert len(first.reveal()) > 40
    assert choose.secret(None, None, first) == first
    assert choose.secret(None, None, None) != first


def test_a_hash_is_taken_as_it_is() -> None:
    assert choose.secret(Password(hash=SecretStr(HASH)), None, KEPT_TOKEN) == Hash(HASH)


def test_a_password_is_hashed_so_that_it_verifies() -> None:
    made = choose.secret(FROM_SOURCE, right(), None).reveal().encode()

    assert bcrypt.checkpw(b"correct horse", made)
    assert not bcrypt.checkpw(b"wrong horse", made)


def test_a_hash_that_the_password_still_opens_is_kept() -> None:
    kept = choose.secret(FROM_SOURCE, right(), None)

    assert choose.secret(FROM_SOURCE, right(), kept) == kept


def test_a_password_that_was_not_read_is_taken_for_the_one_that_the_host_keeps() -> None:
    assert choose.secret(FROM_SOURCE, Unread("LAB_PASSWORD"), Hash(HASH)) == Hash(HASH)


@pytest.mark.parametrize("kept", [None, KEPT_TOKEN])
def test_of_one_that_was_not_read_and_is_new_nothing_is_known(kept: Token | None) -> None:
    """Nobody could sign in with it: a run that puts it on a host reads it first."""
    made = choose.secret(FROM_SOURCE, Unread("LAB_PASSWORD"), kept)

    assert isinstance(made, Hash)
    assert from_kept(made.reveal()) is None or not bcrypt.checkpw(b"LAB_PASSWORD", made.reveal().encode())


@pytest.mark.parametrize("kept", [None, Token("correct horse"), Hash("$2b$12$short"), Hash(HASH)])
def test_what_the_password_does_not_open_is_replaced(kept: Token | Hash | None) -> None:
    made = choose.secret(FROM_SOURCE, right(), kept)

    assert made != kept
    assert from_kept(made.reveal()) == made


def test_a_token_takes_the_place_of_a_password_that_was_taken_out() -> None:
    assert isinstance(choose.secret(None, None, Hash(HASH)), Token)


def test_a_password_that_was_not_read_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="was not read"):
        choose.secret(FROM_SOURCE, None, Hash(HASH))
