"""How a report reaches who asks for it: action, command line, HTTP."""

import io
from pathlib import Path

import pdfplumber
import pytest
from docx import Document
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from plan.report.samples import REGISTERED
from yuzhang.app import create_app
from yuzhang.cli import app as commands
from yuzhang.core.access import OPERATOR, STRANGER
from yuzhang.core.errors import NotAllowed
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.plan.evaluation.errors import YearOutside
from yuzhang.plan.evaluation.model import EvaluationKind
from yuzhang.plan.registry import store
from yuzhang.plan.registry.entries import packed
from yuzhang.plan.report.actions import write_report


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with the sample plan and no figures."""
    data = tmp_path / "data"
    storage = Storage(data)
    with storage.writing() as connection:
        store.record(connection, "sample-14", store.Change("operator", "load", "sample"), packed(REGISTERED).items())
    storage.close()
    return data


def test_office_gets_a_report_of_a_plan_before_any_figure_is_known(folder: Path) -> None:
    storage = Storage(folder)
    content = write_report(storage, OPERATOR, "sample-14", kind=EvaluationKind.ANNUAL, format="pdf", year=2022)
    storage.close()
    with pdfplumber.open(io.BytesIO(content)) as file:
        text = "\n".join(page.extract_text() for page in file.pages)
    assert "年度监测" in text
    assert "暂无数据" in text


def test_stranger_gets_no_report_and_a_year_outside_the_plan_is_refused(folder: Path) -> None:
    storage = Storage(folder)
    with pytest.raises(NotAllowed):
        write_report(storage, STRANGER, "sample-14", kind=EvaluationKind.FINAL, format="docx")
    with pytest.raises(YearOutside):
        write_report(storage, OPERATOR, "sample-14", kind=EvaluationKind.FINAL, format="docx", year=2019)
    storage.close()


def test_command_writes_a_file_named_for_plan_kind_and_year(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = [
        "plan",
        "report",
        "sample-14",
        "--kind",
        "mid-term",
        "--format",
        "docx",
        "--lang",
        "en",
        "--data",
        str(folder),
    ]
    result = CliRunner().invoke(commands, asked)
    assert result.exit_code == 0, result.output
    document = Document(str(tmp_path / "sample-14-mid-term-2023.docx"))
    assert "Report: mid-term evaluation" in [line.text for line in document.paragraphs]


def test_report_is_downloaded_over_http_and_another_format_is_refused(folder: Path) -> None:
    address = "/api/plans/sample-14/report"
    with TestClient(
        create_app(Settings(folder, trust="machine")), base_url="http://127.0.0.1", client=("127.0.0.1", 1)
    ) as browser:
        found = browser.get(f"{address}.html?kind=annual&year=2024&lang=en")
        refused = browser.get(f"{address}.exe")
    assert found.status_code == 200, found.text
    assert found.headers["content-disposition"] == 'attachment; filename="report-annual.html"'
    assert found.headers["content-type"] == "text/html; charset=utf-8"
    assert "Sample City" in found.text
    assert refused.status_code == 422
