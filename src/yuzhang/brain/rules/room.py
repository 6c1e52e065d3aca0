"""The room: the rules of all packs with what officers changed of them, and the thread that evaluates them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from threading import Lock
from typing import Protocol

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.history.room import History
from yuzhang.brain.rules import reading, silence, store
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.evaluation.things import Registered, Things
from yuzhang.brain.rules.following import Following, Listener
from yuzhang.brain.rules.model import Event, Maintenance, Rule
from yuzhang.brain.rules.writing.known import Known
from yuzhang.brain.rules.writing.parsing import parsed
from yuzhang.core.announcing import Announcements
from yuzhang.core.packs import Fault, Pack, TypeModel, read_models
from yuzhang.core.storage import Storage
from yuzhang.foundation.network.model import Finding


class Bounded(Protocol):
    """A region, as far as rules ask."""

    @property
    def boundary(self) -> BaseGeometry | None: ...


class Observing(Protocol):
    """A device, as far as it matters that it changed."""

    @property
    def entity(self) -> str: ...


class Registry(Registered, silence.Knowing, Protocol):
    """What rules ask of the registry."""

    def region(self, id_: str, /) -> Bounded | None:
        """A region by its id."""


class Rules:
    """Rules over one tenant's observations. `start` and `stop` may wait some seconds, and are for a thread.

    `on_change`: called with the connection inside the transaction that keeps what opened and ended. `history`: for dry runs, set by
    whoever puts the rooms together; None: there are none. `covered`: the entities that are silent with their gateway, as the network knows.
    """

    def __init__(
        self,
        storage: Storage,
        broker: Broker,
        registry: Registry | None,
        packs: Sequence[Pack],
        announcements: Announcements | None,
        tenant: str = "",
    ) -> None:
        self.storage, self.broker, self.registry = storage, broker, registry
        self.tenant = tenant
        self.history: History | None = None
        self.on_change: list[Listener] = []
        self.covered: Callable[[], Collection[str]] = tuple
        self.faults: list[Fault] = []
        """What is wrong with rules of packs; those are not evaluated."""
        self._announcements = announcements
        self._lock = Lock()
        self._rules: tuple[int, dict[str, Rule], list[tuple[str, Maintenance]]] | None = None
        models: dict[str, TypeModel] = {}
        for pack in packs:
            models.update(read_models(pack)[0])
        self.known = Known(models)
        self.of_packs: dict[str, Rule] = {}
        for pack in packs:
            found, faults = reading.read(pack, models)
            self.faults += faults
            self.of_packs.update({one.id: one for one in found})
        self._things: Things | None = None
        if registry is not None and hasattr(registry, "changed"):
            registry.changed.append(self._device_changed)
        self.following = Following(
            storage, broker, broker.lead("rules"), self._evaluator, self._wordings, self.on_change, self._tell
        )

    def start(self) -> None:
        """Begin to evaluate, after the broker was started."""
        self.following.start()

    def stop(self) -> None:
        """End, before the broker does."""
        self.following.stop()

    def found(self, connection: Connection, findings: Sequence[Finding]) -> None:
        """For the network's `on_change`: what it finds silent opens and ends events, in its transaction."""
        events = silence.kept(connection, findings, self.registry)
        for listener in self.on_change if events else ():
            listener(connection, events)

    def tell_found(self, findings: Sequence[Finding]) -> None:
        """For the network's `told`: screens hear of it after it is durable."""
        self._tell(list(silence.events_of(findings, self.registry)))

    def rules(self, connection: Connection) -> dict[str, Rule]:
        """All rules as they are now, by id."""
        return self._read(connection)[0]

    def quiet(self, connection: Connection) -> list[tuple[str, Maintenance]]:
        """The maintenance windows that officers entered, by rule."""
        return self._read(connection)[1]

    def things(self) -> Things:
        """Knows the things that rules are about; to be used by one thread."""
        return Things(self.broker, self.registry, self.tenant)

    def has_region(self, region: str) -> bool:
        """Whether a region is known; without a registry nobody can say."""
        return self.registry is None or self.registry.region(region) is not None

    def boundary(self, region: str) -> BaseGeometry | None:
        """The boundary of a region; None where it is not known."""
        found = self.registry.region(region) if self.registry is not None else None
        return found.boundary if found is not None else None

    def _read(self, connection: Connection) -> tuple[dict[str, Rule], list[tuple[str, Maintenance]]]:
        edition = store.edition(connection)
        with self._lock:
            if self._rules is None or self._rules[0] != edition:
                self._rules = edition, self._current(connection), store.quiet(connection)
            return self._rules[1:]

    def _current(self, connection: Connection) -> dict[str, Rule]:
        found = dict(self.of_packs)
        for one in store.current(connection):
            own, faults = parsed(one.given, one.rule.rpartition(":")[0], self.known)
            if own is not None and not faults:
                found[one.rule] = versioned(own, one.version)
        return found

    def _evaluator(self, connection: Connection) -> Evaluator:
        rules, quiet = self._read(connection)
        enabled = [one for one in rules.values() if one.enabled]
        self._things = self.things()
        made = Evaluator(enabled, self._things, quiet=quiet, boundary=self.boundary, tenant=self.tenant)
        made.covered = self.covered
        return made

    def _wordings(self, connection: Connection) -> set[tuple[str, str]]:
        return {(one.id, one.digest) for one in self._read(connection)[0].values()}

    def _device_changed(self, device: Observing) -> None:
        """What it observes may have got another place, unit or region."""
        if self._things is not None:
            self._things.forget([device.entity])

    def _tell(self, events: Sequence[Event]) -> None:
        if self._announcements is not None:
            for one in events:
                body = {"id": one.id, "lon": one.lon, "lat": one.lat, "status": one.status, "severity": one.severity}
                self._announcements.tell("event", body | {"at": one.cleared_at or one.opened_at})


def versioned(rule: Rule, version: int) -> Rule:
    """The same rule as an officer's version of that number."""
    return replace(rule, version=version)
