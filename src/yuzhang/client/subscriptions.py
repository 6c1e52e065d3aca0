"""Operations on subscriptions. Source: ETSI GS CIM 009, clause 5.8."""

from collections.abc import Mapping
from typing import Any

from yuzhang.client.exchange import PageOf, Request, Steps, good, path
from yuzhang.client.model import Subscription

PAGE = 200


def subscribe(subscription: Mapping[str, Any]) -> Steps[str]:
    """Subscribe to changes; the subscription's id. `type` may be left out. Raises AlreadyThere, RequestRefused."""
    reply = yield Request("POST", "/subscriptions", payload={"type": "Subscription", **subscription})
    return good(reply).located()


def subscription(subscription: str) -> Steps[Subscription]:
    """One subscription with its state. Raises NotThere."""
    reply = yield Request("GET", path("subscriptions", subscription))
    return Subscription(good(reply).json())


def subscriptions() -> PageOf[Subscription]:
    """All subscriptions, read page by page while they are used."""

    def page(offset: int) -> Steps[tuple[list[Subscription], bool]]:
        reply = yield Request("GET", "/subscriptions", {"limit": str(PAGE), "offset": str(offset)})
        found = [Subscription(one) for one in good(reply).json()]
        return found, len(found) == PAGE

    return page


def change_subscription(subscription: str, change: Mapping[str, Any]) -> Steps[None]:
    """Change members of a subscription, e.g. `{"isActive": False}` to pause it. Raises NotThere."""
    good((yield Request("PATCH", path("subscriptions", subscription), payload={"type": "Subscription", **change})))


def unsubscribe(subscription: str) -> Steps[None]:
    """Take a subscription away. Raises NotThere."""
    good((yield Request("DELETE", path("subscriptions", subscription))))
