"""The parts as they are when somebody asks: log, recorder, notifications, MQTT, lake, databases, decisions, sessions."""

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from yuzhang import __version__
from yuzhang.brain.context.subscriptions import store as letters
from yuzhang.brain.history.room import History
from yuzhang.core.errors import YuzhangError
from yuzhang.core.storage import Storage
from yuzhang.foundation.sources.mqtt.model import Health
from yuzhang.operation import store

FAULTS = (YuzhangError, SQLAlchemyError, OSError, duckdb.Error, sqlite3.Error)
log = logging.getLogger(__name__)


class Decisions(Protocol):
    """What counts the answers of the policies: the application's guard."""

    allowed: int
    refused: int


@dataclass(slots=True)
class Asked:
    """What only rooms of the entrance know; each is None where the room is not there. They count, and say nothing of anybody."""

    decisions: Callable[[], Decisions] | None = None
    audit_waiting: Callable[[], int] | None = None
    sessions: Callable[[], int] | None = None


class Parts(Collector):
    """Looks at the parts. `mqtt` is what MQTT last said of itself: it can only be asked from the event loop."""

    def __init__(self, storage: Storage, history: History, asked: Asked) -> None:
        self._storage, self._history, self.asked = storage, history, asked
        self.mqtt: Health | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing: what is there is found when it is asked for."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All of it; a part that cannot be read is named, and the others are there all the same."""
        info = GaugeMetricFamily("yuzhang_build_info", "The version that runs", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        unreadable = GaugeMetricFamily("yuzhang_part_unreadable", "1 if a part could not be read", labels=["part"])
        looks: dict[str, Callable[[], Iterable[Metric]]] = {
            "log": self._log,
            "notifications": self._notifications,
            "mqtt": self._mqtt,
            "lake": self._lake,
            "databases": self._databases,
            "entrance": self._entrance,
        }
        for name, look in looks.items():
            try:
                found, failed = list(look()), 0
            except FAULTS as error:
                log.warning("metrics of %s could not be read: %s", name, error)
                found, failed = [], 1
            unreadable.add_metric([name], failed)
            yield from found
        yield unreadable

    def _log(self) -> Iterable[Metric]:
        broker, recorder = self._history.broker, self._history.recorder
        found = store.places(broker.database.reader())
        head = max(broker.log.head(), *found.values(), 0)
        yield _gauge("yuzhang_log_head_position", "The newest position of the log", head)
        position = GaugeMetricFamily("yuzhang_log_reader_position", "How far a reader has come", labels=["reader"])
        lag = GaugeMetricFamily("yuzhang_log_reader_lag", "Positions that a reader is behind", labels=["reader"])
        for name, place in found.items():
            position.add_metric([name], place)
            lag.add_metric([name], max(head - place, 0))
        yield position
        yield lag
        yield _gauge("yuzhang_log_waiting_bytes", "Bytes accepted and not filed yet", broker.log.waiting_bytes())
        yield _gauge("yuzhang_recorder_leading", "1 if this process files history", int(recorder.place >= 0))

    def _notifications(self) -> Iterable[Metric]:
        subscriptions = self._history.broker.subscriptions
        yield _gauge("yuzhang_subscriptions", "Subscriptions that are followed", len(subscriptions.watches))
        with self._history.broker.reading() as connection:
            waiting = sum(letters.waiting(connection).values())
        yield _gauge("yuzhang_notifications_waiting", "Notifications that wait to be delivered", waiting)

    def _mqtt(self) -> Iterable[Metric]:
        said = self.mqtt
        if said is None:
            return
        yield _gauge("yuzhang_mqtt_running", "1 if MQTT is spoken", int(said.running))
        yield _gauge("yuzhang_mqtt_waiting", "Messages that came and are not durable yet", said.waiting)
        yield _gauge("yuzhang_mqtt_connections", "Devices that are connected", said.connections)
        for name, what, value in (
            ("accepted_rows", "Observations that came over MQTT", said.accepted),
            ("refused_messages", "Messages that could not be taken", said.refused),
        ):
            yield CounterMetricFamily(f"yuzhang_mqtt_{name}", what, value=value)

    def _lake(self) -> Iterable[Metric]:
        with self._storage.lake_reading() as lake:
            files, size = store.lake_files(lake)
        yield _gauge("yuzhang_lake_files", "Files of the lake's newest snapshot", files)
        yield _gauge("yuzhang_lake_bytes", "Their bytes", size)

    def _databases(self) -> Iterable[Metric]:
        size = GaugeMetricFamily("yuzhang_database_bytes", "Bytes of a database file", labels=["file"])
        for name, value in store.sizes(self._storage.folder).items():
            size.add_metric([name], value)
        yield size

    def _entrance(self) -> Iterable[Metric]:
        asked = self.asked
        if asked.decisions is not None:
            made = asked.decisions()
            decisions = CounterMetricFamily("yuzhang_decisions", "Answers of the policies", labels=["outcome"])
            decisions.add_metric(["allowed"], made.allowed)
            decisions.add_metric(["refused"], made.refused)
            yield decisions
        if asked.audit_waiting is not None:
            yield _gauge("yuzhang_audit_waiting", "Records that are not durable yet", asked.audit_waiting())
        if asked.sessions is not None:
            yield _gauge("yuzhang_sessions_active", "Sessions that are signed in", asked.sessions())


def _gauge(name: str, what: str, value: Any) -> Metric:
    return GaugeMetricFamily(name, what, value=value)
