"""The page on which people look an address up and try it: filled in from the examples, sent by the reader's own browser."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from yuzhang.core.access import Party, action
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.api.description.document import METHODS
from yuzhang.entrance.api.description.sampling import resolved
from yuzhang.entrance.api.description.titles import PARTS, part_of
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A parameter: where it stands, and what is filled in."""

    name: str
    where: str
    required: bool
    value: str
    said: str


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: its media type, and text to begin with. `file`: the name of the form's field that is a file."""

    media: str
    text: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation, as the page shows it."""

    method: str
    path: str
    summary: str
    description: str
    part: str

    @property
    def name(self) -> str:
        """POST /api/keys."""
        return f"{self.method} {self.path}"


@action("self", reads=True)
def endpoints(document: Document, caller: Party, /) -> dict[str, list[Endpoint]]:
    """All operations by part of the API, in the order in which parts are shown."""
    found: dict[str, list[Endpoint]] = {part: [] for part in PARTS}
    for one in _every(document):
        found[one.part].append(one)
    for listed in found.values():
        listed.sort(key=lambda one: (one.path, METHODS.index(one.method.lower())))
    return {part: listed for part, listed in found.items() if listed}


def _every(document: Document) -> Iterator[Endpoint]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                one = item[method]
                said = one.get("description", "")
                yield Endpoint(method.upper(), path, one.get("summary") or said, said, part_of(path))


def places(document: Document, one: Endpoint) -> list[Place]:
    """The parameters of an operation, those of the path first."""
    given = document["paths"][one.path][one.method.lower()].get("parameters", ())
    found = [
        Place(
            each["name"],
            each["in"],
            bool(each.get("required")),
            _written(each.get("example", "")),
            each.get("description", ""),
        )
        for each in (resolved(part, document) for part in given)
    ]
    return sorted(found, key=lambda each: ("path", "query", "header", "cookie").index(each.where))


def body(document: Document, one: Endpoint) -> Body | None:
    """What an operation is sent, from its example; None if nothing is."""
    described = document["paths"][one.path][one.method.lower()].get("requestBody")
    if described is None:
        return None
    media, content = next(
        (pair for pair in described["content"].items() if pair[1].get("examples")),
        next(iter(described["content"].items())),
    )
    value: Any = ""
    for example in content.get("examples", {}).values():
        value = resolved(example, document)["value"]
    if media == "multipart/form-data":
        return Body(media, value["file"] if isinstance(value, dict) else "", "file")
    if media == "application/x-www-form-urlencoded" and isinstance(value, dict):
        return Body(media, "\n".join(f"{name}={each}" for name, each in value.items()))
    return Body(media, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@router.get("/api/try", response_class=HTMLResponse)
def try_page(request: Request, caller: Caller, q: str = "", ask: str = "") -> HTMLResponse:
    """All addresses by part; with `ask` ("GET /api/plans") the form of one, with `q` those that hold these words."""
    document = request.app.openapi()
    listed = endpoints(document, caller)
    chosen = next((one for part in listed.values() for one in part if one.name == ask), None)
    if ask and chosen is None:
        raise NotFound(
            Title("没有这个接口。", "There is no such address in the API."),
            where="?ask",
            fix=Title("请从列表中选择。", "Choose one of the list."),
        )
    words = q.lower().split()
    shown = {
        part: [one for one in every if all(word in f"{one.name} {one.summary} {one.description} {PARTS[part].zh}".lower() for word in words)]
        for part, every in listed.items()
    }  # fmt: skip
    return page(
        request,
        "api/try.html",
        parts={part: every for part, every in shown.items() if every},
        titles=PARTS,
        chosen=chosen,
        parameters=places(document, chosen) if chosen else [],
        body=body(document, chosen) if chosen else None,
        q=q,
    )
