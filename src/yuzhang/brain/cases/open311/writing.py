"""Answers of GeoReport v2 as JSON and XML. Source: wiki.open311.org/GeoReport_v2."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as Xml

import msgspec
from fastapi import Response

from yuzhang.brain.cases import presentation
from yuzhang.brain.cases.model import OUTCOMES, Matter
from yuzhang.brain.cases.open311.model import Seen
from yuzhang.brain.cases.room import Cases
from yuzhang.core.errors import YuzhangError
from yuzhang.web.reader import Reader

TYPES = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
SINGLE = {
    "services": "service",
    "service_requests": "request",
    "attributes": "attribute",
    "values": "value",
    "errors": "error",
    "discovery": "discovery",
    "endpoints": "endpoint",
    "formats": "format",
}
UNSEEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""
ATTRIBUTE_SEVERITY, ATTRIBUTE_EXTERNAL = "severity", "external"


def written(name: str, body: Any, form: str, status: int = 200) -> Response:
    """An answer in one of the two forms; `name` is the root of the XML."""
    if form == "json":
        return Response(msgspec.json.encode(body), status, media_type=TYPES["json"])
    root = Xml.Element(name)
    _fill(root, body)
    text = b'<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, encoding="unicode").encode()
    return Response(text, status, media_type=TYPES["xml"])


def failed(error: YuzhangError, reader: Reader, form: str) -> Response:
    """An error. Nobody known counts as no valid key, 403."""
    status = 403 if error.status == 401 else 400 if error.status == 422 else error.status
    said = " ".join(reader.title(one) for one in (error.detail, error.fix) if one is not None)
    where = f"{error.where}: " if error.where else ""
    return written("errors", [{"code": status, "description": where + said}], form, status)


def service(matter: Matter, reader: Reader) -> dict[str, Any]:
    """A matter as a service."""
    return {
        "service_code": matter.id,
        "service_name": reader.title(matter.title),
        "description": reader.title(matter.summary) or reader.title(matter.title),
        "metadata": True,
        "type": "realtime",
        "keywords": ",".join(one for one in (matter.code, matter.title.zh, matter.title.en) if one),
        "group": reader.title(matter.group),
    }


def definition(matter: Matter, reader: Reader) -> dict[str, Any]:
    """What can be said beside what every request says."""
    say = reader.language == "zh"
    return {
        "service_code": matter.id,
        "attributes": [
            {
                "variable": True,
                "code": ATTRIBUTE_SEVERITY,
                "datatype": "singlevaluelist",
                "required": False,
                "datatype_description": "",
                "order": 1,
                "description": "严重程度" if say else "How severe it is",
                "values": [
                    {"key": str(level), "name": reader.title(title)} for level, title in presentation.SEVERITIES.items()
                ],
            },
            {
                "variable": True,
                "code": ATTRIBUTE_EXTERNAL,
                "datatype": "string",
                "required": False,
                "datatype_description": "同一编号重复提交只算一件" if say else "The same number twice is one request",
                "order": 2,
                "description": "贵系统中的编号" if say else "Your system's own number",
                "values": [],
            },
        ],
    }


def request(seen: Seen, cases: Cases, reader: Reader) -> dict[str, Any]:
    """A case as a service request. What there is nothing of is null, or empty in XML."""
    case = seen.case
    state = reader.title(OUTCOMES[case.outcome]) if case.outcome else reader.title(case.state_title)
    merged = f" → {case.merged_into}" if case.merged_into else ""
    return {
        "service_request_id": case.number,
        "status": "open" if case.status == "open" else "closed",
        "status_notes": f"{state}{merged}" or None,
        "service_name": reader.title(cases.catalogue.matter(case.matter).title),
        "service_code": case.matter,
        "description": case.description or None,
        "agency_responsible": reader.title(presentation.unit_name(case.unit, cases.registry)) if case.unit else None,
        "service_notice": None,
        "requested_datetime": stamp(case.opened_at),
        "updated_datetime": stamp(seen.updated_at),
        "expected_datetime": stamp(case.due_at),
        "address": case.address or None,
        "address_id": None,
        "zipcode": None,
        "lat": case.lat,
        "long": case.lon,
        "media_url": None,
    }


def stamp(at: datetime | None) -> str | None:
    """A moment as GeoReport writes it, in UTC.

    >>> from datetime import UTC
    >>> stamp(datetime(2026, 1, 2, 3, 4, 5, 6, UTC))
    '2026-01-02T03:04:05Z'
    """
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _fill(element: Xml.Element, body: Any) -> None:
    if isinstance(body, Mapping):
        for name, value in body.items():
            _fill(Xml.SubElement(element, name), value)
    elif isinstance(body, Sequence) and not isinstance(body, str):
        for value in body:
            _fill(Xml.SubElement(element, SINGLE[element.tag]), value)
    elif body is not None:
        element.text = str(body).lower() if isinstance(body, bool) else UNSEEN.sub("", str(body))
