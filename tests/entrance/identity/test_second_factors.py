"""Code generators and recovery codes, and what rests without them."""

import re

import pytest

from entrance.identity.conftest import Browse, Clock
from entrance.identity.people import COOKIE, OTHER_PASSWORD, PASSWORD, Person
from yuzhang.entrance.identity.errors import UnfitPassword
from yuzhang.entrance.identity.joining import first_link
from yuzhang.entrance.identity.proofs import passwords
from yuzhang.entrance.identity.proofs.totp import STEP_S
from yuzhang.entrance.identity.room import Identity


@pytest.fixture
def administrator(browse: Browse, identity: Identity) -> Person:
    """The first administrator, with a password alone."""
    person = Person(browse(), "admin.li", PASSWORD, "Li Na")
    path = first_link(identity)
    assert path is not None
    assert person.join(path).status_code == 303
    return person


def codes_of(person: Person) -> list[str]:
    """Their recovery codes, as the page shows them."""
    return re.findall(r"<code>([A-Z2-7-]+)</code>", person.browser.post("/account/recovery-codes").text)


def test_administrators_roles_rest_until_the_second_factor(administrator: Person, clock: Clock) -> None:
    assert administrator.who() | {"id": ""} == {
        "id": "", "kind": "official", "roles": [], "factors": 1, "purpose": "", "peer": "10.1.2.3", "acting_for": "",
    }  # fmt: skip
    assert "Your roles rest" in administrator.browser.get("/account").text
    before = administrator.token
    assert administrator.add_generator(clock.at.timestamp()).status_code == 303
    assert administrator.token != before
    assert administrator.who()["roles"] == ["system-administrator"]
    assert "Your roles rest" not in administrator.browser.get("/account").text


def test_password_alone_signs_in_nobody_who_has_a_generator(
    browse: Browse, administrator: Person, clock: Clock
) -> None:
    administrator.add_generator(clock.at.timestamp())
    other = browse()
    answer = administrator.sign_in(other, onto="/account")
    assert answer.headers["location"] == "/sign-in/code?next=%2Faccount"
    assert COOKIE not in other.cookies
    assert administrator.who(other)["kind"] == "stranger"
    clock.move(STEP_S)
    code = administrator.code(clock.at.timestamp())
    answer = other.post("/sign-in/code", data={"code": code, "next": "/account"})
    assert answer.headers["location"] == "/account"
    assert administrator.who(other)["factors"] == 2
    again = browse()
    administrator.sign_in(again)
    assert again.post("/sign-in/code", data={"code": code}).status_code == 401


def test_step_between_the_factors_runs_out(browse: Browse, administrator: Person, clock: Clock) -> None:
    administrator.add_generator(clock.at.timestamp())
    other = browse()
    administrator.sign_in(other)
    clock.move(601)
    assert other.post("/sign-in/code", data={"code": administrator.code(clock.at.timestamp())}).status_code == 401


def test_recovery_code_stands_in_for_the_generator_once(browse: Browse, administrator: Person, clock: Clock) -> None:
    administrator.add_generator(clock.at.timestamp())
    codes = codes_of(administrator)
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) == 26 for code in codes)
    for status in (303, 401):
        other = browse()
        administrator.sign_in(other)
        typed = codes[0].lower().replace("-", " ")
        assert other.post("/sign-in/code", data={"code": typed}).status_code == status
    assert "9 left" in administrator.browser.get("/account").text
    assert "recovery code used" in administrator.browser.get("/account").text
    codes_of(administrator)
    other = browse()
    administrator.sign_in(other)
    assert other.post("/sign-in/code", data={"code": codes[1]}).status_code == 401


def test_wrong_first_code_shows_the_same_key_again(administrator: Person, clock: Clock) -> None:
    page = administrator.browser.post("/account/totp/offer").text
    key, step = re.search(r"<code>(\w{32})</code>", page), re.search(r'name="step" value="([^"]+)"', page)
    assert key
    assert step
    assert "<svg" in page
    again = administrator.browser.post("/account/totp", data={"step": step[1], "code": "12345"})
    assert again.status_code == 422
    assert key[1] in again.text
    administrator.key = key[1]
    code = administrator.code(clock.at.timestamp())
    assert administrator.browser.post("/account/totp", data={"step": step[1], "code": code}).status_code == 303


