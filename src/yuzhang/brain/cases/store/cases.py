"""Cases, as the database has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.brain.cases.model import Case, Filter
from yuzhang.brain.cases.store.moments import micros, moment_if
from yuzhang.brain.cases.tables import CASE, COUNTER, TASK
from yuzhang.core.language import Title
from yuzhang.core.moments import moment

C = CASE.c
PLAIN = [one for one in CASE.columns if one.name not in ("who", "running", "data")]


@dataclass(frozen=True, slots=True)
class Stored:
    """A case with what runs it. `who`: the reporter's name and contact, sealed."""

    case: Case
    running: bytes
    data: Mapping[str, Any]
    who: bytes | None = None


def next_number(connection: Connection, day: str) -> str:
    """The next number of a day, such as 20261126-000017."""
    return f"{day}-{count(connection, day, 1):06d}"


def count(connection: Connection, name: str, more: int) -> int:
    """A counter after `more` was added to it."""
    made = upsert(COUNTER).values(name=name, value=more)
    made = made.on_conflict_do_update(index_elements=["name"], set_={"value": COUNTER.c.value + more})
    return int(connection.execute(made.returning(COUNTER.c.value)).scalar_one())


def place(connection: Connection, name: str) -> int:
    """A counter as it is."""
    return connection.execute(select(COUNTER.c.value).where(COUNTER.c.name == name)).scalar() or 0


def put_place(connection: Connection, name: str, value: int) -> None:
    """Set a counter."""
    made = upsert(COUNTER).values(name=name, value=value)
    connection.execute(made.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def add(connection: Connection, values: Mapping[str, Any]) -> int:
    """Keep a new case; its id."""
    return int(connection.execute(insert(CASE), dict(values)).inserted_primary_key[0])  # type: ignore[index]  # one row was inserted


def change(connection: Connection, id_: int, values: Mapping[str, Any]) -> None:
    """Change what is given of a case."""
    connection.execute(update(CASE).where(C.id == id_).values(**values))


def by_number(connection: Connection, number: str) -> Stored | None:
    """A case of that number."""
    return _stored(connection, C.number == number)


def by_id(connection: Connection, id_: int) -> Stored | None:
    """A case of that id."""
    return _stored(connection, C.id == id_)


def by_external(connection: Connection, reporter: str, external: str) -> Stored | None:
    """The case that a system reported by that name of its own."""
    return _stored(connection, and_(C.reporter == reporter, C.external == external, C.external != ""))


def of_events(connection: Connection, events: Sequence[str]) -> dict[str, Case]:
    """The cases that were opened for events, by event."""
    found: dict[str, Case] = {}
    for at in range(0, len(events), 500):
        some = events[at : at + 500]
        rows = connection.execute(select(*PLAIN).where(C.event.in_(some), C.event != "")).mappings()
        found |= {row["event"]: case_of(row) for row in rows}
    return found


def by_numbers(connection: Connection, numbers: Sequence[str]) -> list[Case]:
    """Those of some cases that are there, by what people call them; at most as many as one statement takes."""
    asked = select(*PLAIN).where(C.number.in_(numbers))
    return [case_of(row) for row in connection.execute(asked).mappings()]


def by_ids(connection: Connection, ids: Sequence[int]) -> dict[int, Case]:
    """Cases by id."""
    rows = connection.execute(select(*PLAIN).where(C.id.in_(ids))).mappings()
    return {row["id"]: case_of(row) for row in rows}


def merged_into(connection: Connection, number: str) -> list[Case]:
    """The cases that were merged into one."""
    rows = connection.execute(select(*PLAIN).where(C.merged_into == number, C.merged_into != "").order_by(C.id))
    return [case_of(row) for row in rows.mappings()]


def near(
    connection: Connection, matter: str, box: tuple[float, float, float, float], at: datetime, within: timedelta
) -> list[Case]:
    """Open cases of a matter in a box (west, south, east, north), opened about `at`."""
    west, south, east, north = box
    asked = select(*PLAIN).where(
        C.matter == matter,
        C.lat.between(south, north),
        C.lon.between(west, east),
        C.opened_at.between(micros(at - within), micros(at + within)),
        C.status == "open",
        C.merged_into == "",
    )
    return [case_of(row) for row in connection.execute(asked.order_by(C.id).limit(50)).mappings()]


def search(connection: Connection, which: Filter, now: datetime, before: int | None, most: int) -> list[Case]:
    """Cases of a filter, the newest first, with ids below `before`."""
    asked = select(*PLAIN).where(*conditions(which, now)).order_by(C.id.desc()).limit(most)
    if before is not None:
        asked = asked.where(C.id < before)
    return [case_of(row) for row in connection.execute(asked).mappings()]


def of_reporter(connection: Connection, reporter: str, before: int | None, most: int) -> list[Case]:
    """What a party reported, the newest first."""
    asked = select(*PLAIN).where(C.reporter == reporter).order_by(C.id.desc()).limit(most)
    if before is not None:
        asked = asked.where(C.id < before)
    return [case_of(row) for row in connection.execute(asked).mappings()]


def _stored(connection: Connection, which: ColumnElement[bool]) -> Stored | None:
    row = connection.execute(select(CASE).where(which)).mappings().first()
    return None if row is None else Stored(case_of(row), row["running"], row["data"], row["who"])


def conditions(which: Filter, now: datetime) -> list[ColumnElement[bool]]:
    """What a filter asks of the table of cases."""
    same = {
        "status": which.status, "unit": which.unit, "region": which.region, "matter": which.matter, "state": which.state,
        "source": which.source, "outcome": which.outcome, "entity": which.entity, "event": which.event, "party": which.party,
    }  # fmt: skip
    found: list[ColumnElement[bool]] = [CASE.c[name] == value for name, value in same.items() if value]
    if which.severity is not None:
        found.append(C.severity == which.severity)
    if which.simulated is not None:
        found.append(C.simulated == which.simulated)
    if which.overdue:
        found.append(and_(C.due_at < micros(now), C.status == "open"))
    if which.escalated:
        found.append(C.id.in_(select(TASK.c.case).where(TASK.c.escalated == which.escalated)))
    if which.words:
        found.append(or_(*(one.contains(which.words, autoescape=True) for one in (C.number, C.description, C.address))))
    return found


def case_of(row: RowMapping) -> Case:
    """A row as a case."""
    plain: dict[str, Any] = {name: row[name] for name in SAME}
    return Case(
        title=Title(row["title_zh"], row["title_en"]),
        state_title=Title(row["state_zh"], row["state_en"]),
        opened_at=moment(row["opened_at"]),
        due_at=moment_if(row["due_at"]),
        closed_at=moment_if(row["closed_at"]),
        **plain,
    )


SAME = (
    "id", "number", "kind", "matter", "process", "version", "status", "state", "party", "unit", "region", "lon", "lat", "outcome",
    "event", "reporter", "severity", "simulated", "source", "description", "address", "entity", "external", "merged_into", "returns",
    "reopens", "late", "task",
)  # fmt: skip
