"""Requests to context sources: addressed, bounded in time, size and number, and answered with a Reply whatever happens."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from weakref import WeakKeyDictionary

import httpx
import msgspec

from yuzhang.brain.context.federation.via import going_on
from yuzhang.brain.context.http.message import JSON, LD_JSON, MERGE_PATCH, Call
from yuzhang.brain.context.http.negotiation import link_value, linked_context
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.reaching import checked_client, plain_parts
from yuzhang.brain.context.registrations.identity import alias_of
from yuzhang.brain.context.registrations.model import Registration
from yuzhang.brain.context.registrations.parts import API

if TYPE_CHECKING:
    from yuzhang.brain.context.broker import Broker

TIMEOUT_S = 5.0
LONGEST_TIMEOUT_S = 30.0
AT_ONCE = 32
"""Requests to context sources that may be under way at the same time."""
MAX_REPLY_BYTES = 16 * 1024 * 1024
MAX_BYTES_TOGETHER = 64 * 1024 * 1024
"""What all sources together may answer to one request."""
OF_THE_REQUEST = "urn:ngsi-ld:request"
"""A value of contextSourceInfo that stands for the one in the request that is answered. Clause 4.3.6.5."""
# Clause 4.3.6.5: tenants have a member of their own, and what belongs to the connection is ignored.
NOT_CONVEYED = frozenset(
    {
        "ngsild-tenant",
        "via",
        "host",
        "content-length",
        "content-type",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
    }
    | {"trailer", "expect", "keep-alive", "link", "accept", "jsonldcontext", "contenttype", "proxy-connection"}
)


@dataclass(frozen=True, slots=True)
class Speech:
    """How a context source is spoken to: in which terms, in which media types. Clause 4.3.6.6."""

    terms: Terms = CORE
    media: str = JSON
    accept: str = JSON


@dataclass(frozen=True, slots=True)
class Message:
    """A request to a context source. `body` is in the terms of the speech; None is none. `headers` are its own ones."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `status` is 0 if nothing did in time; `failure` says why, empty if something did.

    `data` is the payload as JSON values, None if there is none; `terms` are those it is written in. `spoiled`: a payload came
    that cannot be used.
    """

    registration: Registration
    status: int
    data: Any = None
    terms: Terms = CORE
    headers: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""
    spoiled: bool = False

    @property
    def fine(self) -> bool:
        """Whether all was done that was asked."""
        return 200 <= self.status < 300 and self.status != 207


def entity_path(entity: str, *more: str) -> str:
    """The path of an entity, or of something in it.

    >>> entity_path("urn:a:b/c", "attrs", "speed")
    '/entities/urn:a:b%2Fc/attrs/speed'
    """
    return "/entities/" + "/".join(quote(one, safe=":") for one in (entity, *more))


class Sources:
    """The way to the context sources. `close` ends it."""

    def __init__(self, broker: "Broker") -> None:
        self._broker = broker
        self._client: httpx.AsyncClient | None = None
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._cooling: dict[tuple[str, str], float] = {}
        self._taken: WeakKeyDictionary[Call, int] = WeakKeyDictionary()

    async def close(self) -> None:
        """Release the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def speech(self, one: Registration, call: Call, terms: Terms) -> Speech:
        """How to speak to a context source. Raises LdContextNotAvailable."""
        settings = {key.lower(): value for key, value in one.headers}
        media, accept = settings.get("contenttype", JSON), settings.get("accept", JSON)
        reference = settings.get("jsonldcontext")
        if reference is not None:
            contexts = self._broker.contexts
            terms = await contexts.terms(reference, call.tenant)
            media = JSON
        return Speech(terms, LD_JSON if media == LD_JSON else JSON, LD_JSON if accept == LD_JSON else JSON)

    async def ask(self, call: Call, one: Registration, message: Message, speech: Speech) -> Reply:
        """Send a message to a context source; the answer, or why there is none. Takes no longer than its timeout."""
        key = (one.tenant, one.id)
        if self._cooling.get(key, 0.0) > monotonic():
            return Reply(one, 0, failure="The context source failed a moment ago and is left in peace.")
        seconds = min(one.timeout_s or TIMEOUT_S, LONGEST_TIMEOUT_S)
        try:
            # The wait for a free place counts, too: the whole answer is bounded.
            async with asyncio.timeout(seconds), self._at_once:
                reply = await self._sent(call, one, message, speech)
        except TimeoutError:
            reply = Reply(one, 0, failure=f"No answer within {seconds:g} s.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            reply = Reply(one, 0, failure=f"It cannot be reached: {str(error) or type(error).__name__}")
        if not reply.status and one.cooldown_s:
            self._cooling[key] = monotonic() + one.cooldown_s
        return reply

    async def _sent(self, call: Call, one: Registration, message: Message, speech: Speech) -> Reply:
        address = one.endpoint + API + message.path
        params = [*message.params, *([("local", "true")] if one.local_only else [])]
        if params:
            address += "?" + urlencode(params, quote_via=quote, safe=":/,;()*")
        headers = self.headers(call, one, message, speech)
        content = None if message.body is None else msgspec.json.encode(message.body)
        if self._client is None:
            self._client = checked_client(
                private=self._broker.settings.private_addresses, timeout_s=LONGEST_TIMEOUT_S, connections=AT_ONCE
            )
        async with self._client.stream(message.method, address, content=content, headers=headers) as response:
            body = bytearray()
            async for part in plain_parts(response):
                body += part
                self._taken[call] = together = self._taken.get(call, 0) + len(part)
                if len(body) > MAX_REPLY_BYTES or together > MAX_BYTES_TOGETHER:
                    return Reply(one, response.status_code, failure="The answer is too large.", spoiled=True)
        return await self._read(call, one, response, bytes(body), speech)

    async def _read(
        self, call: Call, one: Registration, response: httpx.Response, body: bytes, speech: Speech
    ) -> Reply:
        status, headers = response.status_code, response.headers
        if not body.strip():
            return Reply(one, status, None, speech.terms, headers)
        try:
            data = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Reply(one, status, failure="The answer is no JSON.", spoiled=True, headers=headers)
        reference = linked_context(headers.get("link", ""))
        if isinstance(data, dict) and "@context" in data:
            reference = data.pop("@context")
        # An answer that names no @context is in the one that was asked for (clause 6.3.5: the request's).
        if reference is None or reference in (speech.terms.link, speech.terms.reference):
            return Reply(one, status, data, speech.terms, headers)
        contexts = self._broker.contexts
        terms = await contexts.terms(reference, call.tenant)
        return Reply(one, status, data, terms, headers)

    def headers(self, call: Call, one: Registration, message: Message, speech: Speech) -> dict[str, str]:
        """The headers of a message. Source: clauses 4.3.6.5, 4.3.6.6, 6.3.18."""
        found = {"Accept": speech.accept, "User-Agent": "Yuzhang"}
        for key, value in one.headers:
            if key.lower() in NOT_CONVEYED:
                continue
            copied = call.headers.get(key.lower()) if value == OF_THE_REQUEST else value
            if copied is not None:
                found[key] = copied
        found["Via"] = going_on(call.headers.get("via", ""), alias_of(self._broker.registrations.alias, call.tenant))
        if one.target_tenant:
            found["NGSILD-Tenant"] = one.target_tenant
        if message.body is not None:
            merge = message.method == "PATCH" and call.headers.get("content-type", "").startswith(MERGE_PATCH)
            found["Content-Type"] = MERGE_PATCH if merge and speech.media == JSON else speech.media
        if speech.terms is not CORE and (message.body is None or speech.media == JSON):
            found["Link"] = link_value(speech.terms.link)
        return found | dict(message.headers)
