"""A reviewer and a planner work on a registered plan."""

from dataclasses import replace
from pathlib import Path

import pytest

from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import Conflict
from yuzhang.core.storage import Storage
from yuzhang.core.tables.sheets import SheetFormat
from yuzhang.plan.model import Commitment, CommitmentKind, Comparator, Place
from yuzhang.plan.reading.draft import read_plan
from yuzhang.plan.registry import actions, exchange
from yuzhang.plan.registry.errors import (
    ChangedMeanwhile,
    EntryNotFound,
    NothingToUndo,
    PlanNotFound,
    TableRefused,
    TextDiffers,
)
from yuzhang.plan.registry.matching import merge
from yuzhang.plan.registry.model import Review, ReviewedCommitment

CITY = Path(__file__).parents[3] / "cities" / "nanchang"
PLAN = "nanchang-14"
TEXT = "第一章 目标\n到2025年，建成公园50个。新增就业人数达到30万人。\n"
REVISED = "第一章 目标\n（本稿有修订）到2025年，建成公园50个。新增就业人数达到35万人。\n"


def found(subject: str, low: float, start: int, chapter: int = 1) -> Commitment:
    return Commitment(
        subject,
        start,
        start + 10,
        Place(chapter=chapter),
        subject,
        Comparator.EXACT,
        low,
        None,
        "个",
        None,
        None,
        2025,
        CommitmentKind.COUNT,
    )


def reviewed(commitment: Commitment, review: Review, key: str) -> ReviewedCommitment:
    return ReviewedCommitment(key, "p", commitment, review, None, None, "", None, None)


def pending_id(storage: Storage) -> str:
    return next(
        one.id for one in actions.registered(storage, OPERATOR, PLAN).commitments if one.review is Review.PENDING
    )


def one(storage: Storage, key: str) -> ReviewedCommitment:
    return actions.one_commitment(actions.registered(storage, OPERATOR, PLAN), key)


def test_the_first_citys_plan_loads_whole_and_a_second_load_changes_nothing(city: Storage) -> None:
    before = actions.registered(city, OPERATOR, PLAN)
    assert (len(before.indicators), len(before.commitments), len(before.projects)) == (31, 270, 12)
    assert sum(project.investment or 0 for project in before.projects) == 50_000
    assert actions.load_city(city, OPERATOR, CITY) == before


def test_an_accepted_candidate_is_recorded_with_who_and_when_and_undo_brings_it_back(city: Storage) -> None:
    key = pending_id(city)
    decided = actions.decide(city, OPERATOR, PLAN, key, Review.ACCEPTED)
    assert (decided.review, decided.decided_by) == (Review.ACCEPTED, "operator")
    actions.undo(city, OPERATOR, PLAN)
    assert one(city, key).review is Review.PENDING
    assert [change.what for change in actions.revisions(city, OPERATOR, PLAN)][:2] == ["undo", "review:accepted"]


def test_two_undos_take_back_two_decisions_and_the_loading_stays(city: Storage) -> None:
    key = pending_id(city)
    actions.decide(city, OPERATOR, PLAN, key, Review.ACCEPTED)
    actions.decide(city, OPERATOR, PLAN, key, Review.REJECTED)
    actions.undo(city, OPERATOR, PLAN)
    actions.undo(city, OPERATOR, PLAN)
    assert one(city, key).review is Review.PENDING
    with pytest.raises(NothingToUndo):
        actions.undo(city, OPERATOR, PLAN)


def test_a_correction_keeps_the_place_and_changes_the_number(city: Storage) -> None:
    key = pending_id(city)
    before = one(city, key)
    after = actions.decide(
        city, OPERATOR, PLAN, key, Review.CORRECTED, corrected=replace(before.commitment, low=before.commitment.low + 1)
    )
    assert after.commitment.low == before.commitment.low + 1
    assert after.commitment.start == before.commitment.start


