"""The report as a Word file: real headings, a table of contents, tables whose headers repeat."""

import io
import zipfile
from datetime import datetime

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph as WordParagraph

from yuzhang.plan.report.content.blocks import Block, Chart, Heading, Paragraph, Report, Table
from yuzhang.plan.report.writing.charts import draw
from yuzhang.plan.report.writing.fonts import Fonts
from yuzhang.plan.report.writing.word_fields import bookmark, contents, page_number
from yuzhang.plan.report.writing.word_styles import TEXT_WIDTH_MM, prepare
from yuzhang.plan.report.writing.word_tables import add_table

ARCHIVE_TIME = (1980, 1, 1, 0, 0, 0)


def docx(report: Report, fonts: Fonts) -> bytes:
    """The report as .docx; the same report gives the same bytes."""
    document = Document()
    prepare(document, report.language)
    _properties(document, report)
    _cover(document, report)
    contents(document, report)
    marks = 0
    for block in report.blocks:
        if isinstance(block, Heading):
            marks += 1
        _add(document, block, fonts, marks)
    page_number(document.sections[-1], report.language)
    buffer = io.BytesIO()
    document.save(buffer)
    return _timeless(buffer.getvalue())


def _properties(document: WordDocument, report: Report) -> None:
    core, when = document.core_properties, datetime.fromisoformat(report.date)
    core.title = f"{report.title} {report.subtitle}"[:255]
    core.author, core.last_modified_by, core.comments = "Yuzhang 豫章", "", ""
    core.language = "zh-CN" if report.language == "zh" else "en-GB"
    core.created = core.modified = when


def _cover(document: WordDocument, report: Report) -> None:
    document.add_paragraph(report.title, style="Title").paragraph_format.space_before = Pt(110)
    document.add_paragraph(report.subtitle, style="Subtitle")
    for at, (label, value) in enumerate(report.facts):
        line = document.add_paragraph(style="Cover fact")
        # Two tab stops line labels and values up.
        line.add_run(f"\t{label}\t{value}")
        if at == 0:
            line.paragraph_format.space_before = Pt(210)
    line.add_run().add_break(WD_BREAK.PAGE)


def _add(document: WordDocument, block: Block, fonts: Fonts, mark: int) -> None:
    match block:
        case Heading():
            heading = document.add_heading(level=block.level)
            bookmark(heading, block.whole, mark)
            heading.paragraph_format.page_break_before = block.scheme == "annex"
        case Paragraph():
            document.add_paragraph(block.text, style="Note" if block.note else "Body Text")
        case Table():
            document.add_paragraph(
                f"{block.number}　{block.caption}", style="Caption"
            ).paragraph_format.keep_with_next = True
            add_table(document, block)
            document.add_paragraph(style="Note")
        case Chart():
            _chart(document, block, fonts)


def _chart(document: WordDocument, chart: Chart, fonts: Fonts) -> None:
    holder: WordParagraph = document.add_paragraph(style="Picture")
    picture = holder.add_run().add_picture(io.BytesIO(draw(chart.drawing, fonts, "png")), width=Mm(TEXT_WIDTH_MM))
    picture._inline.docPr.set("descr", chart.alt)
    holder.paragraph_format.keep_with_next = True
    holder.alignment = WD_ALIGN_PARAGRAPH.CENTER
    document.add_paragraph(f"{chart.number}　{chart.caption}", style="Caption")


def _timeless(content: bytes) -> bytes:
    """The same archive without the time of writing in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            fixed = zipfile.ZipInfo(entry.filename, ARCHIVE_TIME)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            after.writestr(fixed, before.read(entry))
    return buffer.getvalue()
