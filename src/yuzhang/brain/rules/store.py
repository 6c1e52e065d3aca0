"""All SQL of the room."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, func, insert, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.brain.rules.evaluation.slots import Slot
from yuzhang.brain.rules.model import Event, Maintenance, Quiet, Weekly
from yuzhang.brain.rules.tables import BLOCK, EDITION, EVENT, PLACE, QUIET, RING, SLOT, VERSION
from yuzhang.core.language import Title

READER, LISTENED = "rules", "rules-listened"
"""Of places: how far the log is evaluated; and until when, in microseconds, somebody is known to have listened."""
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Sought:
    """Which events are asked for; "" and None for all. `text` stands in the title, the entity's id or the rule's."""

    status: str = ""
    rule: str = ""
    kind: str = ""
    entity: str = ""
    region: str = ""
    unit: str = ""
    severity: int | None = None
    text: str = ""
    start: int | None = None
    end: int | None = None
    simulated: bool | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A rule as an officer wrote it."""

    rule: str
    version: int
    given: dict[str, Any]
    changed_at: int
    changed_by: str
    current: bool
    before: int
    """The version that it took the place of; 0 is the pack's."""


def place(connection: Connection, reader: str = READER) -> int:
    """How far the log is evaluated; 0 at its beginning."""
    return connection.execute(select(PLACE.c.position).where(PLACE.c.reader == reader)).scalar() or 0


def set_place(connection: Connection, position: int, reader: str = READER) -> None:
    """The log is evaluated up to `position`."""
    made = upsert(PLACE).values(reader=reader, position=position)
    connection.execute(made.on_conflict_do_update(index_elements=["reader"], set_={"position": position}))


def slots(connection: Connection) -> list[Slot]:
    """The keys of all slots, by number."""
    found = select(SLOT.c.rule, SLOT.c.digest, SLOT.c.entity, SLOT.c.attribute, SLOT.c.dataset).order_by(SLOT.c.slot)
    return [(one[0], one[1], one[2], one[3], one[4]) for one in connection.execute(found)]


def blocks(connection: Connection) -> list[tuple[int, bytes]]:
    """What is remembered of the slots."""
    return [(one[0], one[1]) for one in connection.execute(select(BLOCK.c.block, BLOCK.c.content))]


def rings(connection: Connection) -> list[tuple[int, bytes]]:
    """Windows and baselines."""
    return [(one[0], one[1]) for one in connection.execute(select(RING.c.slot, RING.c.content))]


def add_slots(connection: Connection, fresh: Sequence[tuple[int, Slot]]) -> None:
    """Keep the keys of new slots."""
    if fresh:
        names = ("rule", "digest", "entity", "attribute", "dataset")
        connection.execute(insert(SLOT), [{"slot": slot} | dict(zip(names, key, strict=True)) for slot, key in fresh])


def keep_state(
    connection: Connection, changed: Iterable[tuple[int, bytes]], rings_: Iterable[tuple[int, bytes]]
) -> None:
    """Keep what is remembered of slots that changed."""
    for table, key, rows in ((BLOCK, "block", list(changed)), (RING, "slot", list(rings_))):
        if rows:
            connection.exec_driver_sql(
                f"INSERT INTO {table.name} ({key}, content) VALUES (?, ?) "  # noqa: S608  # names of our own tables
                f"ON CONFLICT ({key}) DO UPDATE SET content = excluded.content",
                rows,
            )


def forget_state(connection: Connection) -> None:
    """Forget all slots: they are numbered anew."""
    for table in (SLOT, BLOCK, RING):
        connection.execute(delete(table))


def add_events(connection: Connection, opened: Sequence[Event]) -> list[Event]:
    """Keep events that were opened; those that were not there yet."""
    there = by_ids(connection, [one.id for one in opened])
    fresh = {one.id: one for one in opened if one.id not in there}
    if fresh:
        connection.execute(insert(EVENT), [_row(one) for one in fresh.values()])
    return list(fresh.values())


