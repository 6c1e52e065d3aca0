"""Whoever changes, removes, moves or adds a record by force is found, at its number."""

import json
import sqlite3
import tempfile
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrance.audit.records import SECRETS, SM, by_force, checked, filled, note
from yuzhang.core.secrets import Secrets
from yuzhang.entrance.audit.chain import checking
from yuzhang.entrance.audit.chain.hashing import canonical, chained, link
from yuzhang.entrance.audit.chain.signing import PublicKey, read_pem
from yuzhang.entrance.audit.model import Statement
from yuzhang.entrance.audit.store import looking
from yuzhang.entrance.audit.store.writing import AuditFile

RECORDS = 57
FIELDS = ("at", "party", "roles", "action", "outcome", "subject", "purpose", "peer", "count", "hash")


def wrongs(folder: Path) -> list[tuple[int, str]]:
    return [(one.number, one.wrong) for one in checked(folder).faults]


def test_untouched_chain_is_whole_and_signed_to_its_end(tmp_path: Path) -> None:
    filled(tmp_path, RECORDS).close()
    found = checked(tmp_path)
    assert found.whole
    assert (found.records, found.first, found.last, found.checkpoints, found.unsigned) == (57, 1, 57, 6, 0)


def test_canonical_form_is_that_of_any_other_program(tmp_path: Path) -> None:
    said = msgspec.structs.replace(note(1), subject='x\x01\x1f\b\f\n"\\/\x7f市😀\ud800\0', peer="é")
    record = chained([said], 0, 0, b"\0" * 32, "sha256")[0]
    fields = {key: value for key, value in msgspec.structs.asdict(record).items() if key != "hash"}
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert canonical(record) == text
    assert record.hash == sha256(b"\0" * 32 + text).hexdigest()


@settings(max_examples=60, deadline=None)
@given(number=st.integers(1, RECORDS), field=st.sampled_from(FIELDS))
def test_changed_record_is_named(number: int, field: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder, RECORDS).close()
        with by_force(folder / "audit.db") as connection:
            new = {"at": "at + 1", "count": "count + 1", "hash": "'00' || substr(hash, 3)"}.get(
                field, f"{field} || 'x'"
            )
            if field == "hash":
                new = "CASE substr(hash, 1, 2) WHEN '00' THEN '11' ELSE '00' END || substr(hash, 3)"
            connection.execute(f"UPDATE record SET {field} = {new} WHERE number = ?", (number,))
        assert wrongs(folder)[0][0] == number


@settings(max_examples=40, deadline=None)
@given(numbers=st.sets(st.integers(1, RECORDS - 1), min_size=1, max_size=5))
def test_missing_records_are_named(numbers: set[int]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder, RECORDS).close()
        with by_force(folder / "audit.db") as connection:
            connection.executemany("DELETE FROM record WHERE number = ?", [(number,) for number in numbers])
        found = wrongs(folder)
        assert found[0] == (min(numbers), "missing")
        assert {number for number, wrong in found if wrong == "missing"} <= numbers


@settings(max_examples=40, deadline=None)
@given(pair=st.lists(st.integers(1, RECORDS), min_size=2, max_size=2, unique=True))
def test_swapped_records_are_named(pair: list[int]) -> None:
    one, two = sorted(pair)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder, RECORDS).close()
        with by_force(folder / "audit.db") as connection:
            for old, new in ((one, 1000), (two, one), (1000, two)):
                connection.execute("UPDATE record SET number = ? WHERE number = ?", (new, old))
        assert wrongs(folder)[0][0] == one


@settings(max_examples=40, deadline=None)
@given(place=st.integers(1, RECORDS), linked=st.booleans())
def test_inserted_record_is_named(place: int, linked: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder, RECORDS).close()
        with by_force(folder / "audit.db") as connection:
            previous = looking.before(connection, place)
            new = chained([note(999)], place - 1, 0, previous if linked else b"?", "sha256")[0]
            connection.execute("UPDATE record SET number = -number - 1 WHERE number >= ?", (place,))
            connection.execute("UPDATE record SET number = -number WHERE number < 0")
            marks = ",".join("?" * 15)
            connection.execute(f"INSERT INTO record VALUES ({marks})", msgspec.structs.astuple(new))
        numbers = [number for number, _ in wrongs(folder)]
        assert place + 1 in numbers if linked else numbers[0] == place


