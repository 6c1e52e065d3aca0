"""Polling of GTFS Realtime: where vehicles are, and how late trips run. Source: GTFS Realtime reference, version 2.0."""

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # it brings no types

from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.kinds.fetching import Address, Document
from yuzhang.foundation.sources.connectors.mapping import Mapping
from yuzhang.foundation.sources.connectors.model import Fetched, Kind
from yuzhang.foundation.sources.connectors.reaching import Reach
from yuzhang.foundation.sources.connectors.settings import setting
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload
from yuzhang.foundation.sources.payloads.plain import Row, shortest

VEHICLES, TRIPS = "vehicles", "trips"


@dataclass(frozen=True, kw_only=True)
class GtfsSettings(Address):
    """A feed of GTFS Realtime."""

    reads: str = setting("读取", "Read", VEHICLES, choices=(VEHICLES, TRIPS))


class GtfsRealtime:
    """Polls a feed."""

    def __init__(self, settings: GtfsSettings, mapping: Mapping) -> None:
        self._settings = settings
        self._document = Document(settings, mapping, "application/x-protobuf, application/octet-stream, */*")

    def fetch(self, reach: Reach, cursor: str, now_us: int) -> Fetched:
        """The feed, if it changed."""
        return self._document.fetched(reach, cursor, now_us, self)

    def read(self, body: bytes) -> list[Row]:
        """Its vehicles or its trips."""
        from google.transit.gtfs_realtime_pb2 import FeedMessage

        feed = FeedMessage()
        try:
            feed.ParseFromString(body)
        except DecodeError as error:
            raise UnreadablePayload.because("不是 GTFS-RT 内容。", "It is no feed of GTFS Realtime.") from error
        at = feed.header.timestamp
        if self._settings.reads == VEHICLES:
            return [_vehicle(one, at) for one in feed.entity if one.HasField("vehicle")]
        return [_trip(one, at) for one in feed.entity if one.HasField("trip_update")]


def _vehicle(one: Any, at: int) -> Row:
    told = one.vehicle
    place = told.position if told.HasField("position") else None
    return {
        "id": told.vehicle.id or told.vehicle.label or one.id,
        "label": told.vehicle.label or None,
        "trip": told.trip.trip_id or None,
        "route": told.trip.route_id or None,
        "time": told.timestamp or at,
        "latitude": None if place is None else shortest(place.latitude),
        "longitude": None if place is None else shortest(place.longitude),
        "bearing": _given(place, "bearing"),
        "speed": _given(place, "speed"),
        "status": _word(told, "current_status"),
        "occupancy": _word(told, "occupancy_status"),
        "stop": told.stop_id or None,
    }


def _trip(one: Any, at: int) -> Row:
    told = one.trip_update
    delay = told.delay if told.HasField("delay") else None
    for stop in told.stop_time_update if delay is None else ():
        event = next((getattr(stop, name) for name in ("arrival", "departure") if stop.HasField(name)), None)
        if event is not None and event.HasField("delay"):
            delay = event.delay
            break
    return {
        "id": told.trip.trip_id or one.id,
        "route": told.trip.route_id or None,
        "vehicle": told.vehicle.id or None,
        "time": told.timestamp or at,
        "delay": delay,
        "status": _word(told.trip, "schedule_relationship"),
    }


def _given(of: Any, name: str) -> float | None:
    return shortest(getattr(of, name)) if of is not None and of.HasField(name) else None


def _word(of: Any, name: str) -> str | None:
    if not of.HasField(name):
        return None
    kind = of.DESCRIPTOR.fields_by_name[name].enum_type
    found = kind.values_by_number.get(getattr(of, name))
    return None if found is None else str(found.name)


GTFS = Kind(
    "gtfs-rt",
    Title("GTFS-RT 轮询", "GTFS Realtime, polled"),
    Title("定时读取公交车辆位置或班次晚点。", "Reads where vehicles of public transport are, or how late trips run."),
    GtfsSettings,
    {
        "entity": "id", "type": "Vehicle", "time": "time", "longitude": "longitude", "latitude": "latitude",
        "attributes": ["bearing = heading DD", "speed = speed MTS", "status = serviceStatus", "occupancy = occupancy", "delay = delay SEC"],
    },
    poller=GtfsRealtime,
)  # fmt: skip
