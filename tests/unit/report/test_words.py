"""Every finding has words, and nothing in them is obeyed by a terminal."""

import json
import string

import pytest

from statafleet.report.as_json import as_json
from statafleet.report.finding import Finding, Kind, Level, Value, well
from statafleet.report.words import WORDS, line, lines

ESCAPES = "\x1b]0;owned\x07\n[econ1] Success\r\x9b2J"
COUNTS: dict[str, Value] = {"kernels": 1, "others": 2}
HOLDER: dict[str, Value] = {"port": 8888, "pid": 7, "program": "nginx", "account": "www"}


def values_of(kind: Kind, text: str) -> dict[str, Value]:
    """All that the words of a kind ask for, said by somebody else."""
    asked = [name for part in WORDS[kind] for _, name, _, _ in string.Formatter().parse(part) if name]
    named: dict[str, Value] = {name: text for name in asked if name not in ("owner", "place")}
    return named | COUNTS if "sessions" in named else named


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words_and_a_level(kind: Kind) -> None:
    said = line(Finding(kind, "alice", "/somewhere", values_of(kind, "text")))

    assert said.startswith("alice: ")
    assert "{" not in said.replace("stata: {path: …}", "")
    assert kind.level in Level


@pytest.mark.parametrize("kind", Kind)
def test_whoever_it_comes_from_only_printable_text_is_said(kind: Kind) -> None:
    finding = Finding(kind, ESCAPES, ESCAPES, values_of(kind, ESCAPES))

    said = lines(finding)

    assert all(each.isprintable() for each in said)
    assert not any(each.startswith("[econ1]") for each in said)


def test_words_and_their_fix_are_one_line() -> None:
    finding = Finding(Kind.PORT_TAKEN, "alice", values=HOLDER)

    assert lines(finding) == [
        "alice: port 8888 is taken by nginx (pid 7, account www); end that, or give the server another `port:`"
    ]


@pytest.mark.parametrize(
    ("kernels", "others", "said"),
    [
        (1, 0, "1 kernel"),
        (2, 0, "2 kernels"),
        (0, 1, "1 terminal or helper program"),
        (3, 2, "3 kernels and 2 terminal or helper programs"),
    ],
)
def test_what_a_restart_would_end_is_counted(kernels: int, others: int, said: str) -> None:
    finding = Finding(Kind.RESTART_WAITS, "alice", values={"kernels": kernels, "others": others})

    assert f"a restart would end {said};" in line(finding)


def test_an_unknown_host_key_comes_with_the_steps_to_add_it() -> None:
    values: dict[str, Value] = {"name": "econ1", "known_as": "[econ1]:2222", "address": "-p 2222 econ1"}

    first, *steps = lines(Finding(Kind.HOST_KEY_UNKNOWN, values=values))

    assert first.startswith("econ1: its key is not in your known_hosts")
    assert steps[0] == (
        "  1. `ssh-keyscan -p 2222 econ1 >> ~/.ssh/known_hosts`, "
        "then compare `ssh-keyscan -p 2222 econ1 | ssh-keygen -lf -`"
    )


def test_a_program_gets_the_same_as_a_person_and_its_parts() -> None:
    finding = Finding(Kind.PORT_TAKEN, "alice", values=HOLDER, host="econ1")

    (told,) = map(json.loads, as_json([finding]).splitlines())

    assert told == {
        "host": "econ1",
        "owner": "alice",
        "kind": "port-taken",
        "level": "refused",
        "place": "",
        "values": HOLDER,
        "text": line(finding),
    }


def test_a_run_is_well_with_warnings_and_not_with_a_failure() -> None:
    warning, failure = Finding(Kind.PYTHON_HAS_HOLES), Finding(Kind.STATA_MISSING)

    assert well((warning,))
    assert not well((warning, failure))
