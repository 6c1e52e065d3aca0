"""What the value of an attribute of each kind may be. Clauses 4.5.2 to 4.5.24, 4.6.3 to 4.7."""

import re
from collections.abc import Callable
from typing import Any, NoReturn

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.geojson import checked_geometry
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import NULL
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.spelling import is_uri

LANGUAGE_TAG = re.compile(r"@none|[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
PLAIN = frozenset({str, int, float, bool})


def wrong(what: str, where: str) -> NoReturn:
    """Raise BadRequestData."""
    raise BadRequestData(said(what), where=where)


class ValueReader:
    """Reads values. `nulls`: an NGSI-LD Null may stand for what is to be deleted (clause 4.5.0).

    `nested`: also inside a value, as in a fragment that is merged (clause 5.5.4).
    """

    __slots__ = ("nested", "nulls", "terms")

    def __init__(self, terms: Terms, *, nulls: bool = False, nested: bool = False) -> None:
        self.terms = terms
        self.nulls = nulls
        self.nested = nested

    def moment(self, value: Any, where: str) -> Any:
        """A DateTime as it came. Source: clause 4.6.3."""
        if value == NULL and self.nulls:
            return value
        if not isinstance(value, str):
            wrong("A time is a text like 2026-11-25T04:00:00Z.", where)
        try:
            microseconds(value)
        except BadRequestData as err:
            raise BadRequestData(err.detail, where=where) from err
        return value

    def text(self, value: Any, where: str) -> str:
        """A text."""
        if not isinstance(value, str) or (value == NULL and not self.nulls):
            wrong("A text is expected here.", where)
        return value

    def uri(self, value: Any, where: str) -> str:
        """A URI, its prefix written out."""
        if isinstance(value, str):
            value = self.terms.expand_id(value)
        if not is_uri(value) or (value == NULL and not self.nulls):
            wrong("A URI is expected here.", where)
        return str(value)

    def dataset(self, value: Any, where: str) -> str:
        """A datasetId; it cannot be deleted. Source: clause 5.5.8."""
        if value == NULL:
            wrong("A datasetId cannot be deleted (clause 5.5.8).", where)
        return self.uri(value, where)

    def no_null(self, value: Any, where: str, *, inside: bool = False) -> None:
        """Nothing inside a value is null, but in a fragment that is merged. Source: clause 5.5.4."""
        if value is None or (value == NULL and not (self.nested if inside else self.nulls)):
            wrong("Null is not allowed here.", where)
        if value.__class__ is dict:
            for key, one in value.items():
                if key == "@context":
                    wrong("An attribute has no @context of its own (clause 5.5.7).", where)
                if one.__class__ not in PLAIN or one == NULL:
                    self.no_null(one, where, inside=True)
        elif value.__class__ is list:
            for one in value:
                if one.__class__ not in PLAIN or one == NULL:
                    self.no_null(one, where, inside=True)

    # What the value of each kind may be.
    def property(self, value: Any, where: str) -> Any:
        """A Property's value: anything but null. Source: clause 4.5.2.2."""
        if value.__class__ not in PLAIN or value == NULL:
            self.no_null(value, where)
        return value

    def geometry(self, value: Any, where: str) -> Any:
        """A GeoProperty's value. Source: clause 4.7."""
        return value if value == NULL and self.nulls else checked_geometry(value, where)

    def relationship(self, value: Any, where: str) -> Any:
        """A Relationship's object: a URI or several. Source: clause 4.5.3.2."""
        if value.__class__ is list:
            if not value:
                wrong("A Relationship points to something.", where)
            return [self.uri(one, where) for one in value]
        return self.uri(value, where)

    def languages(self, value: Any, where: str) -> Any:
        """A LanguageProperty's languageMap. Source: clause 4.6.5."""
        if value == NULL and self.nulls:
            return {"@none": NULL}
        if not isinstance(value, dict) or not value:
            wrong("A languageMap is an object: a language, and the text or texts in it.", where)
        for tag, texts in value.items():
            if not LANGUAGE_TAG.fullmatch(tag):
                wrong(f"“{tag[:40]}” is no language tag (RFC 5646).", where)
            for text in texts if isinstance(texts, list) else [texts]:
                if not isinstance(text, str) or (
                    text == NULL and not (self.nested or (self.nulls and len(value) == 1))
                ):
                    wrong("A text, or a list of texts, is expected here.", f"{where}/{tag}")
        return value

    def words(self, value: Any, where: str) -> Any:
        """A VocabProperty's vocab: terms, kept as names. Source: clause 4.5.20."""
        if value == NULL and self.nulls:
            return value
        if value.__class__ is list:
            return [self.terms.names[self.text(one, where)] for one in value]
        return self.terms.names[self.text(value, where)]

    def raw(self, value: Any, where: str) -> Any:
        """A JsonProperty's json: an object or a list of objects, never looked into. Source: clause 4.5.24.2."""
        if value == NULL and self.nulls:
            return value
        if not isinstance(value, dict) and not (
            isinstance(value, list) and all(isinstance(one, dict) for one in value)
        ):
            wrong("An object, or a list of objects, is expected here.", where)
        return value

    def ordered(self, value: Any, where: str) -> Any:
        """A ListProperty's valueList. Source: clause 4.5.21.2."""
        if value == NULL and self.nulls:
            return [NULL]
        if not isinstance(value, list):
            wrong("A list is expected here.", where)
        self.no_null(value, where)
        return value

    def objects(self, value: Any, where: str) -> Any:
        """A ListRelationship's objectList, as objects with a member object. Source: clause 4.5.22.2."""
        if value == NULL and self.nulls:
            return [NULL]
        if not isinstance(value, list):
            wrong("A list is expected here.", where)
        if self.nulls and value == [NULL]:
            return value
        found = []
        for one in value:
            target = one.get("object") if isinstance(one, dict) and one.keys() == {"object"} else one
            found.append({"object": self.uri(target, where)})
        return found


CHECKS: dict[str, Callable[[ValueReader, Any, str], Any]] = {
    "Property": ValueReader.property,
    "GeoProperty": ValueReader.geometry,
    "Relationship": ValueReader.relationship,
    "LanguageProperty": ValueReader.languages,
    "VocabProperty": ValueReader.words,
    "JsonProperty": ValueReader.raw,
    "ListProperty": ValueReader.ordered,
    "ListRelationship": ValueReader.objects,
}
