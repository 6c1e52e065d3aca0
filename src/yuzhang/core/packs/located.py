"""TOML with its lines: what a file says, and in which line it says it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yuzhang.core.language import Title
from yuzhang.core.packs.model import Fault

HEADER = re.compile(r"^\s*(\[{1,2})\s*([^\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Located:
    """The content of a file. `lines`: the line of each table and key, by its place."""

    path: Path
    data: dict[str, Any]
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, *place: str | int) -> int:
        """The line of a table or key, counted from 1; that of the nearest one around it where it has none.

        >>> Located(Path("rules.toml"), {}, {("rule", 0): 3, ("rule", 0, "unit"): 7}).line("rule", 0, "unit", "x")
        7
        """
        for length in range(len(place), 0, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return 1


def read_toml(path: Path) -> tuple[Located, list[Fault]]:
    """What a file says; nothing and the fault, if it is no TOML. Raises OSError."""
    try:
        text = path.read_text(encoding="utf-8")
        return Located(path, tomllib.loads(text), dict(_lines(text))), []
    except UnicodeDecodeError as error:
        return Located(path, {}), [_fault(path, 1, str(error))]
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        return Located(path, {}), [_fault(path, int(found[1]) if found else 1, str(error))]


def _fault(path: Path, line: int, said: str) -> Fault:
    return Fault(
        path,
        line,
        "toml",
        Title(f"不是 TOML：{said}", f"this is no TOML: {said}"),
        Title("按 TOML 1.0 书写", "write TOML 1.0"),
    )


def _lines(text: str) -> Iterator[tuple[Place, int]]:
    """Places and lines of a text that is known to be TOML."""
    table: Place = ()
    counted: dict[Place, int] = {}
    ending = ""
    for number, line in enumerate(text.splitlines(), 1):
        if ending:
            ending = "" if ending in line else ending
            continue
        header = HEADER.match(line)
        if header and "=" not in line.split("#")[0]:
            table = _table(header[2], counted, several=header[1] == "[[")
            yield table, number
            continue
        key = KEY.match(line)
        if key:
            yield (*table, *_parts(key[1])), number
            value = line[key.end() :]
            for mark in ('"""', "'''"):
                if value.count(mark) == 1:
                    ending = mark


def _table(name: str, counted: dict[Place, int], *, several: bool) -> Place:
    place: Place = ()
    parts = _parts(name)
    for at, part in enumerate(parts):
        place = (*place, part)
        if several and at == len(parts) - 1:
            counted[place] = counted.get(place, -1) + 1
        if place in counted:
            place = (*place, counted[place])
    return place


def _parts(name: str) -> list[str]:
    return [one.strip("\"'") for one in PART.findall(name)]
