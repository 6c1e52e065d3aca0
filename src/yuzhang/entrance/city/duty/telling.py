"""Tells whoever is on duty what cannot wait: bad events and cases, deadlines that come near or pass. Each party once of each.

That a party was told is kept in the transaction that puts it into their portal: either both are there, or it is told again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import time_ns

from yuzhang.brain.cases.presentation import SEVERITIES
from yuzhang.brain.cases.searching import SIMULATED
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.entrance.city import store
from yuzhang.entrance.city.duty.model import EVERYWHERE
from yuzhang.entrance.city.looking import HOUR_US, OPEN
from yuzhang.entrance.city.model import Layer, Thing
from yuzhang.entrance.city.places import Places
from yuzhang.entrance.portal.model import Kind
from yuzhang.entrance.portal.room import Portal

BAD = 3
"""From this severity on whoever is on duty is told at once."""
SOON_US = HOUR_US
KEPT_US = 60 * 24 * HOUR_US
AT_ONCE = 200
"""So many are told in one transaction: others wait to write, too."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that whoever is on duty for a unit is told of. `reason`: told once for each of these."""

    thing: str
    reason: str
    unit: str
    title: Title
    address: str


def marked(title: Title, *, simulated: bool) -> Title:
    """A title that says so where what it is about is simulated."""
    return Title(title.zh + SIMULATED.zh, title.en + SIMULATED.en) if simulated else title


class Telling:
    """Finds who is on duty, and tells them in their portal; nobody without one."""

    def __init__(self, storage: Storage, portal: Portal | None) -> None:
        self._storage, self._portal = storage, portal

    def happened(self, layer: Layer, things: Iterable[Thing]) -> None:
        """Tell of those events or cases that are open and bad."""
        self._say([_opened(layer, one) for one in things if one.severity >= BAD and one.status == OPEN])

    def deadlines(self, cases: Places, now: int) -> None:
        """Tell of cases that are due within the hour, and of those that are overdue."""
        self._say(list(_due(cases, now)))
        with self._storage.reading() as connection:
            first = store.first_told(connection)
        if first is not None and first < now - KEPT_US:
            with self._storage.writing() as connection:
                store.forget_told(connection, now - KEPT_US)

    def _say(self, news: Sequence[News]) -> None:
        """Tell what of it is new. Where nothing is, nothing is written."""
        if self._portal is None or not news:
            return
        now = time_ns() // 1000
        new = self._new(news, now)
        for at in range(0, len(new), AT_ONCE):
            with self._storage.writing() as connection:
                for party, one in new[at : at + AT_ONCE]:
                    if store.tell_once(connection, one.thing, one.reason, party, now):
                        self._portal.keep(connection, party, Kind.CASE, one.title, address=one.address)
        if new:
            self._portal.outbox.wake()

    def _new(self, news: Sequence[News], now: int) -> list[tuple[str, News]]:
        """Whom to tell of what: whoever is on duty for the unit or for the city, and was not told yet."""
        with self._storage.reading() as connection:
            of_units: dict[str, dict[str, None]] = {}
            for turn in store.standing(connection, now):
                of_units.setdefault(turn.unit, {})[turn.party] = None
            everywhere = of_units.get(EVERYWHERE, {})
            due = [(party, one) for one in news for party in {**of_units.get(one.unit, {}), **everywhere}]
            told = store.told(connection, list({one.thing for _, one in due}))
        return [(party, one) for party, one in due if (one.thing, one.reason, party) not in told]


def _opened(layer: Layer, one: Thing) -> News:
    worst = SEVERITIES[min(one.severity, 4)]
    about = Title("新事件", "New event") if layer == "events" else Title("新办件", "New case")
    said = Title(f"{about.zh}（{worst.zh}）：{one.title.zh}", f"{about.en} ({worst.en}): {one.title.en}")
    return News(f"{layer}:{one.id}", "opened", one.unit, marked(said, simulated=one.simulated), one.address)


def _due(cases: Places, now: int) -> Iterator[News]:
    numbers = cases.all()
    rows = cases.rows[numbers]
    near = (rows["due"] > 0) & (rows["due"] < now + SOON_US) & (rows["status"] == cases.statuses.find(OPEN))
    for number in numbers[near].tolist():
        row, title, id_ = cases.rows[number], cases.titles[number], cases.ids[number]
        late = int(row["due"]) < now
        word = Title("已超期", "Overdue") if late else Title("一小时内到期", "Due within an hour")
        said = Title(f"办件 {id_} {word.zh}：{title.zh}", f"Case {id_}: {word.en.lower()}: {title.en}")
        yield News(
            f"cases:{id_}",
            f"{'overdue' if late else 'due'}:{int(row['due'])}",
            cases.units.texts[row["unit"]],
            marked(said, simulated=bool(row["simulated"])),
            f"/cases/{id_}",
        )
