"""The words of the city's present: names, entities as they are kept, and what changed.

**Names.** An attribute or a type is kept under its *name*: the IRI of the JSON-LD expansion, without the prefix of the default
context (`DEFAULT_VOCABULARY`), and a term of the core context as that term. So what was written under the core context alone is
kept, and answered, as it came.

**Bodies.** An entity is kept in the normalized representation (clause 4.5.1) with names for terms: `id`, `type` (a string, or a
list of two and more), `scope` (likewise), `expiresAt`, and one member for each attribute: an instance, or a list of instances
with different `datasetId`. System attributes are not in the body: they are times, kept beside it.
"""

from typing import Any, Literal

import msgspec

CORE_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
DEFAULT_VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"
NGSI_LD = "https://uri.etsi.org/ngsi-ld/"
NULL = "urn:ngsi-ld:null"
"""What a client sends to delete a member by a merge (clause 4.5.0)."""

ENTITY_MEMBERS = frozenset({"id", "type", "scope", "expiresAt", "@context"})
"""Members of an entity that are no attributes."""

VALUE_MEMBER = {
    "Property": "value",
    "GeoProperty": "value",
    "Relationship": "object",
    "LanguageProperty": "languageMap",
    "VocabProperty": "vocab",
    "JsonProperty": "json",
    "ListProperty": "valueList",
    "ListRelationship": "objectList",
}
"""The kinds of attributes, and the member that carries the value of each. Source: clauses 4.5.2 to 4.5.24."""

Instance = dict[str, Any]
Body = dict[str, Any]
Microseconds = int
"""Since 1970-01-01 UTC."""


# Thousands are made for one batch: a Struct is made four times as fast as a frozen dataclass, and its kind, which holds no
# circle, is left alone by the garbage collector.
class Entity(msgspec.Struct, frozen=True, gc=False):
    """One entity as it is kept.

    `times` holds [created, modified] of those attribute instances for which they differ from [`created`, `created`]; its keys
    are made by `times_key`. Those of the key `ALL` count for every instance that is not named.
    """

    body: Body
    created: Microseconds
    modified: Microseconds
    times: dict[str, tuple[Microseconds, Microseconds]] = {}

    @property
    def id(self) -> str:
        """Its URI."""
        return str(self.body["id"])

    @property
    def types(self) -> list[str]:
        """The names of its types, at least one."""
        kind = self.body["type"]
        return kind if isinstance(kind, list) else [kind]

    @property
    def scopes(self) -> list[str]:
        """Its scopes, e.g. `/City/District`; often none. Source: clause 4.18."""
        scope = self.body.get("scope", [])
        return scope if isinstance(scope, list) else [scope]

    def instances(self, name: str) -> list[Instance]:
        """All instances of one attribute; an empty list if it has none."""
        found = self.body.get(name) if name not in ENTITY_MEMBERS else None
        if found is None:
            return []
        return found if isinstance(found, list) else [found]

    def attributes(self) -> list[str]:
        """The names of its attributes."""
        return [name for name in self.body if name not in ENTITY_MEMBERS]

    def attribute_times(self, name: str, dataset: str | None = None) -> tuple[Microseconds, Microseconds]:
        """When the instance was created and last modified."""
        return self.times_of(times_key(name, dataset))

    def times_of(self, key: str) -> tuple[Microseconds, Microseconds]:
        """The same by its key."""
        return self.times.get(key) or self.times.get(ALL) or (self.created, self.created)


ALL = ""
"""The key of the times of all instances that have none of their own."""


def times_key(name: str, dataset: str | None) -> str:
    """The key of an attribute instance in `Entity.times`.

    >>> times_key("speed", None), times_key("speed", "urn:d:1")
    ('speed', 'speed\\nurn:d:1')
    """
    return f"{name}\n{dataset}" if dataset else name


Touch = Literal["created", "updated", "deleted"]


class Change(msgspec.Struct, frozen=True, gc=False):
    """What one write did to one entity: `before` is None if it was created, `after` if it was deleted.

    `touched` names the attributes that were written, also those whose value stayed the same; keys as of `times_key`.
    """

    tenant: str
    before: Entity | None
    after: Entity | None
    touched: dict[str, Touch]
    at: Microseconds

    @property
    def entity(self) -> Entity:
        """The entity after the change, or its last state if it was deleted."""
        found = self.after or self.before
        assert found is not None  # noqa: S101  # one of both is always there
        return found
