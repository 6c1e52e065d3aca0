"""Follows the log: evaluates what was accepted, and keeps what follows from it with its place in one transaction.

So that whoever is killed anywhere goes on where the last transaction ended: nothing is lost, and no event is told twice.

Silence is counted only while somebody listened: from the last moment that is known of before this process took the lead until then nobody
did, and what was due before comes later by that time.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from time import monotonic, time_ns

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.history.flattening import flattened
from yuzhang.brain.rules import store
from yuzhang.brain.rules.evaluation import absence
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.evaluation.latching import Change
from yuzhang.brain.rules.freeing import Wording, freed
from yuzhang.brain.rules.model import Event
from yuzhang.brain.rules.telling import id_of, opened, over, valued
from yuzhang.core.errors import YuzhangError
from yuzhang.core.leading import Leading
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.embedded import SET_PLACE
from yuzhang.foundation.log.model import Changes, Entry, Observations

READER = store.READER
BYTES_AT_ONCE = 8 * 2**20
AGAIN_S, TICK_S, TELL_LOG_S, SEEN_S, REST_S = 1.0, 1.0, 1.0, 5.0, 0.1
Listener = Callable[[Connection, Sequence[Event]], None]
log = logging.getLogger(__name__)


class Following:
    """A thread of its own, while this process has the lead. `make` gives an evaluator of the rules as they are now, without state; `known`
    all rules as they are now, those that are switched off too."""

    def __init__(
        self,
        storage: Storage,
        broker: Broker,
        lead: Leading,
        make: Callable[[Connection], Evaluator],
        known: Callable[[Connection], Collection[Wording]],
        listeners: list[Listener],
        told: Callable[[Sequence[Event]], None],
    ) -> None:
        self._storage, self._broker, self._lead = storage, broker, lead
        self._make, self._known, self._listeners, self._told = make, known, listeners, told
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._evaluator: Evaluator | None = None
        self._edition = -1
        self._ticked = self._logged = self._seen = self._marked = 0.0
        self._listened = self._resumed = 0
        """Until when somebody is known to have listened; since when this process does. As long as the second is later, the time between
        the two is not taken from what is silent yet: what was accepted before is evaluated first."""
        self.place = -1
        """How far the log is evaluated; -1 while another process does it."""
        self.late = 0
        """Observations that came too late to count, since this process evaluates."""

    def start(self) -> None:
        """Begin."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="rules", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; what was not evaluated yet waits in the log."""
        if self._thread is not None:
            self._ending.set()
            self._broker.log.grew()
            self._thread.join()
            self._thread = None
            self._lead.release()

    def wait(self, position: int, seconds: float) -> bool:
        """Wait until all up to `position` is evaluated, by this process; False if it is not after `seconds`."""
        until = monotonic() + seconds
        while self.place < position and monotonic() < until:
            self._ending.wait(0.005)
        return self.place >= position

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._step()
            except (YuzhangError, SQLAlchemyError, OSError) as error:  # busy or full: the next second may be better
                log.warning("rules could not be evaluated, and are tried again: %s", error)
                self._begin_anew()
            except Exception:  # a fault of ours must not end the city's watch; what was read waits in the log
                log.exception("rules could not be evaluated, and are tried again")
                self._begin_anew()

    def _begin_anew(self) -> None:
        self._evaluator, self.place = None, -1
        self._ending.wait(AGAIN_S)

    def _step(self) -> None:
        if not self._lead.held() or self._evaluator is None:
            self._evaluator, self.place = None, -1
            if not self._lead.take():
                self._ending.wait(AGAIN_S)
                return
            with self._storage.reading() as connection:
                self._resumed = _now()
                self._listened = min(store.place(connection, store.LISTENED), self._resumed)
            self._begin()
        is_more, now = self._broker.log.wait(self.place, TICK_S, self._ending), _now()
        self._heed_edition()
        if is_more and not self._ending.is_set():
            begun = monotonic()
            self._take()
            self._ending.wait(min(monotonic() - begun, REST_S))
        elif not is_more:
            self._tick(now)
        self._tell_log()

    def _begin(self) -> None:
        """Go on from what is kept; end what belongs to rules that are gone, and free what nobody uses any more."""
        # Read first, as much as there is: others may write meanwhile, and none but the one who leads writes this.
        with self._storage.reading() as connection:
            self._edition = store.edition(connection)
            evaluator = self._make(connection)
            gone = evaluator.load(store.slots(connection), store.blocks(connection), store.rings(connection))
            place = max(store.place(connection), self._broker.log.place(READER))
            known = self._known(connection)
        changes = evaluator.end(gone, _now())
        with self._storage.writing() as connection:
            events = self._keep(connection, evaluator, changes, place)
            is_freed = freed(connection, evaluator.slots, known)
        evaluator.slots.kept()
        self._evaluator, self.place = evaluator, place
        self._logged = 0.0
        self._told(events)
        if is_freed:
            self._begin()  # what is left has other numbers now

    def _heed_edition(self) -> None:
        """Read the rules anew after somebody, perhaps another process, changed them."""
        with self._storage.reading() as connection:
            newest = store.edition(connection)
        if newest != self._edition:
            self._begin()

    def _take(self) -> None:
        entries, last = self._broker.log.read(self.place, BYTES_AT_ONCE)
        self._commit(lambda evaluator: self._evaluated(evaluator, entries), last)
        if entries:  # somebody may send without a pause: by the clock of the newest of these nothing is silent that is only not read yet
            self._tick(min(_now(), max(one.record.at for one in entries)))

    def _evaluated(self, evaluator: Evaluator, entries: list[Entry]) -> list[Change]:
        since = next((at for at, one in enumerate(entries) if one.record.at >= self._resumed), len(entries))
        changes: list[Change] = []
        for some in (entries[:since], entries[since:]):
            if some:
                self._hear(evaluator, max(one.record.at for one in some))
                changes += _changes(evaluator, some)
        return changes

    def _hear(self, evaluator: Evaluator, at: int) -> None:
        """Somebody listened up to `at`."""
        if at >= self._resumed > self._listened:
            absence.missed(evaluator.slots, self._listened, self._resumed)
        self._listened = max(self._listened, at)

    def _tick(self, now: int) -> None:
        """What is silent `now`: all that was accepted before it is evaluated, and so nothing waits that would break the silence."""
        if self._evaluator is None or monotonic() - self._ticked < TICK_S:
            return
        self._ticked = monotonic()
        is_marked = monotonic() - self._marked < SEEN_S and self._listened >= self._resumed
        if not is_marked or self._evaluator.overdue(now):
            self._commit(lambda evaluator: self._silent(evaluator, now), self.place)

    def _silent(self, evaluator: Evaluator, now: int) -> list[Change]:
        self._hear(evaluator, now)
        return evaluator.tick(now)

    def _commit(self, evaluate: Callable[[Evaluator], list[Change]], place: int) -> None:
        evaluator = self._evaluator
        assert evaluator is not None  # noqa: S101  # `_step` sees to it
        try:
            changes = evaluate(evaluator)
            with self._storage.writing() as connection:
                events = self._keep(connection, evaluator, changes, place)
        except BaseException:
            self._evaluator = None  # what it remembers is ahead of what is kept
            raise
        evaluator.slots.kept()
        self.place, self.late = place, int(evaluator.late.sum())
        self._told(events)

    def _keep(self, connection: Connection, evaluator: Evaluator, changes: Sequence[Change], place: int) -> list[Event]:
        """Keep all that follows from changes, and the place, in one transaction."""
        store.add_slots(connection, evaluator.slots.fresh())
        store.keep_state(connection, evaluator.slots.changed(), evaluator.rings())
        events = _events(connection, evaluator, changes)
        self._keep_seen(connection, evaluator)
        for listener in self._listeners if events else ():
            listener(connection, events)
        store.set_place(connection, place)
        store.set_place(connection, self._listened, store.LISTENED)
        self._marked = monotonic()
        return events

    def _keep_seen(self, connection: Connection, evaluator: Evaluator) -> None:
        """Every few seconds: when the open events were seen last, and with which value."""
        if monotonic() - self._seen >= SEEN_S:
            self._seen = monotonic()
            rows = []
            for slot in evaluator.open_touched():
                state, rule = evaluator.slots.state[slot], evaluator.ruled.rules[int(evaluator.slots.rule[slot])]
                known = Change(slot, int(state["opened"]), int(state["last"]), float(state["shown"]), open=True)
                rows.append((known.at, valued(rule, known.value), id_of(evaluator, known)))
            store.seen(connection, rows)

    def _tell_log(self) -> None:
        """So that the log may forget what is evaluated. It may lie in another database, and is told afterwards."""
        if monotonic() - self._logged >= TELL_LOG_S:
            place = self.place
            if self._broker.log.place(READER) < place or not self._logged:
                self._broker.writer.now(lambda transaction: transaction.many(SET_PLACE, [(READER, place)]))
            self._logged = monotonic()


