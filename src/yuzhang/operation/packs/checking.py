"""A pack checked as a whole: every fault at once, from every room that reads a part of it."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from yuzhang.brain.cases.processes.reading import read as read_cases
from yuzhang.brain.rules.reading import read as read_rules
from yuzhang.core.language import Title
from yuzhang.core.packs import Fault, Pack, found, read_models, read_pack
from yuzhang.core.packs.finding import BUILT_IN, FILE, missing
from yuzhang.core.packs.indicators import read_indicators
from yuzhang.foundation.sources.connectors.reading import read as read_sources
from yuzhang.operation.packs.errors import PackNotFound
from yuzhang.operation.packs.faults.crossing import needed_models, unfit_sources, unknown_matters
from yuzhang.operation.packs.faults.files import (
    faulty_tables,
    half_worded,
    unknown_files,
    unmarked_samples,
    unreadable_tables,
)
from yuzhang.operation.packs.faults.queries import indicator_faults
from yuzhang.operation.packs.faults.schemas import model_faults
from yuzhang.operation.packs.model import Brought, Checked

Check = Callable[[Pack], Iterable[Fault]]


def rule_faults(pack: Pack) -> list[Fault]:
    """What is wrong with a pack's `rules.toml`."""
    return read_rules(pack, needed_models(pack))[1]


def source_faults(pack: Pack) -> list[Fault]:
    """What is wrong with a pack's `sources.toml`."""
    return read_sources(pack)[1]


def case_faults(pack: Pack) -> list[Fault]:
    """What is wrong with a pack's `cases.toml` and processes."""
    return read_cases(pack)[1]


CHECKS: tuple[Check, ...] = (
    unknown_files,
    half_worded,
    unreadable_tables,
    model_faults,
    indicator_faults,
    source_faults,
    rule_faults,
    case_faults,
    unknown_matters,
    unfit_sources,
    faulty_tables,
    unmarked_samples,
)


def checked(pack: Pack, wrong: Iterable[Fault]) -> Checked:
    """The pack with all that is wrong with it; `wrong`: what is known of its `pack.toml`."""
    faults = {*wrong, *(fault for check in CHECKS for fault in check(pack))}
    ordered = sorted(faults, key=lambda one: (str(one.path), one.line, one.rule, one.wrong.en))
    return Checked(pack, tuple(_brought(pack)), tuple(ordered), pack.folder.is_relative_to(BUILT_IN.resolve()))


def all_checked(extra: Sequence[Path] = ()) -> list[Checked]:
    """All packs: ours, and those in the folders `extra`, each of which holds domains."""
    packs, faults = found(extra)
    return [checked(pack, [one for one in faults if one.path.is_relative_to(pack.folder)]) for pack in packs]


def folder_checked(folder: Path, extra: Sequence[Path] = ()) -> list[Checked]:
    """The pack in a folder; or, if it holds domains, all packs in it. Raises PackNotFound if there is none."""
    if (folder / FILE).is_file():
        pack, wrong = read_pack(folder)
        known = {one.id: one for one in found([*extra, folder.resolve().parents[1]])[0]}
        return [checked(pack, [*wrong, *missing(pack, known)])]
    inside = [one for one in all_checked([*extra, folder]) if one.pack.folder.is_relative_to(folder.resolve())]
    if not inside:
        raise PackNotFound(
            Title("这里没有应用包。", "No pack lies here."),
            where=str(folder),
            fix=Title(
                "给出含 pack.toml 的文件夹，或用 yuzhang pack new 新建一个。",
                "Name a folder with a pack.toml, or begin one with yuzhang pack new.",
            ),
        )
    return inside


def _brought(pack: Pack) -> Iterable[Brought]:
    models, _ = read_models(pack)
    yield Brought("models", Title("模型", "Models"), tuple(one.title for one in models.values()))
    sources, _ = read_sources(pack)
    yield Brought("sources", Title("数据源", "Sources"), tuple(one.title for one in sources))
    rules, _ = read_rules(pack, needed_models(pack))
    yield Brought("rules", Title("规则", "Rules"), tuple(one.title for one in rules))
    cases, _ = read_cases(pack)
    yield Brought("matters", Title("事项", "Matters"), tuple(one.title for one in cases.matters))
    yield Brought("processes", Title("流程", "Processes"), tuple(one.title for one in cases.definitions.values()))
    indicators, _ = read_indicators(pack)
    yield Brought("indicators", Title("指标", "Indicators"), tuple(one.title for one in indicators))
    yield Brought("data", Title("数据", "Data"), _names(pack, "data/*.csv", "data/*.toml"))
    yield Brought("sample", Title("示例", "Samples"), _names(pack, "sample/*.csv", "sample/*.json"))


def _names(pack: Pack, *patterns: str) -> tuple[Title, ...]:
    names = sorted(path.name for pattern in patterns for path in pack.folder.glob(pattern))
    return tuple(Title(name, name) for name in names)
