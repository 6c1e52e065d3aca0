"""The report as the office hands it in: complete, in both languages, in three formats."""

import io
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pdfplumber
import pytest
from docx import Document
from docx.oxml.ns import qn

from plan.report.samples import FIGURES, HOSTILE, INDICATORS, REGISTERED, evaluation
from yuzhang.core.language import LANGUAGES, Language
from yuzhang.plan.evaluation.model import EvaluationKind, Status
from yuzhang.plan.registry.model import Method
from yuzhang.plan.report.actions import ReportFormat, render
from yuzhang.plan.report.content.blocks import Chart, Heading, Paragraph, Report, Table
from yuzhang.plan.report.content.content import report_of
from yuzhang.plan.report.content.wording import texts
from yuzhang.plan.report.errors import FontsMissing
from yuzhang.plan.report.writing.fonts import find_fonts

FORMATS: tuple[ReportFormat, ...] = get_args(ReportFormat)
VOID = {"meta", "br", "img", "link", "hr", "input"}


@cache
def rendered(format: ReportFormat, language: Language = "zh") -> bytes:
    return render(evaluation(), format, language)


def word_text(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(line.text for line in document.paragraphs), *cells])


def pdf_text(content: bytes) -> str:
    with pdfplumber.open(io.BytesIO(content)) as file:
        return "\n".join(page.extract_text() for page in file.pages)


def all_text(report: Report) -> str:
    said = [report.title, report.subtitle]
    for block in report.blocks:
        match block:
            case Heading():
                said.append(block.whole)
            case Paragraph():
                said.append(block.text)
            case Table():
                said += [block.caption, *(cell.text for row in block.rows for cell in row.cells)]
            case Chart():
                said += [block.caption, block.alt]
    return "\n".join(said)


def section(report: Report, title: str) -> Table:
    """The first table after the heading that holds `title`."""
    at = next(n for n, block in enumerate(report.blocks) if isinstance(block, Heading) and title in block.text)
    return next(block for block in report.blocks[at:] if isinstance(block, Table))


def test_word_report_names_every_indicator_commitment_and_source() -> None:
    text = word_text(rendered("docx"))
    for indicator in INDICATORS:
        assert indicator.title.zh in text
    for reviewed in REGISTERED.commitments:
        assert reviewed.commitment.subject in text
    for figure in FIGURES:
        assert figure.source_title in text
        assert figure.source_url in text


def test_word_report_has_real_headings_contents_repeating_headers_and_chinese_fonts() -> None:
    document = Document(io.BytesIO(rendered("docx")))
    styles = [line.style.name for line in document.paragraphs if line.style is not None]
    assert styles.count("Heading 1") >= 6
    assert "TOC " in "".join(node.text or "" for node in document.element.iter(qn("w:instrText")))
    for table in document.tables:
        assert table.rows[0]._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
    body = document.styles["Body Text"].element
    assert body.find(f".//{qn('w:rFonts')}").get(qn("w:eastAsia")) == "仿宋"
    assert body.find(f".//{qn('w:ind')}").get(qn("w:firstLineChars")) == "200"
    heading = document.styles["Heading 1"].element
    assert heading.find(f".//{qn('w:rFonts')}").get(qn("w:eastAsia")) == "黑体"


def test_pdf_carries_the_chinese_title_and_page_numbers() -> None:
    text = pdf_text(rendered("pdf"))
    assert "实施情况总结评估报告" in text
    assert "一、总体情况" in text
    assert "— 1 —" in text


def test_no_page_of_the_pdf_runs_over_its_margins() -> None:
    with pdfplumber.open(io.BytesIO(rendered("pdf"))) as file:
        assert all(
            word["x1"] < page.width - 60 and word["x0"] > 60 for page in file.pages for word in page.extract_words()
        )


