"""What an installation decides about identity: who may sign up, how long sessions last, who needs two factors."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast, get_args

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.entrance.identity.model import ADMINISTRATORS, Kind

SIGN_UP_VARIABLE = "YUZHANG_SIGN_UP"
TWO_FACTORS_VARIABLE = "YUZHANG_TWO_FACTORS"
IDLE_VARIABLE = "YUZHANG_SESSION_IDLE_MINUTES"
LENGTH_VARIABLE = "YUZHANG_SESSION_HOURS"
TwoFactors = Literal["administrators", "officials", "everyone"]
MOST_IDLE_MIN, MOST_HOURS = 24 * 60, 24 * 30


@dataclass(frozen=True, slots=True)
class Rules:
    """`sign_up`: the kinds that make their own accounts. `two_factors`: for whom one factor does not do.

    `idle_s`, `length_s`: how long a session lasts unseen, and at most. `fresh_s`: how old a proof may be for changing proofs.
    Source of the defaults: NIST SP 800-63B-4, 2.2.3 (30 min idle or 12 h as the longest of AAL2 until 2025 text; kept, as stricter).
    """

    sign_up: frozenset[Kind] = frozenset({"citizen", "enterprise"})
    two_factors: TwoFactors = "administrators"
    idle_s: int = 30 * 60
    length_s: int = 12 * 3600
    fresh_s: int = 10 * 60

    def needs_two(self, kind: str, roles: frozenset[str]) -> bool:
        """Whether a party of `kind` with `roles` needs two factors. Source: GB/T 22239-2019, 8.1.4.1 d).

        >>> Rules().needs_two("official", frozenset({"audit-administrator"})), Rules().needs_two("citizen", frozenset())
        (True, False)
        """
        if self.two_factors == "everyone":
            return True
        return bool(roles & ADMINISTRATORS) or (self.two_factors == "officials" and kind == "official")


def rules(environment: Mapping[str, str] = os.environ) -> Rules:
    """The rules as the environment names them. Raises InputRefused, naming the variable."""
    made = Rules()
    words = {word.strip() for word in environment.get(SIGN_UP_VARIABLE, "citizen,enterprise").split(",")} - {
        "",
        "nobody",
    }
    if not words <= {"citizen", "enterprise"}:
        raise _refused(SIGN_UP_VARIABLE, "citizen,enterprise")
    two = environment.get(TWO_FACTORS_VARIABLE) or made.two_factors
    if two not in get_args(TwoFactors):
        raise _refused(TWO_FACTORS_VARIABLE, " | ".join(get_args(TwoFactors)))
    return Rules(
        cast("frozenset[Kind]", frozenset(words)),
        cast(TwoFactors, two),
        60 * _number(environment, IDLE_VARIABLE, made.idle_s // 60, MOST_IDLE_MIN),
        3600 * _number(environment, LENGTH_VARIABLE, made.length_s // 3600, MOST_HOURS),
    )


def _number(environment: Mapping[str, str], name: str, otherwise: int, most: int) -> int:
    given = environment.get(name) or str(otherwise)
    if not given.isdecimal() or not 1 <= int(given) <= most:
        raise _refused(name, f"1–{most}")
    return int(given)


def _refused(name: str, example: str) -> InputRefused:
    return InputRefused(
        Title(f"{name} 的值不可用。", f"{name} has a value that cannot be used."),
        where=name,
        fix=Title(f"可选：{example}。", f"It is: {example}."),
    )
