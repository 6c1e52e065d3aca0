"""Telling clients that a session ended. Source: OpenID Connect Back-Channel Logout 1.0.

Whom to tell is written down together with the code that let the client in, and crossed out when it knows; so neither a crash nor a client
that is away loses anything. The token is made when it is sent, since it holds for two minutes only.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import httpx

from yuzhang.entrance.identity.provider import store
from yuzhang.entrance.identity.provider.model import Farewell

if TYPE_CHECKING:
    from yuzhang.entrance.identity.provider.room import Provider

EVENT = "http://schemas.openid.net/event/backchannel-logout"
KIND = "logout+jwt"
HOLDS_S = 120
FIRST_WAIT_S, LONGEST_WAIT_S, MOST_TRIES = 10, 6 * 3600, 20
"""Waits double from ten seconds on to six hours; after twenty tries, about three days, a client is given up."""
AT_ONCE = 50
log = logging.getLogger(__name__)


def logout_token(provider: "Provider", farewell: Farewell) -> str:
    """What the client is sent. Source: Back-Channel Logout 1.0, 2.4; it has no nonce, so that it is no ID token."""
    now = provider.clock()
    client = provider.client(farewell.client)
    said: dict[str, Any] = {
        "iss": provider.issuer,
        "aud": farewell.client,
        "sub": farewell.party,
        "sid": farewell.session,
        "iat": now,
        "exp": now + HOLDS_S,
        "jti": farewell.id,
        "events": {EVENT: {}},
    }
    return provider.keys.sign(said, KIND, client.algorithm if client else "ES256")


def wait_s(tries: int) -> int:
    """Seconds until the next try, after that many.

    >>> wait_s(0), wait_s(3), wait_s(19)
    (10, 80, 21600)
    """
    return int(min(FIRST_WAIT_S * 2**tries, LONGEST_WAIT_S))


async def tell_all(provider: "Provider", sending: httpx.AsyncClient) -> int:
    """Note which sessions ended, and tell the clients whose turn it is; how many now know."""
    due = await asyncio.to_thread(_due, provider)
    return sum(await asyncio.gather(*(_tell(provider, sending, one) for one in due)))


def _due(provider: "Provider") -> list[Farewell]:
    now = provider.clock()
    with provider.storage.reading() as connection:
        ended = store.ended_sessions(connection, now)
    if ended:
        with provider.storage.writing() as connection:
            for session in ended:
                store.note_ended(connection, session, now)
    with provider.storage.reading() as connection:
        return store.due(connection, now, AT_ONCE)


async def _tell(provider: "Provider", sending: httpx.AsyncClient, farewell: Farewell) -> bool:
    token = await asyncio.to_thread(logout_token, provider, farewell)
    try:
        answer = await sending.post(farewell.address, data={"logout_token": token})
        said = "" if answer.status_code in (200, 204) else f"HTTP {answer.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        said = type(error).__name__
    await asyncio.to_thread(_note, provider, farewell, said)
    return not said


def _note(provider: "Provider", farewell: Farewell, said: str) -> None:
    given_up = bool(said) and farewell.tries + 1 >= MOST_TRIES
    if given_up:
        log.warning("client %s was not told of the end of a session: %s", farewell.client, said)
    with provider.storage.writing() as connection:
        if said and not given_up:
            store.put_off(connection, farewell.id, provider.clock() + wait_s(farewell.tries), said)
        else:
            store.told(connection, farewell.id)
