"""The pages of help."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.portal.help.topics import rendered, topics
from yuzhang.web.reader import reader_of
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/help", response_class=HTMLResponse)
def help_page(request: Request) -> HTMLResponse:
    """All how-to pages."""
    return page(request, "portal/help.html", topics=list(topics().values()))


@router.get("/help/{topic}", response_class=HTMLResponse)
def topic_page(request: Request, topic: str) -> HTMLResponse:
    """One of them. Raises NotFound."""
    found = topics().get(topic)
    if found is None:
        raise NotFound(
            Title(f"没有“{topic}”这一页帮助。", f"There is no help page “{topic}”."),
            fix=Title("请从 /help 选择。", "Choose one at /help."),
        )
    return page(request, "portal/topic.html", topic=found, body=rendered(topic, reader_of(request).language))
