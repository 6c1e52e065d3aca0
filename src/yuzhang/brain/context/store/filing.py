"""Puts entities, and the facets they are found by, into the tables: all rows of one statement at once."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from yuzhang.brain.context.ending import MARK_BYTES, next_end
from yuzhang.brain.context.model import Body, Entity
from yuzhang.brain.context.shapes import Shape
from yuzhang.brain.context.store.facets import Facets, differing, facets
from yuzhang.brain.context.store.kept import Kept, encode, expiry

if TYPE_CHECKING:
    from yuzhang.brain.context.store.transaction import Transaction

NOTHING = Facets((), (), (), None, (), ())


class Filing:
    """The rows of one `apply`, gathered so that each table is written once."""

    def __init__(self, transaction: "Transaction", space: int) -> None:
        self.tx = transaction
        self.space = space
        self.declared = transaction.numbering.declared_texts(space)
        self.rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.numbers: dict[str, int] = {}
        self.shapes: Counter[tuple[tuple[str, ...], tuple[tuple[str, int], ...]]] = Counter()

    def number(self, text: str) -> int:
        """The number of a name."""
        found = self.numbers.get(text)
        if found is None:
            found = self.numbers[text] = self.tx.numbering.number(self.tx, text)
        return found

    def insert(self, entities: list[Entity]) -> None:
        """New entities: their numbers go on from the highest there is."""
        highest = self.tx.all("SELECT max(key) FROM context_entity")[0][0] or 0
        space = self.space
        rows = []
        for key, entity in enumerate(entities, start=highest + 1):
            body = encode(entity.body)
            if MARK_BYTES in body:
                self.end(key, entity.body)
            rows.append(
                (
                    key,
                    space,
                    entity.body["id"],
                    body.decode(),
                    entity.created,
                    entity.modified,
                    encode(entity.times).decode() if entity.times else None,
                    expiry(entity) if "expiresAt" in entity.body else None,
                )
            )
            self.index(key, facets(entity.body, self.declared))
        self.rows[INSERT_ENTITY] = rows

    def replace(self, kept: Kept, after: Entity | None, known: Shape | None = None) -> None:
        """An entity that is there already: change its row, and of its facets what differs. `known`: the shape of both."""
        if after is None:
            self.rows[DELETE_ENTITY].append((kept.key,))
            self.unindex(kept.key, facets(kept.stored, self.declared))
            if kept.ends:
                self.rows[DELETE_END].append((kept.key,))
            return
        body = encode(after.body)
        if kept.ends or MARK_BYTES in body:
            self.end(kept.key, after.body)
        self.rows[UPDATE_ENTITY].append(
            (
                body.decode(),
                after.created,
                after.modified,
                encode(after.times).decode() if after.times else None,
                expiry(after) if "expiresAt" in after.body else None,
                kept.key,
            ),
        )
        before, now = differing(kept.stored, after.body, self.declared, None if kept.ends else known)
        if now != before:
            self.unindex(kept.key, before, keep=now)
            self.index(kept.key, now, there=before)

    def is_found_alike(self, kept: Kept, names: Iterable[str]) -> bool:
        """Whether nothing that an entity is found by depends on the values of these attributes, which are properties."""
        return not kept.ends and self.declared.isdisjoint(names)

    def renew(self, kept: Kept, after: Entity) -> None:
        """An entity of which only values are others that it is not found by."""
        body = encode(after.body)
        if MARK_BYTES in body:
            self.end(kept.key, after.body)
        self.rows[UPDATE_VALUES].append((body.decode(), after.modified, encode(after.times).decode(), kept.key))

    def end(self, key: int, body: Body) -> None:
        """Remember when the next part of an entity ends."""
        self.rows[DELETE_END].append((key,))
        moment = next_end(body)
        if moment is not None:
            self.rows[INSERT_END].append((key, moment))

    def index(self, key: int, found: Facets, there: Facets = NOTHING) -> None:
        """Enter the facets, but for those that are `there`."""
        number, space, rows = self.number, self.space, self.rows
        for text in found.types:
            if text not in there.types:
                rows[INSERT_TYPE].append((space, number(text), key))
        for link in found.links:
            if link not in there.links:
                rows[INSERT_LINK].append((space, link[1], number(link[0]), key))
        if found.box is not None and there.box != found.box:
            rows[self.tx.database.insert_box].append((key, *found.box))
        for pair in found.numbers:
            if pair not in there.numbers:
                rows[INSERT_NUMBER].append((space, number(pair[0]), pair[1], key))
        for word in found.texts:
            if word not in there.texts:
                rows[INSERT_TEXT].append((space, number(word[0]), word[1], key))
        self.shapes[found.types, found.uses] += 1

    def unindex(self, key: int, found: Facets, keep: Facets = NOTHING) -> None:
        """Take out the facets, but for those that stay in `keep`."""
        number, space, rows = self.number, self.space, self.rows
        for text in found.types:
            if text not in keep.types:
                rows[DELETE_TYPE].append((space, number(text), key))
        for link in found.links:
            if link not in keep.links:
                rows[DELETE_LINK].append((space, link[1], number(link[0]), key))
        if found.box is not None and keep.box != found.box:
            rows[DELETE_BOX].append((key,))
        for pair in found.numbers:
            if pair not in keep.numbers:
                rows[DELETE_NUMBER].append((space, number(pair[0]), pair[1], key))
        for word in found.texts:
            if word not in keep.texts:
                rows[DELETE_TEXT].append((space, number(word[0]), word[1], key))
        self.shapes[found.types, found.uses] -= 1

    def uses(self) -> Counter[tuple[int, int, int]]:
        """How many more entities there are of each type, and of each attribute that comes with it."""
        found: Counter[tuple[int, int, int]] = Counter()
        for (types, attributes), by in self.shapes.items():
            for kind in (self.number(one) for one in types):
                found[kind, 0, 0] += by
                for attribute, number in attributes:
                    found[kind, self.number(attribute), number] += by
        return found

    def flush(self) -> None:
        """Write all rows, deletions first."""
        for sql in sorted(self.rows, key=_place):
            self.tx.many(sql, self.rows[sql])
        counted = [(self.space, *key, by) for key, by in self.uses().items() if by]
        if counted:
            self.tx.many(COUNT_USE, counted)
            if any(row[4] < 0 for row in counted):
                self.tx.all(f"DELETE FROM context_use WHERE space = {int(self.space)} AND count <= 0")  # noqa: S608


INSERT_ENTITY = "INSERT INTO context_entity (key, space, id, body, created, modified, times, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
UPDATE_ENTITY = "UPDATE context_entity SET body = ?, created = ?, modified = ?, times = ?, expires = ? WHERE key = ?"
UPDATE_VALUES = "UPDATE context_entity SET body = ?, modified = ?, times = ? WHERE key = ?"
"""It leaves alone what indexes are over."""
DELETE_ENTITY = "DELETE FROM context_entity WHERE key = ?"
INSERT_END = "INSERT INTO context_attribute_end (key, moment) VALUES (?, ?)"
DELETE_END = "DELETE FROM context_attribute_end WHERE key = ?"
INSERT_TYPE = "INSERT INTO context_entity_type (space, name, key) VALUES (?, ?, ?)"
DELETE_TYPE = "DELETE FROM context_entity_type WHERE space = ? AND name = ? AND key = ?"
INSERT_LINK = "INSERT INTO context_link (space, target, name, key) VALUES (?, ?, ?, ?)"
DELETE_LINK = "DELETE FROM context_link WHERE space = ? AND target = ? AND name = ? AND key = ?"
DELETE_BOX = "DELETE FROM context_box WHERE key = ?"
INSERT_NUMBER = "INSERT INTO context_value_number (space, name, value, key) VALUES (?, ?, ?, ?)"
DELETE_NUMBER = "DELETE FROM context_value_number WHERE space = ? AND name = ? AND value = ? AND key = ?"
INSERT_TEXT = "INSERT INTO context_value_text (space, name, value, key) VALUES (?, ?, ?, ?)"
DELETE_TEXT = "DELETE FROM context_value_text WHERE space = ? AND name = ? AND value = ? AND key = ?"
COUNT_USE = (
    "INSERT INTO context_use (space, type, attribute, kind, count) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (space, type, attribute, kind) DO UPDATE SET count = context_use.count + excluded.count"
)


def _place(sql: str) -> int:
    """Deletions come first: what is put in may have the place of what goes."""
    return ("DELETE", "INSERT", "UPDATE").index(sql[:6])
