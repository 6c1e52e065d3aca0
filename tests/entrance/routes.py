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
    "POST /api/devices/registrations", "POST /api/devices/registrations/{name}/credential", "POST /api/sources/{name}/push",
    "GET /open311/v2/discovery.{form}", "GET /open311/v2/services.{form}", "GET /open311/v2/services/{code}.{form}",
    "GET /open311/v2/requests.{form}", "GET /open311/v2/requests/{number}.{form}", "POST /open311/v2/requests.{form}",
    "GET /oauth2/logout", "POST /oauth2/logout", "GET /sign-in/outside", "GET /sign-in/outside/return",
}  # fmt: skip
"""What a stranger may ask for: the way in, and what says nothing of the city."""
OWN_PAGE = {"origin": "http://127.0.0.1", "host": "127.0.0.1"}
PLACES = {
    "plan": PLAN, "indicator": "gdp", "commitment": PENDING, "import_id": "1", "table": "targets", "format": "csv",
    "tenant": "default", "number": "1", "layer": "devices", "z": "0", "x": "0", "y": "0",
}  # fmt: skip
"""What stands in the places of an address; "x" where nothing is said."""
QUERY = {
    "region": "南昌市", "series": "x", "table": "targets", "token": "x", "q": "x",
    "subject": "kind:citizen", "action": "plan.registry.actions.undo", "id": "x", "from": "2026-01-01", "to": "2026-01-02", "on": "true",
}  # fmt: skip
FORM = {
    "table": "targets", "name": "a.csv", "content": "YQox", "review": "accepted", "back": f"/plan/{PLAN}", "query": "SELECT 1",
    "client": "x", "party": "x", "label": "x", "address": "/plan", "do": "x", "source": "x", "status": "active",
    "satisfied": "false", "begins": "2026-01-01T08:00", "ends": "2026-01-01T20:00", "title": "x", "bpmn": "x", "note": "x",
}  # fmt: skip
FILE = {"files": {"file": ("a.csv", b"a\n1\n")}}
SOURCE = {"json": {"kind": "rest", "title": {"zh": "x", "en": "x"}}}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/api/sql"): {"json": {"query": "SELECT 1"}},
    ("POST", "/api/keys"): {"json": {"party": "x", "label": "x"}},
    ("POST", "/api/webhooks"): {"json": {"party": "x", "address": "https://example.org/", "kinds": ["key.made"]}},
    ("PUT", "/api/classification"): {"json": {"types": {}}},
    ("POST", "/account/passkeys"): {"json": {"step": "x", "answer": "{}"}},
    ("POST", "/api/figures/imports"): FILE,
    ("POST", "/api/devices"): {"json": {"id": "x", "kind": "X"}},
    ("PATCH", "/api/devices/{name}"): {"json": {"name": "x"}},
    ("POST", "/api/devices/imports"): FILE,
    ("POST", "/api/devices/imports/check"): FILE,
    ("POST", "/devices/import"): FILE,
    ("POST", "/api/devices/registrations"): {"json": {"name": "x", "kind": "X", "claim": "k" * 43}},
    ("POST", "/api/devices/registrations/{name}/credential"): {"json": {"claim": "k" * 43}},
    ("POST", "/api/sources/{name}"): SOURCE,
    ("PUT", "/api/sources/{name}"): SOURCE,
    ("POST", "/api/sources/{name}/test"): SOURCE,
    ("POST", "/api/cases"): {"json": {"matter": "waterlogging", "description": "x"}},
    ("POST", "/api/cases/{number}/merge"): {"json": {"into": "x"}},
    ("POST", "/api/cases/{number}/confirm"): {"json": {"satisfied": False}},
    ("POST", "/api/cases/{number}/reopen"): {"json": {"note": "x"}},
    ("POST", "/api/cases/{number}/notes"): {"json": {"note": "x"}},
    ("POST", "/api/cases/{number}/tasks/{task}/give-back"): {"json": {"note": "x"}},
    ("POST", "/api/cases/{number}/attachments"): FILE,
    ("POST", "/api/rules/dry-run"): {},
    ("POST", "/api/rules/windows"): {
        "json": {"rule": "x", "start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}
    },
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
