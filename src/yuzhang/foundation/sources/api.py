"""Observations over HTTP: columns in any format that is read here, durable when the answer comes."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from yuzhang.foundation.registry.bearing import own_only
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.sources.actions import Room, admitted
from yuzhang.foundation.sources.formats.kinds import MEDIA_TYPES, Format, Packing, by_header
from yuzhang.foundation.sources.formats.reading import whole
from yuzhang.foundation.sources.model import Batch, Door
from yuzhang.web.asking import Caller
from yuzhang.web.bounds import MAX_BODY_BYTES

router = APIRouter(prefix="/api/observations", tags=["observations"])
room = Room()
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Observations, at most 64 MiB, and 256 MiB when unpacked; Content-Encoding gzip or zstd. "
        "Columns: entity, attribute, time (or time_ms, time_us), value, and if wanted dataset, type, unitCode; "
        "or entity, time and one column for each attribute.",
        "content": {
            media: {
                "schema": {"type": "array"} if form is Format.DATA_ARRAY else {"type": "string", "format": "binary"}
            }
            for media, form in MEDIA_TYPES.items()
        },
    }
}


class Accepted(BaseModel):
    """How many observations were taken."""

    accepted: int


def _door(request: Request) -> Door:
    door = request.app.state.door
    assert isinstance(door, Door)  # noqa: S101  # app.py puts it there
    return door


def _registry(request: Request) -> Registry:
    found = request.app.state.registry
    assert isinstance(found, Registry)  # noqa: S101  # app.py puts it there
    return found


@router.post("", status_code=201, openapi_extra=BODY)
async def send(
    request: Request,
    caller: Caller,
    type_: Annotated[str, Query(alias="type", max_length=2000, description="of entities that are not there yet")] = "",
    tenant: Annotated[str, Query(max_length=256, pattern=r"^[\x21-\x7e]*$")] = "",
) -> Accepted:
    """Take a batch whole or not at all; it is durable when the answer comes, and sent again it changes nothing.

    429 with Retry-After where more comes in than is filed.
    """
    door = admitted(_door(request), caller)
    form, packing = by_header(request.headers.get("content-type", ""), request.headers.get("content-encoding", ""))
    declared = request.headers.get("content-length", "")
    with room.taken(int(declared) if declared.isdigit() else MAX_BODY_BYTES):
        content = b"".join([part async for part in request.stream()])
        batch = await asyncio.to_thread(_read, door, content, form, packing, tenant, type_)
        del content
        # In a thread: the registry may have to look into its database.
        await asyncio.to_thread(own_only, _registry(request), caller, batch.keys, tenant)
        return Accepted(accepted=await door.acceptor.observe(caller, tenant, batch.keys, batch.columns, batch.types))


def _read(door: Door, content: bytes, form: Format, packing: Packing, tenant: str, type_: str) -> Batch:
    return whole(content, form, packing, door.resolve, tenant).typed(type_)
