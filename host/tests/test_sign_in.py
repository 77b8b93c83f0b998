"""Who gets in, asked of a real server as a browser asks."""

from __future__ import annotations

import threading
import time

import bcrypt
import pytest
from real_server import PASSWORD, Browser, Server, Start

FILES = "/api/contents?content=0"
HASH = "PasswordIdentityProvider.hashed_password"
TOKEN = "PasswordIdentityProvider.token"


def fail(browser: Browser, times: int) -> list[int]:
    return [browser.sign_in("wrong").status for _ in range(times)]


def test_the_right_password_opens_the_files(server: Server) -> None:
    browser = server.browser()

    assert browser.get(FILES).status == 403
    assert browser.sign_in(PASSWORD).status == 302
    assert browser.get(FILES).status == 200


@pytest.mark.parametrize("typed", ["", "wrong", "correct horse ", "correct\0horse", b"\xff\xfe"])
def test_any_other_password_is_refused(server: Server, typed: str | bytes) -> None:
    browser = server.browser()

    assert browser.sign_in(typed).status == 401
    assert browser.get(FILES).status == 403


@pytest.mark.parametrize(
    "hashed",
    [
        bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4, b"2a")).decode(),
        bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$"),
        "sha256:1f7b8db4a197:851f28cb5078a45f4764ddc3fba4194095da19248375a0ca774738fc71bc6262",
        "argon2:$argon2id$v=19$m=10240,t=10,p=8$yLOnhO40wfPVsQ8PdZ5ojQ$4siN8++wuuZjZWNViWHUO828N6jKW9qllUPRIqbCVzk",
    ],
    ids=["2a", "2y", "sha256", "argon2"],
)
def test_every_kind_of_hash_that_we_promise_is_accepted(start: Start, hashed: str) -> None:
    browser = start({HASH: hashed}).browser()

    assert browser.sign_in("wrong").status == 401
    assert browser.sign_in(PASSWORD).status == 302


@pytest.mark.parametrize("broken", ["argon2:$argon2id$broken", "$2b$broken"])
def test_a_broken_hash_is_a_refusal(start: Start, broken: str) -> None:
    assert start({HASH: broken}).browser().sign_in(PASSWORD).status == 401


@pytest.mark.parametrize("broken", ["argon2:$broken", "no hash:$broken"])
def test_a_broken_hash_is_logged_without_the_hash(start: Start, broken: str) -> None:
    server = start({HASH: broken})
    server.browser().sign_in(PASSWORD)

    assert "password hash is broken" in server.log.read_text()
    assert "$broken" not in server.log.read_text()


def test_a_password_longer_than_bcrypt_reads_is_refused(start: Start) -> None:
    hashed = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    browser = start({HASH: hashed}).browser()

    assert browser.sign_in("x" * 73).status == 401
    assert browser.sign_in("x" * 72).status == 302


def test_a_password_in_the_address_is_not_read(server: Server) -> None:
    browser = server.browser()
    browser.get("/login")

    form = f"_xsrf={browser.cookies['_xsrf']}"

    assert browser.ask("POST", "/login?password=correct+horse", form).status == 401


def test_the_sixth_attempt_waits_even_with_the_right_password(server: Server) -> None:
    browser = server.browser()

    assert fail(browser, 5) == [401] * 5
    page = browser.sign_in(PASSWORD)

    assert page.status == 429
    assert 1 <= int(page.headers["Retry-After"]) <= 2
    assert "Too many failed sign-ins" in page.text


def test_failures_are_kept_over_a_restart(server: Server) -> None:
    fail(server.browser(), 5)

    server.restart()
    browser = server.browser()
    while (page := browser.sign_in("wrong")).status == 429:
        time.sleep(int(page.headers["Retry-After"]))
    page = browser.sign_in(PASSWORD)

    assert page.status == 429
    assert int(page.headers["Retry-After"]) > 2


