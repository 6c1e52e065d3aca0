"""What happened in the city of the tests, so that every page has something to show: devices, an event, cases, a letter that nobody could read."""

from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI

from yuzhang.app import create_app
from yuzhang.brain.cases.actions import case, confirm, enter, step
from yuzhang.brain.cases.actions import report as report_case
from yuzhang.brain.cases.model import Report, Upload
from yuzhang.brain.cases.room import Cases
from yuzhang.brain.rules.model import Event, event_id
from yuzhang.brain.rules.store import add_events
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings
from yuzhang.foundation.registry import actions as registry
from yuzhang.foundation.registry.model import Device, Registration
from yuzhang.foundation.registry.provisioning.asking import ask
from yuzhang.foundation.sources.connectors import actions as sources

AT = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
"""A Monday, half past nine in the city."""
AT_US = int(AT.timestamp() * 1_000_000)
RULE = "governance/drainage:pump-level-high"
DEVICE, GATEWAY, SIMULATED, NEW = "pump-1", "gateway-1", "sim-gauge-1", "asks-to-come-in"
SOURCE = "weather-office"
ENTITY = f"urn:ngsi-ld:PumpStation:{DEVICE}"
EVENT = event_id(RULE, ENTITY, "waterLevel", "", AT_US)
OWN_CASE, HOTLINE_CASE, EVENT_CASE, ASKED_CASE, CLOSED_CASE = (f"20260105-{number:06d}" for number in range(1, 6))
LETTER = 1
PHOTO = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFElEQVR4nGOs6JnGgA0wYRUdtBIARBUBqlY03cAAAAAASUVORK5CYII="
)
LON, LAT = 115.89, 28.68


def happened(folder: Path) -> None:
    """Let it have happened in the city of that folder."""
    app = create_app(Settings(folder, trust="machine", mqtt_port=None))
    _devices(app)
    _cases(app)
    sources.add(
        app.state.sources,
        OPERATOR,
        SOURCE,
        sources.Wish("rest", Title("气象台", "Weather office"), {"url": "http://127.0.0.1:9/weather"}, MAPPING, 3600),
    )
    app.state.dead.keep("mqtt", f"observations/{DEVICE}", b'{"level": "high"}', "unfit-value", UNREAD, AT_US)
    app.state.dead.flush()
    app.state.identity.close()
    app.state.storage.close()


MAPPING = {"type": "WeatherObserved", "entity": "station", "attributes": "temp = temperature CEL"}
UNREAD = Title("level 不是数字。", "level is no number.")


def _devices(app: FastAPI) -> None:
    room = app.state.registry
    for one in (
        Device(GATEWAY, "象湖网关", "Gateway", lon=LON, lat=LAT),
        Device(
            DEVICE,
            "象湖泵站",
            "PumpStation",
            "P-200",
            gateway=GATEWAY,
            firmware="1.4",
            lon=LON,
            lat=LAT,
            unit="drainage-office",
        ),
        Device(SIMULATED, "Gauge", "WaterLevelGauge", lon=LON, lat=LAT, simulated=True),
    ):
        registry.add(room, OPERATOR, one)
    ask(room, OPERATOR, Registration(NEW, "PumpStation", at=AT), "k" * 43)


def _cases(app: FastAPI) -> None:
    cases = app.state.cases
    then, cases.now = cases.now, lambda: AT
    report_case(cases, OPERATOR, Report("waterlogging", "桥下积水，车辆绕行", LON, LAT, "八一大道"))
    enter(cases, OPERATOR, Report("event-0201", "电话亭上贴满小广告", LON, LAT, reporter_name="王先生"))
    event = Event(
        EVENT, RULE, "governance/drainage", "pump-level-high", ENTITY, "waterLevel", 3, "open",
        Title("象湖泵站水位过高", "Level of pump station Xianghu too high"), AT_US, None, AT_US, 19.2, 18.5, LON, LAT,
        app.state.registry.region_at(LON, LAT), "", "pump-station-level", False, "m",
    )  # fmt: skip
    with app.state.storage.writing() as connection:
        cases.opened_by(connection, add_events(connection, [event]))
    cases.open_waiting()
    for number in (ASKED_CASE, CLOSED_CASE):
        report_case(cases, OPERATOR, Report("waterlogging", "路面积水约十厘米", LON, LAT + 0.01, "洪都大道"))
        for decision in ("accepted", "fixed", "pass"):
            _step(cases, number, decision)
    confirm(cases, OPERATOR, CLOSED_CASE, True)
    while case(cases, OPERATOR, CLOSED_CASE).case.status == "open":
        _step(cases, CLOSED_CASE)
    cases.now = then


def _step(cases: Cases, number: str, decision: str = "") -> None:
    """Do the task that a case waits for, with a photo."""
    task = case(cases, OPERATOR, number).tasks[0]
    step(cases, OPERATOR, number, task.id, {"decision": decision} if decision else {}, "", [Upload("road.png", PHOTO)])
