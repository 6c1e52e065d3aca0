"""Sign-out that a program asks for, and the programs that hear of it."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import httpx
import pytest
from fastapi.testclient import TestClient

from entrance.identity.provider.test_allowing import form_of
from entrance.identity.provider.town import Program, Town, answered, leads_to, said_by
from yuzhang.entrance.identity.provider import store
from yuzhang.entrance.identity.provider.farewells import EVENT, MOST_TRIES, tell_all

GOODBYE = "https://app.example/bye"


class Listener(ThreadingHTTPServer):
    """A program's back-channel logout address. `answers`: with what it answers, in turn; 200 after that."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.answers: list[int] = []
        super().__init__(("127.0.0.1", 0), _Hearing)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}/logout"


class _Hearing(BaseHTTPRequestHandler):
    def do_POST(self) -> None:  # the library's name
        server = self.server
        assert isinstance(server, Listener)
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        server.heard.append(parse_qs(body)["logout_token"][0])
        self.send_response(server.answers.pop(0) if server.answers else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A real server that hears of sign-outs."""
    made = Listener()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def tell(town: Town) -> int:
    """Tell the programs whose turn it is; how many now know."""

    async def work() -> int:
        async with httpx.AsyncClient(trust_env=False, timeout=5) as sending:
            return await tell_all(town.provider, sending)

    return asyncio.run(work())


def waiting(town: Town) -> int:
    """How many programs still have to hear."""
    with town.storage.reading() as connection:
        return store.waiting(connection)


def test_a_program_signs_its_user_out_with_its_id_token_and_gets_the_browser_back(
    town: Town, browser: TestClient
) -> None:
    program = town.client(after_logout=(GOODBYE,))
    hint = program.tokens(browser)["id_token"]
    town.later(1200)  # an ID token that has expired still says whose session it was
    params = {"id_token_hint": hint, "post_logout_redirect_uri": GOODBYE, "state": "s"}
    back = browser.get("/oauth2/logout", params=params)
    assert leads_to(back) == GOODBYE
    assert answered(back) == {"state": "s"}
    assert leads_to(program.asks(browser)) == "/sign-in"
    assert "max-age=0" in back.headers["set-cookie"].lower()


def test_without_an_id_token_the_user_is_asked_and_a_foreign_page_cannot_answer(
    town: Town, browser: TestClient
) -> None:
    program = town.client(after_logout=(GOODBYE,))
    page = browser.get("/oauth2/logout", params={"client_id": "app", "post_logout_redirect_uri": GOODBYE})
    assert "要退出登录吗" in page.text
    form = form_of(page.text)
    forged = browser.post("/oauth2/logout", data=form, headers={"origin": "https://evil.example"})
    assert leads_to(forged) == "/oauth2/logout", "it is asked again"
    assert "code" in answered(program.asks(browser))
    assert "要退出登录吗" in browser.post("/oauth2/logout", data=form | {"sure": "x"}).text
    answered(browser.post("/oauth2/logout", data=form))
    assert leads_to(program.asks(browser)) == "/sign-in"


@pytest.mark.parametrize(
    "params",
    [
        {"post_logout_redirect_uri": GOODBYE},
        {"client_id": "app", "post_logout_redirect_uri": f"{GOODBYE}/../x"},
        {"client_id": "app", "post_logout_redirect_uri": "https://evil.example/"},
        {"id_token_hint": "a.b.c"},
    ],
)
def test_a_sign_out_leads_to_no_address_that_is_not_registered(
    town: Town, browser: TestClient, params: dict[str, str]
) -> None:
    program = town.client(after_logout=(GOODBYE,))
    assert browser.get("/oauth2/logout", params=params).status_code == 400
    assert "code" in answered(program.asks(browser)), "and nobody is signed out"


def test_an_id_token_of_another_program_or_user_signs_nobody_out_unasked(
    town: Town, browser: TestClient, program: Program
) -> None:
    other = town.client("other")
    hint = other.tokens(browser)["id_token"]
    assert browser.get("/oauth2/logout", params={"id_token_hint": hint, "client_id": "app"}).status_code == 400
    lan = program.tokens(town.signed_in(town.resident("lan")))["id_token"]
    assert "要退出登录吗" in browser.get("/oauth2/logout", params={"id_token_hint": lan}).text
    access = program.tokens(browser)["access_token"]
    assert browser.get("/oauth2/logout", params={"id_token_hint": access}).status_code == 400


def test_programs_hear_of_a_sign_out_also_after_being_away(
    town: Town, browser: TestClient, listener: Listener, mei: str
) -> None:
    program = town.client(logout_address=listener.address)
    said = said_by(town, program.tokens(browser)["id_token"])
    program.tokens(browser)
    assert (tell(town), listener.heard) == (0, []), "the session lives"
    town.provider.people.end(said["sid"])
    listener.answers = [503]
    assert (tell(town), waiting(town)) == (0, 1)
    assert tell(town) == 0, "not yet again"
    town.later(11)
    assert (tell(town), waiting(town)) == (1, 0)
    told = said_by(town, listener.heard[1])
    assert (told["sub"], told["sid"], told["aud"]) == (mei, said["sid"], "app")
    assert told["events"] == {EVENT: {}}
    assert "nonce" not in told
    assert said_by(town, listener.heard[0])["jti"] == told["jti"]
    town.later(86_400)
    assert tell(town) == 0, "once"


def test_programs_hear_of_a_session_that_ran_out_and_of_a_suspended_party(
    town: Town, browser: TestClient, listener: Listener, mei: str
) -> None:
    town.client(logout_address=listener.address).tokens(browser)
    town.later(31 * 60)
    assert tell(town) == 1
    town.client("two", logout_address=listener.address).tokens(town.signed_in(mei))
    town.suspend(mei)
    assert tell(town) == 1


def test_a_program_that_never_answers_is_given_up(town: Town, browser: TestClient, listener: Listener) -> None:
    program = town.client(logout_address=listener.address)
    program.tokens(browser)
    listener.answers = [500] * MOST_TRIES
    town.later(13 * 3600)
    for _ in range(MOST_TRIES):
        assert tell(town) == 0
        town.later(7 * 3600)
    assert waiting(town) == 0
    assert len(listener.heard) == MOST_TRIES


def test_what_was_not_told_before_a_crash_is_told_after_the_next_start(
    town: Town, browser: TestClient, listener: Listener
) -> None:
    program = town.client(logout_address=listener.address)
    town.provider.people.end(said_by(town, program.tokens(browser)["id_token"])["sid"])

    async def work() -> None:
        await town.provider.start()
        while not listener.heard:
            await asyncio.sleep(0.01)
        await town.provider.stop()

    asyncio.run(work())
    assert len(listener.heard) == 1
