"""The tests of policies as data: `tests.toml` beside them, each a question with the answer that is expected and the policy that gives it."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from yuzhang.core.language import Title
from yuzhang.entrance.policy.cedar.statements import refused
from yuzhang.entrance.policy.errors import PartyNotFound, QuestionRefused
from yuzhang.entrance.policy.model import Explanation, Question
from yuzhang.entrance.policy.notation import Asked, party_of, question
from yuzhang.entrance.policy.room import Decider

NAME = "tests.toml"


class Trial(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One case: `expect` is allow or deny, `by` the id of the policy that decides; empty where none does."""

    zh: str
    en: str
    party: str
    action: str
    expect: Literal["allow", "deny"]
    object: str = ""
    purpose: str = ""
    factors: int | None = None
    acting_for: str = ""
    scopes: str | None = None
    by: str = ""


class _Trials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    case: tuple[Trial, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the policies said to a case. `fault`: how it differs from what was expected, None if it does not."""

    trial: Trial
    place: str
    explanation: Explanation
    fault: Title | None


def trials(folder: Path) -> Iterator[tuple[Trial, int]]:
    """The cases of a folder with the lines where they begin. Raises PolicyRefused for a file that cannot be read."""
    file = folder / NAME
    if not file.exists():
        return
    try:
        text = file.read_text(encoding="utf-8")
        found = msgspec.convert(tomllib.loads(text), _Trials)
    except (
        ValueError,
        OSError,
    ) as err:  # TOMLDecodeError, UnicodeDecodeError and msgspec.ValidationError are ValueErrors
        raise refused(
            file,
            1,
            Title(f"用例无法解读：{err}。", f"The cases cannot be read: {err}."),
            Title("请对照已有的用例修改。", "Correct it after the cases that are there."),
        ) from err
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "[[case]]"]
    yield from zip(found.case, lines, strict=True)


def tried(decider: Decider, folder: Path) -> Iterator[Outcome]:
    """The outcome of every case of a folder. Raises PolicyRefused for a case that asks for what is not there."""
    for trial, line in trials(folder):
        try:
            one = question_of(trial)
        except (QuestionRefused, PartyNotFound) as err:
            raise refused(folder / NAME, line, err.detail, err.fix or Title("", "")) from err
        explanation = decider.why(one.caller, one.policy, one.about)
        yield Outcome(trial, f"{folder / NAME}:{line}", explanation, fault_of(trial, explanation))


def question_of(trial: Trial) -> Question:
    """The question that a case asks. Raises QuestionRefused, PartyNotFound."""
    said = Asked(trial.action, trial.object, trial.purpose, trial.factors, trial.acting_for, trial.scopes)
    return question(party_of(trial.party), said)


def fault_of(trial: Trial, explanation: Explanation) -> Title | None:
    """How the answer differs from what the case expects; None if it does not."""
    said = "allow" if explanation.allowed else "deny"
    by = [one.id for one in explanation.decided]
    if said != trial.expect:
        return Title(
            f"应为 {trial.expect}，实为 {said}（{'、'.join(by) or '没有策略允许'}）。",
            f"Expected {trial.expect}, but it is {said} ({', '.join(by) or 'no policy allows it'}).",
        )
    if (trial.by and trial.by not in by) or (not trial.by and by):
        return Title(
            f"应由“{trial.by or '无'}”决定，实由 {'、'.join(by) or '无'} 决定。",
            f"Expected to be decided by “{trial.by or 'none'}”, but it is by {', '.join(by) or 'none'}.",
        )
    return None
