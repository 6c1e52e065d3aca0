"""The page for the phone, what it keeps for later, and where it sends entries."""

import json
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.datastructures import UploadFile

from yuzhang.brain.cases.attachments.keeping import LARGEST
from yuzhang.core.access import need
from yuzhang.core.language import Title
from yuzhang.entrance.city.actions import ROOM
from yuzhang.entrance.city.api import Here
from yuzhang.entrance.city.errors import UnfitEntry
from yuzhang.entrance.city.field import actions
from yuzhang.entrance.city.field.model import File, Sent
from yuzhang.entrance.city.pages import words
from yuzhang.entrance.city.store import Entry
from yuzhang.entrance.identity.gate import FIELD_COOKIE
from yuzhang.web.asking import Caller
from yuzhang.web.bounds import MAX_BODY_BYTES
from yuzhang.web.reader import Reader, reader_of
from yuzhang.web.rendering import page
from yuzhang.web.statics import asset, found

router = APIRouter(include_in_schema=False)
MINE = "entrance.city.field.actions.mine"
WORKER = "live/field-worker.js"
KEPT = (
    "style.css", "mark.svg", "live/field.js", "live/field-kept.js", "live/field-photo.js", "vendor/htmx.min.js", "portal.js",
)  # fmt: skip
"""The files without which the page is not itself."""
LIMITS = {"files": actions.MOST_FILES, "bytes": actions.MOST_BYTES, "file": LARGEST, "note": actions.LONGEST_NOTE}
"""What an entry may hold, for the phone to say so before it is kept."""
KEPT_S = 365 * 86_400


@router.get("/city/field", response_class=HTMLResponse)
def field_page(request: Request, city: Here, caller: Caller) -> HTMLResponse:
    """The caller's cases, with a form for each. Its cookie lets the phone show it without a connection, until the caller signs out."""
    answer = page(
        request,
        "city/field.html",
        cases=actions.mine(city, caller),
        entries=actions.entries(city, caller),
        key=lambda: secrets.token_hex(16),
        limits=LIMITS,
        **words(city),
    )
    answer.set_cookie(FIELD_COOKIE, "1", KEPT_S, path="/", samesite="lax", secure=request.url.scheme == "https")
    return answer


@router.get("/city/field-worker.js")
def worker(caller: Caller) -> Response:
    """The service worker: sent from here, so that its scope is the pages of the city and nothing else."""
    need(caller, MINE, ROOM)
    file = found(WORKER)
    content = b"" if file is None else file.content
    listed = json.dumps([asset(one) for one in KEPT])
    return Response(
        b"const KEPT = " + listed.encode() + b";\n" + content,
        media_type="text/javascript",
        headers={"cache-control": "no-cache"},
    )


@router.get("/city/field.webmanifest")
def manifest(request: Request, caller: Caller) -> JSONResponse:
    """How a phone names it on its first screen."""
    need(caller, MINE, ROOM)
    speak = reader_of(request).translate
    icon = {"src": asset("mark.svg"), "sizes": "any", "type": "image/svg+xml"}
    return JSONResponse(
        {
            "name": f"{speak('Yuzhang')} · {speak('In the field')}",
            "short_name": speak("In the field"),
            "start_url": "/city/field",
            "scope": "/city/",
            "display": "standalone",
            "background_color": "#f4f7f8",
            "theme_color": "#0b5a6b",
            "icons": [icon],
        },
        media_type="application/manifest+json",
    )


@router.get("/city/field/party")
def party(caller: Caller) -> JSONResponse:
    """Who is signed in: a page that was opened by somebody else sends nothing then."""
    need(caller, MINE, ROOM)
    return JSONResponse({"party": caller.id})


async def entry(request: Request) -> Sent:
    """The entry of a form. Raises UnfitEntry."""
    async with request.form(max_files=actions.MOST_FILES + 1, max_part_size=MAX_BODY_BYTES) as form:
        files = [
            File(one.filename or f"{name}.jpg", content)
            for name in ("photo", "signature")
            for one in form.getlist(name)
            if isinstance(one, UploadFile) and (content := await one.read())
        ]
        said = {name: str(value) for name, value in form.items() if isinstance(value, str)}
    answers = {name.removeprefix("answer."): value for name, value in said.items() if name.startswith("answer.")}
    return Sent(
        said.get("key", ""),
        said.get("case", ""),
        said.get("task", ""),
        said.get("note", "").replace("\r\n", "\n").strip(),  # a form sends each end of a line as two
        {name: value for name, value in answers.items() if value},
        tuple(files),
        int(_number(said.get("made_at", ""), "/made_at") or 0) * 1000,
        _number(said.get("lon", ""), "/lon"),
        _number(said.get("lat", ""), "/lat"),
        said.get("party", ""),
    )


def _number(text: str, where: str) -> float | None:
    try:
        value = float(text) if text else None
    except ValueError:
        value = float("nan")
    if value is not None and not -1e15 < value < 1e15:
        raise UnfitEntry(Title("这里应为数字。", "A number belongs here."), where=where)
    return value


Given = Annotated[Sent, Depends(entry)]


@router.post("/city/field/entries", response_model=None)
def send(request: Request, city: Here, caller: Caller, sent: Given) -> JSONResponse | RedirectResponse:
    """Take an entry: for the phone's script as JSON, for a form without script the page again. Raises UnfitEntry, EntryDiffers, NotAllowed."""
    kept = actions.send(city, caller, sent)
    if "application/json" not in request.headers.get("accept", ""):
        return RedirectResponse("/city/field#sent", 303)
    return JSONResponse(told(kept, reader_of(request)))


def told(kept: Entry, reader: Reader) -> dict[str, Any]:
    """What became of an entry, for the phone."""
    return {
        "key": kept.key,
        "case": kept.case,
        "status": kept.status,
        "code": kept.code,
        "detail": reader.title(kept.detail),
    }
