"""The audit administrator looks, verifies, takes out and lets go what is old; nobody else does, and looking is recorded."""

import csv
import io
import json
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from entrance.audit.records import CHANGES, DAY_US, OFFICIAL, SECRETS, auditor, by_force, checked, filled, note, rows
from yuzhang.core.access import POLICIES, Object, Outcome, Party, Policy, RoleGuard
from yuzhang.core.errors import InputRefused, NotAllowed
from yuzhang.entrance.audit import actions, api, pages
from yuzhang.entrance.audit.chain import exporting
from yuzhang.entrance.audit.chain.checking import verify, witnesses_of
from yuzhang.entrance.audit.chain.signing import read_pem
from yuzhang.entrance.audit.errors import TooShort, UnfitExport
from yuzhang.entrance.audit.model import Statement, Wanted
from yuzhang.entrance.audit.room import Auditor
from yuzhang.entrance.audit.store import looking
from yuzhang.entrance.audit.store.writing import AuditFile
from yuzhang.web import problems
from yuzhang.web.gate import Asking

NOW = 1_800_000_000_000_000


class Noting(RoleGuard):
    """A right is a role, and what is done is kept: the entrance in small."""

    noting = True

    def __init__(self, kept: Auditor) -> None:
        self._kept = kept

    def note(  # type: ignore[override]  # the one it stands in for notes nothing
        self, caller: Party, policy: Policy, outcome: Outcome, subject: str
    ) -> Future[None] | None:
        """Keep it."""
        return self._kept.note(caller, policy, outcome, subject)


def administrator(kept: Auditor) -> Party:
    return Party("u-audit", frozenset({"audit"}), kind="official", peer="10.0.0.3", guard=Noting(kept))


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Auditor]:
    """An audit with forty records."""
    filled(tmp_path, 40).close()
    made = auditor(tmp_path)
    yield made
    made.stop()


def numbers(kept: Auditor, **wanted: str | int) -> list[int]:
    asked = msgspec.convert(wanted, Wanted)
    found = actions.search(kept, administrator(kept), asked.told, asked)
    return [one.number for one in found.records if one.party != "u-audit"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"party": "u-3"}, [38, 31, 24, 17, 10, 3]),
        ({"action": "plan.registry", "party": "u-3", "before": 17}, [10, 3]),
        ({"action": "history"}, []),
        ({"subject": "nc-40"}, [40]),
        ({"subject": "昌市", "party": "u-5", "before": 20}, [19, 12, 5]),
        ({"text": "南昌 nc-7"}, [7]),
        ({"text": "城"}, []),
        ({"text": "*"}, []),
        ({"text": '" OR 1'}, []),
        ({"peer": "10.0.0.9", "before": 3}, [2, 1]),
        ({"outcome": "refused"}, []),
        ({"outcome": "begun", "before": 3}, [2, 1]),
        ({"since": 1_700_000_000_000_000 + 38_500}, [40, 39]),
        ({"until": 1_700_000_000_000_000 + 2_500}, [2, 1]),
    ],
)
def test_records_are_found_by_what_they_say(kept: Auditor, wanted: dict[str, str | int], expected: list[int]) -> None:
    assert numbers(kept, **wanted) == expected


def test_pages_follow_each_other_without_gap_though_records_are_added(kept: Auditor) -> None:
    seen: list[int] = []
    before: int | None = None
    while True:
        asked = Wanted(party="", before=before, outcome="begun")
        found = actions.search(kept, administrator(kept), asked.told, asked, 7)
        seen += [one.number for one in found.records]
        before = found.more
        if before is None:
            break
    assert seen == list(range(40, 0, -1))


def test_unknown_outcome_and_too_large_page_are_refused(kept: Auditor) -> None:
    for wanted, limit in ((Wanted(outcome="done"), 10), (Wanted(), 100_000)):
        with pytest.raises(InputRefused):
            actions.search(kept, administrator(kept), "", wanted, limit)


