"""A deadline into a year whose working days are not announced says so, until they are."""

from datetime import UTC, datetime
from pathlib import Path

from fastapi.testclient import TestClient

from brain.cases.stories import CITIZEN
from yuzhang.app import create_app
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.life.timing import recount
from yuzhang.brain.cases.model import Report
from yuzhang.core.calendar import Calendar, national
from yuzhang.core.settings import Settings

SAID = {
    "zh": "暂定：2027 年工作日安排尚未公布",
    "en": "provisional: the working days of 2027 are not announced yet",
}
NOTICE = """
published = 2026-11-04
source = "a notice of the test's own"
[[holiday]]
name = "元旦"
from = 2027-01-01
to = 2027-01-03
"""


def test_a_deadline_after_new_year_is_provisional_on_the_pages_until_the_year_is_announced(tmp_path: Path) -> None:
    app = create_app(Settings(tmp_path / "data", trust="machine", mqtt_port=None))
    client = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1))
    cases = app.state.cases
    cases._given = cases.calendar = Calendar({year: one for year, one in national().years.items() if year < 2027})
    cases.now = lambda: datetime(2026, 12, 31, 9, 30, tzinfo=UTC)  # half an hour before the office closes
    case = actions.report(
        cases, CITIZEN, Report("waterlogging", "water on the road")
    )  # to be accepted in a working hour

    for language, said in SAID.items():
        for address in (f"/cases/{case.number}", f"/reports/{case.number}", "/cases"):
            assert said in client.get(address, params={"lang": language}).text

    (tmp_path / "data" / "calendar").mkdir()
    (tmp_path / "data" / "calendar" / "2027.toml").write_text(NOTICE, encoding="utf-8")
    assert cases.look_at_calendar()
    assert recount(cases) == 1
    page = client.get(f"/cases/{case.number}", params={"lang": "en"}).text
    assert SAID["en"] not in page
    assert "2027-01-04" in page
    app.state.storage.close()
