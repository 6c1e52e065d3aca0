"""Keys of applications: a system administrator makes them, or an official for an application of their own."""

import hashlib
import secrets as random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from yuzhang.core.access import Party, action
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.api import store
from yuzhang.entrance.api.errors import UnfitKey
from yuzhang.entrance.api.model import READ, SCOPES, Key, NewKey, Usage
from yuzhang.entrance.api.owning import administers, own
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.api.webhooks.publishing import publish

ID_BYTES, SECRET_BYTES = 8, 32
MOST_RATE, MOST_DAILY, LONGEST_LABEL = 100_000, 1_000_000_000, 100
OVERLAP_S = 24 * 3600
USAGE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new key is to be. `rate` per second, `burst`, `daily`: None for the limits of all."""

    label: str
    scopes: tuple[str, ...] = (READ,)
    expires_at: datetime | None = None
    rate: int | None = None
    burst: int | None = None
    daily: int | None = None


@action("self", reads=True)
def keys(api: Api, caller: Party, /) -> list[Key]:
    """The keys that the caller may see: of its own applications, or of all for a system administrator."""
    with api.storage.reading() as connection:
        return store.keys(connection, None if administers(caller) else caller.id)


@action("self", reads=True)
def applications(api: Api, caller: Party, /) -> list[tuple[str, str]]:
    """Ids and names of the applications that the caller may make keys for."""
    with api.storage.reading() as connection:
        return store.applications(connection, None if administers(caller) else caller.id)


@action("self", reads=False)
def add(api: Api, caller: Party, /, party: str, wanted: Wanted) -> NewKey:
    """A new key of an application. Raises NotFound, NotAllowed, UnfitKey."""
    _check(wanted, api.now())
    with api.storage.writing() as connection:
        own(api, connection, caller, party)
        made = _made(api, connection, caller, party, wanted)
    api.delivering.wake()
    return made


@action("self", reads=False)
def revoke(api: Api, caller: Party, /, key: str) -> None:
    """End a key at once. Raises NotFound, NotAllowed."""
    with api.storage.writing() as connection:
        found = _known(connection, key)
        own(api, connection, caller, found.party)
        store.end(connection, key, api.now())
        if found.revoked_at is None:
            publish(api, connection, "key.revoked", {"key": key, "label": found.label}, party=found.party)
    api.forget()
    api.delivering.wake()


@action("self", reads=False)
def rotate(api: Api, caller: Party, /, key: str, overlap_s: int = OVERLAP_S) -> NewKey:
    """A new key like an old one, which holds for `overlap_s` more seconds. Raises NotFound, NotAllowed, UnfitKey."""
    if not 0 <= overlap_s <= 30 * 24 * 3600:
        raise _unfit("/overlap_s", "重叠期为 0 至 30 天。", "The overlap is 0 to 30 days.")
    now = api.now()
    with api.storage.writing() as connection:
        old = _known(connection, key)
        own(api, connection, caller, old.party)
        if not old.holds(now):
            raise _unfit("/key", "该密钥已失效。", "The key does not hold any more.")
        lasts = None if old.expires_at is None else now + (old.expires_at - old.created_at)
        wanted = Wanted(old.label, old.scopes, lasts, old.rate, old.burst, old.daily)
        made = _made(api, connection, caller, old.party, wanted)
        until = now + timedelta(seconds=overlap_s)
        if old.expires_at is None or until < old.expires_at:
            store.expire(connection, key, until)
    api.forget()
    api.delivering.wake()
    return made


@action("self", reads=True)
def usage_of_all(api: Api, caller: Party, /) -> dict[str, list[Usage]]:
    """What was asked in the last 30 days, by the id of each key that the caller may see."""
    api.counting.write()
    since = int(api.now().timestamp()) // 86_400 - USAGE_DAYS + 1
    with api.storage.reading() as connection:
        return store.usage_of_all(connection, None if administers(caller) else caller.id, since)


@action("self", reads=True)
def usage(api: Api, caller: Party, /, key: str) -> list[Usage]:
    """What was asked with a key on each of the last 30 days that has any. Raises NotFound, NotAllowed."""
    api.counting.write()
    since = int(api.now().timestamp()) // 86_400 - USAGE_DAYS + 1
    with api.storage.reading() as connection:
        own(api, connection, caller, _known(connection, key).party)
        return store.usage(connection, key, since)


def _known(connection: Connection, key: str) -> Key:
    found = store.key(connection, key)
    if found is None:
        raise NotFound(Title(f"没有密钥 {key}。", f"There is no key {key}."), where="/key")
    return found


def _made(api: Api, connection: Connection, caller: Party, party: str, wanted: Wanted) -> NewKey:
    name, secret = random.token_hex(ID_BYTES), random.token_urlsafe(SECRET_BYTES)
    text = f"yz_{name}_{secret}"
    key = Key(
        name,
        party,
        wanted.label.strip(),
        tuple(sorted(set(wanted.scopes))),
        wanted.rate,
        wanted.burst,
        wanted.daily,
        api.now(),
        caller.id,
        wanted.expires_at,
        None,
        None,
        hashlib.sha256(text.encode()).digest(),
    )
    store.add(connection, key)
    told = {"key": name, "label": key.label, "scopes": list(key.scopes), "expires_at": key.expires_at}
    publish(api, connection, "key.made", told, party=party)
    return NewKey(replace(key, hash=b""), text)


def _check(wanted: Wanted, now: datetime) -> None:
    if not 1 <= len(wanted.label.strip()) <= LONGEST_LABEL:
        raise _unfit("/label", "标签为 1 至 100 个字符。", "A label has 1 to 100 characters.")
    if not wanted.scopes or not set(wanted.scopes) <= set(SCOPES):
        raise _unfit("/scopes", "范围为 yuzhang.read、yuzhang.write。", "Scopes are yuzhang.read and yuzhang.write.")
    if wanted.expires_at is not None and (wanted.expires_at.tzinfo is None or wanted.expires_at <= now):
        raise _unfit("/expires_at", "到期时间须带时区并在将来。", "It expires later than now, at a time with a zone.")
    for name, value, most in (
        ("rate", wanted.rate, MOST_RATE),
        ("burst", wanted.burst, MOST_RATE),
        ("daily", wanted.daily, MOST_DAILY),
    ):
        if value is not None and not 1 <= value <= most:
            raise _unfit(f"/{name}", f"应为 1 至 {most}。", f"It is 1 to {most}.")


def _unfit(where: str, chinese: str, english: str) -> UnfitKey:
    return UnfitKey(Title(chinese, english), where=where, fix=Title("请修改后重试。", "Correct it and try again."))
