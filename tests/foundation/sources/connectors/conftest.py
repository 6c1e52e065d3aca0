"""The whole application with its sources, which run when a test says so; and a server of somebody else's."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from foundation.sources.connectors.site import Site, site
from yuzhang.app import create_app
from yuzhang.brain.history.room import History
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.secrets import secrets_of
from yuzhang.core.settings import Settings
from yuzhang.foundation.sources.connectors import actions
from yuzhang.foundation.sources.connectors.actions import Wish
from yuzhang.foundation.sources.connectors.model import Shown
from yuzhang.foundation.sources.connectors.room import Sources
from yuzhang.foundation.sources.dead import DeadLetters

AT = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""


class Clock:
    """A clock that stands."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands."""
    return Clock()


@pytest.fixture
def app(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The application over an empty data folder; its sources are of the test's own, without packs, and allowed to be on this machine."""
    made = create_app(Settings(tmp_path / "data", trust="machine"))
    monkeypatch.setattr(made.state.sources, "start", lambda: None)
    made.state.dead = DeadLetters(made.state.storage, now_us=clock)
    made.state.sources = Sources(
        made.state.storage, made.state.door, made.state.dead, secrets_of(tmp_path / "data"), private=True, now_us=clock
    )
    return made


@pytest.fixture
def sources(app: FastAPI, client: TestClient) -> Sources:
    """Its sources, which run when the test says so."""
    found = app.state.sources
    assert isinstance(found, Sources)
    found.reach.folder.mkdir(exist_ok=True)
    return found


@pytest.fixture
def dead(app: FastAPI) -> DeadLetters:
    """Its dead letters."""
    found = app.state.dead
    assert isinstance(found, DeadLetters)
    return found


@pytest.fixture
def history(app: FastAPI, client: TestClient) -> History:
    """What it files."""
    found = app.state.history
    assert isinstance(found, History)
    return found


@pytest.fixture
def elsewhere() -> Iterator[Site]:
    """A server of somebody else's."""
    with site() as made:
        yield made


def wish(kind: str, settings: dict[str, Any], mapping: dict[str, Any], interval_s: int = 60) -> Wish:
    """A source as a test wants it."""
    return Wish(kind, Title("来源", "A source"), settings, mapping, interval_s)


def filed(history: History) -> list[tuple[str, str, int, float]]:
    """Entity, attribute, time in microseconds and value of every number in history."""
    history.settle()
    series = {one.number: one for one in history.series_of("")}
    found = history.rows(list(series)).to_pydict()
    rows = zip(found["series"], found["time"], found["value"], strict=True)
    return sorted(
        (series[number].entity, series[number].attribute, _microseconds(at), value)
        for number, at, value in rows
        if value is not None
    )


def ran(sources: Sources, name: str) -> Shown:
    """A source, run once by the operator."""
    return actions.run(sources, OPERATOR, name)


def _microseconds(at: Any) -> int:
    return round(at.timestamp() * 1e6) if hasattr(at, "timestamp") else int(at)


def present(client: TestClient, entity: str, attribute: str, value: Any = None) -> dict[str, Any]:
    """An entity of the present, once it has an attribute, and the value of it that is waited for. Raises AssertionError after a minute."""
    until = monotonic() + 60
    while monotonic() < until:
        answer = client.get(f"/ngsi-ld/v1/entities/{entity}")
        found = answer.json()
        if answer.status_code == 200 and attribute in found and (value is None or found[attribute]["value"] == value):
            return dict(found)
        sleep(0.02)
    raise AssertionError(found)
