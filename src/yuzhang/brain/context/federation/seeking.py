"""A query as it is put to one context source: no wider than what was asked, and than what the source is registered for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from yuzhang.brain.context.federation.asking import Message
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.query import Types
from yuzhang.brain.context.registrations.matching import Sought
from yuzhang.brain.context.registrations.model import Registration
from yuzhang.brain.context.subscriptions.names import types_changed

GEO = ("georel", "geometry", "coordinates", "geoproperty")


@dataclass(frozen=True, slots=True)
class Seek:
    """Entities that are sought: `text` is the choice by type as it was written, `types` the same, read."""

    text: str | None = None
    types: Types | None = None
    ids: tuple[str, ...] | None = None
    pattern: str | None = None


def narrowed(seek: Seek, one: Registration, terms: Terms, spoken: Terms) -> Seek | None:
    """What of `seek`, written in `spoken`, a source may have, in `terms`; None if nothing. Source: clause 4.3.6.1."""
    text = None if seek.text is None else types_changed(seek.text, lambda term: terms.compact(spoken.expand(term)))
    sought = Sought(seek.types, seek.ids, seek.pattern)
    if any(not information.entities for information in one.information):
        return Seek(text, seek.types, seek.ids, seek.pattern)
    infos = [info for information in one.information for info in information.entities if sought.met_by(info)]
    if not infos:
        return None
    if text is None:
        text = ",".join(sorted({terms.compact(name) for info in infos for name in info.types}))
    if seek.ids is not None:
        return Seek(
            text, seek.types, tuple(entity for entity in seek.ids if any(info.fits_id(entity) for info in infos))
        )
    if all(info.id is not None for info in infos):
        return Seek(text, seek.types, tuple(dict.fromkeys(info.id for info in infos if info.id is not None)))
    pattern = seek.pattern
    if pattern is None and len(infos) == 1 and infos[0].pattern is not None:
        pattern = infos[0].pattern.pattern
    return Seek(text, seek.types, None, pattern)


def questions(
    one: Registration, seeks: Sequence[Seek], conditions: Mapping[str, Any], paging: Sequence[tuple[str, str]]
) -> list[Message]:
    """The requests that ask a source for `seeks`: by GET if it takes that, else by POST. Source: clauses 6.4.3.2, 6.23."""
    if "queryEntity" in one.operations:
        return [Message("GET", "/entities", (*address_of(seek, conditions), *paging)) for seek in seeks]
    body: dict[str, Any] = {"type": "Query"}
    entities = [_selector(seek) for seek in seeks]
    if entities and all("type" in entity for entity in entities):
        body["entities"] = entities
    body |= {name: value.split(",") for name, value in conditions.items() if name == "attrs"}
    body |= {name: value for name, value in conditions.items() if name in ("q", "scopeQ")}
    if geo := {name: conditions[name] for name in GEO if name in conditions}:
        if isinstance(geo.get("coordinates"), str):
            geo["coordinates"] = msgspec.json.decode(geo["coordinates"])
        body["geoQ"] = geo
    return [Message("POST", "/entityOperations/query", tuple(paging), body)] if seeks else []


def address_of(seek: Seek, conditions: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The parameters that say the same in an address."""
    found = [
        ("type", seek.text),
        ("id", None if seek.ids is None else ",".join(seek.ids)),
        ("idPattern", seek.pattern),
        *(
            (name, value if isinstance(value, str) else msgspec.json.encode(value).decode())
            for name, value in conditions.items()
        ),
    ]
    return [(name, value) for name, value in found if value]


def _selector(seek: Seek) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if seek.text is not None:
        found["type"] = seek.text
    if seek.ids is not None:
        found["id"] = list(seek.ids) if len(seek.ids) > 1 else seek.ids[0]
    if seek.pattern is not None:
        found["idPattern"] = seek.pattern
    return found
