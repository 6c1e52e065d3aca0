"""What is wrong with a rule, before anybody knows in which file and line."""

from dataclasses import dataclass

from yuzhang.core.language import Title


@dataclass(frozen=True, slots=True)
class Said:
    """Something wrong. `key`: where in the rule; `rule`: what it breaks."""

    key: tuple[str, ...]
    rule: str
    wrong: Title
    instead: Title


class Faults(list[Said]):
    """All that is wrong with one rule."""

    def say(self, key: str, rule: str, wrong: tuple[str, str], instead: tuple[str, str]) -> None:
        """Chinese and English each."""
        self.append(Said(tuple(key.split(".")) if key else (), rule, Title(*wrong), Title(*instead)))
