"""The room of keys behind the real gate, over an empty folder, with one application in it."""

from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from yuzhang.core.access import OPERATOR, Outcome, Party, Policy
from yuzhang.core.secrets import Secrets
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.guard import EntranceGuard
from yuzhang.entrance.identity.model import Account
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.rules import Rules
from yuzhang.entrance.identity.store.parties import add_party
from yuzhang.entrance.policy.room import Decider

APPLICATION, OWNER = "party-display", "party-owner"


class Nothing:
    """Keeps no records."""

    def note(self, caller: Party, policy: Policy, outcome: Outcome, subject: str) -> Future[None] | None:
        """Nothing."""
        return None


@pytest.fixture(scope="session")
def guard() -> EntranceGuard:
    """The policies that are shipped."""
    return EntranceGuard(Decider(), Nothing())


@pytest.fixture
def identity(storage: Storage, guard: EntranceGuard) -> Iterator[Identity]:
    """The room with the gate; an application is known to it, which `OWNER` made."""
    made = Identity(storage, Secrets(b"k" * 32), Settings(storage.folder), guard, own_rules=Rules())
    at = datetime(2026, 3, 2, tzinfo=UTC)
    account = Account(
        APPLICATION, "application", "Display", None, "", "", "", "", "", "", "en", "active", at, OWNER, None
    )
    with storage.writing() as connection:
        add_party(connection, made.secrets, account)
    yield made
    made.close()


@pytest.fixture
def api(identity: Identity) -> Api:
    """The room of keys; the gate knows it."""
    made = Api(identity.storage, identity.secrets, identity.guard)
    identity.gate.bearers.append(made.bearer)
    return made


@pytest.fixture
def owner(guard: EntranceGuard) -> Party:
    """The official whose application it is."""
    return Party(OWNER, frozenset({"plan-officer"}), kind="official", factors=2, guard=guard)


@pytest.fixture
def other(owner: Party) -> Party:
    """Another official."""
    return replace(owner, id="party-other")


@pytest.fixture
def operator() -> Party:
    """Whoever sits at the terminal."""
    return OPERATOR
