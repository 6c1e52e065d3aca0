"""Files of entities: a JSON array, one JSON object, or one object a line (NDJSON)."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.terminal import file_bytes

STANDARD_INPUT = "-"
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Row:
    """One entity of a file: its number from 1, its JSON or what is wrong with it, and how many bytes it takes."""

    number: int
    document: dict[str, Any] | None
    fault: Title | None
    size: int


def document_of(file: str) -> dict[str, Any]:
    """The one JSON object in a file, or in what is piped in for `-`. Raises InputRefused."""
    content = sys.stdin.buffer.read() if file == STANDARD_INPUT else file_bytes(Path(file))
    row = _row(1, content.removeprefix(BOM), needs_id=False)
    if row.document is None:
        assert row.fault is not None  # noqa: S101  # a row has one of both
        raise InputRefused(row.fault, where=file)
    return row.document


def rows_of(file: str) -> Iterator[Row]:
    """The entities in a file, or in what is piped in for `-`, one by one. Raises InputRefused if it cannot be read."""
    if file == STANDARD_INPUT:
        yield from _rows(sys.stdin.buffer, file)
        return
    try:
        with Path(file).open("rb") as stream:
            yield from _rows(stream, file)
    except OSError as problem:
        raise InputRefused(
            Title(f"无法读取文件：{problem.strerror}。", f"The file cannot be read: {problem.strerror}."),
            where=file,
            fix=Title("请检查路径和权限。", "Check the path and the rights."),
        ) from problem


def _rows(stream: BinaryIO, file: str) -> Iterator[Row]:
    first = stream.readline().removeprefix(BOM)
    if _is_object(first):
        yield _row(1, first)
        for number, line in enumerate(stream, start=2):
            if line.strip():
                yield _row(number, line)
        return
    content = first + stream.read()
    if not content.strip():
        raise InputRefused(Title("文件是空的。", "The file is empty."), where=file)
    if content.lstrip().startswith(b"{"):
        yield _row(1, content)
        return
    try:
        parts = msgspec.json.decode(content, type=list[msgspec.Raw])
    except msgspec.DecodeError as err:
        raise InputRefused(
            Title(
                f"文件既不是 JSON 数组，也不是每行一个对象：{err}",
                f"The file is no JSON array, nor one object a line: {err}",
            ),
            where=file,
        ) from err
    for number, part in enumerate(parts, start=1):
        yield _row(number, bytes(part))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(line), dict)
    except (msgspec.DecodeError, RecursionError):
        return False


def _row(number: int, content: bytes, *, needs_id: bool = True) -> Row:
    try:
        found = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as err:
        return Row(number, None, Title(f"不是 JSON：{err}", f"It is no JSON: {err}"), len(content))
    if not isinstance(found, dict):
        return Row(number, None, Title("不是 JSON 对象。", "It is no JSON object."), len(content))
    if needs_id and not isinstance(found.get("id", found.get("@id")), str):
        return Row(number, None, Title("没有 id。", "It has no id."), len(content))
    return Row(number, found, None, len(content))
