"""Polling of another SensorThings service: the observations that it has since the last time. Source: OGC 18-088."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.clock import iso, moment_of
from yuzhang.foundation.sources.connectors.errors import SourceAway
from yuzhang.foundation.sources.connectors.kinds.fetching import Address, Place
from yuzhang.foundation.sources.connectors.mapping import Mapping
from yuzhang.foundation.sources.connectors.model import Fetched, Kind
from yuzhang.foundation.sources.connectors.reaching import Reach, may_know
from yuzhang.foundation.sources.connectors.settings import setting, unfit
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload
from yuzhang.foundation.sources.payloads.plain import Row, document, pick

MOST_PAGES = 20
"""Of one run; what is left is read at once after it."""
EXPAND = "Datastream($expand=Thing,ObservedProperty)"


@dataclass(frozen=True, kw_only=True)
class SensorThingsSettings(Address):
    """A service of SensorThings."""

    filter: str = setting(
        "条件（$filter）", "Condition ($filter)", "", hint=("如 Datastream/id eq 3", "such as Datastream/id eq 3")
    )
    overlap_s: int = setting(
        "重读时段（秒）",
        "Read again (s)",
        0,
        hint=("补收迟到的观测；重读不会重复保存", "for observations that come late; what is read twice is kept once"),
        most=30 * 86_400,
    )


class SensorThings:
    """Polls the observations of a service."""

    def __init__(self, settings: SensorThingsSettings, mapping: Mapping) -> None:
        if "://" not in settings.url:
            raise unfit(
                "url", "应为服务地址，如 https://…/v1.1。", "It is the address of a service, as https://…/v1.1."
            )
        self._settings, self._mapping = settings, mapping

    def fetch(self, reach: Reach, cursor: str, now_us: int) -> Fetched:
        """The observations from the latest time on that was read, or from the page on at which the run before ended."""
        place = Place.of(cursor)
        url: str | None = self._inside(place.next) or self._first(place)
        rows: list[Row] = []
        for _ in range(MOST_PAGES):
            told = document(self._page(reach, place, url or ""))
            rows += _rows(told)
            url = self._inside(told.get("@iot.nextLink")) if isinstance(told, dict) else None
            if not url:
                break
        passed = place.passed((moment_of(row["time"]) for row in rows), now_us)
        return Fetched(rows, Place(last_us=passed.last_us, next=url or "").cursor, more=bool(url))

    def _page(self, reach: Reach, place: Place, url: str) -> bytes:
        headers = {"accept": "application/json", **self._settings.headers}
        try:
            return reach.get(url, headers).body
        except SourceAway:
            if url != place.next:
                raise
            return reach.get(self._first(place), headers).body  # the service may have forgotten the page meanwhile

    def read(self, body: bytes) -> list[Row]:
        """The rows of one page."""
        return _rows(document(body))

    def _first(self, place: Place) -> str:
        conditions = [self._settings.filter] if self._settings.filter else []
        if place.last_us is not None:
            since = place.last_us - self._settings.overlap_s * 1_000_000
            # From that moment on, not behind it: others of the same moment may have come since.
            conditions.append(f"phenomenonTime ge {iso(since)}")
        asked = f"$orderby=phenomenonTime%20asc&$top=500&$expand={quote(EXPAND, safe='();,$=')}"
        if conditions:
            asked += f"&$filter={quote(' and '.join(conditions), safe=':/')}"
        return f"{self._settings.url.rstrip('/')}/Observations?{asked}"

    def _inside(self, link: Any) -> str | None:
        """The address of the next page, if it is of the same service."""
        if not isinstance(link, str) or not link:
            return None
        return link if may_know(self._settings.url, link) else None


def _rows(told: Any) -> list[Row]:
    found = told.get("value") if isinstance(told, dict) else None
    if not isinstance(found, list):
        raise UnreadablePayload.because("没有 value 列表。", "There is no list `value`.", "/value")
    return [row for one in found if (row := _row(one))]


def _row(one: Any) -> Row | None:
    time = str(pick(one, "phenomenonTime") or "").partition("/")[0]
    try:
        moment_of(time)
    except (ValueError, OverflowError):
        return None
    return {
        "time": time,
        "result": pick(one, "result"),
        "id": pick(one, "@iot.id"),
        "datastream": pick(one, "Datastream.name"),
        "thing": pick(one, "Datastream.Thing.@iot.id"),
        "thing_name": pick(one, "Datastream.Thing.name"),
        "property": pick(one, "Datastream.ObservedProperty.name") or pick(one, "Datastream.name"),
        "unit": pick(one, "Datastream.unitOfMeasurement.symbol"),
    }


SENSORTHINGS = Kind(
    "sensorthings",
    Title("SensorThings 轮询", "SensorThings, polled"),
    Title("定时读取另一个 SensorThings 服务的观测。", "Reads the observations of another SensorThings service."),
    SensorThingsSettings,
    {"entity": "thing", "time": "time", "attribute": "property", "value": "result", "unit": "unit", "type": "Thing"},
    poller=SensorThings,
)
