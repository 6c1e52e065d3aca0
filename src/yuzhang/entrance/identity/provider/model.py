"""The room's words: clients, grants, keys, and what it needs to know of parties and their sessions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from yuzhang.core.language import Title

Method = Literal["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
Algorithm = Literal["ES256", "RS256"]
GrantType = Literal["authorization_code", "refresh_token", "client_credentials"]
METHODS: tuple[Method, ...] = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
ALGORITHMS: tuple[Algorithm, ...] = ("ES256", "RS256")
GRANT_TYPES: tuple[GrantType, ...] = ("authorization_code", "refresh_token", "client_credentials")
OPENID, OFFLINE = "openid", "offline_access"
SCOPES: Mapping[str, Title] = {
    OPENID: Title("确认您是谁", "Know who you are"),
    "profile": Title("您的姓名和语言", "Your name and language"),
    "email": Title("您的电子邮箱", "Your e-mail address"),
    "phone": Title("您的电话号码", "Your telephone number"),
    OFFLINE: Title(
        "在您离开后继续使用（30 天不用或满 180 天后失效）",
        "Go on while you are away (until unused for 30 days, 180 days at most)",
    ),
    "yuzhang.read": Title("以您的名义查看数据", "Read data in your name"),
    "yuzhang.write": Title("以您的名义修改数据", "Change data in your name"),
}
"""Every scope, and what a party is asked."""
CODE_S = 60
TOKEN_S = 600
"""Seconds that an access or ID token holds. Source: RFC 9700, 2.2 (short-lived, since nobody can call it back everywhere)."""
REFRESH_S, GRANT_S = 30 * 86_400, 180 * 86_400
"""Seconds that a refresh token holds unused, and that a grant is renewed at most. Source: OWASP ASVS 5.0, 10.4.8."""
MARK_S = 3_600
"""Seconds from a request until whoever was sent to sign in has to be back."""
ACR = {1: "urn:yuzhang:factors:1", 2: "urn:yuzhang:factors:2"}
"""How sure we are (`acr`): by how many kinds of proof the party was identified."""


def acr(factors: int) -> str:
    """The authentication context class for that many factors.

    >>> acr(1), acr(3)
    ('urn:yuzhang:factors:1', 'urn:yuzhang:factors:2')
    """
    return ACR[2 if factors >= 2 else 1]


@dataclass(frozen=True, slots=True)
class Client:
    """A program that has its users signed in here. `secret`: its hash. `party`: whom it acts as without a user.

    `third_party`: of somebody else, so that each user is asked once. `pkce`: may not come without a challenge (RFC 7636).
    `introspects`: a resource server, which may ask about tokens of other clients (RFC 7662).
    """

    id: str
    name: Title
    method: Method
    redirects: tuple[str, ...] = ()
    after_logout: tuple[str, ...] = ()
    logout_address: str = ""
    scopes: frozenset[str] = frozenset({OPENID})
    grants: frozenset[str] = frozenset({"authorization_code"})
    algorithm: Algorithm = "ES256"
    third_party: bool = True
    pkce: bool = True
    introspects: bool = False
    party: str = ""
    jwks: str = ""
    secret: str = field(default="", repr=False)
    made: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """What a party once allowed a client, as of one sign-in. `claims`: by place, the names asked for one by one."""

    id: str
    client: str
    party: str
    session: str
    scopes: frozenset[str]
    nonce: str
    claims: Mapping[str, tuple[str, ...]]
    auth_time: int
    factors: int
    methods: tuple[str, ...]
    made: int
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What a party remembered to allow a client."""

    client: Client
    scopes: frozenset[str]
    given: int


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that tokens are signed with: the next one (published, not used yet), the current one, or one that is retired."""

    kid: str
    algorithm: Algorithm
    public: dict[str, Any]
    made: int
    used_from: int | None
    retired: int | None
    private: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Farewell:
    """A client that has to hear of the end of a session. `address`: its back-channel logout address."""

    id: str
    client: str
    party: str
    session: str
    tries: int
    address: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a client may be told of an active party, by scope; empty where it is not known."""

    id: str
    name: str
    login: str = ""
    locale: str = ""
    email: str = ""
    email_verified: bool = False
    phone: str = ""
    phone_verified: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """A session that lives: since when, and by what proofs (`methods`, RFC 8176)."""

    id: str
    party: str
    since: int
    factors: int
    methods: tuple[str, ...]
