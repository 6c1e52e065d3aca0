"""What whoever works outside can do: take their cases along, and send entries, each of which is done once however often it comes.

An entry is kept by the key that the phone gave it before the cases see it, and the cases keep the key with what they do: whatever ends
a process in between, the entry is done once. What they refuse, because somebody else has done the task
meanwhile, is kept as refused with its reason, so that the phone can show it; what fails because the server is busy may come again.
"""

import hashlib
from time import time_ns
from typing import TYPE_CHECKING

import msgspec

from yuzhang.core.access import Party, action
from yuzhang.core.errors import InputRefused, NotAllowed, TryAgain, YuzhangError
from yuzhang.core.language import Title
from yuzhang.entrance.city import store
from yuzhang.entrance.city.errors import EntryDiffers, EntryOfAnother, UnfitEntry
from yuzhang.entrance.city.field.model import FieldCase, Handling, Sent
from yuzhang.entrance.city.store import Entry

if TYPE_CHECKING:
    from yuzhang.entrance.city.room import City

MOST_FILES, MOST_BYTES = 8, 24 * 2**20
LONGEST_NOTE, LONGEST_KEY, SHORTEST_KEY = 3_960, 64, 16
"""A note is written into the case with the place where it was written, and may have 4,000 characters there."""
WORKING_US = 60_000_000
"""An entry that is still being worked on after so long was left behind by a process that ended: it may come again."""
NOTHING = Title("", "")
SHOWN = 50


@action("self", reads=True)
def mine(city: "City", caller: Party, /) -> list[FieldCase]:
    """The caller's open cases."""
    return [] if city.handling is None else city.handling.mine(caller)


@action("self", reads=True)
def entries(city: "City", caller: Party, /) -> list[Entry]:
    """What the caller sent from the field, the newest first."""
    with city.storage.reading() as connection:
        return store.entries(connection, caller.id, SHOWN)


@action("self")
def send(city: "City", caller: Party, /, sent: Sent) -> Entry:
    """Take an entry; what became of it. Raises UnfitEntry, EntryDiffers, EntryOfAnother, NotAllowed; TryAgain if it shall come again later."""
    _written_by(caller, sent)
    _check(sent)
    handling = city.handling
    if handling is None:
        raise TryAgain(Title("办件模块没有运行。", "The room of cases does not run."))
    digest = _digest(sent)
    now = time_ns() // 1000
    done = handling.handled(caller, sent)
    with city.storage.writing() as connection:
        before = store.entry(connection, caller.id, sent.key)
        if before is not None and before.digest != digest:
            raise EntryDiffers(Title("这个编号已用于另一条记录。", "This key belongs to another entry."), where="/key")
        if before is not None and before.status != "working":
            return before
        if before is not None and not done and now - before.received_at < WORKING_US:
            raise TryAgain(Title("这条记录正在处理。", "This entry is being worked on."))
        if before is not None:
            store.drop_entry(connection, caller.id, sent.key)
        made = Entry(caller.id, sent.key, sent.case, digest, "working", "", NOTHING, sent.made_at, now)
        store.add_entry(connection, made)
    return _ended(city, caller, sent) if done else _handled(city, caller, sent, handling)


def _handled(city: "City", caller: Party, sent: Sent, handling: Handling) -> Entry:
    try:
        handling.handle(caller, sent)
    except (InputRefused, NotAllowed) as error:
        if not handling.handled(caller, sent):  # another process may have done it meanwhile
            return _ended(city, caller, sent, "refused", error.code, error.detail)
    except (YuzhangError, OSError):
        with city.storage.writing() as connection:
            store.drop_entry(connection, caller.id, sent.key)
        raise
    return _ended(city, caller, sent)


def _ended(
    city: "City", caller: Party, sent: Sent, status: str = "done", code: str = "", detail: Title = NOTHING
) -> Entry:
    with city.storage.writing() as connection:
        store.end_entry(connection, caller.id, sent.key, status, code, detail)
        found = store.entry(connection, caller.id, sent.key)
    assert found is not None  # noqa: S101  # it was kept before
    return found


def _written_by(caller: Party, sent: Sent) -> None:
    """Return if the caller wrote it: a page may be open still after somebody else has signed in. Raises EntryOfAnother."""
    if sent.party is not None and sent.party != caller.id:
        wrote = sent.party[:LONGEST_KEY] or "–"
        raise EntryOfAnother(
            Title(
                f"这条记录由 {wrote} 填写，当前登录的是 {caller.id}。",
                f"This entry was written by {wrote}, and {caller.id} is signed in.",
            ),
            where="/party",
            fix=Title("请由填写人登录后再发送。", "Whoever wrote it can sign in and send it."),
        )


def _check(sent: Sent) -> None:
    key_fits = SHORTEST_KEY <= len(sent.key) <= LONGEST_KEY and all(one.isalnum() or one in "-_" for one in sent.key)
    if not key_fits:
        raise UnfitEntry(
            Title("编号应为 16 至 64 位字母、数字。", "A key has 16 to 64 letters and digits."), where="/key"
        )
    if len(sent.note) > LONGEST_NOTE:
        raise UnfitEntry(Title("说明过长。", "The note is too long."), where="/note")
    if len(sent.files) > MOST_FILES or sum(len(one.content) for one in sent.files) > MOST_BYTES:
        raise UnfitEntry(
            Title("附件最多 8 个，合计 24 MiB。", "There can be 8 files, of 24 MiB in all."), where="/files"
        )
    if not sent.note and not sent.files and not sent.values:
        raise UnfitEntry(Title("这条记录是空的。", "This entry is empty."), where="/note")


def _digest(sent: Sent) -> str:
    """What tells two entries apart."""
    made = hashlib.sha256(
        msgspec.json.encode([sent.case, sent.task, sent.note, dict(sent.values), sent.lon, sent.lat], order="sorted")
    )
    for one in sent.files:
        made.update(len(one.content).to_bytes(8, "big") + one.content)
    return made.hexdigest()
