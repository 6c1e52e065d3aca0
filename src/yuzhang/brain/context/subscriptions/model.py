"""The words of subscriptions: what was asked for, what became of it, and how notifications are sent.

Source: ETSI GS CIM 009 v1.9.1, clauses 5.2.12 to 5.2.15, 5.2.22, 5.2.33.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from yuzhang.brain.context.model import Microseconds
from yuzhang.core.access import OPERATOR, Party

Kind = Literal["entity", "csource"]
"""Of entities (clause 5.8), or of registrations of context sources (clause 5.11)."""
Status = Literal["active", "paused", "expired"]
Trigger = Literal[
    "entityCreated", "entityUpdated", "entityDeleted", "attributeCreated", "attributeUpdated", "attributeDeleted"
]
TRIGGERS = frozenset(
    {"entityCreated", "entityUpdated", "entityDeleted", "attributeCreated", "attributeUpdated", "attributeDeleted"}
)
DEFAULT_TRIGGERS = ("attributeCreated", "attributeUpdated")
ATTRIBUTE_TRIGGERS = frozenset({"attributeCreated", "attributeUpdated", "attributeDeleted"})
SECOND: Microseconds = 1_000_000
Document = dict[str, Any]
"""A Subscription as of clause 5.2.12, with *names* for terms and without the members that only answers have."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How notifications are sent.

    `private_addresses`: whether endpoints may lie in loopback, private and link-local networks. `timeout_s`: the longest wait
    for one answer; an endpoint may ask for less. `backoff_s`: the wait after a failure, doubled each time up to
    `longest_backoff_s`. `keep_s`: what failed and is older than this is given up. `most_waiting`: so many letters may wait for
    one subscription, then the oldest are given up. `refusals`: how often a notification is tried whose content the subscriber
    refuses, so that it does not keep back all that follow. `at_once`: how many are under way at the same time. `flush_s`: how
    long what became of them may wait to be written down together.
    """

    private_addresses: bool = False
    timeout_s: float = 10.0
    backoff_s: float = 0.5
    longest_backoff_s: float = 15 * 60.0
    keep_s: float = 24 * 3600.0
    most_waiting: int = 10_000
    refusals: int = 10
    at_once: int = 32
    flush_s: float = 0.2


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where notifications go. `receiver` becomes headers or metadata, `notifier` sets up the connection. Clause 5.2.15."""

    uri: str
    accept: str = "application/json"
    timeout_s: float | None = None
    cooldown_s: float = 0.0
    receiver: tuple[tuple[str, str], ...] = ()
    notifier: tuple[tuple[str, str], ...] = ()

    @property
    def is_mqtt(self) -> bool:
        """Whether it is reached by MQTT (clause 7) and not by HTTP."""
        return self.uri.startswith(("mqtt://", "mqtts://"))


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the notifications of one subscription. Clause 5.2.14.2; `given_up`, those that never arrived, is our own."""

    sent: int = 0
    failed: int = 0
    last: Microseconds | None = None
    success: Microseconds | None = None
    failure: Microseconds | None = None
    ok: bool | None = None
    given_up: int = 0


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as it is kept; `number` is its row.

    `owner` made it, or changed it last, with the attributes that it had then: it is told of nothing that it may not see.
    `spoken` holds for each member that is a query string (`q`, `csf`) the reference of the @context that its terms are of.
    """

    number: int
    kind: Kind
    tenant: str
    id: str
    document: Document
    spoken: dict[str, Any]
    created: Microseconds
    modified: Microseconds
    expires: Microseconds | None = None
    tally: Tally = field(default_factory=Tally)
    owner: Party = OPERATOR

    @property
    def interval_s(self) -> float | None:
        """Seconds between periodic notifications; None if it is told of changes."""
        return self.document.get("timeInterval")

    @property
    def throttling_s(self) -> float:
        """The least number of seconds between two notifications; 0 if it does not matter."""
        return float(self.document.get("throttling", 0.0))

    @property
    def triggers(self) -> frozenset[str]:
        """What shall be told, `entityUpdated` resolved into what it stands for."""
        found = frozenset(self.document.get("notificationTrigger", DEFAULT_TRIGGERS))
        return found | ATTRIBUTE_TRIGGERS if "entityUpdated" in found else found

    def status(self, now: Microseconds) -> Status:
        """Whether notifications are sent at `now`. Source: clause 5.8.1.4."""
        if self.expires is not None and self.expires <= now:
            return "expired"
        return "active" if self.document.get("isActive", True) else "paused"


def endpoint_of(document: Document) -> Endpoint:
    """The endpoint in a checked document. Times are milliseconds there, seconds here.

    >>> endpoint_of({"notification": {"endpoint": {"uri": "http://a.example/", "timeout": 500}}}).timeout_s
    0.5
    """
    raw = document["notification"]["endpoint"]
    return Endpoint(
        uri=raw["uri"],
        accept=raw.get("accept", "application/json"),
        timeout_s=raw["timeout"] / 1000 if "timeout" in raw else None,
        cooldown_s=raw.get("cooldown", 0) / 1000,
        receiver=tuple((pair["key"], pair["value"]) for pair in raw.get("receiverInfo", ())),
        notifier=tuple((pair["key"], pair["value"]) for pair in raw.get("notifierInfo", ())),
    )
