"""Speaks GeoReport v2 to another system: reports to it, asks how a request stands, and fetches the photo that it shows."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from yuzhang.brain.cases.model import Case, Upload
from yuzhang.brain.cases.open311.systems import System
from yuzhang.brain.cases.open311.writing import ATTRIBUTE_EXTERNAL, ATTRIBUTE_SEVERITY
from yuzhang.brain.context.reaching import plain_parts

MOST_ANSWER, MOST_PHOTO = 1_000_000, 10_000_000
AGAIN = frozenset({408, 425, 429})
LONGEST_SAID = 1_000


class Unanswered(Exception):
    """No answer that can be used. `final`: it will not be another one later; `args[0]`: what was said."""

    def __init__(self, said: str, *, final: bool = False) -> None:
        super().__init__(said[:LONGEST_SAID])
        self.final = final


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands with the other system."""

    status: str
    notes: str = ""
    photo: str = ""

    @property
    def closed(self) -> bool:
        """Whether it says that it is done."""
        return self.status.lower() == "closed"


@dataclass(frozen=True, slots=True)
class Speaking:
    """A connection to one system."""

    system: System
    client: httpx.AsyncClient

    async def report(self, case: Case, language: str = "zh") -> tuple[str, str]:
        """Report a case: what it is and where, nothing of who reported it. The request's id, or a token. Raises Unanswered."""
        code = self.system.services.get(case.matter)
        if code is None:  # it was taken out of the file after the task was noted
            raise Unanswered(f"services 中没有 {case.matter} / there is no {case.matter} in services", final=True)
        form = {
            "service_code": code,
            "description": case.description or (case.title.zh if language == "zh" else case.title.en),
            "api_key": self.system.key,
            "jurisdiction_id": self.system.jurisdiction,
            "address_string": case.address,
            f"attribute[{ATTRIBUTE_EXTERNAL}]": case.number,
            f"attribute[{ATTRIBUTE_SEVERITY}]": str(case.severity),
            "lat": "" if case.lat is None else str(case.lat),
            "long": "" if case.lon is None else str(case.lon),
        }
        said = await self._json("POST", "requests.json", data={name: value for name, value in form.items() if value})
        request, token = _text(said, "service_request_id"), _text(said, "token")
        if not request and not token:
            raise Unanswered("neither a service_request_id nor a token came")
        return request, token

    async def named(self, token: str) -> str:
        """The request's id that a token became; "" while there is none. Raises Unanswered."""
        return _text(await self._json("GET", f"tokens/{quote(token, safe='')}.json"), "service_request_id")

    async def standing(self, request: str) -> Standing:
        """How a request stands. Raises Unanswered."""
        said = await self._json("GET", f"requests/{quote(request, safe='')}.json")
        return Standing(_text(said, "status"), _text(said, "status_notes")[:LONGEST_SAID], _text(said, "media_url"))

    async def photo(self, address: str) -> Upload | None:
        """The picture that it shows; None if it cannot be fetched."""
        try:
            return Upload("open311.jpg", await self._bytes("GET", address, MOST_PHOTO))
        except Unanswered:
            return None

    async def _json(self, method: str, path: str, data: dict[str, str] | None = None) -> Any:
        params = {"jurisdiction_id": self.system.jurisdiction} if self.system.jurisdiction and method == "GET" else None
        body = await self._bytes(method, f"{self.system.address}/{path}", MOST_ANSWER, data, params)
        try:
            said = json.loads(body)
        except ValueError as err:
            raise Unanswered("the answer is no JSON") from err
        return said[0] if isinstance(said, list) and said else said

    async def _bytes(
        self,
        method: str,
        address: str,
        most: int,
        data: dict[str, str] | None = None,
        params: dict[str, str] | None = None,
    ) -> bytes:
        taken = b""
        try:
            async with self.client.stream(method, address, data=data, params=params) as answer:
                async for part in plain_parts(answer):
                    taken += part
                    if len(taken) > most:
                        raise Unanswered(f"the answer is longer than {most} bytes")
        except (httpx.HTTPError, httpx.InvalidURL) as err:
            raise Unanswered(str(err) or type(err).__name__) from err
        if not answer.is_success:
            final = 400 <= answer.status_code < 500 and answer.status_code not in AGAIN
            raise Unanswered(f"HTTP {answer.status_code}: {taken[:300].decode(errors='replace')}", final=final)
        return taken


def _text(said: Any, name: str) -> str:
    value = said.get(name) if isinstance(said, dict) else None
    return str(value) if isinstance(value, str | int) else ""
