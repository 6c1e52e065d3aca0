"""A guard of one rule for tests: what a party may is said by its own attributes."""

from collections.abc import Callable
from concurrent.futures import Future

from yuzhang.core.access import Object, Outcome, Party, Policy
from yuzhang.core.errors import NotAllowed
from yuzhang.core.language import Title

Rule = Callable[[Party, Object], bool]


class Ruled:
    """Lets everybody into every room, and asks `rule` of data; remembers what was noted."""

    noting = True

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.noted: list[tuple[str, str, Outcome, str, bool]] = []

    def allows(self, caller: Party, policy: Policy, about: Object) -> bool:
        """As the rule says."""
        return about == policy.about or self.rule(caller, about)

    def refusal(self, caller: Party, policy: Policy) -> NotAllowed:
        """One text."""
        return NotAllowed(Title("不可以。", "No."))

    def note(self, caller: Party, policy: Policy, outcome: Outcome, subject: str) -> Future[None]:
        """Kept at once."""
        self.noted.append((caller.id, policy.action, outcome, subject, policy.personal))
        done: Future[None] = Future()
        done.set_result(None)
        return done


def by_attributes(caller: Party, about: Object) -> bool:
    """Levels up to `factors`, personal data for a purpose, regions that begin with one's own, one's own unit if there is one."""
    return (
        about.level <= caller.factors
        and (not about.personal or bool(caller.purpose))
        and (not about.region or about.region.startswith(caller.region))
        and (not caller.unit or about.unit in ("", caller.unit))
    )
