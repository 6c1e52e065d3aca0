"""The pages of devices. A secret is shown once, in the answer that made it."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.foundation.registry import actions
from yuzhang.foundation.registry.api import Room
from yuzhang.foundation.registry.errors import UnfitDevice
from yuzhang.foundation.registry.model import EXPECTED_S, STATUSES, Device, NewCredential, Sought, Status
from yuzhang.foundation.registry.provisioning import asking, tables
from yuzhang.foundation.registry.room import Registry
from yuzhang.web.asking import Caller, Carried
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
PAGE_LENGTH = 50
SHOWN_FAULTS = 200
Asked = Annotated[str, Query(max_length=200)]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=1_000_000)]
TEXTS = ("name", "model", "entity", "unit", "region", "gateway", "firmware")


async def form_of(request: Request) -> dict[str, str]:
    """The text fields of a posted form."""
    async with request.form() as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


Told = Annotated[dict[str, str], Depends(form_of)]


def _names(registry: Registry) -> dict[str, Any]:
    return {
        "units": {one.id: one.name for one in registry.units()},
        "regions": {one.id: one.name for one in registry.regions()},
    }


@router.get("/devices", response_class=HTMLResponse)
def list_page(
    request: Request,
    registry: Room,
    caller: Caller,
    q: Asked = "",
    kind: Asked = "",
    region: Asked = "",
    unit: Asked = "",
    status: Asked = "",
    gateway: Asked = "",
    number: PageNumber = 1,
) -> HTMLResponse:
    """The devices, found by text and what they are."""
    sought = Sought(q.strip(), kind, region, unit, status, gateway)
    found = actions.devices(registry, caller, sought, PAGE_LENGTH, (number - 1) * PAGE_LENGTH)
    return page(
        request,
        "devices/list.html",
        found=found,
        sought=sought,
        counts=actions.counts(registry, caller),
        number=number,
        pages=max(1, -(-found.total // PAGE_LENGTH)),
        **_names(registry),
    )


@router.get("/devices/new", response_class=HTMLResponse)
def new_page(request: Request, registry: Room, caller: Caller) -> HTMLResponse:
    """A form for one device."""
    actions.units(registry, caller)
    return _new(request, registry, {"expected_s": f"{EXPECTED_S:g}"}, None)


def _new(request: Request, registry: Registry, told: dict[str, str], refused: InputRefused | None) -> HTMLResponse:
    status = 200 if refused is None else refused.status
    fields = {name: told.get(name, "") for name in ("id", "kind", "lon", "lat", "expected_s", *TEXTS)}
    return page(request, "devices/new.html", status=status, told=fields, refused=refused, **_names(registry))


@router.post("/devices", response_class=HTMLResponse)
def add(request: Request, registry: Room, caller: Caller, told: Told) -> HTMLResponse:
    """Register a device, and show its credential."""
    try:
        texts: dict[str, Any] = {name: told.get(name, "").strip() for name in TEXTS}
        one = Device(
            told.get("id", "").strip(),
            kind=told.get("kind", "").strip(),
            lon=_number(told, "lon"),
            lat=_number(told, "lat"),
            expected_s=_number(told, "expected_s") or EXPECTED_S,
            **texts,
        )
        made = actions.add(registry, caller, one)
    except InputRefused as refused:
        return _new(request, registry, told, refused)
    return _one(request, registry, caller, made.device.id, made.credential)


@router.get("/devices/import", response_class=HTMLResponse)
def import_page(request: Request, registry: Room, caller: Caller) -> HTMLResponse:
    """Where a table of devices is chosen."""
    actions.units(registry, caller)
    return _import(request)


@router.get("/devices/import/sample.csv", response_class=Response)
def sample(registry: Room, caller: Caller) -> Response:
    """A table to begin with."""
    actions.units(registry, caller)
    name = 'attachment; filename="devices.csv"'
    content = ("\ufeff" + tables.SAMPLE).encode()
    return Response(content, media_type="text/csv; charset=utf-8", headers={"content-disposition": name})


def _import(request: Request, status: int = 200, **told: Any) -> HTMLResponse:
    context = {"preview": None, "taken": None, "refused": None, "content": "", "name": "", "columns": tables.COLUMNS}
    return page(request, "devices/import.html", status=status, most=SHOWN_FAULTS, **(context | told))


@router.post("/devices/import", response_class=HTMLResponse)
def preview(request: Request, registry: Room, caller: Caller, file: UploadFile) -> HTMLResponse:
    """What the table would bring, with every fault, and a button that takes it if there is none."""
    content, name = file.file.read(), file.filename or "devices.csv"
    try:
        found = tables.preview(registry, caller, content, name)
    except InputRefused as refused:
        return _import(request, refused.status, refused=refused)
    return _import(request, preview=found, name=name, content=base64.b64encode(content).decode())


@router.post("/devices/import/confirm", response_class=HTMLResponse)
def confirm(
    request: Request, registry: Room, caller: Caller, file: Carried, credentials: Annotated[bool, Query()] = False
) -> HTMLResponse:
    """Take the table, and show the credentials if they are wanted."""
    try:
        taken = tables.take(registry, caller, file.content, file.name, with_credentials=credentials)
    except InputRefused as refused:
        return _import(request, refused.status, refused=refused)
    return _import(request, taken=taken)


@router.get("/devices/waiting", response_class=HTMLResponse)
def waiting_page(request: Request, registry: Room, caller: Caller, number: PageNumber = 1) -> HTMLResponse:
    """Devices that wait for approval."""
    total = asking.how_many_wait(registry, caller)
    return page(
        request,
        "devices/waiting.html",
        found=asking.waiting(registry, caller, PAGE_LENGTH, (number - 1) * PAGE_LENGTH),
        total=total,
        number=number,
        pages=max(1, -(-total // PAGE_LENGTH)),
        **_names(registry),
    )


@router.post("/devices/waiting/{name}/approve")
def approve(registry: Room, caller: Caller, name: str, unit: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Take a device in."""
    asking.approve(registry, caller, name, unit)
    return RedirectResponse("/devices/waiting", 303)


