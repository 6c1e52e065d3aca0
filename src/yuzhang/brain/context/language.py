"""Which of several languages is shown. Clause 4.15."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

NONE = "@none"


@lru_cache(maxsize=512)
def ranges(wanted: str) -> tuple[str, ...]:
    """The language ranges of `lang`, the best first. Source: clause 4.15, RFC 7231 section 5.3.5.

    >>> ranges("fr;q=0.2, nl-BE;q=0.9, de;q=0")
    ('nl-be', 'fr')
    """
    weighted: list[tuple[float, str]] = []
    for one in wanted.split(","):
        tag, *parameters = (part.strip() for part in one.split(";"))
        weight = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 1.0
        if tag and weight > 0:
            weighted.append((-weight, tag.lower()))
    return tuple(tag for _, tag in sorted(weighted, key=lambda pair: pair[0]))


def chosen(texts: Mapping[str, Any], wanted: str) -> str | None:
    """The key of `texts` that fits best; the default one, or else any, if no language fits. None if there is none at all.

    Source: clause 4.15, RFC 4647 section 3.4 (look-up).
    >>> chosen({"fr": "Place", "en-US": "Square"}, "en"), chosen({"nl": "Markt"}, "nl-BE"), chosen({"nl": "Markt"}, "pt")
    ('en-US', 'nl', 'nl')
    """
    tags = {tag.lower(): tag for tag in texts}
    for one in ranges(wanted):
        if one == "*":
            return next(iter(texts), None)
        if one in tags:
            return tags[one]
        longer = next((tag for low, tag in tags.items() if low.startswith(one + "-")), None)
        if longer is not None:
            return longer
        while "-" in one:
            one = one.rpartition("-")[0]
            if one in tags:
                return tags[one]
    return NONE if NONE in texts else next(iter(texts), None)
