"""Enterprises and officials let others act in their name, as far and as long as they say; all of it is told and recorded."""

import re
from dataclasses import replace

import pytest

from entrance.identity.conftest import Browse, Clock, Records
from entrance.identity.sitting import at
from entrance.standing import Someone, someone
from yuzhang.core.access import Object, may
from yuzhang.core.errors import NotAllowed
from yuzhang.entrance.identity import mandates
from yuzhang.entrance.identity.mandates import Scope
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store.sessions import note_seen

ACTING = "/account/acting"
ALL = Scope(matters=("*",))


def given(identity: Identity, giver: Someone, agent: Someone, scope: Scope = ALL) -> str:
    """The id of a mandate that was just given."""
    return mandates.give(identity, giver.party, agent.account.id, scope).id


@pytest.fixture
def enterprise(identity: Identity) -> Someone:
    """An enterprise."""
    return someone(identity, "enterprise", "enterprise")


@pytest.fixture
def agent(identity: Identity) -> Someone:
    """A citizen."""
    return someone(identity, "agent", "citizen")


def test_enterprise_gives_a_mandate_and_the_citizen_acts_for_it_and_stops(
    browse: Browse, enterprise: Someone, agent: Someone, records: Records
) -> None:
    giver, acting = at(browse, enterprise), at(browse, agent)
    form = {"party": "sample-agent", "matters": "*", "until": "2026-12-31"}
    assert giver.post(f"{ACTING}/mandates", data=form).status_code == 303
    assert "Sample agent" in giver.get(ACTING).text
    assert "Act for Sample enterprise" in acting.get(ACTING).text
    before = acting.cookies.get("yuzhang_session")
    assert acting.post(f"{ACTING}/begin", data={"party": enterprise.account.id}).status_code == 303
    assert acting.cookies.get("yuzhang_session") != before
    who = acting.get("/who").json()
    assert (who["id"], who["acting_for"]) == (agent.account.id, enterprise.account.id)
    assert "You act for" in acting.get("/account").text
    assert "acted for: Sample agent" in re.sub(r"\s+", " ", giver.get("/account").text)
    assert acting.post(f"{ACTING}/stop").status_code == 303
    assert acting.get("/who").json()["acting_for"] == ""
    done = {(party, action.rpartition(".")[2]) for party, action, outcome, _ in records.notes if outcome == "begun"}
    assert {(enterprise.account.id, "give"), (agent.account.id, "act"), (agent.account.id, "stop")} <= done


def test_whoever_acts_for_an_enterprise_may_look_after_its_belongings_but_not_its_account(
    identity: Identity, enterprise: Someone, agent: Someone
) -> None:
    given(identity, enterprise, agent)
    entered = mandates.act(identity, agent.party, enterprise.account.id)
    acting = identity.gate.of_token(entered.token)
    assert acting is not None
    assert acting.acting_name == "Sample enterprise"
    its = enterprise.account.id
    assert may(acting, "entrance.api.keys.keys", Object("entrance.api", owner=its))
    assert not may(agent.party, "entrance.api.keys.keys", Object("entrance.api", owner=its))
    assert not may(acting, "entrance.identity.account.profile", Object("entrance.identity", owner=its))


def test_revoked_mandate_ends_at_the_very_next_request_and_the_next_one_does_not_begin_by_itself(
    identity: Identity, browse: Browse, enterprise: Someone, agent: Someone
) -> None:
    first = given(identity, enterprise, agent)
    acting = at(browse, agent)
    acting.post(f"{ACTING}/begin", data={"party": enterprise.account.id})
    assert acting.get("/who").json()["acting_for"] == enterprise.account.id
    assert at(browse, enterprise).post(f"{ACTING}/mandates/{first}/revoke").status_code == 303
    assert acting.get("/who").json()["acting_for"] == ""
    given(identity, enterprise, agent)
    assert acting.get("/who").json()["acting_for"] == ""
    assert "mandate revoked" in acting.get("/account").text


def test_mandate_runs_out_and_its_roles_go_with_it(identity: Identity, clock: Clock) -> None:
    away = someone(identity, "away", "official", ("data-officer", "plan-officer"))
    stand_in = someone(identity, "stand-in", "official", ("duty-officer",))
    day = clock.at.replace(hour=0)  # eight hours ago; a session lasts twelve
    given(identity, away, stand_in, Scope(("data-officer",), until_at=day.replace(hour=18)))
    token = mandates.act(identity, stand_in.party, away.account.id).token
    acting = identity.gate.of_token(token)
    assert acting is not None
    assert acting.roles == {"duty-officer", "data-officer"}
    while clock.at < day.replace(hour=18):
        clock.move(20 * 60)
        with identity.storage.writing() as connection:  # somebody looks now and then, so that the session lasts
            note_seen(connection, acting.session, clock.at)
    identity.gate.forget()  # what the gate knows for two seconds
    after = identity.gate.of_token(token)
    assert after is not None
    assert after.acting_for == ""
    assert after.roles == {"duty-officer"}


def test_administrator_s_role_is_never_lent(identity: Identity, browse: Browse) -> None:
    chief = someone(identity, "chief", "official", ("security-administrator", "data-officer"))
    someone(identity, "stand-in", "official")
    answer = at(browse, chief).post(
        f"{ACTING}/mandates", data={"party": "sample-stand-in", "roles": ["security-administrator"]}
    )
    assert answer.status_code == 422
    assert "never lent" in answer.text


