"""A system administrator registers programs, on the page and in the terminal; what is not sound is refused with its reason."""

import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey, OctKey
from typer.testing import CliRunner

from entrance.identity.provider.town import CALLBACK, Town
from yuzhang.core.errors import Conflict, NotFound
from yuzhang.entrance.identity.provider.commands import app, keys
from yuzhang.entrance.identity.provider.errors import ClientRefused

FORM: dict[str, Any] = {
    "client": "hotline",
    "name": "热线",
    "name_en": "Hotline",
    "redirects": f"{CALLBACK}\nhttps://app.example/cb2",
    "scopes": ["openid", "profile"],
    "grants": ["authorization_code"],
}
UNSOUND: dict[str, tuple[dict[str, Any], str]] = {
    "name that is no id": ({"client_id": "../x"}, "client"),
    "no redirect": ({"redirects": ()}, "redirects"),
    "http elsewhere": ({"redirects": ("http://app.example/cb",)}, "redirects"),
    "fragment": ({"redirects": ("https://app.example/cb#x",)}, "redirects"),
    "user": ({"redirects": ("https://mei@app.example/cb",)}, "redirects"),
    "any place": ({"redirects": ("https://*.example/cb",)}, "redirects"),
    "dots": ({"redirects": ("https://app.example/a/%2E%2e/cb",)}, "redirects"),
    "script": ({"redirects": ("javascript:alert(1)",)}, "redirects"),
    "script of a public client": ({"redirects": ("javascript:alert(1)",), "method": "none"}, "redirects"),
    "data": ({"redirects": ("data:text/html,x",), "method": "none"}, "redirects"),
    "own scheme with a secret": ({"redirects": ("cn.example:/cb",)}, "redirects"),
    "blank": ({"redirects": ("https://app.example/c b",)}, "redirects"),
    "no address": ({"redirects": ("https://[x/cb",)}, "redirects"),
    "too many": ({"redirects": tuple(f"https://app.example/{n}" for n in range(21))}, "redirects"),
    "sign-out elsewhere": ({"logout_address": "http://inner.example/logout"}, "redirects"),
    "method": ({"method": "client_secret_jwt"}, "method"),
    "algorithm": ({"algorithm": "none"}, "algorithm"),
    "scope": ({"scopes": frozenset({"rocket"})}, "scopes"),
    "grant": ({"grants": frozenset({"password"})}, "grants"),
    "no scope": ({"scopes": frozenset()}, "scopes"),
    "public without PKCE": ({"method": "none", "pkce": False}, "pkce"),
    "itself without a party": ({"grants": frozenset({"client_credentials"})}, "grants"),
    "itself without proof": (
        {"grants": frozenset({"client_credentials"}), "method": "none", "party": "x"},
        "grants",
    ),
    "party that is not there": ({"grants": frozenset({"client_credentials"}), "party": "x"}, "party"),
    "key method without keys": ({"method": "private_key_jwt"}, "jwks"),
    "keys that are none": ({"method": "private_key_jwt", "jwks": "{}"}, "jwks"),
    "shared secret as a key": (
        {
            "method": "private_key_jwt",
            "jwks": json.dumps({"keys": [OctKey.generate_key(256).as_dict(private=True)]}),
        },
        "jwks",
    ),
}


@pytest.mark.parametrize("name", UNSOUND)
def test_an_unsound_client_is_refused_and_nothing_is_registered(town: Town, name: str) -> None:
    changes, where = UNSOUND[name]
    with pytest.raises(ClientRefused) as refused:
        town.client(**changes)
    assert refused.value.where == where
    assert town.provider.client("app") is None


def test_an_id_is_given_once(town: Town) -> None:
    town.client()
    with pytest.raises(Conflict):
        town.client()


@pytest.fixture
def administrator(town: Town) -> TestClient:
    """A system administrator's browser."""
    found = town.signed_in(town.resident("ran", roles=["system-administrator"]), ("password", "totp"))
    found.headers["accept"] = "text/html"
    return found


