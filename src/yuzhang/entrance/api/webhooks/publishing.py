"""Makes messages of what happened, in the transaction that it happens in: whoever is killed afterwards has lost none."""

from __future__ import annotations

import hashlib
import json
import secrets as random
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from yuzhang.core.access import POLICIES, may
from yuzhang.entrance.api.model import READ
from yuzhang.entrance.api.webhooks import store
from yuzhang.entrance.api.webhooks.model import READS, Webhook
from yuzhang.entrance.identity.store.parties import party as party_of

if TYPE_CHECKING:
    from yuzhang.entrance.api.room import Api

MOST_WAITING = 10_000
"""So many messages may wait for one webhook; with one more it is disabled."""


def publish(
    api: Api,
    connection: Connection,
    kind: str,
    payload: Mapping[str, Any],
    *,
    party: str = "",
    name: str = "",
    at: datetime | None = None,
) -> None:
    """Tell all webhooks that are for `kind`: those of `party` if one is named, else those whose application may see it.

    `name`: what happened, by one name, so that it is told once; `at`: when, if not now. Webhooks made after it are not told.
    """
    happened = at or api.now()
    for webhook in store.enabled(connection):
        if kind in webhook.kinds and webhook.created_at <= happened and _told(api, connection, webhook, kind, party):
            send(api, connection, webhook, kind, payload, name=name, at=happened)


def send(
    api: Api,
    connection: Connection,
    webhook: Webhook,
    kind: str,
    payload: Mapping[str, Any],
    *,
    name: str = "",
    at: datetime,
) -> str:
    """Put one message into the outbox of a webhook; its id. Source: Standard Webhooks, "Payload structure"."""
    if store.waiting(connection, webhook.id) >= MOST_WAITING:
        store.disable(connection, webhook.id, api.now(), "full")
        return ""
    token = hashlib.sha256(f"{kind} {name}".encode()).hexdigest()[:32] if name else random.token_hex(16)
    body = {"type": kind, "timestamp": _written(at), "data": payload}
    written = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=_written).encode()
    store.put(connection, f"msg_{token}", webhook.id, kind, written, at)
    return f"msg_{token}"


def _told(api: Api, connection: Connection, webhook: Webhook, kind: str, party: str) -> bool:
    account = party_of(connection, api.secrets, webhook.party)
    if account is None or not account.active or (party and party != webhook.party):
        return False
    if kind not in READS:
        return bool(party)
    caller = api.speaking(connection, account, frozenset({READ}), f"webhook-{webhook.id}")
    return may(caller, READS[kind], POLICIES[READS[kind]].about)


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
