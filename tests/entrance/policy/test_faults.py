"""Faulty policy files: one fault each, refused with the file, the line and what to do."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from yuzhang.entrance.policy.errors import PolicyRefused
from yuzhang.entrance.policy.room import SHIPPED, Decider
from yuzhang.entrance.policy.trials import tried

HEAD = '@id("x") @title_zh("甲") @title_en("A") @why("test")\n'


@dataclass(frozen=True)
class Fault:
    """A file, the line that is named, and words of the message."""

    text: str
    line: int
    says: str


FAULTS = {
    "no id": Fault(
        '// a\n\n@title_zh("甲") @title_en("A") @why("b")\npermit (principal, action, resource);', 3, "no @id"
    ),
    "no reason": Fault('@id("x") @title_zh("甲") @title_en("A")\npermit (principal, action, resource);', 1, "no @why"),
    "no Chinese title": Fault(
        '@id("x") @title_en("A") @why("b")\npermit (principal, action, resource);', 1, "no @title_zh"
    ),
    "empty title": Fault(
        '@id("x") @title_zh(" ") @title_en("A") @why("b")\npermit (principal, action, resource);', 1, "no @title_zh"
    ),
    "no end": Fault(HEAD + "permit (principal, action, resource)", 1, "does not end with"),
    "open brace": Fault(HEAD + "permit (principal, action, resource) when { resource.level < };", 1, "cannot be read"),
    "second is broken": Fault(
        f'{HEAD}permit (principal, action, resource);\n\n// second\n@id("y")\npermitt (principal, action, resource);',
        5,
        "cannot be read",
    ),
    "unclosed string": Fault('@id("x) @title_zh("甲")\npermit (principal, action, resource);', 1, "cannot be read"),
    "template": Fault(HEAD + "permit (principal == ?principal, action, resource);", 1, "template"),
    "unknown role": Fault(HEAD + 'permit (principal in Role::"mayor", action, resource);', 1, "mayor"),
    "unknown kind": Fault(HEAD + 'permit (principal in Kind::"robot", action, resource);', 1, "robot"),
    "unknown attribute": Fault(
        HEAD + "permit (principal, action, resource) when { resource.colour == 1 };", 1, "colour"
    ),
    "unknown action": Fault(
        HEAD + 'permit (principal, action == Action::"plan.registry.actions.sell", resource);', 1, "sell"
    ),
    "unknown room": Fault(HEAD + 'permit (principal, action in Action::"room:cellar", resource);', 1, "cellar"),
    "number with text": Fault(
        HEAD + 'permit (principal, action, resource) when { resource.level < "3" };', 1, "does not hold"
    ),
    "taken id": Fault(HEAD.replace('"x"', '"visitor"') + "permit (principal, action, resource);", 1, "is taken by"),
    "twice": Fault(
        f"{HEAD}permit (principal, action, resource);\n{HEAD}permit (principal, action, resource);", 3, "is taken by"
    ),
    "set in a circumstance": Fault(
        HEAD + "permit (principal, action, resource) when { context.mood == 1 };", 1, "mood"
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_file_is_refused_by_file_and_line(tmp_path: Path, name: str) -> None:
    fault = FAULTS[name]
    (tmp_path / "city.cedar").write_text(fault.text, encoding="utf-8")
    with pytest.raises(PolicyRefused) as refused:
        Decider([tmp_path])
    assert refused.value.where == f"{tmp_path / 'city.cedar'}:{fault.line}"
    assert fault.says in refused.value.detail.en
    assert refused.value.fix is not None
    assert refused.value.fix.en
    assert re.search("[一-龥]", refused.value.detail.zh)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "city.cedar").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyRefused, match="cannot be read"):
        Decider([tmp_path])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[case]]\nzh = 1", "cannot be read"),
        ('[[case]]\nzh = "a"\nen = "a"\nparty = "kind:citizen"\naction = "no.such"\nexpect = "deny"', "no action"),
        ('[[case]]\nzh = "a"\nen = "a"\nparty = "role:mayor"\naction = "audit@x"\nexpect = "deny"', "no party"),
        (
            '[[case]]\nzh = "a"\nen = "a"\nparty = "kind:citizen"\naction = "audit@x"\nobject = "x?level=9"\nexpect = "deny"',
            "no level",
        ),
        (
            '[[case]]\nzh = "a"\nen = "a"\nparty = "kind:citizen"\naction = "audit@x"\nobject = "x?hue=9"\nexpect = "deny"',
            "not known",
        ),
        ('[[case]]\nzh = "a"\nen = "a"\nparty = "kind:citizen"\naction = "audit@x"\nexpect = "perhaps"', "perhaps"),
    ],
)
def test_a_faulty_case_is_refused_by_file_and_line(decider: Decider, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "tests.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyRefused) as refused:
        list(tried(decider, tmp_path))
    assert says in refused.value.detail.en
    assert str(refused.value.where).endswith("tests.toml:1")


def test_the_shipped_policies_are_written_in_both_languages() -> None:
    for file in SHIPPED.glob("*.cedar"):
        comments = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("//")]
        assert any(re.search("[一-龥]", line) for line in comments), file.name
        assert any(re.search("[a-z]{3}", line) for line in comments), file.name
    for one in Decider().statements:
        above = one.text.partition("@id")[0]
        assert re.search("[一-龥]", above), one.id
        assert re.search("[a-z]{3}", above), one.id
