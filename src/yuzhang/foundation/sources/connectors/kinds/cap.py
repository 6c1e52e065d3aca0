"""Polling of warnings in the Common Alerting Protocol 1.2 (and 1.1): one alert, or a feed (Atom, RSS) that names alerts.

Source: OASIS CAP-v1.2-os, chapter 3.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.errors import SourceAway
from yuzhang.foundation.sources.connectors.kinds.fetching import Address, Document, Place
from yuzhang.foundation.sources.connectors.mapping import Mapping
from yuzhang.foundation.sources.connectors.model import BODY, Bad, Fetched, Kind
from yuzhang.foundation.sources.connectors.reaching import Reach, may_know
from yuzhang.foundation.sources.connectors.settings import setting
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload
from yuzhang.foundation.sources.payloads.plain import Row

MOST_ALERTS = 100
MOST_ALERT_BYTES = 2 * 2**20
SEVERITIES = {"Extreme": "critical", "Severe": "high", "Moderate": "medium", "Minor": "low", "Unknown": "informational"}
"""As the smart data model Alert has them."""
CANCEL = "Cancel"


@dataclass(frozen=True, kw_only=True)
class CapSettings(Address):
    """Warnings."""

    tongue: str = setting(
        "语言",
        "Language",
        "",
        hint=("如 zh-CN；空则取第一个", "such as zh-CN; empty for the first that is there"),
    )
    tests: bool = setting("也接收演练和测试", "Take exercises and tests too", False)


class Cap:
    """Polls warnings."""

    def __init__(self, settings: CapSettings, mapping: Mapping) -> None:
        self._settings = settings
        self._document = Document(settings, mapping, "application/cap+xml, application/atom+xml, application/xml, */*")

    def fetch(self, reach: Reach, cursor: str, now_us: int) -> Fetched:
        """The warnings, if the feed changed; one that cannot be read is bad, one that is away is asked for again, and all others are taken."""
        body, place = self._document.body(reach, Place.of(cursor))
        if body is None:
            return Fetched((), place.cursor)
        try:
            root = _root(body)
            if _name(root) == "alert":
                return Fetched(self._alert(root), place.cursor)
            links = _links(root, self._settings.url)
        except InputRefused as error:
            return Fetched((), place.cursor, [Bad(BODY, body, error.code, error.detail)])
        rows: list[Row] = []
        bad: list[Bad] = []
        away: SourceAway | None = None
        if len(links) > MOST_ALERTS:
            bad.append(_left_out(links[MOST_ALERTS:]))
        for link in links[:MOST_ALERTS]:
            content = b""
            try:
                answer = reach.get(link, {"accept": "application/cap+xml", **self._key(link)}, MOST_ALERT_BYTES)
                content = answer.body
                rows += self.read(content)
            except InputRefused as error:
                bad.append(Bad(BODY, content, error.code, error.detail))
            except SourceAway as error:
                away = error
        if away is not None and not rows and not bad:
            raise away
        return Fetched(rows, cursor if away is not None else place.cursor, bad)

    def _key(self, link: str) -> dict[str, str]:
        return self._settings.headers if may_know(self._settings.url, link) else {}

    def read(self, body: bytes) -> list[Row]:
        """The rows of one alert."""
        root = _root(body)
        if _name(root) != "alert":
            raise UnreadablePayload.because("不是 CAP 预警。", "It is no alert of CAP.")
        return self._alert(root)

    def _alert(self, alert: Any) -> list[Row]:
        identifier, sender, sent = (_text(alert, name) for name in ("identifier", "sender", "sent"))
        if not identifier or not sender or not sent:
            raise UnreadablePayload.because(
                "CAP 缺少 identifier、sender 或 sent。", "The alert lacks identifier, sender or sent.", "/alert"
            )
        if _text(alert, "status") != "Actual" and not self._settings.tests:
            return []
        if _text(alert, "msgType") == CANCEL:
            return [{"id": one, "time": sent, "state": "cancelled"} for one in _referenced(alert)]
        infos = [one for one in alert if _name(one) == "info"]
        wanted = self._settings.tongue.lower()
        info = next((one for one in infos if _text(one, "language").lower() == wanted), infos[0] if infos else None)
        replaced = [{"id": one, "time": sent, "state": "updated"} for one in _referenced(alert)]
        own = {"id": identifier, "sender": sender, "time": sent, "state": "active"}
        return [*replaced, own if info is None else own | _info(info)]


def _info(info: Any) -> Row:
    severity = _text(info, "severity")
    areas = [one for one in info if _name(one) == "area"]
    return {
        "category": _text(info, "category") or None,
        "event": _text(info, "event") or None,
        "urgency": _text(info, "urgency") or None,
        "certainty": _text(info, "certainty") or None,
        "severity": SEVERITIES.get(severity, "informational"),
        "headline": _text(info, "headline") or None,
        "description": _text(info, "description") or None,
        "instruction": _text(info, "instruction") or None,
        "issuer": _text(info, "senderName") or None,
        "from": _text(info, "onset") or _text(info, "effective") or None,
        "until": _text(info, "expires") or None,
        "area": "; ".join(_text(one, "areaDesc") for one in areas) or None,
        "place": _place(areas),
    }


def _place(areas: list[Any]) -> dict[str, Any] | None:
    """Where it holds: polygons as they are, of circles their middle. CAP writes the latitude first (3.2.4)."""
    polygons = []
    middle: list[float] | None = None
    for area in areas:
        for one in area:
            try:
                if _name(one) == "polygon":
                    pairs = [_pair(point) for point in (one.text or "").split()]
                    if len(pairs) >= 4 and pairs[0] == pairs[-1]:
                        polygons.append([pairs])
                elif _name(one) == "circle":
                    middle = middle or _pair((one.text or "").split()[0])
            except (ValueError, IndexError):
                raise UnreadablePayload.because(
                    "区域坐标无法读取。", "The place of an area cannot be read.", "/alert/info/area"
                ) from None
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    if polygons:
        return {"type": "MultiPolygon", "coordinates": polygons}
    return {"type": "Point", "coordinates": middle} if middle else None


def _pair(text: str) -> list[float]:
    latitude, longitude = (float(one) for one in text.split(","))
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise ValueError(text)
    return [longitude, latitude]


def _referenced(alert: Any) -> list[str]:
    """The identifiers that `references` names, as `sender,identifier,sent` each (3.2.1)."""
    found = [one.split(",") for one in _text(alert, "references").split()]
    return [one[1] for one in found if len(one) == 3 and one[1]]


def _root(body: bytes) -> Any:
    """The root of an XML text that declares nothing of its own: no entities, no foreign files. Raises UnreadablePayload."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise UnreadablePayload.because(f"不是 XML：{said}。", f"It is no XML: {said}.") from error
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise UnreadablePayload.because("XML 不得含有 DOCTYPE。", "The XML may have no DOCTYPE.")
    return root


