"""What somebody tries who is not the user, not the program, or neither; and what they get."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from entrance.identity.provider.town import CALLBACK, CHALLENGE, ISSUER, VERIFIER, Program, Town, answered, leads_to
from yuzhang.core.errors import NotAllowed
from yuzhang.entrance.identity.provider import authorizing, consenting
from yuzhang.entrance.identity.provider.asked import Asked
from yuzhang.entrance.identity.provider.clients.proving import ASSERTION
from yuzhang.web.gate import Asking

ADDRESSES = {
    "another path": "https://app.example/cb/../admin",
    "encoded dots": "https://app.example/cb/%2e%2e/admin",
    "more path": "https://app.example/cb/x",
    "more query": "https://app.example/cb?next=https://evil.example",
    "fragment": "https://app.example/cb#x",
    "user before the host": "https://app.example@evil.example/cb",
    "user of the host": "https://mei@app.example/cb",
    "longer host": "https://app.example.evil.example/cb",
    "other scheme": "http://app.example/cb",
    "port": "https://app.example:8443/cb",
    "capitals": "https://APP.example/cb",
    "trailing slash": "https://app.example/cb/",
    "backslash": "https://app.example\\@evil.example/cb",
    "script": "javascript:alert(1)",
    "nothing": "",
    "relative": "/cb",
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_nothing_is_sent_to_an_address_that_is_not_registered_letter_by_letter(
    browser: TestClient, program: Program, name: str
) -> None:
    back = program.asks(browser, redirect_uri=ADDRESSES[name])
    assert back.status_code == 400
    assert "location" not in back.headers
    assert "refresh" not in back.text


def test_a_parameter_that_comes_twice_is_refused_and_nothing_is_sent_anywhere(browser: TestClient) -> None:
    back = browser.get(f"/oauth2/authorize?client_id=app&redirect_uri={CALLBACK}&redirect_uri=https://evil.example")
    assert back.status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "rocket"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "1e3"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": '{"id_token": 3}'}, "invalid_request"),
        ({"nonce": "n" * 3000}, "invalid_request"),
        ({"registration": "{}"}, "registration_not_supported"),
    ],
)
def test_a_request_that_does_not_fit_is_told_to_the_program_with_its_state(
    browser: TestClient, program: Program, changes: dict[str, str | None], error: str
) -> None:
    answer = answered(program.asks(browser, **changes))
    assert (answer["error"], answer["state"], answer["iss"]) == (error, "af0ifjsldkj", ISSUER)
    assert "code" not in answer


def test_an_essential_level_of_proof_that_was_not_reached_sends_to_sign_in_once_and_then_is_an_error(
    town: Town, browser: TestClient, program: Program, mei: str
) -> None:
    needed = json.dumps({"id_token": {"acr": {"essential": True, "value": "urn:yuzhang:factors:2"}}})
    there = answered(program.asks(browser, claims=needed))
    assert there["again"] == "1"
    town.sign_in(browser, mei)
    assert answered(browser.get(there["next"]))["error"] == "unmet_authentication_requirements"
    town.sign_in(browser, mei, ("password", "totp"))
    assert "code" in answered(browser.get(there["next"]))


def test_the_mark_of_having_been_sent_to_sign_in_holds_for_that_request_only(
    town: Town, browser: TestClient, program: Program, mei: str
) -> None:
    there = answered(program.asks(browser, prompt="login"))["next"]
    town.later(1)
    town.sign_in(browser, mei)
    for wrong in (
        there.replace("state=af0ifjsldkj", "state=other"),
        there.replace("sent=", "sent=1"),
        there.partition("&sent=")[0],
    ):
        assert leads_to(browser.get(wrong)) == "/account/proof"
    town.later(1500)
    browser.get("/api/me")  # the session is seen
    assert "code" in answered(browser.get(there))
    town.later(2500)
    town.sign_in(browser, mei)
    town.later(1)
    assert leads_to(browser.get(there)) == "/account/proof", "it holds for an hour"


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": ""},
        {"code_verifier": VERIFIER[:-1]},
        {"code_verifier": CHALLENGE},
        {"code_verifier": "x"},
        {"redirect_uri": "https://app.example/other"},
        {"redirect_uri": ""},
    ],
)
def test_a_code_is_worth_nothing_without_its_verifier_and_address_and_is_used_up_by_trying(
    browser: TestClient, program: Program, changes: dict[str, str]
) -> None:
    code = program.code(browser)
    found = program.redeems(code, **changes)
    assert (found.status_code, found.json()["error"]) == (400, "invalid_grant")
    assert program.redeems(code).json()["error"] == "invalid_grant"
    assert program.redeems("guessed").json()["error"] == "invalid_grant"


def test_a_verifier_for_a_code_without_challenge_shows_an_injected_code(town: Town, browser: TestClient) -> None:
    program = town.client(pkce=False)
    code = program.code(browser, code_challenge=None, code_challenge_method=None)
    assert program.redeems(code).json()["error"] == "invalid_grant"


def test_another_programs_code_is_refused_and_used_up(town: Town, browser: TestClient) -> None:
    program, other = town.client(), town.client("other")
    code = program.code(browser)
    assert other.redeems(code).json()["error"] == "invalid_grant"
    town.later(1)
    assert program.redeems(code).status_code == 400, "whoever showed it has it: it is used up"


def test_a_code_ends_after_a_minute(town: Town, browser: TestClient, program: Program) -> None:
    code = program.code(browser)
    town.later(61)
    assert program.redeems(code).json()["error"] == "invalid_grant"


def test_a_refresh_token_that_is_shown_twice_ends_the_whole_family(
    town: Town, browser: TestClient, program: Program
) -> None:
    first = program.tokens(browser, scope="openid offline_access")
    second = program.refreshes(first["refresh_token"]).json()
    assert program.refreshes(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert program.refreshes(second["refresh_token"]).json()["error"] == "invalid_grant"
    assert me(town, second["access_token"])["kind"] == "stranger"


def test_a_refresh_token_is_of_no_use_to_another_program(town: Town, browser: TestClient, program: Program) -> None:
    token = program.tokens(browser, scope="openid offline_access")["refresh_token"]
    assert town.client("other").refreshes(token).json()["error"] == "invalid_grant"
    assert program.refreshes(token).status_code == 200


def test_a_refresh_token_gives_no_more_than_was_granted_and_ends_after_thirty_days(
    town: Town, browser: TestClient, program: Program
) -> None:
    token = program.tokens(browser, scope="openid offline_access")["refresh_token"]
    narrowed = program.refreshes(token, scope="openid").json()
    assert narrowed["scope"] == "openid"
    wider = program.refreshes(narrowed["refresh_token"], scope="openid yuzhang.read")
    assert wider.json()["error"] == "invalid_scope"
    token = program.tokens(browser, scope="openid offline_access")["refresh_token"]
    town.later(31 * 86_400)
    assert program.refreshes(token).json()["error"] == "invalid_grant"


def test_a_refresh_token_that_is_renewed_again_and_again_ends_after_180_days(
    town: Town, browser: TestClient, program: Program
) -> None:
    token = program.tokens(browser, scope="openid offline_access")["refresh_token"]
    for _ in range(8):
        town.later(20 * 86_400)
        token = program.refreshes(token).json()["refresh_token"]
    town.later(20 * 86_400)
    assert program.refreshes(token).json()["error"] == "invalid_grant"


def me(town: Town, access: str) -> dict[str, Any]:
    """Who the gate takes the bearer of a token for."""
    found = town.browser().get("/api/me", headers={"authorization": f"Bearer {access}"}).json()
    assert isinstance(found, dict)
    return found


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, unchecked."""
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    return header, claims


