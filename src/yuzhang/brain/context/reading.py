"""A payload becomes a body: checked against clause 4.5, its terms made names, all in the normalized form.

What a payload says of an attribute is read by `instances`.
"""

import re
from functools import lru_cache
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, InvalidRequest, said
from yuzhang.brain.context.geojson import is_plain_point
from yuzhang.brain.context.instances import NO_ATTRIBUTE, Reader
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import NULL, Body, Instance
from yuzhang.brain.context.moments import is_moment
from yuzhang.brain.context.spelling import is_name, is_uri
from yuzhang.brain.context.values import PLAIN, wrong

SCOPE = re.compile(r"/?[^\W\d_]\w*(?:/[^\W\d_]\w*)*")
MAX_ATTRIBUTES = 2_000
MAX_TYPES = 100
MAX_SCOPES = 100
UNUSUAL = NO_ATTRIBUTE | {"ngsildproof"}
TIMES = frozenset({"createdAt", "modifiedAt", "deletedAt"})
IDENTIFYING = frozenset({"id", "type", "@id", "@type"})


def checked_uri(text: Any, where: str = "/id") -> str:
    """`text`, if it is an absolute URI. Raises BadRequestData."""
    if not is_uri(text) or text == NULL:
        wrong(f"“{str(text)[:100]}” is no URI.", where)
    return str(text)


def read_entity(data: Any, terms: Terms, *, need_type: bool = True, simple: bool = False) -> Body:
    """A whole entity. `simple`: attributes come in the simplified representation (clause 4.5.4).

    Raises: InvalidRequest if it is no object; BadRequestData with the place of what is wrong. Source: clauses 4.5.1, 5.5.4.
    """
    if data.__class__ is not dict:
        raise InvalidRequest(said("An entity is a JSON object."), where="/")
    if not data:
        raise InvalidRequest(said("The payload is empty."), where="/")
    found: Body = {"id": _entity_id(data, terms)}
    given = data.get("type", data.get("@type"))
    if given is not None:
        found["type"] = read_types(given, terms)
    elif need_type:
        wrong("An entity has a type.", "/type")
    _attributes(found, data, Reader(terms, simple=simple))
    return found


def read_fragment(data: Any, terms: Terms, *, nulls: bool = False, simple: bool = False, partial: bool = False) -> Body:
    """A part of an entity: attributes, and type, scope or expiresAt if they are given; an id is passed over.

    `nulls`: an NGSI-LD Null may stand for what is to be deleted. `partial`: attributes need not be whole.
    Raises: InvalidRequest, BadRequestData. Source: clause 5.4.
    """
    if data.__class__ is not dict:
        raise InvalidRequest(said("A fragment of an entity is a JSON object."), where="/")
    found: Body = {}
    given = data.get("type", data.get("@type"))
    if given is not None:
        found["type"] = read_types(given, terms)
    _attributes(found, data, Reader(terms, nulls=nulls, nested=partial, simple=simple, partial=partial))
    return found


def read_attribute(
    data: Any, terms: Terms, *, name: str = "", nulls: bool = False, partial: bool = False
) -> Instance | list[Instance]:
    """The payload of an operation on the attribute `name`. Raises InvalidRequest, BadRequestData. Source: clauses 5.6.4, 5.6.19."""
    if data.__class__ is not dict and data.__class__ is not list:
        raise InvalidRequest(said("An attribute is a JSON object."), where="/")
    if not data:
        raise BadRequestData(said("The payload says nothing."), where="/")
    found = Reader(terms, nulls=nulls, partial=partial).attribute(data, "")
    if name == "location" and not partial:
        _location(found)
    return found


def attribute_name(term: str, terms: Terms) -> str:
    """The name of an attribute that an address names, `scope` among them. Raises BadRequestData. Source: clause 4.6.2."""
    if not is_name(term) or (term in NO_ATTRIBUTE and term != "scope"):
        wrong(f"“{term[:100]}” is no name of an attribute.", f"/attrs/{term[:100]}")
    name: str = terms.names[term]
    if name in NO_ATTRIBUTE and name != "scope":
        wrong(f"“{term[:100]}” means {name} here, which is no attribute (clause 4.5.1).", f"/attrs/{term[:100]}")
    return name


def read_types(given: Any, terms: Terms) -> str | list[str]:
    """The type or types of an entity, as names. Raises BadRequestData. Source: clause 4.16."""
    if given.__class__ is str:
        if not is_name(given) or given == NULL:
            wrong(f"“{given[:100]}” is no name of a type (clause 4.6.2).", "/type")
        name: str = terms.names[given]
        if name[:1] == "@" or name == "type" or name == "id":
            wrong(f"The @context gives “{given[:100]}” no IRI.", "/type")
        return name
    if not isinstance(given, list) or not given or len(given) > MAX_TYPES:
        wrong(f"A type is a name, or a list of one to {MAX_TYPES} names.", "/type")
    found = []
    for one in given:
        if not isinstance(one, str):
            wrong("A type is a name.", "/type")
        found.append(str(read_types(one, terms)))
    found = list(dict.fromkeys(found))
    return found if len(found) > 1 else found[0]


