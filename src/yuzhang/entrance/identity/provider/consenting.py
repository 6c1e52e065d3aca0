"""What a party allowed other programs: its yes, remembered, and taken back."""

import hmac
from typing import TYPE_CHECKING

from yuzhang.core.access import Party, action
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.identity.provider import store
from yuzhang.entrance.identity.provider.errors import OAuthRefused
from yuzhang.entrance.identity.provider.model import Consent
from yuzhang.entrance.identity.provider.people import need_in_person

if TYPE_CHECKING:
    from yuzhang.entrance.identity.provider.room import Provider


def proof(provider: "Provider", caller: Party, query: str) -> str:
    """What the form on the consent page carries, so that no other page can send it: it holds for this request and session."""
    return provider.hashed(f"{caller.id} {caller.session} {query}", "oidc consent form")


@action("self", reads=True)
def was_shown(provider: "Provider", caller: Party, query: str, shown: str) -> None:
    """Return if the form is the one that was shown to the party in this session. Raises OAuthRefused."""
    if not hmac.compare_digest(proof(provider, caller, query).encode(), shown.encode()):
        raise OAuthRefused(
            "invalid_request",
            "请求已变更，请从应用重新进入。",
            "The request was changed; start again from the program.",
        )


@action("self", reads=True)
def consents(provider: "Provider", caller: Party) -> list[Consent]:
    """What the party allowed, newest first."""
    with provider.storage.reading() as connection:
        return store.consents(connection, caller.id)


@action("self")
def withdraw(provider: "Provider", caller: Party, client: str) -> None:
    """Take it back: all that the client got by it ends at once. Raises NotFound; NotIdentified for a program in the party's name."""
    need_in_person(caller)
    with provider.storage.writing() as connection:
        if not store.withdraw(connection, caller.id, client):
            raise NotFound(Title("您没有授权过这个应用。", "You have not allowed this program."), where=client)
        store.end_grants(connection, caller.id, client, provider.clock())
