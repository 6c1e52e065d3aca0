"""What a source has to be, before it is kept."""

import re
from typing import Any

from yuzhang.core.language import Title
from yuzhang.core.secrets import Secrets
from yuzhang.foundation.sources.connectors.errors import UnfitSource
from yuzhang.foundation.sources.connectors.live import connector_of
from yuzhang.foundation.sources.connectors.model import Source

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
RESERVED = frozenset({"new", "kinds", "mqtt", "folder"})
SHORTEST_S, LONGEST_S = 1, 7 * 86_400


class Forgetful:
    """A memory for as long as a test lasts."""

    def __init__(self, known: dict[str, dict[str, Any]] | None = None) -> None:
        self._known = dict(known or {})

    def get(self, about: str) -> dict[str, Any] | None:
        """What is known."""
        return self._known.get(about)

    def put(self, about: str, known: dict[str, Any]) -> None:
        """Remember it."""
        self._known[about] = known


def name_of(text: str) -> str:
    """The name of a source. Raises UnfitSource."""
    if not NAME.fullmatch(text) or text in RESERVED:
        raise UnfitSource(
            Title("名称为小写字母、数字和连字符。", "Its name is of small letters, digits and hyphens."),
            where="/name",
            fix=Title("如 rain-gauges。", "Such as rain-gauges."),
        )
    return text


def interval_of(given: Any) -> int:
    """The interval in seconds. Raises UnfitSource."""
    text = str(given).strip()
    if not (text.isascii() and text.isdigit() and len(text) < 9 and SHORTEST_S <= int(text) <= LONGEST_S):
        raise UnfitSource(
            Title(f"间隔为 {SHORTEST_S} 至 {LONGEST_S} 秒。", f"The interval is {SHORTEST_S} to {LONGEST_S} seconds."),
            where="/interval_s",
        )
    return int(text)


def checked(source: Source, secrets: Secrets) -> Source:
    """The source, if a connector can be made of it. Raises UnfitSource."""
    connector_of(source, secrets, Forgetful())
    return source
