"""JSON and CSV as rows."""

import csv
import io
from typing import Any

import msgspec
import numpy as np

from yuzhang.foundation.sources.payloads.errors import UnreadablePayload

Row = dict[str, Any]
VALUE = "value"
"""The name of a payload that is one value and nothing else."""
ENCODINGS = ("utf-8", "gb18030", "utf-16", "latin-1")
MOST_ROWS = 100_000
EVERY = "*"
KEY = "@key"


def document(payload: bytes) -> Any:
    """What a JSON text says. Raises UnreadablePayload."""
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said = " ".join(str(error).split())[:200]
        raise UnreadablePayload.because(f"不是 JSON：{said}。", f"It is no JSON: {said}.") from error


def json_rows(payload: bytes, place: str = "") -> list[Row]:
    """The rows of a JSON text, which lie at `place`. Raises UnreadablePayload.

    >>> json_rows(b'{"data": {"a": {"level": 1}}}', "data.*")
    [{'level': 1, '@key': 'a'}]
    >>> json_rows(b"21.5")
    [{'value': 21.5}]
    """
    return [_row(one) for one in _at(document(payload), place)]


def _at(found: Any, place: str) -> list[Any]:
    some = [found]
    for part in place.split(".") if place else []:
        if part == EVERY:
            some = [inner for one in some for inner in _each(one)]
            continue
        there = [item for one in some for item in [pick(one, part)] if item is not None]
        if not there:
            raise UnreadablePayload.because(
                f"没有“{part[:60]}”（在 {place[:100]} 中）。",
                f"There is no “{part[:60]}” (of {place[:100]}).",
                place[:100],
            )
        some = there
    rows = [inner for one in some for inner in (one if isinstance(one, list) else [one])]
    if len(rows) > MOST_ROWS:
        raise too_many()
    return rows


def too_many() -> UnreadablePayload:
    """A document with more rows than are taken at once."""
    return UnreadablePayload.because(f"超过 {MOST_ROWS} 行。", f"It has more than {MOST_ROWS} rows.")


def _each(found: Any) -> list[Any]:
    if isinstance(found, dict):
        return [{**one, KEY: key} if isinstance(one, dict) else {VALUE: one, KEY: key} for key, one in found.items()]
    return list(found) if isinstance(found, list) else []


def _row(found: Any) -> Row:
    return found if isinstance(found, dict) else {VALUE: found}


def pick(found: Any, path: str) -> Any:
    """What lies at a path of names and numbers, such as `data.0.level`; None if nothing does. Names with dots of their own go first.

    >>> pick({"data": [{"level": 3}], "a.b": 4}, "data.0.level"), pick({"a.b": 4}, "a.b"), pick({"c": {"@iot.id": 5}}, "c.@iot.id")
    (3, 4, 5)
    """
    while True:
        if isinstance(found, dict) and path in found:
            return found[path]
        part, dot, path = path.partition(".")
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list) and part.lstrip("-").isdigit() and -len(found) <= int(part) < len(found):
            found = found[int(part)]
        else:
            return None
        if not dot:
            return found


def has(found: Any, path: str) -> bool:
    """Whether there is something at a path, be it nothing (null).

    >>> has({"a": {"b": None}}, "a.b"), has({"a": {}}, "a.b")
    (True, False)
    """
    if isinstance(found, dict) and path in found:
        return True
    outer, _, name = path.rpartition(".")
    inside = pick(found, outer) if outer else None
    return isinstance(inside, dict) and name in inside


def shortest(value: float) -> float:
    """A number of 32 bits as the shortest one that is the same in 32 bits.

    >>> shortest(21.100000381469727)
    21.1
    """
    return float(str(np.float32(value)))


def csv_rows(payload: bytes, delimiter: str = ",", encoding: str = "utf-8", heading: str = "") -> list[Row]:
    """The rows of a table as texts. `heading`: the names of the columns, where it has none of its own. Raises UnreadablePayload.

    >>> csv_rows(b"id;level\\n1;2.5\\n", ";")
    [{'id': '1', 'level': '2.5'}]
    """
    try:
        text = payload.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = payload.count(b"\n", 0, error.start) + 1
        raise UnreadablePayload.because(
            f"第 {line} 行不是 {encoding} 文本。", f"Line {line} is no text in {encoding}.", f"line {line}"
        ) from error
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or ",")
    names = [one.strip() for one in heading.split(",")] if heading else None
    found: list[Row] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if names is None:
                names = [cell.strip() for cell in cells]
                continue
            if len(cells) > len(names):
                raise UnreadablePayload.because(
                    f"第 {reader.line_num} 行有 {len(cells)} 格，表头有 {len(names)} 格。",
                    f"Line {reader.line_num} has {len(cells)} cells, the heading {len(names)}.",
                    f"line {reader.line_num}",
                )
            found.append(dict(zip(names, cells, strict=False)))
            if len(found) > MOST_ROWS:
                raise too_many()
    except csv.Error as error:
        raise UnreadablePayload.because(
            f"不是 CSV：{error}。", f"It is no CSV: {error}.", f"line {reader.line_num}"
        ) from error
    return found
