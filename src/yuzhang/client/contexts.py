"""Operations on the @contexts that a broker hosts or knows. Source: ETSI GS CIM 009, clause 5.13."""

from typing import Any

from yuzhang.client.exchange import Request, Steps, good, path
from yuzhang.client.model import Context


def add_context(context: Any) -> Steps[str]:
    """Have the broker host a @context; its id. Raises RequestRefused."""
    reply = yield Request("POST", "/jsonldContexts", payload={"@context": context})
    return good(reply).located()


def contexts() -> Steps[list[Context]]:
    """All @contexts that the broker knows."""
    reply = yield Request("GET", "/jsonldContexts", {"details": "true"})
    return [
        Context(str(one.get("localId", "")), str(one.get("URL", one.get("url", ""))), str(one.get("kind", "")))
        for one in good(reply).json()
    ]


def context(context: str) -> Steps[Any]:
    """What stands in @context of one. Raises NotThere."""
    reply = yield Request("GET", path("jsonldContexts", context))
    return good(reply).json().get("@context")


def delete_context(context: str, *, reload: bool = False) -> Steps[None]:
    """Take a @context away, or read it again from where it came. Raises NotThere."""
    params = {"reload": "true"} if reload else {}
    good((yield Request("DELETE", path("jsonldContexts", context), params)))
