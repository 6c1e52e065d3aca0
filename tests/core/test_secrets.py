"""Secrets of an installation: sealed with either suite, opened by nobody else, and the key made once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.core.errors import Broken, InputRefused
from yuzhang.core.secrets import SECRET_VARIABLE, SUITE_VARIABLE, Secrets, Suite, secrets_of

MASTER = bytes(range(32))


@given(st.binary(max_size=200), st.sampled_from(("international", "sm")))
def test_what_is_sealed_is_opened_with_either_suite(text: bytes, suite: Suite) -> None:
    sealed = Secrets(MASTER, suite).seal("totp", text)
    assert Secrets(MASTER, "sm").open("totp", sealed) == text
    assert Secrets(MASTER, "international").open("totp", sealed) == text


@given(st.integers(0, 39), st.sampled_from(("international", "sm")))
def test_a_changed_byte_another_purpose_or_another_key_open_nothing(place: int, suite: Suite) -> None:
    sealed = bytearray(Secrets(MASTER, suite).seal("totp", b"0123456789a"))
    for purpose, master in (("key", MASTER), ("totp", b"x" * 32)):
        with pytest.raises(Broken):
            Secrets(master, suite).open(purpose, bytes(sealed))
    sealed[place] ^= 1
    with pytest.raises(Broken):
        Secrets(MASTER, suite).open("totp", bytes(sealed))


def test_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = secrets_of(tmp_path)
    assert secrets_of(tmp_path) == first
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["secret.key"]


def test_key_of_the_environment_comes_first_and_a_malformed_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET_VARIABLE, MASTER.hex())
    assert secrets_of(tmp_path).master == MASTER
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv(SECRET_VARIABLE, "abc")
    with pytest.raises(InputRefused) as caught:
        secrets_of(tmp_path)
    assert caught.value.where == SECRET_VARIABLE
    monkeypatch.setenv(SUITE_VARIABLE, "rot13")
    with pytest.raises(InputRefused):
        secrets_of(tmp_path)
