"""The stream of one screen, as server-sent events: what happens, as far as the caller may see it, for as long as the session lasts.

Source: HTML Living Standard, 9.2 (Server-sent events).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic, time_ns
from typing import Any

import msgspec
import numpy as np

from yuzhang.brain.context.threads import in_thread
from yuzhang.core.access import Party
from yuzhang.core.announcing import BEHIND
from yuzhang.entrance.city.model import LAYERS, Layer
from yuzhang.entrance.city.places import ages
from yuzhang.entrance.city.room import City
from yuzhang.entrance.city.screen import Said

HEARTBEAT_S = 15.0
LOOK_S = 1.0
"""So often a stream looks whether the server is about to end."""
MOST_VALUES = 1_500
"""In one message; where more changed at once, the screen is told to ask for its tiles again."""
AGAIN_MS = 3_000
"""So long a screen waits before it asks again after the connection was lost."""


async def stream(
    city: City, caller: Party, still: Callable[[], Awaitable[bool]], after: str, ending: Callable[[], bool]
) -> AsyncIterator[bytes]:
    """The bytes of the stream. `still`: whether the caller's session lasts; `ending`: whether the server is about to end."""
    told = city.screens.listen(after)
    waiting = asyncio.ensure_future(anext(told))
    asked = wrote = monotonic()
    try:
        yield f"retry: {AGAIN_MS}\nevent: hello\ndata: {{}}\n\n".encode()
        while not ending():
            done, _ = await asyncio.wait({waiting}, timeout=LOOK_S)
            now = monotonic()
            if now - asked >= HEARTBEAT_S:
                asked = now
                if not await still():
                    yield b"event: ended\ndata: {}\n\n"
                    return
            if done:
                said = waiting.result()
                waiting = asyncio.ensure_future(anext(told))
                message = await in_thread(written, city, caller, said)
                if message:
                    wrote = now
                    yield message
            if now - wrote >= HEARTBEAT_S:
                wrote = now
                yield b"event: still\ndata: {}\n\n"
    finally:
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await told.aclose()  # type: ignore[attr-defined]  # it is a generator


def written(city: City, caller: Party, said: Said) -> bytes:
    """A message as the caller may see it; empty if nothing of it is for them."""
    kind, body = said.announcement.kind, said.announcement.body
    if kind == BEHIND:
        return _message(said.id, BEHIND, {})
    layer = next((one for one in LAYERS if one == body.get("layer")), None)
    if layer is None:
        return b""
    places = city.layers[layer]
    masks = city.seeing.masks(caller, places)
    numbers = np.asarray(body["numbers"], np.int64)
    rows = places.rows[numbers]
    shown = masks.sees(rows)
    if not shown.any():
        return b""
    numbers, rows = numbers[shown], rows[shown]
    if kind != "value":
        return _message(said.id, kind, {"layer": layer, "things": [_thing(city, layer, int(one)) for one in numbers]})
    if len(numbers) > MOST_VALUES:
        return _message(said.id, "many", {"layer": layer, "count": len(numbers)})
    valued = masks.values(rows)
    age = np.where(valued, ages(rows, time_ns() // 1000), 0)
    values = [
        [number, old, worst, value if shows and value == value else None, at // 1_000_000 if shows else 0]
        for number, old, worst, value, at, shows in zip(
            numbers.tolist(), age.tolist(), rows["severity"].tolist(), rows["value"].tolist(), rows["at"].tolist(),
            valued.tolist(), strict=True,
        )
    ]  # fmt: skip
    return _message(said.id, "value", {"layer": layer, "values": values})


def _thing(city: City, layer: Layer, number: int) -> dict[str, Any]:
    places = city.layers[layer]
    row, title = places.rows[number], places.titles[number]
    return {
        "number": number,
        "id": places.ids[number],
        "zh": title.zh,
        "en": title.en,
        "severity": int(row["severity"]),
        "status": places.statuses.texts[row["status"]],
        "lon": float(row["lon"]),
        "lat": float(row["lat"]),
        "at": int(row["at"]) // 1_000_000,
        "simulated": bool(row["simulated"]),
        "there": bool(row["there"]),
    }


def _message(id_: str, kind: str, body: dict[str, Any]) -> bytes:
    return b"id: " + id_.encode() + b"\nevent: " + kind.encode() + b"\ndata: " + msgspec.json.encode(body) + b"\n\n"
