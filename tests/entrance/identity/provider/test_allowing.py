"""Programs of others ask the user first; the user takes it back; programs and resource servers end and look at tokens."""

import re

import pytest
from fastapi.testclient import TestClient

from entrance.identity.provider.town import CALLBACK, Program, Town, answered, leads_to, said_by
from yuzhang.core.access import STRANGER, Party
from yuzhang.core.errors import NotAllowed
from yuzhang.entrance.identity.provider import consenting


def form_of(html: str) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html)
    return {name: value.replace("&amp;", "&").replace("&#34;", '"').replace("&#39;", "'") for name, value in found}


@pytest.fixture
def foreign(town: Town) -> Program:
    """A program of somebody else."""
    return town.client("foreign", third_party=True, redirects=(CALLBACK,))


def test_a_user_allows_a_foreign_program_once_and_is_asked_again_for_more(
    town: Town, browser: TestClient, foreign: Program, mei: str
) -> None:
    page = foreign.asks(browser, scope="openid profile")
    assert page.status_code == 200
    assert "应用" in page.text
    assert "您的姓名和语言" in page.text
    assert "app.example" in page.text
    back = browser.post("/oauth2/consent", data=form_of(page.text) | {"decision": "allow"})
    assert said_by(town, foreign.redeems(answered(back)["code"]).json()["id_token"])["sub"] == mei
    assert "code" in answered(foreign.asks(browser, scope="openid"))
    assert foreign.asks(browser, scope="openid email").status_code == 200, "more than was allowed"
    assert foreign.asks(browser, scope="openid", prompt="consent").status_code == 200
    assert answered(foreign.asks(browser, scope="openid email", prompt="none"))["error"] == "consent_required"


def test_a_user_says_no_and_the_program_is_told(browser: TestClient, foreign: Program) -> None:
    page = foreign.asks(browser)
    back = browser.post("/oauth2/consent", data=form_of(page.text) | {"decision": "deny"})
    assert answered(back)["error"] == "access_denied"
    assert foreign.asks(browser).status_code == 200, "nothing was remembered"


def test_a_yes_counts_only_from_the_page_that_was_shown_in_that_session(
    town: Town, browser: TestClient, foreign: Program, mei: str
) -> None:
    form = form_of(foreign.asks(browser).text) | {"decision": "allow"}
    wider = form | {"query": form["query"].replace("scope=openid", "scope=openid+email")}
    assert browser.post("/oauth2/consent", data=wider).status_code == 400
    other = town.signed_in(mei)
    assert other.post("/oauth2/consent", data=form).status_code == 400
    elsewhere = browser.post("/oauth2/consent", data=form, headers={"origin": "https://evil.example"})
    assert elsewhere.status_code == 401
    assert foreign.asks(browser).status_code == 200, "nothing was remembered"


