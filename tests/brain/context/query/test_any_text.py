"""Whatever a stranger writes is read or refused in the standard's words, and can be matched; nothing else goes wrong."""

from contextlib import suppress
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhang.brain.context.errors import ContextError
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Selection, parse_geo, parse_order, parse_q, parse_scope, parse_types

SIGNS = """a b type createdAt == != ~= !~= < <= > >= ; | , ( ) [ ] { } . .. ! * + # / : - _ @ $ ^"""
VALUES = """"x" "x 1 -2.5 1e5 1e999 true 2026-01-01T00:00:00Z 2026-99-99 12:00:00Z urn:e:1 http://e.org/a?b=c é 城"""
PIECES = [*SIGNS.split(" "), *VALUES.split(" "), "\\", "\x00", '"\\ud800"', '"\\u00e9"']
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=12).map("".join)
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "value", "@value"]), inner),
    max_leaves=8,
)
CAR = Entity(
    {
        "id": "urn:e:1",
        "type": "a",
        "scope": "/a/b",
        "a": {
            "type": "Property",
            "value": ["x", 1, None, {"b": 1}],
            "b": {"type": "Relationship", "object": "urn:e:1"},
        },
        "b": {"type": "LanguageProperty", "languageMap": {"en": "x"}},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [1, 1]}},
    },
    0,
    0,
)


@settings(max_examples=500, deadline=None)
@given(texts)
def test_any_text_is_read_and_matched_or_refused(text: str) -> None:
    with suppress(ContextError):
        Selection(q=parse_q(text, CORE)).matches(CAR, lambda _: CAR)
    with suppress(ContextError):
        Selection(types=parse_types(text, CORE)).matches(CAR)
    with suppress(ContextError):
        Selection(scope=parse_scope(text)).matches(CAR)
    with suppress(ContextError):
        Selection(id_pattern=text).matches(CAR)
    with suppress(ContextError):
        parse_order(text, CORE, order_from=[0, 0]).sorted([CAR, CAR])
    with suppress(ContextError):
        parse_order("a", CORE, collation=text)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["within", "near;maxDistance==5", "near;minDistance==5", "equals"]) | texts,
    st.sampled_from(["Point", "Polygon", "MultiPolygon", "LineString", "MultiPoint"]) | texts,
    json | texts,
    st.none() | texts,
)
def test_any_place_is_read_and_matched_or_refused(
    georel: str, kind: str, coordinates: Any, geoproperty: str | None
) -> None:
    with suppress(ContextError):
        Selection(geo=parse_geo(georel, kind, coordinates, geoproperty, CORE)).matches(CAR)
