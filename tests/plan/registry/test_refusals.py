"""What a registry refuses, with a word on what to do, and without changing anything."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.core.tables.errors import SheetUnreadable
from yuzhang.plan.reading.draft import read_plan
from yuzhang.plan.registry import actions, exchange
from yuzhang.plan.registry.errors import TableRefused

PLAN = "nanchang-14"
VALUES = {"subject": "公园", "comparator": "=", "low": 5, "unit": "个", "due": 2025, "kind": "count"}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("gdp,1,综合质效,Overall quality and efficiency,地区生产总值,", "gdp,1,综合质效,Overall quality and efficiency,总值,", "first row"),
        ("0.02,城乡居民人均可支配收入比", "0.05,城乡居民人均可支配收入比", "doing nothing"),
        ("air,23", "air/x,23", "small letters"),
        ("compound,'=,8200", "compound,'=,1e300", "too large"),
    ],
)  # fmt: skip
def test_a_table_that_contradicts_itself_is_refused_with_its_row(
    city: Storage, before: str, after: str, words: str
) -> None:
    table = exchange.export_table(city, OPERATOR, PLAN, "targets", "csv").decode("utf-8-sig")
    assert before in table
    with pytest.raises(TableRefused, match=words) as error:
        exchange.import_table(city, OPERATOR, PLAN, "targets", table.replace(before, after, 1).encode(), "t.csv")
    assert error.value.where is not None
    assert error.value.where.startswith("t.csv:")


@pytest.mark.parametrize(
    "decision",
    [
        {"review": "corrected"},
        {"review": "accepted", "corrected": VALUES},
        {"review": "corrected", "corrected": {**VALUES, "high": 1}},
        {"review": "corrected", "corrected": {**VALUES, "subject": "   "}},
        {"review": "corrected", "corrected": {**VALUES, "low": 1e27}},
    ],
)
def test_a_review_that_the_table_could_not_hold_is_refused_over_http(
    client: TestClient, decision: dict[str, object]
) -> None:
    listed = client.get(f"/api/plans/{PLAN}").json()
    key = listed["commitments"][0]["id"]
    assert client.post(f"/api/plans/{PLAN}/commitments/{key}/review", json=decision).status_code == 422
    assert client.get(f"/api/plans/{PLAN}").json()["revision"] == listed["revision"]


def test_a_plan_whose_name_could_not_stand_in_an_address_is_not_registered(storage: Storage, city: Storage) -> None:
    plan = replace(actions.registered(city, OPERATOR, PLAN).plan, id="a/b ?#")
    with pytest.raises(TableRefused):
        actions.register_draft(storage, OPERATOR, plan, read_plan("第一章 目标\n建成公园50个。\n"))
    assert actions.plans(storage, OPERATOR) == ()


def test_a_cell_that_would_command_a_terminal_is_refused(city: Storage) -> None:
    table = exchange.export_table(city, OPERATOR, PLAN, "commitments", "csv")
    edited = table.replace(",地区生产总值,".encode(), ",地区\x1b[2J总值,".encode(), 1)
    assert edited != table
    with pytest.raises(SheetUnreadable, match="control character"):
        exchange.import_table(city, OPERATOR, PLAN, "commitments", edited, "c.csv")
