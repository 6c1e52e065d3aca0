"""What is done with sources: looking at them, configuring, testing, pausing, running; and sending to one."""

import hmac
import secrets as random
from collections.abc import Mapping as Plain
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from yuzhang.core.access import OPERATOR, Object, Party, action, may
from yuzhang.core.errors import InputRefused, NotAllowed
from yuzhang.core.language import Title
from yuzhang.foundation.registry.bearing import PREFIX
from yuzhang.foundation.sources import actions as door_actions
from yuzhang.foundation.sources.connectors import store
from yuzhang.foundation.sources.connectors.checking import checked, interval_of, name_of
from yuzhang.foundation.sources.connectors.errors import NoSource, SourceExists, UnfitSource
from yuzhang.foundation.sources.connectors.live import Live, deliver, kind_of, letters_of, purpose, secrets_of
from yuzhang.foundation.sources.connectors.mapped import BadRow, Mapped, Taken
from yuzhang.foundation.sources.connectors.mapping import mapping_of
from yuzhang.foundation.sources.connectors.model import Run, Shown, Source, Tried
from yuzhang.foundation.sources.connectors.own_topics import own_only
from yuzhang.foundation.sources.connectors.room import Sources
from yuzhang.foundation.sources.connectors.settings import secrets_in, settings_of
from yuzhang.foundation.sources.connectors.testing import tried
from yuzhang.foundation.sources.mqtt.errors import NotItsOwn

TITLE_LENGTH = 200
MOST_SOURCES = 1_000
PUSH = "push"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a source is to be. Secrets stand among the settings; one that is empty stays as it is."""

    kind: str
    title: Title
    settings: Plain[str, Any] = field(default_factory=dict)
    mapping: Plain[str, Any] = field(default_factory=dict)
    interval_s: int | str = 60


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a message: observations that were taken, rows that lie among the dead letters."""

    accepted: int
    refused: int


@action("reader")
def sources(room: Sources, caller: Party, /) -> list[Shown]:
    """All sources and how they fare, without secrets."""
    with room.storage.reading() as connection:
        runs = store.runs(connection)
        return [_shown(room, one, runs.get(one.name, Run(one.name))) for one in store.sources(connection)]


@action("reader")
def source(room: Sources, caller: Party, /, name: str) -> Shown:
    """One source and how it fares, without secrets. Raises NoSource."""
    with room.storage.reading() as connection:
        return _shown(room, _known(room, name), store.run(connection, name))


@action("operator")
def add(room: Sources, caller: Party, /, name: str, wish: Wish) -> Shown:
    """A new source; it begins at once. Raises UnfitSource, SourceExists."""
    made = _made(room, caller, name_of(name), wish, None)
    with room.storage.writing() as connection:
        if store.source(connection, name) is not None:
            raise SourceExists(
                Title(f"已有数据来源 {name}。", f"There is a source {name} already."),
                where="/name",
                fix=Title("请另取名称。", "Give it another name."),
            )
        if store.counted(connection) >= MOST_SOURCES:
            raise SourceExists(Title(f"最多 {MOST_SOURCES} 个来源。", f"There are {MOST_SOURCES} sources at most."))
        store.put(connection, made)
    return _after(room, caller, name)


@action("operator")
def change(room: Sources, caller: Party, /, name: str, wish: Wish) -> Shown:
    """Configure a source anew; it goes on where it was read to. Of one that a pack brought only the secrets. Raises NoSource, UnfitSource."""
    old = _known(room, name)
    made = _made(room, caller, name, _of_pack(old, wish) if old.origin else wish, old)
    with room.storage.writing() as connection:
        store.put(connection, made)
        store.note(connection, name, next_at=0, failures=0, code="", said_zh="", said_en="")
    return _after(room, caller, name)


@action("operator", reads=True)
def try_out(room: Sources, caller: Party, /, name: str, wish: Wish | None) -> Tried:
    """Connect, read a sample, and show what it would become; nothing is kept. `wish`: as it would be configured, if not as it is.

    Raises: NoSource, UnfitSource, RefusedAddress, SourceAway, UnreadablePayload.
    """
    with room.storage.reading() as connection:
        old = store.source(connection, name)
    if wish is None and old is None:
        raise NoSource.of(name)
    if wish is None or (old is not None and old.origin):
        made = (
            _known(room, name) if wish is None or old is None else _made(room, caller, name, _of_pack(old, wish), old)
        )
    else:
        made = _made(room, caller, name, wish, old)
    live = room.live(name)
    return tried(room, made, live.last if live is not None else None)


@action("operator")
def pause(room: Sources, caller: Party, /, name: str) -> Shown:
    """Let a source rest. Raises NoSource."""
    return _paused(room, caller, name, paused=True)


@action("operator")
def resume(room: Sources, caller: Party, /, name: str) -> Shown:
    """Let a source go on, at once. Raises NoSource."""
    return _paused(room, caller, name, paused=False)


@action("operator")
def run(room: Sources, caller: Party, /, name: str) -> Shown:
    """Run a source now; nothing if it is running. Raises NoSource."""
    _known(room, name)
    room.reload()
    room.run(name)
    return _after(room, caller, name)


@action("operator")
def again(room: Sources, caller: Party, /, name: str) -> Shown:
    """Read a source from its beginning: what was kept of it already is not doubled where its rows have a time. Raises NoSource."""
    _known(room, name)
    with room.storage.writing() as connection:
        store.forget(connection, name)
    return _after(room, caller, name)


