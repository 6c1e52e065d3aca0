"""What a planner changes on the pages: reviews, tables and figures; differences first, undo afterwards."""

import csv
import io
import re

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from web.views import API, HOME, PENDING, View, form_to
from yuzhang.core.tables.sheets import SheetFormat

BACK = f"{HOME}/review?review=pending&page=2"
CORRECTION = {
    "review": "corrected", "subject": "国际性产业集群", "comparator": ">=", "low": "4", "high": "", "unit": "个", "per": "",
    "baseline": "", "due": "2025", "kind": "count", "back": BACK,
}  # fmt: skip


@pytest.fixture(autouse=True)
def english(client: TestClient) -> None:
    """The reader of these pages reads English."""
    client.headers.update({"accept": "text/html", "accept-language": "en"})


def state(client: TestClient) -> tuple[str, float, str]:
    """Review, number and unit of the candidate."""
    found = next(one for one in client.get(API).json()["commitments"] if one["id"] == PENDING)
    return found["review"], found["commitment"]["low"], found["commitment"]["unit"]


def edited(content: bytes, row: int, **cells: str) -> bytes:
    """A CSV as exported, with other cells in one row (the first below the heading is 0)."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    rows[row] |= cells
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def confirm(client: TestClient, html: str) -> Response:
    """Press the button below the differences."""
    action = next(form["action"] for form in View(html).forms if "/confirm" in form["action"])
    return client.post(action, data=form_to(html, action))


def test_decision_by_plain_form_is_kept_and_leads_back_to_the_list(client: TestClient) -> None:
    answer = client.post(f"{HOME}/review/{PENDING}", data={"review": "accepted", "back": BACK}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, BACK)
    assert state(client)[0] == "accepted"


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", ""])
def test_no_form_leads_to_another_site(client: TestClient, back: str) -> None:
    answer = client.post(f"{HOME}/review/{PENDING}", data={"review": "rejected", "back": back}, follow_redirects=False)
    assert answer.headers["location"] == f"{HOME}/review"


def test_decision_by_htmx_answers_the_candidate_alone_as_it_stands_now(client: TestClient) -> None:
    answer = client.post(f"{HOME}/review/{PENDING}", data={"review": "rejected"}, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<article")
    assert "rejected" in View(answer.text).words
    assert state(client)[0] == "rejected"


def test_correction_is_kept_and_undo_brings_back_what_was_read(client: TestClient) -> None:
    before = state(client)
    client.post(f"{HOME}/review/{PENDING}", data=CORRECTION)
    assert state(client) == ("corrected", 4.0, "个")
    answer = client.post(f"{HOME}/undo", data={"back": BACK}, follow_redirects=False)
    assert answer.headers["location"] == BACK
    assert state(client) == before
    assert "undo" in View(client.get(f"{HOME}/history").text).words


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [("low", "many", "/low"), ("low", "inf", "/low"), ("due", "1600", "/due"), ("kind", "wish", "/kind"),
     ("subject", " ", "/subject"), ("comparator", "≈≈", "/comparator")],
)  # fmt: skip
def test_correction_with_a_bad_field_names_it_and_changes_nothing(
    client: TestClient, field: str, value: str, where: str
) -> None:
    before = state(client)
    answer = client.post(f"{HOME}/review/{PENDING}", data=CORRECTION | {field: value})
    assert answer.status_code == 422
    assert f"<code>{where}</code>" in answer.text
    assert "Correct this field" in answer.text
    assert state(client) == before


def test_undo_form_of_the_history_takes_changes_back_until_there_is_none(client: TestClient) -> None:
    for review in ("accepted", "rejected"):
        client.post(f"{HOME}/review/{PENDING}", data={"review": review})
    assert form_to(client.get(f"{HOME}/history").text, f"{HOME}/undo") == {}
    assert client.post(f"{HOME}/undo").url.path == f"{HOME}/history"
    assert state(client)[0] == "accepted"
    client.post(f"{HOME}/undo")
    assert state(client)[0] == "pending"
    client.post(f"{HOME}/undo")
    refused = client.post(f"{HOME}/undo")
    assert refused.status_code == 409, refused.text
    assert state(client)[0] == "pending"


def test_undo_of_the_review_page_comes_back_to_the_same_filters(client: TestClient) -> None:
    client.post(f"{HOME}/review/{PENDING}", data={"review": "accepted"})
    address = f"{HOME}/review?review=accepted&q=集群"
    fields = form_to(client.get(address).text, f"{HOME}/undo")
    answer = client.post(f"{HOME}/undo", data=fields)
    assert answer.url.path == f"{HOME}/review"
    assert answer.url.params["q"] == "集群"
    assert state(client)[0] == "pending"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_exported_table_comes_in_again_without_a_difference(client: TestClient, form: SheetFormat) -> None:
    for table in ("targets", "commitments"):
        content = client.get(f"{API}/tables/{table}.{form}").content
        answer = client.post(f"{HOME}/tables", data={"table": table}, files={"file": (f"t.{form}", content)})
        assert "0 differences" in View(answer.text).words
        assert "Take these differences" not in answer.text


def test_edited_table_shows_its_differences_before_it_is_taken_and_can_be_undone(client: TestClient) -> None:
    content = edited(client.get(f"{API}/tables/targets.csv").content, 0, low="8300")
    shown = client.post(f"{HOME}/tables", data={"table": "targets"}, files={"file": ("new.csv", content)})
    view = View(shown.text)
    assert "1 differences in" in view.words
    assert "low 8200 8300" in view.words
    assert client.get(API).json()["revision"] == 1, "nothing is taken yet"
    answer = confirm(client, shown.text)
    assert answer.url.path == f"{HOME}/history"
    assert "new.csv" in View(answer.text).words
    assert "8,300" in client.get(f"{HOME}/indicators/gdp").text
    client.post(f"{HOME}/undo")
    assert "8,300" not in client.get(f"{HOME}/indicators/gdp").text


def test_comparison_that_is_out_of_date_is_not_taken(client: TestClient) -> None:
    content = edited(client.get(f"{API}/tables/targets.csv").content, 0, low="8300")
    shown = client.post(f"{HOME}/tables", data={"table": "targets"}, files={"file": ("new.csv", content)})
    client.post(f"{HOME}/review/{PENDING}", data={"review": "accepted"})
    answer = confirm(client, shown.text)
    assert answer.status_code == 409
    assert "Compare again" in answer.text
    assert client.get(API).json()["revision"] == 2


def test_table_with_a_bad_cell_is_refused_naming_row_and_column(client: TestClient) -> None:
    content = edited(client.get(f"{API}/tables/targets.csv").content, 3, due="soon")
    answer = client.post(f"{HOME}/tables", data={"table": "targets"}, files={"file": ("new.csv", content)})
    assert answer.status_code == 422
    assert "new.csv:5" in View(answer.text).words
    assert "due" in View(answer.text).words


def figures(client: TestClient) -> list[dict[str, object]]:
    """All figures known today."""
    found: list[dict[str, object]] = client.get("/api/figures?region=南昌市").json()["figures"]
    return found


def test_revised_figure_is_shown_against_the_former_one_taken_and_undone(client: TestClient) -> None:
    before = figures(client)
    content = edited(client.get("/api/figures/export.csv?region=南昌市").content, 0, value="31", vintage="2026-10-01")
    shown = client.post(f"{HOME}/figures", files={"file": ("revised.csv", content)})
    words = View(shown.text).words
    assert "1 new, 57 known already" in words
    assert re.search(r"PM2\.5年均浓度 2022 30 \S+ 31 ", words)
    assert figures(client) == before, "nothing is taken yet"
    taken = confirm(client, shown.text)
    assert taken.status_code == 200
    assert "revised.csv" in View(taken.text).words
    assert [one["value"] for one in figures(client) if one not in before] == [31.0]
    undo = next(form["action"] for form in View(taken.text).forms if "/figures/undo/" in form["action"])
    assert "undone" in View(client.post(undo).text).words
    assert figures(client) == before
    assert client.post(undo).status_code == 409


def test_figures_with_a_bad_row_are_refused_by_its_number_and_nothing_changes(client: TestClient) -> None:
    before = figures(client), client.get("/api/figures/imports").json()
    exported = client.get("/api/figures/export.csv?region=南昌市").content
    content = edited(edited(exported, 0, value="31", vintage="2026-10-01"), 4, unit="furlong")
    answer = client.post(f"{HOME}/figures", files={"file": ("bad.csv", content)})
    words = View(answer.text).words
    assert answer.status_code == 422
    assert "row 6, unit: " in words
    assert "bad.csv" in words
    assert "Correct these rows and import the whole file again." in words
    assert (figures(client), client.get("/api/figures/imports").json()) == before


def test_confirmation_whose_file_was_damaged_is_refused(client: TestClient) -> None:
    for address in (f"{HOME}/figures/confirm", f"{HOME}/tables/confirm?table=targets&token=x"):
        answer = client.post(address, data={"name": "a.csv", "content": "no base64!"})
        assert answer.status_code == 422
        assert "Choose the file again" in answer.text


def test_large_file_passes_the_page_of_differences_whole(client: TestClient) -> None:
    content = client.get("/api/figures/export.csv?region=南昌市").content.decode("utf-8-sig")
    heading, first = content.splitlines()[:2]
    cells = next(csv.reader([first]))
    rows = [[cells[0], f"{year}-{month:02}", *cells[2:5], f"{year + 2}-{month:02}-15", *cells[6:8], "长" * 4000, "low"]
            for year in range(1990, 2020) for month in range(1, 13)]  # fmt: skip
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    large = f"{heading}\r\n{out.getvalue()}".encode()
    assert len(large) > 4_000_000
    shown = client.post(f"{HOME}/figures", files={"file": ("large.csv", large)})
    assert "360 new" in View(shown.text).words, View(shown.text).words[:500]
    taken = confirm(client, shown.text)
    assert taken.status_code == 200, taken.text
    assert len(client.get("/api/figures/history?region=南昌市&series=PM2.5年均浓度").json()) >= 360
