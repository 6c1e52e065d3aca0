"""What tests of policies ask with: a guard that notes nothing, and an application that a chosen party uses."""

from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from yuzhang.app import create_app
from yuzhang.core.access import Outcome, Party, Policy
from yuzhang.core.settings import Settings
from yuzhang.entrance.guard import EntranceGuard
from yuzhang.entrance.policy import api, pages
from yuzhang.entrance.policy.room import Decider
from yuzhang.web.gate import Asking


class Forgetful:
    """An auditor for tests that are about decisions only."""

    def note(self, caller: Party, policy: Policy, outcome: Outcome, subject: str) -> None:
        """Nothing."""


def guarded(decider: Decider, party: Party) -> Party:
    """The party as it comes through the entrance."""
    return replace(party, guard=EntranceGuard(decider, Forgetful()))


def application(data: Path, decider: Decider) -> FastAPI:
    """An application that decides by `decider`."""
    app = create_app(Settings(data))
    app.state.policies = decider
    if not any(getattr(route, "path", "") == "/policy" for route in app.routes):
        app.include_router(pages.router)
        app.include_router(api.router)
    return app


def browser(app: FastAPI, decider: Decider, party: Party) -> TestClient:
    """A browser at which `party` is signed in."""
    coming = guarded(decider, party)

    def everybody(_asking: Asking) -> Party:
        return coming

    app.state.gate.party = everybody  # also for the doorkeeper, who knows the same gate
    return TestClient(app, "http://127.0.0.1", headers={"accept": "text/html", "accept-language": "en"})
