"""One run of a source that is polled: fetch, map, deliver, and only then note how far it was read.

What a crash ends is delivered again with the same moment of arrival, so that nothing is doubled.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from yuzhang.core.errors import InputRefused, TryAgain, YuzhangError
from yuzhang.core.storage import Storage
from yuzhang.foundation.sources.connectors import store
from yuzhang.foundation.sources.connectors.live import Live, deliver, letters_of
from yuzhang.foundation.sources.connectors.mapped import encode, mapped
from yuzhang.foundation.sources.connectors.model import Fetched, Run
from yuzhang.foundation.sources.connectors.reaching import Reach
from yuzhang.foundation.sources.dead.model import Lost
from yuzhang.foundation.sources.dead.room import DeadLetters
from yuzhang.foundation.sources.model import Door

JITTER = 0.1
"""A tenth earlier or later, so that sources of one host are not asked at the same moment for ever."""
LONGEST_WAIT_S = 3600
MOST_DOUBLED = 6
SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Ground:
    """What a run stands on."""

    storage: Storage
    door: Door
    dead: DeadLetters
    reach: Reach
    now_us: Callable[[], int]


def run(ground: Ground, live: Live) -> Run:
    """Run a source once; how it fares then. What goes wrong is noted, and raised by nobody."""
    name = live.source.name
    with ground.storage.reading() as connection:
        before = store.run(connection, name)
    try:
        if live.poller is None:
            raise live.wrong or InputRefused(live.source.title)
        fetched = live.poller.fetch(ground.reach, before.cursor, ground.now_us())
        taken, letters = _take(ground, live, fetched)
    except (InputRefused, TryAgain, OSError) as error:
        _failed(ground, live, before, error)
    else:
        _done(ground, live, before, fetched, taken, letters)
        if fetched.after is not None:
            fetched.after()
    with ground.storage.reading() as connection:
        return store.run(connection, name)


def _take(ground: Ground, live: Live, fetched: Fetched) -> tuple[int, list[Lost]]:
    source = live.source
    begun = ground.now_us()
    if fetched.rows:
        of = fetched.mark or sha256(encode(fetched.rows)).hexdigest()
        with ground.storage.writing() as connection:
            begun = store.begin(connection, source.name, of, begun)
    found = mapped(source.mapping, fetched.rows, begun)
    taken, refused = deliver(ground.door, source, found.taken)
    letters = [Lost(source.name, one.where, one.payload, one.code, one.why, begun) for one in fetched.bad]
    return taken, [*letters, *letters_of(source.name, [*found.bad, *refused], begun)]


def _done(ground: Ground, live: Live, before: Run, fetched: Fetched, taken: int, letters: list[Lost]) -> None:
    """How far it was read, and the letters, in one transaction."""
    now = ground.now_us()
    first = letters[0] if letters else None
    with ground.storage.writing() as connection:
        ground.dead.add(connection, letters)
        store.note(
            connection,
            live.source.name,
            cursor=fetched.cursor,
            begun_at=None,
            begun_of="",
            ran_at=now,
            taken_at=now if taken else before.taken_at,
            next_at=now if fetched.more else now + _wait_us(live.source.interval_s, 0),
            failures=0,
            taken=before.taken + taken,
            last_taken=taken,
            refused=before.refused + len(letters),
            code=first.code if first else "",
            said_zh=first.detail.zh if first else "",
            said_en=first.detail.en if first else "",
        )


def _failed(ground: Ground, live: Live, before: Run, error: Exception) -> None:
    known = isinstance(error, YuzhangError)
    now = ground.now_us()
    with ground.storage.writing() as connection:
        store.note(
            connection,
            live.source.name,
            ran_at=now,
            next_at=now + _wait_us(live.source.interval_s, before.failures + 1),
            failures=before.failures + 1,
            code=error.code if isinstance(error, YuzhangError) else "source-away",
            said_zh=error.detail.zh if known else str(error),  # type: ignore[attr-defined]  # it is one of ours
            said_en=error.detail.en if known else str(error),  # type: ignore[attr-defined]
        )


def _wait_us(interval_s: int, failures: int) -> int:
    wait = min(interval_s * 2 ** min(failures, MOST_DOUBLED), max(interval_s, LONGEST_WAIT_S))
    return int(wait * SECOND * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311  # nobody guesses anything of it
