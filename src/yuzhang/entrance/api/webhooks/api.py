"""Webhooks over HTTP, for programs."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from yuzhang.entrance.api.api import Room
from yuzhang.entrance.api.webhooks import actions
from yuzhang.entrance.api.webhooks.model import Webhook
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/webhooks", tags=["webhooks 网络回调"])


class WebhookWish(BaseModel):
    """What a new webhook is to be. `kinds`: figures.imported, plan.changed, key.made, key.revoked, webhook.test."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"party": "party-1f2e", "address": "https://example.org/told", "kinds": ["figures.imported"]}]
        },
    )
    party: str
    address: str
    kinds: list[str]


@dataclass(frozen=True, slots=True)
class ShownWebhook:
    """A webhook. `state`: active, failing, paused, disabled; `reason`: why it was disabled: failed, gone, full.

    `secret`: what its messages are signed with, in the answer that made it only.
    """

    id: str
    party: str
    address: str
    kinds: tuple[str, ...]
    state: str
    reason: str
    created_at: datetime
    failing_since: datetime | None
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class ShownDelivery:
    """One message. `state`: delivered, waiting, given_up; `status`: that of the last answer; `said`: why there was none."""

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


@router.get("")
def list_webhooks(api: Room, caller: Caller) -> list[ShownWebhook]:
    """Webhooks of one's own applications; of all for a system administrator."""
    return [_shown(one) for one in actions.webhooks(api, caller)]


@router.post("", status_code=201)
def add_webhook(api: Room, caller: Caller, wish: WebhookWish) -> ShownWebhook:
    """A new webhook; its secret is in this answer only."""
    made = actions.add(api, caller, wish.party, wish.address, wish.kinds)
    return _shown(made.webhook, made.secret)


@router.delete("/{webhook}", status_code=204)
def remove_webhook(api: Room, caller: Caller, webhook: str) -> None:
    """Delete a webhook, and what waits for it."""
    actions.remove(api, caller, webhook)


@router.post("/{webhook}/pause")
def pause_webhook(api: Room, caller: Caller, webhook: str) -> ShownWebhook:
    """Keep its messages back."""
    return _shown(actions.pause(api, caller, webhook))


@router.post("/{webhook}/resume")
def resume_webhook(api: Room, caller: Caller, webhook: str) -> ShownWebhook:
    """Send again; what waits is tried at once."""
    return _shown(actions.resume(api, caller, webhook))


@router.post("/{webhook}/test", status_code=204)
def test_webhook(api: Room, caller: Caller, webhook: str) -> None:
    """Send a test message."""
    actions.test(api, caller, webhook)


@router.get("/{webhook}/deliveries")
def deliveries_of_webhook(api: Room, caller: Caller, webhook: str) -> list[ShownDelivery]:
    """Its last 50 messages, the newest first."""
    return [
        ShownDelivery(
            one.number, one.id, one.kind, one.at, one.state, one.attempts, one.next_at, one.delivered_at, one.status, one.said
        )
        for one in actions.deliveries(api, caller, webhook)
    ]  # fmt: skip


@router.post("/{webhook}/deliveries/{number}/replay", status_code=204)
def replay_delivery(api: Room, caller: Caller, webhook: str, number: int) -> None:
    """Send a message again, with the same id."""
    actions.replay(api, caller, webhook, number)


def _shown(webhook: Webhook, secret: str | None = None) -> ShownWebhook:
    return ShownWebhook(
        webhook.id, webhook.party, webhook.address, webhook.kinds, webhook.state, webhook.reason, webhook.created_at,
        webhook.failing_since, secret,
    )  # fmt: skip
