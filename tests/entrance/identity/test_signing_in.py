"""Signing in and out, and what a session is worth."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from entrance.identity.conftest import Browse, Clock, Records
from entrance.identity.people import COOKIE, OTHER_PASSWORD, PASSWORD, Person
from yuzhang.core.errors import InputRefused
from yuzhang.core.secrets import Secrets
from yuzhang.core.settings import Settings
from yuzhang.entrance.identity import sessions
from yuzhang.entrance.identity.gate import COOKIE as GATE_COOKIE
from yuzhang.entrance.identity.gate import OVER_TLS
from yuzhang.entrance.identity.proofs import passwords
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.rules import Rules, rules


def test_citizen_signs_up_signs_out_and_signs_in_again_and_is_known_each_time(
    browser: TestClient, citizen: Person, records: Records
) -> None:
    assert citizen.who()["kind"] == "citizen"
    known = citizen.who()["id"]
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    assert citizen.who()["kind"] == "stranger"
    answer = citizen.sign_in(onto="/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert citizen.who()["id"] == known
    came = [note for note in records.notes if note[:2] == (known, "entrance.identity.signing_in.with_password")]
    assert len(came) == 1
    assert citizen.login not in str(records.notes)


def test_cookie_is_out_of_scripts_reach_and_of_other_sites(browser: TestClient) -> None:
    said = Person(browser, "lihua", PASSWORD).sign_up().headers.get_list("set-cookie")[0].lower()
    assert said.startswith(f"{COOKIE}=")
    assert "httponly" in said
    assert "samesite=lax" in said
    assert "path=/" in said
    assert "domain" not in said
    assert "max-age" not in said
    assert GATE_COOKIE == COOKIE


def test_behind_tls_the_cookie_is_secure_and_of_this_host_alone(identity: Identity) -> None:
    settings = Settings(identity.storage.folder, public_address="https://brain.example")
    behind = Identity(identity.storage, identity.secrets, settings, identity.guard, own_rules=Rules())
    assert behind.gate.secure
    assert behind.gate.cookie == OVER_TLS
    assert OVER_TLS.startswith("__Host-")
    behind.close()


def test_wrong_password_and_unknown_name_get_the_same_answer(browse: Browse, citizen: Person) -> None:
    wrong = browse().post("/sign-in", data={"login": "wang", "password": OTHER_PASSWORD})
    unknown = browse().post("/sign-in", data={"login": "nemo", "password": OTHER_PASSWORD})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("wang", "") == unknown.text.replace("nemo", "")
    assert "set-cookie" not in wrong.headers


def test_unknown_name_takes_a_hash_like_a_known_one(
    browse: Browse, citizen: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    real = passwords.HASHER

    class Counting:
        def verify(self, kept: str, password: str) -> bool:
            hashed.append(password)
            return real.verify(kept, password)

    monkeypatch.setattr(passwords, "HASHER", Counting())
    for login in ("wang", "nemo"):
        browse().post("/sign-in", data={"login": login, "password": OTHER_PASSWORD})
    assert len(hashed) == 2


def test_session_planted_before_sign_in_is_worth_nothing_after(browse: Browse, citizen: Person) -> None:
    planted = browse()
    attacker = Person(planted, "mallory", PASSWORD)
    attacker.sign_up()
    before = attacker.token
    assert citizen.sign_in(planted).status_code == 303
    after = planted.cookies.get(COOKIE)
    assert after != before
    thief = browse()
    thief.cookies.set(COOKIE, before)
    assert thief.get("/who").json()["kind"] == "stranger"
    invented = browse()
    invented.cookies.set(COOKIE, "x" * 43)
    citizen.sign_in(invented)
    thief = browse()
    thief.cookies.set(COOKIE, "x" * 43)
    assert thief.get("/who").json()["kind"] == "stranger"


def test_idle_session_ends_and_busy_one_ends_after_twelve_hours(
    browser: TestClient, citizen: Person, identity: Identity, clock: Clock
) -> None:
    clock.move(identity.rules.idle_s - 1)
    identity.gate.forget()
    assert citizen.who()["kind"] == "citizen"
    identity.gate._writing.submit(lambda: None).result()  # what was seen is written
    clock.move(identity.rules.idle_s - 1)
    identity.gate.forget()
    assert citizen.who()["kind"] == "citizen"
    identity.gate._writing.submit(lambda: None).result()
    clock.move(identity.rules.idle_s + 1)
    identity.gate.forget()
    assert citizen.who()["kind"] == "stranger"
    citizen.sign_in()
    for _ in range(26):
        clock.move(identity.rules.idle_s - 60)
        identity.gate.forget()
        citizen.who()
        identity.gate._writing.submit(lambda: None).result()
    assert citizen.who()["kind"] == "stranger"


def test_signing_out_everywhere_ends_the_session_in_the_other_browser_at_once(browse: Browse, citizen: Person) -> None:
    elsewhere = browse("10.9.9.9")
    citizen.sign_in(elsewhere)
    assert len(citizen.sessions()) == 2
    assert {one["session"]["peer"] for one in citizen.sessions()} == {"10.1.2.3", "10.9.9.9"}  # type: ignore[index]
    answer = citizen.browser.post("/account/sign-out-everywhere")
    assert "cache" in answer.headers["clear-site-data"]
    assert citizen.who(elsewhere)["kind"] == citizen.who()["kind"] == "stranger"


def test_one_session_is_ended_and_the_rest_stays(browse: Browse, citizen: Person) -> None:
    elsewhere, third = browse(), browse()
    citizen.sign_in(elsewhere)
    citizen.sign_in(third)
    other = next(one["session"]["id"] for one in citizen.sessions(elsewhere) if one["current"])  # type: ignore[index]
    assert citizen.browser.delete(f"/api/account/sessions/{other}").json() == {"ended": 1}
    assert citizen.who(elsewhere)["kind"] == "stranger"
    assert citizen.who(third)["kind"] == "citizen"
    assert citizen.browser.delete("/api/account/sessions").json() == {"ended": 1}
    assert citizen.who(third)["kind"] == "stranger"
    assert citizen.who()["kind"] == "citizen"


def test_nobody_ends_the_session_of_somebody_else(browse: Browse, citizen: Person) -> None:
    stranger = Person(browse(), "zhao", PASSWORD)
    stranger.sign_up()
    own = citizen.sessions()[0]["session"]["id"]  # type: ignore[index]
    assert stranger.browser.delete(f"/api/account/sessions/{own}").status_code == 404
    assert citizen.who()["kind"] == "citizen"


def test_end_in_another_process_is_seen_within_two_seconds(
    citizen: Person, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = [1000.0]
    monkeypatch.setattr("yuzhang.entrance.identity.gate.monotonic", lambda: moments[0])
    identity.gate.forget()
    assert citizen.who()["kind"] == "citizen"
    settings = Settings(identity.storage.folder)
    elsewhere = Identity(
        identity.storage, Secrets(b"k" * 32), settings, identity.guard, own_rules=Rules(), now=identity.now
    )
    caller = elsewhere.gate.of_token(citizen.token)
    assert caller is not None
    sessions.sign_out(elsewhere, caller)
    moments[0] += 2.001
    assert citizen.who()["kind"] == "stranger"
    elsewhere.close()


def test_page_that_needs_a_session_leads_to_sign_in_and_back(browser: TestClient) -> None:
    answer = browser.get("/account?x=1")
    assert answer.headers["location"] == "/sign-in?next=/account%3Fx%3D1"


@pytest.mark.parametrize("evil", ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example"])
def test_sign_in_leads_to_no_other_server(browser: TestClient, citizen: Person, evil: str) -> None:
    assert citizen.sign_in(onto=evil).headers["location"] == "/"
    assert (
        "evil" not in browser.get("/sign-in", params={"next": evil}).text.partition("<main")[2].partition("</main")[0]
    )


def test_password_is_kept_as_argon2id_with_the_costs_that_owasp_asks_for() -> None:
    kept = passwords.hashed(PASSWORD)
    assert re.match(rb"\$argon2id\$v=19\$m=19456,t=2,p=1\$", kept)
    assert passwords.fits(kept, PASSWORD)
    assert not passwords.fits(kept, OTHER_PASSWORD)


def test_no_token_password_or_address_can_be_read_in_the_database(citizen: Person, identity: Identity) -> None:
    citizen.browser.post(
        "/account/profile", data={"email": "wang@example.cn", "phone": "13800000000", "language": "zh"}
    )
    assert "wang@example.cn" in citizen.browser.get("/api/account").text
    with identity.storage.writing() as connection:
        connection.exec_driver_sql("SELECT 1")
    identity.storage.engine.dispose()
    stored = b"".join(path.read_bytes() for path in identity.storage.folder.glob("state.db*"))
    for secret in (citizen.token, PASSWORD, "wang@example.cn", "13800000000", "argon2id"):
        assert secret.encode() not in stored, secret


def test_session_lasts_as_long_as_the_environment_says() -> None:
    made = rules({"YUZHANG_SESSION_IDLE_MINUTES": "5", "YUZHANG_SESSION_HOURS": "8", "YUZHANG_SIGN_UP": "nobody"})
    assert (timedelta(seconds=made.idle_s), timedelta(seconds=made.length_s)) == (
        timedelta(minutes=5),
        timedelta(hours=8),
    )
    assert made.sign_up == frozenset()
    for wrong in ({"YUZHANG_SESSION_HOURS": "0"}, {"YUZHANG_SIGN_UP": "officials"}, {"YUZHANG_TWO_FACTORS": "no"}):
        with pytest.raises(InputRefused):
            rules(wrong)
