"""What an operation did, as a record of the log: in the same transaction, so that neither is kept without the other."""

from itertools import groupby
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.model import ENTITY_MEMBERS, Change, Entity, Instance, Microseconds, times_key
from yuzhang.brain.context.moments import stamp
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.foundation.log.embedded import append
from yuzhang.foundation.log.model import Changed, Changes


def record(transaction: Transaction) -> None:
    """Append to the log what a transaction changed, but what it learned from the log itself.

    Raises BadRequestData for a whole number that no 64 bits hold: the log and most programs that read JSON could not give it back.
    """
    for tenant, some in groupby(transaction.unrecorded, key=lambda one: one.tenant):
        changes = [changed(one) for one in some]
        try:
            append(transaction, Changes(tenant, transaction.now, changes))
        except OverflowError as err:
            raise BadRequestData(
                said("A whole number is beyond 64 bits. Write it with a decimal point, or as text."),
                where=", ".join(one.id for one in changes)[:200],
            ) from err


def changed(change: Change) -> Changed:
    """One change as the log tells it: the instances it touched as they are now."""
    before, after = change.before, change.after
    if after is None:
        assert before is not None  # noqa: S101  # one of both is always there
        return Changed(before.id, before.types, before.scopes, before.created, {}, deleted=True)
    if before is None:
        return Changed(
            after.id, after.types, after.scopes, after.created, _all(after.body) | _scope([], after, change.at)
        )
    instances: dict[str, Any] = {}
    for key, how in change.touched.items():
        name, _, dataset = key.partition("\n")
        found = None if how == "deleted" else after.body.get(name)
        if isinstance(found, list):
            found = next((one for one in found if one.get("datasetId", "") == dataset), None)
        instances[key] = found
    instances |= _scope(before.scopes, after, change.at)
    return Changed(after.id, after.types, after.scopes, after.created, instances)


def _scope(before: list[str], after: Entity, at: Microseconds) -> dict[str, Any]:
    """The scope as an instance over time, if it has changed; None if it was taken away. Source: clauses 4.5.6 and 4.18."""
    if after.scopes == before:
        return {}
    if not after.scopes:
        return {"scope": None}
    return {"scope": {"type": "Property", "value": after.body["scope"], "observedAt": stamp(at)}}


def _all(body: dict[str, Any]) -> dict[str, Instance]:
    """Each instance by its key."""
    found: dict[str, Instance] = {}
    for name, one in body.items():
        if one.__class__ is dict:
            found[times_key(name, one.get("datasetId"))] = one
        elif one.__class__ is list and name not in ENTITY_MEMBERS:
            found.update((times_key(name, instance.get("datasetId")), instance) for instance in one)
    return found
