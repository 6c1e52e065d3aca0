"""The application with the screen of the city over a folder, served in a process of its own: `python served.py FOLDER PORT`."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import shapely
from fastapi import FastAPI
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from yuzhang.app import Yuzhang, create_app
from yuzhang.core.access import Party
from yuzhang.core.announcing import Announcements
from yuzhang.core.errors import Conflict
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings
from yuzhang.entrance.city import api, pages
from yuzhang.entrance.city.duty import pages as duty_pages
from yuzhang.entrance.city.field import pages as field_pages
from yuzhang.entrance.city.field.model import Choice, FieldCase, Question, Sent
from yuzhang.entrance.city.model import Area, DeviceLike, Group, Named, Sources, Thing
from yuzhang.entrance.city.room import City
from yuzhang.entrance.city.tables import METADATA

ROUTERS = (api.router, pages.router, duty_pages.router, field_pages.router)


def with_city(app: Yuzhang, sources: Sources | None = None) -> Yuzhang:
    """The application with the room, unless it has it already."""
    if not hasattr(app.state, "city"):
        METADATA.create_all(app.state.storage.engine)
        app.state.announcements = Announcements()
        city = app.state.city = City(
            app.state.storage, app.state.broker, app.state.announcements, sources, portal=app.state.portal
        )
        for router in ROUTERS:
            app.include_router(router)
        before = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(inner: FastAPI) -> AsyncIterator[None]:
            async with before(inner):
                await city.start()
                yield
                await city.stop()

        app.router.lifespan_context = lifespan
    return app


class Kept:
    """A small stand-in for the rooms of events and cases: what a file says, read anew whenever something is announced."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def _things(self, layer: str) -> list[Thing]:
        said = json.loads(self._file.read_text()) if self._file.exists() else {}
        return [thing_of(layer, one) for one in said.get(layer, [])]

    def devices(self) -> list[DeviceLike]:
        """None."""
        return []

    def device(self, id_: str) -> DeviceLike | None:
        """None."""
        return None

    def areas(self) -> list[Area]:
        """One, around the things of the tests."""
        return [Area("r1", Title("东区", "East district"), "district", shapely.box(115.7, 28.5, 116.1, 28.9))]

    def named(self) -> list[Named]:
        """The unit of the tests."""
        return self.units()

    def units(self) -> list[Named]:
        """The same."""
        return [Named("u1", Title("排水处", "Drainage office"))]

    def events(self) -> list[Thing]:
        """Those of the file."""
        return self._things("events")

    def some_events(self, ids: Sequence[str]) -> dict[str, Thing]:
        """Some of the file."""
        return {one.id: one for one in self.events() if one.id in ids}

    def cases(self) -> list[Thing]:
        """Those of the file."""
        return self._things("cases")

    def some_cases(self, ids: Sequence[str]) -> dict[str, Thing]:
        """Some of the file."""
        return {one.id: one for one in self.cases() if one.id in ids}


def thing_of(layer: str, said: dict[str, Any]) -> Thing:
    """A thing as the file says it."""
    named = {"zh": said.pop("zh"), "en": said.pop("en")}
    placed = (said["kind"], (said.get("region", ""),), (said.get("unit", ""),))
    return Thing(
        title=Title(**named), group=Group(f"brain.{'rules' if layer == 'events' else 'cases'}", (placed,)), **said
    )


class Handled:
    """A small stand-in for the room of cases: one case, whose task can be done once; what was done is written to a file."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def _done(self) -> list[dict[str, Any]]:
        return json.loads(self._file.read_text()) if self._file.exists() else []

    def mine(self, caller: Party) -> list[FieldCase]:
        """The one, until it is done."""
        if any(one["task"] for one in self._done()):
            return []
        choices = (Choice("fixed", Title("已解决", "Fixed")), Choice("not-fixed", Title("未解决", "Not fixed")))
        asked = (Question("decision", Title("处理结果", "Result"), "choice", True, choices),)
        return [
            FieldCase("20261126-000001", Title("井盖破损", "Broken manhole cover"), "", "", 3, 0, 115.9, 28.7, "t1",
                      Title("现场处置", "Handle it on site"), asked),
        ]  # fmt: skip

    def handled(self, caller: Party, sent: Sent) -> bool:
        """Whether it was done."""
        return any(one["key"] == sent.key for one in self._done())

    def handle(self, caller: Party, sent: Sent) -> None:
        """Do it. Raises TaskDone."""
        done = self._done()
        if sent.task and any(one["task"] for one in done):
            raise Conflict(Title("该任务已由他人办理。", "Somebody else has done this task."))
        sizes = [len(one.content) for one in sent.files]
        told = {"task": sent.task, "note": sent.note, "values": dict(sent.values), "files": sizes}
        done.append({"key": sent.key, "case": sent.case, **told})
        self._file.write_text(json.dumps(done))


async def serve(folder: Path, port: int) -> None:
    """Serve until the process is asked to end."""
    app = with_city(create_app(Settings(folder / "data", trust="machine", mqtt_port=None)))
    city: City = app.state.city
    city.sources = city.drawn.sources = city.following.sources = Kept(folder / "things.json")
    city.handling = Handled(folder / "done.json")

    @app.post("/told")
    def told(kind: str, id_: str) -> None:
        """Announce, as the rooms would."""
        app.state.announcements.tell(kind, {"id": id_})

    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_level=LogLevels.error)

    def end() -> None:
        app.state.operation.readiness.drain()
        asyncio.get_running_loop().call_later(1.5, server.stop)

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
