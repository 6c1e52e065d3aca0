"""The audit over HTTP: records, checkpoints for an outside witness, exports. Nothing here changes a record."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from yuzhang.core.access import Party
from yuzhang.entrance.audit import actions
from yuzhang.entrance.audit.model import Record, Wanted
from yuzhang.entrance.audit.moments import moment_of, stamp
from yuzhang.entrance.audit.room import Auditor
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/audit", tags=["audit"])
LONGEST = 300
LARGEST = 2**53
COLUMNS = (
    "number", "time", "party", "kind", "roles", "acting_for", "session", "action", "outcome", "subject", "purpose", "peer",
    "count", "digest", "hash",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def auditor_of(request: Request) -> Auditor:
    """The application's audit."""
    auditor = request.app.state.audit
    assert isinstance(auditor, Auditor)  # noqa: S101  # the entrance puts it there
    return auditor


Kept = Annotated[Auditor, Depends(auditor_of)]
Word = Annotated[str, Query(max_length=LONGEST)]
Moment = Annotated[str, Query(max_length=40, description="a day (UTC) or a time, ISO 8601", examples=["2026-01-02"])]


Why = Annotated[
    str, Query(max_length=200, description="what the records are wanted for; or the header Yuzhang-Purpose")
]


def with_purpose(caller: Party, why: str) -> Party:
    """The caller with the purpose that the request names: records are personal data, and a browser's form has no headers."""
    return replace(caller, purpose=why.strip()) if why.strip() else caller


class Asked:
    """What a request looks for, and what for."""

    def __init__(
        self,
        party: Word = "",
        action: Word = "",
        subject: Word = "",
        outcome: Annotated[str, Query(max_length=20, description="read, begun, failed or refused")] = "",
        purpose: Word = "",
        peer: Word = "",
        text: Word = "",
        since: Moment = "",
        until: Moment = "",
        why: Why = "",
        before: Annotated[int | None, Query(ge=1, le=LARGEST, description="records with a smaller number")] = None,
    ) -> None:
        self.fields = {
            "party": party.strip(), "action": action.strip(), "subject": subject.strip(), "outcome": outcome,
            "purpose": purpose.strip(), "peer": peer.strip(), "text": text.strip(),
        }  # fmt: skip
        self.since, self.until, self.before, self.why = since, until, before, why.strip()

    def wanted(self) -> Wanted:
        """The same as the action takes it. Raises InputRefused for a time that is none."""
        since, until = moment_of(self.since, "/since"), moment_of(self.until, "/until", end=True)
        return Wanted(**self.fields, since=since, until=until, before=self.before)

    def query(self) -> dict[str, str]:
        """The same as the parameters of an address, without the page."""
        named = self.fields | {"since": self.since, "until": self.until, "why": self.why}
        return {name: value for name, value in named.items() if value}


class RecordOut(BaseModel):
    """One record; `hash` is that of the record before and of this one."""

    number: int
    at: int
    party: str
    kind: str
    roles: str
    acting_for: str
    session: str
    action: str
    outcome: Literal["read", "begun", "failed", "refused"]
    subject: str
    purpose: str
    peer: str
    count: int
    digest: Literal["sha256", "sm3"]
    hash: str


class RecordsOut(BaseModel):
    """A page of records, the newest first; `more` is the `before` of the next page."""

    records: list[RecordOut]
    more: int | None


class StatementOut(BaseModel):
    """What is signed: the record `number` of the chain has this hash."""

    kind: Literal["checkpoint", "removal", "export"]
    chain: str
    begins: int
    number: int
    hash: str
    at: int
    algorithm: Literal["ed25519", "sm2"]
    key: str
    signature: str


@router.get("/records", response_model=RecordsOut, responses={200: {"content": {"text/csv": {}}}})
def records(
    auditor: Kept,
    caller: Caller,
    asked: Annotated[Asked, Depends()],
    limit: Annotated[int, Query(ge=1, le=actions.MOST)] = 50,
    form: Annotated[Literal["json", "csv"], Query(alias="format")] = "json",
) -> Response:
    """Records that fit, the newest first."""
    wanted = asked.wanted()
    found = actions.search(auditor, with_purpose(caller, asked.why), wanted.told, wanted, limit)
    if form == "csv":
        return Response(
            as_csv(found.records),
            media_type="text/csv; charset=utf-8",
            headers={"content-disposition": 'attachment; filename="audit.csv"'},
        )
    return Response(msgspec.json.encode(found), media_type="application/json")


def as_csv(found: list[Record]) -> bytes:
    """Records as a file that a spreadsheet opens, none of whose cells it takes for a formula."""
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(COLUMNS)
    for one in found:
        values = [stamp(one.at) if name == "time" else getattr(one, name) for name in COLUMNS]
        rows.writerow([f"'{value}" if str(value).startswith(FORMULA) else value for value in values])
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8")


@router.get("/checkpoint", response_model=StatementOut)
def checkpoint(auditor: Kept, caller: Caller) -> Response:
    """The newest signed checkpoint, for an outside witness to keep."""
    found = actions.checkpoint(auditor, caller)
    return Response(
        msgspec.json.encode(found) + b"\n",
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="audit-checkpoint-{found.number}.json"'},
    )


@router.get("/key", response_class=Response, responses={200: {"content": {"application/x-pem-file": {}}}})
def key(auditor: Kept, caller: Caller) -> Response:
    """The public key that checks the signatures, as PEM."""
    found = actions.public_key(auditor, caller)
    return Response(
        found.pem(),
        media_type="application/x-pem-file",
        headers={"content-disposition": 'attachment; filename="audit-key.pem"'},
    )


@router.get("/export", response_class=Response, responses={200: {"content": {"application/jsonl": {}}}})
def export(auditor: Kept, caller: Caller, since: Moment = "", until: Moment = "", why: Why = "") -> Response:
    """The records of a time as JSON lines with a signature; `yuzhang audit verify --export` checks it anywhere."""
    first, last = moment_of(since, "/since"), moment_of(until, "/until", end=True)
    lines = actions.export(auditor, with_purpose(caller, why), first, last)
    begin = next(lines)  # here, so that its refusal is an answer

    def all_lines() -> Iterator[bytes]:
        yield begin
        yield from lines

    return StreamingResponse(
        all_lines(),
        media_type="application/jsonl",
        headers={"content-disposition": 'attachment; filename="audit.jsonl"'},
    )
