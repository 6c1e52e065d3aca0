"""The guard of the application: asks the policies, and keeps a record of what was done."""

from concurrent.futures import Future
from dataclasses import replace
from typing import Protocol

from yuzhang.core.access import Object, Outcome, Party, Policy
from yuzhang.core.errors import NotAllowed
from yuzhang.core.language import Title
from yuzhang.entrance.errors import NotIdentified, PurposeNeeded

ANY_PURPOSE = "-"
"""Stands for a purpose when it is asked whether one would do."""


class Decider(Protocol):
    """What policies say."""

    def allows(self, caller: Party, policy: Policy, about: Object) -> bool:
        """Whether `caller` may do the action on `about`."""
        ...


class Auditor(Protocol):
    """Where records go."""

    def note(self, caller: Party, policy: Policy, outcome: Outcome, subject: str) -> Future[None] | None:
        """Keep a record; what is returned is done when it is durable, None where nobody needs to wait for it."""
        ...


class EntranceGuard:
    """Every party that comes through the entrance has it. `allowed`, `refused`: how often it said so."""

    noting = True

    def __init__(self, decider: Decider, auditor: Auditor) -> None:
        self._decider, self._auditor = decider, auditor
        self.note = auditor.note
        self.allowed = self.refused = 0

    def allows(self, caller: Party, policy: Policy, about: Object) -> bool:
        """Whether the policies allow it."""
        allowed = self._decider.allows(caller, policy, about)
        self.allowed += allowed
        self.refused += not allowed
        return allowed

    def refusal(self, caller: Party, policy: Policy) -> NotAllowed:
        """A stranger is asked to sign in; a known party is told that a purpose will do, or which right is missing."""
        if caller.kind == "stranger":
            return NotIdentified(
                Title("请先登录。", "Sign in first."),
                fix=Title(
                    "请在 /sign-in 登录；程序请带访问令牌或密钥。",
                    "Sign in at /sign-in; programs send an access token or key.",
                ),
            )
        if policy.personal and not caller.purpose:
            purposeful = replace(caller, purpose=ANY_PURPOSE)
            if self._decider.allows(purposeful, policy, policy.about):
                return PurposeNeeded(
                    Title("这是个人信息，须先说明目的。", "This is personal data: say first what it is wanted for."),
                    fix=Title(
                        "请在页面上填写目的；程序请带请求头 Yuzhang-Purpose。",
                        "Give the purpose on the page; programs send the header Yuzhang-Purpose.",
                    ),
                )
        return NotAllowed(
            Title("您没有这样做的权限。", "You may not do this."),
            fix=Title(
                f"这需要“{policy.right}”类权限（{policy.action}）。请向安全管理员申请。",
                f"It needs the right “{policy.right}” ({policy.action}). Ask the security administrator for it.",
            ),
        )
