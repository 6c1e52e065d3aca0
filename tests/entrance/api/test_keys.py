"""Keys of applications, as the gate knows them."""

from datetime import timedelta

import pytest

from entrance.api.conftest import APPLICATION
from yuzhang.core.access import Party
from yuzhang.core.errors import NotAllowed
from yuzhang.entrance.api import keys
from yuzhang.entrance.api.errors import UnfitKey
from yuzhang.entrance.api.keys import Wanted
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.api.tables import KEY
from yuzhang.entrance.identity.room import Identity
from yuzhang.web.gate import Asking


def asked(identity: Identity, text: str) -> Party:
    """Whom the gate takes the sender of a key for."""
    return identity.gate.party(Asking("GET", "/", "10.0.0.9", {"authorization": f"Key {text}", "host": "localhost"}))


def test_an_owner_makes_a_key_that_speaks_for_the_application_and_is_kept_as_a_hash(
    identity: Identity, api: Api, owner: Party
) -> None:
    made = keys.add(api, owner, APPLICATION, Wanted("display"))
    known = asked(identity, made.text)
    assert (known.id, known.kind, known.scopes) == (APPLICATION, "application", frozenset({"yuzhang.read"}))
    with api.storage.reading() as connection:
        row = connection.execute(KEY.select()).mappings().one()
    assert made.text.split("_", 2)[2] not in repr(dict(row))
    assert [one.id for one in keys.keys(api, owner)] == [made.key.id]


def test_a_revoked_key_ends_at_once(identity: Identity, api: Api, owner: Party) -> None:
    made = keys.add(api, owner, APPLICATION, Wanted("display"))
    assert asked(identity, made.text).kind == "application"
    keys.revoke(api, owner, made.key.id)
    assert asked(identity, made.text).kind == "stranger"


def test_a_changed_secret_opens_nothing(identity: Identity, api: Api, owner: Party) -> None:
    made = keys.add(api, owner, APPLICATION, Wanted("display"))
    assert asked(identity, made.text[:-2] + ("AA" if made.text[-2:] != "AA" else "BB")).kind == "stranger"


def test_another_official_sees_and_makes_and_ends_no_key_of_it(api: Api, owner: Party, other: Party) -> None:
    made = keys.add(api, owner, APPLICATION, Wanted("display"))
    assert keys.keys(api, other) == []
    for attempt in (
        lambda: keys.add(api, other, APPLICATION, Wanted("mine")),
        lambda: keys.revoke(api, other, made.key.id),
        lambda: keys.rotate(api, other, made.key.id),
        lambda: keys.usage(api, other, made.key.id),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_both_keys_hold_while_a_replacement_is_brought_out(identity: Identity, api: Api, owner: Party) -> None:
    old = keys.add(api, owner, APPLICATION, Wanted("display"))
    new = keys.rotate(api, owner, old.key.id, 3600)
    assert {asked(identity, one.text).kind for one in (old, new)} == {"application"}
    before = api.now()
    api.now = lambda: before + timedelta(hours=2)
    assert [asked(identity, one.text).kind for one in (old, new)] == ["stranger", "application"]


def test_a_key_that_expired_or_asks_for_unknown_scopes_is_refused(api: Api, owner: Party) -> None:
    for wanted in (Wanted(""), Wanted("x", ("everything",)), Wanted("x", expires_at=api.now()), Wanted("x", daily=0)):
        with pytest.raises(UnfitKey):
            keys.add(api, owner, APPLICATION, wanted)


def test_an_operator_makes_a_key_for_any_application(api: Api, operator: Party) -> None:
    assert keys.add(api, operator, APPLICATION, Wanted("display")).text.startswith("yz_")
