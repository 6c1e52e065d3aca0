"""A plain reading of the query language, written without the parser's own matcher, and worlds and queries to try it on."""

import re
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

DECLARED = ("a", "b")

# What is kept: few names and few values, so that queries meet them.

NUMBERS = [0, 1, 2, 1.5, -1, 2**53, 2**53 + 1, 10**400]
TEXTS = [
    "",
    "x",
    "y",
    "X",
    "é",
    "true",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "2026-01-01T08:00:00+08:00",
    "2026-01-01T00:00:00,5Z",
    "12:00:00Z",
    "20:00:00.0+08:00",
    "urn:e:1",
    "k" * 600,
]
scalars = st.sampled_from([*NUMBERS, *TEXTS, True, False])
values = (
    scalars
    | st.lists(scalars, max_size=3)
    | st.fixed_dictionaries({"m": scalars | st.fixed_dictionaries({"n": scalars})})
)
typed = st.sampled_from(TEXTS).map(lambda text: {"@type": "DateTime", "@value": text})
targets = st.sampled_from(["urn:e:0", "urn:e:1", "urn:e:2"])
languages = st.dictionaries(
    st.sampled_from(["en", "fr"]), st.sampled_from(["x", "y"]) | st.just(["x", "y"]), min_size=1
)
instances = st.one_of(
    st.builds(lambda value: {"type": "Property", "value": value}, values | typed),
    st.builds(lambda value: {"type": "JsonProperty", "json": value}, values),
    st.builds(lambda value: {"type": "ListProperty", "valueList": value}, st.lists(scalars, max_size=3)),
    st.builds(lambda value: {"type": "LanguageProperty", "languageMap": value}, languages),
    st.builds(lambda value: {"type": "VocabProperty", "vocab": value}, st.sampled_from(["x", "urn:e:1"])),
    st.builds(lambda value: {"type": "Relationship", "object": value}, targets),
    st.builds(
        lambda value: {"type": "ListRelationship", "objectList": value}, st.lists(targets, min_size=1, max_size=2)
    ),
)
seen_at: st.SearchStrategy[dict[str, str]] = st.just({}) | st.sampled_from(TEXTS[7:9]).map(
    lambda text: {"observedAt": text}
)
with_subs = st.recursive(
    st.builds(lambda instance, seen: instance | seen, instances, seen_at),
    lambda inner: st.builds(lambda instance, subs: instance | subs, instances, st.dictionaries(st.just("s"), inner)),
    max_leaves=3,
)
several = st.lists(with_subs, min_size=2, max_size=2).map(
    lambda two: [two[0], {**two[1], "datasetId": "urn:d:1"}],
)
bodies = st.builds(
    lambda kinds, attributes, scopes: (
        {"type": kinds[0] if len(kinds) == 1 else kinds, **attributes} | ({"scope": scopes} if scopes else {})
    ),
    st.lists(st.sampled_from(["T", "U", "V"]), min_size=1, max_size=2, unique=True),
    st.dictionaries(st.sampled_from(["a", "b", "c"]), with_subs | several, max_size=3),
    st.lists(st.sampled_from(["/p", "/p/q", "/r"]), max_size=2),
)
worlds = st.lists(bodies, min_size=1, max_size=8).map(
    lambda all_of_them: [{"id": f"urn:e:{number}", **body} for number, body in enumerate(all_of_them)],
)

# What is asked: a tree of our own, written as text for the parser and read plainly by `holds`.

asked_numbers = st.sampled_from([0, 1, 2, 1.5, -1, 2**53, 2**53 + 1])
asked_texts = st.sampled_from(TEXTS)
asked_scalars = asked_numbers | asked_texts | st.booleans()
ranges = st.tuples(asked_numbers, asked_numbers) | st.tuples(asked_texts, asked_texts)
paths = st.sampled_from(
    [
        *("a", "b", "c", "a.s", "b.s", "a[m]", "c[m.n]", "b[en]", "b[EN]", "c[*]", "createdAt", "a{b}", "c{a[m]}"),
        *("a.s.s", "b.s[m]", "a.s[*]", "a.observedAt", "c.s.observedAt", "b.datasetId", "c{T:a}", "b{U,V:c.s}"),
    ]
)
terms = st.one_of(
    st.tuples(st.just("exists"), paths, st.booleans()),
    st.tuples(st.just("=="), paths, st.lists(asked_scalars | ranges, min_size=1, max_size=3)),
    st.tuples(st.just("!="), paths, st.lists(asked_scalars | ranges, min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["<", "<=", ">", ">="]), paths, asked_numbers | asked_texts),
    st.tuples(st.sampled_from(["~=", "!~="]), paths, st.sampled_from(["^x", "y$", "(x|y)", "[0-9]+"])),
)
queries = st.recursive(
    terms,
    lambda inner: st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3)),
    max_leaves=5,
)


def quoted(value: Any) -> str:
    if isinstance(value, tuple):
        return f"{quoted(value[0])}..{quoted(value[1])}"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def bare(value: Any) -> str:
    """A value without quotation marks, where it is understood without them."""
    if isinstance(value, tuple):
        return f"{bare(value[0])} .. {bare(value[1])}"
    if isinstance(value, str) and re.fullmatch(r"(?!true)[^\W\d]\w*|urn:[^,]*|\d[^,]*", value):
        return value
    return quoted(value)


