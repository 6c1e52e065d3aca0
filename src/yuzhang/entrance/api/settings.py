"""Settings of the room: how fast strangers and known parties may ask, where a key has no numbers of its own."""

import os
import re
from collections.abc import Mapping

from yuzhang.core.language import Title
from yuzhang.entrance.api.errors import UnfitLimit
from yuzhang.entrance.api.model import Limit

STRANGERS_VARIABLE = "YUZHANG_RATE_STRANGERS"
SIGNED_IN_VARIABLE = "YUZHANG_RATE_SIGNED_IN"
FORM = re.compile(r"([1-9]\d{0,5})/([1-9]\d{0,5})")


def rate(name: str, otherwise: Limit, environment: Mapping[str, str] = os.environ) -> Limit:
    """The limit that an environment variable names: requests a second / at once. Raises UnfitLimit.

    >>> rate("YUZHANG_RATE_STRANGERS", Limit(20, 100), {"YUZHANG_RATE_STRANGERS": "5/50"})
    Limit(rate=5, burst=50, daily=None)
    """
    given = environment.get(name, "")
    if not given:
        return otherwise
    found = FORM.fullmatch(given.strip())
    if found is None:
        raise UnfitLimit(
            Title(f"“{given[:40]}”不是限额。", f"“{given[:40]}” is no limit."),
            where=name,
            fix=Title("写成 每秒/一次最多，例如 20/100。", "Write requests a second / at once, such as 20/100."),
        )
    return Limit(int(found[1]), int(found[2]))
