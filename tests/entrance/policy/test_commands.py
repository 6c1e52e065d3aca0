"""`yuzhang policy list|check|why` at the terminal."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from yuzhang.core.access import Party
from yuzhang.core.errors import YuzhangError
from yuzhang.entrance.policy.commands import policy
from yuzhang.entrance.policy.notation import Known

LI = Party("li", frozenset({"data-officer"}), "official", "Li")
OWN = """@id("own") @title_zh("本市不开放") @title_en("Closed in this city") @why("test")
forbid (principal in Kind::"citizen", action in Action::"right:reader", resource);
"""
CASE = """[[case]]
zh = "公民不能读取规划"
en = "A citizen may not read the plan"
party = "kind:citizen"
action = "plan.registry.actions.registered"
expect = "deny"
by = "own"
"""


def people(data: Path) -> Known:
    """Knows Li."""
    return {"li": LI}.get


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path, status: int = 0, language: str = "en") -> str:
    """What the command prints."""
    monkeypatch.setenv("LC_ALL", language)
    monkeypatch.setenv("COLUMNS", "200")
    result = CliRunner().invoke(policy(people), [str(one) for one in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result.output


def test_a_yes_is_said_with_the_policy_and_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = run(
        monkeypatch, "why", "role:plan-officer", "plan.registry.actions.undo", "plan.registry", "--data", tmp_path
    )
    assert said.startswith("Yes: ")
    assert "20-plan-office.cedar:" in said
    assert "permit (principal in Role" in said


def test_a_no_is_said_in_chinese_with_what_would_have_to_be_different(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = run(
        monkeypatch, "why", "kind:citizen", "plan.registry.actions.undo", "--data", tmp_path, language="zh_CN.UTF-8"
    )
    assert said.startswith("不可以：")
    assert "没有策略允许。" in said
    assert "规划人员" in said


def test_a_party_is_found_by_its_id_and_a_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    question = ("why", "li", "brain.context.actions.retrieve", "brain.context/urn:x?level=4", "--data", tmp_path)
    assert "It would be a yes with a declared purpose." in run(monkeypatch, *question)
    assert run(monkeypatch, *question, "--purpose", "inspection").startswith("Yes: li")
    with pytest.raises(YuzhangError, match="no party"):
        run(monkeypatch, "why", "wang", "brain.context.actions.retrieve", "--data", tmp_path)


def test_check_runs_the_cases_and_those_of_a_city(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "0 of them differ" in run(monkeypatch, "check", "--data", tmp_path)
    city = tmp_path / "city"
    city.mkdir()
    (city / "own.cedar").write_text(OWN)
    (city / "tests.toml").write_text(CASE)
    said = run(monkeypatch, "check", city, "--data", tmp_path, status=1)
    assert "A citizen may read the published plan: Expected allow, but it is deny (own)" in said
    assert "A citizen may not read the plan" not in said


def test_a_case_that_differs_is_named_with_its_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "policies"
    own.mkdir()
    (own / "tests.toml").write_text(CASE)
    said = run(monkeypatch, "check", "--data", tmp_path, status=1)
    assert "tests.toml:1: A citizen may not read the plan: Expected deny, but it is allow" in said
    (own / "tests.toml").write_text(CASE.replace('"deny"', '"allow"'))
    assert "decided by “own”" in run(monkeypatch, "check", "--data", tmp_path, status=1)


def test_list_shows_every_policy_and_those_of_the_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "own.cedar").write_text(OWN)
    said = run(monkeypatch, "list", "--data", tmp_path)
    assert "machine-itself" in said
    assert "Closed in this city" in said
