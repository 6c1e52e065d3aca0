"""The whole application for the benchmark `live`, in a process of its own: present, history, network, rules and cases run beside MQTT as in a city.

    python -m benchmarks.live_served DATA PORT     (DATA/packs holds the rules)

For each line of standard input it waits until all that was accepted is in the present, in history and evaluated, and answers with one line
of JSON: when each message of an alarm was a stored event, by the number that its value carries. The web pages are not served.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from benchmarks.live_load import LOW, STEP
from yuzhang.app import create_app
from yuzhang.brain.rules.model import Event
from yuzhang.core.settings import Settings

PATIENCE_S = 300.0
TOLD_S = 0.2
"""Events are told so soon after the place is kept."""


class Watching:
    """Notes when the events of messages are durable: they are announced right after the commit."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.stored: dict[int, float] = {}
        self._committing: dict[str, int] = {}
        app.state.rules.on_change.append(self._kept)
        self._tell = app.state.announcements.tell
        app.state.announcements.tell = self._told

    def _kept(self, _connection: Connection, events: Sequence[Event]) -> None:
        for one in events:
            if one.status == "open" and one.value is not None:
                self._committing[one.id] = round((one.value - LOW) / STEP)

    def _told(self, kind: str, body: Mapping[str, Any]) -> None:
        if kind == "event" and body["status"] == "open":
            self.stored[self._committing.pop(body["id"])] = time.monotonic()
        self._tell(kind, body)

    def _are_past(self, head: int) -> bool:
        state = self.app.state
        places = (state.rules.following.place, state.history.recorder.place, state.broker.log.place("context"))
        return all(place >= head for place in places)

    async def followed(self) -> dict[str, Any]:
        """Once all that came is followed: how long the rules and the others took, and what was noted since it was asked last."""
        began, rules = time.monotonic(), self.app.state.rules
        head, evaluated = self.app.state.broker.log.head(), None
        while evaluated is None or not self._are_past(head):
            if evaluated is None and rules.following.place >= head:
                evaluated = time.monotonic() - began
            if time.monotonic() > began + PATIENCE_S:
                raise SystemExit("what was accepted is not followed")
            await asyncio.sleep(0.05)
        spent = time.monotonic() - began
        await asyncio.sleep(TOLD_S)
        known = await self.app.state.mqtt.state()
        stored, self.stored = self.stored, {}
        answer = {"rules_behind_s": round(evaluated, 2), "all_behind_s": round(spent, 2)}
        return answer | {"stored": stored, "refused": known.refused}


async def main(data: Path, port: int) -> None:
    """Serve until standard input ends."""
    app = create_app(Settings(data, mqtt_port=port))
    async with app.router.lifespan_context(app):
        watching = Watching(app)
        gc.collect()  # as `yuzhang serve` does
        gc.freeze()
        gc.set_threshold(300_000, 20, 50)
        rules = app.state.rules
        faults = [str(one) for one in rules.faults]
        print(json.dumps({"rules": len(rules.of_packs), "faults": faults}), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await watching.followed()), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
