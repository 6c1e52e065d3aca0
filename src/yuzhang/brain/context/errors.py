"""What can go wrong with the city's present, in the words of the standard.

YuzhangError
└── ContextError                    ETSI GS CIM 009 v1.9.1, clauses 5.5.2 and 6.3.2
    ├── InvalidRequest              400  the request is not syntactically right
    ├── BadRequestData              400  its content is not right
    ├── AlreadyExists               409
    ├── ConflictingRegistration     409
    ├── OperationNotSupported       422
    ├── ResourceNotFound            404
    ├── NonexistentTenant           404
    ├── TooManyResults              403
    ├── TooComplexQuery             403
    ├── NoMultiTenantSupport        501
    ├── LdContextNotAvailable       504
    ├── InternalError               500
    └── the binding's own           405, 406, 411, 413, 415, 508 (clause 6.3)
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from yuzhang.core.errors import YuzhangError
from yuzhang.core.language import Language, Title

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"


class ContextError(YuzhangError):
    """The root of the room. `kind` is the standard's name of the error."""

    code = "context-error"
    kind: ClassVar[str] = "InternalError"

    def problem(self, language: Language) -> dict[str, Any]:
        """The error as problem+json with the standard's own type. Source: clause 5.5.2, RFC 7807."""
        return super().problem(language) | {"type": ERRORS + self.kind}


def said(text: str) -> Title:
    """A detail that quotes the standard or the input, the same in both languages."""
    return Title(text, text)


class InvalidRequest(ContextError):
    """The request itself is wrong: it is no JSON, or a parameter is unknown."""

    code, kind, status = "invalid-request", "InvalidRequest", 400
    title = Title("请求无效", "Invalid request")


class BadRequestData(ContextError):
    """The request is readable, but its content breaks a rule of the standard."""

    code, kind, status = "bad-request-data", "BadRequestData", 400
    title = Title("请求数据有误", "Bad request data")


class AlreadyExists(ContextError):
    """An element with this identifier is stored already."""

    code, kind, status = "already-exists", "AlreadyExists", 409
    title = Title("已经存在", "Already exists")


class ConflictingRegistration(ContextError):
    """A registration would claim what another one, or this broker, already answers for."""

    code, kind, status = "conflicting-registration", "Conflict", 409
    title = Title("与已有登记冲突", "Conflict")


class OperationNotSupported(ContextError):
    """The operation is not offered for this element."""

    code, kind, status = "operation-not-supported", "OperationNotSupported", 422
    title = Title("不支持此操作", "Operation not supported")


class ResourceNotFound(ContextError):
    """Nothing with this identifier is stored."""

    code, kind, status = "resource-not-found", "ResourceNotFound", 404
    title = Title("找不到资源", "Resource not found")


class NonexistentTenant(ContextError):
    """Nothing was ever stored for this tenant."""

    code, kind, status = "nonexistent-tenant", "NonexistentTenant", 404
    title = Title("租户不存在", "Nonexistent tenant")


class TooManyResults(ContextError):
    """The answer would be larger than this server gives at once."""

    code, kind, status = "too-many-results", "TooManyResults", 403
    title = Title("结果过多", "Too many results")


class TooComplexQuery(ContextError):
    """The query would take more than this server spends on one."""

    code, kind, status = "too-complex-query", "TooComplexQuery", 403
    title = Title("查询过于复杂", "Too complex query")


class LdContextNotAvailable(ContextError):
    """A remote @context cannot be loaded, or may not be. Clause 6.3.2 gives 504."""

    code, kind, status = "ld-context-not-available", "LdContextNotAvailable", 504
    title = Title("无法取得 @context", "LD context not available")


class MethodNotAllowed(ContextError):
    """The resource has no such method; `allowed` are those it has."""

    code, kind, status = "method-not-allowed", "InvalidRequest", 405
    title = Title("不允许的方法", "Method not allowed")

    def __init__(self, method: str, allowed: Sequence[str], *, where: str) -> None:
        names = ", ".join(allowed)
        super().__init__(
            Title(f"该资源没有方法 {method[:40]}。", f"The resource has no method {method[:40]}."),
            where=where,
            fix=Title(f"可用：{names}。", f"It has: {names}."),
        )
        self.allowed = tuple(allowed)


class NotAcceptable(ContextError):
    """None of the media types that the client accepts can be given. Clause 6.3.4."""

    code, kind, status = "not-acceptable", "InvalidRequest", 406
    title = Title("无法提供所要的格式", "Not acceptable")


class LengthRequired(ContextError):
    """A request with a payload needs a Content-Length."""

    code, kind, status = "length-required", "InvalidRequest", 411
    title = Title("缺少内容长度", "Length required")


class UnsupportedMediaType(ContextError):
    """The payload is of a media type that the operation does not take. Clause 6.3.4."""

    code, kind, status = "unsupported-media-type", "InvalidRequest", 415
    title = Title("不支持的媒体类型", "Unsupported media type")


class LoopDetected(ContextError):
    """The request has come round to a broker that it passed already. Clause 6.3.18."""

    code, kind, status = "loop-detected", "InvalidRequest", 508
    title = Title("检测到环路", "Loop detected")
