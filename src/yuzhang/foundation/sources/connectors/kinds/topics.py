"""Templates of topics: `plant/{device}/{attribute}`; + for any level, # for all that follow."""

import re
from dataclasses import dataclass
from functools import lru_cache

from yuzhang.foundation.sources.connectors.settings import unfit

LEVEL = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}|([^{}+#]*)")
OWN = ("observations", "entities", "tenants", "$")
"""Topics begin so that mean something here already."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A template, read. `filter`: the same as an MQTT subscription has it."""

    text: str
    filter: str
    _expression: re.Pattern[str]

    def match(self, topic: str) -> dict[str, str] | None:
        """What stands in the places of the template; None if the topic is none of it."""
        found = self._expression.fullmatch(topic)
        return None if found is None else found.groupdict()


@lru_cache(maxsize=1024)
def pattern_of(text: str) -> Pattern:
    """The pattern of a template. Raises UnfitSource.

    >>> pattern_of("plant/{device}/{attribute}").match("plant/p-1/level")
    {'device': 'p-1', 'attribute': 'level'}
    >>> pattern_of("a/+/b/#").filter, pattern_of("a/+/b/#").match("a/x/c")
    ('a/+/b/#', None)
    """
    levels = text.split("/")
    names: list[str] = []
    parts: list[str] = []
    filters: list[str] = []
    for at, level in enumerate(levels):
        if level == "#" and at == len(levels) - 1 and at:
            filters.append("#")
            return Pattern(text, "/".join(filters), re.compile("/".join(parts) + r"(?:/.*)?"))
        found = LEVEL.fullmatch(level)
        if level != "+" and (found is None or not level):
            raise unfit("topic", f"“{level[:60]}”不是主题的一级。", f"“{level[:60]}” is no level of a topic.")
        name = found[1] if found else None
        if name is not None and name in names:
            raise unfit("topic", f"{{{name}}} 出现两次。", f"{{{name}}} is there twice.")
        if name:
            names.append(name)
        parts.append(f"(?P<{name}>[^/]+)" if name else "[^/]+" if level == "+" else re.escape(level))
        filters.append("+" if name or level == "+" else level)
    if filters[0] in ("+", "#") or filters[0].startswith(OWN):
        raise unfit(
            "topic",
            "第一级须为固定的名称，且不是 observations、entities、tenants。",
            "Its first level is a name, and none of observations, entities, tenants.",
        )
    return Pattern(text, "/".join(filters), re.compile("/".join(parts)))
