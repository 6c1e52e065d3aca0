"""The OpenID Foundation's plan for a basic provider (oidcc-basic-certification-test-plan), module by module.

docs/reference/openid-connect.md says which rule each test shows; the last test here compares the two.
"""

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from entrance.identity.provider.town import CALLBACK, ISSUER, Program, Town, answered, leads_to, said_by
from yuzhang.entrance.identity.provider.claims import half_hash

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "openid-connect.md"
PLAIN: dict[str, dict[str, str | None]] = {
    "oidcc-display-page": {"display": "page"},
    "oidcc-display-popup": {"display": "popup"},
    "oidcc-login-hint": {"login_hint": "mei"},
    "oidcc-ui-locales": {"ui_locales": "se zh-CN en"},
    "oidcc-claims-locales": {"claims_locales": "se zh"},
    "oidcc-ensure-request-with-acr-values-succeeds": {"acr_values": "1 2"},
    "oidcc-ensure-request-with-unknown-parameter-succeeds": {"extra": "foobar"},
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow": {"nonce": None},
    "oidcc-ensure-other-scope-order-succeeds": {"scope": "email openid"},
    "oidcc-scope-unknown-is-passed-over": {"scope": "openid rocket"},
}
"""Requests that are answered like the usual one."""
SCOPES = {
    "oidcc-scope-profile": ("openid profile", {"name", "preferred_username", "locale"}),
    "oidcc-scope-email": ("openid email", {"email", "email_verified"}),
    "oidcc-scope-phone": ("openid phone", {"phone_number", "phone_number_verified"}),
    "oidcc-scope-all": (
        "openid profile email phone",
        {"name", "preferred_username", "locale", "email", "email_verified", "phone_number", "phone_number_verified"},
    ),
}


def userinfo(town: Town, access: str) -> dict[str, object]:
    """What the endpoint tells."""
    found = town.browser().get("/oauth2/userinfo", headers={"authorization": f"Bearer {access}"})
    assert found.status_code == 200, found.text
    told = found.json()
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_server(town: Town, browser: TestClient, mei: str, algorithm: str) -> None:
    program = town.client(algorithm=algorithm)
    back = program.asks(browser)
    assert leads_to(back) == CALLBACK
    answer = answered(back)
    assert (answer["state"], answer["iss"]) == ("af0ifjsldkj", ISSUER)
    found = program.redeems(answer["code"])
    assert found.headers["cache-control"] == "no-store"
    tokens = found.json()
    assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 600, "openid")
    said = said_by(town, tokens["id_token"])
    now = int(town.at.timestamp())
    assert said == {
        "iss": ISSUER,
        "sub": mei,
        "aud": "app",
        "iat": now,
        "exp": now + 600,
        "auth_time": now,
        "nonce": "n-0S6_WzA2Mj",
        "acr": "urn:yuzhang:factors:1",
        "amr": ["pwd"],
        "sid": said["sid"],
        "at_hash": half_hash(tokens["access_token"]),
    }


def test_id_token_kid(town: Town, browser: TestClient, program: Program) -> None:
    published = town.browser().get("/oauth2/jwks").json()["keys"]
    assert all("d" not in key and key["use"] == "sig" and key["kid"] for key in published)
    assert {key["alg"] for key in published} == {"ES256", "RS256"}
    said_by(town, program.tokens(browser)["id_token"])


def test_response_type_missing(browser: TestClient, program: Program) -> None:
    back = program.asks(browser, response_type=None)
    assert leads_to(back) == CALLBACK
    assert answered(back)["error"] == "invalid_request"
    assert answered(back)["state"] == "af0ifjsldkj"


def test_userinfo_get(town: Town, browser: TestClient, program: Program, mei: str) -> None:
    assert userinfo(town, program.tokens(browser)["access_token"]) == {"sub": mei}


def test_userinfo_post_header(town: Town, browser: TestClient, program: Program, mei: str) -> None:
    access = program.tokens(browser)["access_token"]
    found = town.browser().post("/oauth2/userinfo", headers={"authorization": f"Bearer {access}"})
    assert found.json() == {"sub": mei}


def test_userinfo_post_body(town: Town, browser: TestClient, program: Program, mei: str) -> None:
    access = program.tokens(browser)["access_token"]
    assert town.browser().post("/oauth2/userinfo", data={"access_token": access}).json() == {"sub": mei}


@pytest.mark.parametrize("module", PLAIN)
def test_plain(town: Town, browser: TestClient, program: Program, module: str, mei: str) -> None:
    changes = PLAIN[module]
    said = said_by(town, program.tokens(browser, **changes)["id_token"])
    assert said["sub"] == mei
    assert said.get("nonce") == changes.get("nonce", "n-0S6_WzA2Mj")


@pytest.mark.parametrize("module", SCOPES)
def test_scope(town: Town, browser: TestClient, program: Program, module: str) -> None:
    scope, names = SCOPES[module]
    tokens = program.tokens(browser, scope=scope)
    assert set(userinfo(town, tokens["access_token"])) == {"sub"} | names
    assert not set(said_by(town, tokens["id_token"])) & names


def test_prompt_login(town: Town, browser: TestClient, program: Program, mei: str) -> None:
    first = said_by(town, program.tokens(browser)["id_token"])
    town.later(5)
    back = program.asks(browser, prompt="login")
    assert leads_to(back) == "/account/proof"
    asked = answered(back)
    assert leads_to(browser.get(asked["next"])) == "/account/proof", "coming back without signing in is not enough"
    town.sign_in(browser, mei)
    second = said_by(town, program.redeems(answered(browser.get(asked["next"]))["code"]).json()["id_token"])
    assert second["auth_time"] == first["auth_time"] + 5


