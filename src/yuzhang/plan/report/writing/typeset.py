"""The report as PDF, set by Typst; its text arrives as JSON, so nothing in it is ever run."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import typst

from yuzhang.core.errors import Broken
from yuzhang.core.language import Title
from yuzhang.plan.report.content.blocks import Block, Chart, Heading, Paragraph, Report, Table
from yuzhang.plan.report.writing.charts import TONES, draw
from yuzhang.plan.report.writing.fonts import Fonts

TEMPLATE = Path(__file__).parent.parent / "templates" / "report.typ"


def pdf(report: Report, fonts: Fonts) -> bytes:
    """The report on A4; the same report gives the same bytes. Raises Broken if it cannot be set."""
    with tempfile.TemporaryDirectory(prefix="yuzhang-report-") as name:
        folder = Path(name)
        (folder / "report.typ").write_bytes(TEMPLATE.read_bytes())
        (folder / "report.json").write_bytes(msgspec.json.encode(_document(report, fonts, folder)))
        try:
            return typst.compile(
                folder / "report.typ",
                root=folder,
                font_paths=list(fonts.folders),
                ignore_system_fonts=True,
                timestamp=datetime.fromisoformat(report.date).replace(tzinfo=UTC),
            )
        except typst.TypstError as err:
            raise Broken(Title("PDF 排版失败。", f"The PDF could not be set: {err.message}")) from err


def _document(report: Report, fonts: Fonts, folder: Path) -> dict[str, Any]:
    return {
        "language": report.language,
        "title": report.title,
        "subtitle": report.subtitle,
        "facts": report.facts,
        "contents": report.contents,
        "tones": {status.value: tone for status, tone in TONES.items()},
        "blocks": [_block(at, block, fonts, folder) for at, block in enumerate(report.blocks)],
    }


def _block(at: int, block: Block, fonts: Fonts, folder: Path) -> dict[str, Any]:
    match block:
        case Heading():
            return {"is": "heading", "level": block.level, "text": block.whole, "scheme": block.scheme}
        case Paragraph():
            return {"is": "note" if block.note else "paragraph", "text": block.text}
        case Table():
            columns, rows = msgspec.to_builtins((block.columns, block.rows))
            return {"is": "table", "caption": block.caption, "number": block.number, "columns": columns, "rows": rows}
        case Chart():
            file = f"chart-{at}.svg"
            (folder / file).write_bytes(draw(block.drawing, fonts, "svg"))
            return {"is": "chart", "caption": block.caption, "number": block.number, "alt": block.alt, "file": file}
