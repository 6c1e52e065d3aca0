"""Tables in the Word file: fixed widths, header rows that repeat, rows that do not break over pages."""

from docx.document import Document as WordDocument
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table as WordTable
from docx.table import _Cell as WordCell
from docx.table import _Row as WordRow
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run

from yuzhang.plan.report.content.blocks import Align, Cell, Table
from yuzhang.plan.report.writing.charts import TONES
from yuzhang.plan.report.writing.word_styles import HEI, TEXT_WIDTH_MM

ALIGNMENTS: dict[Align, WD_ALIGN_PARAGRAPH] = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
}
LINK = RGBColor(0x1F, 0x4E, 0x8C)


def add_table(document: WordDocument, table: Table) -> None:
    """Add a table as wide as the text."""
    made = document.add_table(rows=1, cols=len(table.columns))
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    _borders(made)
    # By its id: python-docx looks through all styles for a name, which took half the time of a report.
    style = document.styles["Table cell"].style_id
    for at, column in enumerate(table.columns):
        made.columns[at].width = Mm(_width(table, at))
        cell = made.rows[0].cells[at]
        cell.width = Mm(_width(table, at))
        _fill(cell, Cell(column.title), "center", style, bold=True)
        _shade(cell, "EEF2F7")
    _flag(made.rows[0], "w:tblHeader")
    _flag(made.rows[0], "w:cantSplit")
    for row in table.rows:
        added = made.add_row()
        _flag(added, "w:cantSplit")
        # Read once: python-docx walks the whole row for each single cell.
        cells = added.cells
        if row.group:
            whole = cells[0].merge(cells[-1])
            _fill(whole, row.cells[0], "left", style, bold=True)
            _shade(whole, "F5F5F5")
            whole.paragraphs[0].paragraph_format.keep_with_next = True
            continue
        for at, cell in enumerate(row.cells):
            cells[at].width = Mm(_width(table, at))
            _fill(cells[at], cell, table.columns[at].align, style)


def _width(table: Table, at: int) -> float:
    return TEXT_WIDTH_MM * table.columns[at].width / sum(column.width for column in table.columns)


def _fill(target: WordCell, cell: Cell, align: Align, style: str, *, bold: bool = False) -> None:
    target.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    line = target.paragraphs[0]
    line._p.style = style
    line.alignment = ALIGNMENTS[align]
    run = line.add_run(cell.text)
    if bold or cell.tone is not None:
        _heavy(run, bold=bold)
    if cell.tone is not None:
        run.font.color.rgb = RGBColor.from_string(TONES[cell.tone].removeprefix("#").upper())
    if cell.link is not None:
        line.add_run().add_break()
        _link(line, cell.link)


def _heavy(run: Run, *, bold: bool) -> None:
    run.font.bold = bold
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), HEI)


def _link(line: WordParagraph, address: str) -> None:
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), line.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run = line.add_run(address)
    run.font.size, run.font.color.rgb = Pt(7), LINK
    link.append(run._r)
    line._p.append(link)


def _flag(row: WordRow, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _shade(cell: WordCell, colour: str) -> None:
    shade = OxmlElement("w:shd")
    shade.set(qn("w:val"), "clear")
    shade.set(qn("w:fill"), colour)
    # The schema wants it before the alignment that _fill has set.
    next(cell._tc.get_or_add_tcPr().iterchildren(qn("w:vAlign"))).addprevious(shade)


def _borders(table: WordTable) -> None:
    """Three-line tables: strong rules at top and bottom, thin ones between rows; cells with little room inside."""
    properties = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for side, size, colour in (("top", 8, "000000"), ("bottom", 8, "000000"), ("insideH", 4, "AAAAAA")):
        border = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", str(size)), ("space", "0"), ("color", colour)):
            border.set(qn(f"w:{name}"), value)
        borders.append(border)
    margins = OxmlElement("w:tblCellMar")
    for side, twentieths in (("top", 40), ("left", 40), ("bottom", 40), ("right", 40)):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(twentieths))
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    layout = properties.find(qn("w:tblLayout"))
    if layout is None:
        properties.extend((borders, margins))
    else:
        # The schema wants this order: borders, layout, margins.
        layout.addprevious(borders)
        layout.addnext(margins)
