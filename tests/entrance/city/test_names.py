"""On pages of cases, events and duty officers are called by their names, and units by their titles; a citizen is not named."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from brain.cases.stories import CITIZEN, DUTY, WORKER
from entrance.city.test_casework import SECRETS, account
from yuzhang.app import Yuzhang, create_app
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.model import Report
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings
from yuzhang.entrance.city import store
from yuzhang.entrance.identity.store import parties
from yuzhang.entrance.portal.store import notifications
from yuzhang.foundation.registry.model import Unit
from yuzhang.foundation.registry.store import places


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Yuzhang]:
    """The application with a unit, two officials and a citizen; it is not started."""
    made = create_app(Settings(tmp_path / "data", trust="machine", mqtt_port=None))
    with made.state.storage.writing() as connection:
        places.put_units(connection, [Unit("drainage-east", Title("东区排水所", "Drainage east"))])
        for one in (
            account(WORKER.id, "王工", "drainage-east"),
            account(DUTY.id, "刘值班"),
            account(CITIZEN.id, "张三", kind="citizen"),
        ):
            parties.add_party(connection, SECRETS, one)
    made.state.registry.forget_places()
    yield made
    made.state.storage.close()


def test_whoever_did_a_step_or_has_to_do_it_is_called_by_name_and_the_reporter_is_not(app: Yuzhang) -> None:
    client = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1))
    cases = app.state.cases
    case = actions.report(cases, CITIZEN, Report("waterlogging", "water on the road"))
    task = actions.case(cases, OPERATOR, case.number).tasks[0].id
    actions.step(cases, DUTY, case.number, task, {"decision": "accepted"})
    task = actions.case(cases, OPERATOR, case.number).tasks[0].id
    actions.step(cases, DUTY, case.number, task, {"unit": "drainage-east"})
    task = actions.case(cases, OPERATOR, case.number).tasks[0].id
    actions.hand_over(cases, WORKER, case.number, task, person=WORKER.id)
    assert cases.tell() == 4
    with app.state.storage.reading() as connection:
        assert [one.address for one in notifications(connection, WORKER.id, True, 0, 9)] == [f"/cases/{case.number}"]

    page = client.get(f"/cases/{case.number}", params={"lang": "zh"}).text
    assert page.count("刘值班") == 2
    assert "王工" in page
    assert "东区排水所" in page
    assert "张三" not in page
    for party in (WORKER, DUTY, CITIZEN):
        assert f">{party.id}<" not in page
    assert "王工" in client.get("/cases", params={"lang": "zh"}).text


def test_the_roster_takes_a_sign_in_name_and_shows_who_that_is(app: Yuzhang) -> None:
    client = TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1))
    said = {"party": f"{WORKER.id}@city"}
    times = {"begins": "2099-01-01T08:00", "ends": "2099-01-01T20:00", "unit": "drainage-east"}
    assert client.post("/duty", data=said | times, follow_redirects=False).status_code == 303
    page = client.get("/duty", params={"lang": "zh"}).text
    assert "王工" in page
    assert "东区排水所" in page
    with app.state.storage.reading() as connection:
        assert [one.party for one in store.turns(connection, 0, 10)] == [WORKER.id]
