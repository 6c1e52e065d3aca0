"""What can be done with entities: the one way in for the HTTP API, pages, terminals and packs.

Writes are durable when they return. A refused write changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.classification.changing import check_gone, check_made, within
from yuzhang.brain.context.classification.sight import Sight
from yuzhang.brain.context.drafts import Merged, together
from yuzhang.brain.context.errors import AlreadyExists, BadRequestData, ContextError, ResourceNotFound, said
from yuzhang.brain.context.merging import created
from yuzhang.brain.context.model import Body, Entity, Microseconds, Touch
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.store.entities import Page, Stored
from yuzhang.brain.context.store.kept import Edit, Kept, Use
from yuzhang.brain.context.store.selecting import Plan
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.core.access import Party, action
from yuzhang.core.language import Title

Alteration = Callable[[Entity, Microseconds], Merged]
"""A pure step from what is kept to what shall be; one of `merging`'s functions with its arguments bound."""


@dataclass(slots=True)
class Outcome:
    """What became of a batch: the ids that went well, those of them that are new, and an error for each that did not."""

    done: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    failed: list[tuple[str, ContextError]] = field(default_factory=list)


@action("reader")
def enter(broker: Broker, caller: Party, /) -> None:
    """Come in at all: asked for every request before anything is read, loaded or kept for whoever sends it."""


@action("operator", reads=True)
def enter_to_change(broker: Broker, caller: Party, /) -> None:
    """Come in to change something: asked before the payload is read; the change itself asks again, and is what is recorded."""


@action("reader")
def retrieve(
    broker: Broker, caller: Party, /, tenant: str, entity: str, snapshot: str = "", *, closed: bool = False
) -> Stored | None:
    """One entity as it is kept; None if there is none. `closed`: it will not be opened. Source: clause 5.7.1."""
    space = broker.store.space(tenant, snapshot)
    return broker.store.retrieve(space, entity, closed=closed, sight=broker.sights.of(caller, tenant))


@action("reader")
def retrieve_all(
    broker: Broker, caller: Party, /, tenant: str, entities: Sequence[str], snapshot: str = ""
) -> dict[str, Stored]:
    """Those of `entities` that are there, by id."""
    return broker.store.retrieve_all(broker.store.space(tenant, snapshot), entities, broker.sights.of(caller, tenant))


@action("reader")
def planned(broker: Broker, caller: Party, /, tenant: str, selection: Selection, snapshot: str = "") -> Plan:
    """How a selection is answered."""
    return broker.store.plan(broker.store.space(tenant, snapshot), selection, broker.sights.of(caller, tenant))


@action("reader")
def page(
    broker: Broker, caller: Party, /, how: Plan, offset: int, limit: int, count: bool = False, *, closed: bool = False
) -> Page:
    """A part of what a plan finds; `closed`: it will not be opened. Raises TooComplexQuery. Source: clause 5.7.2."""
    return broker.store.page(how, offset, limit, count=count, closed=closed)


@action("reader")
def every(broker: Broker, caller: Party, /, how: Plan, *, whole: bool = False) -> Iterator[Stored]:
    """All that a plan finds, one by one. `whole`: however long all of them take, as for an index. Raises TooComplexQuery."""
    return broker.store.every(how, whole=whole)


@action("reader")
def uses(
    broker: Broker,
    caller: Party,
    /,
    tenant: str,
    *,
    type_name: str | None = None,
    attribute: str | None = None,
    snapshot: str = "",
) -> list[Use]:
    """Which types and attributes there are, with counts. Source: clauses 5.7.5 to 5.7.10."""
    space, sight = broker.store.space(tenant, snapshot), broker.sights.of(caller, tenant)
    return broker.store.uses(space, type_name=type_name, attribute=attribute, sight=sight)


@action("reader")
def neighbours(
    broker: Broker, caller: Party, /, tenant: str, entity: str, offset: int = 0, limit: int = 100
) -> list[tuple[str, str]]:
    """Who points to `entity`: pairs of the relationship's name and the source's id."""
    return broker.store.sources(broker.store.space(tenant), entity, offset, limit, broker.sights.of(caller, tenant))


@action("reader")
def tenants(broker: Broker, caller: Party, /) -> list[str]:
    """All tenants, the default one as an empty name."""
    return broker.store.tenants()


