"""GeoReport v2 over HTTP. Anybody may look; who reports has the key of an application (`api_key`), or signed in.

Source: wiki.open311.org/GeoReport_v2. The page and page_size of lists, and files in the field `media`, are extensions in wide use.
"""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import UploadFile

from yuzhang.brain.cases import actions as room
from yuzhang.brain.cases.errors import UnfitFile
from yuzhang.brain.cases.model import Report, Upload
from yuzhang.brain.cases.open311 import actions, writing
from yuzhang.brain.cases.open311.errors import KeyNeeded, NoJurisdiction
from yuzhang.brain.cases.open311.model import Wanted
from yuzhang.brain.cases.pages.asked import MOST_FILES, Room
from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused, NotFound, YuzhangError
from yuzhang.core.language import Title
from yuzhang.web.asking import Caller
from yuzhang.web.bounds import MAX_BODY_BYTES
from yuzhang.web.gate import Asking, asking_of
from yuzhang.web.reader import reader_of

router = APIRouter(prefix="/open311/v2", tags=["open311"])
Form = Literal["json", "xml"]
Text = Annotated[str, Query(max_length=2_000)]
JURISDICTION = "YUZHANG_OPEN311_JURISDICTION"
LONGEST, MOST_PAGE = 4_000, 1_000
SPOKEN = {"zh": "已收到，将由责任单位办理。", "en": "It was received and goes to the unit responsible."}


class Given:
    """A form as it was sent: `said` its texts, `media` its files."""

    def __init__(self, said: Mapping[str, str], media: tuple[Upload, ...]) -> None:
        self.said, self.media = said, media

    def text(self, name: str) -> str:
        """One of its texts; "" if there is none."""
        return self.said.get(name, "").strip()

    def number(self, name: str) -> float | None:
        """One of them as a number. Raises InputRefused."""
        try:
            return float(self.text(name)) if self.text(name) else None
        except ValueError as err:
            raise InputRefused(Title(f"{name} 应为数字。", f"{name} is a number."), where=name) from err


async def _given(request: Request) -> Given:
    async with request.form(max_files=MOST_FILES, max_part_size=MAX_BODY_BYTES) as form:
        media = [one for one in form.getlist("media") if isinstance(one, UploadFile)]
        files = tuple([Upload(one.filename or "photo", await one.read()) for one in media])
        said = {name: value for name, value in form.items() if isinstance(value, str)}
    return Given(said, tuple(one for one in files if one.content))


def _answered(request: Request, form: str, work: Callable[[], Response]) -> Response:
    try:
        return work()
    except YuzhangError as error:
        return writing.failed(error, reader_of(request), form)


def _here(jurisdiction: str) -> None:
    own = os.environ.get(JURISDICTION, "")
    if jurisdiction and own and jurisdiction != own:
        raise NoJurisdiction(Title(f"这里不是 {jurisdiction[:80]}。", f"{jurisdiction[:80]} is not served here."))


def _whose(request: Request, caller: Party, key: str) -> Party:
    """The party of a key in the request, else whoever is signed in."""
    if not key:
        return caller
    asking = asking_of(request)
    headers = {**asking.headers, "authorization": f"Bearer {key}"}
    found: Party = request.app.state.gate.party(Asking(asking.method, asking.path, asking.peer, headers))
    if found.kind == "stranger":
        raise KeyNeeded(Title("api_key 无效。", "The api_key does not hold."))
    return found


@router.get("/discovery.{form}", response_class=Response)
def open311_discovery(request: Request, form: Form) -> Response:
    """Where what is offered. Source: wiki.open311.org/Service_Discovery."""
    address = str(request.base_url).rstrip("/") + "/open311/v2"
    body = {
        "changeset": "2026-11-26T00:00:00Z",
        "contact": "",
        "key_service": "",
        "endpoints": [
            {
                "specification": "http://wiki.open311.org/GeoReport_v2",
                "url": address,
                "changeset": "2026-11-26T00:00:00Z",
                "type": "production",
                "formats": ["application/json", "text/xml"],
            }
        ],
    }
    return writing.written("discovery", body, form)


@router.get("/services.{form}", response_class=Response)
def open311_services(request: Request, cases: Room, caller: Caller, form: Form, jurisdiction_id: Text = "") -> Response:
    """What can be reported."""

    def work() -> Response:
        _here(jurisdiction_id)
        reader = reader_of(request)
        return writing.written(
            "services", [writing.service(one, reader) for one in actions.services(cases, caller)], form
        )

    return _answered(request, form, work)


@router.get("/services/{code}.{form}", response_class=Response)
def open311_definition(
    request: Request, cases: Room, caller: Caller, code: str, form: Form, jurisdiction_id: Text = ""
) -> Response:
    """The attributes that a request of a service may have."""

    def work() -> Response:
        _here(jurisdiction_id)
        found = next((one for one in actions.services(cases, caller) if one.id == code), None)
        if found is None:
            raise NotFound(Title(f"没有 service_code {code[:80]}。", f"There is no service_code {code[:80]}."))
        return writing.written("service_definition", writing.definition(found, reader_of(request)), form)

    return _answered(request, form, work)


