"""A small context source for tests, and what is registered and kept in them."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi.testclient import TestClient

PUMP = "urn:ngsi-ld:Pump:1"
API = "/ngsi-ld/v1"


@dataclass
class Source:
    """A small context source: it keeps what it is asked, and answers what it was told to, or out of what it holds."""

    answers: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    held: list[dict[str, Any]] = field(default_factory=list)
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def will(self, method: str, path: str, status: int, value: Any = None) -> None:
        """Answer so from now on."""
        body = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
        self.answers[method, API + path] = (status, body)

    def addresses(self) -> list[httpx.URL]:
        """What was asked for, one after the other."""
        return [httpx.URL(target) for _, target, _, _ in self.asked]

    def _page(self, params: httpx.QueryParams) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """A part of what it holds, with the links to the parts beside it."""
        ids, types = params.get("id", ""), params.get("type", "")
        found = [
            one
            for one in self.held
            if (not ids or one["id"] in ids.split(",")) and (not types or one["type"] in types.split(","))
        ]
        limit, offset = int(params.get("limit", 20)), int(params.get("offset", 0))
        some = json.dumps(found[offset : offset + limit]).encode()
        links = ["next"] * (offset + limit < len(found)) + ["prev"] * (offset > 0)
        return some, [(b"link", f'<x>;rel="{one}"'.encode()) for one in links]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        target = scope["path"] + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
        self.asked.append((scope["method"], target, headers, json.loads(body) if body else None))
        status, answer = self.answers.get((scope["method"], scope["path"]), (404, b""))
        links: list[tuple[bytes, bytes]] = []
        if self.held and (scope["method"], scope["path"]) == ("GET", f"{API}/entities") and status != 0:
            status = 200
            answer, links = self._page(httpx.URL(target).params)
        if status == 0:
            raise httpx.ConnectError("the line is cut")
        headers_back = [(b"content-type", b"application/json"), *links, *self.headers]
        await send({"type": "http.response.start", "status": status, "headers": headers_back})
        await send({"type": "http.response.body", "body": answer})


def register(api: TestClient, **members: Any) -> None:
    data = {
        "id": "urn:ngsi-ld:ContextSourceRegistration:county",
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Pump"}]}],
        "endpoint": "http://county.example",
    }
    made = api.post("csourceRegistrations", json=data | members)
    assert made.status_code == 201, made.text


def pump(entity: str = PUMP, **values: Any) -> dict[str, Any]:
    return {"id": entity, "type": "Pump"} | {name: {"type": "Property", "value": one} for name, one in values.items()}
