"""Which types of things there are, with which attributes in which units."""

from collections.abc import Mapping
from difflib import get_close_matches

from yuzhang.brain.rules.units import Unit, factor, unit_of
from yuzhang.brain.rules.writing.faults import Faults
from yuzhang.core.packs import Attribute, TypeModel


class Known:
    """The models that a rule may speak of."""

    def __init__(self, models: Mapping[str, TypeModel]) -> None:
        self._models = models

    @property
    def types(self) -> list[str]:
        """All types, sorted."""
        return sorted(self._models)

    def attributes(self, type_name: str) -> Mapping[str, Attribute]:
        """What things of a type have; nothing of an unknown one."""
        model = self._models.get(type_name)
        return model.attributes if model is not None else {}

    def check(self, types: list[str], attribute: str, faults: Faults) -> Attribute | None:
        """The attribute that all the types have, of the first one that says its unit; None if none of them has it."""
        found: Attribute | None = None
        for one in types:
            if one not in self._models:
                near = get_close_matches(one, list(self._models), 1) or self.types[:5]
                faults.say(
                    "type",
                    "rule.type",
                    (f"没有类型“{one}”", f"there is no type {one}"),
                    (
                        f"写作 {near[0]}" if near else "把模型放进 models/",
                        f"write {', '.join(near)}" if near else "lay its model into models/",
                    ),
                )
                continue
            of = self.attributes(one)
            there = of.get(attribute)
            if there is not None:
                found = there if found is None or not found.unit else found
            else:
                near = get_close_matches(attribute, list(of), 1) or sorted(of)[:8]
                faults.say(
                    "attribute",
                    "rule.attribute",
                    (f"{one} 没有属性“{attribute}”", f"{one} has no attribute {attribute}"),
                    (f"写作 {'、'.join(near)}", f"write {', '.join(near)}"),
                )
        return found

    def check_units(self, types: list[str], attribute: str, faults: Faults) -> None:
        """Whether the attribute comes in one unit of all the types: a bound cannot be kept in two."""
        units = {one: found.unit for one in types if (found := self.attributes(one).get(attribute)) and found.unit}
        first = next(iter(units), "")
        for one, unit in units.items():
            if _ucum(unit) != _ucum(units[first]):
                faults.say(
                    "type",
                    "rule.unit",
                    (
                        f"{attribute} 的单位，{first} 是 {units[first]}，{one} 是 {unit}",
                        f"{attribute} comes in {units[first]} of {first}, in {unit} of {one}",
                    ),
                    (
                        "每种类型各写一条 [[rule]]，或在模型中用同一单位",
                        "write a [[rule]] for each type, or have both in one unit in the model",
                    ),
                )
                break

    def check_forecast(self, types: list[str], there: Attribute, forecast: str, faults: Faults) -> None:
        """Whether all the types have the attribute that foretells `there`, in its unit."""
        for one in types:
            of = self.attributes(one)
            found = of.get(forecast)
            if of and found is None:
                near = get_close_matches(forecast, [name for name in of if name != there.name], 3) or sorted(of)[:8]
                faults.say(
                    "forecast",
                    "rule.forecast",
                    (f"{one} 没有属性“{forecast}”", f"{one} has no attribute {forecast}"),
                    (f"写作 {'、'.join(near)}，或加进模型", f"write {', '.join(near)}, or add it to the model"),
                )
            elif found is not None and (found.unit or there.unit) != (there.unit or found.unit):
                faults.say(
                    "forecast",
                    "rule.forecast",
                    (
                        f"{forecast} 的单位是 {found.unit}，{there.name} 的是 {there.unit}",
                        f"{forecast} comes in {found.unit}, {there.name} in {there.unit}",
                    ),
                    ("在模型中用同一单位", "have both in one unit in the model"),
                )

    def factor(self, attribute: Attribute, unit: Unit, faults: Faults) -> float:
        """What a value of the attribute is multiplied with to be in `unit`."""
        if not attribute.unit:
            return 1.0
        found = factor(attribute.unit, unit)
        if found is None:
            faults.say(
                "unit",
                "rule.unit",
                (
                    f"{attribute.name} 的单位是 {attribute.unit}，不能换算成 {unit.ucum}",
                    f"{attribute.name} comes in {attribute.unit}, which is no {unit.ucum}",
                ),
                (f'写作 unit = "{_ucum(attribute.unit)}"', f'write unit = "{_ucum(attribute.unit)}"'),
            )
            return 1.0
        return found


def _ucum(code: str) -> str:
    known = unit_of(code)
    return known.ucum if known is not None else code
