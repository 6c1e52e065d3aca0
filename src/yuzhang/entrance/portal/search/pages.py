"""The page of the search over everything, its suggestions, and the same for programs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from yuzhang.core.language import Title
from yuzhang.entrance.portal.asking import Here
from yuzhang.entrance.portal.search import actions
from yuzhang.entrance.portal.search.highlighting import excerpt, marked
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
programs = APIRouter(prefix="/api/search", tags=["search"])
Text = Annotated[str, Query(max_length=200, description="what to look for: Chinese, pinyin or English")]


class Asked:
    """What a reader asks for."""

    def __init__(
        self,
        q: Text = "",
        kind: Annotated[str, Query(max_length=40, description="only what is of this kind")] = "",
        number: Annotated[int, Query(alias="page", ge=1, le=actions.LAST_PAGE)] = 1,
    ) -> None:
        self.q, self.kind, self.number = q.strip(), kind, number


@router.get("/search", response_class=HTMLResponse)
def search_page(request: Request, portal: Here, caller: Caller, asked: Annotated[Asked, Depends()]) -> HTMLResponse:
    """What is found, by kind; of one kind all of it, page by page."""
    answer = actions.search(portal, caller, asked.q, kind=asked.kind, page=asked.number)
    total = answer.groups[0].total if asked.kind and answer.groups else 0
    return page(
        request,
        "portal/search.html",
        asked=asked,
        answer=answer,
        number=asked.number,
        pages=max(1, min(actions.LAST_PAGE, -(-total // actions.PAGE_LENGTH))),
        highlighted=marked,
        excerpt=excerpt,
    )


@router.get("/search/suggestions", response_class=HTMLResponse)
def suggestions(request: Request, portal: Here, caller: Caller, q: Text = "") -> HTMLResponse:
    """The list below the search field."""
    answer = actions.suggest(portal, caller, q)
    return page(request, "portal/suggestions.html", answer=answer, q=q, highlighted=marked)


class Titled(BaseModel):
    """A title in both languages."""

    zh: str
    en: str


class Hit(BaseModel):
    """Something that was found; `address` is its page on this server."""

    kind: str
    title: Titled
    address: str


class Hits(BaseModel):
    """What was found of one kind: how many there are, and those of this page."""

    kind: str
    title: Titled
    total: int
    found: list[Hit]


class Result(BaseModel):
    """What was found. `complete`: false while the index is being made for the first time."""

    total: int
    complete: bool
    groups: list[Hits]


@programs.get("")
def search(portal: Here, caller: Caller, asked: Annotated[Asked, Depends()]) -> Result:
    """Look for something in all that the caller may find: five of each kind, or pages of twenty of one kind."""
    answer = actions.search(portal, caller, asked.q, kind=asked.kind, page=asked.number)
    return Result(
        total=answer.total,
        complete=answer.complete,
        groups=[
            Hits(
                kind=group.kind,
                title=_both(group.title),
                total=group.total,
                found=[Hit(kind=one.kind, title=_both(one.title), address=one.address) for one in group.found],
            )
            for group in answer.groups
        ],
    )


def _both(title: Title) -> Titled:
    return Titled(zh=title.zh, en=title.en)
