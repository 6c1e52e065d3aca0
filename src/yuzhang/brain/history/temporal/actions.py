"""What can be done with the past of entities: the one way in for the temporal API.

What is written is durable and filed when an action returns: whoever asks next finds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from itertools import islice

from yuzhang.brain.context.classification.sight import CHANGED
from yuzhang.brain.context.errors import InvalidRequest, ResourceNotFound, TooManyResults, said
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.projection import heads
from yuzhang.brain.context.query import Order
from yuzhang.brain.context.reading import checked_uri
from yuzhang.brain.context.threads import in_thread
from yuzhang.brain.history.model import Known, Limit
from yuzhang.brain.history.recorder import READER
from yuzhang.brain.history.room import History
from yuzhang.brain.history.seeing import limit_of, note_series
from yuzhang.brain.history.temporal.asking import Wish
from yuzhang.brain.history.temporal.changing import check_erased, check_told
from yuzhang.brain.history.temporal.evolving import Row, place_of
from yuzhang.brain.history.temporal.gathering import Gathered, gathered, summed
from yuzhang.brain.history.temporal.reading import Account, Told
from yuzhang.brain.history.temporal.recording import told_record
from yuzhang.brain.history.temporal.selecting import Chosen, chosen
from yuzhang.brain.history.temporal.store import row_at, row_named
from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.foundation.log.model import Described, Erasure

MOST_IN_ORDER = 200_000
"""Entities that are put in order for one answer."""
FEW_WAITING = 16
"""Records of the log that a reader waits for."""


@dataclass(slots=True)
class Found:
    """A part of an answer; `total` is None unless it was asked for, `more` says whether further entities follow."""

    gathered: Gathered
    total: int | None = None
    more: bool = False
    ids: list[str] = field(default_factory=list)


@action("reader")
async def catch_up(history: History, caller: Party, /) -> None:
    """Wait until what was accepted a moment ago is filed: whoever writes and asks at once finds what was written.

    In a flood of observations nobody waits; then the answer is of up to a second ago.
    """
    recorder, log = history.recorder, history.broker.log
    place = recorder.place if recorder.place >= 0 else log.place(READER)
    if 0 < log.head() - place <= FEW_WAITING:
        await history.settled()


@action("operator")
async def upsert(history: History, caller: Party, /, tenant: str, account: Account) -> bool:
    """Tell of an entity's past; whether history did not know it before. Source: clause 5.6.11.4."""
    known = await in_thread(_known, history, tenant, account.id)
    await in_thread(check_told, history, caller, tenant, account.id, account, known)
    if tenant:
        await history.broker.write(lambda transaction: transaction.make_space(tenant))
    await _tell(history, tenant, account.id, known, account)
    return known is None


@action("operator")
async def add(history: History, caller: Party, /, tenant: str, entity: str, account: Account) -> None:
    """Add instances to an entity that history knows. Raises ResourceNotFound. Source: clause 5.6.12.4."""
    known = await in_thread(_there, history, tenant, entity, limit_of(history, caller, tenant, CHANGED))
    await in_thread(check_told, history, caller, tenant, entity, account, known)
    await _tell(history, tenant, entity, known, account)


@action("operator")
async def erase(history: History, caller: Party, /, tenant: str, entity: str) -> None:
    """Forget an entity's past. Raises ResourceNotFound. Source: clause 5.6.16.4."""
    known = await in_thread(_there, history, tenant, entity, limit_of(history, caller, tenant, CHANGED))
    await in_thread(check_erased, history, caller, tenant, known)
    await history.broker.accept(Erasure(tenant, history.broker.now(), entity))
    await history.settled()


@action("operator")
async def erase_attribute(
    history: History, caller: Party, /, tenant: str, entity: str, attribute: str, dataset: str | None = ""
) -> None:
    """Forget the past of an attribute, of one dataset (empty: the default one) or of all (None). Raises ResourceNotFound.

    Source: clause 5.6.13.4.
    """
    numbers = await in_thread(_series, history, caller, tenant, entity, attribute)
    if dataset is not None and dataset not in numbers:
        raise ResourceNotFound(said("The attribute has no instance of this dataset."), where="?datasetId")
    await history.broker.accept(Erasure(tenant, history.broker.now(), entity, attribute, dataset))
    await history.settled()


