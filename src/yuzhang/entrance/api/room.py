"""The API's keys and webhooks in one installation: whom a key speaks for, and how much it may ask."""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from time import monotonic

from sqlalchemy import Connection

from yuzhang.core.access import Guard, Party
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import Storage
from yuzhang.entrance.api import store
from yuzhang.entrance.api.counting import Counting
from yuzhang.entrance.api.model import Key
from yuzhang.entrance.api.webhooks.collecting import collect
from yuzhang.entrance.api.webhooks.delivering import Delivering
from yuzhang.entrance.identity.gate import utc_now
from yuzhang.entrance.identity.model import Account
from yuzhang.entrance.identity.store.parties import party, roles_at
from yuzhang.web.gate import Asking

FORM = re.compile(r"yz_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
SESSION = "key-"
"""How the session of a party begins that came with a key; identity's own begin otherwise."""
KEPT_S = 2.0
"""So long another process may still take a key that was revoked in this one; in this one it ends at once."""
MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """A key that holds, and the party that it speaks for."""

    key: Key
    party: Party
    until: float


class Api:
    """What every action of the room asks of. `now`: the clock; `private_addresses`: webhooks may lie in inner networks."""

    def __init__(
        self,
        storage: Storage,
        secrets: Secrets,
        guard: Guard,
        *,
        private_addresses: bool = False,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.storage, self.secrets, self.guard, self.now = storage, secrets, guard, now
        self.private_addresses = private_addresses
        self.counting = Counting(storage, now)
        self.delivering = Delivering(storage, secrets, now, lambda: collect(self), private=private_addresses)
        self._kept: dict[bytes, Known] = {}
        self._keys: dict[str, Key] = {}
        self._lock, self._age = Lock(), 0

    def bearer(self, token: str, asking: Asking) -> Party | None:
        """The party that a key speaks for; None for what is no key of ours that holds. For the gate."""
        found = self.known(token)
        return None if found is None else found.party

    def key_of(self, caller: Party) -> Key | None:
        """The key that `caller` came with; None for whoever came without one."""
        if not caller.session.startswith(SESSION):
            return None
        name = caller.session.removeprefix(SESSION)
        found = self._keys.get(name)
        if found is None:  # forgotten since the gate knew it
            with self.storage.reading() as connection:
                found = store.key(connection, name)
        return found

    def known(self, token: str) -> Known | None:
        """The key of that text, and its party; None if there is none that holds."""
        if not token.startswith("yz_"):
            return None
        token_hash = hashlib.sha256(token.encode()).digest()
        kept = self._kept.get(token_hash)
        if kept is not None and monotonic() < kept.until and kept.key.holds(self.now()):
            return kept
        age = self._age
        found = self._load(token, token_hash)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
                self._keys.clear()
            if found is None:
                self._kept.pop(token_hash, None)
            elif age == self._age:  # nothing was revoked while it was read
                self._kept[token_hash] = found
                self._keys[found.key.id] = found.key
        return found

    def forget(self) -> None:
        """Read every key anew: one was revoked or changed."""
        with self._lock:
            self._age += 1
            self._kept.clear()
            self._keys.clear()

    def start(self) -> None:
        """Begin to write down what is counted, and to deliver messages."""
        self.counting.start()
        self.delivering.start()

    def stop(self) -> None:
        """End it; all that was counted is durable afterwards."""
        self.delivering.stop()
        self.counting.stop()

    def _load(self, token: str, token_hash: bytes) -> Known | None:
        form = FORM.fullmatch(token)
        if form is None:
            return None
        now = self.now()
        with self.storage.reading() as connection:
            key = store.key(connection, form[1])
            if key is None or not hmac.compare_digest(key.hash, token_hash) or not key.holds(now):
                return None
            account = party(connection, self.secrets, key.party)
            if account is None or not account.active:
                return None
            made = self.speaking(connection, account, frozenset(key.scopes), f"{SESSION}{key.id}")
        return Known(key, made, monotonic() + KEPT_S)

    def speaking(self, connection: Connection, account: Account, scopes: frozenset[str], session: str) -> Party:
        """The party of an application's account, as far as it was allowed."""
        return Party(
            account.id,
            roles_at(connection, account.id, self.now()),
            kind=account.kind,
            name=account.name,
            unit=account.unit,
            region=account.region,
            factors=1,
            scopes=scopes,
            session=session,
            guard=self.guard,
        )
