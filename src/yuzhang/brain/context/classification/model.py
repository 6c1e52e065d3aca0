"""The words of classification: levels, personal data, and which attributes tell where an entity belongs."""

import msgspec

OPEN, INTERNAL, SENSITIVE, CONFIDENTIAL = 1, 2, 3, 4


class Class(msgspec.Struct, frozen=True):
    """How an attribute, or a type, is classified. What nobody classified is internal."""

    level: int = INTERNAL
    personal: bool = False


class TypeClass(msgspec.Struct, frozen=True):
    """How the entities of a type are classified.

    `region_by`, `unit_by`: the attributes that tell the region and the responsible unit of an entity, by a text or a relationship's
    target; empty if none does. `attributes`: those that are classified otherwise than the type. All names are those of the store.
    """

    level: int = INTERNAL
    personal: bool = False
    region_by: str = ""
    unit_by: str = ""
    attributes: dict[str, Class] = {}

    @property
    def placed(self) -> bool:
        """Whether it depends on an entity's region or unit who may see it."""
        return bool(self.region_by or self.unit_by)


UNCLASSIFIED = TypeClass()
Classes = dict[str, TypeClass]
"""What a tenant classified, by the names of types."""


def holds_personal(kind: TypeClass) -> bool:
    """Whether something of a type is personal."""
    return kind.personal or any(one.personal for one in kind.attributes.values())


class Row(msgspec.Struct, frozen=True):
    """One line of a classification: of a type, or of one attribute of it."""

    tenant: str
    type: str
    attribute: str = ""
    level: int = INTERNAL
    personal: bool = False
    region_by: str = ""
    unit_by: str = ""
