"""People of the tests: what they do at a browser, as the pages have it."""

import re
from dataclasses import dataclass

import pyotp
from fastapi.testclient import TestClient
from httpx2 import Response

HOST = "localhost"
PASSWORD = "seven green lanterns"  # noqa: S105  # of nobody
OTHER_PASSWORD = "eight quiet harbours"  # noqa: S105  # of nobody
COOKIE = "yuzhang_session"


@dataclass
class Person:
    """Somebody at a browser, with what they know and have."""

    browser: TestClient
    login: str
    password: str
    name: str = "Wang Fang"
    key: str = ""

    @property
    def token(self) -> str:
        """What the browser holds of the session."""
        return self.browser.cookies.get(COOKIE) or ""

    def sign_up(self, kind: str = "citizen", **more: str) -> Response:
        """Fill in the form for an account."""
        form = {"kind": kind, "name": self.name, "login": self.login, "password": self.password, **more}
        return self.browser.post("/sign-up", data=form)

    def join(self, path: str) -> Response:
        """Fill in the form of a one-time link."""
        return self.browser.post(path, data={"name": self.name, "login": self.login, "password": self.password})

    def sign_in(self, browser: TestClient | None = None, password: str = "", onto: str = "") -> Response:
        """Fill in the form, in another browser if one is named."""
        form = {"login": self.login, "password": password or self.password, "next": onto}
        return (browser or self.browser).post("/sign-in", data=form)

    def add_generator(self, now: float) -> Response:
        """Scan the key, and enter its first code."""
        page = self.browser.post("/account/totp/offer")
        assert page.status_code == 200, page.text
        found = re.search(r"<code>([A-Z2-7]{32})</code>", page.text)
        step = re.search(r'name="step" value="([^"]+)"', page.text)
        assert found is not None
        assert step is not None
        self.key = found[1]
        return self.browser.post("/account/totp", data={"step": step[1], "code": self.code(now), "label": "phone"})

    def code(self, now: float) -> str:
        """What the generator shows."""
        return pyotp.TOTP(self.key).at(int(now))

    def who(self, browser: TestClient | None = None) -> dict[str, object]:
        """Whom the server takes the browser for."""
        found: dict[str, object] = (browser or self.browser).get("/who").json()
        return found

    def sessions(self, browser: TestClient | None = None) -> list[dict[str, object]]:
        """Where it is signed in."""
        found: list[dict[str, object]] = (browser or self.browser).get("/api/account/sessions").json()
        return found
