"""Decisions: the fast way gives what all policies give, what is remembered is bounded, and a city adds its own."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhang.core.access import POLICIES, Object, Party, Policy
from yuzhang.entrance.policy.errors import PolicyRefused
from yuzhang.entrance.policy.model import KINDS, READ_SCOPE, ROLES, WRITE_SCOPE
from yuzhang.entrance.policy.notation import object_of, party_of
from yuzhang.entrance.policy.room import Decider

RETRIEVE = POLICIES["brain.context.actions.retrieve"]
NAMES = st.sampled_from(["", "li", "wang", "acme"])
UNITS = st.sampled_from(["", "housing", "traffic"])
REGIONS = st.sampled_from(["", "360100", "360102", "360102003", "360103", "a harbour"])
SCOPES = st.sampled_from(
    [None, frozenset(), frozenset({READ_SCOPE}), frozenset({WRITE_SCOPE}), frozenset({READ_SCOPE, WRITE_SCOPE})]
)
PARTY = st.builds(
    Party,
    id=st.sampled_from(["li", "wang", "acme", "d1", '"; permit(principal, action, resource);', "\ud800"]),
    roles=st.frozensets(st.sampled_from([*ROLES, "operator"]), max_size=3),
    kind=st.sampled_from([*KINDS, "unheard-of"]),
    unit=UNITS,
    region=REGIONS,
    acting_for=NAMES,
    factors=st.integers(0, 3),
    scopes=SCOPES,
    purpose=st.sampled_from(["", "aid"]),
    peer=st.sampled_from(["", "10.0.0.7"]),
)
OBJECT = st.builds(
    Object,
    room=st.sampled_from(["plan.registry", "brain.context", "entrance.audit", ""]),
    id=st.sampled_from(["", "urn:x:1", "urn:x:2"]),
    kind=st.sampled_from(["", "Pump"]),
    owner=NAMES,
    unit=UNITS,
    region=REGIONS,
    level=st.integers(1, 5),
    personal=st.booleans(),
)
INVENTED = st.builds(
    Policy,
    action=st.just("entrance.audit.invented"),
    right=st.sampled_from(["visitor", "self", "reader", "planner", "operator", "system", "security", "audit"]),
    reads=st.booleans(),
    room=st.sampled_from(["entrance.audit", "entrance.identity", "operation", "brain.history.sql", ""]),
)
ACTION = st.one_of(st.sampled_from(sorted(POLICIES)).map(POLICIES.__getitem__), INVENTED)
CITY = """
// More than the shipped policies ask, with what they do not use. 各种写法。
@id("city-own-pump") @title_zh("一号泵不开放") @title_en("The first pump is closed") @why("test")
forbid (principal, action, resource == Object::"brain.context/urn:x:1") unless { principal == Party::"li" };
@id("city-peer") @title_zh("办公网") @title_en("The office's network") @why("test")
permit (principal, action in [Action::"right:operator", Action::"right:reader"], resource)
when { !(principal in Role::"plan-officer" || principal in [Kind::"citizen", Kind::"device"])
  || (if context.peer like "10.*" then principal.kind == "official" else false) }
when { context.peer == "10.0.0.7" && (action in Action::"room:brain" || principal.factors > 1) && principal has region };
@id("city-li") @title_zh("李") @title_en("Li") @why("test")
permit (principal == Party::"li", action == Action::"plan.registry.actions.undo", resource is Object)
unless { principal.kind != "citizen" || ["citizen", principal.unit].contains(principal.kind) && resource.kind == "Pump" };
"""


@pytest.fixture(scope="module")
def of_a_city(tmp_path_factory: pytest.TempPathFactory) -> Decider:
    """A decider with policies of a city that use what Cedar has."""
    folder = tmp_path_factory.mktemp("city")
    (folder / "10-city.cedar").write_text(CITY)
    return Decider([folder])


@settings(max_examples=400)
@given(caller=PARTY, policy=ACTION, about=OBJECT)
def test_fast_slow_and_remembered_decisions_are_the_same(
    decider: Decider, of_a_city: Decider, caller: Party, policy: Policy, about: Object
) -> None:
    for one in (decider, of_a_city):
        if "\ud800" in caller.id:
            assert not one.allows(caller, policy, about) or caller.kind == "process"
            continue
        slowly = one.asked_of_all(caller, policy, about)
        assert one.asked_anew(caller, policy, about) == slowly
        assert one.allows(caller, policy, about) == slowly
        assert one.allows(caller, policy, about) == slowly
        assert one.why(caller, policy, about).allowed == slowly


@settings(max_examples=60)
@given(caller=PARTY.filter(lambda one: "\ud800" not in one.id), policy=ACTION, abouts=st.lists(OBJECT, max_size=8))
def test_many_objects_at_once_are_decided_as_one_by_one(
    decider: Decider, of_a_city: Decider, caller: Party, policy: Policy, abouts: list[Object]
) -> None:
    for one in (decider, of_a_city):
        assert one.permitted(caller, policy, abouts) == [one.asked_of_all(caller, policy, about) for about in abouts]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yuzhang.entrance.policy.room.DECISIONS", 10)
    decider = Decider()
    for number in range(100):
        assert not decider.allows(Party(f"c{number}", kind="citizen"), RETRIEVE, Object("brain.context", level=2))
    assert decider.remembered() <= 20


def test_names_of_objects_fill_no_memory_where_no_policy_speaks_of_one() -> None:
    decider = Decider()
    for number in range(50):
        decider.allows(Party("li", kind="citizen"), RETRIEVE, Object("brain.context", f"urn:x:{number}"))
    assert decider.remembered() == 1


def test_a_city_adds_a_policy_and_it_holds_after_loading_again_and_a_faulty_one_changes_nothing(tmp_path: Path) -> None:
    decider = Decider([tmp_path, tmp_path / "none"])
    citizen, about = party_of("kind:citizen"), object_of("brain.context/urn:x:1")
    assert decider.allows(citizen, RETRIEVE, about)
    file = tmp_path / "city.cedar"
    file.write_text(
        '@id("closed") @title_zh("不开放") @title_en("Closed") @why("test")\n'
        'forbid (principal in Kind::"citizen", action in Action::"right:reader", resource);\n'
    )
    assert decider.allows(citizen, RETRIEVE, about), "it was not loaded yet"
    before = len(decider.statements)
    assert decider.reload() == before + 1
    assert not decider.allows(citizen, RETRIEVE, about)
    file.write_text("permit (principal, action, resource);")
    with pytest.raises(PolicyRefused):
        decider.reload()
    assert not decider.allows(citizen, RETRIEVE, about), "the policies before stay"
    file.unlink()
    decider.reload()
    assert decider.allows(citizen, RETRIEVE, about)


def test_many_threads_get_the_same_answers(decider: Decider) -> None:
    questions = [
        (replace(party, purpose="aid" if number % 2 else ""), policy, Object("brain.context", level=number % 4 + 1))
        for number, (party, policy) in enumerate(
            (party_of(f"role:{role}"), policy) for role in ROLES for policy in list(POLICIES.values())[:20]
        )
    ]
    expected = [decider.asked_of_all(*one) for one in questions]
    fresh = Decider()
    wrong: list[tuple[Party, Policy, Object]] = []

    def ask() -> None:
        wrong.extend(one for one, said in zip(questions, expected, strict=True) if fresh.allows(*one) != said)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert not wrong
