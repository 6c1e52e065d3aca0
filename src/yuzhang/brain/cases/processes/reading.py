"""What a pack says of cases: `cases.toml` (matters, limits, who gets what) and `processes/*.bpmn|*.dmn`.

[limits]                                  # of all matters of the pack; by step of their process
handle = "3 working days"                 # minutes, hours, days; working or not

[[matter]]
id = "waterlogging"                       # as rules and reports name it
title = { zh = "道路积水", en = "Waterlogging" }
group = { zh = "排水", en = "Drainage" }  # matters are listed by group
code = "0108"                             # of its class in a standard
process = "handling"                      # the built-in one, or a file of processes/
evidence = true                           # closing as fixed needs a file
public = true                             # people may report it
limits = { handle = "4 working hours" }
urgent = { handle = "1 hour" }            # where the severity is 4

[[dispatch]]                              # the most exact line counts: matter and region, matter, region
matter = "waterlogging"                   # without it: all matters of this pack
region = "360102"                         # this region, or one below it
unit = "drainage"                         # a unit's id, or its kind
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from yuzhang.brain.cases.deadlines import Limit
from yuzhang.brain.cases.model import Matter
from yuzhang.brain.cases.processes.definition import Definition
from yuzhang.brain.cases.processes.parsing import Text, parse
from yuzhang.core.language import LANGUAGES, Title
from yuzhang.core.packs import Fault, Located, Pack, read_toml

FILE, FOLDER, BUILT_IN = "cases.toml", "processes", "handling"
KEYS = ("limits", "urgent", "matter", "dispatch")
MATTER_KEYS = ("id", "title", "group", "code", "process", "evidence", "public", "summary", "limits", "urgent")
DISPATCH_KEYS = ("matter", "region", "unit")


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Who gets what. "" stands for any matter of the pack, any region; `unit`: a unit's id, or its kind."""

    unit: str
    matter: str = ""
    region: str = ""
    pack: str = ""


@dataclass(frozen=True, slots=True)
class PackCases:
    """All that a pack says of cases. `definitions`: its processes by full name."""

    matters: tuple[Matter, ...] = ()
    dispatch: tuple[Dispatch, ...] = ()
    definitions: Mapping[str, Definition] = field(default_factory=dict)


def read(pack: Pack) -> tuple[PackCases, list[Fault]]:
    """What a pack says of cases, and all that is wrong with it. What is right is there all the same."""
    definitions, faults = _processes(pack)
    path = pack.folder / FILE
    if not path.exists():
        return PackCases(definitions=definitions), faults
    located, wrong = read_toml(path)
    if wrong:
        return PackCases(definitions=definitions), [*faults, *wrong]
    reading = _Reading(pack, located, definitions)
    matters = tuple(reading.matters())
    dispatch = tuple(reading.dispatch({one.id for one in matters}))
    return PackCases(matters, dispatch, definitions), [*faults, *reading.faults]


def full_name(pack: str, stem: str) -> str:
    """What a process of a pack is called.

    >>> full_name("governance/citycare", "urgent")
    'governance.citycare.urgent'
    """
    return f"{pack.replace('/', '.')}.{stem}"


@cache
def built_in() -> Definition:
    """The process that is run where a pack has none."""
    path = Path(__file__).with_name("handling.bpmn")
    made, faults = parse(BUILT_IN, Text(path, path.read_text(encoding="utf-8")))
    if made is None:
        raise ValueError(faults[0].said("en"))
    return made


def built_in_limits() -> tuple[dict[str, str], dict[str, str]]:
    """The limits of the built-in process, and those of what is urgent."""
    located, _ = read_toml(Path(__file__).with_name("handling.toml"))
    return dict(located.data["limits"]), dict(located.data["urgent"])


@cache
def built_in_matters() -> tuple[Matter, ...]:
    """The matters that are there without any pack."""
    path = Path(__file__).with_name("matters.toml")
    own = Pack("", path.parent, Title("设备网络", "The network of devices"))
    return tuple(_Reading(own, read_toml(path)[0], {}).matters())


def _processes(pack: Pack) -> tuple[dict[str, Definition], list[Fault]]:
    folder = pack.folder / FOLDER
    tables = [Text(path, _text(path)) for path in sorted(folder.glob("*.dmn"))]
    found: dict[str, Definition] = {}
    faults: list[Fault] = []
    for path in sorted(folder.glob("*.bpmn")):
        asked = Text(path, _text(path))
        needed = [one for one in tables if f'"{one.path.stem}"' in asked.text or len(tables) == 1]
        name = full_name(pack.id, path.stem)
        made, wrong = parse(name, asked, needed)
        faults += wrong
        if made is not None:
            found[name] = made
    return found, faults


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


