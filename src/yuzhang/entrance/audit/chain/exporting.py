"""Takes records out for an outside witness: a file that proves itself, without this installation.

JSON lines: a head (what the first record follows, the public key), the records as they are hashed, each with its hash, and a signed
statement of where the file begins and ends. Whoever has the public key, kept apart, finds every change, gap and cut.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import msgspec

from yuzhang.core.language import Title
from yuzhang.entrance.audit.chain.signing import PublicKey, read_pem
from yuzhang.entrance.audit.chain.verifying import Told, Walk
from yuzhang.entrance.audit.errors import NothingRecorded, UnfitExport
from yuzhang.entrance.audit.model import FORMAT, Record, Statement, Verified
from yuzhang.entrance.audit.store import looking

T = TypeVar("T")
_ENCODER = msgspec.json.Encoder(order="sorted")


class Head(msgspec.Struct, frozen=True):
    """The first line of an export. `previous`: the hash that the first record follows."""

    format: str
    chain: str
    begins: int
    previous: str
    key: str


Stated = Callable[[int, int, str, int], Statement]


def lines(
    view: AbstractContextManager[sqlite3.Connection | None],
    since: int | None,
    until: int | None,
    stated: Stated,
    key: PublicKey,
    told: Told = lambda _: None,
) -> Iterator[bytes]:
    """The lines of an export of the records of a time. Raises NothingRecorded if there are none.

    `stated` signs: where it begins and ends, the last hash, the time.
    """
    with view as connection:
        begins, ends = looking.between(connection, since, until) if connection is not None else (0, -1)
        if connection is None or ends < begins:
            raise NothingRecorded(Title("这段时间没有记录。", "There is no record of that time."))
        previous = looking.before(connection, begins)
        head = Head(FORMAT, looking.chain(connection).hex(), begins, previous.hex(), key.pem().decode())
        yield _ENCODER.encode(head) + b"\n"
        last = None
        for number, record in enumerate(looking.records(connection, begins, ends), 1):
            last = record
            yield _ENCODER.encode(record) + b"\n"
            if number % 1_000 == 0:
                told(1_000)
        assert last is not None  # noqa: S101  # there are records
        yield _ENCODER.encode(stated(begins, last.number, last.hash, last.at)) + b"\n"


def verify(path: Path, key: PublicKey | None, told: Told = lambda _: None) -> tuple[Verified, PublicKey]:
    """What is found in an export, and the key that it was checked with: `key`, or the file's own, which proves less.

    Raises: UnfitExport if the file is no export, or its end is missing.
    """
    try:
        with path.open("rb") as file:
            head = _read(next(file, b""), Head, path, 1)
            if head.format != FORMAT:
                raise UnfitExport.at(f"{path}:1", "不是审计导出文件。", "it is no export of the audit.")
            trusted = key or read_pem(head.key.encode(), f"{path}:1")
            end = _end(path)
            walk = Walk(head.begins, bytes.fromhex(head.previous), [end], [trusted], told)
            found = walk.go(_records(file, path))
    except OSError as err:
        raise UnfitExport.at(str(path), f"无法读取：{err.strerror}。", f"it cannot be read: {err.strerror}.") from err
    except ValueError as err:
        raise UnfitExport.at(f"{path}:1", "首行已损坏。", "its first line is damaged.") from err
    if end.kind != "export" or end.begins != head.begins or end.chain != head.chain:
        raise UnfitExport.at(str(path), "首行与末行不相符。", "its first and its last line do not belong together.")
    return found, trusted


def _records(file: Iterator[bytes], path: Path) -> Iterator[Record]:
    held: bytes | None = None
    for number, line in enumerate(file, 2):
        if held is not None:
            yield _read(held, Record, path, number - 1)
        held = line


def _end(path: Path) -> Statement:
    """The last line: read from the end, so that a file of any size is opened at once."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 8_192))
        tail = file.read().splitlines()
    return _read(tail[-1] if tail else b"", Statement, path, 0)


def _read(line: bytes, kind: type[T], path: Path, number: int) -> T:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        where = f"{path}:{number}" if number else str(path)
        text = ("末行不是签名，文件被截断。", "its last line is no signature: it was cut off.") if number == 0 else (
            "这一行不是记录。", "this line is no record.")  # fmt: skip
        raise UnfitExport.at(where, *text) from err
