"""Reads the sources that a pack brings: its `sources.toml`.

[[source]]
name = "rain-gauges"
kind = "rest"
title = { zh = "雨量站", en = "Rain gauges" }
interval_s = 300
paused = true
[source.settings]
url = "https://example.org/rain"
[source.mapping]
entity = "station"
type = "RainGauge"
time = "at"
attributes = { mm = "rainfall MMT" }
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.packs import Fault, Located, Pack, read_toml
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import Storage
from yuzhang.foundation.sources.connectors import store
from yuzhang.foundation.sources.connectors.checking import checked, interval_of, name_of
from yuzhang.foundation.sources.connectors.live import kind_of
from yuzhang.foundation.sources.connectors.mapping import mapping_of
from yuzhang.foundation.sources.connectors.model import Kind, Source
from yuzhang.foundation.sources.connectors.settings import secrets_in

FILE = "sources.toml"
KEYS = frozenset({"name", "kind", "title", "interval_s", "paused", "settings", "mapping"})
AS_TABLE = Title("写作 [[source]]", "write [[source]]")
AS_TITLE = Title('写作 title = { zh = "…", en = "…" }', 'write title = { zh = "…", en = "…" }')
NO_SECRETS = Secrets(b"\0" * 32)


def read(pack: Pack) -> tuple[tuple[Source, ...], list[Fault]]:
    """The sources of a pack, and all that is wrong with its file; none of both where it has none."""
    path = pack.folder / FILE
    if not path.is_file():
        return (), []
    located, faults = read_toml(path)
    if faults:
        return (), faults
    told = located.data.get("source", [])
    unknown = sorted(set(located.data) - {"source"})
    if unknown or not isinstance(told, list):
        key = unknown[0] if unknown else "source"
        wrong = Title(f"{key} 在此没有含义", f"{key} means nothing here")
        return (), [_fault(located, (key,), "sources.source", wrong, AS_TABLE)]
    found: list[Source] = []
    for at, one in enumerate(told):
        made, some = _source(located, pack, at, one)
        faults += some
        if made is not None and any(made.name == other.name for other in found):
            wrong = Title(f"{made.name} 出现两次", f"{made.name} is there twice")
            again = Title("另取名称", "give it another name")
            faults.append(_fault(located, ("source", at, "name"), "sources.name", wrong, again))
        elif made is not None:
            found.append(made)
    return tuple(found), faults


def _source(located: Located, pack: Pack, at: int, told: Any) -> tuple[Source | None, list[Fault]]:
    if not isinstance(told, dict):
        return None, [_fault(located, ("source", at), "sources.source", Title("不是表", "this is no table"), AS_TABLE)]
    faults = _shape_faults(located, at, told)
    if faults:
        return None, faults
    titles = told["title"]
    try:
        kind = kind_of(str(told.get("kind", "")))
        hidden = sorted(secrets_in(kind.settings) & set(told.get("settings", {})))
        if hidden:
            place = ("source", at, "settings", hidden[0])
            wrong = Title(f"{hidden[0]} 是密钥", f"{hidden[0]} is secret")
            where = Title("在 /sources 页面填写", "enter it on the page /sources")
            return None, [_fault(located, place, "sources.secret", wrong, where)]
        source = Source(
            name_of(str(told.get("name", ""))),
            kind.id,
            Title(titles["zh"], titles["en"]),
            told.get("settings", {}),
            mapping_of(_beginning(kind, told.get("mapping", {})) | told.get("mapping", {})),
            interval_of(told.get("interval_s", 60)),
            bool(told.get("paused", False)),
            pack.id,
            changed_by=pack.id,
        )
        return checked(source, NO_SECRETS), []
    except InputRefused as error:
        inner = (error.where or "").strip("/").split("/")
        rule = f"sources.{inner[0] or 'source'}"
        instead = error.fix or Title("请改正", "mend it")
        return None, [_fault(located, ("source", at, *inner), rule, error.detail, instead)]


def _beginning(kind: Kind, told: dict[str, Any]) -> dict[str, Any]:
    """What a mapping begins with; where columns are attributes, not that each row is one value."""
    left_out = {"attribute", "value", "unit"} if "attributes" in told else set()
    return {key: value for key, value in kind.mapping.items() if key not in left_out}


def _shape_faults(located: Located, at: int, told: dict[str, Any]) -> list[Fault]:
    """What is wrong with the keys of a source, and with its titles."""
    known = Title(f"可用 {'、'.join(sorted(KEYS))}", f"use {', '.join(sorted(KEYS))}")
    faults = [
        _fault(located, ("source", at, key), "sources.key", Title(f"没有 {key}", f"there is no {key}"), known)
        for key in sorted(set(told) - KEYS)
    ]
    titles = told.get("title")
    both = isinstance(titles, dict) and all(isinstance(titles.get(one), str) and titles[one] for one in ("zh", "en"))
    if not both:
        wrong = Title("缺少双语名称", "it lacks a title in both languages")
        faults.append(_fault(located, ("source", at, "title"), "sources.title", wrong, AS_TITLE))
    for key in ("settings", "mapping"):
        if not isinstance(told.get(key, {}), dict):
            wrong = Title(f"{key} 不是表", f"{key} is no table")
            as_part = Title(f"写作 [source.{key}]", f"write [source.{key}]")
            faults.append(_fault(located, ("source", at, key), f"sources.{key}", wrong, as_part))
    return faults


def _fault(located: Located, place: tuple[str | int, ...], rule: str, wrong: Title, instead: Title) -> Fault:
    return Fault(located.path, located.line(*place), rule, wrong, instead)


def bring_in(storage: Storage, packs: Sequence[Pack], now_us: int) -> list[Fault]:
    """Have the sources of packs in the database: new ones, and those that changed; those that their pack lost are gone. What is wrong."""
    faults: list[Fault] = []
    wanted: dict[str, Source] = {}
    origins = {pack.id for pack in packs}
    for pack in packs:
        some, wrong = read(pack)
        faults += wrong
        wanted |= {one.name: one for one in some}
        if wrong:  # what it had before goes on until the file is mended
            origins.discard(pack.id)
    if not packs:
        return faults
    with storage.writing() as connection:
        there = {one.name: one for one in store.sources(connection)}
        for name, old in there.items():
            if old.origin in origins and name not in wanted:
                store.remove(connection, name)
        for name, new in wanted.items():
            former = there.get(name)
            if former is not None and former.origin != new.origin:
                continue  # somebody entered one of that name: it counts
            kept = replace(new, changed_us=now_us)
            if former is not None:
                kept = replace(
                    kept,
                    paused=former.paused,
                    sealed=former.sealed,
                    changed_us=former.changed_us,
                    changed_by=former.changed_by,
                )
            if kept != former:
                store.put(connection, replace(kept, changed_us=now_us))
    return faults