def test_prompt_none_not_logged_in(town: Town, program: Program) -> None:
    back = program.asks(town.browser(), prompt="none")
    assert leads_to(back) == CALLBACK
    assert answered(back)["error"] == "login_required"


def test_prompt_none_logged_in(town: Town, browser: TestClient, program: Program) -> None:
    first = said_by(town, program.tokens(browser)["id_token"])
    town.later(5)
    second = said_by(town, program.tokens(browser, prompt="none")["id_token"])
    assert (first["sub"], first["auth_time"]) == (second["sub"], second["auth_time"])


def test_max_age_1(town: Town, browser: TestClient, program: Program, mei: str) -> None:
    town.later(2)
    back = program.asks(browser, max_age="1")
    assert leads_to(back) == "/account/proof"
    asked = answered(back)
    town.sign_in(browser, mei)
    town.later(3)
    answer = answered(browser.get(asked["next"]))
    said = said_by(town, program.redeems(answer["code"]).json()["id_token"])
    assert said["auth_time"] == said["iat"] - 3


def test_max_age_10000(town: Town, browser: TestClient, program: Program) -> None:
    first = said_by(town, program.tokens(browser, max_age="10000")["id_token"])
    town.later(2)
    assert said_by(town, program.tokens(browser, max_age="10000")["id_token"])["auth_time"] == first["auth_time"]


def test_id_token_hint(town: Town, browser: TestClient, program: Program, mei: str) -> None:
    hint = program.tokens(browser)["id_token"]
    again = program.tokens(browser, prompt="none", id_token_hint=hint)
    assert said_by(town, again["id_token"])["sub"] == mei
    other = town.signed_in(town.resident("lan"))
    assert answered(program.asks(other, prompt="none", id_token_hint=hint))["error"] == "login_required"


def test_codereuse(town: Town, browser: TestClient, program: Program) -> None:
    code = program.code(browser)
    access = program.redeems(code).json()["access_token"]
    town.later(30)
    again = program.redeems(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    found = town.browser().get("/oauth2/userinfo", headers={"authorization": f"Bearer {access}"})
    assert found.status_code == 401, "what came of a code that was shown twice holds no longer"
    assert 'error="invalid_token"' in found.headers["www-authenticate"]


def test_ensure_registered_redirect_uri(browser: TestClient, program: Program) -> None:
    back = program.asks(browser, redirect_uri="https://app.example/other")
    assert back.status_code == 400
    assert "location" not in back.headers


def test_ensure_post_request_succeeds(browser: TestClient, program: Program) -> None:
    form = {"response_type": "code", "client_id": "app", "redirect_uri": CALLBACK, "scope": "openid", "state": "s"}
    form |= {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}
    there = browser.post("/oauth2/authorize", data=form, headers={"origin": "https://app.example"})
    assert leads_to(there) == "/oauth2/authorize"
    assert answered(browser.get(there.headers["location"]))["state"] == "s"


def test_server_client_secret_post(town: Town, browser: TestClient, mei: str) -> None:
    program = town.client(method="client_secret_post")
    assert said_by(town, program.tokens(browser)["id_token"])["sub"] == mei


@pytest.mark.parametrize("name", ["request", "request_uri"])
def test_request_object(browser: TestClient, program: Program, name: str) -> None:
    back = program.asks(browser, **{name: "eyJhbGciOiJub25lIn0.e30."})
    assert leads_to(back) == CALLBACK
    assert answered(back)["error"] == f"{name}_not_supported"


def test_claims_essential(town: Town, browser: TestClient, program: Program) -> None:
    claims = json.dumps({"userinfo": {"name": {"essential": True}}, "id_token": {"email": None, "name": None}})
    tokens = program.tokens(browser, scope="openid profile", claims=claims)
    assert userinfo(town, tokens["access_token"])["name"] == "Mei"
    said = said_by(town, tokens["id_token"])
    assert said["name"] == "Mei"
    assert "email" not in said, "no name gives more than the scope that was allowed"


def test_refresh_token(town: Town, browser: TestClient, program: Program, mei: str) -> None:
    tokens = program.tokens(browser, scope="openid offline_access", prompt=None)
    first, refresh = said_by(town, tokens["id_token"]), tokens["refresh_token"]
    town.later(700)
    renewed = program.refreshes(refresh).json()
    assert renewed["refresh_token"] != refresh
    said = said_by(town, renewed["id_token"])
    for name in ("iss", "sub", "aud", "auth_time"):
        assert said[name] == first[name]
    assert said["iat"] == first["iat"] + 700
    assert userinfo(town, renewed["access_token"]) == {"sub": mei}


def test_ensure_request_with_valid_pkce_succeeds(town: Town, browser: TestClient) -> None:
    program = town.client(pkce=False)
    assert "id_token" in program.tokens(browser)
    without = program.code(browser, code_challenge=None, code_challenge_method=None)
    assert program.redeems(without, code_verifier="").status_code == 200


def test_discovery(town: Town) -> None:
    told = town.browser().get("/.well-known/openid-configuration").json()
    assert told["issuer"] == ISSUER
    assert "RS256" in told["id_token_signing_alg_values_supported"]
    assert told["response_types_supported"] == ["code"]
    for name in ("authorization", "token", "userinfo", "end_session", "revocation", "introspection"):
        assert told[f"{name}_endpoint"].startswith(ISSUER)
    assert town.browser().get(told["jwks_uri"]).status_code == 200


def test_the_page_of_rules_names_every_test_of_the_plan_and_no_other() -> None:
    named = set(re.findall(r"`test_basic_plan\.py::(test_\w+)(?:\[[^\]]*\])?`", PAGE.read_text(encoding="utf-8")))
    own = {name for name in globals() if name.startswith("test_") and not name.startswith("test_the_page")}
    assert named == own
