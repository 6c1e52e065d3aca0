"""Yuzhang is the client of an outside provider: here, of another Yuzhang behind a real server."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from httpx2 import Response
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from typer.testing import CliRunner

from entrance.identity.provider.served import Walker, free_port, serving
from entrance.identity.provider.town import ISSUER, Town, leads_to
from yuzhang.core.access import OPERATOR, STRANGER
from yuzhang.core.errors import InputRefused, NotAllowed, NotFound
from yuzhang.core.settings import Settings
from yuzhang.entrance.identity.outside import actions, pages
from yuzhang.entrance.identity.outside.commands import app
from yuzhang.entrance.identity.outside.model import OutsideSettings, outside_settings
from yuzhang.entrance.identity.outside.room import RETURN, Outside
from yuzhang.entrance.identity.provider.claims import half_hash
from yuzhang.entrance.identity.provider.model import Profile
from yuzhang.entrance.identity.provider.people import Residents

NAMES = {"YUZHANG_OIDC_ISSUER": "https://id.example", "YUZHANG_OIDC_CLIENT_ID": "us", "YUZHANG_OIDC_CLIENT_SECRET": "s"}


class Checking(Residents):
    """The parties of an installation that checks their addresses."""

    def profile(self, party: str) -> Profile | None:
        """With a checked address."""
        found = super().profile(party)
        return None if found is None else replace(found, email_verified=True)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Town]:
    """The installation whose users come from outside."""
    made = Town(tmp_path / "here")
    made.app.include_router(pages.router)
    yield made
    made.close()


def connect(
    here: Town, issuer: str, secret: str, *, citizens: bool = False, sending: httpx.Client | None = None
) -> Outside:
    """The outside provider of `here`."""
    made = Outside(here.identity, OutsideSettings(issuer, "us", secret, "Next town", citizens), sending)
    here.app.state.entrance.outside = made
    return made


@pytest.mark.services
def test_an_invited_official_comes_in_by_another_yuzhang_and_nobody_else_does(
    founded: Path, tmp_path: Path, here: Town
) -> None:
    port = free_port()
    folder = Path(shutil.copytree(founded, tmp_path / "there"))
    there = Town(folder, Settings(folder, port=port))
    there.at = here.at = datetime.now(UTC).replace(microsecond=0)
    there.provider.people = Checking(there.identity)
    mei, lan = there.resident("mei"), there.resident("lan")
    issuer = f"http://127.0.0.1:{port}"
    program = there.client("us", redirects=(f"{ISSUER}{RETURN}",), scopes=frozenset({"openid", "profile", "email"}))
    own = here.resident("wang", email="")
    with serving(there.app, port), httpx.Client(trust_env=False) as sending:
        outside = connect(here, issuer, program.secret, sending=sending)
        actions.invite(outside, OPERATOR, own, "MEI@town.example")
        for who, comes in ((lan, False), (mei, True), (mei, True)):
            browser, walker = here.browser(), Walker()
            away = browser.get("/sign-in/outside", params={"then": "/account"})
            for name, value in there.signed_in(who).cookies.items():
                walker.http.cookies.set(name, value, domain="127.0.0.1")
            back = walker.goes(away.headers["location"], ISSUER)
            came = browser.get(back.removeprefix(ISSUER))
            walker.close()
            assert (came.status_code == 303) is comes, came.text
            if comes:
                assert came.headers["location"] == "/account"
                assert browser.get("/api/me").json()["id"] == own
            else:
                assert came.json()["code"] == "not-invited"


def respond(here: Town, claims: Callable[[dict[str, Any]], str], told: dict[str, Any] | None = None) -> httpx.Client:
    """The way to a provider at https://id.example whose ID token is made by `claims`, from those that would be right."""
    nonce: dict[str, str] = here.app.state.nonce

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("openid-configuration"):
            names = ("authorization", "token")
            document = {f"{name}_endpoint": f"https://id.example/{name}" for name in names}
            return httpx.Response(
                200,
                json={"issuer": "https://id.example", "jwks_uri": "https://id.example/keys"} | document | (told or {}),
            )
        if path == "/keys":
            return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
        now = int(here.at.timestamp())
        right = {
            "iss": "https://id.example",
            "sub": "42",
            "aud": "us",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce["nonce"],
            "at_hash": half_hash("access"),
            "name": "Mei",
            "email": "mei@town.example",
            "email_verified": True,
        }
        return httpx.Response(200, json={"access_token": "access", "token_type": "Bearer", "id_token": claims(right)})

    return httpx.Client(transport=httpx.MockTransport(answer))


