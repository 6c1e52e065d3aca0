"""The pages of sources: the list, a form for each kind, and what a test found."""

from asyncio import to_thread
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused as Refused
from yuzhang.core.errors import TryAgain, YuzhangError
from yuzhang.core.language import Title
from yuzhang.core.moments import moment
from yuzhang.foundation.sources.connectors import actions
from yuzhang.foundation.sources.connectors.actions import Wish
from yuzhang.foundation.sources.connectors.api import Room
from yuzhang.foundation.sources.connectors.kinds.offered import KINDS
from yuzhang.foundation.sources.connectors.mapped import encode
from yuzhang.foundation.sources.connectors.mapping import FIELDS
from yuzhang.foundation.sources.connectors.model import EPOCH, Kind, Shown, Tried
from yuzhang.foundation.sources.connectors.room import Sources
from yuzhang.foundation.sources.connectors.settings import settings_of
from yuzhang.foundation.sources.mqtt.actions import health
from yuzhang.web.asking import Caller
from yuzhang.web.navigation import opens
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
SETTING, MAPPING = "s.", "m."
"""Before the names of fields that are settings, and those of the mapping."""
FORM_BYTES = 2**20
HEALTH = "foundation.sources.mqtt.actions.health"
LINES = frozenset({"attributes"})


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in a form: that of a new source where `shown` is None."""

    kind: Kind
    shown: Shown | None
    name: str
    title: Title
    values: dict[str, str]
    mapping: dict[str, str]
    interval: str


@router.get("/sources", response_class=HTMLResponse)
async def sources_page(request: Request, room: Room, caller: Caller) -> HTMLResponse:
    """All sources and how they fare, and how MQTT goes, for whoever may see that."""
    some = await to_thread(actions.sources, room, caller)
    mqtt = getattr(request.app.state, "mqtt", None)
    seen = await health(mqtt, caller) if mqtt is not None and opens(caller, HEALTH) else None
    return page(request, "connectors/sources.html", sources=some, kinds=KINDS, mqtt=seen, at=moment)


@router.get("/sources/new", response_class=HTMLResponse)
def new_page(request: Request, room: Room, caller: Caller, kind: str = "") -> HTMLResponse:
    """A form for a new source of a kind."""
    actions.sources(room, caller)
    found = KINDS.get(kind) or next(iter(KINDS.values()))
    values = {one.name: one.default for one in settings_of(found.settings)}
    form = Form(found, None, "", Title("", ""), values, _mapping(dict(found.mapping)), "60")
    return _form(request, form)


@router.get("/sources/{name}", response_class=HTMLResponse)
def source_page(request: Request, room: Room, caller: Caller, name: str) -> HTMLResponse:
    """One source, how it fares, and its form."""
    return _form(request, _of(actions.source(room, caller, name)))


@router.post("/sources/{name}", response_class=HTMLResponse)
async def change(request: Request, room: Room, caller: Caller, name: str) -> Response:
    """Test a source as the form has it, keep it, or do with it what a button says. `new` is that of one that is not there yet."""
    async with request.form(max_part_size=FORM_BYTES) as sent:
        given = {key: value for key, value in sent.items() if isinstance(value, str)}
    return await to_thread(_done, request, room, caller, name, given)


def _done(request: Request, room: Sources, caller: Party, name: str, given: dict[str, str]) -> Response:
    do = given.get("do", "")
    simple = {"pause": actions.pause, "resume": actions.resume, "run": actions.run, "again": actions.again}
    if do in simple:
        simple[do](room, caller, name)
        return RedirectResponse(f"/sources/{name}", 303)
    if do == "remove":
        actions.remove(room, caller, name)
        return RedirectResponse("/sources", 303)
    shown = None if name == "new" else actions.source(room, caller, name)
    form = _sent(given, shown)
    own = form.name or "new-one"
    try:
        if do == "test":
            return _form(request, form, tried=actions.try_out(room, caller, own, _wish(form, shown)))
        if shown is None:
            actions.add(room, caller, form.name, _wish(form, shown))
        else:
            actions.change(room, caller, name, _wish(form, shown))
    except (Refused, TryAgain) as refused:
        return _form(request, form, refused=refused)
    return RedirectResponse(f"/sources/{form.name}", 303)


def _form(
    request: Request, form: Form, tried: Tried | None = None, refused: YuzhangError | None = None
) -> HTMLResponse:
    return page(
        request,
        "connectors/source.html",
        status=200 if refused is None else refused.status,
        form=form,
        kinds=KINDS,
        settings=settings_of(form.kind.settings),
        fields=FIELDS,
        lines=LINES,
        tried=tried,
        rows=[] if tried is None else [encode(one).decode() for one in tried.rows],
        at=_moment,
        written=lambda value: value if isinstance(value, str) else encode(value).decode(),
        refused=refused,
    )


def _of(shown: Shown) -> Form:
    source = shown.source
    kind = KINDS[source.kind]
    values = {one.name: str(source.settings.get(one.name, one.default)) for one in settings_of(kind.settings)}
    told: dict[str, Any] = msgspec.to_builtins(source.mapping)
    told["attributes"] = [one.line for one in source.mapping.attributes]
    return Form(kind, shown, source.name, source.title, values, _mapping(told), str(source.interval_s))


def _mapping(told: dict[str, Any]) -> dict[str, str]:
    found = {name: "" for name in FIELDS} | {"zone": "UTC"}
    for name, value in told.items():
        joined = "\n" if name in LINES else ", "
        found[name] = joined.join(value) if isinstance(value, list | tuple) else str(value)
    return found


def _sent(given: dict[str, str], shown: Shown | None) -> Form:
    kind = KINDS.get(given.get("kind", ""), next(iter(KINDS.values()))) if shown is None else KINDS[shown.source.kind]
    values = {one.name: given.get(f"{SETTING}{one.name}", "") for one in settings_of(kind.settings)}
    mapping = {name: given.get(f"{MAPPING}{name}", "").replace("\r\n", "\n") for name in FIELDS}
    title = Title(given.get("title_zh", "").strip(), given.get("title_en", "").strip())
    name = given.get("name", "").strip() if shown is None else shown.source.name
    return Form(kind, shown, name, title, values, mapping, given.get("interval_s", "60"))


def _wish(form: Form, shown: Shown | None) -> Wish:
    if shown is not None and shown.source.origin:  # the form of a pack's source has its secrets only
        return Wish(form.kind.id, shown.source.title, {key: value for key, value in form.values.items() if value})
    mapping = {key: value.strip() if key not in LINES else value for key, value in form.mapping.items()}
    mapping["zone"] = mapping["zone"] or "UTC"
    settings = {key: value.replace("\r\n", "\n") for key, value in form.values.items() if value != ""}
    return Wish(form.kind.id, form.title, settings, mapping, form.interval)


def _moment(at_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=at_us)
