"""Cases in one installation: what runs them, and who is told what was done."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from yuzhang.brain.cases.attachments.keeping import Files
from yuzhang.brain.cases.model import Case, Step
from yuzhang.brain.cases.processes.catalogue import Registered, catalogue
from yuzhang.brain.cases.processes.versions import Versions
from yuzhang.brain.cases.store import cases as store
from yuzhang.brain.cases.store import history, once, waiting
from yuzhang.core.announcing import Announcements
from yuzhang.core.calendar import Calendar, announced, national
from yuzhang.core.errors import YuzhangError
from yuzhang.core.packs import Pack
from yuzhang.core.secrets import Secrets, secrets_of
from yuzhang.core.storage import Storage

if TYPE_CHECKING:
    from yuzhang.brain.cases.life.opening import Happened

FOLDER, CALENDAR, TOLD = "cases", "calendar", "told"
PAUSE_S = 0.5
REMIND_S = 5.0
MOST_AT_ONCE = 500


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class Cases:
    """What every action of the room asks of. `told`: whom to tell of each entry of the history, after it is durable, at least once
    (by `Step.number` a listener knows one that it has heard). `calendar`: what counts as working time."""

    def __init__(
        self,
        storage: Storage,
        registry: Registered,
        packs: Sequence[Pack],
        announcements: Announcements,
        *,
        now: Callable[[], datetime] = utc_now,
        calendar: Calendar | None = None,
        secrets: Secrets | None = None,
    ) -> None:
        self.storage, self.registry, self.announcements, self.now = storage, registry, announcements, now
        self._given = calendar or national()
        self._announced: dict[Path, float] = {}
        self.calendar = self._given
        self.look_at_calendar()
        self.secrets = secrets or secrets_of(storage.folder)
        self.catalogue = catalogue(packs)
        self.versions = Versions(self.catalogue, now)
        with storage.writing() as connection:
            self.versions.keep(connection)
        self.files = Files(storage.folder / FOLDER)
        self.told: list[Callable[[Case, Step], None]] = []
        self._news, self._noted, self._ending = Flag(), Flag(), Flag()
        self._thread: Thread | None = None

    def opened_by(self, connection: Connection, events: "Sequence[Happened]") -> None:
        """Note, in the transaction of `connection`, the events that have a matter: each gets a case soon, or its case learns that it is over."""
        from yuzhang.brain.cases.life.waiting import note

        if note(connection, events):
            self._noted.set()
            self._news.set()

    def open_waiting(self) -> int:
        """Give the events that have waited longest to their cases, some at a time; how many. Called by the room's thread, and by tests."""
        from yuzhang.brain.cases.life.waiting import open_some

        # What was noted just now may not be durable yet, and so cannot be seen: whoever asks for the lock waits until it is.
        fresh = self._noted.is_set()
        self._noted.clear()
        return open_some(self, looks=not fresh)

    def did(self, party: str, key: str) -> bool:
        """Whether a party did already what it asks for by a key of its own making."""
        with self.storage.reading() as connection:
            return once.done(connection, party, key)

    def news(self) -> None:
        """Something was done: tell it soon."""
        self._news.set()

    def start(self) -> None:
        """Begin to open what waits, to tell, to remind and to escalate."""
        with self.storage.writing() as connection:
            waiting.try_again(connection)
        self._ending.clear()
        self._thread = Thread(target=self._live, name="cases", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._ending.set()
        self._news.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def tell(self) -> int:
        """Tell what was done since it was told last; how many entries. Called by the room's thread, and by tests."""
        with self.storage.reading() as connection:
            steps = history.since(connection, store.place(connection, TOLD), MOST_AT_ONCE)
            about = store.by_ids(connection, list({one.case for one in steps}))
        for step in steps:
            self._say(about[step.case], step)
        if steps:
            with self.storage.writing() as connection:
                store.put_place(connection, TOLD, steps[-1].number)
        return len(steps)

    def look_at_calendar(self) -> bool:
        """Read the years that the city added in its folder `calendar`, if they changed; whether working time is another now."""
        files = {one: one.stat().st_mtime for one in sorted((self.storage.folder / CALENDAR).glob("*.toml"))}
        if files == self._announced:
            return False
        self._announced = files
        before = self.calendar.version
        try:
            years = announced(self.storage.folder / CALENDAR)
        except (OSError, ValueError, KeyError, TypeError) as error:
            logging.getLogger(__name__).warning("the calendar is not readable: %s", error)
            return False
        self.calendar = Calendar({**self._given.years, **years}, self._given.hours, self._given.zone)
        return self.calendar.version != before

    def _say(self, case: Case, step: Step) -> None:
        self.announcements.tell("case", said_of(case, step))
        for listener in self.told:
            try:
                listener(case, step)
            except Exception:  # whoever is told is of another room: its fault must not keep others from hearing
                logging.getLogger(__name__).exception(
                    "a listener of cases failed: case %s, entry %s", case.id, step.number
                )

    def _live(self) -> None:
        from yuzhang.brain.cases.life.timing import recount, remind

        due, counted = monotonic(), False
        while not self._ending.is_set():
            self._news.wait(PAUSE_S)
            self._news.clear()
            try:
                # A little of each by turns, so that screens see cases come and reminders are in time while thousands wait.
                self.open_waiting()
                if self.tell() == MOST_AT_ONCE:
                    self._news.set()
                if monotonic() >= due:
                    due = monotonic() + REMIND_S
                    if self.look_at_calendar() or not counted:
                        recount(self)
                        counted = True
                    remind(self)
            except YuzhangError as error:  # such as a database that is busy: again in a moment
                logging.getLogger(__name__).warning("cases: %s", error)
            except Exception:  # the edge of the thread: reminders come at the next turn, and the log says why
                logging.getLogger(__name__).exception("cases")


def said_of(case: Case, step: Step) -> dict[str, Any]:
    """What a screen is told of a case."""
    return {
        "id": case.number,
        "lon": case.lon,
        "lat": case.lat,
        "status": case.status,
        "severity": case.severity,
        "at": step.at.isoformat(),
        "step": step.kind,
        "state": case.state,
        "unit": case.unit,
        "region": case.region,
        "matter": case.matter,
        "simulated": case.simulated,
    }
