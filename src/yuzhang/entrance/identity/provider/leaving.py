"""Sign-out that a client asks for. Source: OpenID Connect RP-Initiated Logout 1.0."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yuzhang.core.access import Party, action
from yuzhang.entrance.identity.provider.asked import extended
from yuzhang.entrance.identity.provider.errors import OAuthRefused
from yuzhang.entrance.identity.provider.model import Client

if TYPE_CHECKING:
    from yuzhang.entrance.identity.provider.room import Provider


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a client asks for: whose session ends, as its ID token says, and where to go then; empty for nowhere."""

    client: Client | None
    party: str
    session: str
    redirect: str
    state: str | None


def read(provider: "Provider", params: Mapping[str, str]) -> Leaving:
    """What is asked. Raises OAuthRefused for a hint that is not ours, and for an address that is not the client's, letter by letter."""
    hint: dict[str, Any] = {}
    if "id_token_hint" in params:
        found = provider.hinted(params["id_token_hint"], params.get("client_id", ""))
        if found is None:
            raise _refused("id_token_hint", "不是发给该应用的 ID 令牌。", "It is no ID token for this client.")
        hint = found
    client = provider.client(str(hint.get("aud") or params.get("client_id", "")))
    redirect = params.get("post_logout_redirect_uri", "")
    if redirect and (client is None or redirect not in client.after_logout):
        raise _refused("post_logout_redirect_uri", "不是该应用登记的地址。", "It is none of the client's addresses.")
    return Leaving(client, str(hint.get("sub", "")), str(hint.get("sid", "")), redirect, params.get("state"))


def _refused(where: str, chinese: str, english: str) -> OAuthRefused:
    return OAuthRefused("invalid_request", f"{where}：{chinese}", f"{where}: {english}")


def same_party(caller: Party, asked: Leaving) -> bool:
    """Whether the client's ID token is of whoever sits there, so that nobody has to be asked. Source: RP-Initiated Logout 1.0, 2."""
    return bool(asked.party) and asked.party == caller.id


def proof(provider: "Provider", caller: Party) -> str:
    """What the page that asks carries, so that no other page can send its yes."""
    return provider.hashed(f"{caller.id} {caller.session}", "oidc logout form")


def proven(provider: "Provider", caller: Party, shown: str) -> bool:
    """Whether the yes comes from the page that was shown in this session."""
    return hmac.compare_digest(proof(provider, caller).encode(), shown.encode())


@action("visitor", reads=False)
def leave(provider: "Provider", caller: Party, session: str, asked: Leaving) -> None:
    """End the caller's session, or the one that an ID token of ours names. Its clients are told."""
    if session in (caller.session, asked.session):
        provider.people.end(session)


def address(asked: Leaving) -> str:
    """Where to go then."""
    return extended(asked.redirect, {"state": asked.state})
