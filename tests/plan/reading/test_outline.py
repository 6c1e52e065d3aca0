"""The outline of a plan, whatever its headings are called."""

import pytest

from yuzhang.plan.model import Place
from yuzhang.plan.reading.draft import read_plan
from yuzhang.plan.reading.model import Node, NodeKind

PROSE = "坚持稳中求进工作总基调，扎实推进各项工作落到实处，不断增强人民群众获得感幸福感安全感。"


def nodes(text: str, kind: NodeKind) -> list[Node]:
    return [n for n in read_plan(text).outline if n.kind is kind]


@pytest.mark.parametrize("ends", ["\t12", "......12", " 12", ""])
def test_a_table_of_contents_is_no_outline_with_or_without_page_numbers(ends: str) -> None:
    headings = ["第一篇 总论", "第一章 基础", "第一节 成绩", "第二章 目标", "第一节 指标"]
    contents = "\n".join(h + ends for h in headings)
    body = "\n\n".join(f"{h}\n\n{PROSE}" for h in headings)
    text = f"目 录\n\n{contents}\n\n{body}\n"
    assert [n.title for n in nodes(text, NodeKind.CHAPTER)] == ["基础", "目标"]
    assert [n.title for n in nodes(text, NodeKind.SECTION)] == ["成绩", "指标"]
    assert nodes(text, NodeKind.CHAPTER)[0].start > len(contents)


def test_a_box_ends_at_the_next_heading_and_where_prose_begins_again() -> None:
    text = (
        f"第一章 任务\n\n第一节 建设\n\n{PROSE}\n\n专栏 1：重大工程\n\n（一）公园\n\n建成公园10座。\n\n（二）学校\n\n建成学校20所。\n\n"
        f"{PROSE}\n\n建成医院30家。\n\n第二节 改革\n\n{PROSE}\n"
    )
    found = {c.low: c.place for c in read_plan(text).commitments}
    assert found == {
        10: Place(chapter=1, section=1, box=1, item=1),
        20: Place(chapter=1, section=1, box=1, item=2),
        30: Place(chapter=1, section=1),
    }
    (box,) = nodes(text, NodeKind.BOX)
    assert (box.number, box.title) == (1, "重大工程")


def test_a_sentence_that_mentions_a_box_or_a_chapter_is_no_heading() -> None:
    text = f"第一章 任务\n\n专栏1所列工程按期完成，{PROSE}\n\n第二章所列任务按期完成，{PROSE}\n"
    assert not nodes(text, NodeKind.BOX)
    assert len(nodes(text, NodeKind.CHAPTER)) == 1


def test_chapters_counted_without_zhang_are_chapters_and_box_items_are_not() -> None:
    box = f"专栏1 工程\n\n（一）甲工程\n\n{PROSE}\n\n（二）乙工程\n\n{PROSE}"
    text = f"一、形势\n\n{PROSE}\n\n二、任务\n\n{box}\n\n三、保障\n\n（一）组织\n\n{PROSE}\n"
    assert [n.title for n in nodes(text, NodeKind.CHAPTER)] == ["形势", "任务", "保障"]
    assert [n.title for n in nodes(text, NodeKind.SECTION)] == ["组织"]
