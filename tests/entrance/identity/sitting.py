"""Browsers of people who are signed in already."""

from fastapi.testclient import TestClient

from entrance.identity.conftest import Browse
from entrance.standing import Someone


def at(browse: Browse, one: Someone) -> TestClient:
    """The browser of somebody who is signed in."""
    opened = browse()
    for name, value in one.cookie.items():
        opened.cookies.set(name, value, domain="localhost.local")  # as the jar calls a host without dots
    return opened
