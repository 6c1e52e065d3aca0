"""What the present and history offer to the search: entities by their names, and what is observed of which type.

Only what everybody sees who sees the entity at all is looked through: an attribute that is classified for itself is left out, and so
are entities that are personal: who looks at these is remembered, one by one, and a search could not say whom it showed.
"""

from collections.abc import Iterator
from hashlib import sha256
from itertools import product
from urllib.parse import urlencode

from yuzhang.brain.context import actions as present
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.classification.actions import classified
from yuzhang.brain.context.classification.model import UNCLASSIFIED, Classes
from yuzhang.brain.context.classification.sight import texts, without
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.presentation import label_of, short, values
from yuzhang.brain.context.query import Selection
from yuzhang.brain.history import browsing
from yuzhang.brain.history.room import History
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.web.searching import Document, Need, Scope, having

LONGEST_TEXT = 2_000
SEEN = "brain.context.actions.retrieve"
"""What data is asked with, whichever room shows it: see `brain.context.classification.sight`."""
HISTORY = having("brain.history.browsing.search")


class Entities:
    """The entities of all tenants."""

    name = "entities"
    kinds = (("entity", Title("实体", "Entities")),)

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def state(self) -> str:
        """How far the log has come, and how things are classified."""
        tenants = present.tenants(self._broker, OPERATOR)
        classes = repr([classified(self._broker, OPERATOR, tenant) for tenant in tenants])
        return f"{self._broker.log.head()}:{sha256(classes.encode()).hexdigest()[:16]}"

    def documents(self) -> Iterator[Document]:
        """All of them that are not personal."""
        for tenant in present.tenants(self._broker, OPERATOR):
            classes = classified(self._broker, OPERATOR, tenant)
            how = present.planned(self._broker, OPERATOR, tenant, Selection())
            for stored in present.every(self._broker, OPERATOR, how, whole=True):
                one = stored.open()
                if not any(classes.get(kind, UNCLASSIFIED).personal for kind in one.types):
                    yield _document(tenant, one, classes)


def _document(tenant: str, entity: Entity, classes: Classes) -> Document:
    apart = frozenset(name for kind in entity.types for name in classes.get(kind, UNCLASSIFIED).attributes)
    one = without(entity, apart)
    said = [one.id, *map(short, one.types)]
    said += [
        found.text for found in values(one) if found.kind in ("Property", "LanguageProperty") and not found.unit_code
    ]
    query = urlencode({"id": one.id} | ({"tenant": tenant} if tenant else {}))
    return Document(
        f"{tenant} {one.id}",
        "entity",
        Title(label_of(one, "zh"), label_of(one, "en")),
        " · ".join(said)[:LONGEST_TEXT],
        f"/entity?{query}",
        _scope(entity, classes),
    )


def _scope(entity: Entity, classes: Classes) -> Scope:
    """An entity of several types is seen by who may see all of them, one of several places by who may see one of these."""
    found = []
    for kind in entity.types:
        classed = classes.get(kind, UNCLASSIFIED)
        places = product(texts(entity.body, classed.region_by) or ("",), texts(entity.body, classed.unit_by) or ("",))
        found.append(
            tuple(Need(SEEN, kind=kind, region=region, unit=unit, level=classed.level) for region, unit in places)
        )
    return tuple(found)


class Observed:
    """What is observed of which type of entity: where the page of history begins."""

    name = "observed"
    kinds = (("history", Title("历史数据", "History")),)

    def __init__(self, history: History) -> None:
        self._history = history

    def state(self) -> str:
        """The types and attributes that there are."""
        tenants = present.tenants(self._history.broker, OPERATOR)
        said = repr([(self._pairs(one), classified(self._history.broker, OPERATOR, one)) for one in tenants])
        return sha256(said.encode()).hexdigest()[:16]

    def _pairs(self, tenant: str) -> list[tuple[str, str]]:
        """Types with those of their attributes that have a history."""
        kept = set(browsing.choices(self._history, OPERATOR, tenant)[1])
        uses = present.uses(self._history.broker, OPERATOR, tenant)
        return sorted({(one.type, one.attribute) for one in uses if one.attribute and one.attribute in kept})

    def documents(self) -> Iterator[Document]:
        """All of them."""
        for tenant in present.tenants(self._history.broker, OPERATOR):
            classes = classified(self._history.broker, OPERATOR, tenant)
            for kind, attribute in self._pairs(tenant):
                classed = classes.get(kind, UNCLASSIFIED)
                own = classed.attributes.get(attribute)
                level, personal = (own.level, own.personal) if own else (classed.level, classed.personal)
                query = urlencode({"type": kind, "attribute": attribute} | ({"tenant": tenant} if tenant else {}))
                title = f"{short(attribute)} · {short(kind)}"
                needs = (Need(SEEN, kind=kind, level=max(level, classed.level), personal=personal or classed.personal),)
                yield Document(
                    f"{tenant} {kind} {attribute}",
                    "history",
                    Title(title, title),
                    f"{attribute} {kind}",
                    f"/history?{query}",
                    (*HISTORY, needs),
                )
