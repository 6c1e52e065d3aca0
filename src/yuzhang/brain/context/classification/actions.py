"""What can be done with classifications: look at them, and classify types and attributes."""

from collections.abc import Sequence

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.classification import store
from yuzhang.brain.context.classification.model import CONFIDENTIAL, OPEN, Classes, Row
from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.core.access import Party, action

LONGEST_NAME = 2000
MOST_ROWS = 20_000


@action("operator", reads=True)
def classified(broker: Broker, caller: Party, /, tenant: str) -> Classes:
    """What a tenant classified, by the names of types. What is not there is internal, level 2."""
    return broker.sights.classes(tenant)


@action("operator")
async def classify(broker: Broker, caller: Party, /, tenant: str, rows: Sequence[Row]) -> None:
    """Classify types and attributes, each in the place of what was said of it before. Raises BadRequestData.

    The attributes that tell regions and units are indexed from then on. Other processes follow within a second.
    """
    await _kept(broker, tenant, rows, alone=False)


@action("operator")
async def classify_all(broker: Broker, caller: Party, /, tenant: str, rows: Sequence[Row]) -> None:
    """Put a whole classification in the place of the one before. Raises BadRequestData."""
    await _kept(broker, tenant, rows, alone=True)


@action("operator")
async def declassify(broker: Broker, caller: Party, /, tenant: str, type_name: str, attribute: str = "") -> None:
    """Forget how an attribute, or a type itself, is classified: it is internal again, or as its type is."""
    await broker.write(lambda transaction: store.drop(transaction, tenant, type_name, attribute))
    await broker.sights.learn()


async def _kept(broker: Broker, tenant: str, rows: Sequence[Row], *, alone: bool) -> None:
    _check(tenant, rows)
    broker.store.space(tenant)

    def work(transaction: Transaction) -> None:
        if alone:
            store.drop_all(transaction, tenant)
        store.put(transaction, rows)
        space = transaction.make_space(tenant)
        for name in dict.fromkeys(name for one in rows for name in (one.region_by, one.unit_by) if name):
            transaction.declare(space, name)

    await broker.write(work)
    await broker.sights.learn()


def _check(tenant: str, rows: Sequence[Row]) -> None:
    if len(rows) > MOST_ROWS:
        raise BadRequestData(said(f"A classification has at most {MOST_ROWS} lines."))
    for place, one in enumerate(rows):
        where = f"/{place}"
        names = (one.type, one.attribute, one.region_by, one.unit_by)
        if one.tenant != tenant or not one.type or any("\0" in name or len(name) > LONGEST_NAME for name in names):
            raise BadRequestData(said(f"A line names a type, in at most {LONGEST_NAME} signs."), where=where)
        if not OPEN <= one.level <= CONFIDENTIAL:
            raise BadRequestData(
                said("A level is 1 (open), 2 (internal), 3 (sensitive) or 4 (confidential)."), where=f"{where}/level"
            )
        if one.attribute and (one.region_by or one.unit_by):
            raise BadRequestData(said("Regions and units are told of types, not of attributes."), where=where)
