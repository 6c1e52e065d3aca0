"""The tables of data models: models, the documents they refer to (kept once by content), and what tenants ask to be checked."""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Table, Text, delete, insert, select

from yuzhang.brain.context.smart_models.model import Document, Listed, Requirement, SmartModel
from yuzhang.brain.context.store.tables import METADATA

MODEL = Table(
    "context_model",
    METADATA,
    Column("type", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("imported", BigInteger, nullable=False),
)

PART = Table(
    "context_model_part",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("address", Text, nullable=False, index=True),
    Column("content", Text, nullable=False),
    Column("imported", BigInteger, nullable=False),
)

REQUIRED = Table(
    "context_model_required",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("model", Text, nullable=False),
)


class _Content(msgspec.Struct, frozen=True):
    """What no query asks for. `parts` are digests by address."""

    address: str
    schema: dict[str, Any]
    parts: dict[str, str]
    terms: dict[str, str]
    context: Any
    example: dict[str, Any] | None


_read = msgspec.json.Decoder(_Content).decode


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def keep(connection: Connection, model: SmartModel, now: int) -> None:
    """Keep the model in place of one of the same type; `now` in microseconds since 1970."""
    parts = {address: _text(part) for address, part in model.parts.items()}
    digests = {address: hashlib.sha256(f"{address}\n{text}".encode()).hexdigest() for address, text in parts.items()}
    known = set(connection.scalars(select(PART.c.digest).where(PART.c.digest.in_(list(digests.values())))))
    for address, digest in digests.items():
        if digest not in known:
            connection.execute(
                insert(PART).values(digest=digest, address=address, content=parts[address], imported=now)
            )
    content = _Content(
        model.address, dict(model.schema), digests, dict(model.terms), model.context, _plain(model.example)
    )
    text = _text(content)
    connection.execute(delete(MODEL).where(MODEL.c.type == model.type))
    connection.execute(
        insert(MODEL).values(
            type=model.type,
            title=model.title,
            subject=model.subject,
            version=model.version,
            description=model.description,
            source=model.source,
            digest=hashlib.sha256(text.encode()).hexdigest(),
            content=text,
            imported=now,
        )
    )
    _sweep(connection)


def _plain(document: Document | None) -> dict[str, Any] | None:
    return None if document is None else dict(document)


def remove(connection: Connection, type_name: str) -> None:
    """Forget the model and the documents that no other model refers to."""
    connection.execute(delete(MODEL).where(MODEL.c.type == type_name))
    _sweep(connection)


def _sweep(connection: Connection) -> None:
    used: set[str] = set()
    for text in connection.scalars(select(MODEL.c.content)):
        used.update(_read(text).parts.values())
    known = set(connection.scalars(select(PART.c.digest)))
    for digest in known - used:
        connection.execute(delete(PART).where(PART.c.digest == digest))


def named(connection: Connection, name: str) -> list[str]:
    """The types of the models of that name: the type itself, its title, or `subject/title`."""
    subject, _, title = name.rpartition("/")
    columns = select(MODEL.c.type, MODEL.c.title, MODEL.c.subject)
    rows = connection.execute(columns.where((MODEL.c.type == name) | (MODEL.c.title == title))).all()
    exact = [row.type for row in rows if row.type == name]
    return exact or [
        row.type
        for row in rows
        if not subject or row.subject.removeprefix("dataModel.") == subject.removeprefix("dataModel.")
    ]


def one(connection: Connection, type_name: str) -> SmartModel | None:
    """The model of a type."""
    row = connection.execute(select(MODEL).where(MODEL.c.type == type_name)).one_or_none()
    if row is None:
        return None
    content = _read(row.content)
    documents = _documents(connection, content.parts.values())
    return SmartModel(
        type=row.type,
        title=row.title,
        subject=row.subject,
        version=row.version,
        description=row.description,
        address=content.address,
        source=row.source,
        schema=content.schema,
        parts={address: documents[digest] for address, digest in content.parts.items()},
        terms=content.terms,
        context=content.context,
        example=content.example,
    )


def _documents(connection: Connection, digests: Iterable[str]) -> dict[str, Document]:
    rows = connection.execute(select(PART.c.digest, PART.c.content).where(PART.c.digest.in_(list(digests))))
    return {row.digest: msgspec.json.decode(row.content) for row in rows}


def part_at(connection: Connection, address: str) -> Document | None:
    """The newest document that is kept for an address."""
    query = select(PART.c.content).where(PART.c.address == address).order_by(PART.c.imported.desc()).limit(1)
    text = connection.scalar(query)
    return None if text is None else msgspec.json.decode(text)


def listed(connection: Connection) -> list[Listed]:
    """All models by title, with the tenants that ask for them."""
    tenants: dict[str, set[str]] = {}
    for wish in requirements(connection):
        tenants.setdefault(wish.model, set()).add(wish.tenant)
    columns = (MODEL.c.type, MODEL.c.title, MODEL.c.subject, MODEL.c.version, MODEL.c.description, MODEL.c.source)
    rows = connection.execute(select(*columns).order_by(MODEL.c.title, MODEL.c.subject)).all()
    return [Listed(*row, tenants=tuple(sorted(tenants.get(row.type, ())))) for row in rows]


def require(connection: Connection, wish: Requirement) -> None:
    """Have a tenant's entities of a type checked; in place of an earlier wish for the type."""
    release(connection, wish.tenant, wish.type)
    connection.execute(insert(REQUIRED).values(tenant=wish.tenant, type=wish.type, model=wish.model))


def release(connection: Connection, tenant: str, type_name: str) -> None:
    """Check a tenant's entities of a type no more."""
    connection.execute(delete(REQUIRED).where((REQUIRED.c.tenant == tenant) & (REQUIRED.c.type == type_name)))


def requirements(connection: Connection) -> list[Requirement]:
    """What all tenants ask to be checked."""
    return [
        Requirement(*row) for row in connection.execute(select(REQUIRED.c.tenant, REQUIRED.c.type, REQUIRED.c.model))
    ]


ASKED_FOR = """
    SELECT r.tenant, r.type, r.model, m.digest FROM context_model_required r
    JOIN context_model m ON m.type = r.model ORDER BY r.tenant, r.type
"""
"""Tenant, type, model and the digest of the model's content: what is the same next time needs no compiling."""
