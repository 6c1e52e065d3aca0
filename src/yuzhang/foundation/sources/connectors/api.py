"""Sources over HTTP: configured by programs, and sent to by those who push."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field

from yuzhang.core.language import Title
from yuzhang.foundation.sources.actions import Room as Places
from yuzhang.foundation.sources.connectors import actions
from yuzhang.foundation.sources.connectors.actions import Pushed, Wish
from yuzhang.foundation.sources.connectors.kinds.offered import KINDS
from yuzhang.foundation.sources.connectors.mapped import encode
from yuzhang.foundation.sources.connectors.model import Shown, Tried
from yuzhang.foundation.sources.connectors.room import Sources
from yuzhang.foundation.sources.connectors.settings import settings_of
from yuzhang.web.asking import Caller
from yuzhang.web.bounds import MAX_BODY_BYTES
from yuzhang.web.reader import reader_of

router = APIRouter(prefix="/api/sources", tags=["sources"])
places = Places()
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "A message as the source is said to be sent: JSON, CSV or binary.",
        "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def _room(request: Request) -> Sources:
    found = request.app.state.sources
    assert isinstance(found, Sources)  # noqa: S101  # app.py puts it there
    return found


Room = Annotated[Sources, Depends(_room)]


class SourceWish(BaseModel):
    """What a source is to be. Which settings a kind has: GET /api/sources/kinds. A secret that is empty stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "kind": "rest",
                    "title": {"zh": "雨量站", "en": "Rain gauges"},
                    "settings": {"url": "https://example.org/rain.json"},
                    "mapping": {
                        "rows": "data",
                        "entity": "station",
                        "type": "RainGauge",
                        "time": "at",
                        "attributes": ["mm = rainfall MMT"],
                    },
                    "interval_s": 300,
                }
            ]
        },
    )
    kind: str
    title: dict[str, str]
    settings: dict[str, str | int | bool] = Field(default_factory=dict)
    mapping: dict[str, Any] = Field(default_factory=dict)
    interval_s: int = 60

    @property
    def wish(self) -> Wish:
        """As the room has it."""
        title = Title(self.title.get("zh", ""), self.title.get("en", ""))
        return Wish(self.kind, title, self.settings, self.mapping, self.interval_s)


@dataclass(frozen=True, slots=True)
class ShownSource:
    """A source and how it fares. `state`: paused, incomplete, failing, partly, waiting, running; `secrets`: those that are set, by name."""

    name: str
    kind: str
    title: dict[str, str]
    settings: dict[str, Any]
    secrets: list[str]
    mapping: dict[str, Any]
    interval_s: int
    origin: str
    state: str
    ran: datetime | None
    took: datetime | None
    taken: int
    last_taken: int
    refused: int
    gaps: int
    code: str
    said: str


@dataclass(frozen=True, slots=True)
class ShownReading:
    """An observation that a row would become."""

    entity: str
    attribute: str
    time_us: int
    value: Any
    unit: str


@dataclass(frozen=True, slots=True)
class ShownTrial:
    """Some rows as they came, what they would become, what is wrong with others; `total`: of all observations."""

    rows: list[Any]
    readings: list[ShownReading]
    bad: list[str]
    total: int


@router.get("/kinds")
def kinds_of_sources(request: Request, room: Room, caller: Caller) -> list[dict[str, Any]]:
    """The kinds of connectors, their settings, and the mapping that a new one begins with."""
    actions.sources(room, caller)
    say = reader_of(request).title
    return [
        {
            "kind": kind.id,
            "title": say(kind.title),
            "says": say(kind.says),
            "mapping": dict(kind.mapping),
            "settings": [
                {
                    "name": one.name,
                    "title": say(one.title),
                    "form": one.form,
                    "required": one.required,
                    "default": one.default,
                    "choices": list(one.choices),
                    "hint": say(one.hint),
                }
                for one in settings_of(kind.settings)
            ],
        }
        for kind in KINDS.values()
    ]


