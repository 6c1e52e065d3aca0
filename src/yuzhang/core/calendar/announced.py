"""What the State Council announced for each year: `data/<year>.toml`. A year without a file was not announced yet."""

import tomllib
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Announcement:
    """One year's notice. `holidays`: days off with their name; `worked`: days at weekends that are worked instead."""

    year: int
    published: date
    source: str
    holidays: dict[date, str] = field(default_factory=dict)
    worked: frozenset[date] = frozenset()


def announced(folder: Path = DATA) -> dict[int, Announcement]:
    """All notices in a folder, by year. Raises OSError, ValueError for a file that is none."""
    return {one.year: one for one in (_read(path) for path in sorted(folder.glob("[0-9][0-9][0-9][0-9].toml")))}


def _read(path: Path) -> Announcement:
    data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    holidays: dict[date, str] = {}
    worked: set[date] = set()
    for one in data["holiday"]:
        length = (one["to"] - one["from"]).days + 1
        if length < 1:
            raise ValueError(f"{path}: {one['name']} ends before it begins")
        holidays |= {one["from"] + timedelta(days=at): one["name"] for at in range(length)}
        worked |= set(one.get("worked", []))
    return Announcement(int(path.stem), data["published"], data["source"], holidays, frozenset(worked))
