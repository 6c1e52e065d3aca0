"""How the API knows who asks, and what it answers to whom it refuses."""

from typing import Any

from yuzhang.web.problems import PROBLEM

Schema = dict[str, Any]
PROBLEM_MEDIA = "application/problem+json"
SCHEMA = PROBLEM["content"][PROBLEM_MEDIA]["schema"]  # type: ignore[index]  # written as a literal there
SECURITY_SCHEMES: dict[str, Schema] = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "session",
        "description": "登录后的会话 Cookie · The cookie of a session, after sign-in at /sign-in.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "OpenID Connect 访问令牌，见 /.well-known/openid-configuration · An access token of OpenID Connect.",
    },
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "应用密钥：`Authorization: Key yz_…`（或 `X-API-Key: yz_…`）· A key of an application.",
    },
    "client": {
        "type": "http",
        "scheme": "basic",
        "description": "应用编号与密码 · A client's id and secret (RFC 6749, 2.3.1).",
    },
}
SECURITY: list[dict[str, list[str]]] = [{"session": []}, {"token": []}, {"key": []}]
OPEN = (
    "/health",
    "/ready",
    "/api/openapi.json",
    "/.well-known/",
    "/oauth2/jwks",
    "/oauth2/authorize",
    "/oauth2/logout",
)
OF_CLIENTS = ("/oauth2/token", "/oauth2/revoke", "/oauth2/introspect")


def _problem(code: str, title: str, status: int, detail: str, fix: str, **headers: Schema) -> Schema:
    value = {
        "type": f"urn:yuzhang:error:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "where": "/api/plans",
        "fix": fix,
    }
    found: Schema = {
        "description": f"{title}.",
        "content": {
            PROBLEM_MEDIA: {
                "schema": SCHEMA,
                "examples": {"example": {"summary": "示例 · Example", "value": value}},
            }
        },
    }  # fmt: skip
    return found | ({"headers": headers} if headers else {})


TEXT: Schema = {"schema": {"type": "string"}}
RESPONSES: dict[str, Schema] = {
    "SignInNeeded": _problem(
        "sign-in-needed", "Sign-in needed", 401, "Who asks is not known.", "Sign in, or send a token or a key.",
        **{"WWW-Authenticate": TEXT},
    ),
    "NotAllowed": _problem(
        "not-allowed", "Not allowed", 403, "The policies do not allow it.", "Ask a security administrator which role has the right."
    ),
    "TooManyRequests": _problem(
        "too-many-requests", "Too many requests", 429, "More was asked than the limit allows.", "Try again in 1 s.",
        **{"Retry-After": {"schema": {"type": "integer"}}, "RateLimit": TEXT, "RateLimit-Policy": TEXT},
    ),
}  # fmt: skip
AS_JSON: Schema = {"schema": SCHEMA}


def refused(operation: Schema, path: str) -> None:
    """Say how the asker is known, and how it is refused: at NGSI-LD as plain JSON (clause 5.5.2), at OpenID Connect as it wants it."""
    responses = operation["responses"]
    if path.startswith(OPEN):
        operation["security"] = []
    elif path.startswith(OF_CLIENTS):
        operation["security"] = [{"client": []}]
    elif not path.startswith("/oauth2/"):
        for status, name in (("401", "SignInNeeded"), ("403", "NotAllowed")):
            responses[status] = _both(name) if path.startswith("/ngsi-ld/") else _reference(name)
    if path.startswith("/oauth2/"):
        responses["4XX"] = {
            "description": "Refused, as the protocol wants it (RFC 6749, 5.2; RFC 6750, 3.1).",
            "content": {
                "application/json": {
                    "schema": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
                    "examples": {"example": {"summary": "示例 · Example", "value": {"error": "invalid_request"}}},
                },
                PROBLEM_MEDIA: AS_JSON,
            },
        }
    responses["429"] = _reference("TooManyRequests")


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/responses/{name}"}


def _both(name: str) -> Schema:
    known = RESPONSES[name]
    (body,) = known["content"].values()
    return known | {"content": {"application/json": body, PROBLEM_MEDIA: body}}
