"""What an answer may come as, where the asker chooses its format: JSON has examples, files are named only."""

from collections.abc import Mapping
from typing import Any

from yuzhang.entrance.api.description.further import SENSORTHINGS
from yuzhang.entrance.api.description.sampling import resolved

OFFICE = "application/vnd.openxmlformats-officedocument"
MEDIA: Mapping[str, str] = {
    "csv": "text/csv",
    "html": "text/html",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "pdf": "application/pdf",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
}
TEXTS = ("text/csv", "text/html")
CHOSEN_IN_BODY: Mapping[str, tuple[str, ...]] = {"/api/sql": ("json", "csv", "arrow", "parquet")}
PLAIN: Mapping[str, tuple[str, ...]] = {f"{SENSORTHINGS}/{{path}}": ("application/json", "text/plain")}
"""A number of things or a bare value is a text. Source: OGC 18-088, 9.2.2 and 9.3.3.5."""


def offer(operation: dict[str, Any], path: str, document: Mapping[str, Any]) -> None:
    """Name every media type in which the answer can be asked for."""
    answer = operation["responses"].get("200")
    if answer is None:
        return
    names = CHOSEN_IN_BODY.get(path, ())
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "format":
            names = resolved(parameter["schema"], document).get("enum", ())
    media = [MEDIA[name] for name in names if name in MEDIA] + list(PLAIN.get(path, ()))
    if media:
        content = answer.setdefault("content", {})
        for one in media:
            content.setdefault(one, {"schema": {"type": "string"}} if one in TEXTS else {})
