"""What can be done over the SensorThings API: read whatever a path names, and bring Observations."""

from collections.abc import Iterable
from typing import Any

import msgspec

from yuzhang.brain.history.room import History
from yuzhang.brain.history.sensorthings.errors import bad, not_there
from yuzhang.brain.history.sensorthings.knowing import Knowing
from yuzhang.brain.history.sensorthings.model import CONFORMANCE, EVERYTHING, KINDS, Item, Kind, Scope
from yuzhang.brain.history.sensorthings.query.options import parse_options
from yuzhang.brain.history.sensorthings.query.paths import Resource, parse_path
from yuzhang.brain.history.sensorthings.rendering import Rendering
from yuzhang.brain.history.sensorthings.sensing import Sensing
from yuzhang.core.access import Party, action
from yuzhang.core.language import Language

Answer = dict[str, Any] | str
"""JSON; or plain text, of `$value` and `$count`."""
Given = Iterable[tuple[str, str]]


@action("reader")
def service(history: History, caller: Party, /, root: str) -> dict[str, Any]:
    """The entity sets, and what of the standard is there. Source: OGC 18-088, clause 9.2.1."""
    return {
        "value": [{"name": name, "url": f"{root}/{name}"} for name in KINDS],
        "serverSettings": {"conformance": list(CONFORMANCE)},
    }


@action("reader")
def read(
    history: History, caller: Party, /, tenant: str, path: str, given: Given, root: str, language: Language
) -> Answer | None:
    """What a path names, as the options want it; None for a property that has no value.

    Raises: BadQuery, CostlyQuery, NotOffered, NotThere. Source: OGC 18-088, clause 9.
    """
    resource = parse_path(path)
    options = parse_options(given, resource.kind)
    sensing = Sensing(Knowing(history, caller, tenant), language)
    rendering = Rendering(sensing, root)
    here = f"{root}/{'/'.join(_written(resource))}"
    parent, scope = _walked(sensing, resource)
    if resource.many:
        if resource.ending == "$count":
            return str(sensing.count(resource.kind, scope, options))
        page = sensing.page(resource.kind, scope, options)
        return (rendering.references if resource.ending else rendering.collection)(page, options, here)
    if options.format or options.filter is not None or options.order or options.count:
        raise bad("这些选项只用于集合。", "Such options are for collections.", path)
    assert parent is not None  # noqa: S101  # a path that ends at no collection ends at an entity
    if resource.inside:
        return _inside(parent, resource)
    if resource.ending == "$ref":
        return {"@iot.selfLink": rendering.address(parent)}
    return rendering.entities([parent], options)[0]


def _written(resource: Resource) -> list[str]:
    """The steps of a path as addresses have them."""
    found = []
    for step in resource.steps:
        key = step.key if step.key is None or step.key.isdigit() else Rendering.written_id(step.key)
        found.append(step.name if key is None else f"{step.name}({key})")
    return found


def _walked(sensing: Sensing, resource: Resource) -> tuple[Item | None, Scope]:
    """The entity that a path ends at, or what narrows the collection down that it ends at. Raises NotThere."""
    item: Item | None = None
    scope = EVERYTHING
    for step in resource.steps:
        if item is None:
            kind, many = KINDS[step.name], True
        else:
            link = item.kind.links[step.name]
            kind, many, scope = KINDS[link.kind], link.many, sensing.follow(item, step.name)
        if many and step.key is None:
            return None, scope
        item = _one(sensing, kind, item, step.name, step.key)
    return item, EVERYTHING


def _one(sensing: Sensing, kind: Kind, parent: Item | None, name: str, key: str | None) -> Item:
    if key is None:
        assert parent is not None  # noqa: S101  # the first step names a set
        found = next(iter(sensing.related(parent, name)), None)
    else:
        found = sensing.one(kind, key)
        if found is not None and parent is not None and not sensing.leads(parent, name, found):
            found = None
    if found is None:
        raise not_there(name if key is None else f"{kind.name}('{key}')")
    return found


def _inside(item: Item, resource: Resource) -> Answer | None:
    value: Any = item.body.get(resource.inside[0])
    for step in resource.inside[1:]:
        value = value.get(step) if isinstance(value, dict) else None
    if value is None:
        return None
    if resource.ending != "$value":
        return {resource.inside[-1]: value}
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
