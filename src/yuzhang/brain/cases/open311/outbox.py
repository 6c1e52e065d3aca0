"""Tasks that another system does: reported to it, followed, and done here when it says that they are done there.

A task is in the outbox before it is sent, so that nothing is lost when this process ends; it carries the case's number, by which a system
that is one of ours knows a request that comes twice. What a system refuses stays with our own unit, with a note that says why.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from threading import Event, Thread

from yuzhang.brain.cases import actions
from yuzhang.brain.cases.model import Upload
from yuzhang.brain.cases.open311 import store
from yuzhang.brain.cases.open311.speaking import LONGEST_SAID, Speaking, Standing, Unanswered
from yuzhang.brain.cases.open311.store import Sending
from yuzhang.brain.cases.open311.systems import System
from yuzhang.brain.cases.room import Cases
from yuzhang.brain.context.reaching import checked_client
from yuzhang.core.access import OPERATOR, Party
from yuzhang.core.errors import Conflict, InputRefused, NotFound, TryAgain, YuzhangError

PAUSE_S = 2.0
FIRST_WAIT_S, LONGEST_WAIT_S = 15.0, 3_600.0
TIMEOUT_S = 15.0
MOST_AT_ONCE = 100
log = logging.getLogger(__name__)


class Outbox:
    """The outbox of one installation. `private`: systems may lie in inner networks."""

    def __init__(self, cases: Cases, systems: Sequence[System], *, private: bool = False) -> None:
        self.cases, self.private = cases, private
        self.systems = {one.id: one for one in systems}
        self._ending = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Begin to send and to ask, if there is anybody."""
        if self.systems:
            self._ending.clear()
            self._thread = Thread(target=self._live, name="open311", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def work(self) -> int:
        """Send and ask what is due now; how many. Called by the thread, and by tests."""
        self._collect()
        with self.cases.storage.reading() as connection:
            due = store.due(connection, list(self.systems), self.cases.now(), MOST_AT_ONCE)
        if due:
            asyncio.run(self._all(due))
        return len(due)

    def _live(self) -> None:
        while not self._ending.wait(PAUSE_S):
            try:
                self.work()
            except YuzhangError as error:  # such as a database that is busy: again in a moment
                log.warning("open311: %s", error)
            except Exception:  # the edge of the thread: requests wait, and the log says why
                log.exception("open311")

    def _collect(self) -> None:
        """Take in the tasks that are another system's and that it was not told of."""
        for system in self.systems.values():
            with self.cases.storage.reading() as connection:
                new = store.unsent(connection, system.step, list(system.services), MOST_AT_ONCE)
            if new:
                with self.cases.storage.writing() as connection:
                    for task, case in new:
                        store.add(connection, task, case.number, system.id, self.cases.now())

    async def _all(self, due: Sequence[Sending]) -> None:
        async with checked_client(private=self.private, timeout_s=TIMEOUT_S) as client:
            for one in due:
                if self._ending.is_set():
                    return
                await self._one(Speaking(self.systems[one.system], client), one)

    async def _one(self, speaking: Speaking, one: Sending) -> None:
        """Send or ask one; whatever comes of it, the others have their turn. Raises TryAgain if not even that can be noted."""
        try:
            await (self._send(speaking, one) if one.state == "waiting" else self._ask(speaking, one))
        except Unanswered as err:
            self._later(one, err)
        except TryAgain as err:  # such as a database that is busy: again in a moment
            log.warning("open311: %s, case %s: %s", one.system, one.number, err)
        except Exception as err:  # a fault of this one, and of no other
            log.exception("open311: %s, case %s", one.system, one.number)
            self._failed(one, str(err) or type(err).__name__)

    async def _send(self, speaking: Speaking, one: Sending) -> None:
        case = actions.case(self.cases, self._party(one), one.number)
        if all(task.id != one.task for task in case.tasks):  # somebody did it meanwhile
            self._note(one, state="closed")
            return
        request, token = await speaking.report(case.case)
        self._note(one, every=True, state="sent", request=request, token=token, attempts=0)
        self._say(one, f"Open311 → {one.system}: {request or token}")

    async def _ask(self, speaking: Speaking, one: Sending) -> None:
        if not one.request:
            request = await speaking.named(one.token)
            self._note(one, every=True, request=request, attempts=0)
            return
        found = await speaking.standing(one.request)
        said = f"{found.status} {found.notes}".strip()
        if said != one.status and not found.closed:
            self._say(one, f"Open311 ← {one.system} {one.request}: {said}")
        if not found.closed:
            self._note(one, every=True, status=said, attempts=0)
            return
        photo = await speaking.photo(found.photo) if found.photo else None
        self._done(speaking.system, one, found, [] if photo is None else [photo])

    def _done(self, system: System, one: Sending, found: Standing, photos: Sequence[Upload]) -> None:
        """It is done there: so it is here, if all is there that the step needs. If not, our unit has a look."""
        note = f"Open311 ← {one.system} {one.request}: {found.status} {found.notes}".strip()
        try:
            actions.step(
                self.cases, self._party(one), one.number, one.task, {"decision": system.decision}, note, photos
            )
        except (Conflict, NotFound):
            pass  # somebody was faster
        except InputRefused as error:
            self._say(one, f"{note}\n{error.detail.zh} {error.detail.en}")
        self._note(one, state="closed", status=f"{found.status} {found.notes}".strip())

    def _later(self, one: Sending, error: Unanswered) -> None:
        if error.final and one.state == "waiting":
            self._failed(one, str(error))
            return
        wait = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(one.attempts, 10))
        with self.cases.storage.writing() as connection:
            at = self.cases.now() + timedelta(seconds=wait)
            store.note(connection, one.task, at, attempts=one.attempts + 1)
        log.warning("open311: %s, case %s: %s", one.system, one.number, error)

    def _failed(self, one: Sending, why: str) -> None:
        """It is neither sent nor asked after again: our unit has it, with a note that says why."""
        self._note(one, state="failed", status=why[:LONGEST_SAID])
        self._say(one, f"Open311 ✕ {one.system}: {why[:LONGEST_SAID]}")

    def _note(self, one: Sending, *, every: bool = False, **values: str | int) -> None:
        wait = timedelta(seconds=self.systems[one.system].every_s)
        with self.cases.storage.writing() as connection:
            store.note(connection, one.task, self.cases.now() + wait if every else None, **values)

    def _say(self, one: Sending, note: str) -> None:
        try:
            actions.remark(self.cases, self._party(one), one.number, note)
        except TryAgain:
            raise
        except YuzhangError as error:
            log.warning("open311: case %s: %s", one.number, error)

    def _party(self, one: Sending) -> Party:
        return replace(OPERATOR, id=f"open311:{one.system}", name=one.system)
