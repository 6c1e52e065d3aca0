"""How reads that concern other brokers, too, are answered: what was gathered comes back as if it had been kept here."""

import msgspec

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.entity_maps.model import HERE, EntityMap
from yuzhang.brain.context.federation.gathering import Mapped, retrieved
from yuzhang.brain.context.federation.linked import Linked
from yuzhang.brain.context.federation.querying import MOST_FROM_ONE, Question, queried
from yuzhang.brain.context.federation.seeking import Seek
from yuzhang.brain.context.finding import found_page
from yuzhang.brain.context.http.asking import SYSTEM, Asked
from yuzhang.brain.context.http.message import Call, Headers
from yuzhang.brain.context.http.parameters import Wanted
from yuzhang.brain.context.http.representing import Joining, Members
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.linking import Shown, linked
from yuzhang.brain.context.model import Entity, Microseconds
from yuzhang.brain.context.projection import heads
from yuzhang.brain.context.query import parse_types
from yuzhang.brain.context.rendering import Representation
from yuzhang.brain.context.store.entities import Page, Stored
from yuzhang.brain.context.store.kept import expiry

NO_ATTRIBUTES = SYSTEM | {"id", "type", "scope"}
EVERYTHING = Wanted(0, MOST_FROM_ONE, False)


async def retrieved_everywhere(
    broker: Broker,
    call: Call,
    entity: str,
    members: Members,
    how: Representation,
    terms: Terms,
    entity_map: EntityMap | None = None,
) -> tuple[Stored | None, Headers, tuple[str, ...]]:
    """One entity out of all its pieces, the warnings about those that are missing, and who had some. Source: clause 5.7.1.4."""
    types = parse_types(members["type"], terms) if "type" in members else None
    mapped = None
    if entity_map is not None:
        mapped = Mapped(frozenset(entity_map.sources.get(entity, ())), entity_map.linked_maps)
    found = await retrieved(broker.federation, call, entity, types, shown_attributes(how), terms, mapped)
    stored = stored_of(found.entities[0], broker.now()) if found.entities else None
    return stored, found.headers, found.holders or (HERE,)


async def found_everywhere(
    broker: Broker, call: Call, asked: Asked, terms: Terms, part: Wanted
) -> tuple[Page, Headers]:
    """A page of what a query finds everywhere. Source: clause 5.7.2.4."""
    found = await queried(broker.federation, call, question_of(asked, terms, part))
    if found is None:
        here = (broker, call.caller, call.tenant, asked.selections, asked.order, part.offset, part.limit, part.count)
        return await found_page(*here), []
    now = broker.now()
    return Page([stored_of(one, now) for one in found.entities], found.total, found.more), found.headers


def question_of(asked: Asked, terms: Terms, part: Wanted = EVERYTHING) -> Question:
    """A query as it is put to everybody."""
    seeks = tuple(
        Seek(None if one.any_type else one.text, one.types, one.ids, one.id_pattern) for one in asked.selectors
    )
    return Question(
        asked.members,
        seeks or (Seek(),),
        asked.selections,
        shown_attributes(asked.how),
        terms,
        part.offset,
        part.limit,
        part.count,
        ordered=asked.order is not None,
    )


async def linked_everywhere(
    broker: Broker,
    call: Call,
    entities: list[Entity],
    rendered: Shown,
    terms: Terms,
    how: Representation,
    joining: Joining,
    snapshot: str,
    *,
    local: bool = False,
) -> tuple[Shown, Headers]:
    """`rendered` with linked entities, of others, too, unless `local`; and the warnings about those that are missing.

    Raises: TooManyResults. Source: clause 4.5.23.
    """
    elsewhere = None if local or not broker.federation.asks(call) else Linked(broker.federation, call, terms)
    shown = await linked(
        *(broker, call.caller, call.tenant, entities, rendered, terms, how),
        *(joining.join, joining.level, joining.contained_by),
        snapshot=snapshot,
        search=None if elsewhere is None else elsewhere.find,
    )
    return shown, [] if elsewhere is None else elsewhere.headers


def shown_attributes(how: Representation) -> frozenset[str] | None:
    """The attributes that will be shown; None for all, or where the answer needs more than attributes."""
    if how.attrs is not None:
        return frozenset(how.attrs)
    if how.pick is None:
        return None
    picked = frozenset(heads(how.pick)) - NO_ATTRIBUTES
    return picked or None


def stored_of(entity: Entity, now: Microseconds) -> Stored:
    """An entity as if the database had given it; times that nobody told are those of its arrival."""
    created, modified = entity.created or now, entity.modified or now
    times = {key: (pair[0] or created, pair[1] or modified) for key, pair in entity.times.items()}
    body = msgspec.json.encode(entity.body)
    return Stored((0, body, expiry(entity), created, modified, msgspec.json.encode(times) if times else None))
