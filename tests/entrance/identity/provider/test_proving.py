"""How programs prove that they are themselves, and what a wrong proof gets."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey

from entrance.identity.provider.test_attacks import written
from entrance.identity.provider.town import ISSUER, VERIFIER, Program, Town
from yuzhang.entrance.identity.provider.clients.proving import ASSERTION


@pytest.mark.parametrize("secret", ["", "wrong", "wrong:colon"])
def test_a_wrong_secret_gets_nothing_and_a_code_stays_whole(
    town: Town, browser: TestClient, program: Program, secret: str
) -> None:
    code, right = program.code(browser), program.secret
    program.secret = secret
    found = program.redeems(code)
    assert (found.status_code, found.json()["error"]) == (401, "invalid_client")
    assert found.headers["www-authenticate"].startswith("Basic")
    program.secret = right
    assert program.redeems(code).status_code == 200


def test_a_client_proves_itself_as_it_is_registered_and_in_one_way_only(
    town: Town, browser: TestClient, program: Program
) -> None:
    form = {"grant_type": "authorization_code", "code": program.code(browser), "code_verifier": VERIFIER}
    asking = TestClient(town.app, ISSUER)
    by_form = form | {"client_id": "app", "client_secret": program.secret}
    assert asking.post("/oauth2/token", data=by_form).json()["error"] == "invalid_client"
    assert asking.post("/oauth2/token", data=form | {"client_id": "app"}).json()["error"] == "invalid_client"
    both = program.exchanges(by_form)
    assert both.json()["error"] == "invalid_request"
    mixed = program.exchanges(form | {"client_id": "other"})
    assert mixed.json()["error"] == "invalid_client"
    as_json = asking.post("/oauth2/token", json=by_form)
    assert as_json.json()["error"] == "invalid_request"


def assertion(program: Program, key: ECKey, **changes: Any) -> dict[str, str]:
    """A proof of a client by its own key."""
    now = int(program.town.at.timestamp())
    said = {"iss": "app", "sub": "app", "aud": f"{ISSUER}/oauth2/token", "exp": now + 60, "iat": now, "jti": "1"}
    token = jwt.encode({"alg": "ES256", "kid": key.kid}, said | changes, key)
    return {"client_assertion_type": ASSERTION, "client_assertion": token}


def test_a_client_proves_itself_by_its_own_key_each_proof_once(town: Town, browser: TestClient, mei: str) -> None:
    key = ECKey.generate_key("P-256", auto_kid=True)
    jwks = json.dumps({"keys": [key.as_dict(private=True)]})
    program = town.client(method="private_key_jwt", jwks=jwks)
    assert '"d"' not in program.client.jwks, "a private key that is given by mistake is not kept"
    now, other = int(town.at.timestamp()), ECKey.generate_key("P-256", auto_kid=True)
    for name, wrong in {
        "another key": assertion(program, other),
        "another audience": assertion(program, key, aud="https://other.example"),
        "another issuer": assertion(program, key, iss="other"),
        "expired": assertion(program, key, exp=now - 60),
        "far ahead": assertion(program, key, exp=now + 86_400),
        "no id": assertion(program, key, jti=None),
        "unsigned": {
            "client_assertion_type": ASSERTION,
            "client_assertion": f"{written({'alg': 'none'})}.{written({'sub': 'app', 'iss': 'app'})}.",
        },
    }.items():
        found = program.redeems("any", **wrong)
        assert found.json()["error"] == "invalid_client", name
    proof = assertion(program, key)
    assert program.redeems(program.code(browser), **proof).status_code == 200
    again = program.redeems(program.code(browser), **proof)
    assert again.json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": [{}, 3]},
        {"aud": 3},
        {"exp": "x"},
        {"exp": True},
        {"nbf": "x"},
        {"nbf": []},
        {"jti": 3},
        {"iss": []},
        {"exp": None},
    ],
)
def test_a_proof_with_claims_of_wrong_types_is_refused(town: Town, changes: dict[str, Any]) -> None:
    key = ECKey.generate_key("P-256", auto_kid=True)
    program = town.client(method="private_key_jwt", jwks=json.dumps({"keys": [key.as_dict(private=False)]}))
    assert program.redeems("any", **assertion(program, key, **changes)).json()["error"] == "invalid_client"
