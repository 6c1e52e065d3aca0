"""The operations that a context source may say it offers, one by one or in groups. Source: clause 4.20."""

from collections.abc import Iterable

READING = frozenset({"retrieveEntity", "queryEntity"})
DISCOVERING = frozenset(
    {
        "retrieveEntityTypes",
        "retrieveEntityTypeDetails",
        "retrieveEntityTypeInfo",
        "retrieveAttrTypes",
        "retrieveAttrTypeDetails",
        "retrieveAttrTypeInfo",
    }
)
SUBSCRIBING = frozenset(
    {"createSubscription", "updateSubscription", "retrieveSubscription", "querySubscription", "deleteSubscription"}
)
MAPPING = frozenset({"createEntityMap", "retrieveEntityMap", "updateEntityMap", "deleteEntityMap", "queryEntityMap"})
BATCHES = frozenset({"createBatch", "upsertBatch", "updateBatch", "deleteBatch", "mergeBatch"})
TEMPORAL = frozenset(
    {
        "upsertTemporal",
        "appendAttrsTemporal",
        "deleteAttrsTemporal",
        "updateAttrsTemporal",
        "updateAttrInstanceTemporal",
        "deleteAttrInstanceTemporal",
        "deleteTemporal",
        "retrieveTemporal",
        "queryTemporal",
        "queryBatchTemporal",
    }
)
UPDATING = frozenset({"updateEntity", "updateAttrs", "replaceEntity", "replaceAttrs"})
CHANGING = UPDATING | {"createEntity", "appendAttrs", "deleteAttrs", "deleteEntity", "mergeEntity", "purgeEntity"}

GROUPS: dict[str, frozenset[str]] = {
    "federationOps": READING | {"queryBatch"} | DISCOVERING | SUBSCRIBING | MAPPING,
    "updateOps": UPDATING,
    "retrieveOps": READING,
    "redirectionOps": CHANGING | READING | DISCOVERING,
}
"""Source: table 4.20-2."""

OPERATIONS = READING | {"queryBatch"} | DISCOVERING | SUBSCRIBING | MAPPING | BATCHES | TEMPORAL | CHANGING
"""Source: table 4.20-1."""

DEFAULT_OPERATIONS = ("federationOps",)
AUXILIARY_OPERATIONS = frozenset({"retrieveOps", "retrieveEntity", "queryEntity"})
"""What a registration in the mode auxiliary may name. Source: clause 5.9.2.4."""


def resolved(names: Iterable[str]) -> frozenset[str]:
    """The single operations that `names`, which may hold groups, stand for.

    >>> sorted(resolved(["retrieveOps", "createEntity"]))
    ['createEntity', 'queryEntity', 'retrieveEntity']
    """
    found: set[str] = set()
    for name in names:
        found |= GROUPS.get(name, frozenset({name}))
    return frozenset(found)
