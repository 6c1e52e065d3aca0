"""The styles of the Word file: page, fonts and spacing after GB/T 9704-2012, with fallbacks where a font is missing."""

from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle

from yuzhang.core.language import Language

TEXT_WIDTH_MM = 156
SONG, HEI, FANG = "宋体", "黑体", "仿宋"
LATIN = "Times New Roman"
FALLBACKS = {
    SONG: "SimSun, Noto Serif CJK SC",
    HEI: "SimHei, Noto Sans CJK SC",
    FANG: "FangSong, 仿宋_GB2312, Noto Serif CJK SC",
}
"""What Word takes where it lacks a font: other names of it, then the free fonts."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a style looks; sizes and spacing in points; `line` is the exact line height, None for single."""

    font: str
    size: float
    bold: bool = False
    line: float | None = None
    before: float = 0
    after: float = 0
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT
    indented: bool = False


CENTER, JUSTIFY = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY
LOOKS: dict[str, Look] = {
    "Normal": Look(FANG, 12),
    "Body Text": Look(FANG, 14, line=26, align=JUSTIFY, indented=True),
    "Title": Look(HEI, 20, line=34, after=18, align=CENTER),
    "Subtitle": Look(HEI, 26, bold=True, line=40, align=CENTER),
    "Heading 1": Look(HEI, 16, bold=True, before=20, after=10),
    "Heading 2": Look(HEI, 14, bold=True, before=14, after=8),
    "Heading 3": Look(HEI, 12, bold=True, before=10, after=6),
    "Caption": Look(HEI, 9.5, before=6, after=4, align=CENTER),
    "Note": Look(FANG, 9, before=3, after=6),
    "Picture": Look(FANG, 9, before=4, align=CENTER),
    "Cover fact": Look(FANG, 14, line=28),
    "Table cell": Look(SONG, 8.5),
    "Contents title": Look(HEI, 16, bold=True, after=14, align=CENTER),
    "toc 1": Look(HEI, 12, before=6),
    "toc 2": Look(FANG, 11, before=1),
}


def prepare(document: WordDocument, language: Language) -> None:
    """Set up page, styles and font fallbacks of a new document."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(30), Mm(28)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.different_first_page_header_footer = True
    for name, look in LOOKS.items():
        _dress(_style(document, name), look, language)
    tabs = document.styles["Cover fact"].paragraph_format.tab_stops
    tabs.add_tab_stop(Mm(62), WD_TAB_ALIGNMENT.RIGHT)
    tabs.add_tab_stop(Mm(68), WD_TAB_ALIGNMENT.LEFT)
    document.styles["toc 2"].paragraph_format.left_indent = Mm(7)
    _fallbacks(document)


def _style(document: WordDocument, name: str) -> ParagraphStyle:
    styles = document.styles
    found = (
        styles[name]
        if name in styles
        else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name.startswith("toc"))
    )
    assert isinstance(found, ParagraphStyle)  # noqa: S101  # all names above are of paragraph styles
    return found


def _dress(style: ParagraphStyle, look: Look, language: Language) -> None:
    font, format = style.font, style.paragraph_format
    font.name, font.size, font.bold, font.italic = LATIN, Pt(look.size), look.bold, False
    font.color.rgb = RGBColor(0, 0, 0)
    properties = style.element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for attribute in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{attribute}"), None)
    latin = "Arial" if look.font == HEI else LATIN
    for attribute, name in (("ascii", latin), ("hAnsi", latin), ("eastAsia", look.font), ("cs", latin)):
        fonts.set(qn(f"w:{attribute}"), name)
    _speak(properties, language)
    for border in style.element.findall(f".//{qn('w:pBdr')}"):
        border.getparent().remove(border)
    format.space_before, format.space_after, format.alignment = Pt(look.before), Pt(look.after), look.align
    if look.line is None:
        format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    else:
        format.line_spacing_rule, format.line_spacing = WD_LINE_SPACING.AT_LEAST, Pt(look.line)
    format.first_line_indent = Pt(0)
    if look.indented and language == "zh":
        format.first_line_indent = Pt(2 * look.size)
        # Two characters whatever the size: what Chinese typesetting asks for.
        style.element.get_or_add_pPr().find(qn("w:ind")).set(qn("w:firstLineChars"), "200")


def _speak(properties: object, language: Language) -> None:
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), "en-GB")
    spoken.set(qn("w:eastAsia"), "zh-CN")
    for former in properties.findall(qn("w:lang")):  # type: ignore[attr-defined]  # lxml has no static type here
        properties.remove(former)  # type: ignore[attr-defined]
    properties.append(spoken)  # type: ignore[attr-defined]


def _fallbacks(document: WordDocument) -> None:
    """Name the fonts that stand in for those that a machine lacks, in the file's font table."""
    part = document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    entries = "".join(
        f"<w:font w:name={quoteattr(name)}><w:altName w:val={quoteattr(others)}/>"
        '<w:charset w:val="86"/><w:family w:val="auto"/><w:pitch w:val="variable"/></w:font>'
        for name, others in FALLBACKS.items()
    )
    part._blob = part.blob.replace(b"</w:fonts>", f"{entries}</w:fonts>".encode())
