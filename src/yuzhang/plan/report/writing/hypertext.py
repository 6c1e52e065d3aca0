"""The report as one HTML file that needs nothing else: styles and charts are inside; only sources are linked."""

import base64
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from yuzhang.plan.report.content.blocks import Chart, Report
from yuzhang.plan.report.writing.charts import TONES, draw
from yuzhang.plan.report.writing.fonts import SANS, SERIF, Fonts

TEMPLATES = Path(__file__).parent.parent / "templates"


@lru_cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html(report: Report, fonts: Fonts) -> bytes:
    """The report as a page for screen and print; every text of it is escaped."""

    def picture(chart: Chart) -> str:
        return "data:image/svg+xml;base64," + base64.b64encode(draw(chart.drawing, fonts, "svg")).decode()

    template = _environment().get_template("report.html")
    return template.render(report=report, picture=picture, tones=TONES, sans=SANS, serif=SERIF).encode()
