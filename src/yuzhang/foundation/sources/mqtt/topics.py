"""What a topic says: whose observations a message brings, and how they are written.

    observations/<format>              what POST /api/observations takes
    entities/<id>/<attribute>          one reading
    entities/<id>                      several readings of one moment, as an object
    tenants/<tenant>/…                 any of them, of a tenant

A level is percent-encoded where it holds "/", "+", "#", "%" or a space.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import unquote

from yuzhang.core.language import Title
from yuzhang.foundation.log.model import Key
from yuzhang.foundation.sources.errors import UnreadableObservations
from yuzhang.foundation.sources.formats.kinds import Format, Packing, by_name
from yuzhang.foundation.sources.model import Batch

OBSERVATIONS, ENTITIES, TENANTS = "observations", "entities", "tenants"
DATA_ARRAY = "dataArray"
MOST_ATTRIBUTES = 32
"""Of one thing, remembered."""
HOW = Title(
    "主题为 observations/<格式>、entities/<实体> 或 entities/<实体>/<属性>，前面可加 tenants/<租户>/；实体名中的 / + # 和空格用百分号编码。",
    "The topic is observations/<format>, entities/<id> or entities/<id>/<attribute>, after tenants/<tenant>/ if wanted; "
    "percent-encode / + # and spaces within a level.",
)


class UnknownTopic(UnreadableObservations):
    """A topic that says nothing here."""

    code = "unknown-topic"
    title = Title("主题未知", "Unknown topic")


@dataclass(frozen=True, slots=True)
class Body:
    """A message that carries many observations."""

    tenant: str
    form: Format
    packing: Packing


@dataclass(frozen=True, slots=True)
class Reading:
    """A message that carries one value of one attribute."""

    tenant: str
    entity: str
    attribute: str
    key: Key = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", Key(self.entity, self.attribute))


@dataclass(frozen=True, slots=True)
class Readings:
    """A message that carries values of several attributes of an entity, observed at one moment."""

    tenant: str
    entity: str
    keys: dict[str, Key] = field(default_factory=dict, init=False, compare=False, repr=False)

    def key(self, attribute: str) -> Key:
        """Its series of an attribute; those that come again and again are made once."""
        found = self.keys.get(attribute)
        if found is None:
            found = Key(self.entity, attribute)
            if len(self.keys) < MOST_ATTRIBUTES:
                self.keys[attribute] = found
        return found


class Template(Protocol):
    """The topics of a configured source, and what their messages mean."""

    @property
    def source(self) -> str:
        """Under which name letters of it are kept."""
        ...

    def match(self, topic: str) -> dict[str, str] | None:
        """What stands in its places; None for a topic that is none of it."""
        ...

    def batch(self, topic: str, payload: bytes, arrived_us: int, sender: str = "") -> Batch | None:
        """The observations of a message, None where it says nothing. `sender`: the device that sent it. Raises InputRefused."""
        ...


@dataclass(frozen=True, slots=True)
class Templated:
    """A message of a configured source."""

    template: Template
    tenant: str = ""


Said = Body | Reading | Readings | Templated


def meaning(topic: str, templates: Sequence[Template] = ()) -> Said:
    """What a topic says. Raises UnknownTopic, UnknownFormat.

    >>> meaning("tenants/river/entities/urn:x:1/level")
    Reading(tenant='river', entity='urn:x:1', attribute='level')
    """
    levels = topic.split("/")
    tenant = ""
    if levels[0] == TENANTS and len(levels) > 2:
        tenant, levels = _plain(levels[1], topic), levels[2:]
        if not all("!" <= one <= "~" for one in tenant) or len(tenant) > 256:
            raise _unknown(topic)
    if len(levels) == 2 and levels[0] == OBSERVATIONS and levels[1]:
        if levels[1] == DATA_ARRAY:
            return Body(tenant, Format.DATA_ARRAY, Packing.NONE)
        return Body(tenant, *by_name(f"{OBSERVATIONS}.{levels[1]}"))
    if levels[0] == ENTITIES and len(levels) == 3:
        return Reading(tenant, _plain(levels[1], topic), _plain(levels[2], topic))
    if levels[0] == ENTITIES and len(levels) == 2:
        return Readings(tenant, _plain(levels[1], topic))
    for one in templates:
        if one.match(topic) is not None:
            return Templated(one)
    raise _unknown(topic)


def _plain(level: str, topic: str) -> str:
    try:
        found = unquote(level, errors="strict")
    except UnicodeDecodeError as error:
        raise _unknown(topic) from error
    if not found:
        raise _unknown(topic)
    return found


def _unknown(topic: str) -> UnknownTopic:
    return UnknownTopic(
        Title(f"主题“{topic[:200]}”没有含义。", f"The topic “{topic[:200]}” means nothing here."),
        where="topic",
        fix=HOW,
    )
