"""Keeps what is in attachments, in files that are named by their hash; each is whole and durable before anything points to it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection

from yuzhang.brain.cases.attachments.kinds import kind_of, taken, without_traces
from yuzhang.brain.cases.errors import UnfitFile
from yuzhang.brain.cases.model import Attachment, Upload
from yuzhang.brain.cases.store import files
from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title
from yuzhang.core.storage import disk_full_if

LARGEST = 10 * 1024 * 1024
MOST_AT_ONCE = 20
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was looked at and is kept already, though nothing points to it yet."""

    attachment: Attachment
    sha256: str


class Files:
    """The folder of all content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, uploads: Sequence[Upload], by: str, at: datetime, task: str = "") -> list[Checked]:
        """Look at files and keep their content. Raises UnfitFile for any that is not taken: then none is; DiskFull, TryAgain."""
        if len(uploads) > MOST_AT_ONCE:
            raise UnfitFile(Title(f"一次最多 {MOST_AT_ONCE} 个附件。", f"At most {MOST_AT_ONCE} files at once."))
        looked = [self._looked(one, by, at, task) for one in uploads]
        for checked, content in looked:
            self._write(checked.sha256, content)
        return [checked for checked, _ in looked]

    def content(self, sha256_: str) -> bytes:
        """What is in a file. Raises TryAgain if it cannot be read."""
        try:
            return self._path(sha256_).read_bytes()
        except OSError as err:
            raise TryAgain(Title("附件暂时无法读取。", "The file cannot be read now.")) from err

    def _looked(self, upload: Upload, by: str, at: datetime, task: str) -> tuple[Checked, bytes]:
        name = Path(upload.name.replace("\\", "/")).name[-LONGEST_NAME:] or "file"
        if not 0 < len(upload.content) <= LARGEST:
            raise UnfitFile(
                Title(f"{name} 为空或超过 10 MB。", f"{name} is empty or larger than 10 MB."),
                where=name,
                fix=Title("请压缩后再传。", "Send a smaller one."),
            )
        kind = kind_of(upload.content)
        try:
            content = without_traces(upload.content, kind)
        except ValueError as err:
            raise UnfitFile(Title(f"{name} 已损坏。", f"{name} is broken."), where=name) from err
        if not kind:
            raise UnfitFile(
                Title(f"不接受 {name} 这种类型。", f"Files like {name} are not taken."),
                where=name,
                fix=Title("请传 JPEG、PNG、WebP、PDF 或 MP4。", "Send JPEG, PNG, WebP, PDF or MP4."),
            )
        seen = taken(upload.content)
        made = Attachment(uuid4().hex, 0, name, kind, len(content), by, at, task, seen.at, seen.lon, seen.lat)
        return Checked(made, sha256(content).hexdigest()), content

    def _path(self, sha256_: str) -> Path:
        return self.folder / sha256_[:2] / sha256_

    def _write(self, sha256_: str, content: bytes) -> None:
        path = self._path(sha256_)
        if path.exists():
            return
        beside = path.with_name(f"{path.name}.{uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as err:
            beside.unlink(missing_ok=True)
            raise disk_full_if(err) or TryAgain(Title("附件暂时无法保存。", "The file cannot be kept now.")) from err


def point(connection: Connection, case: int, kept: Sequence[Checked]) -> list[Attachment]:
    """Let files that are kept belong to a case."""
    made = []
    for one in kept:
        plain = one.attachment
        own = Attachment(
            plain.id, case, plain.name, plain.type, plain.size, plain.by, plain.at, plain.task, plain.taken_at, plain.lon, plain.lat
        )  # fmt: skip
        files.add(connection, own, one.sha256)
        made.append(own)
    return made
