"""A secret shows itself through no door but `reveal`."""

import copy
import dataclasses
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from operator import methodcaller

import pytest

from statafleet.desired.release import Release, release
from statafleet.secrets.secret import Clear, Hash, KeyPair, Secret, Token, Unread
from tests.unit.lab import answers_of, lab

SECRET = "hunter2"
KINDS: list[Callable[[], Secret]] = [
    lambda: Secret(SECRET),
    lambda: Token(SECRET),
    lambda: Hash(SECRET),
    lambda: Clear(SECRET),
    lambda: Unread(SECRET),
]


@dataclasses.dataclass(frozen=True)
class Holder:
    pair: KeyPair
    by_owner: dict[str, Secret]


@pytest.fixture(params=KINDS, ids=["secret", "token", "hash", "clear", "unread"])
def secret(request: pytest.FixtureRequest) -> Secret:
    made: Secret = request.param()
    return made


@pytest.fixture
def holder(secret: Secret) -> Holder:
    return Holder(KeyPair("CERTIFICATE", secret), {"alice": secret})


def test_only_asked_for_by_its_name_is_it_told(secret: Secret) -> None:
    assert secret.reveal() == SECRET


@pytest.mark.parametrize("show", [repr, str, ascii, format, "{}".format, "%s".__mod__, "%r".__mod__])
def test_no_text_of_it_or_of_what_holds_it_shows_it(secret: Secret, holder: Holder, show: Callable[..., str]) -> None:
    for thing in (secret, holder, {"alice": secret}, [secret], (secret,)):
        assert SECRET not in show((thing,) if show.__name__ == "__mod__" else thing)


def test_no_look_into_it_shows_it(secret: Secret, holder: Holder) -> None:
    with pytest.raises(TypeError):
        vars(secret)
    assert SECRET not in str(vars(holder)) + str(dir(secret)) + str(dataclasses.asdict(holder))


def test_no_log_and_no_traceback_shows_it(secret: Secret, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger().debug("%s %r", secret, secret)

    with pytest.raises(ValueError, match="not shown") as caught:
        raise ValueError(secret)

    assert SECRET not in caplog.text + "".join(traceback.format_exception(caught.value))


def test_pyinfras_json_masks_it_and_pythons_refuses_it(secret: Secret, holder: Holder) -> None:
    data = {"passwords": {"alice": secret}, "tls": {"alice": holder.pair}}

    shown = json.loads(json.dumps(data, default=methodcaller("to_json")))

    assert shown == {
        "passwords": {"alice": "(not shown)"},
        "tls": {"alice": {"certificate": "CERTIFICATE", "key": "(not shown)"}},
    }
    with pytest.raises(TypeError):
        json.dumps(data)


def test_no_pickle_holds_it(secret: Secret, holder: Holder) -> None:
    for thing in (secret, holder, {"alice": secret}):
        with pytest.raises(TypeError, match="not written down"):
            pickle.dumps(thing)


def test_a_copy_is_the_secret_itself(holder: Holder) -> None:
    assert copy.deepcopy(holder) == holder


def test_a_password_that_has_been_used_shows_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("statafleet.secrets.secret.COST", 4)
    clear = Clear(SECRET)

    made = clear.hashed()

    assert clear.opens(made)
    assert made.reveal() not in repr(clear) + str(dir(clear))


def test_secrets_of_two_kinds_are_never_the_same() -> None:
    assert len({kind() for kind in KINDS}) == len(KINDS)
    assert Token(SECRET) == Token(SECRET)
    assert Token(SECRET) != SECRET


def test_neither_a_hosts_answers_nor_its_release_show_one() -> None:
    host = lab({"alice": {"bind": "192.0.2.1", "tls": {"certificate": "a.crt", "key": "a.key"}}, "bob": {"port": 1}})
    secrets = {"alice": Hash("$2b$12$hunter2"), "bob": Token(SECRET)}
    answers = answers_of(host, secrets=secrets, tls={"alice": KeyPair("CERTIFICATE", Secret(SECRET))})
    wanted: Release = release(host, answers)

    assert any(SECRET in file.content for file in wanted.files)
    assert SECRET not in repr(answers) + str(answers) + str(vars(answers)) + str(dataclasses.asdict(answers))
    assert SECRET not in repr(wanted) + str(vars(wanted))
