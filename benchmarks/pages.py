"""When a reader sees the pages: first contentful paint in Chromium, and the server's share of it.

    .venv/bin/python -m benchmarks.pages

Starts a server with the first city on a free port, loads each page five times in a new browser context, and takes the median.
Writes benchmarks/results/pages.json.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
RESULT = Path(__file__).parent / "results" / "pages.json"
PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"
PAGES = (
    "/plan/nanchang-14",
    "/plan/nanchang-14/indicators/gdp",
    "/plan/nanchang-14/commitments",
    "/plan/nanchang-14/review",
)
REPEATS = 5
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
ANSWER = "performance.getEntriesByType('navigation')[0].responseEnd"


def load(browser: Browser, path: str) -> tuple[float, float]:
    """Milliseconds to the end of the answer and to the first paint."""
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(ADDRESS + path)
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
    found = (float(page.evaluate(ANSWER)), float(page.evaluate(PAINT)))
    context.close()
    return found


def main() -> None:
    """Measure, print the table and store it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            str(Path(sys.executable).parent / "yuzhang"),
            "serve",
            "--trust",
            "machine",
            "--no-mqtt",
            "--data",
            folder,
            "--port",
        ]
        server = subprocess.Popen(
            [*command, str(PORT), "--city", str(ROOT / "cities" / "nanchang")], stdout=subprocess.DEVNULL
        )
        try:
            _wait()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
                rows = [_measured(browser, path) for path in PAGES]
                browser.close()
        finally:
            server.terminate()
            server.wait()
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    RESULT.write_text(json.dumps({"machine": machine, "runs": rows}, indent=2) + "\n", "utf-8")


def _wait() -> None:
    for _ in range(200):
        try:
            urlopen(f"{ADDRESS}/health").close()  # noqa: S310  # our own server
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("The server did not start.")


def _measured(browser: Browser, path: str) -> dict[str, float | str]:
    first = load(browser, path)[1]
    loads = [load(browser, path) for _ in range(REPEATS)]
    answer, paint = (statistics.median(column) for column in zip(*loads, strict=True))
    print(f"{path:40} first load {first:6.0f} ms, then paint {paint:6.0f} ms (answer {answer:6.0f} ms)")
    return {"page": path, "first_load_paint_ms": first, "paint_ms": paint, "answer_ms": answer}


if __name__ == "__main__":
    main()