def test_an_administrator_registers_a_program_and_sees_its_secret_once(town: Town, administrator: TestClient) -> None:
    made = administrator.post("/admin/clients", data=FORM)
    secret = re.search(r"口令（只显示这一次）：</?[^>]*>?\s*<code>([^<]+)</code>|<code>([\w-]{43})</code>", made.text)
    assert secret is not None
    word = secret[1] or secret[2]
    assert word not in administrator.get("/admin/clients").text
    kept = town.provider.client("hotline")
    assert kept is not None
    assert kept.third_party
    assert word not in repr(kept)
    assert kept.secret != word
    again = administrator.post("/admin/clients/hotline/secret")
    assert word not in again.text
    changed = town.provider.client("hotline")
    assert changed is not None
    assert changed.secret != kept.secret
    assert administrator.post("/admin/clients/hotline/remove").status_code == 303
    assert town.provider.client("hotline") is None
    assert administrator.post("/admin/clients/hotline/remove").status_code == 404


def test_the_page_says_what_is_wrong_and_where(administrator: TestClient) -> None:
    found = administrator.post("/admin/clients", data=FORM | {"redirects": "http://app.example/cb"})
    assert found.status_code == 422
    assert "需要 https" in found.text
    assert "redirects" in found.text


def test_nobody_else_sees_or_changes_programs(town: Town, browser: TestClient) -> None:
    town.client()
    for method, path in (
        ("GET", "/admin/clients"),
        ("POST", "/admin/clients/app/secret"),
        ("POST", "/admin/clients/app/remove"),
    ):
        assert browser.request(method, path).status_code == 403
        assert town.browser().request(method, path).status_code == 401
    assert browser.post("/admin/clients", data=FORM).status_code == 403
    one_factor = town.signed_in(town.resident("wei", roles=["system-administrator"]))
    assert one_factor.get("/admin/clients").status_code == 403


def test_the_terminal_registers_lists_rotates_and_removes(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    data = ["--data", str(town.storage.folder)]
    run = CliRunner()
    made = run.invoke(app, ["add", "hotline", "--name", "热线", "--redirect", CALLBACK, *data])
    assert made.exit_code == 0, made.output
    secret = made.output.strip().rpartition(" ")[2]
    assert "hotline" in run.invoke(app, ["list", *data]).output
    kept = town.provider.client("hotline")
    assert kept is not None
    assert kept.name.en == "热线"
    again = run.invoke(app, ["rotate-secret", "hotline", *data])
    assert secret not in again.output
    assert "Secret" in again.output
    assert run.invoke(app, ["remove", "hotline", *data]).exit_code == 0
    assert isinstance(run.invoke(app, ["remove", "hotline", *data]).exception, NotFound)


def test_the_terminal_takes_a_file_of_public_keys_and_shows_no_secret(town: Town) -> None:
    file = town.storage.folder / "jwks.json"
    file.write_text(json.dumps({"keys": [ECKey.generate_key("P-256", auto_kid=True).as_dict(private=False)]}))
    command = ["add", "robot", "--name", "机器人", "--redirect", CALLBACK, "--method", "private_key_jwt"]
    made = CliRunner().invoke(app, [*command, "--jwks", str(file), "--data", str(town.storage.folder)])
    assert made.exit_code == 0, made.output
    kept = town.provider.client("robot")
    assert kept is not None
    assert (kept.method, kept.secret) == ("private_key_jwt", "")


def test_the_terminal_lists_and_rolls_keys(town: Town) -> None:
    data, run = ["--data", str(town.storage.folder)], CliRunner()
    listed = run.invoke(keys, ["list", *data]).output
    assert listed.count("RS256") == 2
    before = town.provider.keys.current("ES256").kid
    assert run.invoke(keys, ["roll", "ES256", "--at-once", *data]).exit_code == 0
    assert town.provider.keys.current("ES256").kid != before
    assert run.invoke(keys, ["roll", "HS256", *data]).exit_code == 2
