"""Goes through a chain and says at which record it is not what it was.

Each record has to follow the one before by its hash; each checkpoint has to be signed and to name the hash that is there; so has what an
outside witness kept. A record that was changed, taken out, put in, moved or cut off is named by its number.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import msgspec

from yuzhang.core.language import Title
from yuzhang.entrance.audit.chain.hashing import link
from yuzhang.entrance.audit.chain.signing import PublicKey
from yuzhang.entrance.audit.model import EVERY, Fault, Record, Statement, Verified, Wrong

MOST_FAULTS = 20
MOST_UNSIGNED = 5 * EVERY
STEP = 1_000
Told = Callable[[int], None]


class Walk:
    """One way through a chain. `begins`, `previous`: the number of its first record, and the hash that it follows."""

    def __init__(
        self, begins: int, previous: bytes, stated: Iterable[Statement], keys: Iterable[PublicKey], told: Told
    ) -> None:
        self.faults: list[Fault] = []
        self._begins, self._expected, self._previous, self._told = begins, begins, previous, told
        self._keys = {key.name: key for key in keys}
        self._stated: dict[int, list[Statement]] = {}
        for one in stated:
            self._stated.setdefault(one.number, []).append(one)
        self._known = True
        self._checked = begins - 1
        self.records = self.checkpoints = 0

    def go(self, records: Iterable[Record]) -> Verified:
        """What is found on the way through all of them."""
        last: Record | None = None
        for record, after in _ahead(records):
            if len(self.faults) >= MOST_FAULTS:
                break
            self._step(record, after)
            last = record
            self.records += 1
            if self.records % STEP == 0:
                self._told(STEP)
        self._told(self.records % STEP)
        return self._end(last.number if last else self._begins - 1)

    def _step(self, record: Record, after: Record | None) -> None:
        if record.number != self._expected:
            self._gap(record.number)
        elif self._known and _hash(self._previous, record) != record.hash:
            self._odd(record, after)
        self._known, self._expected = True, record.number + 1
        try:
            self._previous = bytes.fromhex(record.hash)
        except ValueError:
            self._known = False
        stated = self._stated.pop(record.number, [])
        for one in stated:
            self._compare(one, record.hash)
        if stated:
            self._checked = record.number

    def _gap(self, number: int) -> None:
        if number < self._expected:
            self._say(number, "inserted", "这一条不应存在。", "it should not be there.")
        else:
            until = number - 1
            self._say(self._expected, "missing", f"缺少至 {until} 的记录。", f"records are missing from it to {until}.")
        self._known = False

    def _odd(self, record: Record, after: Record | None) -> None:
        if (
            after is not None
            and _hash(self._previous, msgspec.structs.replace(after, number=record.number)) == after.hash
        ):
            self._say(record.number, "inserted", "这一条是插入的。", "it was put in.")
        elif after is None or _hash(bytes.fromhex(record.hash) if _hex(record.hash) else b"", after) == after.hash:
            self._say(record.number, "changed", "内容被改动。", "what it says was changed.")
        else:
            self._say(
                record.number,
                "moved",
                "它或它之前的记录被移动或改动。",
                "it, or what stood before it, was moved or changed.",
            )

    def _compare(self, one: Statement, found: str) -> None:
        if not self.trusts(one):
            self._say(
                one.number, "forged", "这一条的检查点签名不符。", "the checkpoint on it is not signed with the key."
            )
        elif one.hash != found:
            since = self._checked + 1
            self._say(
                since,
                "rewritten",
                f"从这一条至 {one.number} 的链被重写，与签名不符。",
                f"the chain from it to {one.number} was written anew, and is not what was signed.",
            )
        else:
            self.checkpoints += 1

    def trusts(self, one: Statement) -> bool:
        """Whether it was signed with one of the keys."""
        return one.key in self._keys and self._keys[one.key].verifies(one)

    def _end(self, last: int) -> Verified:
        if self._stated and len(self.faults) < MOST_FAULTS:
            further = max(self._stated)
            lower = [number for number in self._stated if number <= last]
            for number in lower:
                self._say(number, "missing", "有签名，但记录不在。", "it was signed, but is not there.")
            if further > last:
                self._say(
                    last + 1,
                    "truncated",
                    f"末尾缺失，至少到 {further}。",
                    f"the end is missing, at least to {further}.",
                )
        unsigned = max(0, last - self._checked)
        if unsigned > MOST_UNSIGNED:
            self._say(
                self._checked + 1,
                "unsigned",
                f"此后 {unsigned} 条没有签名。",
                f"{unsigned} records from it on are not signed.",
            )
        first = self._begins if self.records else 0
        return Verified(
            time.time_ns() // 1_000, self.records, first, max(last, 0), self.checkpoints, unsigned, self.faults
        )

    def _say(self, number: int, wrong: Wrong, chinese: str, english: str) -> None:
        self.faults.append(Fault(number, wrong, Title(f"记录 {number}：{chinese}", f"record {number}: {english}")))


def _ahead(records: Iterable[Record]) -> Iterator[tuple[Record, Record | None]]:
    """Each record with the one after it."""

    def ended() -> Iterator[Record | None]:
        yield from records
        yield None

    for one, after in pairwise(ended()):
        if one is not None:
            yield one, after


def _hex(text: str) -> bool:
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True


def _hash(previous: bytes, record: Record) -> str:
    try:
        return link(previous, record).hex()
    except (ValueError, UnicodeEncodeError):  # a function that there is not, or a text that is none
        return ""