def test_a_user_takes_it_back_and_the_programs_tokens_end(
    town: Town, browser: TestClient, foreign: Program, mei: str
) -> None:
    page = foreign.asks(browser, scope="openid offline_access")
    back = browser.post("/oauth2/consent", data=form_of(page.text) | {"decision": "allow"})
    tokens = foreign.redeems(answered(back)["code"]).json()
    shown = browser.get("/account/applications", headers={"accept": "text/html"})
    assert "在您离开后继续使用" in shown.text
    assert leads_to(browser.post("/account/applications/foreign/withdraw")) == "/account/applications"
    assert foreign.refreshes(tokens["refresh_token"]).json()["error"] == "invalid_grant"
    found = town.browser().get("/oauth2/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert found.status_code == 401
    assert foreign.asks(browser).status_code == 200, "asked again"
    assert browser.post("/account/applications/foreign/withdraw").status_code == 404


def test_a_stranger_sees_nobodys_programs(town: Town) -> None:
    found = town.browser().get("/account/applications", headers={"accept": "text/html"})
    assert leads_to(found) == "/sign-in"
    with pytest.raises(NotAllowed):
        consenting.consents(town.provider, Party("x", guard=town.identity.guard))
    with pytest.raises(NotAllowed):
        consenting.withdraw(town.provider, STRANGER, "foreign")


def test_a_program_goes_on_offline_after_the_user_has_left_but_not_without_that_scope(
    town: Town, browser: TestClient, program: Program, mei: str
) -> None:
    on = program.tokens(browser, scope="openid offline_access")
    off = program.tokens(browser, scope="openid")
    assert "refresh_token" not in off
    assert "在您离开后继续使用" in browser.get("/account/applications").text
    town.later(13 * 3600)  # the session has ended
    renewed = program.refreshes(on["refresh_token"])
    assert renewed.status_code == 200
    town.suspend(mei)
    assert program.refreshes(renewed.json()["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_program_ends_its_tokens_and_no_others(town: Town, browser: TestClient, program: Program) -> None:
    tokens = program.tokens(browser, scope="openid offline_access")
    other = town.client("other")
    assert other.exchanges({"token": tokens["refresh_token"]}, "revoke").status_code == 400
    assert other.exchanges({"token": "unknown"}, "revoke").status_code == 200
    assert program.exchanges({}, "revoke").json()["error"] == "invalid_request"
    assert program.exchanges({"token": tokens["refresh_token"]}, "revoke").status_code == 200
    assert program.refreshes(tokens["refresh_token"]).status_code == 400
    assert program.exchanges({"token": tokens["access_token"]}, "introspect").json() == {"active": False}
    tokens = program.tokens(browser)
    assert program.exchanges({"token": tokens["access_token"]}, "revoke").status_code == 200
    assert program.exchanges({"token": tokens["access_token"]}, "introspect").json() == {"active": False}


def test_a_token_is_looked_at_by_its_own_program_and_by_resource_servers(
    town: Town, browser: TestClient, program: Program, mei: str
) -> None:
    tokens = program.tokens(browser, scope="openid offline_access")
    told = program.exchanges({"token": tokens["access_token"]}, "introspect").json()
    assert told["active"] is True
    assert (told["sub"], told["client_id"], told["scope"]) == (mei, "app", "offline_access openid")
    assert "grant" not in told
    by_refresh = program.exchanges({"token": tokens["refresh_token"]}, "introspect").json()
    assert (by_refresh["active"], by_refresh["sub"]) == (True, mei)
    server = town.client("server", introspects=True)
    assert server.exchanges({"token": tokens["access_token"]}, "introspect").json()["active"] is True
    other = town.client("other")
    assert other.exchanges({"token": tokens["access_token"]}, "introspect").json() == {"active": False}
    public = town.client("public", method="none")
    assert public.exchanges({"token": tokens["access_token"]}, "introspect").json() == {"active": False}
    assert program.exchanges({"token": "unknown"}, "introspect").json() == {"active": False}


def test_an_application_gets_a_token_of_its_own_party_with_no_more_than_its_scopes(town: Town) -> None:
    meter = town.resident("meter", kind="application", roles=["data-officer"])
    program = town.client(
        "meter",
        grants=frozenset({"client_credentials"}),
        redirects=(),
        party=meter,
        scopes=frozenset({"openid", "yuzhang.read"}),
    )
    tokens = program.exchanges({"grant_type": "client_credentials"}).json()
    assert tokens["scope"] == "yuzhang.read"
    assert {"id_token", "refresh_token"}.isdisjoint(tokens)
    found = town.browser().get("/api/me", headers={"authorization": f"Bearer {tokens['access_token']}"}).json()
    assert found == {"id": meter, "kind": "application", "roles": ["data-officer"], "scopes": ["yuzhang.read"]}
    for more in ("yuzhang.write", "openid"):
        refused = program.exchanges({"grant_type": "client_credentials", "scope": more})
        assert refused.json()["error"] == "invalid_scope"
    town.suspend(meter)
    assert program.exchanges({"grant_type": "client_credentials"}).json()["error"] == "unauthorized_client"


def test_a_user_who_proves_itself_again_keeps_its_session_and_the_tokens_of_other_programs(
    town: Town, browser: TestClient, program: Program, mei: str
) -> None:
    other = town.client("other").tokens(browser)
    first = said_by(town, program.tokens(browser)["id_token"])
    town.later(5)
    there = program.asks(browser, prompt="login")
    assert leads_to(there) == "/account/proof"
    town.prove(browser, ("totp",))
    back = browser.get(answered(there)["next"])
    second = said_by(town, program.redeems(answered(back)["code"]).json()["id_token"])
    assert second["sid"] == first["sid"]
    assert second["auth_time"] == first["auth_time"] + 5
    assert (second["acr"], second["amr"]) == ("urn:yuzhang:factors:2", ["pwd", "otp", "mfa"])
    found = town.browser().get("/oauth2/userinfo", headers={"authorization": f"Bearer {other['access_token']}"})
    assert found.json() == {"sub": mei}
    assert leads_to(program.asks(browser, prompt="select_account")) == "/sign-in", "another party may come"
