"""Where a query points: attribute, sub-attributes, a part of a value, and over relationships into other entities. Clause 4.9."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.jsonld.core import full_iri
from yuzhang.brain.context.model import VALUE_MEMBER, Entity, Instance
from yuzhang.brain.context.moments import stamp
from yuzhang.brain.context.query.scanner import Scanner
from yuzhang.brain.context.store.facets import targets

MAX_HOPS = 8
"""Relationships that one path may follow."""
MAX_STEPS = 32
"""Names in one path."""
ENTITY_VALUES = frozenset({"id", "type", "scope", "expiresAt"})
TIMES = frozenset({"createdAt", "modifiedAt"})
SYSTEM_NAMES = ENTITY_VALUES | TIMES | {"deletedAt", "instanceId"}
"""What a query can name that is no attribute (clause 5.7.2.4)."""
INSTANCE_VALUES = frozenset({"observedAt", "unitCode", "datasetId", "lang", "instanceId", "deletedAt", "objectType"})
ANY_LANGUAGE = ("*",)
"""Of a LanguageProperty without a language any text counts (clause 4.9)."""

NAME = re.compile(r"https?://[^\s\x00-\x1f=!<>~;|(),{}\[\]\"]+|\w[\w:-]*")
MEMBER = re.compile(r"[^\s=!<>~;|(),{}\[\]\".]+")

Lookup = Callable[[str], Entity | None]
"""Finds an entity of the same tenant by its id."""


class Reach(NamedTuple):
    """What a query may look at beside the entity itself: instances of these datasets only, and linked entities."""

    datasets: tuple[str, ...] | None = None
    lookup: Lookup | None = None


class Target(NamedTuple):
    """A value that a path leads to. `kind` is `link` for a relationship's targets, `languages` for all texts of a language map."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Hop:
    """A relationship to follow, to entities of one of `types` if there are any; all are names."""

    relationship: str
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """`hops` lead to other entities, `names` to an attribute and down its sub-attributes, `inside` into its value.

    `inside` is a language, or `*`, for a LanguageProperty.
    """

    names: tuple[str, ...]
    inside: tuple[str, ...] = ()
    hops: tuple[Hop, ...] = ()

    @property
    def first(self) -> str:
        """The name that the entity itself must have."""
        return self.hops[0].relationship if self.hops else self.names[0]

    def found(self, entity: Entity, reach: Reach) -> Iterator[Target]:
        """All that the path leads to; nothing if the target element does not exist."""
        for one in self._reached(entity, reach, self.hops):
            yield from _in_entity(one, self, reach.datasets)

    def _reached(self, entity: Entity, reach: Reach, hops: tuple[Hop, ...]) -> Iterator[Entity]:
        if not hops:
            yield entity
            return
        if reach.lookup is None:
            return
        hop = hops[0]
        for instance in _instances(entity, hop.relationship, reach.datasets):
            if instance["type"] not in {"Relationship", "ListRelationship"}:
                continue
            for uri in targets(instance):
                linked = reach.lookup(uri)
                if linked is not None and (not hop.types or not set(hop.types).isdisjoint(linked.types)):
                    yield from self._reached(linked, reach, hops[1:])


def _instances(entity: Entity, name: str, datasets: tuple[str, ...] | None) -> list[Instance]:
    found = entity.instances(name)
    if datasets is None or not found:
        return found
    return [one for one in found if one.get("datasetId", "@none") in datasets]


def _in_entity(entity: Entity, path: Path, datasets: tuple[str, ...] | None) -> Iterator[Target]:
    name, rest = path.names[0], path.names[1:]
    if name in TIMES or name in ENTITY_VALUES:
        if not rest and not path.inside:
            yield from _of_entity(entity, name)
        return
    for instance in _instances(entity, name, datasets):
        if rest and rest[-1] in TIMES:
            if not path.inside:
                created, modified = entity.attribute_times(name, instance.get("datasetId"))
                if _there(instance, rest[:-1]):
                    yield Target("value", stamp(created if rest[-1] == "createdAt" else modified))
        else:
            yield from _in_instance(instance, rest, path.inside)


def _of_entity(entity: Entity, name: str) -> Iterator[Target]:
    if name in TIMES:
        yield Target("value", stamp(entity.created if name == "createdAt" else entity.modified))
    elif name in entity.body:
        yield Target("value", entity.body[name])


def _subs(instance: Instance, name: str) -> list[Instance]:
    found = instance.get(name)
    several = found if isinstance(found, list) else [found]
    return [one for one in several if isinstance(one, dict) and one.get("type") in VALUE_MEMBER]


