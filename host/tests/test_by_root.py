"""What root tells a running server: it holds at once, without a restart, and nobody else may say it."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import ssl
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import bcrypt
import certificate
import pytest
import websocket
from real_server import BCRYPT, PASSWORD, Browser, Page, Server
from statafleet_host.sign_in.throw_away import SECONDS, ThrowAway
from tornado.web import create_signed_value

if TYPE_CHECKING:
    from pathlib import Path

    from real_server import Start

FILES = "/api/contents?content=0"
HASH = "PasswordIdentityProvider.hashed_password"
TOKEN = "PasswordIdentityProvider.token"
PROBE = {"X_Stata_Fleet_Probe": "1"}
ANOTHER = bcrypt.hashpw(b"another", bcrypt.gensalt(4)).decode()


def tell(server: Server, what: str, **words: str) -> Page:
    return server.over_probe_socket().ask("PUT", f"/stata-fleet/{what}", json.dumps(words), PROBE)


def signed_in(server: Server, password: str = PASSWORD) -> Browser:
    browser = server.browser()
    assert browser.sign_in(password).status == 302
    return browser


def cookies(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def ends(line: websocket.WebSocket) -> bool:
    try:
        while line.recv():
            pass
    except websocket.WebSocketTimeoutException:
        return False
    except (websocket.WebSocketConnectionClosedException, ConnectionError):
        pass
    return True


def test_a_new_password_ends_the_old_one_with_its_cookies_and_websockets_and_no_kernel(server: Server) -> None:
    thief = signed_in(server)
    started = server.over_probe_socket().ask("POST", "/api/kernels", '{"name": "python3"}', PROBE)
    channels = f"ws://127.0.0.1:{server.port}/api/kernels/{json.loads(started.text)['id']}/channels"
    line = websocket.create_connection(channels, cookie=cookies(thief), timeout=5)

    assert tell(server, "secret", hashed_password=ANOTHER).status == 204

    assert ends(line)
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(channels, cookie=cookies(thief), timeout=5)
    assert thief.get(FILES).status == 403
    assert server.browser().sign_in(PASSWORD).status == 401
    owner = signed_in(server, "another")
    assert [kernel["id"] for kernel in json.loads(owner.get("/api/kernels").text)] == [json.loads(started.text)["id"]]


def test_a_new_password_holds_on_over_a_restart_with_the_configuration_that_says_it(server: Server) -> None:
    tell(server, "secret", hashed_password=ANOTHER)
    owner = signed_in(server, "another")

    server.config.write_text(server.config.read_text().replace(BCRYPT, ANOTHER))
    server.restart()

    assert owner.get(FILES).status == 200


def test_root_need_not_know_the_base_url(start: Start) -> None:
    server = start({"ServerApp.base_url": "/alice/"})

    assert tell(server, "secret", hashed_password="!").status == 204


def test_nobody_signs_in_any_more(server: Server) -> None:
    thief = signed_in(server)

    assert tell(server, "secret", hashed_password="!").status == 204

    assert thief.get(FILES).status == 403
    assert [server.browser().sign_in(word).status for word in (PASSWORD, "!")] == [401, 401]
    assert server.over_probe_socket().get(FILES, **PROBE).status == 200


def with_a_cookie_by(hashed: str, server: Server) -> int:
    """What somebody gets who has read the owner's files and makes a cookie with `hashed`."""
    (file,) = server.folder.rglob("jupyter_cookie_secret")
    key = hmac.new(file.read_bytes(), hashed.encode(), hashlib.sha256).digest()
    name = f"username-127-0-0-1-{server.port}"
    user = json.dumps(
        {"username": "thief", "name": "", "display_name": "", "initials": "", "color": None, "avatar_url": None}
    )
    browser = server.browser()
    browser.cookies[name] = create_signed_value(key, name, user).decode()
    return browser.get(FILES).status


def test_where_nobody_signs_in_nobody_makes_cookies_either(server: Server) -> None:
    assert with_a_cookie_by(BCRYPT, server) == 200

    tell(server, "secret", hashed_password="!")

    assert [with_a_cookie_by(hashed, server) for hashed in (BCRYPT, "!")] == [403, 403]


def test_a_new_token_ends_the_old_one_and_its_cookies(start: Start) -> None:
    server = start({HASH: "", TOKEN: "a" * 64})
    thief = signed_in(server, "a" * 64)

    assert tell(server, "secret", token="b" * 64).status == 204

    assert thief.get(FILES).status == 403
    statuses = [server.browser().get(FILES, Authorization=f"token {letter * 64}").status for letter in "ab"]
    assert statuses == [403, 200]
    assert "a" * 64 not in "".join(path.read_text() for path in server.folder.rglob("jpserver-*.json"))


def test_a_token_that_was_changed_by_a_restart_opens_nothing_either(start: Start) -> None:
    server = start({HASH: "", TOKEN: "a" * 64})
    thief = signed_in(server, "a" * 64)

    server.config.write_text(server.config.read_text().replace("a" * 64, "b" * 64))
    server.restart()

    assert thief.get(FILES).status == 403


def test_the_owner_need_not_wait_for_guesses_at_the_old_password(server: Server) -> None:
    assert [server.browser().sign_in("wrong").status for _ in range(6)][-1] == 429

    tell(server, "secret", hashed_password=ANOTHER)

    assert server.browser().sign_in("another").status == 302


