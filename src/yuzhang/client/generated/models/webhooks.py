"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType


class ShownDelivery(Struct):
    """
    One message. `state`: delivered, waiting, given_up; `status`: that of the last answer; `said`: why there was none.
    """

    number: int
    id: str
    kind: str
    at: datetime
    state: str
    attempts: int
    next_at: datetime | None
    delivered_at: datetime | None
    status: int | None
    said: str


class ShownWebhook(Struct):
    """
    A webhook. `state`: active, failing, paused, disabled; `reason`: why it was disabled: failed, gone, full.

    `secret`: what its messages are signed with, in the answer that made it only.
    """

    id: str
    party: str
    address: str
    kinds: list[str]
    state: str
    reason: str
    created_at: datetime
    failing_since: datetime | None
    secret: str | UnsetType | None = UNSET


class WebhookWish(Struct):
    """
    What a new webhook is to be. `kinds`: figures.imported, plan.changed, key.made, key.revoked, webhook.test.
    """

    party: str
    address: str
    kinds: list[str]
