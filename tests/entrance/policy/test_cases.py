"""The cases that a lawyer reads, each asked: policies/tests.toml."""

import importlib
import pkgutil
from dataclasses import replace

import pytest

import yuzhang
from yuzhang.core.access import POLICIES
from yuzhang.entrance.policy.cedar.schema import groups, named
from yuzhang.entrance.policy.notation import PARTIES
from yuzhang.entrance.policy.room import SHIPPED, Decider
from yuzhang.entrance.policy.trials import Trial, fault_of, question_of, trials

for found in pkgutil.walk_packages(yuzhang.__path__, "yuzhang."):  # so that the actions of all rooms are there
    if ".migrations" not in found.name:
        importlib.import_module(found.name)
RIGHTS = ("visitor", "self", "reader", "planner", "operator", "system", "security", "audit")
CASES = [trial for trial, _ in trials(SHIPPED)]
READ_BY_SECURITY = {"entrance.identity.parties.parties", "entrance.identity.parties.one"}


@pytest.mark.parametrize("trial", CASES, ids=[one.en for one in CASES])
def test_a_case_is_decided_as_it_is_written_and_by_that_policy(decider: Decider, trial: Trial) -> None:
    one = question_of(trial)
    explanation = decider.why(one.caller, one.policy, one.about)
    assert fault_of(trial, explanation) is None
    assert decider.allows(one.caller, one.policy, one.about) == explanation.allowed


def test_there_are_enough_cases_and_every_policy_decides_at_least_one(decider: Decider) -> None:
    assert len(CASES) >= 80
    assert {one.id for one in decider.statements} == {one.by for one in CASES if one.by}


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_every_action_is_for_somebody_and_a_stranger_is_refused(decider: Decider, name: str) -> None:
    who = decider.roles_that_may(name)
    assert "kind:process" in who
    assert len(who) > 1, f"no policy lets anybody do {name}"
    assert ("kind:stranger" in who) == (POLICIES[name].right == "visitor")


def test_policies_name_only_actions_and_rooms_that_are_there(decider: Decider) -> None:
    there = (
        set(POLICIES)
        | {group for one in POLICIES.values() for group in groups(one)}
        | {f"right:{one}" for one in RIGHTS}
    )
    assert named(decider.statements) <= there


@pytest.mark.parametrize("right", ["system", "security", "audit"])
def test_no_administration_is_for_two_roles_or_for_whoever_has_one_factor(decider: Decider, right: str) -> None:
    for policy in (one for one in POLICIES.values() if one.right == right):
        for name, party in PARTIES.items():
            weak = replace(party, factors=1)
            assert name == "kind:process" or not decider.allows(weak, policy, policy.about), (name, policy.action)
        may = {name for name in decider.roles_that_may(policy.action) if name != "kind:process"}
        if policy.action in READ_BY_SECURITY:  # who gives a role has to find the party
            assert policy.reads
            may -= {"role:security-administrator"}
        assert may - {"role:audit-administrator"} <= {f"role:{right}-administrator"}
