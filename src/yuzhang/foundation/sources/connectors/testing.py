"""The test of a source: connect, read a sample, see what it would become. Nothing is kept, and nothing moves on."""

from typing import TYPE_CHECKING

from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors import store
from yuzhang.foundation.sources.connectors.checking import Forgetful
from yuzhang.foundation.sources.connectors.errors import UnfitSource
from yuzhang.foundation.sources.connectors.live import connector_of
from yuzhang.foundation.sources.connectors.mapped import mapped
from yuzhang.foundation.sources.connectors.model import Fetched, Poller, Reader, Source, Tried
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload

if TYPE_CHECKING:
    from yuzhang.foundation.sources.connectors.room import Sources

SHOWN = 10
Last = tuple[str, bytes, int] | None
"""The last message of a source: its place, its payload, when it came."""


def tried(room: "Sources", source: Source, last: Last) -> Tried:
    """What a source would bring now. Raises RefusedAddress, SourceAway, UnfitSource, UnreadablePayload."""
    with room.storage.reading() as connection:
        memory = Forgetful(store.known(connection, source.name))
    connector = connector_of(source, room.secrets, memory)
    now = room.now_us()
    fetched = _fetched(room, connector) if hasattr(connector, "fetch") else _sampled(source, connector, last, now)
    found = mapped(source.mapping, fetched.rows, now)
    bad = [(one.where, one.why) for one in fetched.bad] + [(one.payload.decode()[:200], one.why) for one in found.bad]
    return Tried(list(fetched.rows[:SHOWN]), found.readings[: 3 * SHOWN], bad[:SHOWN], len(found.readings))


def _fetched(room: "Sources", connector: Poller | Reader) -> Fetched:
    assert hasattr(connector, "fetch")  # noqa: S101  # asked by whoever calls
    found: Fetched = connector.fetch(room.reach, "", room.now_us())
    return found


def _sampled(source: Source, connector: Poller | Reader, last: Last, now_us: int) -> Fetched:
    assert hasattr(connector, "rows")  # noqa: S101  # asked by whoever calls
    sample = str(source.settings.get("sample", ""))
    if sample.strip():
        place = str(source.settings.get("sample_topic", "")) or "-"
        told = source.settings
        raw = told.get("payload") == "binary" and told.get("packed", "bytes") == "bytes"
        binary = source.kind == "sparkplug" or raw
        payload, at = _bytes(sample) if binary else sample.encode(), now_us
    elif last is not None:
        place, payload, at = last
    else:
        raise UnfitSource(
            Title("还没有收到消息。", "No message has come yet."),
            where="/settings/sample",
            fix=Title("请填写样例消息，或先发送一条。", "Write a sample of a message, or have one sent first."),
        )
    pattern = getattr(connector, "pattern", None)
    if pattern is not None and pattern.match(place) is None:
        raise UnfitSource(
            Title(
                f"样例主题“{place[:200]}”与模板不符。", f"The sample's topic “{place[:200]}” does not fit the template."
            ),
            where="/settings/sample_topic",
        )
    return Fetched(connector.rows(place, payload, at, follow=False), "")


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise UnreadablePayload.because(
            "样例不是十六进制数字。", "The sample is not in hexadecimal.", "/settings/sample"
        ) from error