@router.get("")
def list_sources(request: Request, room: Room, caller: Caller) -> list[ShownSource]:
    """All sources and how they fare."""
    return [_shown(request, one) for one in actions.sources(room, caller)]


@router.get("/{name}")
def get_source(request: Request, room: Room, caller: Caller, name: str) -> ShownSource:
    """One source and how it fares."""
    return _shown(request, actions.source(room, caller, name))


@router.post("/{name}", status_code=201)
def add_source(request: Request, room: Room, caller: Caller, name: str, wish: SourceWish) -> ShownSource:
    """A new source; it begins at once."""
    return _shown(request, actions.add(room, caller, name, wish.wish))


@router.put("/{name}")
def change_source(request: Request, room: Room, caller: Caller, name: str, wish: SourceWish) -> ShownSource:
    """Configure it anew; it goes on where it was read to."""
    return _shown(request, actions.change(room, caller, name, wish.wish))


@router.delete("/{name}", status_code=204)
def remove_source(room: Room, caller: Caller, name: str) -> None:
    """Forget it; what it brought stays."""
    actions.remove(room, caller, name)


@router.post("/{name}/test")
def try_source(request: Request, room: Room, caller: Caller, name: str, wish: SourceWish | None = None) -> ShownTrial:
    """Connect, read a sample, and show what it would become; nothing is kept. With a body: as it would be configured."""
    return _trial(request, actions.try_out(room, caller, name, wish.wish if wish else None))


@router.post("/{name}/pause")
def pause_source(request: Request, room: Room, caller: Caller, name: str) -> ShownSource:
    """Let it rest."""
    return _shown(request, actions.pause(room, caller, name))


@router.post("/{name}/resume")
def resume_source(request: Request, room: Room, caller: Caller, name: str) -> ShownSource:
    """Let it go on, at once."""
    return _shown(request, actions.resume(room, caller, name))


@router.post("/{name}/run")
def run_source(request: Request, room: Room, caller: Caller, name: str) -> ShownSource:
    """Run it now, unless it is running."""
    return _shown(request, actions.run(room, caller, name))


@router.post("/{name}/again")
def read_source_again(request: Request, room: Room, caller: Caller, name: str) -> ShownSource:
    """Read it from its beginning."""
    return _shown(request, actions.again(room, caller, name))


@router.post("/{name}/push", status_code=202, openapi_extra=BODY)
async def push_to_source(
    request: Request,
    room: Room,
    caller: Caller,
    name: str,
    token: Annotated[str, Header(alias="X-Source-Token", max_length=500)] = "",
) -> Pushed:
    """Send a message to a source of the kind push: durable when the answer comes, what cannot be read of it too, as dead letters."""
    declared = request.headers.get("content-length", "")
    with places.taken(int(declared) if declared.isdigit() else MAX_BODY_BYTES):
        payload = b"".join([part async for part in request.stream()])
        return await asyncio.to_thread(actions.push, room, caller, name, payload, token)


def _shown(request: Request, one: Shown) -> ShownSource:
    source, run = one.source, one.run
    return ShownSource(
        source.name,
        source.kind,
        {"zh": source.title.zh, "en": source.title.en},
        dict(source.settings),
        sorted(one.secrets),
        msgspec.to_builtins(source.mapping),
        source.interval_s,
        source.origin,
        one.state,
        run.ran,
        run.took,
        run.taken,
        run.last_taken,
        run.refused,
        run.gaps,
        run.code,
        reader_of(request).title(run.said),
    )


def _trial(request: Request, found: Tried) -> ShownTrial:
    say = reader_of(request).title
    return ShownTrial(
        msgspec.json.decode(encode(list(found.rows))),
        [ShownReading(one.entity, one.attribute, one.time_us, one.value, one.unit) for one in found.readings],
        [f"{where}: {say(why)}" for where, why in found.bad],
        found.total,
    )
