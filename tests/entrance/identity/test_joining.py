"""Becoming a party: links that work once, first administrators, enterprises, and who may be what."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from entrance.identity.conftest import Browse, Clock
from entrance.identity.people import OTHER_PASSWORD, PASSWORD, Person
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import Conflict, NotAllowed
from yuzhang.entrance.identity import granting, parties
from yuzhang.entrance.identity.errors import LastAdministrator, RolesExclude, UnfitAccount
from yuzhang.entrance.identity.joining import FIRST_LINK_S, first_link
from yuzhang.entrance.identity.parties import INVITATION_S
from yuzhang.entrance.identity.room import Identity

CODE, SAME_FORM = "91350100M000100Y43", "91350100M000100Y44"


def administrator(identity: Identity, browser: TestClient, clock: Clock) -> Person:
    """The first administrator, with both factors."""
    person = Person(browser, "admin.li", PASSWORD, "Li Na")
    assert person.join(first_link(identity) or "").status_code == 303
    assert person.add_generator(clock.at.timestamp()).status_code == 303
    return person


def joined(identity: Identity, browser: TestClient, login: str, *roles: str) -> Person:
    """Somebody whom the operator invited."""
    person = Person(browser, login, PASSWORD)
    path = parties.invite(identity, OPERATOR, "official", person.name, roles)
    assert person.join(path).status_code == 303
    return person


def test_first_link_makes_one_administrator_and_no_second(browse: Browse, identity: Identity) -> None:
    older, path = first_link(identity), first_link(identity)
    assert older
    assert path
    assert browse().get(older).status_code == 404
    assert "first administrator" in browse().get(path).text
    assert Person(browse(), "admin.li", PASSWORD).join(path).status_code == 303
    assert Person(browse(), "admin.wu", PASSWORD).join(path).status_code == 404
    assert first_link(identity) is None


def test_first_link_runs_out_after_a_day(browse: Browse, identity: Identity, clock: Clock) -> None:
    path = first_link(identity) or ""
    clock.move(FIRST_LINK_S)
    assert browse().get(path).status_code == 404


def test_invitation_is_used_once_and_runs_out_after_a_week(browse: Browse, identity: Identity, clock: Clock) -> None:
    path = parties.invite(identity, OPERATOR, "official", "Zhao", ["plan-officer"])
    assert "plan-officer" in browse().get(path).text
    assert Person(browse(), "zhao", PASSWORD).join(path).status_code == 303
    assert Person(browse(), "zhao.2", PASSWORD).join(path).status_code == 404
    late = parties.invite(identity, OPERATOR, "official", "Zhou", [])
    clock.move(INVITATION_S)
    assert Person(browse(), "zhou", PASSWORD).join(late).status_code == 404


def test_mistake_in_the_form_does_not_use_the_link(browse: Browse, identity: Identity) -> None:
    path = parties.invite(identity, OPERATOR, "official", "Zhao", [])
    assert Person(browse(), "zhao", "short").join(path).status_code == 422
    Person(browse(), "taken", PASSWORD).sign_up()
    assert Person(browse(), "taken", PASSWORD).join(path).status_code == 409
    assert Person(browse(), "zhao", PASSWORD).join(path).status_code == 303


def test_first_administrator_invites_the_first_of_the_others_and_gives_no_role_else(
    browse: Browse, identity: Identity, clock: Clock
) -> None:
    first = administrator(identity, browse(), clock)
    caller = identity.gate.of_token(first.token)
    assert caller is not None
    path = parties.invite(identity, caller, "official", "Wu", ["security-administrator"])
    with pytest.raises(NotAllowed):
        parties.invite(identity, caller, "official", "Wu", ["plan-officer"])
    second = Person(browse(), "security.wu", PASSWORD)
    assert second.join(path).status_code == 303
    with pytest.raises(NotAllowed):
        parties.invite(identity, caller, "official", "Mallory", ["security-administrator"])
    clock.move(30)
    assert second.add_generator(clock.at.timestamp()).status_code == 303
    security = identity.gate.of_token(second.token)
    assert security is not None
    joined(identity, browse(), "zhao")
    granting.grant(identity, security, "zhao", "plan-officer", clock.at + timedelta(days=1))
    for refused in ("security.wu", security.id):
        with pytest.raises(NotAllowed):
            granting.grant(identity, security, refused, "plan-officer")
    with pytest.raises(NotAllowed):
        granting.recovery_link(identity, security, "security.wu")
    with pytest.raises(NotAllowed):
        granting.grant(identity, caller, "zhao", "duty-officer")


def test_nobody_is_two_administrators_and_the_last_one_stays(browse: Browse, identity: Identity) -> None:
    joined(identity, browse(), "admin.li", "system-administrator")
    for role in ("security-administrator", "audit-administrator"):
        with pytest.raises(RolesExclude):
            granting.grant(identity, OPERATOR, "admin.li", role)
    with pytest.raises(RolesExclude):
        parties.invite(identity, OPERATOR, "official", "x", ["system-administrator", "audit-administrator"])
    with pytest.raises(LastAdministrator):
        granting.take(identity, OPERATOR, "admin.li", "system-administrator")
    with pytest.raises(LastAdministrator):
        parties.set_status(identity, OPERATOR, "admin.li", "suspended")
    joined(identity, browse(), "admin.wu", "system-administrator")
    granting.take(identity, OPERATOR, "admin.li", "system-administrator")


@pytest.mark.parametrize("kind", ["citizen", "enterprise"])
def test_citizens_and_enterprises_get_no_roles(identity: Identity, kind: str) -> None:
    with pytest.raises(UnfitAccount):
        parties.invite(identity, OPERATOR, kind, "x", ["plan-officer"])


def test_role_with_an_end_is_gone_after_it(browse: Browse, identity: Identity, clock: Clock) -> None:
    person = joined(identity, browse(), "zhao")
    granting.grant(identity, OPERATOR, "zhao", "plan-officer", clock.at + timedelta(minutes=5))
    assert person.who()["roles"] == ["plan-officer"]
    clock.move(301)
    identity.gate.forget()
    assert person.who()["roles"] == []


def test_enterprise_signs_up_with_a_right_code_and_is_confirmed_once(browse: Browse, identity: Identity) -> None:
    wrong = Person(browse(), "shop", PASSWORD, "Shop").sign_up("enterprise", identifier=SAME_FORM)
    assert wrong.status_code == 422
    assert "credit code" in wrong.text
    shop, copy = Person(browse(), "shop", PASSWORD, "Shop"), Person(browse(), "copy", PASSWORD, "Copy")
    assert shop.sign_up("enterprise", identifier=CODE.lower()).status_code == 303
    assert copy.sign_up("enterprise", identifier=CODE).status_code == 303
    assert "not yet" in shop.browser.get("/account").text
    parties.confirm(identity, OPERATOR, "shop")
    assert "not yet" not in shop.browser.get("/account").text
    with pytest.raises(Conflict):
        parties.confirm(identity, OPERATOR, "copy")
    assert Person(browse(), "third", PASSWORD).sign_up("enterprise", identifier=CODE).status_code == 422
    assert shop.browser.post("/account/profile", data={"name": "Bank", "language": "zh"}).status_code == 422


def test_officials_do_not_sign_up(browse: Browse) -> None:
    assert Person(browse(), "boss", PASSWORD).sign_up("official").status_code == 422


def test_recovery_link_sets_a_password_once_and_ends_everything_else(
    browse: Browse, citizen: Person, identity: Identity, clock: Clock
) -> None:
    citizen.add_generator(clock.at.timestamp())
    older = granting.recovery_link(identity, OPERATOR, "wang")
    path = granting.recovery_link(identity, OPERATOR, "wang")
    assert "recovery link made" in citizen.browser.get("/account").text
    new = browse()
    assert new.post(older, data={"password": OTHER_PASSWORD}).status_code == 404
    assert new.post(path, data={"password": "short"}).status_code == 422
    assert new.post(path, data={"password": OTHER_PASSWORD}).status_code == 303
    assert citizen.who()["kind"] == "stranger"
    assert citizen.who(new)["kind"] == "citizen"
    assert browse().post(path, data={"password": OTHER_PASSWORD}).status_code == 404
    assert citizen.sign_in(browse()).status_code == 401


def test_recovery_code_sets_a_password_but_leaves_the_second_factor(
    browse: Browse, citizen: Person, clock: Clock
) -> None:
    citizen.add_generator(clock.at.timestamp())
    page = citizen.browser.post("/account/recovery-codes").text
    code = page.partition("<li><code>")[2].partition("</code>")[0]
    form = {"login": "WANG", "code": code, "password": OTHER_PASSWORD}
    assert "is set" in browse().post("/recover", data=form).text
    assert citizen.who()["kind"] == "stranger"
    assert browse().post("/recover", data=form).status_code == 401
    answer = citizen.sign_in(browse(), OTHER_PASSWORD)
    assert answer.headers["location"].startswith("/sign-in/code")
