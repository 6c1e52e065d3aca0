"""A watched folder with a mapping: tables and documents that a department puts there, in columns of its own.

A file counts as whole when it has not changed for some seconds; then it is read once, and moved to `done`, or to `refused`.
"""

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import time

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.kinds.fetching import away
from yuzhang.foundation.sources.connectors.kinds.tables import excel_rows
from yuzhang.foundation.sources.connectors.mapping import Mapping
from yuzhang.foundation.sources.connectors.model import BODY, Bad, Fetched, Kind
from yuzhang.foundation.sources.connectors.reaching import MOST_BYTES, Reach
from yuzhang.foundation.sources.connectors.settings import setting
from yuzhang.foundation.sources.folder import DONE, REFUSED, UNFINISHED, Look, look_of, put_away
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload
from yuzhang.foundation.sources.payloads.plain import ENCODINGS, Row, csv_rows, json_rows

QUIET_S = 2.0
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How xlsx and ods, and xls begin."""


@dataclass(frozen=True, kw_only=True)
class FolderSettings:
    """A folder within the folder `sources` of the data folder."""

    folder: str = setting("目录名（在 sources 目录中）", "Name of the folder, within the folder sources")
    delimiter: str = setting("CSV 分隔符", "Delimiter of CSV", ",", choices=(",", ";", "tab", "|"))
    encoding: str = setting("CSV 编码", "Encoding of CSV", "utf-8", choices=ENCODINGS)
    sheet: str = setting("工作表（空：第一张）", "Sheet (empty: the first)", "")
    heading_row: int = setting("工作表表头所在行", "Row of the sheet's heading", 1, least=1, most=1000)


class Folder:
    """Takes files of a folder, one a run."""

    def __init__(self, settings: FolderSettings, mapping: Mapping) -> None:
        self._settings, self._mapping = settings, mapping

    def fetch(self, reach: Reach, cursor: str, now_us: int) -> Fetched:
        """The oldest file that is whole."""
        folder = reach.path(self._settings.folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            files = sorted(_files(folder))
            if not files:
                return Fetched((), cursor)
            mark, name, look = files[0]
            path = folder / name
            if f"{mark} {name}" == cursor:  # it was taken, and not moved any more before the server ended
                return Fetched((), cursor, more=True, after=partial(_move, path, folder / DONE, look))
            with path.open("rb") as file:
                if look_of(os.fstat(file.fileno())) != look:  # another one took its place, and may not be whole yet
                    return Fetched((), cursor)
                # One byte more than may be tells that it is too large.
                body = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise away(
                f"目录无法读取：{error.strerror}", f"The folder cannot be read: {error.strerror}", str(folder)
            ) from error
        place = f"{mark} {name}"
        try:
            rows = self.read(body)
        except InputRefused as error:
            bad = Bad(f"{BODY} {name}", body, error.code, error.detail)
            return Fetched((), place, [bad], more=True, after=partial(_move, path, folder / REFUSED, look))
        return Fetched(rows, place, more=True, after=partial(_move, path, folder / DONE, look), mark=place)

    def read(self, body: bytes) -> list[Row]:
        """The rows of a file: a workbook, JSON, or else CSV."""
        one = self._settings
        if len(body) > MOST_BYTES:
            raise UnreadablePayload.because(
                f"文件超过 {MOST_BYTES} 字节。", f"The file is larger than {MOST_BYTES} bytes."
            )
        if body.startswith(WORKBOOKS):
            return excel_rows(body, one.sheet, one.heading_row)
        if body.lstrip()[:1] in (b"{", b"["):
            return json_rows(body, self._mapping.rows)
        if not body.strip():
            raise UnreadablePayload.because("文件是空的。", "The file is empty.")
        return csv_rows(body, "\t" if one.delimiter == "tab" else one.delimiter, one.encoding)


def _files(folder: Path) -> list[tuple[int, str, Look]]:
    found: list[tuple[int, str, Look]] = []
    with os.scandir(folder) as entries:
        for one in entries:
            if one.name.startswith(".") or one.name.endswith(UNFINISHED) or not one.is_file(follow_symlinks=False):
                continue
            there = one.stat(follow_symlinks=False)
            if time() - there.st_mtime >= QUIET_S:
                found.append((there.st_mtime_ns, one.name, look_of(there)))
    return found


def _move(path: Path, folder: Path, look: Look) -> None:
    put_away(path, folder, look)


FOLDER = Kind(
    "folder",
    Title("监视目录", "Watched folder"),
    Title("读取部门放入目录的 CSV、JSON 和工作簿。", "Takes the CSV, JSON and workbooks that are put into a folder."),
    FolderSettings,
    poller=Folder,
)