def clear_events(connection: Connection, ended: Sequence[Event]) -> None:
    """Keep that open events are over."""
    if ended:
        connection.exec_driver_sql(
            "UPDATE rule_event SET status = 'cleared', cleared_at = ?, seen_at = ?, value = ? WHERE id = ? AND status = 'open'",
            [(one.cleared_at, one.seen_at, one.value, one.id) for one in ended],
        )


def clear_event(connection: Connection, one: Event) -> bool:
    """Keep that an event is over; False if it was already."""
    changed = update(EVENT).where(EVENT.c.id == one.id, EVENT.c.status == "open")
    values = {"status": "cleared", "cleared_at": one.cleared_at, "seen_at": one.seen_at, "value": one.value}
    return bool(connection.execute(changed.values(values)).rowcount)


def seen(connection: Connection, rows: Sequence[tuple[int, float | None, str]]) -> None:
    """Open events were seen again: when, with which value, by id."""
    if rows:
        connection.exec_driver_sql(
            "UPDATE rule_event SET seen_at = max(seen_at, ?), value = ? WHERE id = ? AND status = 'open'", list(rows)
        )


def event(connection: Connection, id_: str) -> Event | None:
    """One event."""
    row = connection.execute(select(EVENT).where(EVENT.c.id == id_)).mappings().first()
    return None if row is None else _event(row)


def by_ids(connection: Connection, ids: Sequence[str]) -> dict[str, Event]:
    """Those of these events that are there."""
    found: dict[str, Event] = {}
    for at in range(0, len(ids), AT_ONCE):
        asked = select(EVENT).where(EVENT.c.id.in_(ids[at : at + AT_ONCE]))
        found.update({row["id"]: _event(row) for row in connection.execute(asked).mappings()})
    return found


def events(connection: Connection, since: int | None = None) -> Iterator[Event]:
    """All open events, and those that were opened or cleared after `since`."""
    for row in connection.execute(select(EVENT).where(EVENT.c.status == "open").order_by(EVENT.c.opened_at)).mappings():
        yield _event(row)
    if since is not None:
        over = and_(EVENT.c.status != "open", EVENT.c.cleared_at >= since)
        for row in connection.execute(select(EVENT).where(over).order_by(EVENT.c.opened_at)).mappings():
            yield _event(row)


def search(connection: Connection, sought: Sought, after: tuple[int, str] | None, most: int) -> list[Event]:
    """Events, the newest first, those after one with this time and id."""
    found = _where(select(EVENT), sought).order_by(EVENT.c.opened_at.desc(), EVENT.c.id.desc()).limit(most)
    if after is not None:
        found = found.where(tuple_(EVENT.c.opened_at, EVENT.c.id) < tuple_(*after))
    return [_event(row) for row in connection.execute(found).mappings()]


def count(connection: Connection, sought: Sought) -> int:
    """How many there are."""
    found: int = connection.execute(_where(select(func.count()).select_from(EVENT), sought)).scalar_one()
    return found


def _where(found: Any, sought: Sought) -> Any:
    for name in ("status", "rule", "kind", "entity", "region", "unit"):
        if getattr(sought, name):
            found = found.where(EVENT.c[name] == getattr(sought, name))
    for name in ("severity", "simulated"):
        if getattr(sought, name) is not None:
            found = found.where(EVENT.c[name] == getattr(sought, name))
    if sought.start is not None:
        found = found.where(EVENT.c.opened_at >= sought.start)
    if sought.end is not None:
        found = found.where(EVENT.c.opened_at < sought.end)
    if sought.text:
        stands = [
            EVENT.c[name].contains(sought.text, autoescape=True) for name in ("title_zh", "title_en", "entity", "rule")
        ]
        found = found.where(stands[0] | stands[1] | stands[2] | stands[3])
    return found