KEY = ECKey.generate_key("P-256", auto_kid=True)
OTHER = ECKey.generate_key("P-256", {"kid": str(KEY.kid)})
HEADER = {"alg": "ES256", "kid": KEY.kid}


def right(said: dict[str, Any]) -> str:
    """The token as it should be."""
    return jwt.encode(HEADER, said, KEY)


def visit(
    here: Town, claims: Callable[[dict[str, Any]], str], told: dict[str, Any] | None = None, **changes: str
) -> Response:
    """A whole sign-in at that provider; what the browser gets. `changes` of what it brings back."""
    here.app.state.nonce = {}
    with respond(here, claims, told) as sending:
        connect(here, "https://id.example", "s", citizens=True, sending=sending)
        browser = here.browser()
        away = browser.get("/sign-in/outside", params={"then": changes.pop("then", "/")})
        asked = dict(parse_qsl(urlsplit(away.headers["location"]).query))
        assert asked["code_challenge_method"] == "S256"
        here.app.state.nonce["nonce"] = asked["nonce"]
        if changes.pop("cookie", ""):
            browser.cookies.clear()
        came = browser.get(RETURN, params={"state": asked["state"], "code": "c"} | changes)
        here.app.state.browser = browser
        return came


def test_a_new_citizen_gets_an_account_where_that_is_allowed_and_the_same_one_the_next_time(here: Town) -> None:
    assert leads_to(visit(here, right)) == "/"
    first = here.app.state.browser.get("/api/me").json()
    assert first["kind"] == "citizen"
    visit(here, right)
    assert here.app.state.browser.get("/api/me").json() == first
    here.suspend(first["id"])
    assert visit(here, right).json()["code"] == "not-invited"


def test_an_account_with_the_same_address_is_not_taken_over(here: Town) -> None:
    mei = here.resident("mei")
    visit(here, right)
    assert here.app.state.browser.get("/api/me").json()["id"] != mei


def test_an_invitation_needs_an_address_that_the_provider_has_checked(here: Town) -> None:
    outside = connect(here, "https://id.example", "s")
    mei = here.resident("mei")
    actions.invite(outside, OPERATOR, mei, "mei@town.example")
    visit(here, lambda said: right(said | {"email_verified": False, "sub": "41"}))
    assert here.app.state.browser.get("/api/me").json()["id"] != mei
    visit(here, right)
    assert here.app.state.browser.get("/api/me").json()["id"] == mei
    assert actions.unlink(outside, OPERATOR, mei) == 1
    visit(here, right)
    assert here.app.state.browser.get("/api/me").json()["id"] != mei, "an invitation holds once"
    actions.link(outside, OPERATOR, mei, "42")
    visit(here, right)
    assert here.app.state.browser.get("/api/me").json()["id"] == mei


FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "another issuer": lambda said: right(said | {"iss": "https://evil.example"}),
    "another client": lambda said: right(said | {"aud": "them"}),
    "several clients and no word for whom": lambda said: right(said | {"aud": ["us", "them"]}),
    "for another of them": lambda said: right(said | {"aud": ["us", "them"], "azp": "them"}),
    "expired": lambda said: right(said | {"exp": said["iat"] - 61}),
    "no end": lambda said: right({name: value for name, value in said.items() if name != "exp"}),
    "of tomorrow": lambda said: right(said | {"iat": said["iat"] + 86_400}),
    "another nonce": lambda said: right(said | {"nonce": "x"}),
    "no nonce": lambda said: right({name: value for name, value in said.items() if name != "nonce"}),
    "for another access token": lambda said: right(said | {"at_hash": half_hash("other")}),
    "nobody": lambda said: right(said | {"sub": ""}),
    "another key": lambda said: jwt.encode(HEADER, said, OTHER),
    "no signature": lambda said: f"{right(said).rpartition('.')[0]}.",
    "alg none": lambda said: f"eyJhbGciOiJub25lIn0.{right(said).split('.')[1]}.",
    "a public key as a secret": lambda said: jwt.encode(
        HEADER | {"alg": "HS256"}, said, OctKey.import_key(str(KEY.as_dict(private=False))), algorithms=["HS256"]
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_an_id_token_that_is_not_for_this_sign_in_lets_nobody_in(here: Town, name: str) -> None:
    came = visit(here, FORGED[name])
    assert (came.status_code, came.json()["code"]) == (400, "outside-refused")
    assert here.app.state.browser.get("/api/me").json()["kind"] == "stranger"


NAMES_ITSELF = {"authorization_response_iss_parameter_supported": True}


@pytest.mark.parametrize(
    ("told", "changes"),
    [
        ({}, {"state": "x"}),
        ({}, {"state": ""}),
        ({}, {"cookie": "gone"}),
        ({}, {"iss": "https://evil.example"}),
        (NAMES_ITSELF, {}),
    ],
)
def test_a_return_that_this_browser_was_not_sent_for_lets_nobody_in(
    here: Town, told: dict[str, Any], changes: dict[str, str]
) -> None:
    assert visit(here, right, told, **changes).json()["code"] == "outside-refused"
    assert leads_to(visit(here, right, NAMES_ITSELF, iss="https://id.example")) == "/"


def test_a_page_of_another_site_is_no_place_to_go_on_to(here: Town) -> None:
    assert leads_to(visit(here, right, then="https://evil.example/")) == "/"


def test_a_document_of_another_issuer_or_without_tls_is_not_used(here: Town) -> None:
    for told in ({"issuer": "https://evil.example"}, {"token_endpoint": "http://id.example/token"}):
        here.app.state.nonce = {}
        with respond(here, right, told) as sending:
            connect(here, "https://id.example", "s", sending=sending)
            away = here.browser().get("/sign-in/outside")
            assert (away.status_code, away.json()["code"]) == (503, "outside-away")


def test_without_a_configured_provider_there_is_nothing_at_its_addresses(here: Town) -> None:
    assert here.browser().get("/sign-in/outside").status_code == 404
    assert here.browser().get(RETURN).status_code == 404


def test_the_environment_names_the_provider_and_what_is_missing_is_said(here: Town) -> None:
    found = outside_settings(NAMES)
    assert found is not None
    assert (found.name, found.citizens) == ("id.example", False)
    for name, value in (
        ("YUZHANG_OIDC_ISSUER", "http://id.example"),
        ("YUZHANG_OIDC_CLIENT_SECRET", ""),
        ("YUZHANG_OIDC_CITIZENS", "maybe"),
    ):
        with pytest.raises(InputRefused) as refused:
            outside_settings(NAMES | {name: value})
        assert refused.value.where == name


def test_only_administrators_invite_and_only_somebody_who_is_here(here: Town) -> None:
    outside = connect(here, "https://id.example", "s")
    with pytest.raises(NotAllowed):
        actions.invite(outside, STRANGER, "x", "x@y.example")
    with pytest.raises(NotFound):
        actions.invite(outside, OPERATOR, "x", "x@y.example")
    with pytest.raises(NotFound):
        actions.link(outside, OPERATOR, "x", "42")


def test_the_terminal_invites_links_and_unlinks(here: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    data, run, mei = ["--data", str(here.storage.folder)], CliRunner(), here.resident("mei")
    assert isinstance(run.invoke(app, ["invite", mei, "mei@town.example", *data]).exception, InputRefused)
    for name, value in NAMES.items():
        monkeypatch.setenv(name, value)
    assert run.invoke(app, ["invite", mei, "mei@town.example", *data]).exit_code == 0
    assert run.invoke(app, ["link", mei, "42", *data]).exit_code == 0
    visit(here, right)
    assert here.app.state.browser.get("/api/me").json()["id"] == mei
    assert "1" in run.invoke(app, ["unlink", mei, *data]).output
    visit(here, right)
    assert here.app.state.browser.get("/api/me").json()["id"] == mei, "by the invitation"
