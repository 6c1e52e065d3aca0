"""How questions and titles are cut: what is typed finds what is meant, whichever way it is typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhang.entrance.portal.search.highlighting import excerpt, marked, spans
from yuzhang.entrance.portal.search.words import Part, grams, parts, sounds_at, spellings, spoken


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("南昌市", "nanchang"),
        ("南昌市", "nanchangs"),
        ("南昌市", "ncs"),
        ("南昌市", "changshi"),
        ("重庆", "chongqing"),
        ("重庆", "zhongqing"),
        ("重庆", "cq"),
        ("重庆", "zq"),
        ("工商银行", "gongshangyinhang"),
        ("步行街", "buxing"),
        ("绿地", "lvdi"),
    ],
)
def test_a_title_is_found_by_its_pinyin_in_full_by_initials_and_by_each_reading(title: str, typed: str) -> None:
    assert any(one.startswith(typed) for one in spellings(title).split())


def test_pinyin_does_not_join_what_stands_apart() -> None:
    assert "nanchang" not in spellings("南，昌").split()
    assert "南昌" not in grams("南，昌").split()


def test_question_is_cut_into_its_parts_without_signs_that_a_search_engine_reads() -> None:
    assert parts('南昌市 GDP* OR "x" NEAR(') == [
        Part("南昌市", True), Part("gdp", False), Part("or", False), Part("x", False), Part("near", False)
    ]  # fmt: skip
    assert parts("（）…… -- ''") == []


def test_what_fits_is_marked_in_words_and_in_what_is_spoken_so() -> None:
    assert str(marked("南昌市GDP总量", parts("nc gd"), sounds=True)) == "<mark>南昌</mark>市<mark>GD</mark>P总量"
    assert str(marked("<b>生产</b>", parts("生产"))) == "&lt;b&gt;<mark>生产</mark>&lt;/b&gt;"


def test_a_long_text_is_shown_around_its_first_fit() -> None:
    shown = str(excerpt("长" * 300 + "森林覆盖" + "长" * 300, parts("森林")))
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert "<mark>森林</mark>" in shown
    assert len(shown) < 250


@settings(max_examples=60)
@given(st.text("重庆长行南昌市乐", min_size=1, max_size=6), st.integers(0, 5), st.integers(1, 6))
def test_any_way_to_speak_any_piece_of_a_title_is_known(title: str, start: int, length: int) -> None:
    piece = spoken(title)[start : start + length]
    if not piece:
        return
    said = "".join(one[(at + start + length) % len(one)] for at, one in enumerate(piece))
    assert sounds_at(spoken(title)[start:], said) == len(piece)
    assert any(word.startswith(said) for word in spellings(title).split())
    assert spans(title, [Part(said, False)], sounds=True)
