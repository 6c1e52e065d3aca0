"""What the query language of clause 4.9 means, entity by entity."""

from typing import Any

import pytest

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.jsonld.terms import Definition
from yuzhang.brain.context.model import Entity, times_key
from yuzhang.brain.context.query import parse_q
from yuzhang.brain.context.query.paths import MAX_HOPS, Reach
from yuzhang.brain.context.query.patterns import MAX_PATTERN
from yuzhang.brain.context.query.q import MAX_VALUES
from yuzhang.brain.context.query.scanner import MAX_DEPTH, MAX_LENGTH, MAX_TERMS

DAY = 86_400_000_000
CREATED = 20_000 * DAY  # 2024-10-04


def prop(value: Any, **more: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value, **more}


OWNER = Entity(
    {"id": "urn:o:1", "type": "Owner", "name": prop("Lin"), "boss": {"type": "Relationship", "object": "urn:o:2"}}, 0, 0
)
BOSS = Entity({"id": "urn:o:2", "type": ["Owner", "Chief"], "name": prop("Wang")}, 0, 0)
LINKED = {"urn:o:1": OWNER, "urn:o:2": BOSS}

CAR = Entity(
    {
        "id": "urn:car:1",
        "type": "Car",
        "scope": ["/A/B", "/C"],
        "speed": [
            prop(55, observedAt="2026-01-02T03:04:05Z", unitCode="KMH", accuracy=prop(0.5, source=prop("gps"))),
            prop(80, datasetId="urn:d:1"),
        ],
        "brand": prop("Volvo"),
        "colours": prop(["red", "blue"]),
        "parked": prop(True),
        "built": prop({"@type": "DateTime", "@value": "2020-05-01T00:00:00Z"}),
        "day": prop("2020-05-01"),
        "noon": prop("12:00:00Z"),
        "address": prop({"city": "Nan", "geo": {"lat": 28}, "tags": ["x"]}),
        "label": {"type": "LanguageProperty", "languageMap": {"en": "car", "fr": ["voiture", "auto"]}},
        "category": {"type": "VocabProperty", "vocab": "private"},
        "raw": {"type": "JsonProperty", "json": {"k": [1, 2], "n": 7}},
        "path": {"type": "ListProperty", "valueList": [1, 2, 3]},
        "owner": {"type": "Relationship", "object": "urn:o:1"},
        "stops": {"type": "ListRelationship", "objectList": [{"object": "urn:s:1"}, {"object": "urn:s:2"}]},
        "quote": prop('say "hi"'),
    },
    CREATED,
    CREATED + DAY,
    {times_key("brand", None): (CREATED, CREATED + 2 * DAY)},
)

HOLDS = """
speed
!height
!height;brand
speed==55
speed==80
speed!=55
speed>55
speed>=80
speed<56
speed==50..60
speed==1,2,80
speed!=90,91
speed!=100..200
brand=="Volvo"
brand==Volvo
brand!="Saab"
brand!=5
brand>"Saab"
brand~="^Vol"
brand~=^V.l(vo|ga)$
brand~="(?i)^vOL"
brand!~="^Saab"
(brand=="Saab"|speed==55);parked==true
brand=="Saab"|speed==55;parked==true
brand=="Saab";speed==55|parked==true
 brand == "Volvo" ; speed > 50
colours=="red"
colours=="red","green"
colours!="green"
colours~="^bl"
parked==true
parked!=false
built==2020-05-01T00:00:00Z
built=="2020-05-01T02:00:00+02:00"
built>2019-01-01T00:00:00Z
built==2020-01-01T00:00:00Z..2020-12-31T00:00:00Z
day==2020-05-01
day<2020-05-02
noon==12:00:00Z
noon<12:00:00.5Z
address[city]=="Nan"
address[geo.lat]==28
address[tags]=="x"
address[city]
!address[zip]
label[en]=="car"
label[EN]=="car"
label[*]=="auto"
label[*]!="bus"
label[en]!="auto"
label=="car"
label=="auto"
label!="bus"
label~="^voi"
label>"bus"
category==https://uri.etsi.org/ngsi-ld/default-context/private
category!=private
raw[n]==7
raw[k]==2
path==3
path!=4
owner==urn:o:1
owner=="urn:o:1"
owner!="urn:o:2"
stops==urn:s:2
speed.accuracy==0.5
speed.accuracy.source=="gps"
speed.observedAt>2026-01-01T00:00:00Z
speed.unitCode=="KMH"
createdAt==2024-10-04T00:00:00Z
createdAt<"2024-10-05T00:00:00Z"
modifiedAt>2024-10-04T12:00:00Z
brand.modifiedAt>2024-10-05T12:00:00Z
brand.createdAt==2024-10-04T00:00:00Z
owner{name}=="Lin"
owner{Owner:name}=="Lin"
owner{Owner,Chief:name}
owner{boss{name}}=="Wang"
owner{boss{Chief:name}}=="Wang"
quote=="say \\"hi\\""
""".strip().splitlines()

