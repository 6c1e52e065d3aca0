"""Whole plans: an invented one, the real one, and anything at all."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.reading.invented import TEXT
from yuzhang.plan.model import Binding
from yuzhang.plan.reading.draft import period_of, read_plan
from yuzhang.plan.reading.errors import TextEmpty
from yuzhang.plan.reading.model import Draft, NodeKind
from yuzhang.plan.reading.tables import indicator_table_csv

FRAGMENTS = [
    "第一章 ", "第二节 ", "专栏 3：", "表1：", "目 录", "\n", "\n\n", "\t", "到2025年，", "建成", "50", "个",
    "以上", "达到", "%", "、", "，", "。", "从", "提高到", "每万人", "翻一番", "全覆盖", "“", "”", "（", "）",
    "一、", "1.", "¹ ", "指标", "预期性", "百万", "亿元", "零的突破", "“十三五”", "-", "2—3", " ",
]  # fmt: skip


def check(draft: Draft) -> None:
    for c in draft.commitments:
        assert c.quote == draft.text[c.start : c.end]
        assert c.quote
        assert 0 <= c.confidence <= 1
    for project in (*draft.projects, *draft.packages):
        assert draft.text[project.start : project.end].replace(" ", "").startswith(project.name.replace(" ", "")[:2])
    for node in draft.outline:
        assert 0 <= node.start <= node.end <= len(draft.text)


@given(st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join)))
def test_any_text_is_read_or_refused_as_empty_and_every_quote_is_exact(text: str) -> None:
    try:
        draft = read_plan(text)
    except TextEmpty:
        assert not text.strip()
        return
    check(draft)


def test_a_plan_of_a_city_that_does_not_exist_is_read() -> None:
    draft = read_plan(TEXT)
    check(draft)
    assert (draft.first_year, draft.last_year) == (2021, 2025)
    assert [n.number for n in draft.outline if n.kind is NodeKind.CHAPTER] == [1, 2, 3, 4]
    assert [n.title for n in draft.outline if n.kind is NodeKind.SECTION] == ["做强先进制造业", "壮大数字经济"]
    found = {(c.subject, c.low) for c in draft.commitments if c.confidence >= 0.5}
    assert {
        ("地区生产总值", 2000.0), ("地区生产总值", 6.5), ("常住人口城镇化率", 64.0), ("森林覆盖率", 40.0), ("人均地区生产总值", 2.0),
        ("年营业收入超10亿元企业", 20.0), ("国家级制造业集群", 2.0), ("规上工业企业", 500.0), ("5G基站", 6000.0),
        ("执业（助理）医师", 3.1), ("养老床位", 4.0), ("中小学", 60.0), ("学位", 3.0), ("机架", 5000.0), ("企业", 50.0),
    } <= found  # fmt: skip
    assert not {number for _, number in found} & {7.1, 320.0, 45.0, 58.0, 24.0, 3000.0, 1200.0, 80.0}
    assert {c.due for c in draft.commitments if c.subject == "人均地区生产总值"} == {2035}


def test_the_indicator_box_of_another_city_becomes_a_table() -> None:
    rows = read_plan(TEXT).rows
    assert [(r.category, r.name, r.unit) for r in rows][2:] == [
        ("生态环境", "单位地区生产总值能源消耗降低", "%"),
        ("生态环境", "空气质量优良天数比率", "%"),
    ]
    assert (rows[0].base, rows[0].target_low, rows[0].comparator, rows[0].growth, rows[0].cumulative) == (
        1500,
        2000,
        ">",
        6.5,
        False,
    )
    assert (rows[2].growth, rows[2].cumulative, rows[2].binding) == (14, True, Binding.BINDING)


def test_chapters_in_another_order_yield_the_same_promises() -> None:
    head, rest = TEXT.split("\n\n三、产业发展\n\n")
    middle, last = rest.split("\n\n四、民生保障\n\n")
    shuffled = f"{head}\n\n三、民生保障\n\n{last.strip()}\n\n四、产业发展\n\n{middle.strip()}\n"
    expected = sorted((c.subject, c.low) for c in read_plan(TEXT).commitments)
    assert sorted((c.subject, c.low) for c in read_plan(shuffled).commitments) == expected


def test_shuffled_sentences_yield_no_error_and_exact_quotes() -> None:
    sentences = TEXT.replace("\n", "。").split("。")
    random.Random(7).shuffle(sentences)
    check(read_plan("。".join(sentences)))


def test_the_same_text_is_read_into_the_same_draft() -> None:
    assert read_plan(TEXT) == read_plan(TEXT)


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(TextEmpty):
        read_plan(" \n\u3000")


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("第十五个五年规划", (2026, 2030)),
        ("第十三个 五年规划", (2016, 2020)),
        ("某市“十四五”规划。“十四五”期间", (2021, 2025)),
        ("到2030年建成。到2030年", (2026, 2030)),
    ],
)
def test_the_years_of_a_plan_follow_from_its_name(text: str, years: tuple[int, int]) -> None:
    period = period_of(text)
    assert (period.first, period.last) == years


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["50个、", "“", "（", "1" * 50, "达到", "每", "一二三四五", "实现", "\t", "从5%"])
def test_a_hostile_text_of_one_piece_again_and_again_is_read_to_its_end(piece: str) -> None:
    check(read_plan("第一章 任务\n" + piece * (50_000 // len(piece))))


def test_the_real_outline_is_whole_and_the_contents_are_not_taken_for_it(real_draft: Draft) -> None:
    def numbers(kind: NodeKind) -> list[int | None]:
        return [n.number for n in real_draft.outline if n.kind is kind]

    assert numbers(NodeKind.PART) == list(range(1, 17))
    assert numbers(NodeKind.CHAPTER) == list(range(1, 55))
    assert numbers(NodeKind.BOX) == list(range(1, 38))
    assert numbers(NodeKind.TABLE) == [1, 2]
    chapters = [n for n in real_draft.outline if n.kind is NodeKind.CHAPTER]
    assert all(a.end <= b.start for a, b in pairwise(chapters))
    assert chapters[0].start > 4000


def test_the_real_tables_are_read_with_their_broken_rows(real_draft: Draft) -> None:
    rows = [r for r in real_draft.rows if r.table == 2]
    assert len(rows) == 31
    assert {r.category for r in rows} == {"综合质效", "创新驱动", "协调发展", "改革开放", "生态文明", "民生福祉"}
    water = next(r for r in rows if "Ⅲ类" in r.name)
    assert (water.category, water.base, water.target_low, water.target_text) == ("生态文明", 88.9, None, "省下达目标")
    unemployment = next(r for r in rows if "失业率" in r.name)
    assert (unemployment.target_low, unemployment.comparator) == (4.5, "<=")
    air = next(r for r in rows if "优良天数" in r.name)
    assert (air.target_low, air.comparator, air.binding) == (90, ">=", Binding.BINDING)
    assert {r.category for r in real_draft.rows if r.table == 1} == {"跨越升级", "生态宜居", "社会和谐"}
    assert indicator_table_csv(real_draft).count("\n") == len(real_draft.rows) + 1


def test_the_real_project_packages_add_up_to_what_the_plan_says(real_draft: Draft) -> None:
    assert len(real_draft.packages) == 12
    assert sum(p.investment or 0 for p in real_draft.packages) == 50_000
    assert {p.unit for p in real_draft.packages} == {"亿元"}


def test_the_real_plan_is_read_and_holds_well_over_150_promises(real_text: str) -> None:
    draft = read_plan(real_text)
    check(draft)
    assert sum(1 for c in draft.commitments if c.confidence >= 0.5) > 150
