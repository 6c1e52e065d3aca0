"""What the rooms of the plan offer to the search: indicators, commitments, projects, published figures.

They read in the name of the system; who may find a document is said by its scope.
"""

from collections.abc import Iterator
from urllib.parse import quote

from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.plan.figures.actions import imports, series_defined
from yuzhang.plan.registry.actions import plans, registered
from yuzhang.plan.registry.model import RegisteredPlan, Review
from yuzhang.web.searching import Document, having

LONGEST_TEXT = 2_000
PLAN = having("plan.registry.actions.registered")
CANDIDATES = having("plan.registry.actions.plan_text")
"""What waits for its review is for whoever may read the text that it was found in."""
FIGURES = having("plan.figures.actions.series_defined")


class Plans:
    """Indicators, commitments and projects of all plans."""

    name = "plans"
    kinds = (
        ("plan", Title("规划", "Plans")),
        ("indicator", Title("指标", "Indicators")),
        ("commitment", Title("承诺", "Commitments")),
        ("project", Title("项目", "Projects")),
    )

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def state(self) -> str:
        """The revisions of the registry."""
        known = plans(self._storage, OPERATOR)
        return ",".join(f"{one.id}:{registered(self._storage, OPERATOR, one.id).revision}" for one in known)

    def documents(self) -> Iterator[Document]:
        """All of them."""
        for one in plans(self._storage, OPERATOR):
            found = registered(self._storage, OPERATOR, one.id)
            chapters = " ".join(f"{chapter.title.zh} {chapter.title.en}" for chapter in one.chapters)
            yield Document(
                one.id, "plan", one.title, f"{one.region} {chapters}"[:LONGEST_TEXT], f"/plan/{one.id}", PLAN
            )
            yield from _indicators(found)
            yield from _commitments(found)
            yield from _projects(found)


def _indicators(found: RegisteredPlan) -> Iterator[Document]:
    for one in found.indicators:
        said = [one.category.zh, one.category.en, *(target.title.zh for target in one.targets)]
        said += [target.written for target in one.targets] + ([one.note.zh, one.note.en] if one.note else [])
        yield Document(
            f"{found.plan.id}/indicator/{one.id}",
            "indicator",
            one.title,
            " · ".join(each for each in said if each),
            f"/plan/{found.plan.id}/indicators/{one.id}",
            PLAN,
        )


def _commitments(found: RegisteredPlan) -> Iterator[Document]:
    for one in found.commitments:
        if one.review is Review.REJECTED:
            continue
        subject = one.commitment.subject
        pending = one.review is Review.PENDING
        page = "review?review=pending&" if pending else "commitments?"
        yield Document(
            f"{found.plan.id}/commitment/{one.id}",
            "commitment",
            Title(subject, one.title_en or subject),
            " · ".join(each for each in (one.commitment.quote, one.commitment.note or "") if each),
            f"/plan/{found.plan.id}/{page}q={quote(subject)}#{one.id}",
            CANDIDATES if pending else PLAN,
        )


def _projects(found: RegisteredPlan) -> Iterator[Document]:
    for at, one in enumerate(found.projects):
        yield Document(
            f"{found.plan.id}/project/{at}",
            "project",
            Title(one.title.zh, one.title.en or one.title.zh),
            "",
            f"/plan/{found.plan.id}/commitments",
            PLAN,
        )


class Figures:
    """The series that figures are published of."""

    name = "figures"
    kinds = (("series", Title("数据系列", "Series")),)

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def state(self) -> str:
        """The newest import, and how many series there are."""
        newest = next(iter(imports(self._storage, OPERATOR)), None)
        listed = plans(self._storage, OPERATOR)
        return f"{newest.id if newest else 0}:{len(series_defined(self._storage, OPERATOR))}:{len(listed)}"

    def documents(self) -> Iterator[Document]:
        """All of them, on the page of the first plan: there figures are shown."""
        plan = next(iter(plans(self._storage, OPERATOR)), None)
        if plan is None:
            return
        for one in series_defined(self._storage, OPERATOR):
            text = " · ".join([one.name, *one.aliases, one.unit])
            address = f"/plan/{plan.id}/figures?series={quote(one.name)}"
            yield Document(one.name, "series", one.title, text, address, FIGURES)
