"""What contexts say of their terms: JSON-LD 1.1's context processing, without scoped contexts, which users may not have (5.5.7)."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.jsonld.core import CORE_IRIS, CORE_PREFIXES
from yuzhang.brain.context.jsonld.terms import Definition
from yuzhang.brain.context.model import DEFAULT_VOCABULARY

Part = dict[str, Any] | None
"""An object of definitions, or null, which takes back all that stood before it."""

KEYWORDS = frozenset(
    {
        "@base",
        "@container",
        "@context",
        "@default",
        "@direction",
        "@embed",
        "@explicit",
        "@graph",
        "@id",
        "@import",
        "@included",
        "@index",
        "@json",
        "@language",
        "@list",
        "@nest",
        "@none",
        "@omitDefault",
        "@prefix",
        "@preserve",
        "@propagate",
        "@protected",
        "@requireAll",
        "@reverse",
        "@set",
        "@type",
        "@value",
        "@version",
        "@vocab",
    }
)
MEMBERS = frozenset(
    [
        "@id",
        "@type",
        "@container",
        "@language",
        "@direction",
        "@index",
        "@nest",
        "@prefix",
        "@protected",
        "@reverse",
    ]  # no @context: clause 5.5.7
)
CONTAINERS = frozenset(["@list", "@set", "@language", "@index", "@id", "@type", "@graph"])
KEYWORD_FORM = re.compile(r"@[A-Za-z]+$")
GENERAL_DELIMITERS = tuple(":/?#[]@")
MAX_TERMS = 50_000
MAX_CHAIN = 100
"""So many terms may stand one on the other."""
LONGEST_IRI = 4096
"""Characters. One prefix of a megabyte, used by ten thousand terms, would take ten gigabytes."""

BASE: dict[str, Definition] = {
    **{term: Definition(iri, term in CORE_PREFIXES) for term, iri in CORE_IRIS.items()},
    "id": Definition("@id"),
    "type": Definition("@type"),
}
"""A user's context is read as if the core stood before it too, so that it may use the core's prefixes."""


def compiled(parts: Iterable[Part]) -> dict[str, Definition]:
    """The definitions of `parts`, of which the later count more. Those of the core are not among them.

    Raises: BadRequestData if a part is no valid context, or holds a scoped context.
    Source: JSON-LD 1.1 API, sections 4.1.2 and 4.2.2.
    >>> compiled([{"ex": "https://example.org/", "speed": "ex:v", "Car": {"@id": "ex:Car"}}])["speed"]
    Definition(iri='https://example.org/v', prefix=False, protected=False)
    """
    active = _Active()
    for part in parts:
        if part is None:
            active = _Active()
            continue
        if len(part) <= MAX_TERMS:  # to read more would take the time that the limit saves
            active.take(part)
        if max(len(part), len(active.definitions)) > MAX_TERMS:
            raise BadRequestData(said(f"The @context has more than {MAX_TERMS} terms."), where="/@context")
    return {term: one for term, one in active.definitions.items() if one is not BASE.get(term)}


class _Active:
    """The active context: definitions so far, and the vocabulary for terms without an IRI of their own."""

    def __init__(self) -> None:
        self.definitions = dict(BASE)
        self.vocabulary: str | None = DEFAULT_VOCABULARY

    def take(self, part: Mapping[str, Any]) -> None:
        """Read one context on top of what stood before it."""
        _Reading(self, part).all()


class _Reading:
    """One context while it is read: `done` tells which terms are defined (True) or being defined (False: `open` of them)."""

    def __init__(self, active: _Active, part: Mapping[str, Any]) -> None:
        self.active = active
        self.part = part
        self.done: dict[str, bool] = {}
        self.open = 0
        self.protecting = _flag(part, "@protected")

    def all(self) -> None:
        """The context's own settings first, then each term."""
        part = self.part
        if part.get("@version", 1.1) != 1.1:
            raise _wrong("@version", "the only @version is 1.1")
        _flag(part, "@propagate")
        for key in ("@base", "@language", "@direction"):
            if not isinstance(part.get(key), str | None):
                raise _wrong(key, "it is a string or null")
        if "@vocab" in part:
            self.active.vocabulary = self.vocabulary(part["@vocab"])
        for term in part:
            if term not in {"@version", "@propagate", "@base", "@language", "@direction", "@vocab", "@protected"}:
                self.define(term)

    def vocabulary(self, value: Any) -> str | None:
        """The vocabulary that the context sets for its own terms. That of the core still is the one for all others (4.4)."""
        if value is None:
            return None
        if not isinstance(value, str) or not value:
            raise _wrong("@vocab", "it is an IRI or null")
        found = self.expanded(value)
        if ":" not in found:
            raise _wrong("@vocab", "it is no absolute IRI")
        return found

    def define(self, term: str) -> None:
        """Read the definition of `term`, and of those it stands on. Source: JSON-LD 1.1 API, section 4.2.2."""
        if term in self.done:
            if self.done[term]:
                return
            raise _wrong(term, "its definition goes round in a circle")
        if self.open > MAX_CHAIN:
            raise _wrong(term, "its definition is nested too deeply")
        value = self.part[term]
        if term in KEYWORDS and not (term == "@type" and isinstance(value, dict)):
            raise _wrong(term, "a keyword cannot be redefined")
        if not term:
            raise _wrong(term, "a term is not empty")
        if KEYWORD_FORM.match(term):  # reserved for later versions of JSON-LD, and ignored
            return
        self.done[term] = False
        self.open += 1
        before = self.active.definitions.pop(term, None)
        after = self.definition(term, value, before)
        if before is not None and before.protected and (after is None or after.iri != before.iri):
            raise _wrong(term, "an earlier context protects it")
        if after is not None:
            if len(after.iri) > LONGEST_IRI:
                raise _wrong(term, f"its IRI is longer than {LONGEST_IRI} characters")
            self.active.definitions[term] = after
        self.done[term] = True
        self.open -= 1

    def definition(self, term: str, value: Any, before: Definition | None) -> Definition | None:
        """What the context says of `term`; None if it takes it back."""
        simple = isinstance(value, str | None)
        members = {"@id": value} if simple else value
        if not isinstance(members, dict):
            raise _wrong(term, "it is defined by a string, an object or null")
        self.check(term, members)
        given = members.get("@reverse", members.get("@id", term))
        protected = bool(members.get("@protected", self.protecting))
        if given is None:
            return None
        if not isinstance(given, str):
            raise _wrong(term, "@id is a string")
        if given not in KEYWORDS and KEYWORD_FORM.match(given):  # reserved likewise
            return before
        if given == term:
            return Definition(self.itself(term), members.get("@prefix") is True, protected)
        iri = self.expanded(given)
        if ":" not in iri and iri not in KEYWORDS:
            raise _wrong(term, f"{given[:100]} is neither an IRI nor a term")
        if (":" in term[1:-1] or "/" in term) and self.expanded(term, without=term) != iri:
            raise _wrong(term, "a term in the form of an IRI must mean that IRI")
        ends_well = iri.endswith(GENERAL_DELIMITERS) or iri.startswith("_:")
        prefix = members.get("@prefix", simple and ":" not in term[1:] and ends_well)
        return Definition(iri, bool(prefix), protected)

    def itself(self, term: str) -> str:
        """The IRI of a term that has none of its own: by its prefix, or in the vocabulary."""
        prefix, colon, suffix = term.partition(":")
        if colon and prefix:
            if prefix in self.part:
                self.define(prefix)
            found = self.active.definitions.get(prefix)
            return term if found is None else found.iri + suffix
        if self.active.vocabulary is None:
            raise _wrong(term, "it has no IRI, and there is no @vocab")
        return self.active.vocabulary + term

    def check(self, term: str, members: Mapping[str, Any]) -> None:
        """What is wrong with an expanded term definition. Coercions do not matter to names, but must be right."""
        if "@context" in members:
            raise _wrong(term, "a user's @context has no scoped contexts (clause 5.5.7)")
        if unknown := members.keys() - MEMBERS:
            raise _wrong(term, f"a definition has no member {min(unknown)[:100]}")
        if "@reverse" in members and members.keys() & {"@id", "@nest"}:
            raise _wrong(term, "@reverse stands alone")
        coercion = members.get("@type", "@id")
        if not isinstance(coercion, str):
            raise _wrong(term, "@type is a string")
        if coercion not in {"@id", "@vocab", "@json", "@none"}:
            kind = self.expanded(coercion)
            if ":" not in kind or kind.startswith("_:"):
                raise _wrong(term, "@type is an IRI, @id, @vocab, @json or @none")
        containers = members.get("@container", [])
        for one in (
            [containers] if isinstance(containers, str) else containers if isinstance(containers, list) else [None]
        ):
            if one not in CONTAINERS:
                raise _wrong(term, "@container is one of " + ", ".join(sorted(CONTAINERS)))
        _flag(members, "@protected", term)
        if _flag(members, "@prefix", term) and (":" in term or "/" in term):
            raise _wrong(term, "such a term can be no prefix")

    def expanded(self, value: str, without: str = "") -> str:
        """`value` as an IRI, by the terms of this context too. Source: JSON-LD 1.1 API, section 5.2.2."""
        if value in KEYWORDS:
            return value
        if value in self.part and value != without and value not in KEYWORDS:
            self.define(value)
        definitions = self.active.definitions
        if value in definitions and value != without:
            return definitions[value].iri
        prefix, colon, suffix = value.partition(":")
        if colon and prefix:
            if prefix == "_" or suffix.startswith("//"):
                return value
            if prefix in self.part and prefix != without:
                self.define(prefix)
            found = definitions.get(prefix)
            return found.iri + suffix if found is not None and found.prefix else value
        return value if self.active.vocabulary is None else self.active.vocabulary + value


def _flag(members: Mapping[str, Any], key: str, term: str = "") -> bool:
    value = members.get(key, False)
    if not isinstance(value, bool):
        raise _wrong(term or key, f"{key} is true or false")
    return value


def _wrong(term: str, why: str) -> BadRequestData:
    pointer = term[:100].replace("~", "~0").replace("/", "~1")
    return BadRequestData(
        said(f"The @context does not define “{term[:100]}” rightly: {why}."), where=f"/@context/{pointer}"
    )
