"""What Word computes itself: the table of contents and page numbers; and the bookmarks that they point to."""

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.text.paragraph import Paragraph as WordParagraph
from lxml.etree import _Element

from yuzhang.core.language import Language
from yuzhang.plan.report.content.blocks import Heading, Report

CONTENTS_DEPTH = 2
# Source: ECMA-376 part 1, the sequences of CT_Settings and CT_SectPr.
AFTER_UPDATE = (
    "w:hdrShapeDefaults", "w:footnotePr", "w:endnotePr", "w:compat", "w:docVars", "w:rsids", "m:mathPr",
    "w:attachedSchema", "w:themeFontLang", "w:clrSchemeMapping", "w:shapeDefaults", "w:decimalSymbol", "w:listSeparator",
)  # fmt: skip
AFTER_NUMBERS = (
    "w:cols",
    "w:formProt",
    "w:vAlign",
    "w:noEndnote",
    "w:titlePg",
    "w:textDirection",
    "w:bidi",
    "w:docGrid",
)


def contents(document: WordDocument, report: Report) -> None:
    """The table of contents: a field that Word updates when the file is opened, filled with the headings until then."""
    document.add_paragraph(report.contents, style="Contents title")
    line = document.add_paragraph(style="toc 1")
    _mark(line, "begin")
    _instruction(line, rf'TOC \o "1-{CONTENTS_DEPTH}" \h \z \u')
    _mark(line, "separate")
    headings = [block for block in report.blocks if isinstance(block, Heading)]
    for at, heading in enumerate(headings, start=1):
        if heading.level <= CONTENTS_DEPTH:
            if heading is not headings[0]:
                line = document.add_paragraph(style=f"toc {heading.level}")
            _link(line, heading.whole, _anchor(at))
    _mark(line, "end")
    line.add_run().add_break(WD_BREAK.PAGE)
    update = OxmlElement("w:updateFields")
    update.set(qn("w:val"), "true")
    _before(document.settings.element, update, AFTER_UPDATE)


def bookmark(heading: WordParagraph, text: str, number: int) -> None:
    """Write the heading's text between the marks that the table of contents points to."""
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for element in (start, end):
        element.set(qn("w:id"), str(number))
    start.set(qn("w:name"), _anchor(number))
    heading._p.append(start)
    heading.add_run(text)
    heading._p.append(end)


def page_number(section: Section, language: Language) -> None:
    """The page's number in the middle of the footer, on all pages but the cover, counted from the page after it."""
    line = section.footer.paragraphs[0]
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    line.add_run("— " if language == "zh" else "")
    _mark(line, "begin")
    _instruction(line, "PAGE")
    _mark(line, "separate")
    line.add_run("1")
    _mark(line, "end")
    line.add_run(" —" if language == "zh" else "")
    counted = OxmlElement("w:pgNumType")
    counted.set(qn("w:start"), "0")
    _before(section._sectPr, counted, AFTER_NUMBERS)


def _before(parent: _Element, element: _Element, later: tuple[str, ...]) -> None:
    """Put `element` before the first of those that the schema wants after it: Word refuses files in another order."""
    following = next((child for child in parent if child.tag in {qn(name) for name in later}), None)
    if following is None:
        parent.append(element)
    else:
        following.addprevious(element)


def _anchor(number: int) -> str:
    return f"_Toc{number:08}"


def _mark(line: WordParagraph, kind: str) -> None:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    line.add_run()._r.append(mark)


def _instruction(line: WordParagraph, text: str) -> None:
    instruction = OxmlElement("w:instrText")
    instruction.set(qn("xml:space"), "preserve")
    instruction.text = f" {text} "
    line.add_run()._r.append(instruction)


def _link(line: WordParagraph, text: str, anchor: str) -> None:
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), anchor)
    link.set(qn("w:history"), "1")
    link.append(line.add_run(text)._r)
    line._p.append(link)
