"""The city over HTTP: tiles, the stream, and one thing at a time."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import FileResponse, StreamingResponse

from yuzhang.brain.context.threads import in_thread
from yuzhang.core.access import Party, may
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Language, Title
from yuzhang.entrance.city import actions
from yuzhang.entrance.city.model import Layer
from yuzhang.entrance.city.room import City, city_of
from yuzhang.entrance.city.streaming import stream
from yuzhang.entrance.city.tiles.drawing import DEEPEST
from yuzhang.entrance.city.tiles.drawn import Tile
from yuzhang.web.asking import Caller
from yuzhang.web.gate import asking_of
from yuzhang.web.reader import reader_of

router = APIRouter(prefix="/api/city", tags=["city"])
TILE = "application/vnd.mapbox-vector-tile"
ABOUT = "entrance.city.actions.listen"


def here(request: Request) -> City:
    """The application's screen of the city."""
    return city_of(request.app.state)


Here = Annotated[City, Depends(here)]
Zoom = Annotated[int, Path(ge=0, le=DEEPEST)]
Place = Annotated[int, Path(ge=0)]


def address(z: Zoom, x: Place, y: Place) -> tuple[int, int, int]:
    """A tile's address. Raises NotFound if the zoom has no such tile."""
    if max(x, y) >= 2**z:
        raise NotFound(Title("没有这块瓦片。", "There is no such tile."), where=f"/{z}/{x}/{y}")
    return z, x, y


Address = Annotated[tuple[int, int, int], Depends(address)]
Known = Annotated[str, Header(alias="if-none-match", max_length=200)]
Packing = Annotated[str, Header(alias="accept-encoding", max_length=200)]


@router.get("/tiles/regions/{z}/{x}/{y}.mvt", response_class=Response)
def region_tile(
    request: Request,
    city: Here,
    caller: Caller,
    at: Address,
    known: Known = "",
    packing: Packing = "",
    lang: Annotated[Language | None, Query()] = None,
) -> Response:
    """A Mapbox vector tile of the regions' boundaries: `id`, `name`, `level`."""
    return _sent(actions.region_tile(city, caller, at, lang or reader_of(request).language), known, packing)


@router.get("/tiles/{layer}/{z}/{x}/{y}.mvt", response_class=Response)
def tile(city: Here, caller: Caller, layer: Layer, at: Address, known: Known = "", packing: Packing = "") -> Response:
    """A Mapbox vector tile of devices, events or cases, as far as the caller may see them.

    A feature's id is its number for `/api/city/things`; where too many lie in a tile, one feature stands for `count` of them.
    """
    return _sent(actions.tile(city, caller, layer, at), known, packing)


def _sent(found: Tile, known: str, packing: str) -> Response:
    packed = "gzip" in packing and len(found.packed) < len(found.content)
    tag = found.tag[:-1] + '-gzip"' if packed else found.tag
    headers = {"etag": tag, "vary": "Accept-Encoding, Cookie, Authorization", "cache-control": "private, no-cache"}
    if tag in known:
        return Response(status_code=304, headers=headers)
    if packed:
        headers["content-encoding"] = "gzip"
    return Response(found.packed if packed else found.content, media_type=TILE, headers=headers)


@router.get("/things/{layer}/{number}")
def thing(
    request: Request, city: Here, caller: Caller, layer: Layer, number: Annotated[int, Path(ge=0)]
) -> dict[str, Any]:
    """One thing of the map: what it is, its value, how old that is, and the events that are open there. Times are microseconds, UTC."""
    seen = actions.thing(city, caller, layer, number)
    reader, line = reader_of(request), seen.line
    return {
        "layer": layer,
        "number": number,
        "id": line.id,
        "entity": seen.entity,
        "label": reader.title(seen.label),
        "kind": line.kind,
        "status": line.status,
        "severity": line.severity,
        "attribute": seen.attribute,
        "value": line.value,
        "at": line.at,
        "age": line.age,
        "unit": line.unit,
        "region": line.region,
        "party": line.party,
        "due": line.due,
        "simulated": line.simulated,
        "lon": line.lon,
        "lat": line.lat,
        "events": [{"id": one.id, "title": reader.title(one.title), "severity": one.severity} for one in seen.events],
    }


@router.get("/stream", response_class=StreamingResponse)
async def listen(
    request: Request,
    city: Here,
    caller: Caller,
    after: Annotated[str, Header(alias="last-event-id", max_length=64)] = "",
    since: Annotated[str, Query(max_length=64)] = "",
) -> StreamingResponse:
    """What happens from now on, as server-sent events: `event`, `case`, `device`, `value` (once a second), `many`, `behind`, `ended`.

    With `Last-Event-ID` (or `since`) it begins with what was missed, or with `behind`: then ask for everything anew.
    """
    await in_thread(actions.listen, city, caller)
    app = request.app

    async def still() -> bool:
        """Whether the session lasts, and the caller may still listen."""
        now = await in_thread(app.state.gate.party, asking_of(request))
        return _same(now, caller) and await in_thread(may, now, ABOUT, actions.ROOM)

    def ending() -> bool:
        readiness = getattr(getattr(app.state, "operation", None), "readiness", None)
        return city.ended or bool(getattr(readiness, "draining", False))

    city.screens.check(caller.id)

    async def told() -> AsyncIterator[bytes]:
        with city.screens.counted(caller.id):
            async for part in stream(city, caller, still, after or since, ending):
                yield part

    return StreamingResponse(
        told(), media_type="text/event-stream", headers={"cache-control": "no-store", "x-accel-buffering": "no"}
    )


def _same(now: Party, before: Party) -> bool:
    return (now.id, now.session, now.roles) == (before.id, before.session, before.roles)


@router.get("/base.pmtiles", response_class=FileResponse)
def base_map(city: Here, caller: Caller) -> FileResponse:
    """The base map's file, in parts as they are asked for. Raises NotFound if none is set."""
    actions.listen(city, caller)
    if city.base.file is None:
        raise NotFound(Title("没有设置底图文件。", "No file of a base map is set."), where="YUZHANG_MAP_TILES")
    return FileResponse(
        city.base.file, media_type="application/octet-stream", headers={"cache-control": "private, max-age=86400"}
    )