class Strict(HTMLParser):
    """Fails on tags that are not closed in order; collects addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_is_whole_in_itself_and_links_only_to_sources(language: Language) -> None:
    content = rendered("html", language).decode()
    page = Strict()
    page.feed(content)
    assert page.open == []
    assert not page.seen & {"script", "link", "iframe"}
    outside = {address for address in page.addresses if not address.startswith(("#", "data:image/svg+xml;base64,"))}
    assert outside == {"https://example.org/a?b=1&c=2"}
    assert "url(" not in content


def test_names_that_look_like_code_are_shown_as_they_are() -> None:
    assert "<script>" not in rendered("html").decode()
    assert '#panic("x")' in pdf_text(rendered("pdf")).replace("\n", "")
    assert HOSTILE in word_text(rendered("docx"))


@pytest.mark.parametrize("format", FORMATS)
def test_a_year_without_any_figure_still_gives_a_report_that_says_no_data(format: ReportFormat) -> None:
    found = evaluation(2021, EvaluationKind.ANNUAL, figures=())
    content = render(found, format)
    assert content
    text = all_text(report_of(found, "zh"))
    assert "暂无数据" in text
    assert "已实现1项" not in text


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_evaluation_gives_the_same_bytes(format: ReportFormat) -> None:
    assert rendered(format) == render(evaluation(), format)


def test_missed_binding_indicator_is_named_before_anything_is_counted() -> None:
    said = [block.text for block in report_of(evaluation(), "zh").blocks if isinstance(block, Paragraph)]
    assert said[1] == "约束性指标未实现的有：优良天数。"
    assert said[2].startswith("约束性指标共2项，其中")


def test_lagging_items_come_with_reason_and_pace_binding_first() -> None:
    rows = section(report_of(evaluation(), "zh"), "滞后事项").rows
    assert rows[0].cells[0].text.startswith("优良天数")
    assert rows[0].cells[4].text == "目标年已到"
    growth = next(row for row in rows if "目标growth" in row.cells[0].text)
    assert growth.cells[3].text
    assert re.fullmatch(r"每年[\d.]+%", growth.cells[4].text)


def test_commitments_without_data_are_counted_in_their_chapter_and_listed_in_the_annex() -> None:
    report = report_of(evaluation(), "zh")
    assert "其中1项承诺暂无数据，见附件2。" in all_text(report)
    chapter = section(report, "第一章")
    assert "创新平台" not in {cell.text for row in chapter.rows for cell in row.cells}
    assert "创新平台" in {cell.text for row in section(report, "量化承诺清单").rows for cell in row.cells}


def test_source_that_would_run_in_a_browser_is_printed_and_never_linked() -> None:
    cells = [cell for row in section(report_of(evaluation(), "zh"), "数据来源").rows for cell in row.cells]
    assert {cell.link for cell in cells} == {None, "https://example.org/a?b=1&c=2"}
    assert any("javascript:" in cell.text for cell in cells)


def test_each_published_figure_stands_in_the_annex_with_all_its_decimals() -> None:
    values = [row.cells[3].text for row in section(report_of(evaluation(), "zh"), "数据来源").rows]
    assert "6.123456件" in values
    assert len(values) == len(FIGURES)


def test_english_report_speaks_english_but_for_names_of_the_data() -> None:
    report = report_of(evaluation(), "en")
    said = [block.whole for block in report.blocks if isinstance(block, Heading)]
    said += [block.text for block in report.blocks if isinstance(block, Paragraph)]
    text = "".join(said).replace(HOSTILE, "")
    assert re.findall("[\u4e00-\u9fff]+", text) == []
    assert "2.1 All indicators" in text
    assert "100m yuan" in all_text(report)


def test_figures_of_an_earlier_year_are_said_to_be_of_that_year() -> None:
    row = next(
        row
        for row in section(report_of(evaluation(), "zh"), "指标总表").rows
        if "目标level" in row.cells[1 % len(row.cells)].text
    )
    assert row.cells[6].text == "1,250\n(2024)"
    assert "最新数据早于2025年" in all_text(report_of(evaluation(), "zh"))


def test_every_status_and_method_has_its_words() -> None:
    assert {status.value for status in Status} == set(texts()["rule"])
    assert {name for name in texts()["method"] if not name.endswith("_means")} == {method.value for method in Method}


def test_machine_without_chinese_font_is_told_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing) as refused:
        find_fonts([tmp_path])
    assert refused.value.fix is not None
    assert "apt install fonts-noto-cjk" in refused.value.fix.zh
