"""Subscriptions at other brokers: who subscribes here hears of what changes there. Source: clauses 5.8.1.4, 5.8.5.4, 5.8.6."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from yuzhang.brain.context.errors import ContextError
from yuzhang.brain.context.federation import store
from yuzhang.brain.context.federation.asking import Message
from yuzhang.brain.context.federation.seeking import Seek, narrowed
from yuzhang.brain.context.federation.store import Remote
from yuzhang.brain.context.http.message import Call
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.registrations.matching import matches
from yuzhang.brain.context.registrations.model import Registration
from yuzhang.brain.context.subscriptions.telling import request_of
from yuzhang.brain.context.subscriptions.watch import Watch

if TYPE_CHECKING:
    from yuzhang.brain.context.federation.federation import Federation

HEARING = "/ngsi-ld/v1/remoteNotifications"
TAKEN_OVER = ("notificationTrigger", "timeInterval", "throttling", "expiresAt", "isActive", "splitEntities")
log = logging.getLogger(__name__)


class Following:
    """What this broker has subscribed to at others. Nobody waits for them: it is done in the background."""

    def __init__(self, federation: "Federation") -> None:
        self._federation = federation
        self._broker = federation.broker
        self._work: set[asyncio.Task[None]] = set()
        self.remotes: dict[str, Remote] = {}

    async def start(self) -> None:
        """Read what is kept."""
        with self._broker.reading() as connection:
            self.remotes = {one.id: one for one in store.all_of(connection)}

    async def stop(self) -> None:
        """Give up what is still on its way."""
        for one in self._work:
            one.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    async def settled(self) -> None:
        """Wait for what is on its way."""
        await asyncio.gather(*self._work)

    def follow(self, call: Call, watch: Watch) -> None:
        """Subscribe for `watch` wherever somebody is registered for it."""
        if not watch.subscription.document.get("localOnly"):
            self._begin(self._follow(call, watch, self._federation.all(call)))

    def leave(self, call: Call, subscription: str) -> None:
        """Give up what was subscribed to for a subscription that is no more, or another one now."""
        gone = [one for one in self.remotes.values() if (one.tenant, one.subscription) == (call.tenant, subscription)]
        for one in gone:
            self._begin(
                self._leave(call, one, self._federation.broker.registrations.get(call.tenant, one.registration))
            )

    def registered(self, call: Call, one: Registration) -> None:
        """Subscribe at a new context source for all who are interested in it."""
        for watch in self._broker.subscriptions.all("entity", call.tenant):
            if not watch.subscription.document.get("localOnly"):
                self._begin(self._follow(call, watch, [one]))

    def unregistered(self, call: Call, one: Registration) -> None:
        """Give up what was subscribed to at a context source that is registered no longer."""
        gone = [found for found in self.remotes.values() if (found.tenant, found.registration) == (call.tenant, one.id)]
        for found in gone:
            self._begin(self._leave(call, found, one))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _follow(self, call: Call, watch: Watch, registrations: Iterable[Registration]) -> None:
        request = request_of(watch)
        for one in registrations:
            if (
                "createSubscription" in one.operations
                and matches(one, request)
                and not self._federation.closed(call, one)
            ):
                try:
                    await self._subscribe(call, watch, one)
                except ContextError as error:
                    log.warning("no subscription at %s: %s", one.id, error.detail.en)

    async def _subscribe(self, call: Call, watch: Watch, one: Registration) -> None:
        subscription = watch.subscription
        terms = await self._terms(watch)
        speech = await self._federation.sources.speech(one, call, terms)
        unsaid = bool(subscription.document.get("splitEntities")) or speech.terms is not terms
        remote = Remote(f"urn:ngsi-ld:Subscription:{uuid4()}", call.tenant, subscription.id, one.id, unsaid)
        body = self.document(watch, one, remote, speech.terms)
        # Kept first: what is notified at once is heard, and nothing is left behind at others that nobody knows of.
        await self._broker.write(lambda transaction: store.add(transaction.connection, remote))
        self.remotes[remote.id] = remote
        reply = await self._federation.sources.ask(call, one, Message("POST", "/subscriptions", body=body), speech)
        if not reply.fine:
            log.warning("no subscription at %s: %s", one.id, reply.failure or reply.status)
            await self._forget(remote)

    async def _terms(self, watch: Watch) -> Terms:
        subscription = watch.subscription
        reference = subscription.spoken.get("q", subscription.document.get("jsonldContext"))
        contexts = self._broker.contexts
        return await contexts.terms(reference, subscription.tenant)

    def document(self, watch: Watch, one: Registration, remote: Remote, terms: Terms) -> dict[str, Any]:
        """The subscription as it is made at a context source, in `terms`: no wider than what that is registered for."""
        document = watch.subscription.document
        chosen = watch.selections
        texts = [entity["type"] for entity in document.get("entities", ())] or [None]
        seeks = [
            Seek(None if text == "*" else text, selection.types, selection.ids, selection.id_pattern)
            for text, selection in zip(texts, chosen, strict=False)
        ]
        entities = [_selector(narrow) for seek in seeks if (narrow := narrowed(seek, one, terms, CORE)) is not None]
        address = f"{self._broker.settings.address}{HEARING}/{quote(remote.id, safe=':')}"
        endpoint = {"uri": address, "accept": "application/json"}
        found: dict[str, Any] = {
            "id": remote.id,
            "type": "Subscription",
            "notification": {"endpoint": endpoint, "format": "normalized", "sysAttrs": True},
        }
        found |= {member: document[member] for member in TAKEN_OVER if member in document}
        if all("type" in entity for entity in entities) and entities:
            found["entities"] = entities
        watched = one.covered(None, None, watch.watched).attributes
        if watched is not None:
            found["watchedAttributes"] = sorted(terms.compact(name) for name in watched)
        if not remote.unsaid:
            found |= {member: document[member] for member in ("q", "geoQ", "scopeQ") if member in document}
        return found

    async def _leave(self, call: Call, remote: Remote, one: Registration | None) -> None:
        await self._forget(remote)
        if one is None or "deleteSubscription" not in one.operations:
            return
        speech = await self._federation.sources.speech(one, call, CORE)
        path = f"/subscriptions/{quote(remote.id, safe=':')}"
        await self._federation.sources.ask(call, one, Message("DELETE", path), speech)

    async def _forget(self, remote: Remote) -> None:
        self.remotes.pop(remote.id, None)
        await self._broker.write(lambda transaction: store.remove(transaction.connection, remote.id))


def _selector(seek: Seek) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if seek.text is not None:
        found["type"] = seek.text
    if seek.ids is not None:
        found["id"] = list(seek.ids)
    elif seek.pattern is not None:
        found["idPattern"] = seek.pattern
    return found
