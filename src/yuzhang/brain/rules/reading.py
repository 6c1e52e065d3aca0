"""The rules of a pack, `rules.toml`: read and checked whole, so that every fault is told at once, with its line."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from yuzhang.brain.rules.model import Rule
from yuzhang.brain.rules.writing.faults import Said
from yuzhang.brain.rules.writing.known import Known
from yuzhang.brain.rules.writing.parsing import parsed
from yuzhang.core.language import Title
from yuzhang.core.packs import Fault, Pack, TypeModel, read_models, read_toml

FILE = "rules.toml"


def read(pack: Pack, further: Mapping[str, TypeModel] | None = None) -> tuple[list[Rule], list[Fault]]:
    """The rules of a pack that can be evaluated, and all that is wrong with the others. `further`: models that are known beside the
    pack's own, as those of packs that it stands on."""
    path = pack.folder / FILE
    if not path.is_file():
        return [], []
    located, faults = read_toml(path)
    if faults:
        return [], faults
    models, _ = read_models(pack)
    known = Known({**(further or {}), **models})
    rules: list[Rule] = []
    for number, given in enumerate(_tables(located.data)):
        place = ("rule", number)

        def line(*key: str, place: tuple[str, int] = place) -> int:
            return located.line(*place, *key)

        rule, wrong = parsed(given, pack.id, known)
        faults += [Fault(path, line(*one.key), one.rule, one.wrong, one.instead) for one in wrong]
        if rule is not None and not wrong:
            rules.append(rule)
    faults += [Fault(path, located.line(*one.key), one.rule, one.wrong, one.instead) for one in _of_file(located.data)]
    for one in _doubled(_tables(located.data)):
        faults.append(Fault(path, located.line("rule", one[0], "id"), "rule.id", one[1].wrong, one[1].instead))
    return rules, faults


def _tables(data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    given = data.get("rule", [])
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _of_file(data: Mapping[str, Any]) -> Iterator[Said]:
    for key in data:
        if key != "rule":
            yield Said(
                (key,),
                "rules.key",
                *_pair(
                    f"这里不能有 {key}", f"{key} cannot stand here", "写在 [[rule]] 之下", "write it below [[rule]]"
                ),
            )
    if not isinstance(data.get("rule", []), list):
        yield Said(
            ("rule",),
            "rules.key",
            *_pair("rule 不是表的列表", "rule is no list of tables", "写作 [[rule]]", "write [[rule]]"),
        )


def _doubled(tables: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Said]]:
    seen: set[str] = set()
    for number, one in enumerate(tables):
        name = one.get("id")
        if isinstance(name, str) and name in seen:
            yield (
                number,
                Said(
                    ("id",),
                    "rule.id",
                    *_pair(f"“{name}”出现两次", f"{name} stands there twice", "换一个名称", "give it another name"),
                ),
            )
        elif isinstance(name, str):
            seen.add(name)


def _pair(wrong_zh: str, wrong: str, instead_zh: str, instead: str) -> tuple[Title, Title]:
    return Title(wrong_zh, wrong), Title(instead_zh, instead)
