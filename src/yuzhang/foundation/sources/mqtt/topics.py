"""What a topic says: whose observations a message brings, and how they are written.

    observations/<format>              what POST /api/observations takes
    entities/<id>/<attribute>          one reading
    tenants/<tenant>/…                 either of them, of a tenant

A level is percent-encoded where it holds "/", "+", "#", "%" or a space.
"""

from dataclasses import dataclass
from urllib.parse import unquote

from yuzhang.core.language import Title
from yuzhang.foundation.sources.errors import UnreadableObservations
from yuzhang.foundation.sources.formats.kinds import Format, Packing, by_name

OBSERVATIONS, ENTITIES, TENANTS = "observations", "entities", "tenants"
ROOTS = (OBSERVATIONS, ENTITIES, TENANTS)
DATA_ARRAY = "dataArray"
HOW = Title(
    "主题为 observations/<格式> 或 entities/<实体>/<属性>，前面可加 tenants/<租户>/；实体名中的 / + # 和空格用百分号编码。",
    "The topic is observations/<format> or entities/<id>/<attribute>, after tenants/<tenant>/ if wanted; "
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


def topic_of(subject: str) -> str:
    """The topic that the broker made `subject` of. Source: NATS documentation, "MQTT", topic mapping.

    >>> topic_of("entities.urn:ngsi-ld:Device:1//2.temperature"), topic_of("a./.b./")
    ('entities/urn:ngsi-ld:Device:1.2/temperature', 'a//b/')
    """
    if "/" not in subject:
        return subject.replace(".", "/")
    found, at = [], 0
    while at < len(subject):
        pair = subject[at : at + 2]
        if pair in {"//", "/."}:
            found.append("." if pair == "//" else "/")
            at += 2
            continue
        if subject[at] == ".":
            found.append("/")
        elif subject[at] != "/":
            found.append(subject[at])
        at += 1
    return "".join(found)


def meaning(topic: str) -> Body | Reading:
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
    if len(levels) == 3 and levels[0] == ENTITIES:
        return Reading(tenant, _plain(levels[1], topic), _plain(levels[2], topic))
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
