from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from statafleet.settings.model.jupyter import Idle, Jupyter
from statafleet.settings.model.packages import Index
from statafleet.settings.model.password import Password
from statafleet.settings.problems.spelling import edits, nearest

BCRYPT = "R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"
ARGON2 = "argon2:$argon2id$v=19$m=10240,t=10,p=8$dIjj9cXOYC1MGR7qHJNKfQ$GrBExqXSG0hCGSFUOFt0PlA6SJTLOJZ4Zc0cRvvC9fA"


@pytest.mark.parametrize("text", [f"$2{letter}$12${BCRYPT}" for letter in "aby"] + [ARGON2])
def test_a_well_formed_hash_is_taken(text: str) -> None:
    assert Password(hash=SecretStr(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        f"$2x$12${BCRYPT}",
        f"$2b$12${BCRYPT}x",
        f"$2b$12${BCRYPT[:-1]}",
        f"$2b$12${BCRYPT[:-1]}é",
        f"$2b$09${BCRYPT}",
        f"$2b$32${BCRYPT}",
        f"$2b$12${BCRYPT}\n",
        ARGON2.replace("argon2id", "argon2i"),
        ARGON2.removeprefix("argon2:"),
        ARGON2.replace("p=8", "p=0"),
        ARGON2.replace("m=10240", "m=7"),
        ARGON2 + "!",
        "sha1:0123:abc",
    ],
)
def test_a_malformed_hash_is_refused_unseen(text: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Password.model_validate({"hash": text})

    assert not text or text not in str(caught.value.errors(include_input=False))


@pytest.mark.parametrize(
    ("written", "normal"),
    [("/", "/"), ("", None), ("alice", "/alice/"), ("/alice/", "/alice/"), ("a/b", "/a/b/"), ("//", "/")],
)
def test_a_base_url_begins_and_ends_with_a_slash(written: str, normal: str | None) -> None:
    if normal is None:
        with pytest.raises(ValidationError):
            Jupyter(base_url=written)
    else:
        assert Jupyter(base_url=written).base_url == normal


@pytest.mark.parametrize("written", ["/a//b", "/../x", "/a?b", "/a b", "http://x", "/é"])
def test_a_base_url_is_a_plain_path(written: str) -> None:
    with pytest.raises(ValidationError):
        Jupyter(base_url=written)


@pytest.mark.parametrize(
    ("text", "seconds"), [("never", 0), ("90s", 90), ("30m", 1800), ("12h", 43200), ("2d", 172800)]
)
def test_a_duration_counts_in_seconds(text: str, seconds: int) -> None:
    assert Idle(cull_kernels_after=text).seconds == seconds


def test_the_nearest_spelling_is_within_two_edits() -> None:
    assert nearest("prot", ["port", "bind"]) == "port"
    assert nearest("Jupyter", ["jupyter"]) == "jupyter"
    assert nearest("colour", ["scope", "port"]) is None
    assert nearest("x", ["ip", "port"]) is None
    assert edits("kitten", "sitting") > 2


@pytest.mark.parametrize(
    "url",
    [
        "http://lab:hunter2@packages.example.edu/simple",
        "http://lab@packages.example.edu",
        "http://127.0.0.1:x@packages.example.edu/simple",
        "http://lab:hunter2@127.0.0.1@packages.example.edu/simple",
        "http://lab:hunter2@127.0.0.1.example.edu/simple",
    ],
)
def test_credentials_of_an_index_cross_no_network_unencrypted(url: str) -> None:
    with pytest.raises(ValidationError):
        Index.model_validate({"url": url})


@pytest.mark.parametrize(
    "url",
    [
        "https://lab:hunter2@packages.example.edu/simple",
        "http://packages.example.edu/simple",
        "http://packages.example.edu/a@b",
        "http://lab:hunter2@127.0.0.1:3141/simple",
        "http://lab:hunter2@localhost/simple",
        "http://lab:hunter2@[::1]:3141",
    ],
)
def test_an_index_that_nobody_listens_to_passes(url: str) -> None:
    assert Index.model_validate({"url": url}).url


def test_a_proxy_may_ask_for_a_password() -> None:
    assert Index.model_validate({"proxy": "http://lab:hunter2@proxy.example.edu:3128"}).proxy