FAILS = """
height
!speed
height!=5
height==5
speed==55;brand=="Saab"
speed=="55"
speed>80
speed<55
speed==56..79
brand=="volvo"
brand>5
brand!="Volvo"
brand!~="^Vol"
brand~="^olv"
colours=="green"
colours!="red"
colours!~="^bl"
parked=="true"
parked==false
speed~="5"
speed!~="9"
built>2021-01-01T00:00:00Z
address[zip]=="1"
address[zip]!="1"
address[city.name]=="x"
address=="Nan"
label[en]=="voiture"
label[de]
label[*]!="car"
label!="auto"
label=="bus"
label!~="^c"
category==private
owner>urn:a
owner~="urn"
owner!~="x"
owner!="urn:o:1"
speed.accuracy==55
speed.value==55
speed.nothing
brand.observedAt
createdAt>2024-10-04T00:00:00Z
owner{name}=="Wang"
owner{Chief:name}=="Lin"
owner{boss{name}}=="Lin"
brand{name}
stops{name}
path>3
raw[n]>7
""".strip().splitlines()


@pytest.mark.parametrize("text", HOLDS)
def test_car_is_found_by(text: str) -> None:
    assert parse_q(text, CORE).matches(CAR, Reach(None, LINKED.get))


@pytest.mark.parametrize("text", FAILS)
def test_car_is_not_found_by(text: str) -> None:
    assert not parse_q(text, CORE).matches(CAR, Reach(None, LINKED.get))


@pytest.mark.parametrize(
    "text",
    [
        "",
        ";",
        "a;",
        "|a",
        "a==",
        "a=1",
        "a>1..2",
        "a>1,2",
        "a>true",
        "a==true..false",
        'a==1.."x"',
        'a=="x',
        'a=="\\ud800"',
        "a~=",
        'a~="["',
        'a~="x**"',
        'a~="(?=x)"',
        'a~="(x)\\1"',
        "(a",
        "a)",
        "))bad((",
        "a[",
        "a[]",
        "a[b",
        "a{b",
        "a{}",
        "a.b{c}",
        "a..b",
        "!a==1",
        "a==1e999",
        "a==" + "9" * 5000,
        "a b",
        '"a"==1',
    ],
)
def test_text_that_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData):
        parse_q(text, CORE)


@pytest.mark.parametrize(
    "text",
    [
        "a" * (MAX_LENGTH + 1),
        "(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1),
        ";".join(["a"] * (MAX_TERMS + 1)),
        "a==" + ",".join(["1"] * (MAX_VALUES + 1)),
        "a{" * (MAX_HOPS + 1) + "b" + "}" * (MAX_HOPS + 1),
        f'a~="{"x" * (MAX_PATTERN + 1)}"',
        ".".join(["a"] * 100),
    ],
)
def test_query_that_is_too_large_is_refused(text: str) -> None:
    with pytest.raises(TooComplexQuery):
        parse_q(text, CORE)


def test_pattern_that_would_keep_a_backtracking_engine_busy_for_ages_answers_at_once() -> None:
    long = Entity({"id": "urn:x", "type": "X", "a": prop("a" * 50_000 + "!")}, 0, 0)
    assert not parse_q('a~="^(a+)+$"', CORE).matches(long)
    assert not parse_q('a~="^(a|aa)*b"', CORE).matches(long)


def test_terms_of_a_context_are_read_as_names() -> None:
    terms = Terms.of(
        {"v": Definition("https://example.org/speed"), "ex": Definition("https://example.org/", prefix=True)}
    )
    car = Entity({"id": "urn:x", "type": "X", "https://example.org/speed": prop(5)}, 0, 0)
    for text in ("v==5", "ex:speed==5", "https://example.org/speed==5"):
        assert parse_q(text, terms).matches(car)
    assert not parse_q("speed==5", terms).matches(car)


def test_prefix_of_a_context_in_braces_is_no_type() -> None:
    terms = Terms.of({"ex": Definition("https://example.org/", prefix=True)})
    linked = Entity({"id": "urn:y", "type": "Y", "https://example.org/name": prop("n")}, 0, 0)
    entity = Entity({"id": "urn:x", "type": "X", "to": {"type": "Relationship", "object": "urn:y"}}, 0, 0)
    reach = Reach(None, {"urn:y": linked}.get)
    assert parse_q('to{ex:name}=="n"', terms).matches(entity, reach)
    assert parse_q('to{Y:ex:name}=="n"', terms).matches(entity, reach)
    assert not parse_q('to{Z:ex:name}=="n"', terms).matches(entity, reach)


def test_values_of_expanded_attributes_are_read_as_terms() -> None:
    terms = Terms.of({"private": Definition("https://example.org/private")})
    car = Entity(
        {"id": "urn:x", "type": "X", "kind": {"type": "VocabProperty", "vocab": "https://example.org/private"}}, 0, 0
    )
    assert parse_q("kind==private", terms, expand_values=("kind",)).matches(car)
    assert not parse_q("kind==private", terms).matches(car)


def test_only_instances_of_the_wanted_datasets_are_asked() -> None:
    q = parse_q("speed==55", CORE)
    assert q.matches(CAR, Reach(("@none",)))
    assert not q.matches(CAR, Reach(("urn:d:1",)))


def test_linked_entities_are_not_found_without_a_way_to_them() -> None:
    assert not parse_q("owner{name}", CORE).matches(CAR)


def test_query_tells_its_attributes_and_how_far_it_goes() -> None:
    q = parse_q("speed>5;(createdAt>2020-01-01T00:00:00Z|owner{boss{name}})", CORE)
    assert q.attributes() == {"speed", "owner"}
    assert q.depth == 2


def test_equal_queries_are_read_once() -> None:
    assert parse_q("speed>5", CORE) is parse_q("speed>5", CORE)
