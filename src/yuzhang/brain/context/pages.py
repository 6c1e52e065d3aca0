"""The page "Entities": what there is, as a table and on a map, and one page for each entity."""

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from yuzhang.brain.context import actions
from yuzhang.brain.context.actions import not_found
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import ContextError
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.presentation import (
    geometry_of,
    label_of,
    line,
    position_of,
    positions,
    short,
    values,
)
from yuzhang.brain.context.query import Selection, parse_geo, parse_q, parse_types
from yuzhang.brain.context.store.entities import Stored
from yuzhang.core.access import Party
from yuzhang.core.moments import moment
from yuzhang.web.asking import Caller
from yuzhang.web.reader import reader_of
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
PAGE_LENGTH = 50
MAX_PLACES = 5_000
MAX_NEIGHBOURS = 100
NEAR_M = 500
LAST_PAGE = 20_000


def broker_of(request: Request) -> Broker:
    """The application's broker."""
    broker = request.app.state.broker
    assert isinstance(broker, Broker)  # noqa: S101  # app.py puts it there
    return broker


Present = Annotated[Broker, Depends(broker_of)]


class Asked:
    """What a reader asks the page for; the same for the table and the map."""

    def __init__(
        self,
        tenant: Annotated[str, Query(max_length=256)] = "",
        kind: Annotated[str, Query(alias="type", max_length=500)] = "",
        text: Annotated[str, Query(max_length=200)] = "",
        condition: Annotated[str, Query(alias="q", max_length=1000)] = "",
    ) -> None:
        self.tenant = tenant
        self.kind = kind
        self.text = text.strip()
        self.condition = condition.strip()

    def selection(self, box: tuple[float, float, float, float] | None = None) -> Selection:
        """The selection, within a box of degrees (west, south, east, north). Raises BadRequestData."""
        asked: dict[str, Any] = {}
        if self.kind:
            asked["types"] = parse_types(self.kind, CORE)
        if self.condition:
            asked["q"] = parse_q(self.condition, CORE)
        if box is not None:
            west, south, east, north = box
            ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
            asked["geo"] = parse_geo("intersects", "Polygon", [ring], None, CORE)
        return Selection(**asked)

    def among(self, entities: Iterator[Stored]) -> Iterator[Entity]:
        """Those that hold the text anywhere, letters large or small."""
        needle = self.text.lower().encode()
        for one in entities:
            if needle in one.body or needle in one.body.decode().lower().encode():
                yield one.open()


