"""Finds packs: those that come with the program, and a city's own."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import LANGUAGES, Title
from yuzhang.core.packs.located import Located, read_toml
from yuzhang.core.packs.model import Fault, Pack

BUILT_IN = Path(__file__).parents[2] / "domains"
FILE = "pack.toml"
OWN = "packs"
"""The folder of a city's own packs within its data folder."""
EXTRA = "YUZHANG_PACKS"
"""The variable that names further folders of packs, as PATH does."""
DOMAINS = ("services", "governance", "industry")
"""The three domains of applications: public services, governance, industry."""
KEYS = ("title", "summary", "chapter", "unit", "needs")
NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")


class NoPackFolder(InputRefused):
    """A folder of packs that was named is not there."""

    code = "no-pack-folder"
    title = Title("没有这个应用包文件夹", "No such folder of packs")


def own_folders(data: Path, environment: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """The folders with a city's own packs: `packs` in the data folder, and those of YUZHANG_PACKS, whose packs take the place of others of the
    same id.

    Raises NoPackFolder for one of YUZHANG_PACKS that is not there.
    """
    named = [Path(one) for one in environment.get(EXTRA, "").split(os.pathsep) if one]
    for one in named:
        if not one.is_dir():
            raise NoPackFolder(
                Title(f"{EXTRA} 中的 {one} 不是文件夹。", f"{one} in {EXTRA} is no folder."),
                where=EXTRA,
                fix=Title("请改正路径，多个文件夹用冒号分开。", "Mend the path; several are separated by colons."),
            )
    return (data / OWN, *(one.resolve() for one in named))


def found(extra: Sequence[Path] = ()) -> tuple[list[Pack], list[Fault]]:
    """All packs, by their id, and what is wrong with their `pack.toml`. `extra`: folders that hold domains beside ours; a city's own
    pack of an id takes the place of the one that we bring."""
    packs: dict[str, Pack] = {}
    faults: dict[str, list[Fault]] = {}
    for root in (BUILT_IN, *extra):
        for path in sorted(root.glob(f"*/*/{FILE}")):
            pack, wrong = read_pack(path.parent)
            packs[pack.id], faults[pack.id] = pack, wrong
    for pack in packs.values():
        faults[pack.id] += missing(pack, packs)
    return [packs[one] for one in sorted(packs)], [fault for one in sorted(packs) for fault in faults[one]]


def read_pack(folder: Path) -> tuple[Pack, list[Fault]]:
    """The pack in a folder, and what is wrong with its `pack.toml`. Raises OSError if there is none."""
    folder = folder.resolve()
    located, faults = read_toml(folder / FILE)
    data = located.data
    id_ = f"{folder.parent.name}/{folder.name}"
    needs = data.get("needs", [])
    pack = Pack(
        id_,
        folder,
        _title(data.get("title"), id_),
        _text(data.get("chapter")),
        _text(data.get("unit")),
        tuple(str(one) for one in needs) if isinstance(needs, list) else (),
        _title(data.get("summary"), ""),
    )
    return pack, faults or list(_faults(pack, located))


def missing(pack: Pack, known: Sequence[str] | dict[str, Pack]) -> Iterator[Fault]:
    """What is wrong with the packs that it stands on: that they are not there."""
    for one in pack.needs:
        if one not in known:
            located, _ = read_toml(pack.folder / FILE)
            near = get_close_matches(one, list(known), 1)
            yield Fault(
                located.path,
                located.line("needs"),
                "pack.needs",
                Title(f"没有应用包“{one}”", f"there is no pack {one}"),
                Title(f"写作 {near[0]}", f"write {near[0]}") if near else Title("删去它", "leave it out"),
            )


def _title(value: Any, otherwise: str) -> Title:
    given = value if isinstance(value, dict) else {}
    return Title(str(given.get("zh", otherwise)), str(given.get("en", otherwise)))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _faults(pack: Pack, located: Located) -> Iterator[Fault]:
    def fault(key: str, rule: str, wrong: Title, instead: Title) -> Fault:
        return Fault(located.path, located.line(key), rule, wrong, instead)

    domain, _, name = pack.id.partition("/")
    if domain not in DOMAINS:
        told = ", ".join(DOMAINS)
        yield fault(
            "title",
            "pack.domain",
            Title(f"没有领域“{domain}”", f"there is no domain {domain}"),
            Title(f"把文件夹放在 {told} 之一下面", f"lay the folder under one of {told}"),
        )
    if not NAME.fullmatch(name):
        yield fault(
            "title",
            "pack.name",
            Title(f"文件夹名“{name}”不能作为应用包名", f"the folder's name {name} cannot be a pack's"),
            Title("用小写英文字母、数字和下划线", "use small letters, digits and underscores"),
        )
    for key in located.data:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1) or [", ".join(KEYS)]
            yield fault(
                key,
                "pack.key",
                Title(f"未知的键 {key}", f"there is no key {key}"),
                Title(f"写作 {near[0]}", f"write {near[0]}"),
            )
    yield from _wordings(located, fault)


def _wordings(located: Located, fault: Any) -> Iterator[Fault]:
    data = located.data
    given = data.get("title")
    titles: dict[str, Any] = given if isinstance(given, dict) else {}
    for one in LANGUAGES:
        if not isinstance(titles.get(one), str) or not titles[one].strip():
            yield fault(
                "title",
                "pack.title",
                Title(f"缺少 title.{one}", f"title.{one} is missing"),
                Title('写作 title = { zh = "…", en = "…" }', 'write title = { zh = "…", en = "…" }'),
            )
    for key in ("chapter", "unit"):
        if key in data and not isinstance(data[key], str):
            yield fault(
                key,
                f"pack.{key}",
                Title(f"{key} 不是文字", f"{key} is no text"),
                Title(f'写作 {key} = "…"', f'write {key} = "…"'),
            )
    if not isinstance(data.get("needs", []), list):
        yield fault(
            "needs",
            "pack.needs",
            Title("needs 不是列表", "needs is no list"),
            Title('写作 needs = ["governance/air"]', 'write needs = ["governance/air"]'),
        )
