"""Declared settings: the fields of a frozen dataclass, each with its title in both languages; forms and checks are made of them."""

import dataclasses
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from typing import Any, TypeVar, cast, get_type_hints

from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.errors import UnfitSource

S = TypeVar("S")
LONGEST = 20_000
TRUE = frozenset({"true", "on", "1", "yes"})


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: a field of a form. `form`: text, lines, number, switch, choice or secret; a secret is never shown again."""

    name: str
    title: Title
    form: str
    required: bool
    default: str
    choices: tuple[str, ...]
    hint: Title
    most: int = LONGEST


def setting(
    zh: str,
    en: str,
    default: Any = MISSING,
    *,
    hint: tuple[str, str] = ("", ""),
    choices: tuple[str, ...] = (),
    secret: bool = False,
    lines: bool = False,
    least: int = 0,
    most: int = 2**31,
) -> Any:
    """A declared setting: a field of a dataclass. Without a default it has to be given."""
    told = {
        "title": Title(zh, en), "hint": Title(*hint), "choices": choices, "secret": secret, "lines": lines,
        "least": least, "most": most,
    }  # fmt: skip
    return dataclasses.field(metadata=told) if default is MISSING else dataclasses.field(default=default, metadata=told)


def settings_of(form: type[Any]) -> tuple[Setting, ...]:
    """The settings that a dataclass declares."""
    kinds = get_type_hints(form)
    found = []
    for one in dataclasses.fields(form):
        told = one.metadata
        kind = kinds[one.name]
        shape = "secret" if told["secret"] else "choice" if told["choices"] else "lines" if told["lines"] else "text"
        shape = {bool: "switch", int: "number"}.get(kind, shape)
        default = "" if one.default is MISSING else str(one.default)
        found.append(
            Setting(one.name, told["title"], shape, one.default is MISSING, default, told["choices"], told["hint"])
        )
    return tuple(found)


def secrets_in(form: type[Any]) -> frozenset[str]:
    """The names of the settings that are secret."""
    return frozenset(one.name for one in settings_of(form) if one.form == "secret")


def made(form: type[S], given: Mapping[str, Any]) -> S:
    """The settings, of texts as a form sends them or of values as a file says them. Raises UnfitSource, naming the first bad one."""
    kinds = get_type_hints(form)
    unknown = sorted(set(given) - set(kinds))
    if unknown:
        raise unfit(unknown[0], "没有这个设置。", "There is no such setting.")
    found: dict[str, Any] = {}
    for one in dataclasses.fields(cast(Any, form)):
        value = given.get(one.name)
        if value is None or value == "":
            if one.default is MISSING:
                raise unfit(one.name, "必须填写。", "It has to be given.")
            continue
        found[one.name] = _read(one, kinds[one.name], value)
    return form(**found)


def _read(one: "dataclasses.Field[Any]", kind: Any, value: Any) -> Any:
    told = one.metadata
    if kind is bool:
        return value if isinstance(value, bool) else str(value).lower() in TRUE
    if kind is int:
        text = str(value).strip()
        if (
            isinstance(value, bool)
            or not (text.isascii() and text.isdigit())
            or not told["least"] <= int(text) <= told["most"]
        ):
            least, most = told["least"], told["most"]
            raise unfit(one.name, f"应为 {least} 至 {most} 的整数。", f"It is a whole number from {least} to {most}.")
        return int(text)
    if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
        raise unfit(one.name, "应为文本。", "It is a text.")
    text = value if told["lines"] else value.strip()
    if told["choices"] and text not in told["choices"]:
        choices = "、".join(told["choices"]), ", ".join(told["choices"])
        raise unfit(one.name, f"可选：{choices[0]}。", f"It is one of {choices[1]}.")
    return text


def unfit(name: str, zh: str, en: str, fix: Title | None = None) -> UnfitSource:
    """Settings that cannot be used, and which."""
    return UnfitSource(Title(f"{name}：{zh}", f"{name}: {en}"), where=f"/settings/{name}", fix=fix)
