"""Cases are opened: by reports of people and systems, and by events."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection

from yuzhang.brain.cases.attachments.keeping import point
from yuzhang.brain.cases.errors import UnfitReport
from yuzhang.brain.cases.life.running import put
from yuzhang.brain.cases.model import Case, Report, Source
from yuzhang.brain.cases.processes import running
from yuzhang.brain.cases.store import cases as store
from yuzhang.brain.cases.store import history
from yuzhang.brain.cases.store.moments import micros
from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.core.moments import ZONE

if TYPE_CHECKING:
    from yuzhang.brain.cases.room import Cases

SYSTEM = "system"
LONGEST = {
    "description": 4_000,
    "address": 300,
    "title": 200,
    "external": 200,
    "reporter_name": 80,
    "reporter_contact": 120,
}


class Happened(Protocol):
    """An event of a rule, as far as cases ask."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def entity(self) -> str: ...
    @property
    def severity(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def title(self) -> Title: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def region(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def matter(self) -> str: ...
    @property
    def simulated(self) -> bool: ...


def report(cases: "Cases", caller: Party, given: Report, source: Source, *, own: bool) -> Case:
    """Open a case for what was reported; `own`: the caller is the reporter. Raises UnfitReport, UnfitFile."""
    _check(cases, given)
    reporter = (caller.acting_for or caller.id) if own else ""
    at = cases.now()
    kept = cases.files.keep(given.attachments, caller.id, at)
    who = {"name": given.reporter_name.strip(), "contact": given.reporter_contact.strip()}
    sealed = cases.secrets.seal("cases.reporter", json.dumps(who).encode()) if any(who.values()) else None
    matter = cases.catalogue.matter(given.matter)
    named = given.title.strip()
    region = cases.registry.region_at(given.lon, given.lat) if given.lon is not None and given.lat is not None else ""
    with cases.storage.writing() as connection:
        if given.external:
            same = store.by_external(connection, reporter, given.external)
            if same is not None:
                return same.case
        made = _open(
            cases,
            connection,
            at,
            caller.id,
            {
                "matter": matter.id,
                "kind": matter.code,
                "title_zh": named or matter.title.zh,
                "title_en": named or matter.title.en,
                "source": source,
                "reporter": reporter,
                "external": given.external,
                "description": given.description.strip(),
                "address": given.address.strip(),
                "lon": given.lon,
                "lat": given.lat,
                "region": region,
                "severity": given.severity,
                "simulated": False,
                "who": sealed,
                "event": "",
                "entity": "",
            },
            asks=bool(own and source != "system") or sealed is not None,
        )
        point(connection, made.id, kept)
    cases.news()
    return made


def hear(cases: "Cases", connection: Connection, event: Happened, known: dict[str, Case]) -> None:
    """Open a case for an open event that has none yet; a note on that of an event that cleared. `known`: cases by event."""
    at, case = cases.now(), known.get(event.id)
    if case is None and event.status == "open":
        known[event.id] = _open(cases, connection, at, SYSTEM, _of_event(cases, event), unit=event.unit, asks=False)
    elif case is not None and event.status == "cleared" and case.status == "open":
        history.add(connection, case.id, at, SYSTEM, "cleared")


def _of_event(cases: "Cases", event: Happened) -> dict[str, Any]:
    region = event.region
    if not region and event.lon is not None and event.lat is not None:
        region = cases.registry.region_at(event.lon, event.lat)
    return {
        "matter": event.matter,
        "kind": event.kind,
        "title_zh": event.title.zh,
        "title_en": event.title.en,
        "source": "event",
        "reporter": "",
        "external": "",
        "description": "",
        "address": "",
        "lon": event.lon,
        "lat": event.lat,
        "region": region,
        "severity": event.severity,
        "simulated": event.simulated,
        "who": None,
        "event": event.id,
        "entity": event.entity,
    }


def _open(
    cases: "Cases",
    connection: Connection,
    at: datetime,
    by: str,
    values: Mapping[str, Any],
    *,
    unit: str = "",
    asks: bool,
) -> Case:
    """`unit`: who gets it where no line of dispatch says so; `asks`: there is a reporter who is asked whether it is done."""
    matter = cases.catalogue.matter(values["matter"])
    definition = cases.versions.current(connection, matter.process)
    unit = cases.catalogue.unit_for(matter.id, values["region"], cases.registry) or unit
    data = {
        "unit": unit,
        "region": values["region"],
        "matter": matter.id,
        "kind": values["kind"],
        "severity": values["severity"],
        "source": values["source"],
        "simulated": values["simulated"],
        "reporter": asks,
        "reopened": False,
        "outcome": "",
    }
    number = store.next_number(connection, at.astimezone(ZONE).strftime("%Y%m%d"))
    id_ = store.add(
        connection,
        {
            **values,
            "number": number,
            "process": definition.name,
            "version": definition.version,
            "status": "open",
            "unit": unit,
            "opened_at": micros(at),
            "running": b"[]",
            "data": data,
        },
    )
    history.add(connection, id_, at, by, "opened", unit=unit, values={"source": values["source"]})
    return put(cases, connection, id_, definition, running.begin(definition, data), at)


def _check(cases: "Cases", given: Report) -> None:
    for name, most in LONGEST.items():
        if len(getattr(given, name)) > most:
            raise _unfit(name, Title(f"不超过 {most} 字", f"at most {most} characters"))
    if given.matter not in cases.catalogue.matters:
        raise _unfit("matter", Title("请选择一个已有的事项", "choose one of the matters that there are"))
    if not given.description.strip() and not given.title.strip():
        raise _unfit("description", Title("请写明情况", "say what is the matter"))
    if (given.lon is None) != (given.lat is None):
        raise _unfit("lon", Title("经度和纬度要一起给", "give longitude and latitude together"))
    if given.lon is not None and given.lat is not None and not (-180 <= given.lon <= 180 and -90 <= given.lat <= 90):
        raise _unfit("lon", Title("经纬度超出范围", "the place is not on Earth"))
    if given.severity not in (1, 2, 3, 4):
        raise _unfit("severity", Title("严重程度为 1–4", "the severity is 1 to 4"))


def _unfit(where: str, fix: Title) -> UnfitReport:
    return UnfitReport(
        Title(f"上报内容中的 {where} 不能接受。", f"The report's {where} cannot be taken."), where=f"/{where}", fix=fix
    )
