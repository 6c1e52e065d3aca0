"""Terms and names: a @context that was compiled once, then one look-up a term."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from yuzhang.brain.context.jsonld.core import CORE_IRIS, CORE_NAMES, CORE_PREFIXES, CORE_TERMS, full_iri, name_of
from yuzhang.brain.context.model import CORE_CONTEXT, DEFAULT_VOCABULARY

MEMORY = 4096
"""So many terms that are in no context does a context remember, lest a stranger's terms fill the memory."""
LONGEST_REMEMBERED = 256


class Definition(NamedTuple):
    """What a context says of one term. `prefix`: it may stand before a colon. `protected`: a later context may not change it."""

    iri: str
    prefix: bool = False
    protected: bool = False


class Remembered(dict[str, str]):
    """A dictionary that works out what it lacks, and forgets all it worked out when that becomes too much."""

    __slots__ = ("known", "work_out")

    def __init__(self, known: Mapping[str, str], work_out: Callable[[str], str]) -> None:
        super().__init__(known)
        self.known = len(known)
        self.work_out = work_out

    def __missing__(self, key: str) -> str:
        found = self.work_out(key)
        if len(key) <= LONGEST_REMEMBERED:
            if len(self) >= self.known + MEMORY:
                for old in list(self)[self.known :]:
                    self.pop(old, None)
            self[key] = found
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """One compiled @context with the core context last, so that nobody can redefine the core's terms. Source: clause 5.5.7.

    `names[term]` is what `expand` answers, for hot code. `reference` is what an answer in JSON-LD shows as its @context, `link`
    the address for a Link header. `own` is the local identifier under which this broker can serve a context that has no single
    address, else empty. `is_core`: names and terms are the same, so that what is kept can be answered as it is.
    """

    names: dict[str, str]
    reference: str | list[Any] | dict[str, Any]
    link: str
    own: str
    is_core: bool
    _terms: dict[str, str] = field(repr=False)
    _prefixes: dict[str, str] = field(repr=False)

    @classmethod
    def of(
        cls,
        definitions: Mapping[str, Definition],
        reference: str | list[Any] | dict[str, Any] = CORE_CONTEXT,
        link: str = CORE_CONTEXT,
        own: str = "",
    ) -> "Terms":
        """The terms of `definitions` and the core context; what they say of the core's terms does not count."""
        user = {term: one for term, one in definitions.items() if term not in CORE_TERMS}
        names = {term: term for term in CORE_TERMS} | {"@id": "id", "@type": "type"}
        names |= {term: name_of(one.iri) for term, one in user.items()}
        prefixes = CORE_PREFIXES | {term: one.iri for term, one in user.items() if one.prefix}
        expanding = Remembered(names, lambda term: _expanded(term, prefixes))
        terms = _shortest(names, user)
        compacting = Remembered(terms, lambda name: _compacted(name, names, expanding, prefixes))
        return cls(expanding, reference, link, own, not user, compacting, prefixes)

    def expand(self, term: str) -> str:
        """The name of a term, a compact IRI or an IRI.

        >>> CORE.expand("speed"), CORE.expand("ngsi-ld:location"), CORE.expand("https://schema.org/name")
        ('speed', 'location', 'https://schema.org/name')
        """
        return self.names[term]

    def compact(self, name: str) -> str:
        """The shortest term for a name; a compact IRI, or the full IRI, if there is none. Source: clause 5.5.7.

        A name of the default vocabulary whose own word the context uses for something else is written with the core's prefix.
        Without a user's context a name is answered as it is kept.
        >>> Terms.of({"speed": Definition("https://example.org/v")}).compact("speed")
        'ngsi-ld:default-context/speed'
        """
        return name if self.is_core else self._terms[name]

    def expand_id(self, value: str) -> str:
        """An identifier with its prefix written out; terms do not count for identifiers. Source: JSON-LD 1.1, section 5.2."""
        prefix, colon, suffix = value.partition(":")
        if not colon or suffix.startswith("//"):
            return value
        iri = self._prefixes.get(prefix)
        return value if iri is None else iri + suffix

    def compact_id(self, value: str) -> str:
        """An identifier with the prefix of this context that makes it shortest."""
        if self.is_core:
            return value
        best = value
        for prefix, iri in self._prefixes.items():
            if prefix not in CORE_PREFIXES and value.startswith(iri) and len(value) > len(iri):
                candidate = f"{prefix}:{value[len(iri) :]}"
                if (len(candidate), candidate) < (len(best), best) and self.expand_id(candidate) == value:
                    best = candidate
        return best

    def iri(self, name: str) -> str:
        """The full IRI of a name.

        >>> CORE.iri("speed")
        'https://uri.etsi.org/ngsi-ld/default-context/speed'
        """
        return full_iri(name)


def _shortest(names: dict[str, str], user: Mapping[str, Definition]) -> dict[str, str]:
    """For each name the shortest of the user's terms, of equals the first by alphabet; the core's names keep the core's terms."""
    found: dict[str, str] = {term: term for term in CORE_TERMS}
    for term in sorted(user, key=lambda one: (len(one), one)):
        name = names[term]
        if name[:1] != "@":
            found.setdefault(name, term)
    return found


def _expanded(term: str, prefixes: Mapping[str, str]) -> str:
    """The name of what is no term of the context. Source: JSON-LD 1.1 API, section 5.2.2."""
    prefix, colon, suffix = term.partition(":")
    if colon and prefix:
        iri = prefixes.get(prefix)
        return name_of(term if iri is None or prefix == "_" or suffix.startswith("//") else iri + suffix)
    return term if term[:1] == "@" else name_of(DEFAULT_VOCABULARY + term)


def _compacted(name: str, defined: Mapping[str, str], names: dict[str, str], prefixes: Mapping[str, str]) -> str:
    """How to write a name for which the context has no term. Source: JSON-LD 1.1 API, section 6.2.2."""
    if ":" not in name and name not in defined:
        return name
    iri = full_iri(name)
    best = ""
    for prefix, start in prefixes.items():
        if iri.startswith(start) and len(iri) > len(start):
            candidate = f"{prefix}:{iri[len(start) :]}"
            if (not best or (len(candidate), candidate) < (len(best), best)) and names[candidate] == name:
                best = candidate
    return best or iri


CORE = Terms.of({})
assert len(CORE_NAMES) == len(CORE_IRIS)  # noqa: S101  # two terms of one IRI could not be told apart
