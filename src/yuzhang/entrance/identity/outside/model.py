"""Which outside provider there is, and what it says of whoever signs in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.settings import is_loopback

ISSUER_VARIABLE = "YUZHANG_OIDC_ISSUER"
CLIENT_VARIABLE = "YUZHANG_OIDC_CLIENT_ID"
SECRET_VARIABLE = "YUZHANG_OIDC_CLIENT_SECRET"  # noqa: S105  # its name, not the secret
NAME_VARIABLE = "YUZHANG_OIDC_NAME"
CITIZENS_VARIABLE = "YUZHANG_OIDC_CITIZENS"


@dataclass(frozen=True, slots=True)
class OutsideSettings:
    """The provider and our registration there. `citizens`: whoever is not known yet becomes a citizen's account."""

    issuer: str
    client: str
    secret: str = field(repr=False)
    name: str = ""
    citizens: bool = False


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the provider listens, by its own document. `userinfo`: empty where there is none. `names_itself`: its answers carry `iss` (RFC 9207)."""

    authorize: str
    token: str
    jwks: str
    userinfo: str
    by_form: bool
    names_itself: bool


@dataclass(frozen=True, slots=True)
class Outsider:
    """Whom the provider vouches for. `email` only if it says that it checked it; `factors` as it says."""

    issuer: str
    subject: str
    name: str
    email: str
    factors: int


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser that was sent away: what it has to bring back, kept sealed in a cookie. `at`: seconds since 1970."""

    state: str
    nonce: str
    verifier: str
    then: str
    at: int


def outside_settings(environment: Mapping[str, str] = os.environ) -> OutsideSettings | None:
    """The outside provider as the environment names it; None if it names none. Raises InputRefused, naming the variable.

    >>> outside_settings({}) is None
    True
    """
    issuer = environment.get(ISSUER_VARIABLE, "")
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))):
        raise _refused(ISSUER_VARIABLE, "https://id.example.cn")
    for name in (CLIENT_VARIABLE, SECRET_VARIABLE):
        if not environment.get(name):
            raise _refused(name, "…")
    citizens = environment.get(CITIZENS_VARIABLE, "no")
    if citizens not in ("yes", "no"):
        raise _refused(CITIZENS_VARIABLE, "yes | no")
    return OutsideSettings(
        issuer,
        environment[CLIENT_VARIABLE],
        environment[SECRET_VARIABLE],
        environment.get(NAME_VARIABLE) or parts.hostname,
        citizens == "yes",
    )


def _refused(name: str, example: str) -> InputRefused:
    return InputRefused(
        Title(f"外部登录需要 {name}。", f"Signing in from outside needs {name}."),
        where=name,
        fix=Title(f"例：{example}", f"For example: {example}"),
    )
