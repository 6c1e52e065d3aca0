"""What the room offers to the search over everything: open cases, to whoever may see them."""

from collections.abc import Iterable
from time import monotonic

from yuzhang.brain.cases import actions, presentation
from yuzhang.brain.cases.model import Case, Filter
from yuzhang.brain.cases.room import TOLD, Cases
from yuzhang.brain.cases.store import cases as store
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.web.searching import Document, Need, Scope

MOST = 5_000
"""So many open cases are found by words, the newest; the page of cases looks through all."""
PAGE = 200
LOOK_S = 60.0
SEEN = "brain.cases.actions.case"
SIMULATED = Title("（模拟）", " (simulated)")


class OpenCases:
    """The open cases. What people wrote is left out: it may name persons, and a search cannot say to whom it showed it."""

    name = "cases"
    kinds = (("case", Title("办件", "Cases")),)

    def __init__(self, cases: Cases) -> None:
        self._cases = cases
        self._said, self._looked = "", 0.0

    def state(self) -> str:
        """Up to which entry their history was told; another one once a minute at most, as cases change all the time."""
        if not self._said or monotonic() - self._looked > LOOK_S:
            with self._cases.storage.reading() as connection:
                self._said, self._looked = str(store.place(connection, TOLD)), monotonic()
        return self._said

    def documents(self) -> Iterable[Document]:
        """The newest of them."""
        after, many = "", 0
        while many < MOST:
            found = actions.search(self._cases, OPERATOR, Filter(), after, PAGE)
            yield from (self._document(one) for one in found.cases)
            after, many = found.after, many + len(found.cases)
            if not after:
                return

    def _document(self, case: Case) -> Document:
        mark = SIMULATED if case.simulated else Title("", "")
        matter = self._cases.catalogue.matter(case.matter).title
        unit = presentation.unit_name(case.unit, self._cases.registry)
        said = (case.number, matter.zh, matter.en, case.kind, unit.zh, unit.en, case.entity)
        title = case.title if case.source == "event" else matter
        return Document(
            case.number,
            "case",
            Title(f"{case.number} {title.zh}{mark.zh}", f"{case.number} {title.en}{mark.en}"),
            " · ".join(one for one in said if one),
            f"/cases/{case.number}",
            _scope(case),
        )


def _scope(case: Case) -> Scope:
    return ((Need(SEEN, case.matter, case.unit, case.region),),)
