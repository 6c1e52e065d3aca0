"""The policies that are shipped, asked of data: what each kind of party sees of a small city."""

from dataclasses import replace

from brain.context.classification.conftest import City
from yuzhang.brain.context import actions
from yuzhang.brain.context.query import Selection
from yuzhang.core.access import OPERATOR, Party
from yuzhang.entrance.guard import EntranceGuard
from yuzhang.entrance.policy.room import Decider


def seen(city: City, who: Party) -> dict[str, set[str]]:
    """The entities that a party sees, with their attributes."""
    guarded = replace(who, guard=EntranceGuard(Decider(), city.guard))
    how = actions.planned(city.broker, guarded, "", Selection())
    return {one.open().id: set(one.open().attributes()) for one in actions.every(city.broker, guarded, how)}


def test_citizen_sees_what_is_open_and_not_personal(city: City) -> None:
    assert seen(city, Party("c", kind="citizen", factors=2)) == {"urn:p:1": {"name"}, "urn:p:2": {"name", "lives"}}


def test_department_officer_of_a_district_sees_its_stations_and_those_of_its_streets(city: City) -> None:
    officer = Party("d", frozenset({"department-officer"}), "official", region="360102", factors=2)
    assert {one for one in seen(city, officer) if ":s:" in one} == {"urn:s:1", "urn:s:3"}
    assert {one for one in seen(city, replace(officer, region="360100")) if ":s:" in one} == {
        "urn:s:1",
        "urn:s:2",
        "urn:s:3",
    }
    assert "urn:t:1" not in seen(city, officer)


def test_data_officer_sees_confidential_and_personal_data_for_a_purpose_only(city: City) -> None:
    officer = Party("o", frozenset({"data-officer"}), "official", factors=2)
    assert "urn:t:1" not in seen(city, officer)
    assert "phone" not in seen(city, officer)["urn:p:1"]
    stated = seen(city, replace(officer, purpose="quality of data"))
    assert "urn:t:1" in stated
    assert "phone" in stated["urn:p:1"]


def test_machine_itself_sees_everything(city: City) -> None:
    assert len(seen(city, OPERATOR)) == 6
