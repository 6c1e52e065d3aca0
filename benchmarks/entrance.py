"""What the entrance costs: a policy decision, a page for 100 people who signed in, and requests for data, beside the same without policies.

    .venv/bin/python -m benchmarks.entrance

Two servers over copies of the first city take turns: one as a city runs it, one whose gate takes everybody for the
operator and whose guard neither asks policies nor keeps records. 100 connections ask for the plan's page, each with the cookie of a
session of its own: at once, one request after the other, and then at the pace of readers (a page every PACE_S seconds each).
Writes benchmarks/results/entrance.json.
"""

import asyncio
import json
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.request import urlopen

from benchmarks import entrance_data
from benchmarks.policy import questions
from yuzhang.app import create_app
from yuzhang.core.access import OPERATOR
from yuzhang.core.settings import Settings
from yuzhang.entrance.identity.model import Account, Grant
from yuzhang.entrance.identity.opening import begun
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store.parties import add_party, add_role
from yuzhang.entrance.policy.room import Decider
from yuzhang.loading import load_folder
from yuzhang.web.gate import TrustingGate

RESULT = Path(__file__).parent / "results" / "entrance.json"
CITY = Path(__file__).parent.parent / "cities" / "nanchang"
PAGE = "/plan/nanchang-14"
USERS, EACH, ROUNDS, PACE_S = 100, 2, 1, 10.0
SIDES = ("entrance", "without")


def decision_us() -> dict[str, float]:
    """Microseconds of a decision that was not asked before and of one that was, medians over the questions of benchmarks/policy.py."""
    decider, found = Decider(), {}
    asked = questions()
    for name, ask in (("anew", decider.asked_anew), ("remembered", decider.allows)):
        times = []
        for _ in range(100):
            for question in asked:
                began = time.perf_counter_ns()
                ask(*question)
                times.append((time.perf_counter_ns() - began) / 1000)
        found[name] = round(statistics.median(times), 2)
    return found


def sessions(identity: Identity) -> list[str]:
    """The cookies of as many officials as there are users."""
    now, cookies = datetime.now(UTC), []
    with identity.storage.writing() as connection:
        for number in range(USERS):
            account = Account(
                f"party-{number}", "official", f"Sample {number}", f"sample-{number}", "", "", "", "", "", "", "zh", "active",
                created_at=now, created_by=OPERATOR.id, confirmed_at=now,
            )  # fmt: skip
            add_party(connection, identity.secrets, account)
            add_role(connection, Grant(account.id, "plan-officer", OPERATOR.id, now, None))
            token = begun(identity, connection, account, ("passkey",), OPERATOR, "benchmark").token
            cookies.append(f"{identity.gate.cookie}={token}")
    return cookies


def prepared(folder: Path) -> list[str]:
    """A data folder with the first city and the sessions; their cookies."""
    app = create_app(Settings(folder))
    load_folder(app.state.storage, CITY, None)
    cookies = sessions(app.state.identity)
    app.state.identity.close()
    app.state.storage.close()
    return cookies


async def serve(folder: Path, port: int, side: str) -> None:
    """One of the two servers, until it is ended."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server.embed import Server

    app = create_app(Settings(folder, port=port))
    if side == "without":
        app.state.gate.party = TrustingGate("everyone").party
    await Server(
        app,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        log_level=LogLevels.error,
        backlog=1024,
        backpressure=512,
    ).serve()


async def user(port: int, cookie: str, pauses: Sequence[float]) -> list[float]:
    """Milliseconds of each of one user's requests over one connection; before each there is a pause."""
    reading, writing = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    request = f"GET {PAGE} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncookie: {cookie}\r\naccept: text/html\r\n\r\n".encode()
    times = []
    for pause in pauses:
        await asyncio.sleep(pause)
        began = time.perf_counter()
        writing.write(request)
        head = (await reading.readuntil(b"\r\n\r\n")).lower()
        if not head.startswith(b"http/1.1 200"):
            raise SystemExit(f"the page was refused: {head[:200]!r}")
        if b"content-length:" in head:
            await reading.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
        else:
            while size := int(await reading.readuntil(b"\r\n"), 16):
                await reading.readexactly(size + 2)
            await reading.readexactly(2)
        times.append((time.perf_counter() - began) * 1000)
    writing.close()
    return times


async def load(port: int, cookies: list[str], *, paced: bool) -> dict[str, float]:
    """Milliseconds (p50, p95) and pages a second of all users together."""
    began = time.perf_counter()
    plan = [[PACE_S * number / USERS, PACE_S] if paced else [0.0] * EACH for number in range(USERS)]
    found = await asyncio.gather(*(user(port, one, pauses) for one, pauses in zip(cookies, plan, strict=True)))
    took = time.perf_counter() - began
    times = sorted(one for times in found for one in times)
    return {"p50_ms": times[len(times) // 2], "p95_ms": times[len(times) * 95 // 100], "per_s": len(times) / took}


def main() -> None:
    """Measure, print and store."""
    cost = decision_us()
    print(f"a decision: {cost['anew']} µs anew, {cost['remembered']} µs remembered")
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / SIDES[0]
        cookies = prepared(first)
        shutil.copytree(first, Path(folder) / SIDES[1])
        rounds = [{side: _measured(Path(folder) / side, side, cookies) for side in SIDES} for _ in range(ROUNDS)]
    middle = {
        side: {
            way: {
                name: round(statistics.median(one[side][way][name] for one in rounds), 1)
                for name in rounds[0][side][way]
            }
            for way in ("at once", "paced")
        }
        for side in SIDES
    }
    for way in ("at once", "paced"):
        ratio = middle["entrance"][way]["p95_ms"] / middle["without"][way]["p95_ms"]
        print(f"{way}: {middle['entrance'][way]} beside {middle['without'][way]}; p95 {ratio:.2f} times")
    data = entrance_data.measured()
    for what, found in data.items():
        print(f"{what}: {found}")
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "date": date.today().isoformat()}
    made = {
        "machine": machine,
        "users": USERS,
        "page": PAGE,
        "pace_s": PACE_S,
        "decision_us": cost,
        "page_times": middle,
        "data": data,
    }
    RESULT.write_text(json.dumps(made, indent=2) + "\n", "utf-8")


def _measured(folder: Path, side: str, cookies: list[str]) -> dict[str, dict[str, float]]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "benchmarks.entrance", str(folder), str(port), side])
    try:
        _wait(port)
        asyncio.run(load(port, cookies, paced=False))  # the first requests read templates and figures
        return {
            "at once": asyncio.run(load(port, cookies, paced=False)),
            "paced": asyncio.run(load(port, cookies, paced=True)),
        }
    finally:
        server.terminate()
        server.wait(20)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            urlopen(f"http://127.0.0.1:{port}/health").close()  # our own server
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("The server did not start.")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
    else:
        main()