@action("operator")
async def create(broker: Broker, caller: Party, /, tenant: str, body: Body) -> None:
    """Keep a new entity. Raises AlreadyExists; BadRequestData if the tenant's data model refuses it. Source: clause 5.6.1."""
    outcome = await create_all(broker, caller, tenant, [body])
    _raise_first(outcome)


@action("operator")
async def create_all(broker: Broker, caller: Party, /, tenant: str, bodies: Sequence[Body]) -> Outcome:
    """Keep new entities, those that can be. Source: clause 5.6.7."""
    sight = broker.sights.changing(caller, tenant)

    def work(transaction: Transaction) -> Outcome:
        space = transaction.make_space(tenant)
        there = transaction.load(space, [body["id"] for body in bodies])
        outcome, edits = Outcome(), []
        for body in _once(bodies, outcome):
            if body["id"] in there:
                outcome.failed.append((body["id"], _exists(body["id"])))
                continue
            entity, touched = created(body, transaction.now)
            try:
                check_made(sight, entity)
                broker.models.check(tenant, entity)
            except ContextError as error:
                outcome.failed.append((body["id"], error))
                continue
            edits.append(Edit(None, entity, touched))
            outcome.new.append(body["id"])
        outcome.done = list(outcome.new)
        transaction.apply(space, tenant, edits)
        return outcome

    return await broker.write(work)


@action("operator")
async def alter(broker: Broker, caller: Party, /, tenant: str, entity: str, alteration: Alteration) -> Merged:
    """Change one entity. Raises ResourceNotFound, and what the alteration raises. Source: clauses 5.6.2 to 5.6.5, 5.6.17 to 5.6.19."""
    alteration = _within(broker, caller, tenant, alteration)

    def work(transaction: Transaction) -> Merged:
        space = transaction.space(tenant)
        kept = transaction.load(space, [entity]).get(entity)
        if kept is None:
            raise not_found(entity)
        merged = alteration(kept.entity, transaction.now)
        if merged.entity is not kept.entity:
            broker.models.check(tenant, merged.entity)
            transaction.apply(space, tenant, [Edit(kept, merged.entity, merged.touched)])
        return merged

    return await broker.write(work)


@action("operator")
async def alter_all(
    broker: Broker,
    caller: Party,
    /,
    tenant: str,
    alterations: Sequence[tuple[str, Alteration]],
    missing: Sequence[Body | None] = (),
) -> Outcome:
    """Change many entities; for one that is not there, keep the body of the same place in `missing`, if there is one.

    An entity that comes twice is changed twice, in order. Source: clauses 5.6.8, 5.6.9, 5.6.20.
    """
    sight = broker.sights.changing(caller, tenant)
    alterations = [(entity, _within(broker, caller, tenant, one)) for entity, one in alterations]

    def work(transaction: Transaction) -> Outcome:
        space = transaction.make_space(tenant) if missing else transaction.space(tenant)
        there = transaction.load(space, [entity for entity, _ in alterations])
        state: dict[str, Edit] = {}
        outcome = Outcome()
        for index, (entity, alteration) in enumerate(alterations):
            kept = there.get(entity)
            now = state[entity].after if entity in state else kept.entity if kept else None
            body = missing[index] if missing else None
            same = None
            if now is None and body is None:
                outcome.failed.append((entity, not_found(entity)))
                continue
            try:
                if now is None and body is not None:
                    after, touched = _made(sight, body, transaction.now)
                    broker.models.check(tenant, after)
                    outcome.new.append(entity)
                elif now is not None:
                    merged = alteration(now, transaction.now)
                    after, touched, same = merged.entity, merged.touched, merged.shape
                    if after is not now:
                        broker.models.check(tenant, after)
                    if merged.refused:
                        outcome.failed.append((entity, _refused(merged)))
            except ContextError as error:
                outcome.failed.append((entity, error))
                continue
            outcome.done.append(entity)
            if after is now:
                continue  # nothing to write
            if entity in state:
                touched, same = together(state[entity].touched, touched), None
            state[entity] = Edit(kept, after, touched, same)
        transaction.apply(space, tenant, list(state.values()))
        failed = {entity for entity, _ in outcome.failed}
        outcome.done = [one for one in dict.fromkeys(outcome.done) if one not in failed]
        outcome.new = list(dict.fromkeys(outcome.new))
        return outcome

    return await broker.write(work)