def test_a_good_sign_in_forgives_the_failures_before_it(server: Server) -> None:
    browser = server.browser()
    fail(browser, 4)

    assert browser.sign_in(PASSWORD).status == 302
    assert fail(server.browser(), 5) == [401] * 5


def test_others_guesses_do_not_lock_out_who_is_signed_in(server: Server) -> None:
    owner, stranger = server.browser(), server.browser()
    owner.sign_in(PASSWORD)

    assert fail(stranger, 6)[-1] == 429

    assert owner.get(FILES).status == 200
    assert owner.sign_in(PASSWORD).status == 302


def test_a_cookie_is_no_way_to_guess_at_the_password(server: Server) -> None:
    owner = server.browser()
    owner.sign_in(PASSWORD)

    assert [owner.sign_in(word).status for word in ("wrong", PASSWORD)] == [302, 302]


def test_a_forged_cookie_does_not_pass_the_throttle(server: Server) -> None:
    browser = server.browser()
    fail(browser, 5)

    browser.cookies[f"username-127-0-0-1-{server.port}"] = '"2|1:0|10:1|1:u|4:e30=|00"'

    assert browser.sign_in(PASSWORD).status == 429


def test_the_token_is_a_password_on_the_form_and_is_throttled_there(start: Start) -> None:
    server = start({TOKEN: "s" * 64})

    assert server.browser().sign_in("s" * 64).status == 302
    browser = server.browser()
    fail(browser, 5)
    assert browser.sign_in("s" * 64).status == 429


def test_the_cookie_is_for_this_site_and_one_day(server: Server) -> None:
    (cookie,) = [c for c in server.browser().sign_in(PASSWORD).set_cookies if "username" in c]
    parts = cookie.split("; ")

    assert {"SameSite=Strict", "HttpOnly", "Path=/"} <= set(parts)
    (expires,) = [part for part in parts if part.startswith("expires=")]
    left = time.mktime(time.strptime(expires[8:], "%a, %d %b %Y %H:%M:%S GMT")) - time.time()
    assert left - time.timezone <= 24 * 3600


@pytest.mark.parametrize("typed", [PASSWORD, "s" * 64], ids=["password", "token"])
def test_nobody_changes_the_managed_password_on_the_page(start: Start, typed: str | bytes) -> None:
    allowed = "PasswordIdentityProvider.allow_password_change"
    server = start({TOKEN: "s" * 64, allowed: True})

    assert server.browser().sign_in(typed, new_password="mine").status == 302

    assert server.browser().sign_in("mine").status == 401
    assert server.browser().sign_in(PASSWORD).status == 302
    assert not list(server.folder.rglob("jupyter_server_config.json"))


def test_the_server_answers_others_while_it_hashes(start: Start) -> None:
    slow = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(13)).decode()
    server = start({HASH: slow})
    browsers = [server.browser() for _ in range(3)]
    posts = [threading.Thread(target=browser.sign_in, args=("wrong",)) for browser in browsers]
    for post in posts:
        post.start()

    answers = 0
    while any(post.is_alive() for post in posts):
        assert server.browser().get("/api").status == 200
        answers += 1

    # One at a time in the event loop, they would let in one answer between two of them.
    assert answers > 20


def test_nothing_that_was_typed_is_logged(server: Server) -> None:
    browser = server.browser()
    browser.sign_in("a-wrong-password")
    browser.sign_in(PASSWORD)

    log = server.log.read_text()

    assert "sign-in refused, 1 in a row" in log
    assert not any(secret in log for secret in ("a-wrong-password", PASSWORD, "$2b$"))


def test_no_sign_in_leads_to_another_site(shared: Server) -> None:
    """A browser takes tabs out of an address, and then takes `///evil.example` for another site's."""
    browser = shared.browser()

    for there in ("/\t//evil.example/", "/\t/\t/evil.example", "//evil.example", "///evil.example"):
        page = browser.sign_in(PASSWORD, next=there)

        assert (page.status, page.headers["Location"]) == (302, "/")
    assert browser.sign_in(PASSWORD, next="/lab").headers["Location"] == "/lab"