@router.post("/devices/waiting/{name}/refuse")
def refuse(registry: Room, caller: Caller, name: str) -> Response:
    """Send a device away."""
    asking.refuse(registry, caller, name)
    return RedirectResponse("/devices/waiting", 303)


@router.get("/devices/{name}", response_class=HTMLResponse)
def device_page(request: Request, registry: Room, caller: Caller, name: str) -> HTMLResponse:
    """One device."""
    return _one(request, registry, caller, name)


def _one(
    request: Request,
    registry: Registry,
    caller: Party,
    name: str,
    made: NewCredential | None = None,
    refused: InputRefused | None = None,
) -> HTMLResponse:
    return page(
        request,
        "devices/device.html",
        status=200 if refused is None else refused.status,
        device=actions.device(registry, caller, name),
        credential=actions.credential(registry, caller, name),
        behind=actions.devices(registry, caller, Sought(gateway=name), 1).total,
        statuses=STATUSES,
        made=made,
        refused=refused,
        **_names(registry),
    )


@router.post("/devices/{name}", response_class=HTMLResponse)
def change(request: Request, registry: Room, caller: Caller, name: str, told: Told) -> Response:
    """Change what a form holds of a device."""
    try:
        changes: dict[str, Any] = {one: told[one].strip() for one in TEXTS if one in told and one != "entity"}
        changes |= {one: _number(told, one) for one in ("lon", "lat") if one in told}
        if told.get("expected_s"):
            changes["expected_s"] = _number(told, "expected_s")
        if "writes" in told:
            changes["writes"] = tuple(told["writes"].split())
        actions.change(registry, caller, name, changes)
    except InputRefused as refused:
        return _one(request, registry, caller, name, refused=refused)
    return RedirectResponse(f"/devices/{name}", 303)


@router.post("/devices/{name}/status")
def set_status(registry: Room, caller: Caller, name: str, status: Annotated[Status, Form()]) -> Response:
    """Suspend a device, let it in again, or retire it."""
    actions.set_status(registry, caller, name, status)
    return RedirectResponse(f"/devices/{name}", 303)


@router.post("/devices/{name}/credential", response_class=HTMLResponse)
def renew(request: Request, registry: Room, caller: Caller, name: str) -> HTMLResponse:
    """A new secret, shown once."""
    return _one(request, registry, caller, name, actions.renew(registry, caller, name))


@router.post("/devices/{name}/credential/revoke")
def revoke(registry: Room, caller: Caller, name: str) -> Response:
    """Take the credential away."""
    actions.revoke(registry, caller, name)
    return RedirectResponse(f"/devices/{name}", 303)


def _number(told: dict[str, str], name: str) -> float | None:
    text = told.get(name, "").strip()
    if not text:
        return None
    try:
        return float(text)
    except ValueError as err:
        raise UnfitDevice(Title(f"“{text[:40]}”不是数。", f"{text[:40]} is no number."), where=f"/{name}") from err
