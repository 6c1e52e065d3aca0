"""Packs as JSON, for the API and the terminal."""

from typing import Any

from yuzhang.core.language import Language
from yuzhang.core.packs import Fault
from yuzhang.operation.packs.model import Checked


def shown(one: Checked, language: Language = "en") -> dict[str, Any]:
    """A pack with what it brings and its faults."""
    return {
        "id": one.pack.id,
        "title": {"zh": one.pack.title.zh, "en": one.pack.title.en},
        "chapter": one.pack.chapter,
        "unit": one.pack.unit,
        "needs": list(one.pack.needs),
        "built_in": one.built_in,
        "brings": {kind.kind: [{"zh": name.zh, "en": name.en} for name in kind.names] for kind in one.brought},
        "faults": [fault(each, one, language) for each in one.faults],
    }


def fault(one: Fault, of: Checked, language: Language) -> dict[str, Any]:
    """A fault; its file is told from the pack's folder on."""
    return {
        "file": place(one, of),
        "line": one.line,
        "rule": one.rule,
        "wrong": one.wrong.in_language(language),
        "instead": one.instead.in_language(language),
    }


def place(one: Fault, of: Checked) -> str:
    """The file of a fault, from the pack's folder on."""
    inside = one.path.is_relative_to(of.pack.folder)
    return one.path.relative_to(of.pack.folder).as_posix() if inside else one.path.name
