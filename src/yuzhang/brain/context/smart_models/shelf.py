"""Models laid in locally: a folder with copies of the repositories of smart-data-models, as cloned or unpacked, or any part of them.

FOLDER/data-models/common-schema.json               what most models refer to
FOLDER/dataModel.Parking/context.jsonld             the @context of the subject
FOLDER/dataModel.Parking/OffStreetParking/schema.json
FOLDER/dataModel.Parking/OffStreetParking/examples/example.jsonld
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from yuzhang.brain.context.smart_models.errors import ModelAmbiguous, ModelNotFound, ModelUnreadable
from yuzhang.brain.context.smart_models.model import Document
from yuzhang.brain.context.smart_models.schemas import type_of
from yuzhang.core.language import Title
from yuzhang.core.terminal import file_bytes

PUBLISHED = "https://smart-data-models.github.io"
MOST_BYTES = 4 * 1024 * 1024
EXAMPLES = ("examples/example.jsonld", "examples/example.json")
_ADDRESSES = (
    re.compile(r"https://smart-data-models\.github\.io/(?P<repository>[^/]+)/(?P<path>.+)"),
    re.compile(r"https://raw\.githubusercontent\.com/smart-data-models/(?P<repository>[^/]+)/[^/]+/(?P<path>.+)"),
    re.compile(r"https://github\.com/smart-data-models/(?P<repository>[^/]+)/(?:blob|raw|tree)/[^/]+/(?P<path>.+)"),
)
_BRANCH = re.compile(r"-(?:master|main)$")


@dataclass(frozen=True, slots=True)
class Files:
    """What belongs to one model before it is imported."""

    title: str
    subject: str
    address: str
    source: str
    schema: Document
    context: Any
    example: Document | None


class Shelf:
    """A folder of models."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()

    def titles(self) -> list[str]:
        """All models in the folder as `subject/title`."""
        return sorted(f"{_subject(path.parent.parent)}/{path.parent.name}" for path in self._schemas())

    def files(self, name: str) -> Files:
        """The model of that name, e.g. `Road`, `Transportation/Road` or `dataModel.Transportation/Road`.

        Raises: ModelNotFound; ModelAmbiguous if several subjects have one; ModelUnreadable.
        """
        subject, _, title = name.rpartition("/")
        wanted = {subject, f"dataModel.{subject}"}
        found = [
            path
            for path in self._schemas()
            if path.parent.name == title and (not subject or _subject(path.parent.parent) in wanted)
        ]
        if not found:
            raise ModelNotFound(
                Title(f"文件夹里没有数据模型“{name}”。", f"The folder has no data model “{name}”."),
                where=str(self.folder),
                fix=Title("名称区分大小写，例：Streetlight。", "Names are case-sensitive, e.g. Streetlight."),
            )
        if len(found) > 1:
            names = ", ".join(f"{_subject(path.parent.parent)}/{title}" for path in found)
            raise ModelAmbiguous(
                Title(f"有多个同名数据模型：{names}。", f"Several data models have that name: {names}."),
                fix=Title("请连同主题写出名称。", "Give the name with its subject."),
            )
        return self._files(found[0])

    def document(self, address: str) -> Document | None:
        """The copy of a published document, None if it does not lie here."""
        for pattern in _ADDRESSES:
            match = pattern.fullmatch(address)
            if match:
                return self._copy(match["repository"], match["path"])
        return None

    def _copy(self, repository: str, path: str) -> Document | None:
        for folder in self._repositories():
            file = (folder / path).resolve()
            if _subject(folder).lower() == repository.lower() and file.is_relative_to(folder) and file.is_file():
                return document_in(file)
        return None

    def _repositories(self) -> Iterator[Path]:
        yield self.folder
        yield from sorted(one for one in self.folder.iterdir() if one.is_dir())

    def _schemas(self) -> list[Path]:
        return sorted([*self.folder.glob("*/schema.json"), *self.folder.glob("*/*/schema.json")])

    def _files(self, path: Path) -> Files:
        folder, subject = path.parent, _subject(path.parent.parent)
        example = next((folder / name for name in EXAMPLES if (folder / name).is_file()), None)
        context = folder.parent / "context.jsonld"
        return Files(
            folder.name,
            subject,
            f"{PUBLISHED}/{subject}/{folder.name}/schema.json",
            str(path),
            document_in(path),
            context_in(context) if context.is_file() else None,
            _example_in(example) if example else None,
        )


def _example_in(path: Path) -> Document | None:
    """The example in a file; None if it cannot be read: some published ones are broken, and their models are not."""
    try:
        return document_in(path)
    except ModelUnreadable:
        return None


def single(schema: Path, context: Path | None, example: Path | None) -> Files:
    """A model of one's own, from files; without a context its terms stand for themselves, as under the core context.

    Raises: ModelUnreadable; InputRefused if a file cannot be read.
    """
    found = document_in(schema)
    return files_of(
        found,
        str(schema),
        context_in(context) if context else None,
        document_in(example) if example else None,
    )


def files_of(schema: Document, source: str, context: Any, example: Document | None) -> Files:
    """A model from its documents; the type that its schema asks for is its title. Raises ModelUnreadable if it asks for none."""
    title = type_of(schema)
    if not title:
        raise ModelUnreadable(
            Title("该 Schema 没有说明它描述哪个类型。", "The schema does not say which type it describes."),
            where=f"{source}#/properties/type",
            fix=Title('请加上 "type": {"const": "类型名"}。', 'Add "type": {"const": "NameOfTheType"}.'),
        )
    own = schema.get("$id")
    address = own if isinstance(own, str) and own.startswith(("https://", "http://")) else f"urn:model:{title}"
    match = _ADDRESSES[0].fullmatch(address)
    return Files(title, match["repository"] if match else "", address, source, schema, context, example)


def document_in(path: Path) -> Document:
    """The JSON object in a file. Raises ModelUnreadable; InputRefused if it cannot be read."""
    return document_of(file_bytes(path), str(path))


def document_of(content: bytes, source: str) -> Document:
    """The JSON object in `content`. Raises ModelUnreadable if it is none or larger than 4 MiB."""
    if len(content) > MOST_BYTES:
        raise ModelUnreadable(Title("文件超过 4 MiB。", "The file is larger than 4 MiB."), where=source)
    try:
        found = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as err:
        raise ModelUnreadable(Title(f"文件不是 JSON：{err}", f"The file is no JSON: {err}"), where=source) from err
    if not isinstance(found, dict):
        raise ModelUnreadable(Title("文件不是 JSON 对象。", "The file is no JSON object."), where=source)
    return found


def context_in(path: Path) -> Any:
    """What stands in @context of a file. Raises ModelUnreadable if there is none."""
    return context_of(document_in(path), str(path))


def context_of(document: Document, source: str) -> Any:
    """What stands in @context of a document. Raises ModelUnreadable if there is none."""
    if "@context" not in document:
        raise ModelUnreadable(Title("文件没有 @context。", "The file has no @context."), where=source)
    return document["@context"]


def _subject(folder: Path) -> str:
    """The name of a repository, from the folder that its copy lies in.

    >>> _subject(Path("models/dataModel.Parking-master"))
    'dataModel.Parking'
    """
    return _BRANCH.sub("", folder.name)