def written(part: dict[str, Any]) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def forged(town: Town, token: str) -> dict[str, str]:
    """Tokens that somebody made from a true one."""
    header, claims = parts(token)
    keys = town.browser().get("/oauth2/jwks").json()["keys"]
    public = next(key for key in keys if key["kid"] == header["kid"])
    shared = OctKey.import_key(json.dumps(public).encode())
    own = ECKey.generate_key("P-256", auto_kid=True)
    signed = town.provider.keys.sign
    return {
        "alg none": f"{written(header | {'alg': 'none'})}.{written(claims)}.",
        "alg None": f"{written(header | {'alg': 'None'})}.{written(claims)}.",
        "no signature": f"{written(header)}.{written(claims)}.",
        "public key as secret": jwt.encode(header | {"alg": "HS256"}, claims, shared, algorithms=["HS256"]),
        "own key": jwt.encode(header, claims, own),
        "own key in the header": jwt.encode(header | {"jwk": own.as_dict(private=False)}, claims, own),
        "changed": ".".join([token.split(".")[0], written(claims | {"sub": "somebody"}), token.split(".")[2]]),
        "other audience": signed(claims | {"aud": "https://other.example"}, "at+jwt"),
        "other issuer": signed(claims | {"iss": "https://other.example"}, "at+jwt"),
        "ID token": signed(claims, "JWT"),
        "logout token": signed(claims, "logout+jwt"),
        "no grant": signed({name: value for name, value in claims.items() if name != "grant"}, "at+jwt"),
        "no end": signed({name: value for name, value in claims.items() if name != "exp"}, "at+jwt"),
        "expired": signed(claims | {"exp": int(town.at.timestamp())}, "at+jwt"),
        "garbage": "a.b.c",
        "empty parts": "..",
        "more parts": f"{token}.x",
    }


