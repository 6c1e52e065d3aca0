"""A small real application around the provider: its own storage, its own clock, people who sign in, programs that ask."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from joserfc import jwt
from joserfc.jwk import KeySet

from yuzhang.core.access import OPERATOR, Object, Outcome, Party, Policy
from yuzhang.core.language import Title
from yuzhang.core.secrets import secrets_of
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.entrance.guard import EntranceGuard
from yuzhang.entrance.identity.model import Account, CredentialKind, Grant
from yuzhang.entrance.identity.opening import begun, renewed
from yuzhang.entrance.identity.proofs.tokens import new_name
from yuzhang.entrance.identity.provider import api, pages
from yuzhang.entrance.identity.provider.clients import actions
from yuzhang.entrance.identity.provider.clients import pages as client_pages
from yuzhang.entrance.identity.provider.model import Client
from yuzhang.entrance.identity.provider.room import Provider
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store import parties
from yuzhang.web import problems
from yuzhang.web.asking import Caller
from yuzhang.web.bounds import Bounds

HOST = "127.0.0.1:8700"
ISSUER = f"http://{HOST}"
CALLBACK = "https://app.example/cb"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk-and-more"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ADMINISTRATION = {"system": "system-administrator", "security": "security-administrator"}


class Rights:
    """Whoever is signed in may do what is their own; administrators administer."""

    def allows(self, caller: Party, policy: Policy, about: Object) -> bool:
        """By the right alone."""
        if policy.right == "visitor":
            return True
        if policy.right == "self":
            return caller.kind != "stranger"
        return ADMINISTRATION.get(policy.right, "nobody") in caller.roles


class Notes:
    """Keeps no record."""

    def note(self, caller: Party, policy: Policy, outcome: Outcome, subject: str) -> None:
        """Nothing."""


class Town:
    """One installation. `at`: its clock, which stands still unless `later` moves it."""

    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        self.at = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
        self.storage = Storage(folder)
        guard = EntranceGuard(Rights(), Notes())
        self.identity = Identity(
            self.storage, secrets_of(folder), settings or Settings(folder), guard, now=lambda: self.at
        )
        self.provider = Provider(self.identity)
        self.identity.gate.bearers.append(self.provider.bearer)
        self.app = application(self.identity, self.provider)

    def later(self, seconds: float) -> None:
        """Move the clock; what the gate keeps of sessions is forgotten."""
        self.at += timedelta(seconds=seconds)
        self.identity.gate.forget()

    def resident(self, login: str, *, kind: str = "official", roles: Sequence[str] = (), **values: Any) -> str:
        """A new party, by id."""
        made: dict[str, Any] = {
            "id": new_name("party"),
            "kind": kind,
            "name": login.title(),
            "login": login,
            "email": f"{login}@town.example",
            "phone": "",
            "identifier": "",
            "unit": "",
            "post": "",
            "region": "",
            "language": "zh",
            "status": "active",
            "created_at": self.at,
            "created_by": "",
            "confirmed_at": None,
        }
        account = Account(**(made | values))
        with self.storage.writing() as connection:
            parties.add_party(connection, self.identity.secrets, account)
            for role in roles:
                parties.add_role(connection, Grant(account.id, role, "", self.at, None))
        return account.id

    def browser(self) -> TestClient:
        """A browser without a session."""
        return TestClient(self.app, ISSUER, headers={"origin": ISSUER}, follow_redirects=False)

    def signed_in(self, party: str, proofs: tuple[CredentialKind, ...] = ("password",)) -> TestClient:
        """A browser in which that party is signed in."""
        found = self.browser()
        self.sign_in(found, party, proofs)
        return found

    def sign_in(self, browser: TestClient, party: str, proofs: tuple[CredentialKind, ...] = ("password",)) -> None:
        """Sign a party in, as the sign-in page would; the session before ends."""
        token = browser.cookies.get(self.identity.gate.cookie)
        before = self.identity.gate.of_token(token) if token else None
        with self.storage.writing() as connection:
            account = parties.party(connection, self.identity.secrets, party)
            assert account is not None
            caller = Party("stranger") if before is None else before
            entered = begun(self.identity, connection, account, proofs, caller, "a browser")
        self.identity.gate.forget()
        browser.cookies.clear()
        browser.cookies.set(self.identity.gate.cookie, entered.token, domain="127.0.0.1", path="/")

    def prove(self, browser: TestClient, proofs: tuple[CredentialKind, ...]) -> None:
        """Show proofs once more, as the page for it would; the session stays."""
        caller = self.identity.gate.of_token(str(browser.cookies.get(self.identity.gate.cookie)))
        assert caller is not None
        with self.storage.writing() as connection:
            entered = renewed(self.identity, connection, caller, proofs, "a browser")
        self.identity.gate.forget()
        browser.cookies.clear()
        browser.cookies.set(self.identity.gate.cookie, entered.token, domain="127.0.0.1", path="/")

    def suspend(self, party: str) -> None:
        """Let a party in no more."""
        with self.storage.writing() as connection:
            parties.set_status(connection, party, "suspended")
        self.identity.gate.forget()

    def client(self, client_id: str = "app", **changes: Any) -> "Program":
        """A registered program; the city's own, unless it is said."""
        wanted = Client(
            client_id,
            Title("应用", "The app"),
            "client_secret_basic",
            (CALLBACK,),
            scopes=frozenset({"openid", "profile", "email", "phone", "offline_access", "yuzhang.read"}),
            grants=frozenset({"authorization_code", "refresh_token"}),
            third_party=False,
        )
        made = actions.register(self.provider, OPERATOR, client_id, replace(wanted, **changes))
        return Program(self, made.client, made.secret)

    def close(self) -> None:
        """Release the files."""
        self.identity.close()
        self.storage.close()