def test_key_offered_to_one_party_is_not_taken_for_another(
    browse: Browse, administrator: Person, citizen: Person
) -> None:
    page = citizen.browser.post("/account/totp/offer").text
    step = re.search(r'name="step" value="([^"]+)"', page)
    assert step
    answer = administrator.browser.post("/account/totp", data={"step": step[1], "code": "123456"})
    assert answer.status_code == 422
    assert "It took too long" in answer.text


def test_old_proof_is_asked_for_again_before_anything_is_changed(
    administrator: Person, identity: Identity, clock: Clock
) -> None:
    administrator.add_generator(clock.at.timestamp())
    clock.move(identity.rules.fresh_s + 1)
    for address in ("totp/offer", "recovery-codes", "password"):
        answer = administrator.browser.post(f"/account/{address}", data={"password": OTHER_PASSWORD})
        assert answer.headers["location"] == "/account/proof?next=%2Faccount", address
    assert administrator.browser.post("/account/passkeys/options").status_code == 403
    form = {"password": PASSWORD, "next": "/account"}
    assert administrator.browser.post("/account/proof", data=form).status_code == 401
    form["code"] = administrator.code(clock.at.timestamp())
    before = administrator.token
    assert administrator.browser.post("/account/proof", data=form).status_code == 303
    assert administrator.token != before
    assert administrator.browser.post("/account/totp/offer").status_code == 200


def test_new_password_ends_the_other_sessions_and_is_told(browse: Browse, citizen: Person) -> None:
    other = browse()
    citizen.sign_in(other)
    wrong = citizen.browser.post("/account/password", data={"current": OTHER_PASSWORD, "password": OTHER_PASSWORD})
    assert wrong.status_code == 401
    before = citizen.token
    form = {"current": PASSWORD, "password": OTHER_PASSWORD}
    assert citizen.browser.post("/account/password", data=form).status_code == 303
    assert citizen.token != before
    assert citizen.who(other)["kind"] == "stranger"
    assert citizen.who()["kind"] == "citizen"
    assert "password changed" in citizen.browser.get("/account").text
    assert citizen.sign_in(browse()).status_code == 401
    assert citizen.sign_in(browse(), OTHER_PASSWORD).status_code == 303


def test_administrator_keeps_a_second_factor_and_everybody_a_way_in(
    administrator: Person, citizen: Person, clock: Clock
) -> None:
    administrator.add_generator(clock.at.timestamp())
    own = {one["kind"]: one["id"] for one in administrator.browser.get("/api/account").json()["credentials"]}
    assert administrator.browser.post(f"/account/credentials/{own['totp']}/remove").status_code == 409
    theirs = citizen.browser.get("/api/account").json()["credentials"][0]["id"]
    assert citizen.browser.post(f"/account/credentials/{theirs}/remove").status_code == 409
    assert citizen.browser.post(f"/account/credentials/{own['totp']}/remove").status_code == 404
    assert citizen.browser.post(f"/account/credentials/{own['totp']}/rename", data={"label": "x"}).status_code == 404
    assert administrator.browser.post(
        f"/account/credentials/{own['totp']}/rename", data={"label": "tablet"}
    ).is_redirect
    assert "tablet" in administrator.browser.get("/account").text


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 12"),
        ("passwordpassword", "often used"),
        ("qwerty123456", "often used"),
        ("Password2026!", "often used"),
        ("111111111111", "often used"),
        ("abcdefghijklm", "often used"),
        ("administrator-li", "your name"),
    ],
)
def test_password_that_others_guess_is_refused_with_the_reason(browse: Browse, password: str, words: str) -> None:
    answer = Person(browse(), "administrator-li", password).sign_up()
    assert answer.status_code == 422
    assert words in answer.text


@pytest.mark.parametrize(
    "password", ["只有我自己才知道的一句很长的话", "x7" + " long sentence" * 6, "lowercase only words here"]
)
def test_long_passwords_of_any_signs_are_taken(browse: Browse, password: str) -> None:
    person = Person(browse(), "sun", password)
    assert person.sign_up().status_code == 303
    assert person.sign_in(browse()).status_code == 303


def test_password_made_of_the_systems_name_is_refused() -> None:
    for said in ("yuzhang-2026-!", "CityBrain 2026", "豫章豫章豫章豫章豫章豫章"):
        with pytest.raises(UnfitPassword):
            passwords.check(said, ())
    passwords.check("yuzhang and a horse that reads", ())
