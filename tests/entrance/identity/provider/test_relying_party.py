"""A program with a relying party's own library (Authlib) has its users signed in over a real server, by the real sign-in page."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from authlib.integrations.httpx_client import OAuth2Client  # type: ignore[import-untyped]  # it has no types
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]  # it has no types
from authlib.oidc.discovery import OpenIDProviderMetadata  # type: ignore[import-untyped]  # it has no types
from joserfc import jwt
from joserfc.jwk import KeySet

from entrance.identity.provider.served import Walker, free_port, serving
from entrance.identity.provider.town import Town
from yuzhang.app import create_app
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings
from yuzhang.entrance.identity.model import Credential
from yuzhang.entrance.identity.proofs import passwords
from yuzhang.entrance.identity.proofs.tokens import new_name
from yuzhang.entrance.identity.provider.clients import actions
from yuzhang.entrance.identity.provider.model import Client
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store.credentials import add_credential

pytestmark = pytest.mark.services
CALLBACK, BYE = "http://localhost:9/cb", "http://localhost:9/bye"
PASSWORD = "correct horse battery staple"  # noqa: S105  # of this test


def give_password(identity: Identity, party: str) -> None:
    """The party may sign in with PASSWORD."""
    with identity.storage.writing() as connection:
        credential = Credential(new_name("credential"), party, "password", "", 0, identity.now(), None)
        add_credential(connection, identity.secrets, credential, passwords.hashed(PASSWORD))


@pytest.fixture
def walker() -> Iterator[Walker]:
    """A browser."""
    made = Walker()
    yield made
    made.close()


@pytest.fixture
def served(founded: Path, tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """The whole application on a port, with mei, who has a password, and a program: its address, mei's id, the program's secret."""
    folder = Path(shutil.copytree(founded, tmp_path / "data"))
    town = Town(folder)
    mei = town.resident("mei")
    give_password(town.identity, mei)
    town.close()
    port = free_port()
    app = create_app(Settings(folder, port=port))
    wanted = Client(
        "portal",
        Title("门户", "Portal"),
        "client_secret_basic",
        (CALLBACK,),
        after_logout=(BYE,),
        scopes=frozenset({"openid", "profile", "email", "offline_access"}),
        grants=frozenset({"authorization_code", "refresh_token"}),
        third_party=False,
    )
    secret = actions.register(app.state.entrance.provider, OPERATOR, "portal", wanted).secret
    with serving(app, port):
        yield f"http://127.0.0.1:{port}", mei, secret


def checked(tokens: dict[str, str], keys: dict[str, object], issuer: str) -> None:
    """Return if Authlib takes the ID token."""
    decoded = jwt.decode(tokens["id_token"], KeySet.import_key_set(keys), algorithms=["ES256"])  # type: ignore[arg-type]  # as it was sent
    CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"value": issuer}, "aud": {"value": "portal"}},
        {"nonce": "n-1", "client_id": "portal", "access_token": tokens["access_token"]},
    ).validate()


def test_authlib_signs_a_user_in_reads_its_profile_refreshes_and_signs_it_out(
    served: tuple[str, str, str], walker: Walker
) -> None:
    issuer, mei, secret = served
    scope, verifier = "openid profile email offline_access", "a" * 20 + "-verifier-of-enough-letters"
    with OAuth2Client(
        "portal", secret, scope=scope, redirect_uri=CALLBACK, code_challenge_method="S256", trust_env=False
    ) as client:
        told = OpenIDProviderMetadata(walker.http.get(f"{issuer}/.well-known/openid-configuration").json())
        told.validate_issuer()
        told.validate_token_endpoint()
        address, state = client.create_authorization_url(
            told["authorization_endpoint"], code_verifier=verifier, nonce="n-1"
        )
        page = walker.goes(address, f"{issuer}/sign-in")
        back = walker.goes(walker.signs_in(page, "mei", PASSWORD), CALLBACK)
        assert parse_qs(urlsplit(back).query)["state"] == [state]
        tokens = client.fetch_token(
            told["token_endpoint"], authorization_response=back, code_verifier=verifier, state=state
        )
        checked(tokens, walker.http.get(told["jwks_uri"]).json(), issuer)
        profile = client.get(told["userinfo_endpoint"]).json()
        assert (profile["sub"], profile["name"], profile["email"]) == (mei, "Mei", "mei@town.example")
        renewed = client.refresh_token(told["token_endpoint"])
        assert renewed["refresh_token"] != tokens["refresh_token"]
        answer = client.revoke_token(told["revocation_endpoint"], token=renewed["refresh_token"])
        assert answer.status_code == 200
        query = urlencode({"post_logout_redirect_uri": BYE, "id_token_hint": tokens["id_token"]})
        assert walker.goes(f"{told['end_session_endpoint']}?{query}", BYE) == BYE
        assert walker.goes(address, f"{issuer}/sign-in").startswith(f"{issuer}/sign-in")