@settings(max_examples=20, deadline=None)
@given(last=st.integers(0, RECORDS - 1))
def test_cut_off_end_is_named(last: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        filled(folder, RECORDS).close()
        with by_force(folder / "audit.db") as connection:
            connection.execute("DELETE FROM record WHERE number > ?", (last,))
        assert (last + 1, "truncated") in wrongs(folder)


def rewrite(folder: Path, number: int) -> None:
    """Change a record and compute the chain anew from it on, as whoever has the program can."""
    with by_force(folder / "audit.db") as connection:
        previous = looking.before(connection, number)
        for record in list(looking.records(connection, number)):
            new = msgspec.structs.replace(record, party="u-0", hash="") if record.number == number else record
            new = msgspec.structs.replace(new, hash=link(previous, new).hex())
            previous = bytes.fromhex(new.hash)
            connection.execute(
                "UPDATE record SET party = ?, hash = ? WHERE number = ?", (new.party, new.hash, new.number)
            )


def test_chain_computed_anew_is_not_what_was_signed(tmp_path: Path) -> None:
    filled(tmp_path, RECORDS).close()
    rewrite(tmp_path, 24)
    assert wrongs(tmp_path)[0] == (21, "rewritten")


def test_checkpoints_signed_with_another_key_are_found(tmp_path: Path) -> None:
    filled(tmp_path, RECORDS).close()
    other = filled(tmp_path / "other", RECORDS, Secrets(b"x" * 32))
    rewrite(tmp_path, 24)
    with by_force(tmp_path / "audit.db") as connection:
        own = looking.statements(connection)
        connection.execute("DELETE FROM statement")
        connection.execute("UPDATE signing_key SET public = ?, sealed = ?", (other.public.raw, b"i" + b"0" * 80))
        for one in own:
            found = connection.execute("SELECT hash FROM record WHERE number = ?", (one.number,)).fetchone()[0]
            made = other.stated("checkpoint", 0, one.number, found, one.at)
            connection.execute("INSERT INTO statement VALUES (?,?,?,?,?,?,?,?,?)", msgspec.structs.astuple(made))
    other.close()
    assert (0, "forged") in wrongs(tmp_path)


def witness(folder: Path) -> Statement:
    with looking.looking(folder / "audit.db") as connection:
        assert connection is not None
        found = looking.newest(connection)
        assert found is not None
        return found


@pytest.mark.parametrize("cut", [True, False])
def test_witness_finds_what_even_the_key_could_hide(tmp_path: Path, cut: bool) -> None:
    made = filled(tmp_path, RECORDS)
    kept = witness(tmp_path)
    with by_force(tmp_path / "audit.db") as connection:
        connection.execute("DELETE FROM statement WHERE number > 20")
        if cut:
            connection.execute("DELETE FROM record WHERE number > 20")
    if not cut:
        rewrite(tmp_path, 24)
    made.sign(0)
    made.close()
    assert checked(tmp_path).whole
    found = checking.verify(tmp_path / "audit.db", SECRETS, [kept])
    assert [(one.number, one.wrong) for one in found.faults] == [(21, "truncated" if cut else "rewritten")]


def test_witness_of_another_installation_is_no_witness(tmp_path: Path) -> None:
    filled(tmp_path / "a", 10).close()
    filled(tmp_path / "b", 10, Secrets(b"w" * 32)).close()
    found = checking.verify(tmp_path / "a" / "audit.db", SECRETS, [witness(tmp_path / "b")])
    assert not found.whole


def test_records_cannot_be_changed_by_plain_sql(tmp_path: Path) -> None:
    filled(tmp_path, 20).close()
    with closing(sqlite3.connect(tmp_path / "audit.db")) as connection:
        for sql in (
            "UPDATE record SET party = 'x'",
            "DELETE FROM record",
            "DELETE FROM statement",
            "UPDATE statement SET hash = ''",
            "UPDATE signing_key SET public = x''",
            "INSERT INTO record SELECT 99, at, party, kind, roles, acting_for, session, action, outcome, subject, purpose, "
            "peer, count, digest, hash FROM record WHERE number = 1",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                connection.execute(sql)
    assert checked(tmp_path).whole


def test_national_cryptography_hashes_with_sm3_and_signs_with_sm2(tmp_path: Path) -> None:
    pytest.importorskip("gmssl_pyx")
    filled(tmp_path, 12, SM).close()
    found = checked(tmp_path, SM)
    assert found.whole
    kept = witness(tmp_path)
    assert kept.algorithm == "sm2"
    with looking.looking(tmp_path / "audit.db") as connection:
        assert connection is not None
        key = looking.keys(connection)[0][0]
        assert next(looking.records(connection)).digest == "sm3"
    assert read_pem(key.pem(), "key") == key
    assert not key.verifies(msgspec.structs.replace(kept, number=99))
    assert not key.verifies(msgspec.structs.replace(kept, signature="00"))


def test_chain_goes_on_when_the_suite_is_changed(tmp_path: Path) -> None:
    filled(tmp_path, 12).close()
    for secrets in (SM, SECRETS):
        made = AuditFile(tmp_path, secrets)
        made.append([note(number) for number in range(12)])
        made.sign(0)
        made.close()
    found = checked(tmp_path, SM)
    assert found.whole
    assert found.last == 36


def test_keys_are_read_back_from_their_file(tmp_path: Path) -> None:
    made = filled(tmp_path, 1)
    assert read_pem(made.public.pem(), "key") == made.public
    assert isinstance(made.public, PublicKey)
    made.close()
