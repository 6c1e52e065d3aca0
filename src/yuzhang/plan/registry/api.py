"""The registry over HTTP: plans, tables in and out, reviews."""

from typing import Annotated, Self

from fastapi import APIRouter, Form, Query, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field, model_validator

from yuzhang.core.tables.sheets import MEDIA_TYPES, SheetFormat
from yuzhang.plan.model import Commitment, CommitmentKind, Comparator
from yuzhang.plan.registry import actions, exchange
from yuzhang.plan.registry.exchange import TableName
from yuzhang.plan.registry.model import Comparison, Plan, RegisteredPlan, Review, ReviewedCommitment, Revision
from yuzhang.plan.registry.tables.cells import LARGEST
from yuzhang.web.asking import Caller, Store

router = APIRouter(prefix="/api/plans", tags=["plan registry"])


Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]


class Correction(BaseModel):
    """The values that a reviewer puts in place of those read."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)
    subject: str = Field(min_length=1, max_length=400)
    comparator: Comparator
    low: Number
    high: Number | None = None
    unit: str | None = Field(None, max_length=40)
    per: str | None = Field(None, max_length=40)
    baseline: Number | None = None
    due: int = Field(ge=1949, le=2100)
    kind: CommitmentKind

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.high is not None and self.high < self.low:
            raise ValueError("high is below low")
        return self


class Decision(BaseModel):
    """What a reviewer decides of one candidate; `corrected` belongs to the review "corrected"."""

    model_config = ConfigDict(extra="forbid")
    review: Review
    corrected: Correction | None = None

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if (self.corrected is not None) != (self.review is Review.CORRECTED):
            raise ValueError("corrected values belong to the review “corrected”, and to no other")
        return self


def merged(before: Commitment, correction: Correction) -> Commitment:
    """The commitment with the corrected values; its place in the text stays."""
    values = correction.model_dump()
    kept = {name: getattr(before, name) for name in ("start", "end", "place", "confidence", "note")}
    return Commitment(quote="", **kept, **values)


@router.get("")
def list_plans(storage: Store, caller: Caller) -> tuple[Plan, ...]:
    """Every registered plan."""
    return actions.plans(storage, caller)


@router.get("/{plan}")
def show_plan(
    storage: Store, caller: Caller, plan: str, revision: Annotated[int | None, Query(ge=1, le=2**31)] = None
) -> RegisteredPlan:
    """A plan with its indicators, targets, commitments and projects, at a revision or as it stands now."""
    return actions.registered(storage, caller, plan, revision=revision)


@router.get("/{plan}/revisions")
def list_revisions(storage: Store, caller: Caller, plan: str) -> tuple[Revision, ...]:
    """Who changed what, newest first."""
    return actions.revisions(storage, caller, plan)


@router.get("/{plan}/tables/{table}.{format}", response_class=Response)
def export_table(storage: Store, caller: Caller, plan: str, table: TableName, format: SheetFormat) -> Response:
    """Targets or commitments as CSV or Excel, to be edited and imported again."""
    content = exchange.export_table(storage, caller, plan, table, format)
    name = f'attachment; filename="{table}.{format}"'
    return Response(content, media_type=MEDIA_TYPES[format], headers={"content-disposition": name})


@router.post("/{plan}/tables/{table}/compare")
def compare_table(storage: Store, caller: Caller, plan: str, table: TableName, file: UploadFile) -> Comparison:
    """What importing this file would change; nothing is changed."""
    return exchange.compare_table(storage, caller, plan, table, file.file.read(), file.filename or table)


@router.post("/{plan}/tables/{table}")
def import_table(
    storage: Store,
    caller: Caller,
    plan: str,
    table: TableName,
    file: UploadFile,
    token: Annotated[str | None, Form()] = None,
) -> Comparison:
    """Take an edited table; `token` of the comparison makes sure that nothing else changed in between."""
    return exchange.import_table(storage, caller, plan, table, file.file.read(), file.filename or table, token=token)


@router.post("/{plan}/commitments/{commitment}/review")
def decide(storage: Store, caller: Caller, plan: str, commitment: str, decision: Decision) -> ReviewedCommitment:
    """Accept, correct or reject one candidate, or make it pending again."""
    corrected = None
    if decision.corrected is not None:
        known = actions.one_commitment(actions.registered(storage, caller, plan), commitment)
        corrected = merged(known.commitment, decision.corrected)
    return actions.decide(storage, caller, plan, commitment, decision.review, corrected=corrected)


@router.post("/{plan}/undo")
def undo(storage: Store, caller: Caller, plan: str) -> Revision:
    """Take back the newest change; it is kept in the history."""
    return actions.undo(storage, caller, plan)