def written(query: Any, *, sparing: bool = False) -> str:
    """The query as text: with all parentheses and quotation marks, or with no more of them than it needs."""
    if query[0] in {"and", "or"}:
        sign = ";" if query[0] == "and" else "|"
        parts = [(one[0], written(one, sparing=sparing)) for one in query[1]]
        needs = {"or", *(() if sparing else ("and", "exists", "==", "!=", "<", "<=", ">", ">=", "~=", "!~="))}
        if sparing and query[0] == "or":
            needs = set()
        return sign.join(f"({text})" if kind in needs else text for kind, text in parts)
    sign, path, value = query[0], str(query[1]), query[2]
    if sign == "exists":
        return path if value else f"!{path}"
    write = bare if sparing and "~" not in sign else quoted
    if sparing and "~" in sign:
        return f" {path} {sign}{value}"
    if isinstance(value, list):
        return f"{path}{sign}" + ",".join(write(one) for one in value)
    return f"{path}{sign}{write(value)}"


def holds(query: Any, body: dict[str, Any], world: list[dict[str, Any]]) -> bool:
    if query[0] == "and":
        return all(holds(one, body, world) for one in query[1])
    if query[0] == "or":
        return any(holds(one, body, world) for one in query[1])
    sign, path, asked = query
    found = reached(path, body, world)
    if sign == "exists":
        return bool(found) is asked
    return any(fits(sign, target, asked) for target in found)


def reached(path: str, body: dict[str, Any], world: list[dict[str, Any]]) -> list[Any]:
    """What a path leads to: lists of plain values, each with a mark for the targets of relationships."""
    if path == "createdAt":
        return [("value", ["now"])]
    if "{" in path:
        name, inner = path[:-1].split("{")
        hint, _, inner = inner.rpartition(":")
        kinds = set(hint.split(",")) - {""}
        linked = [one for mark, ids in reached(name, body, world) if mark == "link" for one in ids]
        others = [other for uri in linked for other in world if other["id"] == uri]
        fitting = [other for other in others if not kinds or kinds & set(as_list(other["type"]))]
        return [one for other in fitting for one in reached(inner, other, world)]
    head, _, inside = path.rstrip("]").partition("[")
    found = [body]
    for name in head.split("."):
        found = [one for thing in found for one in as_list(thing.get(name, []))]
    return [one for instance in found for one in value_of(instance, inside)]


def value_of(instance: Any, inside: str) -> list[Any]:
    if isinstance(instance, str):  # a time or a dataset
        return [("value", [instance])]
    if "object" in instance or "objectList" in instance:
        return [] if inside else [("link", as_list(instance.get("object", instance.get("objectList"))))]
    if "languageMap" in instance:
        wanted = {"", "*"}  # without a language, the texts of all
        texts = [
            one
            for key, text in instance["languageMap"].items()
            if inside in wanted or inside.lower() == key.lower()
            for one in as_list(text)
        ]
        return [("value", texts)] if texts else []
    if "vocab" in instance:
        iri = instance["vocab"]
        iri = iri if ":" in iri else f"https://uri.etsi.org/ngsi-ld/default-context/{iri}"
        return [] if inside else [("value", [iri])]
    value = next(instance[key] for key in ("value", "json", "valueList") if key in instance)
    for step in inside.split(".") if inside else []:
        if not isinstance(value, dict) or step not in value:
            return []
        value = value[step]
    return [("value", [one["@value"] if isinstance(one, dict) and "@value" in one else one for one in as_list(value)])]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def fits(sign: str, target: tuple[str, list[Any]], asked: Any) -> bool:
    mark, kept = target
    if kept == ["now"]:  # all moments of the tests lie before it
        moment = isinstance(asked, str) and when(asked) is not None and "T" in asked
        older = moment if isinstance(asked, str) else None
        if sign in {">", ">="} and older:
            return True
        if sign in {"<", "<="} and older:
            return False
        kept = [datetime.now().astimezone().isoformat()]
    if sign == "==":
        return any(same(one, other) for one in kept for other in asked)
    if sign == "!=":
        return not any(same(one, other) for one in kept for other in asked)
    if mark == "link":
        return False
    if sign in {"~=", "!~="}:
        texts = [one for one in kept if isinstance(one, str)]
        return bool(texts) and any(re.search(asked, one) for one in texts) is (sign == "~=")
    return any(sign in compared(one, asked) for one in kept)


def same(kept: Any, asked: Any) -> bool:
    if isinstance(asked, tuple):
        return ">=" in compared(kept, asked[0]) and "<=" in compared(kept, asked[1])
    if isinstance(kept, bool) or isinstance(asked, bool):
        return kept is asked
    return "==" in compared(kept, asked)


def compared(kept: Any, asked: Any) -> set[str]:
    """The signs that stand truly between two values; none if they are of different kinds."""
    if isinstance(kept, bool) or isinstance(asked, bool):
        return set()
    if isinstance(kept, str) and isinstance(asked, str):
        one, other = when(kept), when(asked)
        if one is not None and other is not None and one[0] == other[0]:
            kept, asked = one[1], other[1]
    elif not (isinstance(kept, int | float) and isinstance(asked, int | float)):
        return set()
    return {"<", "<="} if kept < asked else {">", ">="} if kept > asked else {"==", "<=", ">="}


def when(text: str) -> tuple[str, datetime] | None:
    """What kind of time a text is, and which one."""
    for kind, pattern, form in (
        ("moment", r"\d{4}-\d\d-\d\dT.*", "{}"),
        ("day", r"\d{4}-\d\d-\d\d", "{}T00:00:00Z"),
        ("time", r"\d\d:.*", "1970-01-01T{}"),
    ):
        if re.fullmatch(pattern, text):
            return kind, datetime.fromisoformat(form.format(text))
    return None