def test_an_earlier_revision_can_still_be_read(city: Storage) -> None:
    first = actions.registered(city, OPERATOR, PLAN).revision
    actions.decide(city, OPERATOR, PLAN, pending_id(city), Review.ACCEPTED)
    assert actions.registered(city, OPERATOR, PLAN, revision=first).revision == first
    assert actions.registered(city, OPERATOR, PLAN).revision == first + 1


def test_a_plan_or_commitment_that_does_not_exist_is_named_with_a_way_out(city: Storage) -> None:
    with pytest.raises(PlanNotFound) as error:
        actions.registered(city, OPERATOR, "nowhere")
    assert PLAN in error.value.line("en")
    with pytest.raises(EntryNotFound):
        actions.decide(city, OPERATOR, PLAN, "c-none", Review.ACCEPTED)


@pytest.mark.parametrize("table", ["targets", "commitments"])
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_an_exported_table_imports_again_with_no_difference(
    city: Storage, table: exchange.TableName, format: SheetFormat
) -> None:
    content = exchange.export_table(city, OPERATOR, PLAN, table, format)
    assert exchange.compare_table(city, OPERATOR, PLAN, table, content, f"t.{format}").differences == ()


def test_an_edited_target_shows_its_difference_before_it_is_taken(city: Storage) -> None:
    content = exchange.export_table(city, OPERATOR, PLAN, "targets", "csv").replace(b",8200,", b",8300,", 1)
    shown = exchange.compare_table(city, OPERATOR, PLAN, "targets", content, "t.csv")
    assert [(one.key, one.field, one.before, one.after) for one in shown.differences] == [
        ("gdp/level", "low", "8200", "8300")
    ]
    assert actions.registered(city, OPERATOR, PLAN).indicators[0].targets[0].low == 8200
    exchange.import_table(city, OPERATOR, PLAN, "targets", content, "t.csv", token=shown.token)
    assert actions.registered(city, OPERATOR, PLAN).indicators[0].targets[0].low == 8300
    actions.undo(city, OPERATOR, PLAN)
    assert actions.registered(city, OPERATOR, PLAN).indicators[0].targets[0].low == 8200


def test_a_comparison_that_was_overtaken_is_not_taken(city: Storage) -> None:
    content = exchange.export_table(city, OPERATOR, PLAN, "targets", "csv").replace(b",8200,", b",8300,", 1)
    token = exchange.compare_table(city, OPERATOR, PLAN, "targets", content, "t.csv").token
    actions.decide(city, OPERATOR, PLAN, pending_id(city), Review.ACCEPTED)
    with pytest.raises(ChangedMeanwhile):
        exchange.import_table(city, OPERATOR, PLAN, "targets", content, "t.csv", token=token)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (b",8200,", b",lots,", ["indicators", "low", "lots"]),
        (b",compound,", b",magic,", ["method", "magic", "linear"]),
        (b",2025,", b",1025,", ["due"]),
        (b",8200,", b",nan,", ["nan", "no number"]),
    ],
)
def test_a_bad_cell_names_row_and_column_and_changes_nothing(
    city: Storage, before: bytes, after: bytes, words: list[str]
) -> None:
    content = exchange.export_table(city, OPERATOR, PLAN, "targets", "csv").replace(before, after, 1)
    revision = actions.registered(city, OPERATOR, PLAN).revision
    with pytest.raises(TableRefused) as error:
        exchange.import_table(city, OPERATOR, PLAN, "targets", content, "indicators.csv")
    assert all(word in error.value.line("en") for word in ["indicators.csv:2", *words])
    assert actions.registered(city, OPERATOR, PLAN).revision == revision


def test_a_decision_made_in_a_spreadsheet_is_signed_by_who_imports_it(city: Storage) -> None:
    key = pending_id(city)
    content = exchange.export_table(city, OPERATOR, PLAN, "commitments", "csv").decode("utf-8-sig")
    edited = content.replace(f"{key},pending", f"{key},rejected").encode()
    exchange.import_table(city, OPERATOR, PLAN, "commitments", edited, "c.csv")
    assert (one(city, key).review, one(city, key).decided_by) == (Review.REJECTED, "operator")