def test_a_forged_token_makes_nobody(town: Town, browser: TestClient, program: Program, mei: str) -> None:
    token = program.tokens(browser, scope="openid yuzhang.read")["access_token"]
    assert me(town, token)["id"] == mei
    for name, wrong in forged(town, token).items():
        assert me(town, wrong)["kind"] == "stranger", name
        answer = town.browser().get("/oauth2/userinfo", headers={"authorization": f"Bearer {wrong}"})
        assert answer.status_code == 401, name


def test_a_token_gives_no_more_than_its_scopes_and_the_roles_of_its_party(town: Town, program: Program) -> None:
    lan = town.resident("lan", roles=["plan-officer"])
    token = program.tokens(town.signed_in(lan), scope="openid yuzhang.read")["access_token"]
    assert me(town, token) == {
        "id": lan,
        "kind": "official",
        "roles": ["plan-officer"],
        "scopes": ["openid", "yuzhang.read"],
    }
    admin = town.resident("ran", roles=["system-administrator"])
    token = program.tokens(town.signed_in(admin), scope="openid yuzhang.read")["access_token"]
    assert me(town, token)["roles"] == [], "an administrator needs two factors, by a token too"


def test_a_token_ends_with_its_session_its_party_its_client_and_its_ten_minutes(
    town: Town, browser: TestClient, mei: str
) -> None:
    program = town.client()
    token = program.tokens(browser)["access_token"]
    town.later(599)
    assert me(town, token)["id"] == mei
    town.later(1)
    assert me(town, token)["kind"] == "stranger"
    token = program.tokens(browser)["access_token"]
    town.sign_in(browser, mei)  # the session before ends
    assert me(town, token)["kind"] == "stranger"
    token = program.tokens(browser)["access_token"]
    town.suspend(mei)
    assert me(town, token)["kind"] == "stranger"


def test_a_program_with_a_token_lets_no_next_program_in_allows_nothing_and_signs_nobody_out(
    town: Town, browser: TestClient, program: Program, mei: str
) -> None:
    foreign = town.client("foreign", third_party=True)
    token = program.tokens(browser, scope="openid yuzhang.read")["access_token"]
    found = town.browser()
    found.headers["authorization"] = f"Bearer {token}"
    assert leads_to(program.asks(found)) == "/sign-in"
    assert leads_to(foreign.asks(found)) == "/sign-in"
    assert leads_to(foreign.asks(found, prompt="consent")) == "/sign-in"
    found.get("/oauth2/logout")
    assert "code" in answered(program.asks(browser)), "the session lives"
    caller = town.provider.bearer(token, Asking("POST", "/", "", {}))
    assert caller is not None
    for forbidden in (
        lambda: authorizing.allow(town.provider, caller, "foreign", frozenset({"openid"})),
        lambda: consenting.withdraw(town.provider, caller, "foreign"),
        lambda: authorizing.authorize(town.provider, caller, "app", Asked(program.client, CALLBACK, frozenset())),
    ):
        with pytest.raises(NotAllowed):
            forbidden()


