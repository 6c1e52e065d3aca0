"""Who may ask for what, over every address there is: made from the routes, so that none is forgotten."""

import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from entrance.routes import OPEN, OWN_PAGE, Address, every_address
from entrance.standing import WHO, Someone, everybody, signed_in
from yuzhang.app import create_app
from yuzhang.core.access import POLICIES, Object, Outcome, Party, Policy
from yuzhang.core.settings import Settings
from yuzhang.entrance.api.settings import SIGNED_IN_VARIABLE, STRANGERS_VARIABLE

FOR_ALL = {"GET /search", "GET /search/suggestions", "GET /api/search", "GET /sign-out"}
"""What every known party may, without being its own affair: each thing that is found is asked for on its own."""


class Asked:
    """The guard of a party, which remembers what the policies said, and which actions were begun."""

    def __init__(self, inner: Party) -> None:
        self.inner = inner.guard
        self.said: list[tuple[str, bool]] = []
        self.done: set[str] = set()
        self.noting = True
        self.refusal = self.inner.refusal

    def allows(self, caller: Party, policy: Policy, about: Object) -> bool:
        """What the application's guard says."""
        answer = self.inner.allows(caller, policy, about)
        self.said.append((policy.action, answer))
        return answer

    def note(self, caller: Party, policy: Policy, outcome: Outcome, subject: str) -> Future[None] | None:
        """What the application's guard keeps."""
        if outcome in ("read", "begun"):
            self.done.add(policy.action)
        return self.inner.note(caller, policy, outcome, subject)


PARTS = 8
"""The addresses are asked in so many parts: all of them as everybody are thousands of requests."""


@pytest.fixture(scope="module")
def closed(loaded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application as a city runs it: nobody is trusted without signing in."""
    folder = Path(shutil.copytree(loaded_folder, tmp_path_factory.mktemp("closed") / "data"))
    with pytest.MonkeyPatch.context() as environment:
        for name in (STRANGERS_VARIABLE, SIGNED_IN_VARIABLE):
            environment.setenv(name, "100000/100000")  # so many addresses asked at once would be held back
        app = create_app(Settings(folder))
    with TestClient(
        app, "http://127.0.0.1", client=("127.0.0.1", 50000), headers=OWN_PAGE, raise_server_exceptions=False
    ) as browser:
        app.state.operation.readiness.drain()  # the city's stream, which has no end, ends with its first word
        app.state.browser = browser  # one for all requests: each of its own would begin a loop and a thread
        yield app


@pytest.fixture(scope="module")
def parties(closed: FastAPI) -> dict[str, Someone]:
    """One party of each kind and role."""
    return everybody(closed.state.identity)


@pytest.fixture
def people(closed: FastAPI, parties: dict[str, Someone]) -> dict[str, Someone]:
    """The same, signed in anew: one of the addresses that were asked before ends all of one's sessions."""
    return {name: signed_in(closed.state.identity, one.account) for name, one in parties.items()}


def answered(app: FastAPI, address: Address) -> tuple[int, str]:
    """The status that one gets who sends the request, and the code of the problem if it is one."""
    browser: TestClient = app.state.browser
    browser.cookies.clear()
    answer = browser.request(
        address.method, address.filled, params=address.query, follow_redirects=False, **address.given
    )
    problem = "json" in answer.headers.get("content-type", "") and answer.status_code >= 400
    return answer.status_code, answer.json().get("code", "") if problem else ""


def test_a_stranger_is_refused_everywhere_but_at_the_way_in(closed: FastAPI) -> None:
    every = every_address(closed)
    assert len(every) > 170
    refused = {str(one) for one in every if answered(closed, one) == (401, "sign-in-needed")}
    assert {str(one) for one in every} - refused == OPEN


@pytest.mark.parametrize("part", range(PARTS))
def test_every_known_party_is_refused_where_its_policies_say_no_and_no_address_forgets_to_ask(
    closed: FastAPI, people: dict[str, Someone], part: int
) -> None:
    forgotten = {}
    for address in every_address(closed)[part::PARTS]:
        name, refused, done = str(address), set(), set[str]()
        for who in WHO:
            status, asked = as_one(closed, address, people[who])
            done |= asked.done or {action for action, answer in asked.said if answer}
            if status == 403:
                refused.add(who)
                assert any(not answer for _, answer in asked.said), f"{name} as {who}: refused, and no policy said so"
            elif status < 400:
                assert any(answer for _, answer in asked.said) or name in OPEN, f"{name} as {who}: nobody was asked"
        if name not in OPEN | FOR_ALL and not refused and not for_everybody(closed, address, people, done):
            forgotten[name] = done
    assert forgotten == {}, "no known party without the right was refused"


def for_everybody(app: FastAPI, address: Address, people: dict[str, Someone], done: set[str]) -> bool:
    """Whether no known party lacks the right: one's own affairs, and looking at what policies open to all."""
    if {POLICIES[action].right for action in done} <= {"self", "visitor"}:
        return bool(done)
    looks = address.method == "GET" or address.path.endswith("/query") or "/entityMaps" in address.path
    return looks and all(
        app.state.policies.allows(one.party, POLICIES[action], POLICIES[action].about)
        for one in people.values()
        for action in done
    )


def as_one(app: FastAPI, address: Address, one: Someone) -> tuple[int, Asked]:
    """The status that a party gets, and what its guard saw on the way."""
    asked = Asked(one.party)
    caller = replace(one.party, guard=asked)
    real = app.state.gate.party
    app.state.gate.party = lambda asking: replace(caller, peer=asking.peer)
    try:
        return answered(app, address)[0], asked
    finally:
        app.state.gate.party = real
