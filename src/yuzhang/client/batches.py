"""Operations on many entities, in chunks that a broker takes at once. Source: ETSI GS CIM 009, clauses 5.6.7 to 5.6.10, 5.6.20."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from yuzhang.client.errors import Problem, refused
from yuzhang.client.exchange import Reply, Request, Steps, good
from yuzhang.client.model import BatchResult, Document, Failed, plain
from yuzhang.core.errors import YuzhangError

T = TypeVar("T")
CHUNK = 1000
CHUNK_BYTES = 4 * 1024 * 1024
Progress = Callable[[int], None]
"""Told after each chunk how many entities have been answered."""


def create_all(
    entities: Iterable[Document], *, chunk: int = CHUNK, progress: Progress | None = None
) -> Steps[BatchResult]:
    """Keep new entities, those that can be."""
    return _batch("create", map(plain, entities), {}, chunk, progress)


def upsert_all(
    entities: Iterable[Document], *, update: bool = False, chunk: int = CHUNK, progress: Progress | None = None
) -> Steps[BatchResult]:
    """Keep entities in place of those with their ids; with `update` the attributes that are not given stay."""
    return _batch("upsert", map(plain, entities), {"options": "update"} if update else {}, chunk, progress)


def update_all(
    entities: Iterable[Document],
    *,
    overwrite: bool = True,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> Steps[BatchResult]:
    """Add attributes to entities that are there; without `overwrite` those that are there are kept."""
    return _batch("update", map(plain, entities), {} if overwrite else {"options": "noOverwrite"}, chunk, progress)


def merge_all(
    entities: Iterable[Document], *, chunk: int = CHUNK, progress: Progress | None = None
) -> Steps[BatchResult]:
    """Merge fragments into entities that are there."""
    return _batch("merge", map(plain, entities), {}, chunk, progress)


def delete_all(ids: Iterable[str], *, chunk: int = CHUNK, progress: Progress | None = None) -> Steps[BatchResult]:
    """Take entities away."""
    return _batch("delete", ids, {}, chunk, progress)


def _batch(
    operation: str, items: Iterable[Any], params: dict[str, str], chunk: int, progress: Progress | None
) -> Steps[BatchResult]:
    done: list[str] = []
    failed: list[Failed] = []
    for some in chunks(items, chunk):
        reply = yield Request("POST", f"/entityOperations/{operation}", params, some)
        gone = [] if reply.status != 207 else failures(reply.json())
        if reply.status != 207:
            _all_refused(reply, some)
        wrong = {entity for entity, _ in gone}
        failed.extend(Failed(entity, _problem(error)) for entity, error in gone)
        done.extend(one for one in map(identified, some) if one not in wrong)
        if progress is not None:
            progress(len(done) + len(failed))
    return BatchResult(tuple(dict.fromkeys(done)), tuple(failed))


def _all_refused(reply: Reply, some: list[Any]) -> None:
    """Nothing, if all went well. Raises what the broker says of the whole chunk."""
    if reply.status < 400:
        return
    try:
        good(reply)
    except YuzhangError as err:
        if err.where is None and some:
            err.where = f"{identified(some[0])} … {identified(some[-1])}"
        raise


def failures(data: Any) -> list[tuple[str, YuzhangError]]:
    """What a BatchOperationResult says of those that failed: the id and the error of each. Source: clause 5.2.16."""
    found = []
    for one in data.get("errors", []) if isinstance(data, dict) else []:
        error = one.get("error")
        status = error.get("status") if isinstance(error, dict) else None
        found.append(
            (
                str(one.get("entityId", "")),
                refused(status if isinstance(status, int) else 400, msgspec.json.encode(error)),
            )
        )
    return found


def _problem(error: YuzhangError) -> Problem:
    found = getattr(error, "answer", None)
    return found if isinstance(found, Problem) else Problem(error.status, detail=error.detail.en)


def identified(item: Any) -> str:
    """The id of what goes into a batch."""
    return str(item.get("id", "")) if isinstance(item, dict) or hasattr(item, "get") else str(item)


def chunks(items: Iterable[T], most: int, most_bytes: int = CHUNK_BYTES) -> Iterator[list[T]]:
    """The items in lists of at most `most`, and about `most_bytes` of JSON.

    >>> list(chunks([1, 2, 3], 2))
    [[1, 2], [3]]
    """
    some: list[T] = []
    taken = 0
    for one in items:
        size = len(msgspec.json.encode(one))
        if some and (len(some) == most or taken + size > most_bytes):
            yield some
            some, taken = [], 0
        some.append(one)
        taken += size
    if some:
        yield some
