"""Signing keys: published before they are used, kept until their tokens end, sealed where they lie."""

import pytest

from entrance.identity.provider.town import Program, Town, said_by
from yuzhang.core.access import OPERATOR, STRANGER
from yuzhang.core.errors import NotAllowed
from yuzhang.entrance.identity.provider import store
from yuzhang.entrance.identity.provider.errors import TooEarly
from yuzhang.entrance.identity.provider.keys import ROLL_S, roll, signing_keys


def kids(town: Town) -> set[str]:
    """The keys that are published."""
    return {key["kid"] for key in town.browser().get("/oauth2/jwks").json()["keys"]}


def test_a_rolled_key_was_published_before_and_the_old_one_stays_until_its_tokens_end(
    town: Town, program: Program, mei: str
) -> None:
    town.later(3600)
    browser = town.signed_in(mei)
    before, old = kids(town), town.provider.keys.current("ES256").kid
    hint = program.tokens(browser)["id_token"]
    new = roll(town.provider.keys, OPERATOR, "ES256")
    assert new.kid in before
    assert kids(town) > before, "another next one"
    assert town.provider.keys.current("ES256").kid == new.kid
    said_by(town, hint)
    town.later(601)
    assert old not in kids(town)
    assert town.provider.hinted(hint) is not None, "a hint at sign-out may be old"
    with town.storage.reading() as connection:
        assert next(key for key in store.keys(connection) if key.kid == old).private is None


def test_a_key_that_was_not_published_for_an_hour_is_not_used_unless_it_has_to_be(town: Town) -> None:
    town.later(3600)
    roll(town.provider.keys, OPERATOR, "RS256")
    with pytest.raises(TooEarly, match="60 minutes"):
        roll(town.provider.keys, OPERATOR, "RS256")
    before = town.provider.keys.current("RS256").kid
    assert roll(town.provider.keys, OPERATOR, "RS256", at_once=True).kid != before


def test_a_key_is_rolled_by_itself_after_ninety_days(town: Town) -> None:
    before = town.provider.keys.current("ES256").kid
    town.provider.keys.renew_old()
    assert town.provider.keys.current("ES256").kid == before
    town.later(ROLL_S)
    town.provider.keys.renew_old()
    assert town.provider.keys.current("ES256").kid != before


def test_private_keys_lie_sealed_and_no_stranger_sees_or_rolls_them(town: Town) -> None:
    assert b'"d"' not in (town.storage.folder / "state.db").read_bytes()
    with pytest.raises(NotAllowed):
        signing_keys(town.provider.keys, STRANGER)
    with pytest.raises(NotAllowed):
        roll(town.provider.keys, STRANGER, "ES256")
