"""Looks for what happened in rooms that know nothing of webhooks: they number what they keep, and here stands up to where it was told.

So an import at the terminal is told too, and one before a crash after the next start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from yuzhang.core.access import OPERATOR
from yuzhang.entrance.api.webhooks import store
from yuzhang.entrance.api.webhooks.publishing import publish
from yuzhang.plan.figures.actions import imports
from yuzhang.plan.figures.model import ImportRecord
from yuzhang.plan.registry import store as plans

if TYPE_CHECKING:
    from yuzhang.entrance.api.room import Api

IMPORTED, CHANGED = "figures.imported", "plan.changed"


def collect(api: Api) -> None:
    """Make messages of all that happened since the last time, if anybody wants them. Raises TryAgain."""
    with api.storage.reading() as connection:
        wanted = {kind for webhook in store.enabled(connection) for kind in webhook.kinds}
        known = store.seen(connection, IMPORTED)
        changed = [one for one in plans.plans(connection) if _behind(connection, one)] if CHANGED in wanted else []
    if IMPORTED in wanted:
        new = [one for one in imports(api.storage, OPERATOR) if one.id > known]
        if new:
            _tell_imports(api, new)
    for plan in changed:
        _tell_revisions(api, plan)


def _tell_imports(api: Api, new: list[ImportRecord]) -> None:
    with api.storage.writing() as connection:
        for one in sorted(new, key=lambda record: record.id):
            told = {
                "import_id": one.id,
                "filename": one.filename,
                "rows": one.rows,
                "added": one.added,
                "withdrawn": one.withdrawn,
                "undoes": one.undoes,
            }
            publish(api, connection, IMPORTED, told, name=str(one.id), at=one.at)
            store.set_seen(connection, IMPORTED, one.id)


def _tell_revisions(api: Api, plan: str) -> None:
    with api.storage.writing() as connection:
        behind = _behind(connection, plan)
        for one in reversed(plans.revisions(connection, plan, limit=behind)):
            told = {
                "plan": plan,
                "revision": one.number,
                "what": one.what,
                "subject": one.subject,
                "undoes": one.undoes,
            }
            publish(api, connection, CHANGED, told, name=f"{plan} {one.number}", at=one.made_at)
            store.set_seen(connection, f"{CHANGED} {plan}", one.number)


def _behind(connection: Connection, plan: str) -> int:
    return plans.latest(connection, plan) - store.seen(connection, f"{CHANGED} {plan}")
