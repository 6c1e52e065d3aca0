"""Operations on entities, one at a time or page by page. Source: ETSI GS CIM 009, clauses 5.6 and 5.7."""

from collections.abc import Mapping
from typing import Any

from yuzhang.client.batches import failures
from yuzhang.client.exchange import PageOf, Request, Steps, good, path
from yuzhang.client.model import Document, Entity, Format, Query, plain, shape


def create(entity: Document) -> Steps[str]:
    """Keep a new entity; its id. Raises AlreadyThere, RequestRefused."""
    reply = yield Request("POST", "/entities", payload=plain(entity))
    return good(reply).located()


def upsert(entity: Document) -> Steps[bool]:
    """Keep an entity in place of the one with its id; whether there was none. Raises RequestRefused."""
    reply = yield Request("POST", "/entityOperations/upsert", payload=[plain(entity)])
    if reply.status == 207:
        # One entity cannot fail in part: what the batch says of it is the answer.
        raise failures(reply.json())[0][1]
    return good(reply).status == 201


def get(
    entity: str,
    *,
    format: Format = "normalized",  # the standard's word
    pick: tuple[str, ...] = (),
    omit: tuple[str, ...] = (),
    lang: str = "",
    system: bool = False,
    join: str = "",
) -> Steps[Entity]:
    """One entity; `join` is `inline` or `flat` to have what it is linked with, too. Raises NotThere."""
    params = {**shape(format, pick, omit, lang, system=system), "join": join}
    reply = yield Request("GET", path("entities", entity), params)
    return Entity(good(reply).json())


def query(wanted: Query) -> PageOf[Entity]:
    """The entities that fit, read page by page while they are used."""

    def page(offset: int) -> Steps[tuple[list[Entity], bool]]:
        where = {"limit": str(wanted.page), "offset": str(offset)}
        reply = yield Request("GET", "/entities", {**wanted.conditions(), **wanted.shape(), **where})
        found = [Entity(one) for one in good(reply).json()]
        return found, len(found) == wanted.page

    return page


def count(wanted: Query) -> Steps[int]:
    """How many entities fit."""
    reply = yield Request("GET", "/entities", {**wanted.conditions(), "count": "true", "limit": "0"})
    return int(good(reply).headers.get("ngsild-results-count", "0"))


def append(entity: str, attributes: Mapping[str, Any], *, overwrite: bool = True) -> Steps[None]:
    """Add attributes; those that are there are replaced, or kept without `overwrite`. Raises NotThere, RequestRefused."""
    params = {} if overwrite else {"options": "noOverwrite"}
    good((yield Request("POST", path("entities", entity, "attrs"), params, attributes)))


def patch(entity: str, attributes: Mapping[str, Any]) -> Steps[None]:
    """Replace attributes that are there. Raises NotThere, RequestRefused."""
    good((yield Request("PATCH", path("entities", entity, "attrs"), payload=attributes)))


def merge(entity: str, fragment: Mapping[str, Any]) -> Steps[None]:
    """Merge a fragment into the entity: what it does not name stays, `urn:ngsi-ld:null` deletes. Raises NotThere."""
    good((yield Request("PATCH", path("entities", entity), payload=fragment)))


def replace(entity: Document) -> Steps[None]:
    """Put an entity in place of the one with its id. Raises NotThere."""
    document = plain(entity)
    good((yield Request("PUT", path("entities", str(document.get("id", ""))), payload=document)))


def delete(entity: str) -> Steps[None]:
    """Take an entity away. Raises NotThere."""
    good((yield Request("DELETE", path("entities", entity))))


def patch_attribute(entity: str, attribute: str, change: Mapping[str, Any]) -> Steps[None]:
    """Change members of an attribute. Raises NotThere."""
    good((yield Request("PATCH", path("entities", entity, "attrs", attribute), payload=change)))


def replace_attribute(entity: str, attribute: str, value: Mapping[str, Any]) -> Steps[None]:
    """Put an attribute in place of the one there. Raises NotThere."""
    good((yield Request("PUT", path("entities", entity, "attrs", attribute), payload=value)))


def delete_attribute(entity: str, attribute: str, *, dataset: str = "", every: bool = False) -> Steps[None]:
    """Take away an attribute: its default instance, that of a dataset, or every one. Raises NotThere."""
    params = {"datasetId": dataset, "deleteAll": "true" if every else ""}
    good((yield Request("DELETE", path("entities", entity, "attrs", attribute), params)))
