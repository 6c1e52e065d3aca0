"""Which subscriptions a change concerns. A change that concerns none costs one look into a dict for each of its types."""

from collections.abc import Iterable

from yuzhang.brain.context.model import ENTITY_MEMBERS, Change, Entity, Instance, Touch, times_key
from yuzhang.brain.context.query.paths import Lookup
from yuzhang.brain.context.subscriptions.watch import Watch

Happened = dict[str, Touch]
"""What really changed, by the keys of `times_key`."""


class Index:
    """The watches that are told of changes, by tenant and type: changed on the event loop, read in the writer's thread."""

    def __init__(self) -> None:
        self._by_type: dict[str, dict[str, tuple[Watch, ...]]] = {}
        self._of_every_type: dict[str, tuple[Watch, ...]] = {}
        self._known: dict[int, Watch] = {}

    def put(self, watch: Watch) -> None:
        """Enter a watch; the one of the same number goes, without a moment in which neither is there."""
        subscription = watch.subscription
        by_type = self._by_type.setdefault(subscription.tenant, {})
        always = self._of_every_type.get(subscription.tenant, ())
        for name in watch.types or ():
            by_type[name] = (*without(by_type.get(name, ()), subscription.number), watch)
        if watch.types is None:
            self._of_every_type[subscription.tenant] = (*without(always, subscription.number), watch)
        before = self._known.get(subscription.number)
        self._known[subscription.number] = watch
        if before is not None:
            self._leave(before, keep=watch)

    def drop(self, number: int) -> None:
        """Take a watch out."""
        before = self._known.pop(number, None)
        if before is not None:
            self._leave(before)

    def _leave(self, before: Watch, keep: Watch | None = None) -> None:
        """Take `before` out of where it was, but for the places where `keep` stands now."""
        tenant, number = before.subscription.tenant, before.subscription.number
        by_type = self._by_type[tenant]
        for name in (before.types or frozenset()) - ((keep.types if keep else None) or frozenset()):
            by_type[name] = without(by_type[name], number)
            if not by_type[name]:
                del by_type[name]
        if before.types is None and (keep is None or keep.types is not None):
            self._of_every_type[tenant] = without(self._of_every_type[tenant], number)
        if not self._of_every_type.get(tenant, ()):
            self._of_every_type.pop(tenant, None)
            if not by_type:
                del self._by_type[tenant]

    def concerned(self, change: Change) -> list[Watch]:
        """The watches that may fit, each once, in the order of their numbers."""
        by_type = self._by_type.get(change.tenant)
        if by_type is None:
            return []
        found: list[Watch] = []
        types = change.entity.types
        for name in types:
            found.extend(by_type.get(name, ()))
        found.extend(self._of_every_type.get(change.tenant, ()))
        if len(found) > 1:
            found = list({watch.subscription.number: watch for watch in found}.values())
        if len(found) > 1:
            found.sort(key=lambda watch: watch.subscription.number)
        return found


def without(watches: tuple[Watch, ...], number: int) -> tuple[Watch, ...]:
    """`watches` but for the one of `number`."""
    return tuple(one for one in watches if one.subscription.number != number)


def instance_of(entity: Entity, name: str, dataset: str) -> Instance | None:
    """The instance of an attribute that has this datasetId; empty for the default one."""
    for one in entity.instances(name):
        if one.get("datasetId", "") == dataset:
            return one
    return None


def all_keys(entity: Entity) -> Iterable[str]:
    """The keys of all instances of all attributes."""
    for name in entity.attributes():
        for one in entity.instances(name):
            yield times_key(name, one.get("datasetId"))


def happened(change: Change) -> Happened:
    """The instances that changed, and how.

    "An Attribute is considered to change when any of the members (including children) in its corresponding JSON-LD node is
    updated with a value different than the existing one." Source: clause 5.8.6.
    """
    if change.before is None:
        return dict.fromkeys(all_keys(change.entity), "created")
    if change.after is None:
        return dict.fromkeys(all_keys(change.before), "deleted")
    found: Happened = {}
    for key, touch in change.touched.items():
        name, _, dataset = key.partition("\n")
        if name in ENTITY_MEMBERS:
            continue
        if touch == "updated" and instance_of(change.before, name, dataset) == instance_of(change.after, name, dataset):
            continue
        found[key] = touch
    return found


def fired(watch: Watch, change: Change, what: Happened, lookup: Lookup | None = None) -> list[str] | None:
    """The keys that `watch` is told of; None if it is told nothing. A whole entity may be told of without any key.

    `lookup` finds the entities that a condition asks for over relationships.
    """
    subscription = watch.subscription
    if subscription.status(change.at) != "active" or subscription.interval_s is not None:
        return None
    keys = [key for key, touch in what.items() if touch in watch.touches and _looked_at(watch, key)]
    if not keys and not _whole(watch, change, what):
        return None
    entity = change.entity
    return keys if any(one.matches(entity, lookup) for one in watch.selections) else None


def _looked_at(watch: Watch, key: str) -> bool:
    name, _, dataset = key.partition("\n")
    if watch.watched is not None and name not in watch.watched:
        return False
    return watch.datasets is None or (dataset or "@none") in watch.datasets


def _whole(watch: Watch, change: Change, what: Happened) -> bool:
    """Whether the making or deleting of an entity is told, of those with a watched attribute if some are watched."""
    trigger = "entityCreated" if change.before is None else "entityDeleted" if change.after is None else None
    if trigger is None or trigger not in watch.triggers:
        return False
    return watch.watched is None or any(key.partition("\n")[0] in watch.watched for key in what)
