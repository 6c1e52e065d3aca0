"""An identity room over an empty folder, with the real policies, a clock that tests move, and browsers at it."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient

from entrance.identity.people import HOST, PASSWORD, Person
from yuzhang.core.access import OPERATOR, Outcome, Party, Policy
from yuzhang.core.secrets import Secrets
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.entrance.guard import EntranceGuard
from yuzhang.entrance.identity import api, pages
from yuzhang.entrance.identity.proofs import passwords
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.rules import Rules
from yuzhang.entrance.policy.room import Decider
from yuzhang.web import problems
from yuzhang.web.asking import Caller

STATIC = Path(__file__).parents[3] / "src" / "yuzhang" / "web" / "static"


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    at: datetime = datetime(2026, 3, 2, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.at

    def move(self, seconds: float) -> None:
        """Later."""
        self.at += timedelta(seconds=seconds)


@dataclass
class Records:
    """What was noted: who, which action, what came of it, about what."""

    notes: list[tuple[str, str, Outcome, str]] = field(default_factory=list)

    def note(self, caller: Party, policy: Policy, outcome: Outcome, subject: str) -> Future[None] | None:
        """Remember it."""
        self.notes.append((caller.id, policy.action, outcome, subject))
        return None


@pytest.fixture(scope="session")
def decider() -> Decider:
    """The policies that are shipped."""
    return Decider()


@pytest.fixture
def clock() -> Clock:
    """The room's clock."""
    return Clock()


@pytest.fixture
def records() -> Records:
    """Where the guard notes."""
    return Records()


@pytest.fixture
def identity(
    storage: Storage, clock: Clock, records: Records, decider: Decider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Identity]:
    """The room. Passwords are hashed at the least cost; one test looks at the real one."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "HASHER", cheap)
    guard = EntranceGuard(decider, records)
    made = Identity(storage, Secrets(b"k" * 32), Settings(storage.folder), guard, own_rules=Rules(), now=clock)
    yield made
    made.close()


@pytest.fixture
def application(identity: Identity) -> FastAPI:
    """The room's pages, and one endpoint that says who asks."""
    app = FastAPI()
    app.state.identity, app.state.gate, app.state.storage = identity, identity.gate, identity.storage
    problems.install(app)
    for router in (*pages.ROUTERS, api.router):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.api_route("/who", methods=["GET", "POST"])
    def who(caller: Caller) -> dict[str, object]:
        return {
            "id": caller.id,
            "kind": caller.kind,
            "roles": sorted(caller.roles),
            "factors": caller.factors,
            "purpose": caller.purpose,
            "peer": caller.peer,
            "acting_for": caller.acting_for,
        }

    return app


Browse = Callable[..., TestClient]


@pytest.fixture
def browse(application: FastAPI) -> Browse:
    """Opens a browser: with cookies of its own, at an address of its own."""

    def opened(peer: str = "10.1.2.3", host: str = HOST) -> TestClient:
        headers = {"accept": "text/html", "accept-language": "en", "origin": f"http://{host}"}
        return TestClient(
            application,
            f"http://{host}",
            client=(peer, 50000),
            headers=headers,
            raise_server_exceptions=False,
            follow_redirects=False,
        )

    return opened


@pytest.fixture
def browser(browse: Browse) -> TestClient:
    """One browser."""
    return browse()


@pytest.fixture
def citizen(browser: TestClient) -> Person:
    """A citizen who has just signed up in `browser`."""
    person = Person(browser, "wang", PASSWORD)
    assert person.sign_up().status_code == 303
    return person


@pytest.fixture
def operator(identity: Identity) -> Party:
    """Whoever sits at the terminal."""
    return OPERATOR
