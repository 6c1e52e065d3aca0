"""What of history a party may see: the same entities and attributes as of the present, as conditions on history's own tables.

An entity is placed by what the present says of its region and unit. One that is gone from there is seen only by who may see its type
everywhere.
"""

from collections.abc import Iterable, Sequence

from yuzhang.brain.context.classification.model import holds_personal
from yuzhang.brain.context.classification.rules import ALWAYS, Condition, Rules, rules_of
from yuzhang.brain.context.classification.sight import SEEN, Sight
from yuzhang.brain.history.model import Limit, Series
from yuzhang.brain.history.room import History
from yuzhang.brain.history.store import searching
from yuzhang.core.access import Party, Policy

OF_TYPE = "SELECT y.entity FROM history_entity_type y WHERE y.tenant = ? AND y.type"
TYPED = "{number} IN (SELECT y.entity FROM history_entity_type y WHERE y.tenant = ?)"
NOWHERE: Condition = ("1 = 0", ())


def limit_of(history: History, caller: Party, tenant: str, policy: Policy = SEEN) -> Limit | None:
    """What narrows reads of history down to what a party may see, or change; None if that is everything."""
    broker = history.broker
    sight = broker.sights.of(caller, tenant, policy)
    if sight is None or not sight.narrow:
        return None
    reader, space = broker.database.reader(), broker.numbering.space(tenant)
    declared: frozenset[str] = frozenset() if space is None else broker.store.declared(space)
    kinds = searching.types(reader, tenant)
    rules = rules_of(sight, kinds, reader, space, declared, broker.numbering.known)
    return _limit(tenant, space, sight, rules)


def _limit(tenant: str, space: int | None, sight: Sight, rules: Rules) -> Limit:
    entities: list[Condition] = []
    if sight.view("") is None:
        entities.append((TYPED, (tenant,)))
    if rules.unseen:
        marks = ",".join("?" * len(rules.unseen))
        entities.append((f"{{number}} NOT IN ({OF_TYPE} IN ({marks}))", (tenant, *rules.unseen)))
    series: list[Condition] = []
    for kind, hidden in rules.hidden.items():
        series += [_attribute(tenant, kind, name, "", ()) for name in sorted(hidden)]
    for kind, places in rules.placed.items():
        where = NOWHERE if places.where is None or space is None else places.where
        if where != ALWAYS:
            text, values = _placed(space, where)
            entities.append((f"({{number}} NOT IN ({OF_TYPE} = ?) OR {text})", (tenant, kind, *values)))
        for name, shown in places.shown.items():
            of_name = NOWHERE if shown is None or space is None else shown
            if of_name != ALWAYS:
                text, values = _placed(space, of_name)
                series.append(_attribute(tenant, kind, name, f" OR {text}", values))
    return Limit(*_all(entities), *_all([*entities, *series]))


def _attribute(tenant: str, kind: str, name: str, unless: str, values: tuple[object, ...]) -> Condition:
    return f"({{attribute}} <> ? OR {{number}} NOT IN ({OF_TYPE} = ?){unless})", (name, tenant, kind, *values)


def _placed(space: int | None, where: Condition) -> Condition:
    """A condition on an entity of the present as one on the id of an entity of history."""
    if space is None or where == NOWHERE:
        return NOWHERE
    return (
        f"{{id}} IN (SELECT p.id FROM context_entity p WHERE p.space = ? AND {where[0].format(k='p.key')})",  # noqa: S608  # ours
        (space, *where[1]),
    )


def _all(some: Sequence[Condition]) -> tuple[str, list[object]]:
    return " AND ".join(text for text, _ in some) or "1 = 1", [value for _, values in some for value in values]


def note_read(history: History, caller: Party, tenant: str, read: Iterable[tuple[str, str]]) -> None:
    """Remember, durably, that personal data of entities was read: pairs of entity and attribute. Raises TryAgain."""
    sight = history.broker.sights.of(caller, tenant)
    if sight is None or not caller.guard.noting or not any(map(holds_personal, sight.classes.values())):
        return
    pairs = list(dict.fromkeys(read))
    known = history.known(tenant, list(dict.fromkeys(entity for entity, _ in pairs)))
    persons = [
        entity
        for entity, attribute in pairs
        if entity in known and any(_is_personal(sight, kind, attribute) for kind in known[entity].types)
    ]
    sight.note(list(dict.fromkeys(persons)))


def note_series(history: History, caller: Party, tenant: str, series: Iterable[Series]) -> None:
    """The same of series."""
    note_read(history, caller, tenant, ((one.entity, one.attribute) for one in series))


def _is_personal(sight: Sight, kind: str, attribute: str) -> bool:
    found = sight.classes.get(kind)
    if found is None:
        return False
    one = found.attributes.get(attribute)
    return found.personal or (one is not None and one.personal)
