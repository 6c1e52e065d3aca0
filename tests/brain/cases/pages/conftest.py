"""The whole application with a small city's cases, and people who are signed in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from brain.cases.stories import Clock, Registry, Unit, pack
from entrance.standing import someone
from web.views import addresses
from yuzhang.app import create_app
from yuzhang.brain.cases.api import router
from yuzhang.brain.cases.pages import ROUTERS
from yuzhang.brain.cases.room import Cases
from yuzhang.core.announcing import Announcements
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings

UNIT = "unit-1"
PACK = """
[[matter]]
id = "waterlogging"
title = { zh = "道路积水", en = "Waterlogging" }
group = { zh = "排水", en = "Drainage" }
code = "0108"
limits = { handle = "4 working hours" }

[[matter]]
id = "inner"
title = { zh = "内部事项", en = "An inner matter" }
public = false

[[dispatch]]
matter = "waterlogging"
unit = "unit-1"
"""
Browser = Callable[..., TestClient]


class City(Registry):
    """The small city, with the unit of the people of tests."""

    def __init__(self) -> None:
        super().__init__()
        self._units[UNIT] = Unit(UNIT, Title("东区排水所", "Drainage east"), "water")


def lacks(app: FastAPI, router: APIRouter) -> bool:
    """Whether an application has not all addresses of a router yet."""
    known = {path for _, path in addresses(app)}
    return any(getattr(one, "path", "") not in known for one in router.routes)


def with_pages(app: FastAPI, cases: Cases) -> FastAPI:
    """The application with that room of cases, and its pages if it has none yet."""
    app.state.cases = cases
    for one in (router, *ROUTERS):
        if lacks(app, one):
            app.include_router(one)
    return app


@pytest.fixture
def app(tmp_path: Path, clock: Clock) -> Iterator[FastAPI]:
    """The application. Its room of cases is the small city's."""
    made = create_app(Settings(tmp_path / "data"))
    packs = [pack(tmp_path / "packs", PACK)]
    yield with_pages(made, Cases(made.state.storage, City(), packs, Announcements(), now=clock))
    made.state.storage.close()


@pytest.fixture
def browser(app: FastAPI) -> Browser:
    """A browser of somebody who is signed in: a name, a kind of party, and roles."""

    def opened(name: str, kind: str = "official", *roles: str, language: str = "zh") -> TestClient:
        made = someone(app.state.identity, name, kind, roles)
        return TestClient(
            app,
            "http://127.0.0.1",
            cookies={**made.cookie, "yuzhang_lang": language},
            headers={"accept": "text/html", "origin": "http://127.0.0.1"},
            raise_server_exceptions=False,
        )

    return opened
