"""How reads that concern other brokers, too, are answered: what was gathered comes back as if it had been kept here."""

from typing import Any

import msgspec

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.federation.gathering import Question, queried, retrieved
from yuzhang.brain.context.federation.seeking import Seek
from yuzhang.brain.context.finding import found_page
from yuzhang.brain.context.http.asking import SYSTEM, Asked, Members, members_in_address, members_in_payload
from yuzhang.brain.context.http.message import Call, Headers
from yuzhang.brain.context.http.parameters import Wanted
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity, Microseconds
from yuzhang.brain.context.projection import heads
from yuzhang.brain.context.query import parse_types
from yuzhang.brain.context.rendering import Representation
from yuzhang.brain.context.store.entities import Page, Stored
from yuzhang.brain.context.store.transaction import expiry

NO_ATTRIBUTES = SYSTEM | {"id", "type", "scope"}


async def retrieved_everywhere(
    broker: Broker, call: Call, entity: str, members: Members, how: Representation, terms: Terms
) -> tuple[Stored | None, Headers]:
    """One entity out of all its pieces, and the warnings about those that are missing. Source: clause 5.7.1.4."""
    types = parse_types(members["type"], terms) if "type" in members else None
    found = await retrieved(broker.federation, call, entity, types, shown_attributes(how), terms)
    return (_stored(found.entities[0], broker.now()) if found.entities else None), found.headers


async def found_everywhere(
    broker: Broker, call: Call, asked: Asked, terms: Terms, part: Wanted, data: Any
) -> tuple[Page, Headers]:
    """A page of what a query finds everywhere; `data` is its payload, None if it is in the address. Source: clause 5.7.2.4."""
    if data is None:
        members: Members = members_in_address(call.query_string)
        texts = [members.get("type")]
    else:
        members, _ = members_in_payload(data, terms)
        texts = [one["type"] for one in data.get("entities", ())]
    chosen = asked.selections
    seeks = tuple(
        Seek(None if text == "*" else text, selection.types, selection.ids, selection.id_pattern)
        for text, selection in zip(texts or [None], chosen, strict=False)
    )
    question = Question(
        members,
        seeks,
        chosen,
        shown_attributes(asked.how),
        terms,
        part.offset,
        part.limit,
        part.count,
        ordered=asked.order is not None,
    )
    found = await queried(broker.federation, call, question)
    if found is None:
        here = (broker, call.caller, call.tenant, asked.selections, asked.order, part.offset, part.limit, part.count)
        return await found_page(*here), []
    now = broker.now()
    return Page([_stored(one, now) for one in found.entities], found.total, found.more), found.headers


def shown_attributes(how: Representation) -> frozenset[str] | None:
    """The attributes that will be shown; None for all, or where the answer needs more than attributes."""
    if how.attrs is not None:
        return frozenset(how.attrs)
    if how.pick is None:
        return None
    picked = frozenset(heads(how.pick)) - NO_ATTRIBUTES
    return picked or None


def _stored(entity: Entity, now: Microseconds) -> Stored:
    """An entity as if the database had given it; times that nobody told are those of its arrival."""
    created, modified = entity.created or now, entity.modified or now
    times = {key: (pair[0] or created, pair[1] or modified) for key, pair in entity.times.items()}
    body = msgspec.json.encode(entity.body)
    return Stored((0, body, created, modified, msgspec.json.encode(times) if times else None, expiry(entity)))
