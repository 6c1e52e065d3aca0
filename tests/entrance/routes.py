"""Every address of the application, and a request to each that is right in all but who asks."""

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from web.views import PENDING, PLAN, addresses
from yuzhang.brain.context.http.asgi import PREFIX

OPEN = {
    "GET /", "GET /health", "GET /ready", "GET /metrics", "GET /api/openapi.json",
    "GET /sign-in", "POST /sign-in", "GET /sign-in/code", "POST /sign-in/code", "POST /sign-in/passkey", "POST /sign-in/passkey/options",
    "GET /sign-up", "POST /sign-up", "GET /join/{token}", "POST /join/{token}",
    "POST /sign-up/by-passkey", "POST /sign-up/by-passkey/options",
    "GET /recover", "POST /recover", "GET /recover/{token}", "POST /recover/{token}",
    "GET /preferences", "POST /preferences", "GET /help", "GET /help/{topic}",
    "GET /.well-known/openid-configuration", "GET /oauth2/jwks", "POST /oauth2/token", "POST /oauth2/revoke", "POST /oauth2/introspect",
    "GET /oauth2/userinfo", "POST /oauth2/userinfo", "GET /oauth2/authorize", "POST /oauth2/authorize",
    "GET /oauth2/logout", "POST /oauth2/logout", "GET /sign-in/outside", "GET /sign-in/outside/return",
}  # fmt: skip
"""What a stranger may ask for: the way in, and what says nothing of the city."""
OWN_PAGE = {"origin": "http://127.0.0.1", "host": "127.0.0.1"}
PLACES = {
    "plan": PLAN, "indicator": "gdp", "commitment": PENDING, "import_id": "1", "table": "targets", "format": "csv",
    "tenant": "default", "number": "1",
}  # fmt: skip
"""What stands in the places of an address; "x" where nothing is said."""
QUERY = {
    "region": "南昌市", "series": "x", "table": "targets", "token": "x", "q": "x",
    "subject": "kind:citizen", "action": "plan.registry.actions.undo",
}  # fmt: skip
FORM = {
    "table": "targets", "name": "a.csv", "content": "YQox", "review": "accepted", "back": f"/plan/{PLAN}", "query": "SELECT 1",
    "client": "x", "party": "x", "label": "x", "address": "/plan",
}  # fmt: skip
FILE = {"files": {"file": ("a.csv", b"a\n1\n")}}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/sql"): {"json": {"query": "SELECT 1"}},
    ("POST", "/api/keys"): {"json": {"party": "x", "label": "x"}},
    ("POST", "/api/webhooks"): {"json": {"party": "x", "address": "https://example.org/", "kinds": ["key.made"]}},
    ("PUT", "/api/classification"): {"json": {"types": {}}},
    ("POST", "/account/passkeys"): {"json": {"step": "x", "answer": "{}"}},
    ("POST", "/api/figures/imports"): FILE,
    ("POST", "/api/plans/{plan}/tables/{table}"): FILE,
    ("POST", "/api/plans/{plan}/tables/{table}/compare"): FILE,
    ("POST", "/api/plans/{plan}/commitments/{commitment}/review"): {"json": {"review": "accepted"}},
}
"""What an address wants that takes no form like FORM; a request that is refused for its form would prove nothing."""


@dataclass(frozen=True, slots=True)
class Address:
    """A method and the pattern of a path."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def filled(self) -> str:
        """The path with something in each of its places."""
        path, parts = self.path.replace("report.{format}", "report.html"), []
        for part in path.split("/"):
            while "{" in part:
                before, _, rest = part.partition("{")
                name, _, after = rest.partition("}")
                part = f"{before}{PLACES.get(name.partition(':')[0], 'x')}{after}"
            parts.append(part)
        return "/".join(parts)

    @property
    def query(self) -> dict[str, str]:
        """What follows the path; NGSI-LD refuses what it does not know."""
        if self.path.endswith("/report.{format}"):
            return {
                "year": "1900"
            }  # which is refused, but not before it was asked for: a report takes a second to write
        return {} if self.path.startswith(PREFIX) else QUERY

    @property
    def given(self) -> dict[str, Any]:
        """What is sent along."""
        known = BODIES.get((self.method, self.path))
        if known is not None:
            return known
        if self.method in ("GET", "HEAD"):
            return {}
        if self.path.startswith((PREFIX, "/api/")):
            return {"json": {}}
        return {"data": FORM, "files": {"file": ("a.csv", b"a\n1\n")}}


def every_address(app: FastAPI) -> list[Address]:
    """All of them: those of pages and of the API, and those of NGSI-LD, which answers beside the framework."""
    found = [Address(method, path) for method, path in addresses(app) if method != "MOUNT"]
    standard = [Address(route.method, f"{PREFIX}{route.pattern}") for route in app.state.context_api.routes]
    return sorted({*found, *standard}, key=str)
