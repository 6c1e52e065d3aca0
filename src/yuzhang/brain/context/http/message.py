"""A request as handlers see it, and an answer as they give it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from yuzhang.brain.context.errors import BadRequestData, InvalidRequest, said
from yuzhang.core.access import Party
from yuzhang.core.language import Language

JSON, LD_JSON, GEO_JSON = "application/json", "application/ld+json", "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"
MAX_JSON_DEPTH = 60
Headers = list[tuple[str, str]]


LONGEST_REMEMBERED = 1024
"""Bytes of a query; longer ones are read each time, so that strangers do not fill the memory."""


def parameters_in(query_string: bytes) -> Mapping[str, list[str]]:
    """The parameters of an address, each with all its values. Raises InvalidRequest if it is no UTF-8."""
    return (_remembered if len(query_string) <= LONGEST_REMEMBERED else _parameters_in)(query_string)


def _parameters_in(query_string: bytes) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    if query_string:
        try:
            pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=200)
        except ValueError as err:
            raise InvalidRequest(said(f"The query of the address cannot be read: {err}.")) from err
        for name, value in pairs:
            found.setdefault(name, []).append(value)
    return found


_remembered = lru_cache(maxsize=1024)(_parameters_in)


class Call:
    """One request. `headers` have lower-case names; `tenant` is empty for the default tenant."""

    def __init__(
        self, method: str, path: str, query_string: bytes, headers: dict[str, str], body: bytes, caller: Party
    ) -> None:
        self.method = method
        self.path = path
        self.query_string = query_string
        self.headers = headers
        self.body = body
        self.caller = caller
        self.tenant = headers.get("ngsild-tenant", "")

    @property
    def language(self) -> Language:
        """The language of whoever reads the answer."""
        return language_of(self.headers.get("accept-language", ""))

    @cached_property
    def query(self) -> Mapping[str, list[str]]:
        """The parameters of the address, each with all its values. Raises InvalidRequest if it is no UTF-8."""
        return parameters_in(self.query_string)

    def parameter(self, name: str) -> str | None:
        """The value of a parameter, None if absent. Raises BadRequestData if it is given twice."""
        found = self.query.get(name)
        if found is None:
            return None
        if len(found) > 1:
            raise BadRequestData(said(f"The parameter {name} is given {len(found)} times."), where=f"?{name}")
        return found[0]

    def words(self, name: str) -> list[str]:
        """A comma-separated parameter as its parts; empty if absent."""
        found = self.parameter(name)
        return [one.strip() for one in found.split(",") if one.strip()] if found else []

    def flag(self, name: str) -> bool:
        """A boolean parameter; False if absent. Raises BadRequestData for another word."""
        found = self.parameter(name)
        if found is None:
            return False
        if found.lower() in {"true", "false"}:
            return found.lower() == "true"
        raise BadRequestData(said(f"{name} is true or false, not “{found}”."), where=f"?{name}")

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number. Raises BadRequestData outside [`least`, `most`]."""
        found = self.parameter(name)
        if found is None:
            return default
        if not found.isascii() or not found.removeprefix("-").isdigit() or len(found) > 12:
            raise BadRequestData(said(f"{name} is a whole number, not “{found[:40]}”."), where=f"?{name}")
        number = int(found)
        if not least <= number <= most:
            raise BadRequestData(said(f"{name} lies between {least} and {most}."), where=f"?{name}")
        return number

    def without(self, *names: str) -> "Call":
        """The same request without some parameters of its address."""
        left = [(name, one) for name, values in self.query.items() if name not in names for one in values]
        return Call(self.method, self.path, urlencode(left).encode(), self.headers, self.body, self.caller)

    @cached_property
    def payload(self) -> Any:
        """The body as JSON. Raises InvalidRequest if it is none, BadRequestData if it is nested too deeply."""
        return decoded(self.body)


def language_of(accepted: str) -> Language:
    """The language of errors for an Accept-Language: what programs read is English, unless they ask for Chinese."""
    return "zh" if accepted.lower().startswith("zh") else "en"


def decoded(body: bytes) -> Any:
    """`body` as JSON values. Raises InvalidRequest if it is no JSON, or nested deeper than MAX_JSON_DEPTH."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise InvalidRequest(said(f"The payload is no valid JSON: {err}."), where="/") from err
    except RecursionError as err:
        raise InvalidRequest(said("The payload is nested too deeply."), where="/") from err
    if not _is_flat(body) and _deep(found):
        raise BadRequestData(said(f"The payload is nested deeper than {MAX_JSON_DEPTH} levels."), where="/")
    return found


BRACKETS = b"[]{}"
OTHERS = bytes(set(range(256)) - set(BRACKETS))
OFTEN = 12
"""As deep as payloads usually are."""


def _is_flat(body: bytes) -> bool:
    """Whether valid JSON is seen at once to be no deeper than usual: all that stays of it are pairs of brackets, inside out.

    Brackets in texts may hide it; the values themselves then tell.
    """
    left = body.translate(None, OTHERS)
    for _ in range(OFTEN):
        left = left.replace(b"{}", b"").replace(b"[]", b"")
        if not left:
            return True
    return len(left) <= MAX_JSON_DEPTH


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_JSON_DEPTH + 1):
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below.extend(one.values())
            elif isinstance(one, list):
                below.extend(one)
        if not below:
            return False
        level = [one for one in below if isinstance(one, dict | list)]
        if not level:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; `headers` name the media type where there is a body."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)


def json_answer(value: Any, status: int = 200, headers: Headers | None = None, media: str = JSON) -> Answer:
    """`value` as JSON."""
    return Answer(status, msgspec.json.encode(value), [("content-type", media), *(headers or [])])


Handler = Callable[..., Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one resource. `pattern` is the path under /ngsi-ld/v1 with `{name}` for a part that varies.

    `params` are the parameters that the address may have; another one is an InvalidRequest (clause 6.3.20).
    `handler` is called with the broker, the call, and the parts by name.
    """

    method: str
    pattern: str
    handler: "Callable[..., Awaitable[Answer]]"
    params: frozenset[str] = frozenset()
    summary: str = ""