@router.post("/requests.{form}", response_class=Response)
def open311_report(
    request: Request, cases: Room, caller: Caller, form: Form, given: Annotated[Given, Depends(_given)]
) -> Response:
    """Report something. `media`: photos, an extension; `media_url` is written beside the description and never gone to."""

    def work() -> Response:
        _here(given.text("jurisdiction_id"))
        party = _whose(request, caller, given.text("api_key"))
        if party.kind == "stranger":
            raise KeyNeeded(Title("请带 api_key。", "Send an api_key."))
        made = room.report(cases, party, _report(given, [one.id for one in actions.services(cases, party)]))
        notice = SPOKEN[reader_of(request).language]
        body = [
            {
                "service_request_id": made.number,
                "service_notice": notice,
                "account_id": given.text("account_id") or None,
            }
        ]
        return writing.written("service_requests", body, form, 201)

    return _answered(request, form, work)


def _report(given: Given, public: list[str]) -> Report:
    code = given.text("service_code")
    if code not in public:
        raise NotFound(Title("没有这个 service_code。", "There is no such service_code."), where="service_code")
    lon, lat, address = given.number("long"), given.number("lat"), given.text("address_string")
    if (lon is None or lat is None) and not address:
        raise InputRefused(
            Title("请给出 lat 和 long，或 address_string。", "Give lat and long, or an address_string."), where="lat"
        )
    severity = given.text(f"attribute[{writing.ATTRIBUTE_SEVERITY}]") or "2"
    if severity not in ("1", "2", "3", "4"):
        raise InputRefused(Title("severity 为 1 至 4。", "severity is 1 to 4."), where="attribute[severity]")
    if len(given.media) > MOST_FILES:
        raise UnfitFile(Title(f"最多 {MOST_FILES} 个文件。", f"{MOST_FILES} files at most."), where="media")
    seen = given.text("media_url")
    description = "\n".join(one for one in (given.text("description"), seen) if one)[:LONGEST]
    name = " ".join(one for one in (given.text("first_name"), given.text("last_name")) if one)
    contact = ", ".join(one for one in (given.text("phone"), given.text("email")) if one)
    return Report(
        code,
        description or code,
        lon,
        lat,
        address[:300],
        severity=int(severity),
        external=given.text(f"attribute[{writing.ATTRIBUTE_EXTERNAL}]"),
        reporter_name=name,
        reporter_contact=contact,
        attachments=given.media,
    )


class Asked:
    """What a list is asked for."""

    def __init__(
        self,
        jurisdiction_id: Text = "",
        service_request_id: Text = "",
        service_code: Text = "",
        start_date: Text = "",
        end_date: Text = "",
        status: Text = "",
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
        page_size: Annotated[int, Query(ge=1, le=MOST_PAGE)] = MOST_PAGE,
        api_key: Text = "",
    ) -> None:
        self.jurisdiction, self.key = jurisdiction_id, api_key
        self._given: dict[str, Any] = {
            "numbers": service_request_id, "matters": service_code, "statuses": status, "since": start_date, "until": end_date,
        }  # fmt: skip
        self._page, self._size = page, page_size

    def wanted(self) -> Wanted:
        """The same for the room. Raises InputRefused."""
        given = self._given
        listed = {
            name: tuple(one for one in given[name].split(",") if one) for name in ("numbers", "matters", "statuses")
        }
        since, until = _moment(given["since"], "start_date"), _moment(given["until"], "end_date")
        return Wanted(**listed, since=since, until=until, page=self._page, size=self._size)


def _moment(text: str, where: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that was not written as %2B
    except ValueError as err:
        raise InputRefused(
            Title(f"{where} 写作 2026-01-01T00:00:00Z。", f"{where} is like 2026-01-01T00:00:00Z."), where=where
        ) from err
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@router.get("/requests.{form}", response_class=Response)
def open311_requests(
    request: Request, cases: Room, caller: Caller, form: Form, asked: Annotated[Asked, Depends()]
) -> Response:
    """What was reported, the newest first."""

    def work() -> Response:
        _here(asked.jurisdiction)
        party, reader = _whose(request, caller, asked.key), reader_of(request)
        found = actions.requests(cases, party, asked.wanted())
        return writing.written("service_requests", [writing.request(one, cases, reader) for one in found], form)

    return _answered(request, form, work)


@router.get("/requests/{number}.{form}", response_class=Response)
def open311_request(
    request: Request,
    cases: Room,
    caller: Caller,
    number: str,
    form: Form,
    jurisdiction_id: Text = "",
    api_key: Text = "",
) -> Response:
    """One request."""

    def work() -> Response:
        _here(jurisdiction_id)
        party, reader = _whose(request, caller, api_key), reader_of(request)
        seen = actions.request(cases, party, number)
        return writing.written("service_requests", [writing.request(seen, cases, reader)], form)

    return _answered(request, form, work)
