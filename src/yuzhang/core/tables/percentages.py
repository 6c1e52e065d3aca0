"""Cells that a workbook shows as percentages: Excel keeps 92.1 % as 0.921, and the value alone does not tell.

Nothing is guessed from that: such a cell in the first sheet is named, and the planner writes 92.1 with the unit %.
"""

import re
import zipfile

PIECE = 1 << 20
CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*)>")
STYLE = re.compile(rb"""\bs\s*=\s*["']([0-9]+)["']""")
PLACE = re.compile(rb"""\br\s*=\s*["']([A-Z]+[0-9]+)["']""")
FORMAT = re.compile(rb"""<(?:\w+:)?numFmt\s[^>]*>""")
FORMAT_ID = re.compile(rb"""numFmtId\s*=\s*["']([0-9]+)["']""")
# The two percentages built into the format. Source: ECMA-376 part 1, 18.8.30 numFmt.
BUILT_IN = frozenset({b"9", b"10"})


def percent_cell(archive: zipfile.ZipFile) -> str | None:
    """The first cell of the first sheet that is shown as a percentage, like E5; None if there is none.

    The archive must have been measured: styles and lists of parts are read whole.
    """
    styles = _percent_styles(_member(archive, "xl/styles.xml"))
    sheet = _first_sheet(archive) if styles else None
    if sheet is None:
        return None
    tail = b""
    with archive.open(sheet) as stream:
        while piece := stream.read(PIECE):
            for cell in CELL.finditer(tail + piece):
                style, place = STYLE.search(cell[1]), PLACE.search(cell[1])
                # A cell that is styled but empty closes itself.
                if style and place and style[1] in styles and not cell[1].endswith(b"/"):
                    return place[1].decode()
            tail = (tail + piece).rpartition(b"<")[2]
            tail = b"<" + tail if b">" not in tail and len(tail) < PIECE else b""
    return None


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except KeyError:
        return b""


def _percent_styles(styles: bytes) -> frozenset[bytes]:
    """The numbers of the cell styles whose format is a percentage."""
    formats = set(BUILT_IN)
    for found in FORMAT.findall(styles):
        number = FORMAT_ID.search(found)
        if number and b"%" in found:
            formats.add(number[1])
    start = styles.find(b"cellXfs")
    cells = styles[start : styles.find(b"cellXfs", start + 1)] if start >= 0 else b""
    numbers = []
    for place, style in enumerate(re.findall(rb"<(?:\w+:)?xf\s[^>]*>", cells)):
        number = FORMAT_ID.search(style)
        if number and number[1] in formats:
            numbers.append(str(place).encode())
    return frozenset(numbers)


def _first_sheet(archive: zipfile.ZipFile) -> str | None:
    """The member that holds the first sheet of the workbook."""
    sheet = re.search(rb"""<(?:\w+:)?sheet\s[^>]*?:id\s*=\s*["']([^"']+)["']""", _member(archive, "xl/workbook.xml"))
    if sheet is None:
        return None
    for link in re.findall(rb"<(?:\w+:)?Relationship\s[^>]*>", _member(archive, "xl/_rels/workbook.xml.rels")):
        target = re.search(rb"""\bTarget\s*=\s*["']([^"']+)["']""", link)
        if target and re.search(rb"""\bId\s*=\s*["']""" + re.escape(sheet[1]) + rb"""["']""", link):
            path = target[1].decode(errors="replace")
            name = path[1:] if path.startswith("/") else f"xl/{path}"
            return name if name in archive.namelist() else None
    return None
