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
    """A small context source: it keeps what it is asked, and answers what it was told to."""

    answers: dict[tuple[str, str], tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    def will(self, method: str, path: str, status: int, value: Any = None) -> None:
        """Answer so from now on."""
        body = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value).encode()
        self.answers[method, API + path] = (status, body)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        target = scope["path"] + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
        self.asked.append((scope["method"], target, headers, json.loads(body) if body else None))
        status, answer = self.answers.get((scope["method"], scope["path"]), (404, b""))
        if status == 0:
            raise httpx.ConnectError("the line is cut")
        await send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
        )
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
