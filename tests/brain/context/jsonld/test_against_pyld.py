"""Terms mean what a general JSON-LD processor says that they mean: pyld is the oracle, with the core context last."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from yuzhang.brain.context.jsonld.core import CORE_DOCUMENT, CORE_PREFIXES, CORE_TERMS
from yuzhang.brain.context.jsonld.definitions import compiled
from yuzhang.brain.context.jsonld.terms import Terms
from yuzhang.brain.context.model import CORE_CONTEXT, DEFAULT_VOCABULARY

WORDS = ["a", "b", "speed", "Car", "速度", "x1", "long_word"]
PREFIXES = ["ex", "p", "q2"]
FOLDERS = ["https://a.example/", "https://a.example/deep/", "https://a.example/deep#", "urn:b:"]
CORE_WORDS = sorted(CORE_TERMS - {"id", "type"} - CORE_PREFIXES.keys())

iris = st.builds(str.__add__, st.sampled_from(FOLDERS), st.sampled_from(WORDS))
Context = dict[str, Any]


def offline(address: str, _: Any) -> dict[str, Any]:
    """The core context; the one that it names for proofs is empty, since no term outside of a proof depends on it."""
    document = CORE_DOCUMENT if address == CORE_CONTEXT else {"@context": {}}
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": address, "document": document}


OPTIONS = {"documentLoader": offline}


@st.composite
def contexts(draw: st.DrawFn, *, coerced: bool) -> Context:
    """A user's context: prefixes, and terms by IRI, by compact IRI, or in the vocabulary."""
    found: Context = dict(draw(st.dictionaries(st.sampled_from(PREFIXES), st.sampled_from(FOLDERS))))
    names = [f"{prefix}:{word}" for prefix in found for word in WORDS]
    meanings = st.one_of(iris, st.sampled_from(names)) if names else iris
    if draw(st.booleans()):
        found["@vocab"] = draw(st.sampled_from(FOLDERS))
    for word in draw(st.sets(st.sampled_from(WORDS))):
        found[word] = draw(meanings)
        if coerced and draw(st.booleans()):
            found[word] = {"@id": found[word], "@type": draw(st.sampled_from(["@id", "@vocab", "@json"]))}
        elif coerced and "@vocab" in found and draw(st.booleans()):
            found[word] = {"@container": "@set"}
    return found


def oracle_expanded(context: Context, term: str) -> str:
    """The IRI of a term as pyld says it."""
    (found,) = jsonld.expand({"@context": [context, CORE_CONTEXT], term: "urn:x:1"}, OPTIONS)
    (iri,) = found
    return str(iri)


def oracle_compacted(context: Context, iri: str) -> str:
    """The term of an IRI as pyld says it."""
    found = jsonld.compact({iri: [{"@value": "x"}]}, [context, CORE_CONTEXT], OPTIONS)
    (term,) = found.keys() - {"@context"}
    return str(term)


terms = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(CORE_WORDS),
    st.builds("{}:{}".format, st.sampled_from([*PREFIXES, *CORE_PREFIXES, "unknown"]), st.sampled_from(WORDS)),
    iris,
)


@settings(max_examples=150, deadline=None)
@given(contexts(coerced=True), terms)
def test_a_term_is_expanded_as_by_a_general_processor(context: Context, term: str) -> None:
    made = Terms.of(compiled([context]))
    assert made.iri(made.expand(term)) == oracle_expanded(context, term)


@settings(max_examples=150, deadline=None)
@given(contexts(coerced=False), st.one_of(iris, st.builds(DEFAULT_VOCABULARY.__add__, st.sampled_from(WORDS))))
def test_a_name_is_compacted_as_by_a_general_processor(context: Context, iri: str) -> None:
    made = Terms.of(compiled([context]))
    assert made.compact(made.expand(iri)) == oracle_compacted(context, iri)


@settings(max_examples=100, deadline=None)
@given(st.lists(contexts(coerced=False), min_size=1, max_size=3), terms)
def test_later_contexts_count_more_and_what_was_shortened_means_the_same(parts: list[Context], term: str) -> None:
    made = Terms.of(compiled(parts))
    name = made.expand(term)
    (found,) = jsonld.expand({"@context": [*parts, CORE_CONTEXT], term: "urn:x:1"}, OPTIONS)
    assert [made.iri(name)] == list(found)
    assert made.expand(made.compact(name)) == name
