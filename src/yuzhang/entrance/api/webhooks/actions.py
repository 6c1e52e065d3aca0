"""What an application, or who looks after it, does with its webhooks."""

import asyncio
import secrets as random
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from yuzhang.brain.context.reaching import Unreachable, checked_address
from yuzhang.client.webhooks import PREFIX
from yuzhang.core.access import Party, action
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.api.errors import UnfitWebhook
from yuzhang.entrance.api.owning import administers, own
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.api.webhooks import store
from yuzhang.entrance.api.webhooks.model import KINDS, TEST, Message, NewWebhook, Webhook
from yuzhang.entrance.api.webhooks.publishing import send
from yuzhang.entrance.identity.store.moments import seconds

SECRET_BYTES = 32
LONGEST_ADDRESS = 2_000
MOST = 20
"""So many webhooks one application may have."""
SHOWN = 50


@action("self", reads=True)
def webhooks(api: Api, caller: Party, /) -> list[Webhook]:
    """The webhooks that the caller may see: its own, of its own applications, or of all for a system administrator."""
    with api.storage.reading() as connection:
        return [_shown(one) for one in store.webhooks(connection, None if administers(caller) else caller.id)]


@action("self", reads=False)
def add(api: Api, caller: Party, /, party: str, address: str, kinds: Sequence[str]) -> NewWebhook:
    """A new webhook of an application, with its secret. Raises NotFound, NotAllowed, UnfitWebhook."""
    if not kinds or not set(kinds) <= set(KINDS):
        raise _unfit("/kinds", f"种类可选：{'、'.join(KINDS)}。", f"Kinds are: {', '.join(KINDS)}.")
    with api.storage.reading() as connection:
        own(api, connection, caller, party, itself=True)
    _check(address, private=api.private_addresses)
    name, secret = f"webhook-{random.token_hex(8)}", PREFIX + b64encode(random.token_bytes(SECRET_BYTES)).decode()
    sealed = api.secrets.seal(f"webhook {name}", secret.encode())
    made = Webhook(name, party, address, tuple(sorted(set(kinds))), _now(api), caller.id, secret=sealed)
    with api.storage.writing() as connection:
        own(api, connection, caller, party, itself=True)
        if sum(one.party == party for one in store.webhooks(connection, None)) >= MOST:
            raise _unfit("/party", f"每个应用最多 {MOST} 个网络回调。", f"An application has {MOST} webhooks at most.")
        store.add(connection, made)
    return NewWebhook(_shown(made), secret)


@action("self", reads=False)
def remove(api: Api, caller: Party, /, identifier: str) -> None:
    """Delete a webhook, and what waits for it. Raises NotFound, NotAllowed."""
    with api.storage.writing() as connection:
        store.remove(connection, _known(api, connection, caller, identifier).id)


@action("self", reads=False)
def pause(api: Api, caller: Party, /, identifier: str) -> Webhook:
    """Keep a webhook's messages back. Raises NotFound, NotAllowed."""
    with api.storage.writing() as connection:
        store.pause(connection, _known(api, connection, caller, identifier).id, api.now())
        return _known(api, connection, caller, identifier)


@action("self", reads=False)
def resume(api: Api, caller: Party, /, identifier: str) -> Webhook:
    """Send to a webhook again that was paused or disabled; what waits is tried at once. Raises NotFound, NotAllowed."""
    with api.storage.writing() as connection:
        store.resume(connection, _known(api, connection, caller, identifier).id, api.now())
        found = _known(api, connection, caller, identifier)
    api.delivering.wake()
    return found


@action("self", reads=False)
def test(api: Api, caller: Party, /, identifier: str) -> None:
    """Send a message of the kind webhook.test, whatever kinds it is for. Raises NotFound, NotAllowed."""
    with api.storage.writing() as connection:
        found = _known(api, connection, caller, identifier)
        send(api, connection, found, TEST, {"webhook": found.id}, at=api.now())
    api.delivering.wake()


@action("self", reads=True)
def deliveries(api: Api, caller: Party, /, identifier: str) -> list[Message]:
    """The last 50 messages of a webhook, the newest first. Raises NotFound, NotAllowed."""
    with api.storage.reading() as connection:
        return store.messages(connection, _known(api, connection, caller, identifier).id, SHOWN)


@action("self", reads=False)
def replay(api: Api, caller: Party, /, identifier: str, number: int) -> None:
    """Send a message again, with the same id. Raises NotFound, NotAllowed."""
    with api.storage.writing() as connection:
        found = _known(api, connection, caller, identifier)
        if store.message(connection, found.id, number) is None:
            raise NotFound(Title(f"没有消息 {number}。", f"There is no message {number}."), where="/number")
        store.note(connection, number, next_at=seconds(api.now()), attempts=0, delivered_at=None)
    api.delivering.wake()


def _known(api: Api, connection: Connection, caller: Party, name: str) -> Webhook:
    found = store.webhook(connection, name)
    if found is None:
        raise NotFound(Title(f"没有网络回调 {name}。", f"There is no webhook {name}."), where="/webhook")
    own(api, connection, caller, found.party, itself=True)
    return found


def _check(address: str, *, private: bool) -> None:
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.username is None and not parts.fragment
    except ValueError:
        named = False
    if not named or len(address) > LONGEST_ADDRESS or not (address.isascii() and address.isprintable()):
        raise _unfit("/address", "地址无法使用。", "The address cannot be used.")
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise _unfit("/address", "地址须以 https:// 开头。", "The address begins with https://.")
    try:
        asyncio.run(checked_address(address, private=private))
    except Unreachable as err:
        raise UnfitWebhook(err.detail, where="/address", fix=err.fix) from err


def _now(api: Api) -> datetime:
    return api.now().replace(microsecond=0)  # as the store keeps it: what happens in this second is told


def _shown(webhook: Webhook) -> Webhook:
    return replace(webhook, secret=b"")


def _unfit(where: str, chinese: str, english: str) -> UnfitWebhook:
    return UnfitWebhook(Title(chinese, english), where=where, fix=Title("请修改后重试。", "Correct it and try again."))
