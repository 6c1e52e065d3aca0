"""Counts what need not be kept one by one: reads of what is no personal data, and refusals of strangers after the first few.

One record a party, action and minute stands for all of them. Both tables are bounded: whatever comes from more parties, or more places, than
they hold in one minute is counted under one name.
"""

from threading import Lock
from time import time

from yuzhang.core.access import Party, Policy
from yuzhang.entrance.audit.model import Note

MOST = 10_000
MOST_PEERS = 1_000
FIRST = 5
"""So many refusals of a stranger's kind are kept one by one each minute."""
MANY = "(many)"
MINUTE_S = 60


def noted(caller: Party, policy: Policy, outcome: str, subject: str, at: int, count: int = 1) -> Note:
    """What is kept of an action."""
    return Note(
        at,
        caller.id,
        caller.kind,
        " ".join(sorted(caller.roles)),
        caller.acting_for,
        caller.session,
        policy.action,
        outcome,
        subject,
        caller.purpose,
        caller.peer,
        count,
    )


def place_of(peer: str) -> str:
    """What a stranger's address counts as: the address, of IPv6 its /64, which is one connection's.

    >>> place_of("10.0.0.9"), place_of("2001:db8:1:2:3:4:5:6")
    ('10.0.0.9', '2001:db8:1:2::/64')
    """
    if ":" not in peer or peer.startswith("::"):
        return peer
    return ":".join(peer.split(":")[:4]) + "::/64"


class _Counted:
    __slots__ = ("at", "caller", "count", "outcome", "policy", "subject")

    def __init__(self, caller: Party, policy: Policy, outcome: str, subject: str, at: int) -> None:
        self.caller, self.policy, self.outcome, self.subject, self.at, self.count = (
            caller,
            policy,
            outcome,
            subject,
            at,
            1,
        )

    def note(self) -> Note:
        return noted(self.caller, self.policy, self.outcome, self.subject, self.at, self.count)


class Counting:
    """The counts of this minute. May be used from all threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._reads: dict[tuple[str, str, str], _Counted] = {}
        self._refusals: dict[tuple[str, str], _Counted] = {}
        self._kept: dict[tuple[str, str], int] = {}
        self._kept_minute = 0
        self._ends = 0

    def read(self, caller: Party, policy: Policy) -> bool:
        """Count a read. Whether counts of a minute that is over wait to be taken."""
        key = (caller.id, caller.acting_for, policy.action)
        now = time()
        with self._lock:
            found = self._reads.get(key)
            if found is None:
                self._first(key, caller, policy, now)
            else:
                found.count += 1
            return now >= self._ends

    def _first(self, key: tuple[str, str, str], caller: Party, policy: Policy, now: float) -> None:
        self._begin(now)
        if len(self._reads) >= MOST:
            key, caller = (MANY, "", policy.action), Party(MANY, kind=MANY)
        found = self._reads.get(key)
        if found is None:
            self._reads[key] = _Counted(caller, policy, "read", "", int(now * 1e6))
        else:
            found.count += 1

    def _begin(self, now: float) -> None:
        if not self._reads and not self._refusals:
            self._ends = (int(now // MINUTE_S) + 1) * MINUTE_S

    def refusal(self, caller: Party, policy: Policy, subject: str) -> bool:
        """Count a stranger's refusal, unless it is one of the first of its place, action and minute: then False, to be kept itself."""
        key = (place_of(caller.peer), policy.action)
        now = time()
        with self._lock:
            if int(now // MINUTE_S) != self._kept_minute:
                self._kept.clear()
                self._kept_minute = int(now // MINUTE_S)
            seen = self._kept.get(key, 0)
            if seen < FIRST and (seen or len(self._kept) < MOST_PEERS):
                self._kept[key] = seen + 1
                return False
            if key not in self._kept:
                key, caller = (MANY, policy.action), Party("stranger", kind="stranger", peer=MANY)
            self._begin(now)
            found = self._refusals.get(key)
            if found is None:
                self._refusals[key] = _Counted(caller, policy, "refused", subject, int(now * 1e6))
            else:
                found.count += 1
            return True

    @property
    def over(self) -> bool:
        """Whether there is something of a minute that is over."""
        return bool(self._reads or self._refusals) and time() >= self._ends

    def take(self) -> list[Note]:
        """All that was counted; the counts begin anew."""
        with self._lock:
            counted = [*self._reads.values(), *self._refusals.values()]
            self._reads, self._refusals = {}, {}
        return [one.note() for one in counted]
