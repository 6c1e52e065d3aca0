"""Classifications over HTTP: one document a tenant."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Header, Request, Response

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.classification import actions
from yuzhang.brain.context.classification.model import Row, TypeClass
from yuzhang.brain.context.errors import InvalidRequest, said
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/classification", tags=["classification"])
Tenant = Annotated[
    str, Header(alias="NGSILD-Tenant", max_length=256, description="the tenant; the default one if left out")
]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that a tenant classified, by the names of types."""

    types: dict[str, TypeClass]


def broker_of(request: Request) -> Broker:
    """The application's broker."""
    broker = request.app.state.broker
    assert isinstance(broker, Broker)  # noqa: S101  # app.py puts it there
    return broker


Present = Annotated[Broker, Depends(broker_of)]


@router.get("", response_class=Response)
def classified(broker: Present, caller: Caller, tenant: Tenant = "") -> Response:
    """How types and attributes are classified: `level` 1 open, 2 internal, 3 sensitive, 4 confidential. What is not named is internal."""
    found = Document(actions.classified(broker, caller, tenant))
    return Response(msgspec.json.encode(found), media_type="application/json")


@router.put("", status_code=204, response_class=Response)
async def classify(request: Request, broker: Present, caller: Caller, tenant: Tenant = "") -> Response:
    """Put a document of the same form in the place of the whole classification."""
    try:
        given = msgspec.json.decode(await request.body(), type=Document)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as err:
        raise InvalidRequest(said(f"The classification cannot be read: {str(err)[:200]}"), where="/") from err
    await actions.classify_all(broker, caller, tenant, rows_of(tenant, given))
    return Response(status_code=204)


def rows_of(tenant: str, document: Document) -> list[Row]:
    """The lines of a document."""
    found = []
    for kind, one in document.types.items():
        found.append(Row(tenant, kind, "", one.level, one.personal, one.region_by, one.unit_by))
        found += [Row(tenant, kind, name, each.level, each.personal) for name, each in one.attributes.items()]
    return found