@pytest.mark.parametrize("what", ["secret", "certificate"])
def test_the_owner_may_not_say_it_and_nobody_may_on_a_port(shared: Server, what: str) -> None:
    owner = signed_in(shared)
    said = json.dumps({"hashed_password": ANOTHER})
    xsrf = {"X_XSRFToken": owner.cookies["_xsrf"]}

    assert owner.ask("PUT", f"/stata-fleet/{what}", said, xsrf).status == 403
    assert owner.ask("PUT", f"/stata-fleet/{what}", said, xsrf | PROBE).status == 403
    assert shared.browser().ask("PUT", f"/stata-fleet/{what}", said, PROBE).status == 403
    assert shared.over_probe_socket().ask("PUT", f"/stata-fleet/{what}", said).status == 403
    assert owner.get(FILES).status == 200


@pytest.mark.parametrize(
    "said",
    [
        "", "{", "[]", "null", "{}", '{"token": ""}', '{"hashed_password": ""}', '{"token": 7}',
        '{"hashed_password": "$2b$broken"}', '{"hashed_password": "secret-word"}', '{"secret-word": "x"}',
        json.dumps({"hashed_password": ANOTHER, "token": "secret-word"}),
    ],
)  # fmt: skip
def test_what_would_open_the_server_or_shut_it_by_mistake_is_refused(shared: Server, said: str) -> None:
    answer = shared.over_probe_socket().ask("PUT", "/stata-fleet/secret", said, PROBE)

    assert answer.status == 400
    assert "secret-word" not in answer.text + shared.log.read_text()
    assert shared.browser().sign_in(PASSWORD).status == 302


def test_no_secret_is_logged(server: Server) -> None:
    tell(server, "secret", hashed_password=ANOTHER)
    tell(server, "secret", token="t" * 64)

    log = server.log.read_text()

    assert "root changed the sign-in secret" in log
    assert ANOTHER not in log
    assert "t" * 64 not in log


def shown(server: Server) -> str:
    return ssl.get_server_certificate(("127.0.0.1", server.port), timeout=10)


def test_a_new_certificate_is_shown_at_once_and_cuts_nobody_off(start: Start, tmp_path: Path) -> None:
    pairs = [certificate.make("127.0.0.1") for _ in range(2)]
    files = [tmp_path / name for name in ("crt", "key")]
    for path, text in zip(files, pairs[0], strict=True):
        path.write_text(text)
    server = start({"ServerApp.certfile": str(files[0]), "ServerApp.keyfile": str(files[1])})
    assert shown(server) == pairs[0][0]
    line = server.browser().connect()
    line.request("GET", "/api")
    line.getresponse().read()
    sock = line.sock

    mismatched = tell(server, "certificate", certificate=pairs[1][0], key=pairs[0][1])
    assert (mismatched.status, shown(server)) == (400, pairs[0][0])
    assert tell(server, "certificate", certificate=pairs[1][0], key=pairs[1][1]).status == 204

    assert shown(server) == pairs[1][0]
    line.request("GET", "/api")
    assert line.getresponse().status == 200
    assert isinstance(sock, socket.socket)
    assert line.sock is sock
    assert pairs[1][1].splitlines()[1] not in server.log.read_text()


def test_a_server_without_tls_takes_no_certificate(shared: Server) -> None:
    made, key = certificate.make("127.0.0.1")

    assert tell(shared, "certificate", certificate=made, key=key).status == 400


def one_sign_in(server: Server) -> str:
    answer = server.over_probe_socket().ask("POST", "/stata-fleet/one-sign-in", "", PROBE)
    assert answer.status == 201
    return str(json.loads(answer.text)["password"])


def by_form(server: Server, password: str) -> tuple[int, Browser]:
    """The form as everybody sees it, asked for without the probe's pass and at the name that the port has."""
    browser = server.over_probe_socket()
    host = {"Host": f"127.0.0.1:{server.port}"}
    browser.get("/login", **host)
    form = urlencode({"password": password, "_xsrf": browser.cookies["_xsrf"]})
    return browser.ask("POST", "/login", form, host).status, browser


def test_root_signs_in_once_by_the_form_and_its_cookie_opens_the_files(server: Server) -> None:
    password = one_sign_in(server)
    assert [server.browser().sign_in("wrong").status for _ in range(6)][-1] == 429

    status, root = by_form(server, password)

    assert status == 302
    at_the_port = server.browser()
    at_the_port.cookies = root.cookies
    assert at_the_port.get(FILES).status == 200
    assert by_form(server, password)[0] == 429
    assert password not in server.log.read_text()


def test_the_password_for_one_sign_in_is_no_way_in_for_others(server: Server) -> None:
    password = one_sign_in(server)

    assert server.browser().sign_in(password).status == 401
    assert by_form(server, "wrong")[0] == 401
    assert by_form(server, password)[0] == 302


def test_only_the_last_password_for_one_sign_in_opens(server: Server) -> None:
    first, second = one_sign_in(server), one_sign_in(server)

    assert by_form(server, first)[0] == 401
    assert by_form(server, second)[0] == 302


def test_a_password_for_one_sign_in_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = ThrowAway()
    password = made.make()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + SECONDS + 1)

    assert not made.take(password)


def test_before_it_was_made_nothing_opens() -> None:
    assert not ThrowAway().take("")


def test_no_password_for_one_sign_in_hides_a_broken_hash(start: Start) -> None:
    server = start({HASH: "$2b$broken"})

    answer = server.over_probe_socket().ask("POST", "/stata-fleet/one-sign-in", "", PROBE)

    assert (answer.status, json.loads(answer.text)["message"]) == (400, "the password hash is broken")


def test_nobody_else_gets_a_password_for_one_sign_in(shared: Server) -> None:
    owner = signed_in(shared)
    xsrf = {"X_XSRFToken": owner.cookies["_xsrf"]}

    assert owner.ask("POST", "/stata-fleet/one-sign-in", "", xsrf | PROBE).status == 403
