"""Entities on their way out: the media type, where the @context stands, and who wants an older version. Clauses 6.3.4 to 6.3.6."""

from typing import Any

from yuzhang.brain.context.http.message import GEO_JSON, Answer, Call, Headers
from yuzhang.brain.context.http.negotiation import body_answer, encode, link_value
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.older import older_version, preferred_version

Shown = dict[str, Any] | list[dict[str, Any]]


def preference_headers(call: Call) -> Headers:
    """That the version which a client prefers was looked at, where nothing differs between versions. Source: clause 4.3.6.8."""
    version = preferred_version(call.headers.get("prefer", ""))
    return [] if version is None else [("preference-applied", f"ngsi-ld={version[0]}.{version[1]}")]


def shown_answer(
    call: Call, value: Shown | bytes, terms: Terms, media: str, headers: Headers, status: int = 200
) -> Answer:
    """Entities, rendered or already as JSON, in the media type wanted.

    GeoJSON has the @context in it unless the client prefers body=json. Source: clauses 4.3.6.8, 6.3.6.
    """
    headers = [*headers, *(("ngsild-snapshot", one) for one in (call.headers.get("ngsild-snapshot"),) if one)]
    prefer = call.headers.get("prefer")
    if media == GEO_JSON and not isinstance(value, bytes):
        collection: dict[str, Any] = (
            {"type": "FeatureCollection", "features": value} if isinstance(value, list) else value
        )
        if prefer is not None and "body=json" in prefer.replace(" ", "").replace('"', ""):
            return Answer(
                status, encode(collection), [("content-type", media), ("link", link_value(terms.link)), *headers]
            )
        return Answer(status, encode(collection | {"@context": terms.reference}), [("content-type", media), *headers])
    version = preferred_version(prefer) if prefer is not None else None
    if version is not None:
        value, changed = older_version(value, version)
        headers.append(("preference-applied", f"ngsi-ld={version[0]}.{version[1]}"))
        status = 203 if changed and status == 200 else status
    answer = body_answer(value if isinstance(value, bytes) else encode(value), terms, media, headers)
    return answer if status == answer.status else Answer(status, answer.body, answer.headers)
