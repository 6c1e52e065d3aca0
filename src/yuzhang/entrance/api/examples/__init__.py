"""Examples of requests and what was answered to them: one file for each part of the API, in the order in which they can be sent.

The answers were recorded from the application over the first city; long lists are cut. They are examples and no source of figures.
"""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

FOLDER = Path(__file__).parent
SAFE = "()',:=$"
"""What SensorThings and URNs write in a path as it is."""


@dataclass(frozen=True, slots=True)
class Example:
    """One request, and the answer that was recorded.

    `earlier`: parameters whose value an earlier answer brings, as "POST /api/keys#id". `sent`: it can be sent as it stands.
    """

    tag: str
    name: str
    path: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    earlier: dict[str, str] = field(default_factory=dict)
    media: str = ""
    body: Any = None
    file: dict[str, str] | None = None
    sent: bool = True
    status: int = 200
    answer_media: str = ""
    answer: Any = None
    written: dict[str, Any] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """GET, POST, …"""
        return self.name.partition(" ")[0]

    @property
    def pattern(self) -> str:
        """The path with its places, as the description names it."""
        return self.name.partition(" ")[2]

    def address(self, path: dict[str, Any]) -> str:
        """The path with `path` in its places."""
        found = self.pattern
        for name, value in path.items():
            safe = f"/{SAFE}" if name == "path" else SAFE
            found = found.replace(f"{{{name}}}", quote(str(value), safe=safe))
        return found


@lru_cache
def examples() -> tuple[Example, ...]:
    """All of them, file by file."""
    return tuple(
        Example(tag=path.stem, written=entry, **entry)
        for path in sorted(FOLDER.glob("*.json"))
        for entry in json.loads(path.read_text(encoding="utf-8"))
    )