def read_scopes(given: Any, *, nulls: bool = False) -> str | list[str]:
    """The scope or scopes, without a slash at the end. Raises BadRequestData. Source: clause 4.18."""
    if nulls and given == NULL:
        return NULL
    scopes = given if isinstance(given, list) else [given]
    if not scopes or len(scopes) > MAX_SCOPES:
        wrong(f"A scope is a text, or a list of one to {MAX_SCOPES} texts.", "/scope")
    for one in scopes:
        if not isinstance(one, str) or len(one) > 1000 or not SCOPE.fullmatch(one):
            wrong(f"“{str(one)[:100]}” is no scope: levels of letters, digits and _, set apart by /.", "/scope")
    found = list(dict.fromkeys(scopes))
    return found if len(found) > 1 else found[0]


def _entity_id(data: dict[str, Any], terms: Terms) -> str:
    given = data.get("id", data.get("@id"))
    if given is None:
        wrong("An entity has an id.", "/id")
    if given.__class__ is str and given[:4] != "urn:":
        given = terms.expand_id(given)
    return checked_uri(given)


def _attributes(found: Body, data: dict[str, Any], reader: Reader) -> None:
    """All members of an entity but its id and type. The most usual form of an attribute is taken as it is."""
    names, simple = reader.terms.names, reader.simple
    if len(data) > MAX_ATTRIBUTES:
        wrong(f"An entity has at most {MAX_ATTRIBUTES} attributes.", "/")
    for term, given in data.items():
        if given.__class__ is dict and not simple and _is_free(term):
            name = names[term]
            if _is_usual(given, name) and name not in UNUSUAL:
                if name in found:
                    wrong("Two terms of the payload mean the same attribute.", f"/{term[:100]}")
                found[name] = given
                continue
        if term not in IDENTIFYING:
            _member(found, term, given, reader)


@lru_cache(maxsize=8192)
def _is_free(term: str) -> bool:
    """Whether a term names an attribute and nothing else."""
    return term not in UNUSUAL and is_name(term)


def _is_usual(given: dict[str, Any], name: str) -> bool:
    """Whether an attribute is a plain property or a relationship, right, and in normalized form already."""
    kind = given.get("type")
    if kind == "Property":
        value = given.get("value")
        if value.__class__ is str:
            if value == NULL:
                return False
        elif value.__class__ not in PLAIN:
            return False
        return name != "location" and (len(given) == 2 or _is_measured(given))
    if len(given) != 2:
        return False
    if kind == "Relationship":
        value = given.get("object")
        return value.__class__ is str and value[:4] == "urn:" and value != NULL and name != "location" and is_uri(value)
    return kind == "GeoProperty" and is_plain_point(given.get("value"))


def _is_measured(given: dict[str, Any]) -> bool:
    """Whether a property has nothing but a unit and a time beside its type and value, and they are right."""
    rest = len(given) - 2
    if "unitCode" in given:
        unit = given["unitCode"]
        if unit.__class__ is not str or unit == NULL:
            return False
        rest -= 1
    if "observedAt" in given:
        if not is_moment(given["observedAt"]):
            return False
        rest -= 1
    return not rest


def _member(found: Body, term: str, given: Any, reader: Reader) -> None:
    where = f"/{term[:100]}"
    if term == "scope":
        found["scope"] = read_scopes(given, nulls=reader.nulls)
    elif term == "expiresAt":
        found["expiresAt"] = reader.moment(given, where)
    elif term in TIMES or term == "@context":
        return
    elif term == "ngsildproof":
        found[term] = reader.proof(given, where)
    elif term in NO_ATTRIBUTE:
        wrong(f"{term} cannot be the name of an attribute (clause 4.5.1).", where)
    else:
        name = reader.name(term, "", UNUSUAL)
        if name in found:
            wrong("Two terms of the payload mean the same attribute.", where)
        found[name] = reader.attribute(given, where)
        if name == "location" and not reader.partial and not reader.simple:
            _location(found[name])


def _location(found: Instance | list[Instance]) -> None:
    """`location` is a GeoProperty, or is to be deleted. Source: clause 4.7."""
    for one in found if isinstance(found, list) else [found]:
        if one["type"] != "GeoProperty" and one.get("value") != NULL:
            wrong("location is a GeoProperty.", "/location/type")
