"""Whether the tables that entities are found by say the same as the bodies: no entity is half written."""

from collections import Counter
from typing import Any

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.ending import next_end
from yuzhang.brain.context.store.facets import facets
from yuzhang.brain.context.store.kept import ENTITY_COLUMNS, decode

Rows = Counter[tuple[Any, ...]]
TABLES = {
    "types": "SELECT t.space, n.text, t.key FROM context_entity_type t JOIN context_name n ON n.name = t.name",
    "links": "SELECT l.space, n.text, l.target, l.key FROM context_link l JOIN context_name n ON n.name = l.name",
    "numbers": "SELECT v.space, n.text, v.value, v.key FROM context_value_number v JOIN context_name n ON n.name = v.name",
    "texts": "SELECT v.space, n.text, v.value, v.key FROM context_value_text v JOIN context_name n ON n.name = v.name",
    "boxes": "SELECT key FROM context_box",
    "ends": "SELECT key, moment FROM context_attribute_end",
    "uses": "SELECT u.space, t.text, a.text, u.kind, u.count FROM context_use u "
    "JOIN context_name t ON t.name = u.type LEFT JOIN context_name a ON a.name = u.attribute",
}


def kept(broker: Broker) -> dict[str, Rows]:
    """What the tables hold."""
    reader = broker.database.reader()
    return {name: Counter(tuple(map(_plain, row)) for row in reader.all(sql)) for name, sql in TABLES.items()}


def expected(broker: Broker) -> dict[str, Rows]:
    """What they should hold, by the bodies."""
    reader = broker.database.reader()
    declared: dict[int, set[str]] = {}
    for space, text in reader.all(
        "SELECT d.space, n.text FROM context_declared d JOIN context_name n ON n.name = d.name"
    ):
        declared.setdefault(space, set()).add(_plain(text))
    found: dict[str, Rows] = {name: Counter() for name in TABLES}
    uses: Rows = Counter()
    for row in reader.all(f"SELECT {ENTITY_COLUMNS}, space, id FROM context_entity"):
        key, space, body = row[0], row[6], decode(row[1])  # as it is kept, with what has ended and is not swept yet
        assert body["id"] == _plain(row[7])
        of = facets(body, declared.get(space, set()))
        found["types"].update((space, one, key) for one in of.types)
        found["links"].update((space, name, target, key) for name, target in of.links)
        found["numbers"].update((space, name, value, key) for name, value in of.numbers)
        found["texts"].update((space, name, value, key) for name, value in of.texts)
        found["boxes"].update([(key,)] if of.box is not None else [])
        end = next_end(body)
        found["ends"].update([(key, end)] if end is not None else [])
        for kind in of.types:
            uses[space, kind, None, 0] += 1
            uses.update((space, kind, name, number) for name, number in of.uses)
    found["uses"] = Counter((*key, count) for key, count in uses.items())
    return found


def assert_consistent(broker: Broker) -> int:
    """Every table says what the bodies say; how many entities there are."""
    there, wanted = kept(broker), expected(broker)
    for name in TABLES:
        assert there[name] == wanted[name], name
    return int(broker.database.reader().all("SELECT count(*) FROM context_entity")[0][0])


def _plain(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
