"""Where an application is told what happened, and what it is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from yuzhang.core.language import Title

TEST = "webhook.test"
KINDS: Mapping[str, Title] = {
    "figures.imported": Title("数据已导入或撤销", "Figures were imported or withdrawn"),
    "plan.changed": Title("规划有修订", "A plan was changed"),
    "key.made": Title("新建了密钥", "A key was made"),
    "key.revoked": Title("吊销了密钥", "A key was revoked"),
    TEST: Title("测试", "A test"),
}
"""What one may be told of. A test is sent to whoever asks for it."""
READS = {"figures.imported": "plan.figures.actions.imports", "plan.changed": "plan.registry.actions.revisions"}
"""What an application has to be allowed to see what it is told."""
State = Literal["active", "failing", "paused", "disabled"]
Reason = Literal["", "failed", "gone", "full"]


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address of an application. `failing_since`: no message arrived since then; `reason`: why it was disabled."""

    id: str
    party: str
    address: str
    kinds: tuple[str, ...]
    created_at: datetime
    created_by: str
    failing_since: datetime | None = None
    paused_at: datetime | None = None
    disabled_at: datetime | None = None
    reason: Reason = ""
    secret: bytes = field(repr=False, default=b"")

    @property
    def state(self) -> State:
        """How it stands."""
        if self.disabled_at is not None:
            return "disabled"
        if self.paused_at is not None:
            return "paused"
        return "active" if self.failing_since is None else "failing"


@dataclass(frozen=True, slots=True)
class NewWebhook:
    """A webhook that was just made, with the `secret` that its messages are signed with, which is shown this once."""

    webhook: Webhook
    secret: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is told at one address. `next_at`: when it is tried next, None once it arrived or was given up; `status`: the last answer's."""

    number: int
    id: str
    webhook: str
    kind: str
    body: bytes
    at: datetime
    next_at: datetime | None
    attempts: int
    delivered_at: datetime | None
    status: int | None
    said: str

    @property
    def state(self) -> Literal["delivered", "waiting", "given_up"]:
        """How it stands."""
        if self.next_at is not None:
            return "waiting"
        return "given_up" if self.delivered_at is None else "delivered"