@action("operator")
async def erase_instance(
    history: History, caller: Party, /, tenant: str, entity: str, attribute: str, instance: str
) -> None:
    """Forget one instance. Raises ResourceNotFound. Source: clause 5.6.15.4."""
    dataset, row = await in_thread(_instance, history, caller, tenant, entity, attribute, instance)
    await history.broker.accept(Erasure(tenant, history.broker.now(), entity, attribute, dataset, row[1]))
    await history.settled()


@action("operator")
async def replace_instance(
    history: History, caller: Party, /, tenant: str, entity: str, attribute: str, instance: str, told: Told
) -> None:
    """Put another instance in the place of one; it keeps its instanceId and its createdAt. Raises ResourceNotFound. Clause 5.6.14.4."""
    dataset, row = await in_thread(_instance, history, caller, tenant, entity, attribute, instance)
    now = history.broker.now()
    content = ({"datasetId": dataset} if dataset else {}) | told.instance
    told = Told(content, told.ended, row[1] if told.at is None and "observedAt" not in content else told.at)
    created = row[4] if row[5] is None else row[5]
    record = told_record(tenant, now, entity, {attribute: [told]}, created=created)
    assert record is not None  # noqa: S101  # it has one instance
    moved = (record.keys[0].dataset, int(record.columns().time[0])) != (dataset, row[1])
    if moved or _names_itself(row):
        told = Told(content | {"instanceId": instance}, told.ended, told.at)
        record = told_record(tenant, now, entity, {attribute: [told]}, created=created)
        assert record is not None  # noqa: S101  # it still has
    # The new one first: a stop in between leaves both, and loses none.
    await history.broker.accept(record)
    if moved:
        await history.broker.accept(Erasure(tenant, now, entity, attribute, dataset, row[1]))
    await history.settled()


@action("reader")
def retrieve(history: History, caller: Party, /, tenant: str, entity: str, wish: Wish) -> Gathered | None:
    """One entity as it was; None if history does not know it, or nothing of what is asked. Source: clause 5.7.3.4."""
    history.broker.store.space(tenant)
    within = limit_of(history, caller, tenant)
    known = _known(history, tenant, entity, within)
    if known is None:
        return None
    series = history.series_of(tenant, entities=[entity], within=within)
    one = Chosen(
        known,
        [each for each in series if each.attribute != "scope"],
        [each for each in series if each.attribute == "scope"],
    )
    found = _gathered(history, [one], wish)
    attributes = found.sums[0] if found.sums else found.entities[0].attributes
    if not attributes and (wish.query.window is not None or wish.how.attrs is not None):
        return None
    _note(history, caller, tenant, [one])
    return found


@action("reader")
def query(
    history: History,
    caller: Party,
    /,
    tenant: str,
    wish: Wish,
    offset: int,
    limit: int,
    count: bool,
    only: Sequence[str] | None = None,
) -> Found:
    """A part of the entities that a query finds, as they were. `only`: none but these. Source: clause 5.7.4.4.

    Raises: TooComplexQuery, TooManyResults, InvalidRequest.
    """
    history.broker.store.space(tenant)
    order = wish.asked.order if wish.asked is not None else None
    within = limit_of(history, caller, tenant)
    with history.lake() as lake:
        found = chosen(history, lake, tenant, wish.selections, wish.query, only, within)
        if order is not None:
            everything = list(islice(found, MOST_IN_ORDER + 1))
            if len(everything) > MOST_IN_ORDER:
                raise TooManyResults(said(f"More than {MOST_IN_ORDER} entities would have to be put in order."))
            some = nsmallest(offset + limit + 1, everything, key=lambda one: _place(order, one))[offset:]
            total = len(everything)
        else:
            skipped = sum(1 for _ in islice(found, offset))
            some = list(islice(found, limit + 1))
            total = skipped + len(some) + (sum(1 for _ in found) if count else 0)
    _note(history, caller, tenant, some[:limit])
    return Found(_gathered(history, some[:limit], wish), total if count else None, len(some) > limit)


