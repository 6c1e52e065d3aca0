"""Devices, units and regions over HTTP, for programs, and for devices that ask to be taken in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Depends, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from yuzhang.core.language import Title
from yuzhang.foundation.registry import actions
from yuzhang.foundation.registry.model import EXPECTED_S, Device, Found, NewCredential, Registration, Sought, Status
from yuzhang.foundation.registry.provisioning import asking, tables
from yuzhang.foundation.registry.room import Registry
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/devices", tags=["devices 设备"])
places = APIRouter(prefix="/api", tags=["devices 设备"])
Text = Annotated[str, Field(max_length=2000)]
Asked = Annotated[str, Query(max_length=200)]
Number = Annotated[int, Query(ge=0, le=100_000_000)]


def _room(request: Request) -> Registry:
    found = request.app.state.registry
    assert isinstance(found, Registry)  # noqa: S101  # app.py puts it there
    return found


Room = Annotated[Registry, Depends(_room)]


class Told(BaseModel):
    """What a device is. `entity` "" for one of its own; `region` "" for that of its place; `expected_s`: it sends at least so often."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={"examples": [{"id": "pump-01", "kind": "PumpStation", "lon": 115.8921, "lat": 28.6765}]},
    )
    id: str = Field(max_length=128)
    name: Text = ""
    kind: str = Field(max_length=64)
    model: Text = ""
    entity: Text = ""
    lon: float | None = None
    lat: float | None = None
    unit: Text = ""
    region: Text = ""
    gateway: Text = ""
    firmware: Text = ""
    status: Status = "active"
    writes: tuple[Text, ...] = ()
    simulated: bool = False
    expected_s: float = EXPECTED_S


class Changes(BaseModel):
    """Fields of a device that change; what is absent stays."""

    model_config = ConfigDict(
        extra="forbid", allow_inf_nan=False, json_schema_extra={"examples": [{"status": "suspended"}]}
    )
    name: Text | None = None
    kind: str | None = Field(None, max_length=64)
    model: Text | None = None
    lon: float | None = None
    lat: float | None = None
    unit: Text | None = None
    region: Text | None = None
    gateway: Text | None = None
    firmware: Text | None = None
    status: Status | None = None
    writes: tuple[Text, ...] | None = None
    expected_s: float | None = None


class Asking(BaseModel):
    """A device that asks to be taken in. `claim`: a random text of its own, 32 to 200 characters, with which it fetches its credential."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={"examples": [{"name": "pump-02", "claim": "k" * 43, "kind": "PumpStation"}]},
    )
    name: str = Field(max_length=128)
    claim: str = Field(min_length=32, max_length=200)
    kind: str = Field(max_length=64)
    model: Text = ""
    entity: Text = ""
    lon: float | None = None
    lat: float | None = None
    gateway: Text = ""
    firmware: Text = ""


class Claim(BaseModel):
    """The claim that a device made up."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"claim": "k" * 43}]})
    claim: str = Field(min_length=32, max_length=200)


class Approval(BaseModel):
    """Who answers for a device from now on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"unit": "water-bureau"}]})
    unit: Text = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """A device's secret; it is in this answer only. Send it as `Authorization: Device <name>:<secret>`, or as the MQTT password."""

    device: str
    secret: str


@dataclass(frozen=True, slots=True)
class AddedDevice:
    """A new device and its credential."""

    device: Device
    credential: Credential | None


