"""A data model as it is kept, and what it says of one attribute."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
"""A JSON document that is an object: a schema, or what schemas refer to."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a schema says of one attribute. `kind` and `text` come from the description, in which the models keep them."""

    term: str
    kind: str
    """Property, GeoProperty, Relationship …; empty if the schema does not say."""
    shape: str
    """The JSON type of its value: string, number, array …; empty if there is a choice of several."""
    text: str
    required: bool


@dataclass(frozen=True, slots=True)
class SmartModel:
    """One data model with everything that checking needs; `parts` are the documents it refers to, by address."""

    type: str
    """The name (see `context.model`) of the type that it describes."""
    title: str
    """The type's short name, e.g. `Streetlight`."""
    subject: str
    """The group it is published in, e.g. `dataModel.Streetlighting`; empty for a model of one's own."""
    version: str
    description: str
    address: str
    source: str
    """The folder, file or URL that it was imported from."""
    schema: Document
    parts: Mapping[str, Document]
    terms: Mapping[str, str]
    """From the terms of the schema to the names under which attributes are kept."""
    context: Any
    """What stood in @context of the subject's file: what a client would write, too."""
    example: Document | None = None

    @property
    def name(self) -> str:
        """The title with its subject.

        >>> SmartModel("t", "Road", "dataModel.Transportation", "", "", "", "", {}, {}, {}, {}).name
        'dataModel.Transportation/Road'
        """
        return f"{self.subject}/{self.title}" if self.subject else self.title


@dataclass(frozen=True, slots=True)
class Listed:
    """A model in a list, with the tenants that have their entities checked against it (the default tenant is the empty text)."""

    type: str
    title: str
    subject: str
    version: str
    description: str
    source: str
    tenants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """A tenant's wish that entities of a type are checked against a model."""

    tenant: str
    type: str
    model: str
