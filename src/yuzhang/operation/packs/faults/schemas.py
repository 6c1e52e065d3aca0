"""A pack's models, as the present will have them: valid JSON Schemas that ask nobody else for a part."""

from collections.abc import Iterator

import msgspec

from yuzhang.brain.context.smart_models.errors import ModelUnreadable
from yuzhang.brain.context.smart_models.model import SmartModel
from yuzhang.brain.context.smart_models.schemas import described, referred
from yuzhang.brain.context.smart_models.validation import compiled
from yuzhang.brain.context.units import SYMBOLS
from yuzhang.core.language import Title
from yuzhang.core.packs import Fault, Pack, TypeModel, read_models
from yuzhang.core.packs.models import CODE


def model_faults(pack: Pack) -> Iterator[Fault]:
    """What is wrong with a pack's models."""
    models, faults = read_models(pack)
    yield from faults
    for one in models.values():
        yield from _schema(one)
        yield from _units(one)


def _schema(one: TypeModel) -> Iterator[Fault]:
    schema = msgspec.json.decode(one.path.read_bytes())
    address = str(schema.get("$id", f"urn:model:{one.type}"))
    if elsewhere := sorted(referred(schema, address)):
        yield Fault(
            one.path,
            1,
            "model.refers",
            Title(f"引用了别处的 {elsewhere[0]}", f"it refers to {elsewhere[0]}, which lies elsewhere"),
            Title("把所引用的内容写在本文件里", "write what it refers to into this file"),
        )
        return
    try:
        terms = {term: term for term in described(schema, address, {})}
        compiled(SmartModel(one.type, one.type, "", "", "", address, str(one.path), schema, {}, terms, None))
    except ModelUnreadable as err:
        yield Fault(
            one.path,
            1,
            "model.schema",
            err.detail,
            err.fix or Title("按 JSON Schema 2020-12 书写", "write JSON Schema 2020-12"),
        )


def _units(one: TypeModel) -> Iterator[Fault]:
    text = one.path.read_text(encoding="utf-8")
    for attribute in one.attributes.values():
        if CODE.fullmatch(attribute.unit) and attribute.unit not in SYMBOLS:
            at = text.find(f'"{attribute.name}"')
            yield Fault(
                one.path,
                text.count("\n", 0, max(at, 0)) + 1,
                "model.unit",
                Title(
                    f"{attribute.name} 的单位代码“{attribute.unit}”未知",
                    f"the unit code {attribute.unit} of {attribute.name} is not known",
                ),
                Title(
                    "用 UN/CEFACT 代码，如 MTR（米）、GQ（µg/m³）",
                    "use a code of UN/CEFACT, such as MTR (m), GQ (µg/m³)",
                ),
            )