def _links(root: Any, url: str) -> list[str]:
    """The alerts that a feed names."""
    found: dict[str, None] = {}
    for entry in root.iter():
        if _name(entry) not in ("entry", "item"):
            continue
        some = [
            (one.get("type", ""), one.get("href") or (one.text or "").strip()) for one in entry if _name(one) == "link"
        ]
        best = next((href for kind, href in some if "cap" in kind), some[0][1] if some else "")
        link = urljoin(url, best)
        if best and link not in found:
            found[link] = None
    if not found and _name(root) not in ("feed", "rss", "RDF"):
        raise UnreadablePayload.because(
            "既不是 CAP 预警，也不是 Atom 或 RSS。", "It is neither an alert of CAP nor a feed."
        )
    return list(found)


def _left_out(links: list[str]) -> Bad:
    """What of a feed is not read, named as something of it that cannot be."""
    many = MOST_ALERTS + len(links)
    said = Title(
        f"汇总列出 {many} 条预警，只读取前 {MOST_ALERTS} 条；其余地址见内容。请改用按地区或时间筛选的汇总地址。",
        f"The feed names {many} alerts, of which the first {MOST_ALERTS} are read; the content names the others. "
        "Poll a feed of fewer regions or of a shorter time.",
    )
    return Bad(BODY, "\n".join(links).encode(), UnreadablePayload.code, said)


def _name(one: Any) -> str:
    return str(etree.QName(one).localname) if isinstance(one.tag, str) else ""


def _text(of: Any, name: str) -> str:
    return next(((one.text or "").strip() for one in of if _name(one) == name), "")


CAP = Kind(
    "cap",
    Title("CAP 预警轮询", "CAP warnings, polled"),
    Title("定时读取公共预警（CAP 1.2），可为单条或 Atom、RSS。", "Reads public warnings (CAP 1.2): one, or a feed of them."),
    CapSettings,
    {
        "entity": "id", "prefix": "urn:ngsi-ld:Alert:", "type": "Alert", "time": "time",
        "attributes": [
            "category = category", "event = subCategory", "severity = severity", "urgency = urgency", "certainty = certainty",
            "headline = name", "description = description", "instruction = instruction", "issuer = alertSource",
            "from = validFrom", "until = validTo", "area = address", "place = location", "state = status",
        ],
    },
    poller=Cap,
)  # fmt: skip