@router.get("/entities", response_class=HTMLResponse, response_model=None)
def entities_page(
    request: Request,
    broker: Present,
    caller: Caller,
    asked: Annotated[Asked, Depends()],
    number: Annotated[int, Query(alias="page", ge=1, le=LAST_PAGE)] = 1,
) -> HTMLResponse | RedirectResponse:
    """The entities of one type, or all, as a table beside a map."""
    tenants = actions.tenants(broker, caller)
    if asked.text and ":" in asked.text and actions.retrieve(broker, caller, asked.tenant, asked.text):
        target = request.url_for("entity_page").include_query_params(tenant=asked.tenant, id=asked.text)
        return RedirectResponse(str(target.replace(scheme="", netloc="")), status_code=303)
    counts: dict[str, int] = {}
    for use in actions.uses(broker, caller, asked.tenant):
        if use.attribute is None:
            counts[use.type] = use.count
    refused, found = None, _Listed([], 0, False)
    try:
        found = _listed(broker, caller, asked, number)
    except ContextError as error:
        refused = error
    return page(
        request,
        "context/entities.html",
        status=200 if refused is None else refused.status,
        asked=asked,
        tenants=tenants,
        types=sorted(((short(name), name, count) for name, count in counts.items()), key=lambda one: one[0].lower()),
        lines=[line(one, reader_of(request).language) for one in found.entities],
        total=found.total,
        number=number,
        more=found.more,
        pages=max(1, -(-found.total // PAGE_LENGTH)) if found.total is not None else number + found.more,
        refused=refused,
        short=short,
    )


class _Listed:
    def __init__(self, entities: list[Entity], total: int | None, more: bool) -> None:
        self.entities, self.total, self.more = entities, total, more


def _listed(broker: Broker, caller: Party, asked: Asked, number: int) -> _Listed:
    how = actions.planned(broker, caller, asked.tenant, asked.selection())
    start = (number - 1) * PAGE_LENGTH
    if asked.text:
        found = list(islice(asked.among(actions.every(broker, caller, how)), start, start + PAGE_LENGTH + 1))
        total = start + len(found) if len(found) <= PAGE_LENGTH else None
        return _Listed(found[:PAGE_LENGTH], total, len(found) > PAGE_LENGTH)
    part = actions.page(broker, caller, how, start, PAGE_LENGTH, count=True)
    return _Listed([one.open() for one in part.found], part.total, part.more)


@router.get("/entities/places")
def places(
    request: Request,
    broker: Present,
    caller: Caller,
    asked: Annotated[Asked, Depends()],
    west: Annotated[float, Query(ge=-180, le=180)] = -180,
    south: Annotated[float, Query(ge=-90, le=90)] = -90,
    east: Annotated[float, Query(ge=-180, le=180)] = 180,
    north: Annotated[float, Query(ge=-90, le=90)] = 90,
) -> JSONResponse:
    """What the map shows of a box: GeoJSON of at most 5,000 entities, `more` if there are others."""
    how = actions.planned(broker, caller, asked.tenant, asked.selection((west, south, east, north)))
    features, language = [], reader_of(request).language
    for entity in islice(asked.among(actions.every(broker, caller, how)), MAX_PLACES + 1):
        properties = {"id": entity.id, "label": label_of(entity, language), "type": ", ".join(map(short, entity.types))}
        features.append({"type": "Feature", "geometry": geometry_of(entity), "properties": properties})
    return JSONResponse(
        {"type": "FeatureCollection", "features": features[:MAX_PLACES], "more": len(features) > MAX_PLACES}
    )


@router.get("/entities/extent")
def extent(broker: Present, caller: Caller, asked: Annotated[Asked, Depends()]) -> JSONResponse:
    """The box around the first entities that have a place, for the map to begin with; null if none has."""
    how = actions.planned(broker, caller, asked.tenant, asked.selection())
    west, south, east, north = 180.0, 90.0, -180.0, -90.0
    for entity in islice(asked.among(actions.every(broker, caller, how)), MAX_PLACES):
        for lon, lat in positions(geometry_of(entity)):
            west, south, east, north = min(west, lon), min(south, lat), max(east, lon), max(north, lat)
    return JSONResponse([west, south, east, north] if west <= east else None)


@router.get("/entity", response_class=HTMLResponse)
def entity_page(
    request: Request,
    broker: Present,
    caller: Caller,
    entity: Annotated[str, Query(alias="id", max_length=2000)] = "",
    tenant: Annotated[str, Query(max_length=256)] = "",
) -> HTMLResponse:
    """One entity: its attributes, what it points to, who points to it, what lies near. Raises ResourceNotFound."""
    stored = actions.retrieve(broker, caller, tenant, entity)
    if stored is None:
        raise not_found(entity)
    found = stored.open()
    shown = values(found)
    linked = actions.retrieve_all(
        broker, caller, tenant, list({one for value in shown for one in value.links})[:MAX_NEIGHBOURS]
    )
    sources = actions.neighbours(broker, caller, tenant, entity, 0, MAX_NEIGHBOURS)
    pointing = actions.retrieve_all(broker, caller, tenant, [one for _, one in sources])
    language = reader_of(request).language
    labels = {name: label_of(one.open(), language) for name, one in (linked | pointing).items()}
    return page(
        request,
        "context/entity.html",
        tenant=tenant,
        entity=found,
        label=label_of(found, language),
        types=[(short(one), one) for one in found.types],
        created=moment(found.created),
        modified=moment(found.modified),
        values=shown,
        sources=[(short(name), one) for name, one in sources],
        near=[line(one, language) for one in _near(broker, caller, tenant, found)],
        near_m=NEAR_M,
        labels=labels,
        geometry=geometry_of(found),
    )


def _near(broker: Broker, caller: Party, tenant: str, entity: Entity) -> list[Entity]:
    position = position_of(entity)
    if position is None:
        return []
    geo = parse_geo(f"near;maxDistance=={NEAR_M}", "Point", list(position), None, CORE)
    how = actions.planned(broker, caller, tenant, Selection(geo=geo))
    found = actions.page(broker, caller, how, 0, MAX_NEIGHBOURS)
    return [one for one in (stored.open() for stored in found.found) if one.id != entity.id]
