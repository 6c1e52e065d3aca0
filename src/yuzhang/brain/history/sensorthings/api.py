"""The SensorThings API over HTTP. Source: OGC 18-088, clauses 9, 10.2 and 12."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Header, Request, Response

from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.history.room import History
from yuzhang.brain.history.sensorthings import actions, writing
from yuzhang.brain.history.sensorthings.model import ROOT
from yuzhang.brain.history.sensorthings.rendering import Rendering
from yuzhang.web.asking import Caller
from yuzhang.web.reader import reader_of

router = APIRouter(prefix=ROOT, tags=["sensorthings"])
Tenant = Annotated[
    str, Header(alias="NGSILD-Tenant", max_length=256, description="the tenant; the default one if left out")
]


def history_of(request: Request) -> History:
    """The application's history."""
    history = request.app.state.history
    assert isinstance(history, History)  # noqa: S101  # app.py puts it there
    return history


def intake_of(request: Request) -> Intake:
    """The application's way in for observations."""
    intake = request.app.state.intake
    assert isinstance(intake, Intake)  # noqa: S101  # app.py puts it there
    return intake


Past = Annotated[History, Depends(history_of)]
Door = Annotated[Intake, Depends(intake_of)]


def _root(request: Request) -> str:
    return str(request.base_url).rstrip("/") + ROOT


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


@router.get("", response_class=Response)
def service(request: Request, history: Past, caller: Caller) -> Response:
    """The entity sets of the service, and which parts of OGC SensorThings 1.1 it has."""
    return _json(actions.service(history, caller, _root(request)))


@router.get("/{path:path}", response_class=Response, responses={204: {"description": "The property has no value."}})
def read(request: Request, history: Past, caller: Caller, path: str, tenant: Tenant = "") -> Response:
    """What a resource path names: `Things('urn:…')/Datastreams`, `Datastreams(5)/Observations`; options: `$filter`, `$expand` and others."""
    if not path:
        return service(request, history, caller)
    given = request.query_params.multi_items()
    language = reader_of(request).language
    found = actions.read(history, caller, tenant, path, given, _root(request), language)
    if found is None:
        return Response(status_code=204)
    return _json(found) if isinstance(found, dict) else Response(found, media_type="text/plain; charset=utf-8")


@router.post("/CreateObservations", status_code=201, response_class=Response)
async def create_observations(
    request: Request, history: Past, door: Door, caller: Caller, tenant: Tenant = ""
) -> Response:
    """Observations of Datastreams as data arrays; the answer has the address of each, or `error` for one that was not taken."""
    ids = await writing.observe_many(history, caller, door, tenant, await request.body())
    root = _root(request)
    return _json([one if one == writing.ERROR else _address(root, one) for one in ids], 201)


@router.post("/Observations", status_code=201, response_class=Response)
async def create_observation(
    request: Request, history: Past, door: Door, caller: Caller, tenant: Tenant = ""
) -> Response:
    """One Observation; it names its Datastream."""
    return await _created(request, history, door, caller, tenant, "")


@router.post("/Datastreams({datastream})/Observations", status_code=201, response_class=Response)
async def observe(
    request: Request, history: Past, door: Door, caller: Caller, datastream: str, tenant: Tenant = ""
) -> Response:
    """One Observation of a Datastream."""
    return await _created(request, history, door, caller, tenant, datastream.strip("'"))


@router.post("/{path:path}", response_class=Response)
@router.patch("/{path:path}", response_class=Response)
@router.put("/{path:path}", response_class=Response)
@router.delete("/{path:path}", response_class=Response)
def refuse(request: Request, history: Past, caller: Caller, path: str) -> Response:
    """Every other write: not offered (501); things and devices are written over NGSI-LD."""
    writing.refuse(history, caller, request.method, path)
    return Response(status_code=501)


async def _created(
    request: Request, history: History, door: Intake, caller: Any, tenant: str, datastream: str
) -> Response:
    id_ = await writing.observe_one(history, caller, door, tenant, await request.body(), datastream)
    address = _address(_root(request), id_)
    return _json({"@iot.id": id_, "@iot.selfLink": address}, 201, {"location": address})


def _address(root: str, id_: str) -> str:
    return f"{root}/Observations({Rendering.written_id(id_)})"