def test_looking_at_the_audit_is_recorded_with_what_was_looked_for(kept: Auditor, tmp_path: Path) -> None:
    numbers(kept, party="u-3", text="南昌")
    assert rows(tmp_path)[-1][1:4] == ("u-audit", "entrance.audit.actions.search", "read")
    with looking.looking(kept.path) as connection:
        assert connection is not None
        assert next(looking.records(connection, 41)).subject == "subject=party=u-3 text=南昌"


@pytest.mark.parametrize("role", ["system", "security", "planner", "operator", "reader"])
@pytest.mark.parametrize("name", [name for name in sorted(POLICIES) if name.startswith("entrance.audit.")])
def test_no_other_administrator_has_any_action_on_the_audit(tmp_path: Path, role: str, name: str) -> None:
    made = auditor(tmp_path)
    party = Party("u-1", frozenset({role}), kind="official", guard=Noting(made))
    assert POLICIES[name].right == "audit"
    with pytest.raises(NotAllowed):
        getattr(actions, name.rpartition(".")[2])(made, party)
    assert rows(tmp_path)[-1][2:4] == (name, "refused")
    made.stop()


def test_no_action_changes_a_record() -> None:
    changing = [name for name, one in POLICIES.items() if name.startswith("entrance.audit.") and not one.reads]
    assert changing == ["entrance.audit.actions.remove_old"]


def test_days_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: NOW * 1_000)
    made = AuditFile(tmp_path, SECRETS)
    made.append([note(1, at=NOW - 200 * DAY_US), note(2, at=NOW - DAY_US), note(3, at=NOW - DAY_US)])
    made.append([msgspec.structs.replace(note(4, at=NOW), outcome="refused")])
    made.close()
    found = actions.overview(auditor(tmp_path), Party("a", frozenset({"audit"})))
    assert [(one.day, one.records, one.refused) for one in found.days] == [("2027-01-14", 2, 0), ("2027-01-15", 1, 1)]
    assert (found.records, found.first, found.last) == (4, 1, 4)


def aged(folder: Path) -> None:
    """Records of 300, 200 and 100 days ago, each day with a checkpoint, and one of today without."""
    made = AuditFile(folder, SECRETS)
    for days in (300, 200, 100):
        made.append([note(number, at=NOW - days * DAY_US) for number in range(5)])
        made.sign(NOW - days * DAY_US)
    made.append([note(1, at=NOW)])
    made.close()


def test_old_parts_go_and_the_rest_can_still_be_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    aged(tmp_path)
    monkeypatch.setattr("time.time_ns", lambda: NOW * 1_000)
    made = auditor(tmp_path)
    party = Party("a", frozenset({"audit"}))
    assert actions.remove_old(made, party, 180) == 10
    assert actions.remove_old(made, party, 180) == 0
    found = checked(tmp_path)
    assert (found.whole, found.first, found.last) == (True, 11, 16)
    asked = Wanted(text="nc-3")
    assert [one.number for one in actions.search(made, party, "", asked).records] == [14]
    kept = made.note(OFFICIAL, CHANGES, "begun", "")
    assert kept is not None
    kept.result()
    made.stop()
    assert checked(tmp_path).last == 17
    with by_force(tmp_path / "audit.db") as connection:
        connection.execute("DELETE FROM record WHERE number = 11")
    assert checked(tmp_path).faults[0].number == 11


def test_removal_that_was_not_signed_is_found(tmp_path: Path) -> None:
    aged(tmp_path)
    with by_force(tmp_path / "audit.db") as connection:
        row = connection.execute("SELECT hash FROM record WHERE number = 10").fetchone()
        connection.execute("DELETE FROM record WHERE number <= 10")
        connection.execute("DELETE FROM statement WHERE number <= 10")
        other = AuditFile(tmp_path / "other", type(SECRETS)(b"z" * 32))
        made = other.stated("removal", 0, 10, row[0], NOW)
        other.close()
        connection.execute("INSERT INTO statement VALUES (?,?,?,?,?,?,?,?,?)", msgspec.structs.astuple(made))
    assert [(one.number, one.wrong) for one in checked(tmp_path).faults] == [(10, "forged")]


