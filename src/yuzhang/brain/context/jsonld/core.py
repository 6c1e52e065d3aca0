"""The core @context: kept as data in `core_terms.toml`; the JSON-LD document of annex B is made from it."""

import re
import tomllib
from importlib.resources import files
from typing import Any

from yuzhang.brain.context.errors import LdContextNotAvailable, said
from yuzhang.brain.context.model import CORE_CONTEXT, DEFAULT_VOCABULARY

CORE_FOLDER = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context"
CORE_ADDRESSES = frozenset({f"{CORE_FOLDER}.jsonld", *(f"{CORE_FOLDER}-v1.{minor}.jsonld" for minor in range(3, 10))})
"""The addresses that ETSI gave to the versions of the core @context: all of them mean the one built in (clause 4.4)."""

_DATA = tomllib.loads(files(__package__).joinpath("core_terms.toml").read_text("utf-8"))
_SCHEME = re.compile(r"^(https?)://", re.IGNORECASE)


def _definition(term: str, data: dict[str, Any]) -> str | dict[str, Any]:
    suffix = data.get("iri", term)
    iri = term if suffix == "@vocab" else suffix if ":" in suffix else f"ngsi-ld:{suffix}"
    definition: dict[str, Any] = {"@id": iri}
    for key in ("type", "container"):
        if key in data:
            definition[f"@{key}"] = data[key]
    if "within" in data:
        scoped: list[Any] = [{name: _definition(name, inner) for name, inner in data["within"].items()}, data["also"]]
        definition["@context"] = scoped
    return definition if len(definition) > 1 else iri


def _document() -> dict[str, Any]:
    terms = {term: _definition(term, data) for term, data in _DATA["terms"].items()}
    head = {"@version": 1.1, "@protected": True}
    return {"@context": head | _DATA["prefixes"] | _DATA["keywords"] | terms | {"@vocab": _DATA["vocabulary"]}}


def _iris() -> dict[str, str]:
    iris = dict(_DATA["prefixes"])
    for term, data in _DATA["terms"].items():
        definition = _definition(term, data)
        iri = definition if isinstance(definition, str) else definition["@id"]
        prefix, colon, suffix = iri.partition(":")
        iris[term] = _DATA["prefixes"].get(prefix, f"{prefix}:") + suffix if colon else DEFAULT_VOCABULARY + iri
    return iris


CORE_DOCUMENT: dict[str, Any] = _document()
"""The core @context as a JSON-LD document. Source: annex B."""

CORE_IRIS: dict[str, str] = _iris()
"""What each term of the core @context stands for; `id` and `type`, which are keywords, are not among them."""

CORE_PREFIXES: dict[str, str] = _DATA["prefixes"]

CORE_NAMES: dict[str, str] = {iri: term for term, iri in CORE_IRIS.items()}
"""The term of each IRI of the core @context."""

CORE_TERMS: frozenset[str] = frozenset(CORE_IRIS) | frozenset(_DATA["keywords"])
"""All terms that no other context can define (clause 5.5.7)."""


def is_core_address(address: str) -> bool:
    """Whether `address` means the core @context.

    Raises: LdContextNotAvailable if it names a version that does not exist.
    >>> is_core_address("https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.6.jsonld"), is_core_address("https://a/b")
    (True, False)
    """
    if address in CORE_ADDRESSES:
        return True
    if not address.lower().startswith(("http://uri.etsi.org/", "https://uri.etsi.org/")):
        return False
    secure = _SCHEME.sub("https://", address.lower())
    if secure in CORE_ADDRESSES:
        return True
    if secure.startswith(CORE_FOLDER):
        raise LdContextNotAvailable(
            said(f"There is no core @context at {address[:200]}; the current one is {CORE_CONTEXT}.")
        )
    return False


def full_iri(name: str) -> str:
    """The IRI that a name stands for (see the model).

    >>> full_iri("speed"), full_iri("location"), full_iri("https://schema.org/name")
    ('https://uri.etsi.org/ngsi-ld/default-context/speed', 'https://uri.etsi.org/ngsi-ld/location', 'https://schema.org/name')
    """
    if ":" in name:
        return name
    found = CORE_IRIS.get(name)
    if found is not None:
        return found
    if name in _DATA["keywords"]:
        return str(_DATA["keywords"][name])
    return name if name.startswith("@") else DEFAULT_VOCABULARY + name


def name_of(iri: str) -> str:
    """The name under which an IRI is kept: shorter for the core's terms and the default vocabulary.

    >>> name_of("https://uri.etsi.org/ngsi-ld/location"), name_of("https://uri.etsi.org/ngsi-ld/default-context/speed")
    ('location', 'speed')
    >>> name_of("https://uri.etsi.org/ngsi-ld/default-context/location")  # not the core's location
    'https://uri.etsi.org/ngsi-ld/default-context/location'
    """
    found = CORE_NAMES.get(iri)
    if found is not None:
        return found
    if iri.startswith(DEFAULT_VOCABULARY):
        rest = iri[len(DEFAULT_VOCABULARY) :]
        if rest and ":" not in rest and rest[0] != "@" and rest not in CORE_TERMS:
            return rest
        return iri
    return "id" if iri == "@id" else "type" if iri == "@type" else iri
