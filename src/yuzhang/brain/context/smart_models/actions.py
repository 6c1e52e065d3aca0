"""What can be done with data models: import, list, show, remove, and have a tenant's entities checked against them."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from yuzhang.brain.context.errors import BadRequestData
from yuzhang.brain.context.smart_models import store
from yuzhang.brain.context.smart_models.errors import ModelAmbiguous, ModelInUse, ModelNotFound, ModelUnreadable
from yuzhang.brain.context.smart_models.model import Described, Document, Listed, Requirement, SmartModel
from yuzhang.brain.context.smart_models.schemas import described, gathered
from yuzhang.brain.context.smart_models.shelf import Files, Shelf, context_of, document_of, files_of, single
from yuzhang.brain.context.smart_models.validation import compiled
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.core.access import Party, action
from yuzhang.core.errors import YuzhangError
from yuzhang.core.language import Title

R = TypeVar("R")
Fetch = Callable[[str], Awaitable[bytes]]
"""Loads a document from outside, with the limits of the one who gives it: hosts, size, time. Raises YuzhangError."""


class Words(Protocol):
    """A compiled @context, as far as an import needs it."""

    def expand(self, term: str) -> str:
        """The name of a term."""


class Vocabulary(Protocol):
    """What compiles contexts."""

    async def obtain(self, reference: Any, tenant: str = "") -> Words:
        """The terms of a context."""


class Home(Protocol):
    """What these actions need of the broker."""

    @property
    def contexts(self) -> Vocabulary:
        """What compiles contexts."""

    async def write(self, work: Callable[[Transaction], R]) -> R:
        """Do `work` in a durable transaction."""

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection for reads."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A model that was imported; `example_fault` says what is wrong with its own example, None if nothing (or there is none)."""

    model: SmartModel
    example_fault: Title | None


@action("operator")
async def import_model(broker: Home, caller: Party, /, name: str, folder: Path) -> Imported:
    """Import a model by its name from a folder of laid-in copies; in place of an earlier version of it.

    Raises: ModelNotFound, ModelAmbiguous, ModelUnreadable.
    """
    shelf = Shelf(folder)
    return await _take(broker, shelf.files(name), shelf.document)


@action("operator")
async def import_file(
    broker: Home, caller: Party, /, schema: Path, context: Path | None = None, example: Path | None = None
) -> Imported:
    """Import a model from its files; what it refers to must have come with another model before, or lie in copies beside it.

    Raises: ModelUnreadable; InputRefused if a file cannot be read.
    """
    beside = Shelf(schema.resolve().parents[min(2, len(schema.resolve().parents) - 1)])
    return await _take(broker, single(schema, context, example), beside.document)


@action("operator")
async def import_address(broker: Home, caller: Party, /, address: str, fetch: Fetch, context: str = "") -> Imported:
    """Import a model from outside; `context` is the address of its @context, by default `context.jsonld` of its subject.

    Raises: ModelUnreadable, and whatever `fetch` raises, e.g. if loading from outside is not allowed.
    """
    schema = document_of(await fetch(address), address)
    there = context or f"{address.rsplit('/', 2)[0]}/context.jsonld"
    files = files_of(schema, address, context_of(document_of(await fetch(there), there), there), None)
    fetched: dict[str, Document] = {}

    async def find(one: str) -> Document | None:
        if one not in fetched:
            fetched[one] = document_of(await fetch(one), one)
        return fetched[one]

    return await _keep(broker, await _built(broker, files, find))


async def _take(broker: Home, files: Files, copy: Callable[[str], Document | None]) -> Imported:
    async def find(address: str) -> Document | None:
        found = copy(address)
        if found is None:
            with broker.reading() as connection:
                found = store.part_at(connection, address)
        return found

    return await _keep(broker, await _built(broker, files, find))


async def _built(broker: Home, files: Files, find: Callable[[str], Awaitable[Document | None]]) -> SmartModel:
    try:
        parts = await gathered(files.schema, files.address, find)
        terms = list(described(files.schema, files.address, parts))
    except RecursionError as err:
        raise ModelUnreadable(
            Title("该 Schema 嵌套过深。", "The schema is nested too deeply."), where=files.source
        ) from err
    words = await broker.contexts.obtain(files.context)
    return SmartModel(
        type=words.expand(files.title),
        title=files.title,
        subject=files.subject,
        version=str(files.schema.get("$schemaVersion", "")),
        description=str(files.schema.get("description", "")),
        address=files.address,
        source=files.source,
        schema=files.schema,
        parts=parts,
        terms={term: words.expand(term) for term in terms},
        context=files.context,
        example=files.example,
    )


