"""The OpenID Connect provider of one application."""

import asyncio
import logging
from typing import Any

import httpx

from yuzhang.core.access import STRANGER, Party
from yuzhang.entrance.identity.proofs.tokens import keyed
from yuzhang.entrance.identity.provider import store
from yuzhang.entrance.identity.provider.claims import ID, party_of
from yuzhang.entrance.identity.provider.clients import store as clients
from yuzhang.entrance.identity.provider.discovery import issuer
from yuzhang.entrance.identity.provider.farewells import tell_all
from yuzhang.entrance.identity.provider.keys import Keys
from yuzhang.entrance.identity.provider.model import Client
from yuzhang.entrance.identity.provider.people import Residents
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.tidying import tidy
from yuzhang.web.gate import Asking

EVERY_S = 5.0
"""Seconds between two looks for sessions that ended."""
TIDY_S, FORGET_S = 600, 86_400
log = logging.getLogger(__name__)


class Provider:
    """Signs users in for other programs, and knows whose a token is. `start` begins to tell clients of ended sessions."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.storage, self.secrets, self.guard = identity.storage, identity.secrets, identity.guard
        self.issuer = issuer(identity.settings)
        self.keys = Keys(self.storage, self.secrets, self.clock)
        self.people = Residents(identity)
        self._telling: asyncio.Task[None] | None = None
        self._tidied = 0

    def clock(self) -> int:
        """Seconds since 1970."""
        return int(self.identity.now().timestamp())

    def hashed(self, text: str, purpose: str = "oidc tokens") -> str:
        """A keyed hash of what is kept of a code, token or secret: who reads the database cannot use it, nor look for it."""
        return keyed(self.secrets, purpose, text).hex()

    def client(self, client_id: str) -> Client | None:
        """The client of that id."""
        with self.storage.reading() as connection:
            return clients.client(connection, client_id)

    def hinted(self, token: str, client_id: str = "") -> dict[str, Any] | None:
        """What an ID token of ours says, also an old one; None for another's, or one for another client than `client_id`."""
        said = self.keys.claims(token, ID)
        if said is None or said.get("iss") != self.issuer or (client_id and said.get("aud") != client_id):
            return None
        return said

    def bearer(self, token: str, asking: Asking) -> Party | None:
        """The party that an access token of ours speaks for; None for any other token. For the gate."""
        return party_of(self, token, asking.peer)

    def application(self, client: Client, peer: str) -> Party:
        """A client as records name it."""
        return Party(client.id, STRANGER.roles, kind="application", name=client.name.en, peer=peer, guard=self.guard)

    async def start(self) -> None:
        """Begin to tell clients of sessions that end."""
        self._telling = asyncio.create_task(self._tell(), name="farewells")

    async def stop(self) -> None:
        """End it; who has not been told yet is told after the next start."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)

    async def _tell(self) -> None:
        async with httpx.AsyncClient(timeout=10.0, follow_redirects=False, trust_env=False) as sending:
            while True:
                try:
                    await asyncio.to_thread(self._tidy)
                    await tell_all(self, sending)
                except Exception:  # the edge of a task that has to go on
                    log.exception("telling clients of ended sessions")
                await asyncio.sleep(EVERY_S)

    def _tidy(self) -> None:
        """Forget what is over: steps, failures, sessions, grants that nothing can come of any more; and roll keys whose time is over."""
        now = self.clock()
        if now - self._tidied < TIDY_S:
            return
        self._tidied = now
        tidy(self.identity)
        with self.storage.reading() as connection:
            used = bool(store.keys(connection))
        if used:
            self.keys.renew_old()
            with self.storage.writing() as connection:
                store.forget(connection, now, FORGET_S)
