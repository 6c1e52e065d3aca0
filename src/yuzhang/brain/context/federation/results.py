"""What became of the parts of a write, as one answer. Source: clauses 5.2.16 to 5.2.19, 6.3.17."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from yuzhang.brain.context.errors import ERRORS, ContextError
from yuzhang.brain.context.federation.asking import Reply
from yuzhang.brain.context.federation.spreading import Part
from yuzhang.brain.context.http.message import Answer, json_answer
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.jsonld.core import full_iri
from yuzhang.core.language import Language

Problem = dict[str, Any]


@dataclass(slots=True)
class Result:
    """What became of one part: `status` as it came, `problem` if it failed, `registration` empty if it was this broker's own.

    `attributes` are those of the part. `updated` and `not_updated` are taken from the answer of a partial success.
    """

    status: int
    attributes: frozenset[str] | None = None
    registration: str = ""
    problem: Problem | None = None
    data: Any = None
    headers: list[tuple[str, str]] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        """Whether all of the part was done."""
        return 200 <= self.status < 300 and self.status != 207


def problem(kind: str, status: int, title: str, detail: str) -> Problem:
    """An error as problem+json. Source: clause 5.5.2."""
    return {"type": ERRORS + kind, "title": title, "status": status, "detail": detail}


def of_error(error: ContextError, language: Language, attributes: frozenset[str] | None = None) -> Result:
    """The result of this broker's own part that was refused."""
    return Result(error.status, attributes, problem=error.problem(language))


def of_answer(answer: Answer, attributes: frozenset[str] | None = None) -> Result:
    """The result of this broker's own part that was answered."""
    data = msgspec.json.decode(answer.body) if answer.body else None
    return Result(answer.status, attributes, data=data, headers=answer.headers)


def unsupported(part: Part) -> Result:
    """The result of a part that its holder does not take. Source: clauses 5.6.1.4 and following."""
    detail = f"What the registration {part.registration.id} ({part.registration.mode}) covers cannot be changed so."
    return Result(409, part.attributes, part.registration.id, problem("Conflict", 409, "Conflict", detail))


def of_reply(reply: Reply, attributes: frozenset[str] | None = None) -> Result:
    """The result of a part that a context source answered, or did not. Source: clause 6.3.17."""
    one = reply.registration.id
    if reply.fine:
        return Result(reply.status, attributes, one, data=reply.data)
    if not reply.status or reply.status >= 500:
        status = 508 if reply.status == 508 else 502 if reply.status else 504
        title = {502: "Bad Gateway", 504: "Gateway Timeout", 508: "Loop Detected"}[status]
        detail = reply.failure or f"The context source answered {reply.status}."
        return Result(status, attributes, one, problem("InternalError", status, title, detail))
    said = reply.data if isinstance(reply.data, dict) and reply.status != 207 else {}
    kind = str(said.get("type", "")).removeprefix(ERRORS)
    known = {404: "ResourceNotFound", 409: "AlreadyExists", 422: "OperationNotSupported", 400: "BadRequestData"}
    default = known.get(reply.status, "InternalError")
    found = problem(
        kind if kind.isalpha() else default,
        reply.status,
        str(said.get("title", "Partial success" if reply.status == 207 else "Refused by the context source")),
        str(said.get("detail", f"The context source answered {reply.status}.")),
    )
    return Result(reply.status, attributes, one, found, reply.data if reply.status == 207 else None)


def single(results: Sequence[Result]) -> Answer | None:
    """The answer if all went well, or nothing did and one error says it; None if parts went well and others did not."""
    if all(one.fine for one in results):
        return None
    failed = [one for one in results if one.problem is not None and one.status != 207]
    if len(failed) != len(results):
        return None
    first = failed[0]
    assert first.problem is not None  # noqa: S101  # just chosen by it
    if len(results) == 1 or all(one.problem and one.problem["type"] == ERRORS + "Conflict" for one in failed):
        return json_answer(first.problem, first.status)
    return None


def of_entity(results: Sequence[Result], entity: str, success: Answer) -> Answer:
    """The answer to a write of a whole entity: `success`, or a BatchOperationResult. Source: clauses 5.2.16 and 5.2.17."""
    if not results or all(one.fine for one in results):
        return success
    if (refused := single(results)) is not None:
        return refused
    errors: list[Any] = []
    for one in results:
        inner = one.data.get("errors") if one.status == 207 and isinstance(one.data, dict) else None
        if isinstance(inner, list) and inner:
            errors += inner
        elif not one.fine:
            errors.append(entity_error(entity, one))
    return json_answer({"success": [entity] if any(one.fine for one in results) else [], "errors": errors}, 207)


def entity_error(entity: str, one: Result) -> dict[str, Any]:
    """A BatchEntityError. Source: clause 5.2.17."""
    found: dict[str, Any] = {"entityId": entity, "error": one.problem}
    if one.registration:
        found["registrationId"] = one.registration
    return found


def of_attributes(results: Sequence[Result], terms: Terms, success: Answer, *, anywhere: bool = False) -> Answer:
    """The answer to a write of attributes: `success`, or an UpdateResult. Source: clauses 5.2.18 and 5.2.19.

    `anywhere`: an attribute that one part of the entity lacks is no fault if another part has it. The answer has no @context,
    so it is in full names (6.3.6); what a source answers in short ones is read in `terms`.
    """
    if not results or all(one.fine for one in results):
        return success
    if (refused := single(results)) is not None:
        return refused
    updated: set[str] = set()
    missed: list[dict[str, Any]] = []
    for one in results:
        names = sorted(full_iri(name) for name in one.attributes or ())
        if one.fine:
            updated.update(names)
        elif one.status == 207 and isinstance(one.data, dict):
            updated.update(full_iri(terms.expand(name)) for name in _texts(one.data.get("updated")))
            missed += _missing(one, terms)
        else:
            reason = str((one.problem or {}).get("detail", "Refused."))
            missed += [_missed(name, reason, one.registration) for name in names]
    if anywhere:
        lacking = [
            item for one in results if one.status == 207 and not one.registration for item in _missing(one, terms)
        ]
        missed = [item for item in missed if item not in lacking or item.get("attributeName") not in updated]
        if not missed:
            return success
    gone = {str(item.get("attributeName")) for item in missed}
    return json_answer({"updated": sorted(updated - gone), "notUpdated": missed}, 207)


def _missing(one: Result, terms: Terms) -> list[dict[str, Any]]:
    found = one.data.get("notUpdated", ()) if isinstance(one.data, dict) else ()
    items = [item for item in found if isinstance(item, dict)]
    return [item | {"attributeName": full_iri(terms.expand(str(item.get("attributeName", ""))))} for item in items]


def _missed(name: str, reason: str, registration: str) -> dict[str, Any]:
    found = {"attributeName": name, "reason": reason}
    return found | {"registrationId": registration} if registration else found


def _texts(value: Any) -> Iterable[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
