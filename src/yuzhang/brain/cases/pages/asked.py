"""What pages of cases take from a request, and the words that all of them use."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData, UploadFile

from yuzhang.brain.cases import presentation
from yuzhang.brain.cases.errors import UnfitFile
from yuzhang.brain.cases.model import OUTCOMES, SOURCES, Case, Field, Upload
from yuzhang.brain.cases.room import Cases
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.web.bounds import MAX_BODY_BYTES
from yuzhang.web.names import Called

MOST_FILES = 8
Line = Annotated[str, Form(max_length=400)]
Words = Annotated[str, Form(max_length=8_000)]


def room_of(request: Request) -> Cases:
    """The application's room of cases."""
    found = request.app.state.cases
    assert isinstance(found, Cases)  # noqa: S101  # app.py puts it there
    return found


Room = Annotated[Cases, Depends(room_of)]


def words(request: Request, cases: Cases) -> dict[str, Any]:
    """What the templates of the room need to write cases in words."""
    now, called = cases.now(), Called(request)
    return {
        "now": now,
        "due": lambda at: presentation.due(at, now),
        "overdue": lambda at: presentation.overdue(at, now),
        "provisional": lambda case, state, at: provisional(cases, case, state, at),
        "severities": presentation.SEVERITIES,
        "marks": presentation.MARKS,
        "statuses": presentation.STATUSES,
        "outcomes": OUTCOMES,
        "sources": SOURCES,
        "party_name": lambda party: presentation.party_name(party, cases.registry, called),
        "unit_name": lambda id_: presentation.unit_name(id_, cases.registry),
        "region_name": lambda id_: region_name(id_, cases),
        "matter_title": lambda id_: cases.catalogue.matter(id_).title,
        "doer": lambda step: presentation.doer(step, called),
        "step_titles": presentation.STEPS,
        "ground": ground(request),
    }


def provisional(cases: Cases, case: Case, state: str, at: datetime | None) -> int:
    """The year whose working days are not announced yet, if a deadline in working time falls into one; else 0."""
    limit = cases.catalogue.limit(cases.catalogue.matter(case.matter), state, case.severity)
    year = 0 if at is None or "working" not in limit else at.astimezone(cases.calendar.zone).year
    return year if year and cases.calendar.provisional(year) else 0


def region_name(id_: str, cases: Cases) -> Title:
    """What a region is called; its id where the registry does not know it."""
    found: Any = cases.registry.region(id_) if id_ else None
    return getattr(found, "name", None) or Title(id_, id_)


def regions(cases: Cases) -> list[Any]:
    """All regions, where the registry lists them."""
    listed: Callable[[], Any] | None = getattr(cases.registry, "regions", None)
    return [] if listed is None else list(listed())


def ground(request: Request) -> dict[str, str]:
    """The base map of the city's screen, where there is one in WGS-84; maps of cases are drawn on nothing but boundaries otherwise."""
    base: Any = getattr(getattr(request.app.state, "city", None), "base", None)
    if base is None or base.gcj02 or base.kind != "xyz":
        return {"kind": "none", "address": "", "policy": ""}
    return {"kind": base.kind, "address": base.address, "policy": base.policy()}


def with_map(answer: HTMLResponse, request: Request) -> HTMLResponse:
    """A page that may load the base map."""
    policy = ground(request)["policy"]
    if policy:
        answer.headers["content-security-policy"] = policy
    return answer


def decisions(cases: Cases, case: Case) -> dict[tuple[str, str], Title]:
    """What the choices of each step are called, in the version that the case runs on."""
    with cases.storage.reading() as connection:
        steps = cases.versions.of(connection, case.process, case.version).steps.values()
    return {
        (step.name, way.value): way.title
        for step in steps
        for field in step.fields
        if field.name == "decision"
        for way in field.choices
    }


def place(lon: str, lat: str) -> tuple[float | None, float | None]:
    """A position as a form gives it. Raises InputRefused for one that is none."""
    if not lon.strip() and not lat.strip():
        return None, None
    try:
        east, north = float(lon), float(lat)
    except ValueError:
        east = north = float("nan")
    if not (-180 <= east <= 180 and -90 <= north <= 90):
        raise InputRefused(
            Title("位置无法读取。", "The place cannot be read."),
            where="/lon",
            fix=Title("经度、纬度写作 115.85、28.68。", "Write longitude and latitude like 115.85 and 28.68."),
        )
    return east, north


async def uploads(form: FormData, *names: str) -> tuple[Upload, ...]:
    """The files of some fields of a form; a field that was left empty brings none. Raises UnfitFile."""
    sent = [(one, name) for name in names for one in form.getlist(name) if isinstance(one, UploadFile)]
    every = [Upload(one.filename or name, await one.read()) for one, name in sent]
    found = [one for one in every if one.content]
    if len(found) > MOST_FILES:
        raise UnfitFile(
            Title(f"一次最多 {MOST_FILES} 个附件。", f"{MOST_FILES} files at once at most."), where="/photo"
        )
    return tuple(found)


class Filled:
    """A form with files, as it was sent: `said` are its texts."""

    def __init__(self, said: Mapping[str, str], files: tuple[Upload, ...]) -> None:
        self.said, self.files = said, files

    def text(self, name: str) -> str:
        """One of its texts; "" if there is none."""
        return self.said.get(name, "").strip()

    def values(self, fields: tuple[Field, ...]) -> dict[str, Any]:
        """The fields of a task, as the process takes them; what was left empty is left out. Raises InputRefused."""
        found: dict[str, Any] = {}
        for one in fields:
            given = self.text(f"value.{one.name}")
            if given:
                found[one.name] = _read(one, given)
        return found


async def filled(request: Request) -> Filled:
    """What a form of a page sends, with the files of its field `photo`. Raises UnfitFile."""
    async with request.form(max_files=MOST_FILES + 1, max_part_size=MAX_BODY_BYTES) as form:
        files = await uploads(form, "photo")
        return Filled({name: value for name, value in form.items() if isinstance(value, str)}, files)


Sent = Annotated[Filled, Depends(filled)]


def _read(field: Field, given: str) -> Any:
    if field.kind == "yes":
        return given == "true"
    if field.kind != "number":
        return given
    try:
        return float(given)
    except ValueError as err:
        raise InputRefused(
            Title(f"“{field.title.zh}”应为数字。", f"{field.title.en} is a number."), where=f"/values/{field.name}"
        ) from err