@dataclass(frozen=True, slots=True)
class Imported:
    """How many devices a table brought, and their credentials if they were asked for."""

    added: int
    credentials: list[Credential]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell of a table, and what to write instead."""

    row: int
    column: str
    wrong: Title
    instead: Title


@dataclass(frozen=True, slots=True)
class Checked:
    """What a table would bring."""

    devices: int
    faults: list[Fault]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a registration stands: `waiting`; or `approved`, with the credential."""

    status: str
    credential: Credential | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A device that waits for approval."""

    name: str
    kind: str
    model: str
    entity: str
    lon: float | None
    lat: float | None
    gateway: str
    firmware: str
    peer: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """A unit, or a region without its boundary."""

    id: str
    name: Title
    parent: str
    kind: str


def _shown(made: NewCredential | None) -> Credential | None:
    return None if made is None else Credential(made.device, made.secret)


@router.get("")
def list_devices(
    registry: Room,
    caller: Caller,
    q: Asked = "",
    kind: Asked = "",
    region: Asked = "",
    unit: Asked = "",
    status: Asked = "",
    gateway: Asked = "",
    limit: Annotated[int, Query(ge=1, le=actions.MOST_AT_ONCE)] = 50,
    offset: Number = 0,
) -> Found:
    """Devices that fit, by id, and how many there are."""
    return actions.devices(registry, caller, Sought(q, kind, region, unit, status, gateway), limit, offset)


@router.post("", status_code=201)
def add_device(registry: Room, caller: Caller, told: Told) -> AddedDevice:
    """Register a device. Its secret is in this answer only."""
    made = actions.add(registry, caller, Device(**told.model_dump()))
    return AddedDevice(made.device, _shown(made.credential))


@router.post("/imports", status_code=201)
def import_devices(
    registry: Room, caller: Caller, file: UploadFile, credentials: Annotated[bool, Query()] = False
) -> Imported:
    """Take the devices of a table (CSV or Excel), all of them or none; with `credentials`, give each one its secret."""
    taken = tables.take(
        registry, caller, file.file.read(), file.filename or "devices.csv", with_credentials=credentials
    )
    return Imported(taken.added, [Credential(one.device, one.secret) for one in taken.credentials])


@router.post("/imports/check")
def check_devices(registry: Room, caller: Caller, file: UploadFile) -> Checked:
    """Every fault of a table, by row and column; nothing is kept."""
    found = tables.preview(registry, caller, file.file.read(), file.filename or "devices.csv")
    return Checked(len(found.devices), [Fault(one.row, one.column, one.wrong, one.instead) for one in found.faults])


@router.post("/registrations", status_code=202)
def ask_to_be_registered(registry: Room, caller: Caller, asked: Asking) -> Standing:
    """Ask to be taken in, as a device that nobody entered. An officer looks at it; ask for the credential until then."""
    values = asked.model_dump(exclude={"claim"})
    asking.ask(registry, caller, Registration(**values, peer=caller.peer), asked.claim)
    return Standing("waiting")


@router.post("/registrations/{name}/credential")
def fetch_credential(registry: Room, caller: Caller, name: str, claim: Claim, response: Response) -> Standing:
    """Fetch the credential after the approval, once; 202 while the device waits."""
    made = asking.fetch(registry, caller, name, claim.claim)
    response.headers["cache-control"] = "no-store"
    if made is None:
        response.status_code = 202
        return Standing("waiting")
    return Standing("approved", _shown(made))


@router.get("/registrations")
def list_registrations(registry: Room, caller: Caller, offset: Number = 0) -> list[Waiting]:
    """Devices that wait for approval, the oldest first, a hundred at a time."""
    found = asking.waiting(registry, caller, offset=offset)
    return [
        Waiting(
            one.name, one.kind, one.model, one.entity, one.lon, one.lat, one.gateway, one.firmware, one.peer, one.at
        )
        for one in found
    ]


@router.post("/registrations/{name}/approve")
def approve_registration(registry: Room, caller: Caller, name: str, approval: Approval) -> Device:
    """Take a waiting device in."""
    return asking.approve(registry, caller, name, approval.unit)


@router.post("/registrations/{name}/refuse", status_code=204)
def refuse_registration(registry: Room, caller: Caller, name: str) -> None:
    """Send a waiting device away."""
    asking.refuse(registry, caller, name)


@router.get("/{name}")
def show_device(registry: Room, caller: Caller, name: str) -> Device:
    """One device."""
    return actions.device(registry, caller, name)


@router.patch("/{name}")
def change_device(registry: Room, caller: Caller, name: str, changes: Changes) -> Device:
    """Change some of a device's fields; `status` suspends it, lets it in again, or retires it."""
    given: dict[str, Any] = {
        key: value
        for key, value in changes.model_dump(exclude_unset=True).items()
        if value is not None or key in ("lon", "lat")
    }
    return actions.change(registry, caller, name, given)


@router.post("/{name}/credential")
def renew_credential(registry: Room, caller: Caller, name: str, response: Response) -> Credential:
    """A new secret; the one before ends at once."""
    made = actions.renew(registry, caller, name)
    response.headers["cache-control"] = "no-store"
    return Credential(made.device, made.secret)


@router.delete("/{name}/credential", status_code=204)
def revoke_credential(registry: Room, caller: Caller, name: str) -> None:
    """Take the credential away: the device is refused from now on."""
    actions.revoke(registry, caller, name)


@places.get("/units")
def list_units(registry: Room, caller: Caller) -> list[Place]:
    """Units: who is responsible."""
    return [Place(one.id, one.name, one.parent, one.kind) for one in actions.units(registry, caller)]


@places.get("/regions")
def list_regions(registry: Room, caller: Caller) -> list[Place]:
    """Regions: where."""
    return [Place(one.id, one.name, one.parent, one.level) for one in actions.regions(registry, caller)]


@places.get("/regions/{region}/boundary", response_class=Response)
def region_boundary(registry: Room, caller: Caller, region: str) -> Response:
    """The boundary of a region as a GeoJSON geometry, WGS-84."""
    found = actions.region(registry, caller, region)
    return Response(shapely.to_geojson(found.boundary), media_type="application/geo+json")
