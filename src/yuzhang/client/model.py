"""What a client gives and gets. All of it is frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from yuzhang.client.errors import Problem

Format = Literal["normalized", "concise", "simplified"]
NOT_ATTRIBUTES = frozenset({"id", "type", "scope", "expiresAt", "createdAt", "modifiedAt", "deletedAt", "@context"})
VALUE_MEMBERS = ("value", "object", "languageMap", "vocab", "json", "valueList", "objectList")


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity as a broker answered it; `document` is its JSON."""

    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its URI."""
        return str(self.document["id"])

    @property
    def types(self) -> tuple[str, ...]:
        """Its types, at least one."""
        return _texts(self.document.get("type"))

    @property
    def scopes(self) -> tuple[str, ...]:
        """Its scopes, often none."""
        return _texts(self.document.get("scope"))

    @property
    def attributes(self) -> tuple[str, ...]:
        """The names of its attributes."""
        return tuple(name for name in self.document if name not in NOT_ATTRIBUTES)

    def value(self, attribute: str, dataset: str | None = None) -> Any:
        """What an attribute says, whatever the representation; None if it is not there.

        >>> Entity({"id": "urn:x:1", "type": "Road", "length": {"type": "Property", "value": 2.5}}).value("length")
        2.5
        >>> Entity({"id": "urn:x:1", "type": "Road", "length": 2.5}).value("length")
        2.5
        """
        found = self.document.get(attribute)
        if isinstance(found, list) and found and all(isinstance(one, Mapping) for one in found):
            if "dataset" in found[0]:
                return found
            found = next((one for one in found if one.get("datasetId") == dataset), None if dataset else found)
        if isinstance(found, Mapping):
            return next((found[name] for name in VALUE_MEMBERS if name in found), found)
        return found


Document = Entity | Mapping[str, Any]
"""What operations take for an entity: one that was answered, or its JSON in any representation that can be written."""


def plain(entity: Document) -> Mapping[str, Any]:
    """The JSON of an entity."""
    return entity.document if isinstance(entity, Entity) else entity


def _texts(given: Any) -> tuple[str, ...]:
    if given is None:
        return ()
    return tuple(str(one) for one in given) if isinstance(given, list) else (str(given),)


@dataclass(frozen=True, slots=True)
class Query:
    """Which entities, how they shall look, and how many come at once. Without any condition: all that the broker itself keeps.

    `type` may be an expression such as `Road,(Bridge;Tunnel)`. `q`, `scope`, `order` are in the language of the standard.
    Source: ETSI GS CIM 009, clauses 4.9, 4.10, 4.17, 4.19, 4.23, 5.7.2.
    """

    type: str = ""
    ids: tuple[str, ...] = ()
    id_pattern: str = ""
    q: str = ""
    scope: str = ""
    attrs: tuple[str, ...] = ()
    georel: str = ""
    geometry: str = ""
    coordinates: str = ""
    geoproperty: str = ""
    order: str = ""
    pick: tuple[str, ...] = ()
    omit: tuple[str, ...] = ()
    format: Format = "normalized"
    lang: str = ""
    system: bool = False
    page: int = 500

    def conditions(self) -> dict[str, str]:
        """The parameters that say which entities.

        >>> Query(type="Road", q="length>2").conditions()
        {'type': 'Road', 'q': 'length>2'}
        >>> Query().conditions()
        {'local': 'true'}
        """
        given = {
            "type": self.type,
            "id": ",".join(self.ids),
            "idPattern": self.id_pattern,
            "q": self.q,
            "scopeQ": self.scope,
            "attrs": ",".join(self.attrs),
            "georel": self.georel,
            "geometry": self.geometry,
            "coordinates": self.coordinates,
            "geoproperty": self.geoproperty,
        }
        return {name: value for name, value in given.items() if value} or {"local": "true"}

    def shape(self) -> dict[str, str]:
        """The parameters that say how the answer looks."""
        return {"orderBy": self.order, **shape(self.format, self.pick, self.omit, self.lang, system=self.system)}


def shape(
    format: Format,
    pick: tuple[str, ...],
    omit: tuple[str, ...],
    lang: str,
    *,
    system: bool,  # the standard's word
) -> dict[str, str]:
    """The parameters of a representation. Source: clauses 4.5, 6.3.7, 6.3.11, 6.3.15."""
    return {
        "format": "" if format == "normalized" else format,
        "options": "sysAttrs" if system else "",
        "pick": ",".join(pick),
        "omit": ",".join(omit),
        "lang": lang,
    }


@dataclass(frozen=True, slots=True)
class Failed:
    """One entity of a batch that was not taken, and why."""

    entity: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of a batch. All entities are in one of both."""

    done: tuple[str, ...] = ()
    failed: tuple[Failed, ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeInfo:
    """An attribute: its kinds (Property, Relationship …), and the types that have it where the broker says so."""

    name: str
    kinds: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    count: int | None = None


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A type, how many entities have it, and their attributes."""

    name: str
    count: int
    attributes: tuple[AttributeInfo, ...]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as a broker answered it; `document` is its JSON."""

    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its URI."""
        return str(self.document["id"])

    @property
    def status(self) -> str:
        """active, paused or expired."""
        return str(self.document.get("status", ""))


@dataclass(frozen=True, slots=True)
class Context:
    """A @context that a broker knows: hosted by it, or a copy of one from elsewhere (clause 5.13.3)."""

    id: str
    url: str
    kind: str
