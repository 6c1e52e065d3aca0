"""A city's own base map: one PMTiles file that the server sends in parts, drawn in the datum that it says."""

import gzip
import io
import json
import struct
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Response, expect

from entrance.city.conftest import Served, event
from web.conftest import watch

SEA = (0, 90, 200)


def pmtiles(tile: bytes) -> bytes:
    """A PMTiles file with one picture for the whole world at depth 0 (PMTiles specification 3.4, a directory of one entry)."""
    directory = gzip.compress(bytes([1, 0, 1]) + _varint(len(tile)) + bytes([1]))
    about = gzip.compress(json.dumps({}).encode())
    parts, at = [], 127
    for part in (directory, about, b"", tile):
        parts += [at, len(part)]
        at += len(part)
    gzipped, none, png = 2, 1, 2
    header = b"PMTiles\x03" + struct.pack("<8Q3Q", *parts, 1, 1, 1)
    header += bytes([1, gzipped, none, png, 0, 0])
    header += (
        struct.pack("<4i", -1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000)
        + bytes([0])
        + struct.pack("<2i", 0, 0)
    )
    assert len(header) == 127
    return header + directory + about + tile


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


@pytest.fixture(params=["wgs84", "gcj02"])
def base_map(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A base map that is sea everywhere, set as an operator sets it, in a datum."""
    picture = io.BytesIO()
    Image.new("RGB", (256, 256), SEA).save(picture, "PNG")
    file = tmp_path / "base.pmtiles"
    file.write_bytes(pmtiles(picture.getvalue()))
    monkeypatch.setenv("YUZHANG_MAP_TILES", str(file))
    monkeypatch.setenv("YUZHANG_MAP_DATUM", request.param)
    return str(request.param)


@pytest.mark.browser
def test_the_city_is_drawn_on_its_own_base_map_which_is_read_in_parts(
    chromium: Browser, base_map: str, served: Served, faults: list[str]
) -> None:
    served.observe("urn:ngsi-ld:PumpStation:1", 4.5)
    served.says("events", [event()])
    context = chromium.new_context(base_url=served.address, viewport={"width": 1280, "height": 900}, locale="zh-CN")
    watch(context, faults)
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto("/city")
    drawn = page.locator("[data-live-map]")
    expect(page.locator("[data-live-map][data-ready]")).to_be_visible(timeout=30_000)
    picture = Image.open(io.BytesIO(drawn.screenshot())).convert("RGB")
    red, _, blue = picture.resize((1, 1), Image.Resampling.BOX).tobytes()
    parts = [one for one in answers if one.url.endswith("/base.pmtiles")]
    assert {one.status for one in parts} == {206}
    assert blue > red + 40, "the sea is not seen"
    assert faults == []
    context.close()
