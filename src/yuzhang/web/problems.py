"""Errors as answers: problem+json for programs (RFC 9457), a page for people; what is internal goes to the log only."""

import logging
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from yuzhang.core.errors import Broken, InputRefused, NotFound, TryAgain, YuzhangError
from yuzhang.core.language import Title
from yuzhang.web.reader import reader_of
from yuzhang.web.rendering import page
from yuzhang.web.validation import explained

PAGES = frozenset({"/api/try"})
"""Pages among the addresses of the API."""
SIGN_IN = "/sign-in"
"""Where a page leads whoever is not known yet."""
PROBLEM = {
    "description": "A problem (RFC 9457): what happened, where, and what to do.",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                    "where": {"type": "string"},
                    "fix": {"type": "string"},
                },
            }
        }
    },
}
log = logging.getLogger(__name__)


def _wants_page(request: Request) -> bool:
    return (
        request.url.path in PAGES or not request.url.path.startswith("/api/")
    ) and "text/html" in request.headers.get("accept", "")


def answer(request: Request, error: YuzhangError) -> Response:
    """`error` as the asker reads it."""
    if error.status == 401 and _wants_page(request) and request.method == "GET":
        return RedirectResponse(
            f"{SIGN_IN}?next={quote(str(request.url).removeprefix(str(request.base_url).rstrip('/')))}", 303
        )
    problem = {"where": request.url.path} | error.problem(reader_of(request).language)
    found = _written(request, problem, error.status, error.template)
    if error.status == 401:
        found.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TryAgain):
        found.headers["Retry-After"] = str(error.retry_after_s)
    return found


def _written(request: Request, problem: dict[str, Any], status: int, template: str = YuzhangError.template) -> Response:
    if _wants_page(request):
        return page(request, template, status=status, problem=problem)
    return JSONResponse(problem, status_code=status, media_type="application/problem+json")


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, YuzhangError)  # noqa: S101  # registered for this class only
    if isinstance(error, Broken):
        log.error("broken: %s", error, exc_info=error)
    return answer(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    where = "/" + "/".join(str(part) for part in first["loc"])
    said = explained(first)
    return answer(
        request,
        InputRefused(
            Title(f"参数不合要求：{said.zh}。", f"A parameter does not fit: {said.en}."),
            where=where,
            fix=Title(
                "请参照 /api/openapi.json 修改后重试。", "Correct it as /api/openapi.json says and send it again."
            ),
        ),
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    if error.status_code == 404:
        return answer(
            request,
            NotFound(
                Title("这个地址没有内容。", "There is nothing at this address."),
                where=request.url.path,
                fix=Title("请从首页重新进入。", "Start again from the first page."),
            ),
        )
    refused = InputRefused(Title(str(error.detail), str(error.detail)), where=request.url.path)
    problem = refused.problem(reader_of(request).language) | {"status": error.status_code}
    found = _written(request, problem, error.status_code)
    found.headers.update(error.headers or {})
    return found


async def _unforeseen(request: Request, error: Exception) -> Response:
    log.exception("unforeseen error at %s", request.url.path, exc_info=error)
    return answer(
        request,
        Broken(
            Title("系统内部出错，已记入日志。", "Something broke inside; it has been logged."),
            fix=Title("请告诉管理员时间和页面地址。", "Tell the operator the time and the address of the page."),
        ),
    )


def install(app: FastAPI) -> None:
    """Make every error of `app` an answer of this module."""
    app.add_exception_handler(YuzhangError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


def say_so(app: FastAPI) -> None:
    """Say in the OpenAPI of `app` that every error is a problem. To be called before its routers come in."""
    app.router.responses |= {"4XX": PROBLEM, "5XX": PROBLEM}