@action("reader")
def ids(history: History, caller: Party, /, tenant: str, wish: Wish, most: int) -> list[str]:
    """The ids of the entities that a query finds, at most `most`. Source: clause 5.14.5.4."""
    history.broker.store.space(tenant)
    within = limit_of(history, caller, tenant)
    with history.lake() as lake:
        found = chosen(history, lake, tenant, wish.selections, wish.query, within=within)
        return [one.known.id for one in islice(found, most)]


def _note(history: History, caller: Party, tenant: str, some: Sequence[Chosen]) -> None:
    note_series(history, caller, tenant, (series for one in some for series in one.series))


def _place(order: Order, one: Chosen) -> tuple[object, ...]:
    return order.key(Entity({"id": one.known.id, "type": ""}, 0, 0))


def _gathered(history: History, some: Sequence[Chosen], wish: Wish) -> Gathered:
    with history.lake() as lake:
        if wish.query.form != "aggregatedValues":
            return gathered(history, lake, some, wish)
        found = summed(history, lake, some, wish)
    check_eligible(found, wish)
    return found


def check_eligible(found: Gathered, wish: Wish) -> None:
    """Raises InvalidRequest if an attribute that is asked for by name takes none of the methods. Source: clause 5.7.4.4."""
    named = wish.how.attrs if wish.how.attrs is not None else wish.how.pick
    for sums in found.sums:
        for name in heads(named) & sums.keys() if named is not None else ():
            if not any(periods for _, one in sums[name] for periods in one.sums.values()):
                raise InvalidRequest(
                    said(f"{name} takes none of the methods {', '.join(wish.query.methods)}."), where="?aggrMethods"
                )


async def _tell(history: History, tenant: str, entity: str, known: Known | None, account: Account) -> None:
    broker = history.broker
    now = broker.now()
    types = list(dict.fromkeys([*(known.types if known else []), *account.types]))
    scopes = (known.scopes if known else []) if account.scopes is None else account.scopes
    if known is None or (types, scopes) != (known.types, known.scopes):
        await broker.accept(Described(tenant, now, entity, types, scopes))
    record = told_record(tenant, now, entity, account.attributes)
    if record is not None:
        await broker.accept(record)
    await history.settled()


def _known(history: History, tenant: str, entity: str, within: Limit | None = None) -> Known | None:
    return history.known(tenant, [checked_uri(entity)], within).get(entity)


def _there(history: History, tenant: str, entity: str, within: Limit | None) -> Known:
    history.broker.store.space(tenant)
    known = _known(history, tenant, entity, within)
    if known is None:
        raise not_found(entity)
    return known


def _series(history: History, caller: Party, tenant: str, entity: str, attribute: str) -> dict[str, int]:
    """The series of an attribute by their datasets, if they may be changed. Raises ResourceNotFound."""
    within = limit_of(history, caller, tenant, CHANGED)
    _there(history, tenant, entity, within)
    some = history.series_of(tenant, entities=[entity], attributes=[attribute], within=within)
    found = {one.dataset: one.number for one in some}
    if not found:
        raise ResourceNotFound(said(f"The past of {entity} has no such attribute."), where="/attrs")
    return found


def _instance(
    history: History, caller: Party, tenant: str, entity: str, attribute: str, instance: str
) -> tuple[str, Row]:
    """The dataset and the row of an instance. Raises ResourceNotFound."""
    checked_uri(instance, "/instanceId")
    numbers = _series(history, caller, tenant, entity, attribute)
    datasets = {number: dataset for dataset, number in numbers.items()}
    place = place_of(instance)
    with history.lake() as lake:
        row = row_at(lake, *place) if place is not None and place[0] in datasets else None
        if row is None or _names_itself(row):
            row = row_named(lake, list(datasets), instance)
    if row is None:
        raise ResourceNotFound(said(f"There is no instance {instance[:200]}."), where="/instanceId")
    return datasets[row[0]], row


def _names_itself(row: Row) -> bool:
    return row[3] is not None and '"instanceId"' in row[3]


def not_found(entity: str) -> ResourceNotFound:
    """The error of an entity that history does not know."""
    return ResourceNotFound(
        Title(f"历史中没有实体 {entity}。", f"There is no entity {entity} in history."), where="/id"
    )