@action("operator")
def remove(room: Sources, caller: Party, /, name: str) -> None:
    """Forget a source; what it brought stays. Raises NoSource, SourceExists."""
    if _known(room, name).origin:
        raise SourceExists(
            Title("它来自一个包，不能在此删除。", "A pack brought it; it cannot be removed here."),
            where="/name",
            fix=Title("可以暂停它。", "Pause it instead."),
        )
    with room.storage.writing() as connection:
        store.remove(connection, name)
    room.reload()


@action("visitor", reads=False)
def push(room: Sources, caller: Party, /, name: str, payload: bytes, token: str = "") -> Pushed:  # none
    """Take a message for a source that is sent to over HTTP; what cannot be read of it lies among the dead letters.

    Whoever knows the source's token may, and whoever may bring observations. Raises NotAllowed, TryAgain.
    """
    live = room.live(name)
    known = live is not None and _has_token(room, live, token)
    if not known and not may(caller, f"{door_actions.__name__.removeprefix('yuzhang.')}.admitted", _ROOM):
        raise NotAllowed(
            Title("您不能向该来源发送。", "You may not send to this source."),
            fix=Title("请在请求头 X-Source-Token 中给出令牌。", "Give its token in the header X-Source-Token."),
        )
    if live is None or live.source.kind != PUSH:
        raise NoSource.of(name)
    if live.source.paused:
        raise SourceExists(Title("该来源已暂停。", "The source is paused."), where="/name")
    return _pushed(room, live, payload, OPERATOR if known else caller)


_ROOM = Object("foundation.sources")


def _pushed(room: Sources, live: Live, payload: bytes, sender: Party) -> Pushed:
    now = room.now_us()
    name, device = live.source.name, sender.id.removeprefix(PREFIX) if sender.kind == "device" else ""
    try:
        found = live.read(PUSH, payload, now)
    except InputRefused as error:
        room.dead.keep(name, PUSH, payload, error.code, error.detail, now, device)
        room.dead.flush()
        return Pushed(0, 1)
    own, others = _own(room, found, device)
    taken, refused = deliver(room.door, live.source, own, sender)
    bad = letters_of(name, [*found.bad, *others, *refused], now, sender=device)
    if bad:
        with room.storage.writing() as connection:
            room.dead.add(connection, bad)
    return Pushed(taken, len(bad))


def _own(room: Sources, found: Mapped, device: str) -> tuple[Taken, list[BadRow]]:
    """The rows that a device may send, and those of things that are not its own; of whoever is no device ("") all."""
    if not device:
        return found.taken, []
    own: Taken = []
    others: list[BadRow] = []
    for row, readings in found.taken:
        try:
            own_only(room.registry, device, {one.entity for one in readings})
        except NotItsOwn as error:
            others.append(BadRow(row, error.detail, error.code))
        else:
            own.append((row, readings))
    return own, others


def _has_token(room: Sources, live: Live, token: str) -> bool:
    wanted = secrets_of(live.source, room.secrets).get("secret", "")
    given = token or random.token_hex(8)
    return bool(wanted) and hmac.compare_digest(wanted.encode(), given.encode())


def _known(room: Sources, name: str) -> Source:
    with room.storage.reading() as connection:
        found = store.source(connection, name)
    if found is None:
        raise NoSource.of(name)
    return found


def _made(room: Sources, caller: Party, name: str, wish: Wish, old: Source | None) -> Source:
    kind = kind_of(wish.kind)
    secret = secrets_in(kind.settings)
    plain = {key: value for key, value in wish.settings.items() if key not in secret}
    given = {key: str(value) for key, value in wish.settings.items() if key in secret and value}
    kept = secrets_of(old, room.secrets) if old is not None and old.kind == kind.id else {}
    hidden = kept | given
    if any(len(one) > TITLE_LENGTH for one in (wish.title.zh, wish.title.en)) or not (wish.title.zh or wish.title.en):
        raise UnfitSource(Title("请填写名称。", "Give it a title."), where="/title")
    title = Title(wish.title.zh or wish.title.en, wish.title.en or wish.title.zh)
    made = Source(
        name,
        kind.id,
        title,
        plain,
        mapping_of(dict(wish.mapping)),
        interval_of(wish.interval_s),
        old.paused if old is not None else False,
        old.origin if old is not None else "",
        room.now_us(),
        caller.id,
        room.secrets.seal(purpose(name), msgspec.json.encode(hidden)) if hidden else b"",
    )
    return checked(made, room.secrets)


def _of_pack(old: Source, wish: Wish) -> Wish:
    secret = secrets_in(kind_of(old.kind).settings)
    hidden = {key: value for key, value in wish.settings.items() if key in secret}
    return Wish(old.kind, old.title, {**old.settings, **hidden}, msgspec.to_builtins(old.mapping), old.interval_s)


def _paused(room: Sources, caller: Party, name: str, *, paused: bool) -> Shown:
    _known(room, name)
    with room.storage.writing() as connection:
        store.pause(connection, name, paused, room.now_us())
        if not paused:
            store.note(connection, name, next_at=0)
    return _after(room, caller, name)


def _after(room: Sources, caller: Party, name: str) -> Shown:
    room.reload()
    room.wake()
    with room.storage.reading() as connection:
        return _shown(room, _known(room, name), store.run(connection, name))


def _shown(room: Sources, one: Source, run: Run) -> Shown:
    settings = settings_of(kind_of(one.kind).settings)
    missing = tuple(each.name for each in settings if each.required and not one.settings.get(each.name))
    return Shown(replace(one, sealed=b""), run, missing, frozenset(secrets_of(one, room.secrets)))