def _now() -> int:
    return time_ns() // 1000


def _changes(evaluator: Evaluator, entries: Sequence[Entry]) -> list[Change]:
    """What opens and ends with these entries."""
    records = [one.record for one in entries if isinstance(one.record, Observations | Changes)]
    types: dict[str, Iterable[str]] = {}
    gone: dict[str, int] = {}
    for record in records:
        if record.tenant != evaluator.tenant:
            continue
        if isinstance(record, Observations):
            types.update({one.id: [one.type] for one in record.entities})
            continue
        evaluator.facts.forget([one.id for one in record.entities])
        types.update({one.id: one.types for one in record.entities if not one.deleted})
        for one in record.entities:
            gone.pop(one.id, None)
            if one.deleted:
                gone[one.id] = record.at
    changes = evaluator.take(flattened(records), types)
    return changes + evaluator.gone(gone, max(gone.values())) if gone else changes


def _events(connection: Connection, evaluator: Evaluator, changes: Sequence[Change]) -> list[Event]:
    """The events that changes open and end, kept; those that were known to be so are left out."""
    if not changes:
        return []
    things = evaluator.facts.of([evaluator.slots.keys[one.slot][2] for one in changes])
    begun = [opened(evaluator, one, things[evaluator.slots.keys[one.slot][2]]) for one in changes if one.open]
    fresh = {one.id: one for one in store.add_events(connection, begun)}
    ids = [id_of(evaluator, one) for one in changes]
    known = fresh | store.by_ids(connection, [id_ for id_ in ids if id_ not in fresh])
    found: list[Event] = []
    for id_, change in zip(ids, changes, strict=True):
        event = fresh.pop(id_, None) if change.open else known.get(id_)
        if event is None or event.status != "open":
            continue
        if not change.open:
            number = int(evaluator.slots.rule[change.slot])
            event = known[id_] = over(event, evaluator.ruled.rules[number] if number >= 0 else None, change)
        found.append(event)
    store.clear_events(connection, [one for one in found if one.status != "open"])
    return found
