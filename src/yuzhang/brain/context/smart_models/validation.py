"""One model, compiled once: the check of an entity against it. Nothing is asked of the network (ADR 0009)."""

from collections.abc import Callable, Iterable
from datetime import datetime, time
from typing import Any

import jsonschema_rs
from jsonschema_rs import FancyRegexOptions, ValidationError

from yuzhang.brain.context.errors import BadRequestData
from yuzhang.brain.context.model import Body
from yuzhang.brain.context.smart_models.errors import ModelUnreadable
from yuzhang.brain.context.smart_models.keyvalues import Wording, simplified
from yuzhang.brain.context.smart_models.model import SmartModel
from yuzhang.brain.context.smart_models.schemas import described, type_of
from yuzhang.core.language import Title

Check = Callable[[Body], None]
MOST_FAULTS = 5
MOST_CHARACTERS = 160


def _is_date_time(text: str) -> bool:
    """Whether it is a date with a time; the zone may be missing, as in many of the published models' own examples.

    >>> _is_date_time("2016-03-15T11:00:00"), _is_date_time("2016-03-15T11:00:00Z"), _is_date_time("2016-03-15")
    (True, True, False)
    """
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return "T" in text


def _is_time(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    return ":" in text


FORMATS: dict[str, Callable[..., bool]] = {"date-time": _is_date_time, "time": _is_time}


def compiled(model: SmartModel) -> Check:
    """The check of entities against `model`; it raises BadRequestData that names the attribute and the rule.

    Raises: ModelUnreadable if the schema is no valid JSON Schema.
    """
    validator = _validator(model)
    is_valid, wording = validator.is_valid, _wording(model)

    def check(body: Body) -> None:
        for one in simplified(body, wording):
            if not is_valid(one):
                raise _refusal(model, validator.iter_errors(one))

    return check


def _validator(model: SmartModel) -> Any:
    schema = {**model.schema, "$id": model.address}
    try:
        registry = jsonschema_rs.Registry([(address, dict(part)) for address, part in model.parts.items()])
        return jsonschema_rs.validator_for(
            schema,
            registry=registry,
            offline=True,
            validate_formats=True,
            formats=FORMATS,
            # A pattern that backtracks without end would hold up the writer.
            pattern_options=FancyRegexOptions(backtrack_limit=10_000),
        )
    except (ValidationError, jsonschema_rs.ReferencingError, ValueError, TypeError) as err:
        said = str(err).split("\n", 1)[0][:MOST_CHARACTERS]
        raise ModelUnreadable(
            Title(f"这不是有效的 JSON Schema：{said}", f"This is no valid JSON Schema: {said}"), where=model.source
        ) from err


def _wording(model: SmartModel) -> Wording:
    about = described(model.schema, model.address, model.parts)
    shapes = {term: one.shape for term, one in about.items() if one.shape}
    return Wording({name: term for term, name in model.terms.items()}, shapes, type_of(model.schema) or model.title)


def _refusal(model: SmartModel, errors: Iterable[ValidationError]) -> BadRequestData:
    found = [(_pointer(one), _said(one)) for one in errors]
    faults = "; ".join(f"{where or '/'}: {said}" for where, said in found[:MOST_FAULTS])
    more = len(found) - MOST_FAULTS
    rest = Title(f"；另有 {more} 处", f"; and {more} more") if more > 0 else Title("", "")
    where = found[0][0] if found else ""
    return BadRequestData(
        Title(
            f"实体不符合数据模型 {model.name}：{faults}{rest.zh}。",
            f"The entity does not fit the data model {model.name}: {faults}{rest.en}.",
        ),
        where=where or None,
        fix=Title(
            f"用 yuzhang models show {model.title} 查看该模型的属性。",
            f"yuzhang models show {model.title} lists what the model asks for.",
        ),
    )


def _pointer(error: ValidationError) -> str:
    """Where in the entity, as a JSON pointer in the terms of the model; for a missing attribute the place it should stand in."""
    steps = [str(one) for one in error.instance_path]
    missing = error.kind.as_dict().get("property") if error.kind.name == "required" else None
    if missing is not None:
        steps.append(str(missing))
    return "".join("/" + one.replace("~", "~0").replace("/", "~1") for one in steps)


def _said(error: ValidationError) -> str:
    message = error.message
    if len(message) > MOST_CHARACTERS:
        message = f"{message[: MOST_CHARACTERS // 2]} … {message[-MOST_CHARACTERS // 2 :]}"
    return f"{message} ({error.kind.name})"
