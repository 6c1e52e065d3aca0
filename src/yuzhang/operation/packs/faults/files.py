"""What lies in a pack's folder: only files that somebody reads, and every wording of them in both languages."""

import csv
import re
from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from yuzhang.core.language import LANGUAGES, Title
from yuzhang.core.packs import Fault, Located, Pack, read_toml

KNOWN = (
    "pack.toml", "sources.toml", "rules.toml", "indicators.sql", "cases.toml", "README.md", "README.zh.md",
    "models/*.json", "processes/*.bpmn", "processes/*.dmn", "data/*.csv", "data/*.toml", "data/README.md",
    "sample/*.csv", "sample/*.json", "sample/README.md", "*.py",
    "templates/*.html", "locale/*.po",
)  # fmt: skip
"""All that a pack may hold; whatever else lies there is read by nobody."""
PASSED = ("__pycache__", ".git", ".DS_Store")
SAMPLE_KINDS = ("published", "sample", "simulated")
NOTED = 20
SAID_KIND = re.compile(r"\bkind\W{1,4}(\w+)")
SAID_SOURCE = re.compile(r"\bsource\W{1,4}\w")


def unknown_files(pack: Pack) -> Iterator[Fault]:
    """Files that nobody reads: most often a name misspelt."""
    for path in sorted(pack.folder.rglob("*")):
        inside = path.relative_to(pack.folder)
        if path.is_dir() or any(part in PASSED for part in inside.parts):
            continue
        name = inside.as_posix()
        if not any(fnmatch(name, one) and name.count("/") == one.count("/") for one in KNOWN):
            near = get_close_matches(name, [one for one in KNOWN if "*" not in one], 1)
            yield Fault(
                path,
                1,
                "pack.file",
                Title(f"没有人读取文件 {name}", f"nobody reads the file {name}"),
                Title(f"改名为 {near[0]}", f"name it {near[0]}")
                if near
                else Title(
                    "删去它，或放进 data、models、processes、sample",
                    "remove it, or lay it into data, models, processes, sample",
                ),
            )


def unreadable_tables(pack: Pack) -> Iterator[Fault]:
    """Files of data that are no TOML."""
    for path in sorted((pack.folder / "data").glob("*.toml")):
        yield from read_toml(path)[1]


def half_worded(pack: Pack) -> Iterator[Fault]:
    """Wordings of data that are there in one language only; those of all other files are asked for by whoever reads them."""
    for path in sorted(pack.folder.glob("data/*.toml")):
        located, wrong = read_toml(path)
        if not wrong:
            yield from _half(located, located.data, ())


def _half(located: Located, value: Any, place: tuple[str | int, ...]) -> Iterator[Fault]:
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _half(located, one, (*place, number))
    elif isinstance(value, dict):
        if value and set(value) <= set(LANGUAGES):
            for one in LANGUAGES:
                if not str(value.get(one, "")).strip():
                    name = ".".join(str(part) for part in place if isinstance(part, str))
                    yield Fault(
                        located.path,
                        located.line(*place),
                        "language",
                        Title(f"{name} 缺少 {one}", f"{name} has no {one}"),
                        Title('写作 { zh = "…", en = "…" }', 'write { zh = "…", en = "…" }'),
                    )
            return
        for key, one in value.items():
            yield from _half(located, one, (*place, key))


def unmarked_samples(pack: Pack) -> Iterator[Fault]:
    """Samples that do not say what they are and where they come from: in their first lines, or in a line of `sample/README.md`."""
    folder = pack.folder / "sample"
    about = _text(folder / "README.md") if (folder / "README.md").is_file() else ""
    for path in sorted(folder.glob("*")):
        if path.suffix in {".csv", ".json"} and not _told("\n".join(_text(path).splitlines()[:NOTED])):
            if any(path.name in line and _told(line) for line in about.splitlines()):
                continue
            yield Fault(
                path,
                1,
                "sample.source",
                Title("没有写明这些数据是什么、从何而来", "it does not say what this data is and where it comes from"),
                Title(
                    "开头写 # kind: published|sample|simulated 与 # source: …，或写在 sample/README.md 的一行里",
                    "begin with # kind: published|sample|simulated and # source: …, or write a line in sample/README.md",
                ),
            )


def _told(text: str) -> bool:
    kind = SAID_KIND.search(text)
    return kind is not None and kind[1] in SAMPLE_KINDS and SAID_SOURCE.search(text) is not None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def faulty_tables(pack: Pack) -> Iterator[Fault]:
    """Rows of CSV files that have more or fewer cells than their heading, or a name in one language only."""
    for path in sorted([*pack.folder.glob("data/*.csv"), *pack.folder.glob("sample/*.csv")]):
        yield from _rows(path)


def _rows(path: Path) -> Iterator[Fault]:
    heading: list[str] = []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        for row in reader:
            if not row or row[0].startswith("#"):
                continue
            if not heading:
                heading = row
            elif len(row) != len(heading):
                yield Fault(
                    path,
                    reader.line_num,
                    "data.row",
                    Title(
                        f"这一行有 {len(row)} 格，表头有 {len(heading)} 格",
                        f"the row has {len(row)} cells, the heading {len(heading)}",
                    ),
                    Title("补齐或删去多余的格；含逗号的格用引号", "fill it up; quote a cell that holds a comma"),
                )
            else:
                yield from _names(path, reader.line_num, dict(zip(heading, row, strict=True)))


def _names(path: Path, line: int, row: dict[str, str]) -> Iterator[Fault]:
    for name, value in row.items():
        stem, _, tongue = name.rpartition("_") if "_" in name else ("", "", name)
        other = {"zh": "en", "en": "zh"}.get(tongue, "")
        beside = row.get(f"{stem}_{other}" if stem else other, "")
        if other and not value.strip() and beside.strip():
            yield Fault(
                path,
                line,
                "language",
                Title(f"“{beside}”缺少 {tongue}", f"{beside} has no {tongue}"),
                Title(f"填写 {name} 列", f"fill the column {name}"),
            )
