"""What does not fit between the files of a pack: a rule's matter that is no matter, a source's attribute that is in no model."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from yuzhang.brain.cases.processes.reading import read as read_cases
from yuzhang.brain.rules.reading import FILE as RULES
from yuzhang.brain.rules.reading import read as read_rules
from yuzhang.brain.rules.units import unit_of
from yuzhang.core.language import Title
from yuzhang.core.packs import Attribute, Fault, Located, Pack, TypeModel, found, read_models, read_toml
from yuzhang.foundation.sources.connectors.reading import FILE as SOURCES
from yuzhang.foundation.sources.connectors.reading import read as read_sources

ADD = {
    "matter": Title("在 cases.toml 中加一个 [[matter]]", "add a [[matter]] of that id to cases.toml"),
    "type": Title("把它的模型放进 models/", "lay its model into models/"),
    "attribute": Title("在模型的 properties 中加上它", "add it to the properties of the model"),
}
"""What to do where nothing of a similar name is there."""


def needed(pack: Pack) -> list[Pack]:
    """The packs that it stands on, as far as they are there: beside it, or among ours."""
    known = {one.id: one for one in found([pack.folder.parents[1]])[0]} if pack.needs else {}
    return [known[one] for one in pack.needs if one in known]


def needed_models(pack: Pack) -> dict[str, TypeModel]:
    """The models of the packs that it stands on."""
    return {type_: model for one in needed(pack) for type_, model in read_models(one)[0].items()}


def unknown_matters(pack: Pack) -> Iterator[Fault]:
    """Rules whose matter no `cases.toml` has: their case would be of a matter that nobody gets."""
    rules, _ = read_rules(pack, needed_models(pack))
    wanted = {one.matter for one in rules if one.matter}
    if not wanted:
        return
    known = {matter.id for one in (pack, *needed(pack)) for matter in read_cases(one)[0].matters}
    located, _ = read_toml(pack.folder / RULES)
    for at, one in enumerate(located.data.get("rule", [])):
        if one.get("matter") in wanted - known:
            yield _unknown(
                located, ("rule", at, "matter"), "rule.matter", "事项", "matter", str(one["matter"]), sorted(known)
            )


def unfit_sources(pack: Pack) -> Iterator[Fault]:
    """Sources that bring attributes which no model has, or in a unit that measures something else."""
    sources, _ = read_sources(pack)
    if not sources:
        return
    models = {**needed_models(pack), **read_models(pack)[0]}
    located, _ = read_toml(pack.folder / SOURCES)
    places = {one.get("name"): at for at, one in enumerate(located.data["source"])}
    for source in sources:
        place = ("source", places.get(source.name, 0), "mapping")
        model = models.get(source.mapping.type)
        if model is None:
            yield _unknown(
                located, (*place, "type"), "sources.type", "类型", "type", source.mapping.type, sorted(models)
            )
            continue
        for one in source.mapping.attributes:
            yield from _attribute(located, (*place, "attributes"), model.attributes, one.name, one.unit)


def _attribute(
    located: Located, place: tuple[str | int, ...], known: Mapping[str, Attribute], name: str, unit: str
) -> Iterator[Fault]:
    if name not in known:
        yield _unknown(located, place, "sources.attribute", "属性", "attribute", name, sorted(known))
        return
    own = known[name].unit
    if unit and own and unit != own:
        yield Fault(
            located.path,
            located.line(*place),
            "sources.unit",
            Title(f"{name} 的单位是 {own}，不是 {unit}", f"{name} is in {own}, and not in {unit}"),
            Title(f"写作 {name} {own} *系数", f"write {name} {own} *factor")
            if _alike(own, unit)
            else Title(f"写作 {name} {own}", f"write {name} {own}"),
        )


def _alike(one: str, other: str) -> bool:
    first, second = unit_of(one), unit_of(other)
    return first is not None and second is not None and first.measure == second.measure


def _unknown(
    located: Located, place: tuple[str | int, ...], rule: str, zh: str, en: str, name: str, known: list[str]
) -> Fault:
    near = get_close_matches(name, known, 1)
    instead = Title(f"写作 {near[0]}", f"write {near[0]}") if near else ADD[en]
    wrong = Title(f"没有{zh}“{name}”", f"there is no {en} {name}")
    return Fault(located.path, located.line(*place), rule, wrong, instead)