@action("operator")
async def delete(broker: Broker, caller: Party, /, tenant: str, entity: str) -> None:
    """Take an entity away. Raises ResourceNotFound. Source: clause 5.6.6."""
    outcome = await delete_all(broker, caller, tenant, [entity])
    _raise_first(outcome)


@action("operator")
async def delete_all(broker: Broker, caller: Party, /, tenant: str, entities: Sequence[str]) -> Outcome:
    """Take entities away, those that are there. Source: clause 5.6.10."""
    sight, reading = broker.sights.changing(caller, tenant), broker.sights.of(caller, tenant)

    def work(transaction: Transaction) -> Outcome:
        space = transaction.space(tenant)
        there = transaction.load(space, entities)
        outcome = Outcome()
        gone: set[str] = set()
        for entity in entities:  # one that comes twice is not there the second time (clause 5.5.11)
            if entity not in there or entity in gone:
                outcome.failed.append((entity, not_found(entity)))
                continue
            try:
                check_gone(sight, reading, there[entity].entity, not_found(entity))
            except ContextError as error:
                outcome.failed.append((entity, error))
                continue
            gone.add(entity)
            outcome.done.append(entity)
        transaction.apply(
            space, tenant, [Edit(there[entity], None, _all_gone(there[entity])) for entity in outcome.done]
        )
        return outcome

    return await broker.write(work)


@action("operator")
async def declare(broker: Broker, caller: Party, /, tenant: str, name: str) -> int:
    """Index the values of an attribute, of the entities there are and all to come; how many entities have it now.

    Queries by this attribute then cost what their answer costs.
    """

    def work(transaction: Transaction) -> int:
        return transaction.declare(transaction.make_space(tenant), name)

    return await broker.write(work)


@action("operator")
async def undeclare(broker: Broker, caller: Party, /, tenant: str, name: str) -> None:
    """Index the values of an attribute no longer. Raises ResourceNotFound if they were not."""

    def work(transaction: Transaction) -> None:
        if not transaction.undeclare(transaction.space(tenant), name):
            raise ResourceNotFound(said(f"The values of {name} are not indexed."))

    await broker.write(work)


@action("reader")
def declared(broker: Broker, caller: Party, /, tenant: str) -> frozenset[str]:
    """The attributes whose values are indexed."""
    return broker.store.declared(broker.store.space(tenant))


def _within(broker: Broker, caller: Party, tenant: str, alteration: Alteration) -> Alteration:
    """The alteration of what the caller may change."""
    sight = broker.sights.changing(caller, tenant)
    return alteration if sight is None else within(sight, broker.sights.of(caller, tenant), alteration, not_found)


def _made(sight: Sight | None, body: Body, now: Microseconds) -> tuple[Entity, dict[str, Touch]]:
    """A new entity. Raises NotYourData."""
    entity, touched = created(body, now)
    check_made(sight, entity)
    return entity, touched


def _all_gone(kept: Kept) -> Any:
    return dict.fromkeys(kept.entity.attributes(), "deleted")


def _once(bodies: Sequence[Body], outcome: Outcome) -> Iterator[Body]:
    seen: set[str] = set()
    for body in bodies:
        if body["id"] in seen:
            outcome.failed.append((body["id"], _exists(body["id"])))
        else:
            seen.add(body["id"])
            yield body


def _exists(entity: str) -> AlreadyExists:
    return AlreadyExists(Title(f"实体 {entity} 已经存在。", f"The entity {entity} exists already."), where="/id")


def _refused(merged: Merged) -> ContextError:
    names = ", ".join(f"{one.attribute}: {one.reason}" for one in merged.refused)
    return BadRequestData(said(f"Not updated: {names}"))


def not_found(entity: str) -> ResourceNotFound:
    """The error of an entity that is not there."""
    return ResourceNotFound(Title(f"没有实体 {entity}。", f"There is no entity {entity}."), where="/id")


def _raise_first(outcome: Outcome) -> None:
    if outcome.failed:
        raise outcome.failed[0][1]
