"""Versions of processes: which one runs new cases, and each that a case still runs on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from yuzhang.brain.cases.errors import UnfitProcess
from yuzhang.brain.cases.model import ProcessInfo, Version
from yuzhang.brain.cases.processes.catalogue import Catalogue
from yuzhang.brain.cases.processes.definition import Definition
from yuzhang.brain.cases.processes.parsing import Text, parse
from yuzhang.brain.cases.processes.reading import BUILT_IN
from yuzhang.brain.cases.store import processes as store
from yuzhang.core.access import Party
from yuzhang.core.errors import Broken, NotFound
from yuzhang.core.language import Title

if TYPE_CHECKING:
    from yuzhang.brain.cases.room import Cases

MOST_KEPT = 500


class Versions:
    """Read processes, kept while they are used: SpiffWorkflow's form of each is shared by all cases."""

    def __init__(self, catalogue: Catalogue, now: Callable[[], datetime]) -> None:
        self.catalogue, self.now = catalogue, now
        self._read: OrderedDict[tuple[str, str], Definition] = OrderedDict()
        self._lock = Lock()
        for name, one in catalogue.definitions.items():
            self._read[name, one.version] = one

    def current(self, connection: Connection, process: str) -> Definition:
        """What runs new cases of a process: what an officer saved, or its pack has."""
        name = process if process in self.catalogue.definitions else BUILT_IN
        picked = store.chosen(connection).get(name)
        if picked is not None:
            return self.of(connection, name, picked[0])
        return self.catalogue.definitions[name]

    def keep(self, connection: Connection) -> None:
        """Keep what packs have now: a case that begins on it stays on it, whatever the pack has later."""
        for name, one in self.catalogue.definitions.items():
            store.add(connection, Version(name, one.version, one.bpmn, one.decisions), self.now())

    def of(self, connection: Connection, process: str, version: str) -> Definition:
        """A process in the version of a running case. Raises Broken if it is not there."""
        with self._lock:
            found = self._read.get((process, version))
            if found is not None:
                self._read.move_to_end((process, version))
                return found
        kept = store.one(connection, process, version)
        made = None if kept is None else _parsed(process, kept.bpmn, kept.decisions)[0]
        if made is None:
            raise Broken(
                Title(
                    f"找不到流程 {process} 的版本 {version}。", f"Version {version} of the process {process} is lost."
                )
            )
        with self._lock:
            self._read[process, version] = made
            while len(self._read) > MOST_KEPT:
                self._read.popitem(last=False)
        return made


def listed(cases: Cases) -> list[ProcessInfo]:
    """All processes."""
    with cases.storage.reading() as connection:
        chosen, running = store.chosen(connection), store.running(connection)
        found = []
        for name, one in cases.catalogue.definitions.items():
            version, by, at = chosen.get(name, (one.version, "", None))
            title = cases.versions.of(connection, name, version).title
            origin = "officer" if name in chosen else cases.catalogue.origins[name]
            found.append(ProcessInfo(name, title, version, origin, at, by, running.get(name, {})))
    return found


def versions_of(cases: Cases, name: str) -> list[Version]:
    """The versions of a process, the newest first; that of its pack at least. Raises NotFound."""
    pack = _known(cases, name)
    with cases.storage.reading() as connection:
        found = store.of_process(connection, name)
    if all(one.version != pack.version for one in found):
        found.append(Version(name, pack.version, pack.bpmn, pack.decisions))
    return found


def version_of(cases: Cases, name: str, version: str) -> Version:
    """One version; "" for what runs new cases. Raises NotFound."""
    pack = _known(cases, name)
    with cases.storage.reading() as connection:
        asked = version or store.chosen(connection).get(name, (pack.version,))[0]
        found = store.one(connection, name, asked)
    if found is None and asked == pack.version:
        return Version(name, pack.version, pack.bpmn, pack.decisions)
    if found is None:
        raise NotFound(Title(f"没有版本 {asked}。", f"There is no version {asked}."))
    return found


def save(cases: Cases, caller: Party, name: str, bpmn: str, note: str) -> Version:
    """Keep a new version, and let new cases run by it. Raises UnfitProcess, NotFound."""
    decisions = version_of(cases, name, "").decisions
    made, said = _parsed(name, bpmn, decisions)
    if made is None:
        zh, en = "；".join(one.zh for one in said), "; ".join(one.en for one in said)
        raise UnfitProcess(
            Title(zh, en), fix=Title("改正后再保存；没有改动任何内容。", "Mend it and save again; nothing was changed.")
        )
    at = cases.now()
    version = Version(name, made.version, bpmn, made.decisions, at, caller.id, note)
    with cases.storage.writing() as connection:
        store.add(connection, version, at)
        store.choose(connection, name, made.version, caller.id, at)
    return version


def _known(cases: Cases, name: str) -> Definition:
    found = cases.catalogue.definitions.get(name)
    if found is None:
        raise NotFound(Title(f"没有流程 {name}。", f"There is no process {name}."))
    return found


def _parsed(name: str, bpmn: str, decisions: tuple[str, ...]) -> tuple[Definition | None, list[Title]]:
    tables = [Text(Path(f"{at}.dmn"), one) for at, one in enumerate(decisions, 1)]
    made, faults = parse(name, Text(Path(f"{name}.bpmn"), bpmn), tables)
    return made, [Title(one.said("zh"), one.said("en")) for one in faults]