def open_of_rules(connection: Connection) -> dict[str, int]:
    """How many events of each rule are open."""
    found = select(EVENT.c.rule, func.count()).where(EVENT.c.status == "open").group_by(EVENT.c.rule)
    return {rule: number for rule, number in connection.execute(found)}


def acknowledge(connection: Connection, id_: str, by: str, at: int) -> None:
    """Somebody has seen it."""
    changed = update(EVENT).where(EVENT.c.id == id_, EVENT.c.acknowledged_by == "")
    connection.execute(changed.values(acknowledged_by=by, acknowledged_at=at))


def current(connection: Connection) -> list[Version]:
    """The versions of officers that count now."""
    return [Version(**row) for row in connection.execute(select(VERSION).where(VERSION.c.current)).mappings()]


def versions(connection: Connection, rule: str) -> list[Version]:
    """All versions of a rule, the newest first."""
    found = select(VERSION).where(VERSION.c.rule == rule).order_by(VERSION.c.version.desc())
    return [Version(**row) for row in connection.execute(found).mappings()]


def add_version(connection: Connection, rule: str, given: dict[str, Any], at: int, by: str) -> int:
    """Keep a new version of a rule, which counts from now on; its number."""
    newest = select(func.max(VERSION.c.version)).where(VERSION.c.rule == rule)
    number = (connection.execute(newest).scalar() or 0) + 1
    before = connection.execute(select(VERSION.c.version).where(VERSION.c.rule == rule, VERSION.c.current)).scalar()
    connection.execute(update(VERSION).where(VERSION.c.rule == rule).values(current=False))
    values = {"rule": rule, "version": number, "given": given, "changed_at": at, "changed_by": by, "current": True}
    connection.execute(insert(VERSION).values(values | {"before": before or 0}))
    return number


def make_current(connection: Connection, rule: str, version: int) -> None:
    """This version counts from now on; 0 is the pack's."""
    connection.execute(update(VERSION).where(VERSION.c.rule == rule).values(current=VERSION.c.version == version))


def quiet(connection: Connection) -> list[tuple[str, Maintenance]]:
    """The maintenance windows that officers entered, by rule; those of each week come first."""
    asked = select(QUIET).order_by(QUIET.c.days == "", QUIET.c.start.desc())
    return [(row["rule"], _window(row)) for row in connection.execute(asked).mappings()]


def _window(row: RowMapping) -> Maintenance:
    more = row["entity"], row["why"], row["number"]
    if row["days"]:
        return Weekly(tuple(map(int, row["days"])), row["start"], row["end"], *more)
    return Quiet(row["start"], row["end"], *more)


def add_quiet(connection: Connection, rule: str, window: Maintenance, by: str) -> None:
    """Keep a maintenance window."""
    values = {"rule": rule, "entity": window.entity, "start": window.start, "end": window.end, "why": window.why}
    days = "".join(map(str, window.days)) if isinstance(window, Weekly) else ""
    connection.execute(insert(QUIET).values(values | {"made_by": by, "days": days}))


def remove_quiet(connection: Connection, number: int) -> bool:
    """Take a maintenance window away; whether it was there."""
    return bool(connection.execute(delete(QUIET).where(QUIET.c.number == number)).rowcount)


def edition(connection: Connection) -> int:
    """The number of the last change of rules."""
    return connection.execute(select(EDITION.c.number)).scalar() or 0


def next_edition(connection: Connection) -> None:
    """Rules or windows have changed."""
    made = upsert(EDITION).values(id=1, number=1)
    connection.execute(made.on_conflict_do_update(index_elements=["id"], set_={"number": EDITION.c.number + 1}))


def _row(one: Event) -> dict[str, Any]:
    return {
        name: getattr(one, name) for name in [column.name for column in EVENT.c] if name not in ("title_zh", "title_en")
    } | {
        "title_zh": one.title.zh,
        "title_en": one.title.en,
    }


def _event(row: RowMapping) -> Event:
    values = dict(row)
    return Event(title=Title(values.pop("title_zh"), values.pop("title_en")), **values)