async def _keep(broker: Home, model: SmartModel) -> Imported:
    fault = _example_fault(model)
    await broker.write(lambda transaction: store.keep(transaction.connection, model, transaction.now))
    return Imported(model, fault)


def _example_fault(model: SmartModel) -> Title | None:
    check = compiled(model)
    if model.example is None:
        return None
    body: dict[str, Any] = {"id": "urn:x", "type": model.type}
    for term, value in model.example.items():
        if term not in {"type", "@context", "id"}:
            body[model.terms.get(term, term)] = {"type": "Property", "value": value}
    try:
        check({**body, "id": model.example.get("id", "urn:x")})
    except BadRequestData as err:
        return err.detail
    return None


@action("reader")
def models(broker: Home, caller: Party, /) -> list[Listed]:
    """All models that are kept."""
    with broker.reading() as connection:
        return store.listed(connection)


@action("reader")
def model(broker: Home, caller: Party, /, name: str) -> SmartModel:
    """One model, by title, `subject/title` or type. Raises ModelNotFound, ModelAmbiguous."""
    with broker.reading() as connection:
        return _one(connection, name)


@action("reader")
def attributes(broker: Home, caller: Party, /, name: str) -> list[Described]:
    """What a model says of each attribute, required ones first. Raises ModelNotFound, ModelAmbiguous."""
    with broker.reading() as connection:
        found = _one(connection, name)
    about = described(found.schema, found.address, found.parts).values()
    return sorted(about, key=lambda one: not one.required)


@action("operator")
async def remove_model(broker: Home, caller: Party, /, name: str) -> str:
    """Forget a model and return its type. Raises ModelNotFound, ModelAmbiguous; ModelInUse if a tenant asks for it."""

    def work(transaction: Transaction) -> str:
        found = _one(transaction.connection, name)
        users = {wish.tenant for wish in store.requirements(transaction.connection) if wish.model == found.type}
        if users:
            raise _in_use(found, users)
        store.remove(transaction.connection, found.type)
        return found.type

    return await broker.write(work)


@action("operator")
async def require(
    broker: Home, caller: Party, /, name: str, tenant: str = "", *, types: Iterable[str] = (), on: bool = True
) -> list[str]:
    """Have a tenant's entities checked against a model when they are written, or no more; the types that this concerns.

    Without `types` these are the model's own type and its title as written under the core context alone. What is stored already
    is checked when it is next written. Raises: ModelNotFound, ModelAmbiguous.
    """

    def work(transaction: Transaction) -> list[str]:
        found = _one(transaction.connection, name)
        concerned = sorted(set(types) or {found.type, found.title})
        for one in concerned:
            if on:
                store.require(transaction.connection, Requirement(tenant, one, found.type))
            else:
                store.release(transaction.connection, tenant, one)
        return concerned

    return await broker.write(work)


def _one(connection: Connection, name: str) -> SmartModel:
    types = store.named(connection, name)
    if len(types) > 1:
        raise ModelAmbiguous(
            Title(
                f"有多个同名数据模型：{'、'.join(types)}。", f"Several data models have that name: {', '.join(types)}."
            ),
            fix=Title("请连同主题写出名称，或写类型。", "Give the name with its subject, or the type."),
        )
    found = store.one(connection, types[0]) if types else None
    if found is None:
        raise ModelNotFound(
            Title(f"没有数据模型“{name}”。", f"There is no data model “{name}”."),
            fix=Title("yuzhang models list 列出全部模型。", "yuzhang models list shows all."),
        )
    return found


def _in_use(found: SmartModel, users: set[str]) -> YuzhangError:
    names = ", ".join(sorted(user or "(default)" for user in users))
    off = f"yuzhang models require {found.title} --off"
    commands = "; ".join(f"{off} --tenant {user}" if user else off for user in sorted(users))
    return ModelInUse(
        Title(
            f"以下租户要求按 {found.name} 检查：{names}。",
            f"Tenants have entities checked against {found.name}: {names}.",
        ),
        fix=Title(f"请先运行：{commands}", f"First run: {commands}"),
    )