def test_a_program_on_the_users_machine_has_no_secret_and_any_port_of_its_own(town: Town, browser: TestClient) -> None:
    program = town.client("native", method="none", redirects=("http://127.0.0.1/cb", "cn.example.app:/cb"))
    back = program.asks(browser, redirect_uri="http://127.0.0.1:51004/cb")
    assert leads_to(back) == "http://127.0.0.1:51004/cb"
    assert program.redeems(answered(back)["code"], redirect_uri="http://127.0.0.1:51004/cb").status_code == 200
    assert leads_to(program.asks(browser, redirect_uri="cn.example.app:/cb")) == "cn.example.app:/cb"
    for wrong in ("http://127.0.0.1:51004/other", "http://localhost:51004/cb", "http://x@127.0.0.1:51004/cb"):
        assert program.asks(browser, redirect_uri=wrong).status_code == 400
    assert answered(program.asks(browser, code_challenge=None))["error"] == "invalid_request"


def test_grant_types_that_a_client_is_not_registered_for_are_refused(town: Town, program: Program) -> None:
    for kind, error in (
        ("client_credentials", "unauthorized_client"),
        ("password", "unsupported_grant_type"),
        ("", "invalid_request"),
    ):
        assert program.exchanges({"grant_type": kind}).json()["error"] == error


def test_userinfo_without_the_scope_openid_is_refused(town: Town, browser: TestClient, program: Program) -> None:
    tokens = program.tokens(browser, scope="yuzhang.read")
    assert "id_token" not in tokens
    found = town.browser().get("/oauth2/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert found.status_code == 403
    assert town.browser().get("/oauth2/userinfo").status_code == 401


def test_of_many_who_show_one_code_or_refresh_token_at_once_one_at_most_gets_tokens(
    town: Town, browser: TestClient, program: Program
) -> None:
    code = program.code(browser)
    token = program.tokens(browser, scope="openid offline_access")["refresh_token"]
    for show in (lambda _: program.redeems(code), lambda _: program.refreshes(token)):
        with ThreadPoolExecutor(6) as many:
            found = [answer.status_code for answer in many.map(show, range(6))]
        assert found.count(200) <= 1
        assert set(found) <= {200, 400}


NONSENSE = [
    "",
    "a",
    "a.b",
    "a.b.c",
    "é.é.é",
    "..",
    "e30.e30.e30",
    "W10.W10.W10",
    "bnVsbA.bnVsbA.",
    "\x00",
    "[" * 3000,
    "€" * 50,
]


@pytest.mark.parametrize("word", NONSENSE)
def test_nonsense_is_refused_in_the_protocols_words(town: Town, browser: TestClient, word: str) -> None:
    key = ECKey.generate_key("P-256", auto_kid=True)
    program = town.client(method="private_key_jwt", jwks=json.dumps({"keys": [key.as_dict(private=False)]}))
    asking = town.browser()
    form = {
        "grant_type": "authorization_code",
        "code": word,
        "client_assertion_type": ASSERTION,
        "client_assertion": word,
    }
    assert asking.post("/oauth2/token", data=form).json()["error"] in ("invalid_client", "invalid_request")
    for basic in (word.encode(), base64.b64encode(word.encode()), base64.b64encode(b"a:" + word.encode())):
        header = {b"authorization": b"Basic " + basic.replace(b"\x00", b"")}
        assert asking.post("/oauth2/token", data={"grant_type": word}, headers=header).status_code in (400, 401)
    assert asking.get("/oauth2/logout", params={"id_token_hint": word}).status_code in (200, 303, 400)
    assert asking.post("/oauth2/userinfo", data={"access_token": word}).status_code == 401
    for name in (
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "prompt",
        "claims",
        "ui_locales",
        "sent",
        "id_token_hint",
    ):
        assert program.asks(browser, **{name: word}).status_code in (303, 400)
