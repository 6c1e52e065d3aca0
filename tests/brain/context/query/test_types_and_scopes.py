"""What a choice by type (clause 4.17) and by scope (clause 4.19) means."""

import pytest

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.query import parse_scope, parse_types
from yuzhang.brain.context.query.scanner import MAX_DEPTH, MAX_LENGTH


@pytest.mark.parametrize(
    ("text", "types", "fits"),
    [
        ("A", ["A"], True),
        ("A", ["B", "A"], True),
        ("A", ["B"], False),
        ("A,B", ["B"], True),
        ("A|B", ["B"], True),
        ("A;B", ["B"], False),
        ("A;B", ["B", "A"], True),
        ("(A;B),C", ["C"], True),
        ("(A;B),C", ["A"], False),
        ("A;(B,C)", ["A", "C"], True),
        ("A;B,C", ["C"], True),
        ("*", ["Whatever"], True),
        ("ngsi-ld:default-context/A", ["A"], True),
    ],
)
def test_choice_by_type(text: str, types: list[str], fits: bool) -> None:
    assert parse_types(text, CORE).fit(types) is fits


@pytest.mark.parametrize("text", ["", ",", "A,", "(A", "A)", "A B", "A;;B", "<A>", '"A"'])
def test_text_that_is_no_choice_by_type_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData):
        parse_types(text, CORE)


def test_choice_by_type_tells_its_names() -> None:
    assert parse_types("(A;B),C", CORE).names() == {"A", "B", "C"}
    assert parse_types("*", CORE).names() == frozenset()


@pytest.mark.parametrize(
    ("text", "scopes", "fits"),
    [
        ("/Madrid/Gardens", ["/Madrid/Gardens"], True),
        ("/Madrid/Gardens", ["/Madrid/Gardens/North"], False),
        ("/Madrid", ["Madrid"], True),
        ("/Madrid/+/North", ["/Madrid/Gardens/North"], True),
        ("/Madrid/+", ["/Madrid/Gardens/North"], False),
        ("/+/+", ["/Madrid/Gardens"], True),
        ("/Madrid/#", ["/Madrid/Gardens/North"], True),
        ("/Madrid/#", ["/Madrid"], True),
        ("/Madrid/#", ["/Madrids"], False),
        ("/#", ["/A"], True),
        ("/#", [], False),
        ("/A;/B", ["/A"], False),
        ("/A;/B", ["/A", "/B"], True),
        ("/A,/B", ["/B"], True),
        ("/A|/B", ["/B"], True),
        ("(/A;/B)|/C", ["/C"], True),
        ("(/A;/B),/C", ["/A"], False),
        ("/城市/区", ["/城市/区"], True),
    ],
)
def test_choice_by_scope(text: str, scopes: list[str], fits: bool) -> None:
    assert parse_scope(text).fit(scopes) is fits


@pytest.mark.parametrize("text", ["", "/", "//A", "/A/", "/A//B", "/#/A", "/A;", "(/A", "/A+", "/A b"])
def test_text_that_is_no_choice_by_scope_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData):
        parse_scope(text)


def test_choice_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooComplexQuery):
        parse_types("A" * (MAX_LENGTH + 1), CORE)
    with pytest.raises(TooComplexQuery):
        parse_scope("(" * (MAX_DEPTH + 1) + "/A")
