"""What the cells of a workbook come to once they are read: where they lie, and how much text they hold.

A text that many cells share is kept once in the file: one of 1 MB and thousands of cells that point to it make a small file and
gigabytes in the reader. The parts are read with a real XML parser, and what other parsers might read in another way is
refused, so that nothing can be hidden from the sum.
"""

import re
import zipfile
from abc import ABC, abstractmethod
from xml.parsers import expat

PIECE = 1 << 20
TEXT_LIMIT = 200_000_000
COLUMN_LIMIT = 64
ROW_LIMIT = 200_000
# The elements that hold a table of shared texts, or cells; the parts are told by them, not by their names.
PART = re.compile(rb"[<:](sst|sheetData)[\s/>]")
PART_LENGTH = 16


class Excess(Exception):
    """The cells hold too much or lie too far; says so in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Unclear(Exception):
    """The XML is broken, or written so that readers may differ in what it says."""


def measure_cells(archive: zipfile.ZipFile) -> int:
    """The bytes (in UTF-8) of the texts of all cells together. Raises: Excess above the limits, Unclear.

    The archive must unpack to little enough: it is unpacked twice more.
    """
    tables: list[zipfile.ZipInfo] = []
    sheets: list[zipfile.ZipInfo] = []
    for member in archive.infolist():
        kinds = _kinds(archive, member)
        tables += [member] * (b"sst" in kinds)
        sheets += [member] * (b"sheetData" in kinds)
    if len(tables) > 1:
        raise Unclear("two tables of shared texts")
    texts = _SharedTexts()
    for member in tables:
        texts.read(archive, member)
    cells = _Cells(texts.sizes)
    for member in sheets:
        cells.read(archive, member)
    return cells.total


def _kinds(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> set[bytes]:
    found: set[bytes] = set()
    tail = b""
    with archive.open(member) as stream:
        while piece := stream.read(PIECE):
            found.update(PART.findall(tail + piece))
            tail = piece[-PART_LENGTH:]
    return found


class _Reading(ABC):
    """One pass over a part; `text` gathers what an element holds while `inside` it."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.inside = False

    def read(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        parser = self.parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.StartDoctypeDeclHandler = self.refuse
        parser.CommentHandler = parser.ProcessingInstructionHandler = self.interrupt
        parser.StartCdataSectionHandler = self.interrupt
        try:
            with archive.open(member) as stream:
                while piece := stream.read(PIECE):
                    parser.Parse(piece)
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError) as err:
            raise Unclear(f"{member.filename}: {err}") from err

    @abstractmethod
    def start(self, name: str, attributes: dict[str, str]) -> None:
        """What to do where an element begins."""

    @abstractmethod
    def end(self, name: str) -> None:
        """What to do where one ends, while text is gathered."""

    def gather(self, on: bool) -> None:
        """Gather text from here on, or no more; what is not needed costs no call."""
        self.inside = on
        self.text = []
        self.parser.CharacterDataHandler = self.text.append if on else None
        self.parser.EndElementHandler = self.end if on else None

    def refuse(self, *_: object) -> None:
        raise Unclear("a document type")

    def interrupt(self, *_: object) -> None:
        """A comment or the like within a text: some readers go on after it, some do not."""
        if self.inside:
            raise Unclear("a text that is interrupted")


class _SharedTexts(_Reading):
    """The sizes of the shared texts, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:  # as the parser calls it
        if name.rpartition(":")[2] == "si":
            if self.inside:
                raise Unclear("a shared text within another")
            self.gather(True)

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "si":
            self.sizes.append(sum(len(piece.encode()) for piece in self.text))
            self.gather(False)


class _Cells(_Reading):
    """The places of the cells of all sheets, and the sum of their texts."""

    def __init__(self, sizes: list[int]) -> None:
        super().__init__()
        self.sizes = sizes
        self.longest = max(sizes, default=0)
        self.total = 0
        self.kind = ""
        self.row = self.column = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if self.inside and self.kind == "s":
            raise Unclear("an element within a value")
        if local == "c":
            self.kind = attributes.get("t", "n")
            self._place(attributes.get("r"))
        elif local == "row":
            self.column = 0
            self.row = _whole(attributes["r"]) if "r" in attributes else self.row + 1
            if self.row > ROW_LIMIT:
                raise _far(str(self.row))
        elif (local == "v" and self.kind in ("s", "str")) or (local == "is" and not self.inside):
            self.gather(True)

    def _place(self, written: str | None) -> None:
        """Where the cell lies; one that does not say it follows the one before."""
        row = self.row
        if written is None:
            self.column += 1
        else:
            letters = written.rstrip("0123456789")
            row = _whole(written[len(letters) :])
            if not (letters.isascii() and letters.isalpha()):
                raise Unclear(f"cell {written[:20]}")
            self.column = 0
            for letter in letters[:9].upper():
                self.column = self.column * 26 + ord(letter) - 64
        if self.column > COLUMN_LIMIT or row > ROW_LIMIT:
            raise _far((written or f"{self.column}, {row}")[:20])

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] not in ("v", "is"):
            return
        text = "".join(self.text)
        self.total += self._shared(text) if self.kind == "s" else len(text.encode())
        self.gather(False)
        if self.total > TEXT_LIMIT:
            size = f"{TEXT_LIMIT / 1e6:.0f} MB"
            raise Excess(f"各单元格的文字合计超过 {size}", f"the texts of its cells come to more than {size}")

    def _shared(self, place: str) -> int:
        """The size of the shared text; of the longest one where it is not plain which is meant."""
        known = place.isascii() and place.isdigit() and len(place) < 10 and int(place) < len(self.sizes)
        return self.sizes[int(place)] if known else self.longest


def _whole(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit()):
        raise Unclear(f"row {digits[:20]}")
    return int(digits[:20])


def _far(cell: str) -> Excess:
    return Excess(
        f"单元格 {cell} 超出 {COLUMN_LIMIT} 列、{ROW_LIMIT} 行",
        f"cell {cell} lies beyond {COLUMN_LIMIT} columns and {ROW_LIMIT} rows",
    )
