"""Simulated devices in the database: entered many at once, and put away all together."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, update
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.core.moments import microseconds
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.store.devices import DEVICES
from yuzhang.foundation.registry.store.revisions import grown
from yuzhang.foundation.registry.tables import CREDENTIAL, DEVICE


def put(connection: Connection, some: Sequence[Device], at: datetime, by: str) -> None:
    """Keep devices, as they are now where they were there before."""
    stamp = {"revision": grown(connection, DEVICES), "created_at": microseconds(at), "changed_at": microseconds(at)}
    rows = [{**asdict(one), "writes": list(one.writes), "created_by": by, **stamp} for one in some]
    made = upsert(DEVICE)
    kept = {"id", "created_at", "created_by"}
    changes = {one.name: made.excluded[one.name] for one in DEVICE.columns if one.name not in kept}
    connection.execute(made.on_conflict_do_update(index_elements=["id"], set_=changes), rows)


def put_away(connection: Connection, ids: Sequence[str], at: datetime) -> None:
    """Retire devices and take their credentials away."""
    connection.execute(delete(CREDENTIAL).where(CREDENTIAL.c.device.in_(ids)))
    values = {"status": "retired", "revision": grown(connection, DEVICES), "changed_at": microseconds(at)}
    connection.execute(update(DEVICE).where(DEVICE.c.id.in_(ids)).values(**values))