def test_another_text_than_the_reviewed_one_is_refused(city: Storage) -> None:
    with pytest.raises(TextDiffers):
        actions.attach_text(city, OPERATOR, PLAN, TEXT)


def test_a_new_plan_is_registered_from_its_text_and_a_revised_text_keeps_the_review(
    storage: Storage, city: Storage
) -> None:
    plan = replace(actions.registered(city, OPERATOR, PLAN).plan, id="other", region="某市")
    assert actions.register_draft(storage, OPERATOR, plan, read_plan(TEXT)).new == 2
    park = next(
        one for one in actions.registered(storage, OPERATOR, "other").commitments if "公园" in one.commitment.subject
    )
    actions.decide(storage, OPERATOR, "other", park.id, Review.ACCEPTED)
    reading = actions.read_into(storage, OPERATOR, "other", read_plan(REVISED))
    assert (reading.new, reading.known, reading.withdrawn, reading.lost) == (1, 1, 1, ())
    kept = actions.one_commitment(actions.registered(storage, OPERATOR, "other"), park.id)
    text = actions.plan_text(storage, OPERATOR, "other")
    assert kept.review is Review.ACCEPTED
    assert text is not None
    assert "50" in text[kept.commitment.start : kept.commitment.end]
    with pytest.raises(Conflict):
        actions.register_draft(storage, OPERATOR, plan, read_plan(TEXT))


def test_what_a_person_corrected_stays_when_the_same_text_is_read_again() -> None:
    corrected = reviewed(replace(found("公园", 50, 10), subject="城市公园"), Review.CORRECTED, "c1")
    merged = merge("p", [corrected], [found("公园", 50, 10)], same_text=True)
    assert merged.kept == (corrected,)
    assert (merged.new, merged.lost) == ((), ())


def test_a_reviewed_promise_that_a_revised_text_dropped_is_reported_and_stays() -> None:
    merged = merge("p", [reviewed(found("公园", 50, 10), Review.ACCEPTED, "c1")], [], same_text=False)
    assert [one.id for one in merged.lost] == ["c1"]


def test_two_alike_promises_are_matched_one_to_one() -> None:
    known = [
        reviewed(found("公园", 50, 10), Review.ACCEPTED, "c1"),
        reviewed(found("公园", 50, 90), Review.REJECTED, "c2"),
    ]
    merged = merge("p", known, [found("公园", 50, 10), found("公园", 50, 90), found("公园", 50, 200)], same_text=True)
    assert ([one.id for one in merged.kept], len(merged.new)) == (["c1", "c2"], 1)


TABLED = """第一章 目标
表1：主要指标

类别\t指标名称\t2020年\t2025年\t年均增长\t属性
发展\t地区生产总值（亿元）\t1000\t1500\t8左右\t预期性
\t城镇化率（%）\t60\t65\t[5]\t预期性
\t耕地保有量（万亩）\t100\t省下达目标\t--\t约束性

第二章 任务
建成公园50个。
"""


def test_a_new_plan_has_the_rows_of_its_indicator_table(storage: Storage, city: Storage) -> None:
    plan = replace(actions.registered(city, OPERATOR, PLAN).plan, id="other", region="某市")
    actions.register_draft(storage, OPERATOR, plan, read_plan(TABLED))
    found = actions.registered(storage, OPERATOR, "other").indicators
    assert [(one.title.zh, [(t.method.value, t.low) for t in one.targets]) for one in found] == [
        ("地区生产总值", [("linear", 1500), ("average_growth", 8)]),
        ("城镇化率", [("share", 65)]),
        ("耕地保有量", [("assigned", None)]),
    ]
    assert found[2].binding.value == "binding"
