"""A pack in a folder, and a broker with rules over a data folder: as a process of its own, to be killed, too.

    python tests/brain/rules/folder.py DATA PACKS COUNT

sends COUNT batches of levels of three pump stations, each acknowledged by a line on standard output.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import time_ns
from typing import Any

import numpy as np

from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.threads import in_thread
from yuzhang.brain.rules.room import Rules
from yuzhang.core.access import OPERATOR
from yuzhang.core.announcing import Announcements
from yuzhang.core.moments import moment
from yuzhang.core.packs import Pack, read_pack
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.model import Columns, Key

MINUTE = 60_000_000
HOUR = 60 * MINUTE
BEGUN = "YUZHANG_TESTS_OF_RULES_BEGUN"
"""Processes that a test starts are told the same moment."""
START = int(os.environ.setdefault(BEGUN, str((time_ns() // 1000 // HOUR - 21) * HOUR)))
"""Within the last day: what is older when it comes in is history, and opens nothing. There is room for twenty hours of levels."""
DAYS = {
    "from": f"{moment(START - 24 * HOUR).date()}",
    "to": f"{moment(START + 48 * HOUR).date()}",
}
"""Days, as the pages ask for them, in which START lies."""
PUMPS = [f"urn:ngsi-ld:PumpStation:{number}" for number in range(3)]
MODEL: dict[str, Any] = {
    "title": "PumpStation",
    "x-title": {"zh": "泵站", "en": "Pump station"},
    "type": "object",
    "properties": {
        "type": {"const": "PumpStation"},
        "waterLevel": {
            "type": "number",
            "description": "Property. Level",
            "x-title": {"zh": "水位", "en": "Level"},
            "x-ngsi": {"units": "MTR"},
        },
        "levelForecast": {
            "type": "number",
            "description": "Property. Level as it was foretold",
            "x-title": {"zh": "预测水位", "en": "Level foretold"},
            "x-ngsi": {"units": "MTR"},
        },
        "rainForecast": {
            "type": "number",
            "description": "Property. Rain as it was foretold",
            "x-title": {"zh": "预测雨量", "en": "Rain foretold"},
            "x-ngsi": {"units": "MMT"},
        },
    },
}
RULES = """
[[rule]]
id = "level-high"
title = { zh = "水位过高", en = "Level too high" }
message = { zh = "{name} 水位 {value} {unit}", en = "{name} stands at {value} {unit}" }
type = "PumpStation"
attribute = "waterLevel"
unit = "cm"
above = 350
clear = 320
for = "2min"
severity = 3
matter = "pump-level"
"""


def pack(folder: Path, rules: str = RULES) -> Pack:
    """A pack with one model and some rules."""
    own = folder / "governance" / "pumps"
    (own / "models").mkdir(parents=True, exist_ok=True)
    (own / "pack.toml").write_text('title = { zh = "泵", en = "Pumps" }\n', encoding="utf-8")
    (own / "models" / "PumpStation.json").write_text(json.dumps(MODEL), encoding="utf-8")
    (own / "rules.toml").write_text(rules, encoding="utf-8")
    return read_pack(own)[0]


@asynccontextmanager
async def running(data: Path, packs: list[Pack]) -> AsyncIterator[tuple[Rules, Intake]]:
    """Rules that evaluate what is sent."""
    storage = Storage(data)
    broker = Broker(storage)
    rules = Rules(storage, broker, None, packs, Announcements())
    await broker.start()
    await in_thread(rules.start)
    try:
        yield rules, Intake(broker)
    finally:
        await in_thread(rules.stop)
        await broker.stop()
        storage.close()


async def send(intake: Intake, rows: list[tuple[str, int, float]]) -> None:
    """Send levels in metres: pump, minutes since START, level."""
    ids = sorted({one[0] for one in rows})
    columns = Columns(
        np.array([ids.index(one[0]) for one in rows], np.int32),
        np.array([START + one[1] * MINUTE for one in rows], np.int64),
        np.array([one[2] for one in rows], np.float64),
    )
    await intake.observe(
        OPERATOR, "", [Key(one, "waterLevel") for one in ids], columns, dict.fromkeys(ids, "PumpStation")
    )


def level(minute: int, pump: int) -> float:
    """High for three of every ten minutes, at another time for each pump."""
    return 4.0 if (minute + pump) % 10 < 3 else 2.0


async def evaluated(rules: Rules) -> None:
    """Return when all that was accepted is evaluated."""
    head = rules.broker.log.head()
    assert await in_thread(rules.following.wait, head, 20)


async def _send_all(data: Path, packs: Path, count: int) -> None:
    begun = json.loads(sys.stdin.readline())
    async with running(data, [pack(packs)]) as (_, intake):
        for minute in range(begun, count):
            await send(intake, [(one, minute, level(minute, at)) for at, one in enumerate(PUMPS)])
            print(minute, flush=True)  # noqa: T201  # the one who started it reads it
        print("end", flush=True)  # noqa: T201
        await asyncio.sleep(30)


if __name__ == "__main__":
    asyncio.run(_send_all(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
