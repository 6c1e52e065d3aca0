"""Which media type and which @context a request brings, and which ones its answer has. Clauses 6.3.4 to 6.3.6."""

import re
from functools import lru_cache
from typing import Any

import msgspec

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import BadRequestData, InvalidRequest, NotAcceptable, UnsupportedMediaType, said
from yuzhang.brain.context.http.message import GEO_JSON, JSON, LD_JSON, MERGE_PATCH, Answer, Call, Headers
from yuzhang.brain.context.jsonld import CORE, Terms

CONTEXT_RELATION = "http://www.w3.org/ns/json-ld#context"
LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:\"[^\"]*\"|[^\s;,]+))*)")
encode = msgspec.json.Encoder().encode


@lru_cache(maxsize=512)
def linked_context(link: str) -> str | None:
    """The address of the @context in a Link header; None if there is none of that relation.

    >>> linked_context('<http://a/c.jsonld>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"')
    'http://a/c.jsonld'
    """
    for address, parameters in LINK.findall(link):
        if CONTEXT_RELATION in parameters:
            found: str = address
            return found
    return None


@lru_cache(maxsize=512)
def acceptable(accept: str, *, geo: bool = False) -> str:
    """The media type of the answer: the first of the standard's list that `accept` allows with the highest weight.

    Raises NotAcceptable. Source: clause 6.3.4, RFC 7231 section 5.3.2.
    >>> acceptable("application/ld+json;q=0.5, */*;q=0.1"), acceptable("application/*")
    ('application/ld+json', 'application/json')
    """
    offered = (JSON, LD_JSON, GEO_JSON) if geo else (JSON, LD_JSON)
    weights = dict.fromkeys(offered, 0.0)
    best = dict.fromkeys(offered, -1)
    for one in accept.split(","):
        media, _, rest = one.partition(";")
        media = media.strip().lower()
        quality = 1.0
        for parameter in rest.split(";"):
            name, _, value = parameter.strip().partition("=")
            if name.lower() == "q":
                try:
                    quality = float(value)
                except ValueError:  # no weight at all: the default one stays
                    quality = 1.0
        for kind in offered:
            exact = 2 if media == kind else 1 if media == "application/*" else 0 if media == "*/*" else -1
            if exact > best[kind]:
                best[kind], weights[kind] = exact, quality
    # `max` takes the first of equals: the standard's order.
    found = max(offered, key=lambda kind: weights[kind])
    if weights[found] <= 0:
        raise NotAcceptable(said(f"Available: {', '.join(offered)}."), where="Accept")
    return found


def answer_media(call: Call, *, geo: bool = False) -> str:
    """The media type in which `call` wants its answer. Raises NotAcceptable."""
    accept = call.headers.get("accept")
    return JSON if accept is None or accept in {JSON, "*/*"} else acceptable(accept, geo=geo)


async def terms_of(broker: Broker, call: Call) -> Terms:
    """The terms that a request without a payload speaks: of its Link header, else the core context."""
    link = call.headers.get("link")
    if link is None:
        return CORE
    reference = linked_context(link)
    if reference is None:
        return CORE
    return broker.contexts.known(reference, call.tenant) or await broker.contexts.obtain(reference, call.tenant)


def payload_media(call: Call) -> str:
    """The media type of the payload: JSON, also for a merge patch (RFC 7396), or LD_JSON.

    Raises: InvalidRequest if the request does not name it, UnsupportedMediaType for another one. Source: clause 6.3.4.
    """
    given = call.headers.get("content-type")
    if given is None:  # only a wrong one is the exception that the clause makes for 415
        raise InvalidRequest(said(f"Say what the payload is: {JSON} or {LD_JSON}."), where="Content-Type")
    media = given.partition(";")[0].strip().lower()
    if media in {JSON, LD_JSON}:
        return media
    if media == MERGE_PATCH and call.method == "PATCH":
        return JSON
    raise UnsupportedMediaType(said(f"The media type {media or 'none'} is not taken."))


async def payload_of(broker: Broker, call: Call) -> tuple[Any, Terms]:
    """The payload and the terms it is written in; `@context` is taken out of it.

    Raises: UnsupportedMediaType, InvalidRequest, BadRequestData, LdContextNotAvailable. Source: clause 6.3.5.
    """
    if payload_media(call) == JSON:
        data = call.payload
        if isinstance(data, dict) and "@context" in data:
            raise BadRequestData(
                said("@context belongs into application/ld+json, or into a Link header."), where="/@context"
            )
        return data, await terms_of(broker, call)
    data = call.payload
    if not isinstance(data, dict):
        raise InvalidRequest(said("The payload is a JSON object."), where="/")
    if linked_context(call.headers.get("link", "")) is not None:
        raise BadRequestData(
            said("A payload in application/ld+json brings its own @context; take the Link header away.")
        )
    if "@context" not in data:
        raise BadRequestData(said("A payload in application/ld+json needs an @context."), where="/@context")
    return data, await own_terms(broker, call, data)


async def own_terms(broker: Broker, call: Call, data: dict[str, Any]) -> Terms:
    """The terms of the `@context` that `data` brings; it is taken out."""
    reference = data.pop("@context")
    return broker.contexts.known(reference, call.tenant) or await broker.contexts.obtain(reference, call.tenant)


@lru_cache(maxsize=512)
def link_value(address: str) -> str:
    """The value of a Link header to a @context."""
    return f'<{address}>; rel="{CONTEXT_RELATION}"; type="{LD_JSON}"'


CORE_HEADERS: Headers = [("content-type", JSON), ("link", link_value(CORE.link))]


def body_answer(body: bytes, terms: Terms, media: str, headers: Headers | None = None) -> Answer:
    """`body`, an object or a list of objects already in `terms`, in the media type wanted."""
    if media == JSON:
        first = CORE_HEADERS if terms is CORE else [("content-type", JSON), ("link", link_value(terms.link))]
        return Answer(200, body, [*first, *headers] if headers else first)
    return Answer(200, with_context(body, terms), [("content-type", media), *(headers or [])])


def with_context(body: bytes, terms: Terms) -> bytes:
    """`body` with an @context in it, or in each of its elements if it is a list of objects."""
    context = b'"@context":' + encode(terms.reference)
    if body[:1] == b"{":
        return body[:-1] + (b"," if len(body) > 2 else b"") + context + b"}"
    elements = msgspec.json.decode(body, type=list[msgspec.Raw])
    return b"[" + b",".join(with_context(bytes(one), terms) for one in elements) + b"]"
