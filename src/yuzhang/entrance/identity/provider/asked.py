"""A request of a client to have its user signed in, read and checked: whose it is, where the answer goes, what is wanted.

As long as it is not certain that the client and its redirect address belong together, nothing is sent to that address: the error is told
to the person who sits there. Source: RFC 6749, 4.1.2.1; OpenID Connect Core 1.0, 3.1.2; RFC 7636; RFC 9700, 4.1.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from yuzhang.entrance.identity.provider.errors import OAuthRefused
from yuzhang.entrance.identity.provider.model import OPENID, Client

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""SHA-256 in base64url. Source: RFC 7636, 4.2."""
LONGEST = 2_000
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
UNSUPPORTED = {
    "request": "request_not_supported",
    "request_uri": "request_uri_not_supported",
    "registration": "registration_not_supported",
}
ANY_PORT = frozenset({"127.0.0.1", "[::1]", "::1"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a client asks for. `claims`: by place (`id_token`, `userinfo`), the names asked for one by one.

    `acr`: the classes that it would like; `acr_needed`: those without which it wants no answer. `since`: when whoever was sent to sign in
    again was sent, 0 if nobody was.
    """

    client: Client
    redirect: str
    scopes: frozenset[str]
    state: str | None = None
    nonce: str = ""
    challenge: str = ""
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    login_hint: str = ""
    id_token_hint: str = ""
    language: str = ""
    acr: tuple[str, ...] = ()
    acr_needed: tuple[str, ...] = ()
    claims: Mapping[str, tuple[str, ...]] | None = None


class RefusedByRedirect(Exception):
    """The request does not fit, and the client is told so at its address."""

    def __init__(self, redirect: str, state: str | None, refused: OAuthRefused) -> None:
        super().__init__(str(refused))
        self.redirect, self.state, self.refused = redirect, state, refused


def single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The parameters of a request; those without a value count as not sent. Raises OAuthRefused for one that comes twice. RFC 6749, 3.1.

    >>> single([("a", "1"), ("b", "")])
    {'a': '1'}
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise OAuthRefused("invalid_request", f"参数 {name} 重复。", f"The parameter {name} comes twice.")
        if value:
            found[name] = value
    return found


def fits(client: Client, redirect: str) -> bool:
    """Whether an address is one of the client's, letter by letter; a program on the user's machine chooses its port. RFC 8252, 7.3."""
    if redirect in client.redirects:
        return True
    if client.method != "none":
        return False
    return any(_without_port(redirect) == (wanted := _without_port(own)) and wanted for own in client.redirects)


def _without_port(address: str) -> str:
    """An http address of this very machine without its port; empty for any other."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    written = f"[{host}]" if ":" in host else host
    if parts.scheme != "http" or host not in ANY_PORT:
        return ""
    if parts.netloc != (written if port is None else f"{written}:{port}"):
        return ""
    return urlunsplit((parts.scheme, written, parts.path, parts.query, parts.fragment))


def extended(address: str, values: Mapping[str, str | None]) -> str:
    """A redirect address with the answer in its query; what it had there stays.

    >>> extended("https://a.example/cb?x=1", {"code": "c", "state": None})
    'https://a.example/cb?x=1&code=c'
    """
    parts = urlsplit(address)
    kept = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([*kept, *((name, value) for name, value in values.items() if value is not None)])
    return urlunsplit(parts._replace(query=query))


def target(client: Client | None, params: Mapping[str, str]) -> tuple[Client, str]:
    """The client and its address, which belong together. Raises OAuthRefused, to be told to the person."""
    if client is None or "authorization_code" not in client.grants:
        raise OAuthRefused("invalid_client", "没有登记这个应用。", "There is no such client.")
    redirect = params.get("redirect_uri", "")
    if not redirect:
        raise OAuthRefused("invalid_request", "缺少 redirect_uri。", "The redirect_uri is missing.")
    if not fits(client, redirect):
        raise OAuthRefused(
            "invalid_request",
            "redirect_uri 与登记的地址不一致，未向该地址发送任何内容。",
            "The redirect_uri is none of those registered; nothing was sent to it.",
        )
    return client, redirect


def read(client: Client, redirect: str, params: Mapping[str, str]) -> Asked:
    """What is asked. Raises RefusedByRedirect."""
    try:
        return _read(client, redirect, params)
    except OAuthRefused as refused:
        raise RefusedByRedirect(redirect, params.get("state"), refused) from refused


def _read(client: Client, redirect: str, params: Mapping[str, str]) -> Asked:
    _check_form(params)
    prompt = frozenset(params.get("prompt", "").split())
    if not prompt <= PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise OAuthRefused("invalid_request", "prompt 的取值不合要求。", "The value of prompt does not fit.")
    age = params.get("max_age")
    if age is not None and not (age.isascii() and age.isdigit() and len(age) < 10):
        raise OAuthRefused("invalid_request", "max_age 应为秒数。", "max_age has to be a number of seconds.")
    claims, needed = _claims(params.get("claims", ""))
    return Asked(
        client,
        redirect,
        _scopes(client, params.get("scope", "")),
        params.get("state"),
        params.get("nonce", ""),
        _challenge(client, params),
        prompt,
        None if age is None else int(age),
        params.get("login_hint", ""),
        params.get("id_token_hint", ""),
        _language(params.get("ui_locales", "")),
        tuple(params.get("acr_values", "").split()),
        needed,
        claims,
    )


def _check_form(params: Mapping[str, str]) -> None:
    for name, error in UNSUPPORTED.items():
        if name in params:
            raise OAuthRefused(error, f"不支持参数 {name}。", f"The parameter {name} is not supported.")
    if any(len(value) > LONGEST for name, value in params.items() if name != "id_token_hint"):
        raise OAuthRefused("invalid_request", "参数过长。", "A parameter is too long.")
    if "response_type" not in params:
        raise OAuthRefused("invalid_request", "缺少 response_type。", "The response_type is missing.")
    if params["response_type"] != "code":
        raise OAuthRefused(
            "unsupported_response_type", "只支持 response_type=code。", "Only response_type=code is supported."
        )
    if params.get("response_mode", "query") != "query":
        raise OAuthRefused("invalid_request", "只支持 response_mode=query。", "Only response_mode=query is supported.")


def _scopes(client: Client, asked: str) -> frozenset[str]:
    """The known scopes of the client among those asked for; others are passed over. OpenID Connect Core 1.0, 3.1.2.1."""
    found = frozenset(asked.split()) & client.scopes
    if not found:
        raise OAuthRefused("invalid_scope", "没有可授予的 scope。", "None of the scopes can be given.")
    return found


def _challenge(client: Client, params: Mapping[str, str]) -> str:
    challenge = params.get("code_challenge", "")
    if not challenge:
        if client.pkce or "code_challenge_method" in params:
            raise OAuthRefused(
                "invalid_request", "需要 PKCE：缺少 code_challenge。", "PKCE is needed: no code_challenge."
            )
        return ""
    if params.get("code_challenge_method") != "S256":
        raise OAuthRefused(
            "invalid_request", "code_challenge_method 只能是 S256。", "code_challenge_method has to be S256."
        )
    if not CHALLENGE.fullmatch(challenge):
        raise OAuthRefused(
            "invalid_request", "code_challenge 不是 SHA-256 值。", "The code_challenge is no SHA-256 value."
        )
    return challenge


def _claims(text: str) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """The claims asked for one by one, and the classes of authentication that are essential. OpenID Connect Core 1.0, 5.5."""
    if not text:
        return {}, ()
    try:
        told = json.loads(text)
        wanted = {place: told.get(place) or {} for place in ("id_token", "userinfo")}
        names = {place: tuple(str(name) for name in asked) for place, asked in wanted.items()}
        acr = wanted["id_token"].get("acr") or {}
        needed = (acr.get("values") or [acr["value"]]) if acr.get("essential") else []
        return names, tuple(str(one) for one in needed)
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise OAuthRefused(
            "invalid_request", "claims 不是合规的 JSON。", "The claims are no JSON that fits."
        ) from error


def _language(locales: str) -> str:
    """The first of the languages wanted that pages speak; empty if none.

    >>> _language("fr en-GB zh"), _language("fr")
    ('en', '')
    """
    spoken = (one.lower().partition("-")[0] for one in locales.split())
    return next((one for one in spoken if one in ("zh", "en")), "")


def wants_id(asked: Asked) -> bool:
    """Whether it is a request of OpenID Connect, not only of OAuth."""
    return OPENID in asked.scopes
