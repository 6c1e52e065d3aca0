"""Devices and their credentials as the database has them. Whoever changes one stamps it with the number of the change."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, distinct, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.core.moments import microseconds, moment
from yuzhang.foundation.registry.model import Credential, Device, Found, Sought
from yuzhang.foundation.registry.store import words
from yuzhang.foundation.registry.store.revisions import grown
from yuzhang.foundation.registry.tables import CREDENTIAL, DEVICE

DEVICES = "devices"
COLUMNS = [DEVICE.c[one.name] for one in fields(Device)]
AT_ONCE = 500
FACETS = ("kind", "region", "unit", "status", "gateway")


def _device(row: Mapping[Any, Any]) -> Device:
    return Device(**{**row, "writes": tuple(row["writes"])})


def _first(connection: Connection, asked: Select[Any]) -> Device | None:
    row = connection.execute(asked).mappings().first()
    return None if row is None else _device(row)


def _values(one: Device) -> dict[str, Any]:
    values = {column.name: getattr(one, column.name) for column in COLUMNS}
    return values | {"writes": list(one.writes)}


def device(connection: Connection, id_: str) -> Device | None:
    """The device of that id."""
    return _first(connection, select(*COLUMNS).where(DEVICE.c.id == id_))


def with_secret(connection: Connection, id_: str) -> tuple[Device, bytes | None] | None:
    """The device of that id, and the hash of its secret if it has one."""
    joined = DEVICE.outerjoin(CREDENTIAL, CREDENTIAL.c.device == DEVICE.c.id)
    asked = select(*COLUMNS, CREDENTIAL.c.hash).select_from(joined).where(DEVICE.c.id == id_)
    row = connection.execute(asked).mappings().first()
    if row is None:
        return None
    values = dict(row)
    secret: bytes | None = values.pop("hash")
    return _device(values), secret


def device_of(connection: Connection, entity: str) -> Device | None:
    """The device whose own entity that is."""
    return _first(connection, select(*COLUMNS).where(DEVICE.c.entity == entity))


def of_entities(connection: Connection, entities: Sequence[str]) -> Iterator[Device]:
    """The devices whose own entities those are."""
    for at in range(0, len(entities), AT_ONCE):
        asked = select(*COLUMNS).where(DEVICE.c.entity.in_(entities[at : at + AT_ONCE]))
        yield from map(_device, connection.execute(asked).mappings())


def known(connection: Connection, ids: Sequence[str], entities: Sequence[str]) -> dict[str, str]:
    """Which of these ids and entities are taken, each with the device that has it."""
    found: dict[str, str] = {}
    for column, some in ((DEVICE.c.id, ids), (DEVICE.c.entity, entities)):
        for at in range(0, len(some), AT_ONCE):
            rows = connection.execute(select(column, DEVICE.c.id).where(column.in_(some[at : at + AT_ONCE])))
            found |= {row[0]: row[1] for row in rows}
    return found


def _where(connection: Connection, sought: Sought) -> ColumnElement[bool]:
    wanted = [DEVICE.c[name] == getattr(sought, name) for name in FACETS if getattr(sought, name)]
    if sought.text:
        wanted.append(words.fits(connection, sought.text))
    return and_(True, *wanted)


def search(connection: Connection, sought: Sought, limit: int, offset: int) -> Found:
    """Devices that fit, by id, `limit` of them from `offset` on; and how many there are."""
    if sought.text and sought == Sought(sought.text):
        there = words.some(connection, sought.text, limit, offset)
        if there is not None:
            known = select(*COLUMNS).where(DEVICE.c.id.in_(there[0])).order_by(DEVICE.c.id)
            return Found(tuple(map(_device, connection.execute(known).mappings())), there[1])
    fits = _where(connection, sought)
    rows = connection.execute(select(*COLUMNS).where(fits).order_by(DEVICE.c.id).limit(limit).offset(offset)).mappings()
    total = connection.execute(select(func.count()).select_from(DEVICE).where(fits)).scalar_one()
    return Found(tuple(map(_device, rows)), total)


def facets(connection: Connection) -> dict[str, dict[str, int]]:
    """How many devices there are of each kind, region, unit and status."""
    found: dict[str, dict[str, int]] = {}
    for name in FACETS[:-1]:
        column = DEVICE.c[name]
        rows = connection.execute(select(column, func.count()).group_by(column).order_by(column))
        found[name] = {row[0]: row[1] for row in rows}
    return found


def since(connection: Connection, revision: int) -> Iterator[Device]:
    """Devices that were changed after a revision, in the order of their ids; all after -1."""
    asked = select(*COLUMNS).where(DEVICE.c.revision > revision).order_by(DEVICE.c.id)
    for row in connection.execute(asked).mappings():
        yield _device(row)


def gateways(connection: Connection) -> list[str]:
    """The ids of devices that others come through."""
    asked = select(distinct(DEVICE.c.gateway)).where(DEVICE.c.gateway != "").order_by(DEVICE.c.gateway)
    return [row[0] for row in connection.execute(asked)]


def gateway_of(connection: Connection, id_: str) -> str:
    """The gateway of a device, "" for none."""
    return connection.execute(select(DEVICE.c.gateway).where(DEVICE.c.id == id_)).scalar() or ""


def behind(connection: Connection, gateway: str) -> dict[str, str]:
    """The entities of the active devices that come through a gateway, by device."""
    fits = and_(DEVICE.c.gateway == gateway, DEVICE.c.status == "active")
    return {row[0]: row[1] for row in connection.execute(select(DEVICE.c.id, DEVICE.c.entity).where(fits))}


def add(connection: Connection, some: Sequence[Device], at: datetime, by: str) -> None:
    """Keep new devices."""
    stamp = {"revision": grown(connection, DEVICES), "created_at": microseconds(at), "changed_at": microseconds(at)}
    rows = [{**_values(one), "created_by": by, **stamp} for one in some]
    if rows:
        connection.execute(insert(DEVICE), rows)


def change(connection: Connection, one: Device, at: datetime) -> None:
    """Keep a device as it is now."""
    values = {**_values(one), "changed_at": microseconds(at)}
    del values["id"]
    values["revision"] = grown(connection, DEVICES)
    connection.execute(update(DEVICE).where(DEVICE.c.id == one.id).values(**values))


def touch(connection: Connection, ids: Sequence[str]) -> None:
    """Stamp devices whose credential was changed."""
    revision = grown(connection, DEVICES)
    for at in range(0, len(ids), AT_ONCE):
        connection.execute(update(DEVICE).where(DEVICE.c.id.in_(ids[at : at + AT_ONCE])).values(revision=revision))


def credential(connection: Connection, id_: str) -> Credential | None:
    """The credential of a device."""
    row = connection.execute(select(CREDENTIAL).where(CREDENTIAL.c.device == id_)).mappings().first()
    return None if row is None else Credential(row["device"], moment(row["made_at"]), row["made_by"])


def put_secrets(connection: Connection, hashes: Mapping[str, bytes], at: datetime, by: str) -> None:
    """Give devices new secrets in the place of those they have."""
    made = upsert(CREDENTIAL)
    replaced = {name: made.excluded[name] for name in ("hash", "made_at", "made_by")}
    rows = [{"device": one, "hash": hash_, "made_at": microseconds(at), "made_by": by} for one, hash_ in hashes.items()]
    if rows:
        connection.execute(made.on_conflict_do_update(index_elements=["device"], set_=replaced), rows)


def drop_secret(connection: Connection, id_: str) -> bool:
    """Take a device's secret away; whether it had one."""
    return connection.execute(delete(CREDENTIAL).where(CREDENTIAL.c.device == id_)).rowcount > 0
