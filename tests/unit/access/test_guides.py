"""Every text that this room makes, against a file beside this one; `UPDATE_GOLDEN=1` writes them anew."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest

from statafleet.access import ssh_config, trouble
from statafleet.access.guides import GUIDES, Format, Servers
from statafleet.access.route import Route, find
from statafleet.errors import StataFleetError
from tests.unit.access.lab_routes import KNOWN, fingerprints

GOLDEN = Path(__file__).parent / "golden"
SUFFIX = {"html": "html", "windows": "cmd", "hydrogen": "json"}
READ_ON = (("text", "page"), ("text", "box"), ("soft", "page"), ("blue", "page"), ("on-blue", "blue"))
# What closes itself in HTML.
VOID = {"meta", "link", "br", "input"}


def _check(file: Path, text: str) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_bytes(text.encode())
    assert text.encode() == file.read_bytes()


def test_the_documentation_gives_the_same_advice() -> None:
    page = GOLDEN.parents[3] / "docs/remote-servers.md"
    before, mark, _ = page.read_text().partition("by `UPDATE_GOLDEN=1 pytest tests/unit/access`. -->\n\n")
    _check(page, f"{before}{mark}{trouble.table()}")


def _made(client: Format, routes: Sequence[Route]) -> str:
    return GUIDES[client](Servers(routes, fingerprints))


@pytest.mark.parametrize("client", Format)
def test_a_guide_is_as_it_was_read_and_approved(routes: Sequence[Route], client: Format) -> None:
    _check(GOLDEN / f"{client}.{SUFFIX.get(client, 'txt')}", _made(client, routes))


def test_the_include_file_is_as_it_was_read_and_approved(routes: Sequence[Route]) -> None:
    _check(GOLDEN / "ssh_config.txt", ssh_config.text(routes, KNOWN))


def test_ssh_itself_reads_the_include_file(routes: Sequence[Route], tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(ssh_config.text(routes, KNOWN))

    parsed = _parsed(file, "alice.econ2.stata")

    assert parsed["hostname"] == "192.0.2.5"
    assert parsed["proxyjump"] == "gate.lab.example"
    assert parsed["localforward"].endswith(" /run/stata-fleet/alice.sock")
    assert parsed == {**_parsed(file, "alice.econ2.lab.example.stata"), "host": parsed["host"]}


def _parsed(file: Path, name: str) -> dict[str, str]:
    said = subprocess.run(["ssh", "-F", file, "-G", name], capture_output=True, text=True, check=True).stdout
    return dict(line.split(" ", 1) for line in said.splitlines() if " " in line)


def test_hosts_with_the_same_first_word_keep_their_whole_names() -> None:
    routes = [Route(host, "alice", "127.0.0.1:8888", 20_000) for host in ("a.x.example", "a.y.example", "192.0.2.1")]

    names = re.findall(r"^Host (.*)$", ssh_config.text(routes, {}), re.MULTILINE)

    assert names == ["alice.a.x.example.stata", "alice.a.y.example.stata", "alice.192.0.2.1.stata"]


def test_a_windows_file_ends_every_line_as_windows_does(routes: Sequence[Route]) -> None:
    text = _made(Format.windows, routes)

    assert text.count("\n") == text.count("\r\n")
    assert "\r\r" not in text


def test_a_socket_is_refused_where_only_ports_are_forwarded(routes: Sequence[Route]) -> None:
    socket = find("econ2.lab.example", routes, "carol")

    for client in (Format.mobaxterm, Format.putty):
        with pytest.raises(StataFleetError, match="listens on a unix socket"):
            _made(client, [socket])


def test_the_page_loads_nothing_from_elsewhere(routes: Sequence[Route]) -> None:
    page = _made(Format.html, routes)

    assert not re.findall(r"""(?:src|@import|url\()\s*=?\s*["'(]?(?:https?:)?//""", page)
    assert "default-src 'none'" in page


def test_the_page_is_well_formed_and_every_id_is_there_once(routes: Sequence[Route]) -> None:
    outline = _Outline()
    outline.feed(_made(Format.html, routes))

    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert set(outline.references) <= set(outline.ids)


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open, self.ids, self.references = list[str](), list[str](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        said = {name: value or "" for name, value in attrs}
        self.ids += [said["id"]] if "id" in said else []
        named = [said.get("aria-labelledby"), said.get("data-copy"), said.get("href", "")[1:]]
        self.references += [name for name in named[:2] if name]
        self.references += [name for name in named[2:] if name and said["href"].startswith("#")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_pages_colours_can_be_read_by_everybody(routes: Sequence[Route]) -> None:
    page = _made(Format.html, routes)
    for scheme in re.findall(r":root \{([^}]*)\}", page):
        colours = dict(re.findall(r"--([\w-]+): (#\w+)", scheme))
        for text, ground in READ_ON:
            assert _contrast(colours[text], colours[ground]) >= 4.5


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_names_cannot_break_out_of_the_page() -> None:
    page = _made(Format.html, [Route("h", "a", '/x"><script>alert(1)</script>', 20_000)])

    assert "<script>alert" not in page


def test_hydrogen_gets_json_without_a_secret(routes: Sequence[Route]) -> None:
    gateways = json.loads(_made(Format.hydrogen, routes))

    assert {tuple(gateway["options"]) for gateway in gateways} == {("baseUrl",)}


def test_the_console_command_is_one_word_for_the_host(routes: Sequence[Route]) -> None:
    line = _made(Format.console, routes).splitlines()[2]

    *words, there = shlex.split(line)
    assert words == ["ssh", "-t", "alice@econ1.lab.example"]
    assert there.endswith("/jupyter-console --existing")