def _there(instance: Instance, names: tuple[str, ...]) -> bool:
    return not names or any(_there(sub, names[1:]) for sub in _subs(instance, names[0]))


def _in_instance(instance: Instance, names: tuple[str, ...], inside: tuple[str, ...]) -> Iterator[Target]:
    if not names:
        yield from _in_value(instance, inside)
        return
    name = names[0]
    if name in INSTANCE_VALUES:
        if len(names) == 1 and not inside and name in instance:
            yield Target("value", instance[name])
    elif name != VALUE_MEMBER.get(instance["type"]):
        for sub in _subs(instance, name):
            yield from _in_instance(sub, names[1:], inside)


def _in_value(instance: Instance, inside: tuple[str, ...]) -> Iterator[Target]:
    kind = instance["type"]
    value = instance.get(VALUE_MEMBER[kind])
    if value is None:
        return
    if kind in {"Relationship", "ListRelationship"}:
        if not inside:
            yield Target("link", targets(instance))
    elif kind == "LanguageProperty":
        yield from _in_languages(value, inside or ANY_LANGUAGE)
    elif inside:
        for step in inside:
            if not isinstance(value, dict) or step not in value:
                return
            value = value[step]
        yield Target("value", value)
    elif kind == "VocabProperty":
        yield Target("value", [full_iri(one) for one in value] if isinstance(value, list) else full_iri(value))
    else:
        yield Target("value", value)


def _in_languages(texts: dict[str, Any], inside: tuple[str, ...]) -> Iterator[Target]:
    if len(inside) > 1:
        return
    wanted = inside[0].lower()
    found: list[Any] = []
    for language, text in texts.items():
        if wanted == "*" or language.lower() == wanted:
            found.extend(text if isinstance(text, list) else [text])
    if found:
        yield Target("languages", found)


def read_path(scanner: Scanner, terms: Terms) -> Path:
    """The path that comes next. Raises BadRequestData.

    >>> from yuzhang.brain.context.jsonld import CORE
    >>> read_path(Scanner("address[city]", "q"), CORE)
    Path(names=('address',), inside=('city',), hops=())
    """
    hops: list[Hop] = []
    hinted: tuple[str, ...] = ()
    while True:
        names = _names(scanner)
        if not scanner.take("{"):
            break
        if len(names) > 1:
            scanner.fail("a path follows relationships of entities, not of attributes,")
        hops.append(Hop(terms.expand(names[0]), ()))
        if len(hops) > MAX_HOPS:
            scanner.refuse_size(f"follows more than {MAX_HOPS} relationships")
        hinted = _hint(scanner, terms)
        hops[-1] = Hop(hops[-1].relationship, hinted)
    expanded = tuple(terms.expand(name) for name in names)
    inside = _inside(scanner)
    for _ in hops:
        if not scanner.take("}"):
            scanner.fail("a closing brace is missing")
    return Path(expanded, inside, tuple(hops))


def _names(scanner: Scanner) -> list[str]:
    found: list[str] = []
    while True:
        name = scanner.match(NAME)
        if name is None:
            scanner.fail("the name of an attribute is missing")
        found.append(name)
        if len(found) > MAX_STEPS:
            scanner.refuse_size(f"has a path of more than {MAX_STEPS} names")
        if not scanner.take("."):
            return found


def _hint(scanner: Scanner, terms: Terms) -> tuple[str, ...]:
    """The types of linked entities, `Type,Type:` before a name; a prefix of the context before a colon is no type."""
    start = scanner.at
    found: list[str] = []
    while True:
        name = scanner.match(NAME)
        if name is not None and not name.startswith(("http://", "https://")) and scanner.peek() != ",":
            kind, colon, _ = name.partition(":")
            if not colon or terms.expand(name) != name:
                break
            scanner.at -= len(name) - len(kind) - 1
            return tuple(terms.expand(one) for one in [*found, kind])
        if name is None or not scanner.take(","):
            break
        found.append(name)
        if len(found) > MAX_STEPS:
            scanner.refuse_size(f"names more than {MAX_STEPS} types of linked entities")
    scanner.at = start
    return ()


def _inside(scanner: Scanner) -> tuple[str, ...]:
    if not scanner.take("["):
        return ()
    found: list[str] = []
    while True:
        member = scanner.match(MEMBER)
        if member is None:
            scanner.fail("the name of a part of the value is missing")
        found.append(member)
        if len(found) > MAX_STEPS:
            scanner.refuse_size(f"has a path of more than {MAX_STEPS} names")
        if scanner.take("]"):
            return tuple(found)
        if not scanner.take("."):
            scanner.fail("a closing bracket is missing")
