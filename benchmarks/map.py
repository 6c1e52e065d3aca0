"""How smooth the map of the city is with 100,000 points: a real server, a real Chromium, panning and zooming; frames a second.

Run: python -m benchmarks.map. Needs Chromium. Without a graphics card the browser draws in software, which is the slowest case.
"""

import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Page, sync_playwright

POINTS = 100_000
AT_ONCE = 1_000
SECONDS = 8
RESULT = Path(__file__).parent / "results" / "map.json"
WEST, SOUTH, EAST, NORTH = 115.6, 28.4, 116.3, 29.0
FRAMES = """(seconds) => new Promise((done) => {
  const map = globalThis.cityMap, frames = [], centre = map.getCenter(), zoom = map.getZoom(), begun = performance.now();
  let last = begun;
  const step = (now) => {
    frames.push(now - last);
    last = now;
    const t = (now - begun) / 1000;
    if (t > seconds) { map.jumpTo({ center: centre, zoom }); return done(frames.slice(1)); }
    map.jumpTo({ center: [centre.lng + 0.15 * Math.sin(t), centre.lat + 0.1 * Math.cos(t * 0.7)], zoom: zoom + 1.5 + 1.5 * Math.sin(t * 0.9) });
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})"""


def fill(asking: httpx.Client) -> float:
    """Bring the points in; the seconds it took."""
    random = np.random.default_rng(7)
    lon = random.normal((WEST + EAST) / 2, 0.12, POINTS)
    lat = random.normal((SOUTH + NORTH) / 2, 0.1, POINTS)
    begun = monotonic()
    for first in range(0, POINTS, AT_ONCE):
        bodies = [
            {
                "id": f"urn:ngsi-ld:Sensor:sim:{one}",
                "type": "Sensor",
                "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [lon[one], lat[one]]}},
                "level": {"type": "Property", "value": one % 100},
            }
            for one in range(first, first + AT_ONCE)
        ]
        asking.post("/ngsi-ld/v1/entityOperations/upsert", json=bodies).raise_for_status()
    return monotonic() - begun


def drawn(page: Page) -> dict[str, Any]:
    """Frames while the map is moved: warm, so that what is measured is drawing and not the first loading."""
    page.evaluate(FRAMES, 3)
    frames = page.evaluate(FRAMES, SECONDS)
    heap = page.evaluate("performance.memory?.usedJSHeapSize ?? 0")
    return {
        "frames": len(frames),
        "frames_per_s": round(1000 * len(frames) / sum(frames), 1),
        "median_frame_ms": round(statistics.median(frames), 1),
        "p95_frame_ms": round(statistics.quantiles(frames, n=20)[-1], 1),
        "longest_frame_ms": round(max(frames), 1),
        "heap_mb": round(heap / 2**20, 1),
    }


def tiles(asking: httpx.Client) -> dict[str, Any]:
    """Sizes and times of the tiles of the first screen."""
    sizes, times = [], []
    for z, x, y in (
        (9, 420, 213),
        (10, 840, 426),
        (11, 1681, 853),
        (12, 3363, 1706),
        (13, 6727, 3413),
        (16, 53819, 27305),
    ):
        begun = monotonic()
        answer = asking.get(f"/api/city/tiles/devices/{z}/{x}/{y}.mvt", headers={"accept-encoding": "gzip"})
        times.append(1000 * (monotonic() - begun))
        sizes.append(int(answer.headers["content-length"]))
    return {"largest_tile_kb": round(max(sizes) / 1024, 1), "slowest_tile_ms": round(max(times), 1)}


def main() -> None:
    """Measure and keep the result."""
    chromium = shutil.which("chromium")
    folder = Path(tempfile.mkdtemp())
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command: list[str | Path] = [
        Path(sys.executable).with_name("yuzhang"),
        "serve",
        "--trust",
        "machine",
        "--no-mqtt",
        "--data",
        folder,
    ]
    process = subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as asking, sync_playwright() as playwright:
            while True:
                try:
                    asking.get("/health")
                    break
                except httpx.TransportError:
                    sleep(0.1)
            took = fill(asking)
            sleep(3)
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--enable-precise-memory-info"]
            )
            found = {"points": POINTS, "filling_s": round(took, 1), **tiles(asking)}
            for name, size in (("desk", (1280, 900)), ("phone", (390, 800))):
                page = browser.new_page(viewport={"width": size[0], "height": size[1]})
                page.goto(f"{address}/city")
                page.wait_for_selector("[data-live-map][data-ready]", timeout=60_000)
                found[name] = drawn(page)
            found["renderer"] = page.evaluate(
                "(() => { const gl = document.createElement('canvas').getContext('webgl2'); "
                "return gl.getParameter(gl.getExtension('WEBGL_debug_renderer_info')?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER); })()"
            )
            found |= {"cores": os.cpu_count(), "python": platform.python_version(), "chromium": browser.version}
            found["at"] = datetime.now(UTC).isoformat(timespec="seconds")
            browser.close()
    finally:
        process.terminate()
        process.wait(30)
    RESULT.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
