"""What goes to a broker and comes back, without the network: every operation is a generator of requests that is sent replies.

So each operation is written once, and both clients run it: one waits for the network, the other awaits it.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, unquote

import msgspec

from yuzhang.client.errors import NotUnderstood, RequestRefused, refused
from yuzhang.core.language import Language, Title

R = TypeVar("R")
API = "/ngsi-ld/v1"
JSON, JSON_LD = "application/json", "application/ld+json"
CONTEXT_LINK = '<{}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `payload` is JSON, None for none. `path` is below `/ngsi-ld/v1`."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    payload: Any = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """What it says. Raises NotUnderstood if it is no JSON."""
        try:
            return msgspec.json.decode(self.content)
        except msgspec.DecodeError as err:
            raise NotUnderstood(
                Title(f"回答不是 JSON：{err}", f"The answer is no JSON: {err}"), where=f"HTTP {self.status}"
            ) from err

    def located(self) -> str:
        """The identifier of what was made: the last part of Location. Raises NotUnderstood if there is none."""
        last = unquote(self.headers.get("location", "").rstrip("/").rsplit("/", 1)[-1])
        if not last:
            raise NotUnderstood(
                Title("回答没有说明新建对象的地址。", "The answer does not say where the new thing is."),
                where="Location",
            )
        return last


Steps = Generator[Request, Reply, R]
"""An operation: yields requests, is sent their replies, returns its result."""

PageOf = Callable[[int], Steps[tuple[list[R], bool]]]
"""An operation on one page of a list: from an offset to what is on the page, and whether there may be more."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request as it goes out."""

    method: str
    url: str
    params: dict[str, str]
    headers: dict[str, str]
    content: bytes | None


@dataclass(frozen=True, slots=True)
class Dialect:
    """What all requests of one client have in common: the address, the tenant, the @context, the language of errors, the key."""

    url: str
    tenant: str = ""
    context: str = ""
    language: Language = "en"
    key: str = field(default="", repr=False)

    def prepared(self, request: Request) -> Prepared:
        """The request with its headers. A payload that brings a @context goes as JSON-LD. Source: clause 6.3.5.

        Raises: RequestRefused for a tenant that no request can name.
        """
        headers = {"Accept": JSON, "Accept-Language": self.language}
        if self.key:
            headers["Authorization"] = f"Key {self.key}"
        if self.tenant:
            if not self.tenant.isascii():  # it travels in a header
                raise RequestRefused(
                    Title("租户名只能用 ASCII 字符。", "A tenant's name is ASCII."), where="NGSILD-Tenant"
                )
            headers["NGSILD-Tenant"] = self.tenant
        content = None
        payload = request.payload
        if payload is not None and _brings_context(payload):
            payload = [self._with_context(one) for one in payload] if isinstance(payload, list) else payload
            headers["Content-Type"] = JSON_LD
        elif self.context:
            headers["Link"] = CONTEXT_LINK.format(self.context)
        if payload is not None:
            content = msgspec.json.encode(payload)
            headers.setdefault("Content-Type", JSON)
        url = f"{self.url.rstrip('/')}{API}{request.path}"
        params = {name: value for name, value in request.params.items() if value}
        return Prepared(request.method, url, params, headers, content)

    def _with_context(self, entity: Any) -> Any:
        if self.context and isinstance(entity, Mapping) and "@context" not in entity:
            return {**entity, "@context": self.context}
        return entity


def _brings_context(payload: Any) -> bool:
    some = payload if isinstance(payload, list) else [payload]
    return any(isinstance(one, Mapping) and "@context" in one for one in some)


def path(*parts: str) -> str:
    """The parts of a path, each one as it is.

    >>> path("entities", "urn:ngsi-ld:Road:1", "attrs", "https://example.org/length")
    '/entities/urn:ngsi-ld:Road:1/attrs/https%3A%2F%2Fexample.org%2Flength'
    """
    first, *others = parts
    return "/".join(("", first, *(quote(one, safe=":" if one.startswith("urn:") else "") for one in others)))


def good(reply: Reply) -> Reply:
    """The reply, if it is no error. Raises RequestRefused, NotThere, AlreadyThere, ServerFailed."""
    if reply.status >= 400:
        raise refused(reply.status, reply.content)
    return reply
