"""Identity of one installation: its tables, keys and rules, its gate, and who wants to know when a session ends."""

from collections.abc import Callable
from datetime import datetime

from yuzhang.core.access import Guard
from yuzhang.core.secrets import Secrets
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.entrance.identity.gate import SignedInGate, utc_now
from yuzhang.entrance.identity.model import Session
from yuzhang.entrance.identity.rules import Rules, rules


class Identity:
    """What every action of the room asks of. `ended`: called with each session that ends, after it has."""

    def __init__(
        self,
        storage: Storage,
        secrets: Secrets,
        settings: Settings,
        guard: Guard,
        *,
        own_rules: Rules | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`own_rules`: those of the environment where none are given. `now`: the clock."""
        self.storage, self.secrets, self.settings, self.guard, self.now = storage, secrets, settings, guard, now
        self.rules = rules() if own_rules is None else own_rules
        self.gate = SignedInGate(storage, secrets, settings, guard, self.rules, now)
        self.ended: list[Callable[[Session], None]] = []

    def close(self) -> None:
        """End what works in the background."""
        self.gate.close()