@pytest.mark.parametrize("days", [179, 0, -1])
def test_nothing_goes_before_180_days(kept: Auditor, tmp_path: Path, days: int) -> None:
    with pytest.raises(TooShort):
        actions.remove_old(kept, Party("a", frozenset({"audit"})), days)
    assert len(rows(tmp_path)) == 40


def exported(kept: Auditor, path: Path, since: int | None = None) -> bytes:
    path.write_bytes(b"".join(actions.export(kept, Party("a", frozenset({"audit"})), since)))
    return path.read_bytes()


def test_export_proves_itself_with_the_public_key_alone(kept: Auditor, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    exported(kept, path, 1_700_000_000_000_000 + 10_500)
    key = read_pem(kept.signing_key().pem(), "key")
    found, trusted = exporting.verify(path, key)
    assert (found.whole, found.first, found.last, found.checkpoints) == (True, 11, 40, 1)
    assert trusted == key


@pytest.mark.parametrize("line", [1, 7, 30])
@pytest.mark.parametrize("what", ["change", "drop", "swap", "double"])
def test_export_that_was_changed_is_not_whole(kept: Auditor, tmp_path: Path, line: int, what: str) -> None:
    path = tmp_path / "out.jsonl"
    lines = exported(kept, path).splitlines()
    if what == "change":
        lines[line] = lines[line].replace(b'"party":"u-', b'"party":"v-')
    elif what == "drop":
        del lines[line]
    elif what == "swap":
        lines[line], lines[line + 1] = lines[line + 1], lines[line]
    else:
        lines.insert(line, lines[line])
    path.write_bytes(b"\n".join(lines) + b"\n")
    found, _ = exporting.verify(path, kept.signing_key())
    assert found.faults[0].number in (line, line + 1)


def test_export_that_was_cut_off_or_has_another_head_is_refused(kept: Auditor, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    lines = exported(kept, path).splitlines()
    later = exported(kept, path, 1_700_000_000_000_000 + 10_500).splitlines()
    for broken in (lines[:-1], [], [b"{}"], [later[0], *lines[11:]], [b"x", *lines[1:]]):
        path.write_bytes(b"\n".join(broken) + b"\n")
        with pytest.raises(UnfitExport):
            exporting.verify(path, kept.signing_key())


def test_export_signed_with_another_key_is_not_whole(kept: Auditor, tmp_path: Path) -> None:
    other = filled(tmp_path / "other", 1, type(SECRETS)(b"q" * 32))
    path = tmp_path / "out.jsonl"
    exported(kept, path)
    found, _ = exporting.verify(path, other.public)
    other.close()
    assert found.faults[0].wrong == "forged"


def test_witness_file_with_a_broken_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "witness.jsonl"
    for content in ("", "{}", "not json"):
        path.write_text(content)
        with pytest.raises(UnfitExport):
            witnesses_of(path)


# The page and the API, in an application of their own.


class OneParty:
    """A gate that knows one party."""

    def __init__(self, party: Party) -> None:
        self._party = party

    def party(self, asking: Asking) -> Party:
        return self._party


def browser(kept: Auditor, party: Party) -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.include_router(pages.router)
    app.include_router(api.router)
    app.state.gate = OneParty(party)
    app.state.audit = kept
    return TestClient(app, raise_server_exceptions=False, headers={"accept": "text/html"})


@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_shows_records_days_and_state_in_both_languages(kept: Auditor, language: str) -> None:
    for number in range(80):
        waiting = kept.note(replace(OFFICIAL, id="u-<b>"), CHANGES, "refused", f"plan={number}")
        assert waiting is not None
    with browser(kept, administrator(kept)) as client:
        html = client.get(f"/audit?lang={language}").text
        assert ("记录链的状态" if language == "zh" else "State of the chain") in html
        assert '<rect class="refused"' in html
        assert "u-&lt;b&gt;" in html
        assert "before=" in html
        later = client.get(f"/audit?lang={language}&party=u-3&text=nc-10&since=2023-11-14&until=2023-11-14").text
        assert "plan=nc-10 南昌市" in later
        assert "plan=nc-11 南昌市" not in later


class WithPurpose(Noting):
    """The entrance's policy on personal data, in small: nobody reads it without saying what for."""

    def allows(self, caller: Party, policy: Policy, about: Object) -> bool:
        """Whether there is the right, and the purpose."""
        return super().allows(caller, policy, about) and bool(caller.purpose or not about.personal)


def test_page_asks_what_for_and_the_answer_is_recorded(kept: Auditor) -> None:
    with browser(kept, replace(administrator(kept), guard=WithPurpose(kept))) as client:
        html = client.get("/audit").text
        assert "请说明查看目的" in html
        assert "nc-40" not in html
        assert client.get("/api/audit/records").status_code == 403
        assert client.get("/api/audit/export").status_code == 403
        html = client.get("/audit", params={"why": "信访核查 7", "party": "u-5"}).text
        assert "nc-40" in html
        assert client.get("/api/audit/export?why=x").status_code == 200
    with looking.looking(kept.path) as connection:
        assert connection is not None
        done = [one for one in looking.records(connection, 41) if one.outcome == "read"]
    own = ("entrance.audit.actions.search", "entrance.audit.actions.export")
    assert [one.purpose for one in done if one.action in own] == ["信访核查 7", "x"]


def test_page_verifies_and_says_what_is_wrong(kept: Auditor) -> None:
    with browser(kept, administrator(kept)) as client:
        assert "完整" in client.post("/audit/verify").text
        with by_force(kept.path) as connection:
            connection.execute("UPDATE record SET party = 'x' WHERE number = 7")
        html = client.post("/audit/verify").text
        assert "不完整" in html
        assert "记录 7：内容被改动" in html


def test_page_without_records_says_so(tmp_path: Path) -> None:
    made = auditor(tmp_path)
    with browser(made, Party("a", frozenset({"audit"}))) as client:
        assert "还没有记录" in client.get("/audit").text
        assert client.get("/api/audit/checkpoint").status_code == 404
        assert client.get("/api/audit/export").status_code == 404
    made.stop()


@pytest.mark.parametrize(
    "address", ["/audit?since=yesterday", "/audit?outcome=done", "/api/audit/records?until=2026-13-01"]
)
def test_wrong_questions_are_answered_with_what_to_do(kept: Auditor, address: str) -> None:
    with browser(kept, administrator(kept)) as client:
        assert client.get(address).status_code == 422


def test_downloads_hold_the_records_and_no_formula(kept: Auditor) -> None:
    kept.note(replace(OFFICIAL, id="=1+1"), CHANGES, "begun", "@x")
    with browser(kept, administrator(kept)) as client:
        found = client.get("/api/audit/records?limit=3").json()
        assert [one["number"] for one in found["records"]] == [42, 41, 40]
        assert found["more"] == 40
        table = list(
            csv.DictReader(io.StringIO(client.get("/api/audit/records?format=csv&text=x").text.lstrip("\ufeff")))
        )
        assert table[-1]["party"] == "'=1+1"
        lines = client.get("/api/audit/export").text.splitlines()
        assert json.loads(lines[0])["begins"] == 1
        witness = client.get("/api/audit/checkpoint")
        key = read_pem(client.get("/api/audit/key").content, "key")
        statement = msgspec.json.decode(witness.content, type=Statement)
        assert key.verifies(statement)
        assert verify(kept.path, SECRETS, [statement], key).whole


API = tuple(("GET", f"/api/audit/{name}") for name in ("records", "checkpoint", "key", "export"))


@pytest.mark.parametrize(("method", "path"), [("GET", "/audit"), ("POST", "/audit/verify"), *API])
def test_system_administrator_sees_nothing_of_it(kept: Auditor, method: str, path: str) -> None:
    system = Party("u-sys", frozenset({"system", "self", "visitor"}), kind="official", guard=Noting(kept))
    with browser(kept, system) as client:
        assert client.request(method, path).status_code == 403


def test_object_of_the_audit_is_asked_about() -> None:
    assert POLICIES["entrance.audit.actions.search"].about == Object("entrance.audit", personal=True)