@pytest.mark.parametrize(
    ("giver", "to", "form", "said"),
    [
        ("enterprise", "enterprise", {"matters": "*"}, "own agent"),
        ("citizen", "officer", {"matters": "*"}, "Enterprises and officials"),
        ("enterprise", "device", {"matters": "*"}, "An agent is"),
        ("officer", "citizen", {"matters": "*"}, "An official stands in"),
        ("enterprise", "officer", {"matters": "*", "roles": "plan-officer"}, "no roles to lend"),
        ("officer", "other", {"roles": "data-officer"}, "that the giver has"),
        ("enterprise", "citizen", {}, "a role or a matter"),
        ("enterprise", "citizen", {"matters": "*", "until": "2020-01-01"}, "ends after it begins"),
        ("enterprise", "citizen", {"matters": "*", "until": "tomorrow"}, "YYYY-MM-DD"),
        ("enterprise", "nobody", {"matters": "*"}, "no party"),
    ],
)
def test_mandate_that_nobody_can_give_is_refused_with_its_reason(
    identity: Identity, browse: Browse, giver: str, to: str, form: dict[str, str], said: str
) -> None:
    people = {
        name: someone(identity, name, kind, roles)
        for name, kind, roles in (
            ("enterprise", "enterprise", ()),
            ("citizen", "citizen", ()),
            ("officer", "official", ("plan-officer",)),
            ("other", "official", ()),
            ("device", "device", ()),
        )
    }
    answer = at(browse, people[giver]).post(f"{ACTING}/mandates", data={"party": f"sample-{to}", **form})
    assert answer.status_code in (404, 422)
    assert said in answer.text


def test_nobody_acts_without_a_mandate_and_nobody_revokes_another_s(
    identity: Identity, browse: Browse, enterprise: Someone, agent: Someone
) -> None:
    mandate = given(identity, enterprise, agent)
    other = at(browse, someone(identity, "other", "citizen"))
    assert other.post(f"{ACTING}/begin", data={"party": enterprise.account.id}).status_code == 404
    assert other.post(f"{ACTING}/mandates/{mandate}/revoke").status_code == 404
    assert other.get("/who").json()["acting_for"] == ""
    assert mandates.own(identity, agent.party).received[0].revoked_at is None


def test_agent_lays_a_mandate_down(identity: Identity, browse: Browse, enterprise: Someone, agent: Someone) -> None:
    mandate = given(identity, enterprise, agent)
    acting = at(browse, agent)
    assert acting.post(f"{ACTING}/mandates/{mandate}/revoke").status_code == 303
    assert acting.post(f"{ACTING}/begin", data={"party": enterprise.account.id}).status_code == 404


def test_security_administrator_arranges_a_mandate_for_others_but_none_of_their_own(
    identity: Identity, browse: Browse, enterprise: Someone, agent: Someone, records: Records
) -> None:
    security = someone(identity, "security", "official", ("security-administrator",))
    browser, its = at(browse, security), f"/admin/parties/{enterprise.account.id}/mandates"
    assert browser.post(its, data={"subject": "sample-agent", "matters": "*"}).status_code == 303
    mandate = mandates.own(identity, enterprise.party).given[0]
    assert (mandate.given_by, mandate.agent) == (security.account.id, agent.account.id)
    assert any("subject=sample-agent" in subject for _, _, _, subject in records.notes)
    assert browser.post(its, data={"subject": "sample-security", "matters": "*"}).status_code == 403
    assert at(browse, agent).post(its, data={"subject": "sample-agent", "matters": "*"}).status_code == 403
    assert browser.post(f"{its}/{mandate.id}/revoke").status_code == 303
    assert mandates.own(identity, enterprise.party).given[0].revoked_by == security.account.id


def test_giving_a_mandate_wants_a_fresh_proof(
    browse: Browse, enterprise: Someone, agent: Someone, clock: Clock
) -> None:
    giver = at(browse, enterprise)
    clock.move(11 * 60)
    answer = giver.post(f"{ACTING}/mandates", data={"party": agent.account.id, "matters": "*"})
    assert answer.headers["location"].startswith("/account/proof")


def test_suspended_giver_lends_nothing_any_more(
    identity: Identity, browse: Browse, enterprise: Someone, agent: Someone
) -> None:
    given(identity, enterprise, agent)
    acting = at(browse, agent)
    acting.post(f"{ACTING}/begin", data={"party": enterprise.account.id})
    system = at(browse, someone(identity, "system", "official", ("system-administrator",)))
    assert system.post(f"/admin/parties/{enterprise.account.id}/suspend").status_code == 303
    assert acting.get("/who").json()["acting_for"] == ""


def test_token_with_scopes_neither_gives_a_mandate_nor_acts_by_one(
    identity: Identity, enterprise: Someone, agent: Someone
) -> None:
    given(identity, enterprise, agent)
    limited = replace(agent.party, scopes=frozenset({"yuzhang.read", "yuzhang.write"}))
    with pytest.raises(NotAllowed):
        mandates.act(identity, limited, enterprise.account.id)
    with pytest.raises(NotAllowed):
        mandates.give(identity, replace(enterprise.party, scopes=frozenset({"yuzhang.write"})), agent.account.id, ALL)
