"""What an officer does with dead letters: look, replay after the fix, drop."""

from collections.abc import Sequence

from yuzhang.core.access import Party, action
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.foundation.sources.dead import store
from yuzhang.foundation.sources.dead.errors import NoLetter, NotReplayable
from yuzhang.foundation.sources.dead.model import Kept, Letter, Redeliver, Replayed
from yuzhang.foundation.sources.dead.room import DeadLetters

PAGE = 50
AT_ONCE = 100


@action("reader")
def kept(dead: DeadLetters, caller: Party, /) -> list[Kept]:
    """How many letters of each source lie there."""
    dead.flush()
    with dead.storage.reading() as connection:
        return store.kept(connection)


@action("reader")
def letters(
    dead: DeadLetters, caller: Party, /, name: str = "", code: str = "", before: int | None = None, most: int = PAGE
) -> list[Letter]:
    """Letters without what was in them, the newest first; `name` that of a source. `before`: those of smaller numbers."""
    dead.flush()
    with dead.storage.reading() as connection:
        return store.letters(connection, name, code, before, max(1, min(most, 500)))


@action("reader")
def codes(dead: DeadLetters, caller: Party, /, name: str = "") -> list[str]:
    """The reasons that there are letters with."""
    with dead.storage.reading() as connection:
        return store.codes(connection, name)


@action("operator", reads=True, personal=True)
def letter(dead: DeadLetters, caller: Party, /, number: int) -> Letter:
    """One letter with what was in it, which may be about somebody. Raises NoLetter."""
    dead.flush()
    return _known(dead, number)


@action("operator")
def replay(dead: DeadLetters, caller: Party, /, number: int) -> Replayed:
    """Deliver a letter again; it stays, with its new reason, if it is still bad. Raises NoLetter, NotReplayable, TryAgain."""
    found = _known(dead, number)
    return _again(dead, _way(dead, found.source), [found])


@action("operator")
def replay_all(dead: DeadLetters, caller: Party, /, name: str) -> Replayed:
    """Deliver all letters of a source again, the oldest first. Raises NotReplayable; TryAgain, after which the rest is still there."""
    dead.flush()
    way = _way(dead, name)
    with dead.storage.reading() as connection:
        last = store.newest(connection, name)
    taken = bad = place = 0
    while True:
        with dead.storage.reading() as connection:
            some = list(store.some(connection, name, place, last, AT_ONCE))
        if not some:
            return Replayed(taken, bad)
        done = _again(dead, way, some)
        taken, bad, place = taken + done.taken, bad + done.bad, some[-1].number


@action("operator")
def drop(dead: DeadLetters, caller: Party, /, number: int) -> None:
    """Forget a letter. Raises NoLetter."""
    found = _known(dead, number)
    with dead.storage.writing() as connection:
        store.remove(connection, [found])


@action("operator")
def drop_all(dead: DeadLetters, caller: Party, /, name: str) -> int:
    """Forget all letters of a source; how many there were."""
    dead.flush()
    with dead.storage.writing() as connection:
        return store.remove_all(connection, name)


def _known(dead: DeadLetters, number: int) -> Letter:
    with dead.storage.reading() as connection:
        found = store.letter(connection, number)
    if found is None:
        raise NoLetter.of(number)
    return found


def _way(dead: DeadLetters, source: str) -> Redeliver:
    way = dead.way(source)
    if way is None:
        raise NotReplayable(
            Title(f"来源 {source} 现在不在运行。", f"The source {source} is not there now."),
            where="/source",
            fix=Title("请恢复该来源，或删除死信。", "Bring the source back, or drop its letters."),
        )
    return way


def _again(dead: DeadLetters, way: Redeliver, some: Sequence[Letter]) -> Replayed:
    """What was taken is forgotten after it was: a crash in between has it taken again, which doubles nothing."""
    taken: list[Letter] = []
    bad: list[tuple[int, str, Title]] = []
    try:
        for one in some:
            if not one.whole:
                why = Title("太长，只保存了开头。", "It was too long; only its beginning was kept.")
                bad.append((one.number, "not-replayable", why))
                continue
            try:
                way(one)
            except InputRefused as error:
                bad.append((one.number, error.code, error.detail))
            else:
                taken.append(one)
    finally:
        with dead.storage.writing() as connection:
            store.remove(connection, taken)
            for number, code, detail in bad:
                store.still_bad(connection, number, code, detail)
    return Replayed(len(taken), len(bad))