class _Reading:
    """One cases.toml, with the faults that were met."""

    def __init__(self, pack: Pack, located: Located, definitions: Mapping[str, Definition]) -> None:
        self.pack, self.located, self.definitions = pack, located, definitions
        self.faults: list[Fault] = []
        self._keys(located.data, KEYS)
        self.limits = self._limits(located.data.get("limits", {}), "limits")
        self.urgent = self._limits(located.data.get("urgent", {}), "urgent")

    def matters(self) -> Iterator[Matter]:
        """The matters that have an id."""
        seen: set[str] = set()
        for at, one in enumerate(self._tables("matter")):
            place = ("matter", at)
            self._keys(one, MATTER_KEYS, *place)
            id_ = one.get("id")
            if not isinstance(id_, str) or not id_ or id_ in seen:
                self._wrong(
                    "id",
                    Title("id 缺失或重复", "its id is missing, or is there twice"),
                    Title('写作 id = "…"', 'write id = "…"'),
                    *place,
                    "id",
                )
                continue
            seen.add(id_)
            yield Matter(
                id_,
                self._title(one, "title", *place),
                self.pack.id,
                self._process(one, *place),
                self._title(one, "group", *place, otherwise=self.pack.title),
                str(one.get("code", "")),
                {**self.limits, **self._limits(one.get("limits", {}), *place, "limits")},
                {**self.urgent, **self._limits(one.get("urgent", {}), *place, "urgent")},
                self._yes(one, "evidence", *place),
                self._yes(one, "public", *place),
                self._title(one, "summary", *place, otherwise=Title("", "")),
            )

    def dispatch(self, matters: set[str]) -> Iterator[Dispatch]:
        """Who gets what."""
        for at, one in enumerate(self._tables("dispatch")):
            place = ("dispatch", at)
            self._keys(one, DISPATCH_KEYS, *place)
            given = {key: one.get(key, "") for key in DISPATCH_KEYS}
            if not all(isinstance(value, str) for value in given.values()) or not given["unit"]:
                self._wrong(
                    "unit",
                    Title("缺少 unit", "its unit is missing"),
                    Title('写作 unit = "…"', 'write unit = "…"'),
                    *place,
                    "unit",
                )
                continue
            if given["matter"] and given["matter"] not in matters:
                self._unknown("matter", given["matter"], sorted(matters), *place, "matter")
                continue
            yield Dispatch(given["unit"], given["matter"], given["region"], self.pack.id)

    def _process(self, one: dict[str, Any], *place: str | int) -> str:
        given = one.get("process", BUILT_IN)
        if given == BUILT_IN and full_name(self.pack.id, BUILT_IN) not in self.definitions:
            return BUILT_IN
        name = full_name(self.pack.id, str(given))
        if name not in self.definitions:
            known = [BUILT_IN, *(one.rpartition(".")[2] for one in self.definitions)]
            self._unknown("process", str(given), known, *place, "process")
            return BUILT_IN
        return name

    def _limits(self, given: Any, *place: str | int) -> dict[str, str]:
        read: dict[str, str] = {}
        for step, text in given.items() if isinstance(given, dict) else [("", given)]:
            try:
                Limit.read(str(text))
                read[str(step)] = str(text)
            except ValueError:
                self._wrong(
                    "limit",
                    Title(f"时限“{text}”无法读取", f"the limit {text} is not readable"),
                    Title(
                        '写作 "4 working hours"、"3 working days" 或 "30 minutes"', 'write it like "4 working hours"'
                    ),
                    *place,
                    str(step),
                )
        return read

    def _tables(self, key: str) -> list[dict[str, Any]]:
        given = self.located.data.get(key, [])
        if isinstance(given, list) and all(isinstance(one, dict) for one in given):
            return given
        self._wrong(
            key,
            Title(f"{key} 不是表", f"{key} is no list of tables"),
            Title(f"写作 [[{key}]]", f"write [[{key}]]"),
            key,
        )
        return []

    def _yes(self, one: dict[str, Any], key: str, *place: str | int) -> bool:
        given = one.get(key, True)
        if not isinstance(given, bool):
            said = Title(f"{key} 不是 true 或 false", f"{key} is neither true nor false")
            self._wrong(key, said, Title(f"写作 {key} = true", f"write {key} = true"), *place, key)
        return given is not False

    def _title(self, one: dict[str, Any], key: str, *place: str | int, otherwise: Title | None = None) -> Title:
        given = one.get(key)
        if given is None and otherwise is not None:
            return otherwise
        titles = given if isinstance(given, dict) else {}
        if not all(isinstance(titles.get(language), str) and titles[language].strip() for language in LANGUAGES):
            self._wrong(
                "title",
                Title(f"{key} 缺少中文或英文", f"{key} is missing in one of the languages"),
                Title(f'写作 {key} = {{ zh = "…", en = "…" }}', f'write {key} = {{ zh = "…", en = "…" }}'),
                *place,
                key,
            )
        return Title(str(titles.get("zh", one.get("id"))), str(titles.get("en", one.get("id"))))

    def _keys(self, given: Mapping[str, Any], known: tuple[str, ...], *place: str | int) -> None:
        for key in given:
            if key not in known:
                self._unknown("key", key, known, *place, key)

    def _unknown(self, rule: str, name: str, known: Any, *place: str | int) -> None:
        near = get_close_matches(name, list(known), 1) or [", ".join(known) or "-"]
        said = Title(f"没有“{name}”", f"there is no {name}")
        self._wrong(rule, said, Title(f"写作 {near[0]}", f"write {near[0]}"), *place)

    def _wrong(self, rule: str, wrong: Title, instead: Title, *place: str | int) -> None:
        self.faults.append(Fault(self.located.path, self.located.line(*place), f"cases.{rule}", wrong, instead))