class Program:
    """A registered program, as it asks."""

    def __init__(self, town: Town, client: Client, secret: str) -> None:
        self.town, self.client, self.secret = town, client, secret

    def asks(self, browser: TestClient, **changes: str | None) -> Response:
        """Send the browser to the provider, with a request of the usual form but for `changes`; None leaves a parameter out."""
        usual: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": self.client.redirects[0],
            "scope": "openid",
            "state": "af0ifjsldkj",
            "nonce": "n-0S6_WzA2Mj",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        params = {name: value for name, value in (usual | changes).items() if value is not None}
        return browser.get("/oauth2/authorize", params=params)

    def code(self, browser: TestClient, **changes: str | None) -> str:
        """A code."""
        return answered(self.asks(browser, **changes))["code"]

    def exchanges(self, form: dict[str, str], at: str = "token", **headers: str) -> Response:
        """Ask an endpoint, and prove itself as registered."""
        method, sent = self.client.method, dict(form)
        if method == "client_secret_basic":
            pair = base64.b64encode(f"{self.client.id}:{self.secret}".encode()).decode()
            headers["authorization"] = f"Basic {pair}"
        elif method == "client_secret_post":
            sent |= {"client_id": self.client.id, "client_secret": self.secret}
        elif method == "none":
            sent["client_id"] = self.client.id
        return TestClient(self.town.app, ISSUER).post(f"/oauth2/{at}", data=sent, headers=headers)

    def redeems(self, code: str, **changes: str) -> Response:
        """Exchange a code."""
        usual = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.client.redirects[0],
            "code_verifier": VERIFIER,
        }
        return self.exchanges({name: value for name, value in (usual | changes).items() if value})

    def refreshes(self, token: str, **more: str) -> Response:
        """Exchange a refresh token."""
        return self.exchanges({"grant_type": "refresh_token", "refresh_token": token} | more)

    def tokens(self, browser: TestClient, **changes: str | None) -> dict[str, Any]:
        """The whole way: the tokens."""
        found = self.redeems(self.code(browser, **changes))
        assert found.status_code == 200, found.text
        told = found.json()
        assert isinstance(told, dict)
        return told


def answered(response: Response) -> dict[str, str]:
    """What the browser takes to the program: the query of its address, by redirect or by the page that leads on."""
    if response.status_code == 303:
        address = response.headers["location"]
    else:
        assert 'http-equiv="refresh"' in response.text, response.text
        address = response.text.partition("0; url=")[2].partition('"')[0].replace("&amp;", "&")
    return dict(parse_qsl(urlsplit(address).query))


def leads_to(response: Response) -> str:
    """Where a redirect leads, without the query."""
    assert response.status_code == 303, response.text
    return response.headers["location"].partition("?")[0]


def said_by(town: Town, token: str) -> dict[str, Any]:
    """What a token says, checked with the published keys as a program would."""
    keys = KeySet.import_key_set(town.browser().get("/oauth2/jwks").json())
    return jwt.decode(token, keys, algorithms=["ES256", "RS256"]).claims


def application(identity: Identity, provider: Provider) -> FastAPI:
    """The provider's pages and endpoints, and one page that says who asks."""
    app = FastAPI()
    app.state.gate = identity.gate
    app.state.identity = identity
    app.state.entrance = SimpleNamespace(provider=provider, outside=None)
    app.state.storage = identity.storage
    app.add_middleware(Bounds)
    problems.install(app)
    for router in (api.router, pages.router, client_pages.router):
        app.include_router(router)

    @app.get("/api/me")
    def me(caller: Caller) -> dict[str, Any]:
        """Who asks."""
        return {
            "id": caller.id,
            "kind": caller.kind,
            "roles": sorted(caller.roles),
            "scopes": None if caller.scopes is None else sorted(caller.scopes),
        }

    return app
