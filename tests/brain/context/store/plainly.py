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
with_subs = st.builds(lambda instance, subs: instance | subs, instances, st.dictionaries(st.just("s"), instances))
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
    ["a", "b", "c", "a.s", "b.s", "a[m]", "c[m.n]", "b[en]", "c[*]", "createdAt", "a{b}", "c{a[m]}"]
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


def written(query: Any) -> str:
    if query[0] in {"and", "or"}:
        return (";" if query[0] == "and" else "|").join(f"({written(one)})" for one in query[1])
    sign, path, value = query[0], str(query[1]), query[2]
    if sign == "exists":
        return path if value else f"!{path}"
    if isinstance(value, list):
        return f"{path}{sign}" + ",".join(quoted(one) for one in value)
    return f"{path}{sign}{quoted(value)}"


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
        linked = [one for mark, ids in reached(name, body, world) if mark == "link" for one in ids]
        return [one for uri in linked for other in world if other["id"] == uri for one in reached(inner, other, world)]
    head, _, inside = path.rstrip("]").partition("[")
    found = [body]
    for name in head.split("."):
        found = [one for thing in found for one in as_list(thing.get(name, []))]
    return [one for instance in found for one in value_of(instance, inside)]


def value_of(instance: dict[str, Any], inside: str) -> list[Any]:
    if "object" in instance or "objectList" in instance:
        return [] if inside else [("link", as_list(instance.get("object", instance.get("objectList"))))]
    if "languageMap" in instance and inside:
        texts = [one for key, text in instance["languageMap"].items() if inside in {"*", key} for one in as_list(text)]
        return [("value", texts)] if texts else []
    if "vocab" in instance:
        iri = instance["vocab"]
        iri = iri if ":" in iri else f"https://uri.etsi.org/ngsi-ld/default-context/{iri}"
        return [] if inside else [("value", [iri])]
    value = next(instance[key] for key in ("value", "json", "valueList", "languageMap") if key in instance)
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
        if one is not None and other is not None and ("T" in kept) == ("T" in asked):
            kept, asked = one, other
    elif not (isinstance(kept, int | float) and isinstance(asked, int | float)):
        return set()
    return {"<", "<="} if kept < asked else {">", ">="} if kept > asked else {"==", "<=", ">="}


def when(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    return datetime.fromisoformat(text) if "T" in text else datetime.fromisoformat(f"{text}T00:00:00Z")
