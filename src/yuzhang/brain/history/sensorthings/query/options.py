"""Query options: `$filter`, `$orderby`, `$top`, `$skip`, `$count`, `$select`, `$expand`, `$resultFormat`. Source: OGC 18-088, clause 9.3."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from yuzhang.brain.history.sensorthings.errors import NotOffered, bad
from yuzhang.brain.history.sensorthings.model import ID, KINDS, Kind
from yuzhang.brain.history.sensorthings.query.grammar import Node, parse_filter, parse_order, paths
from yuzhang.core.language import Title

DEFAULT_TOP = 100
MAX_TOP = 10_000
MAX_EXPANSIONS = 30
MAX_DEPTH = 6
FORMATS = ("default", "dataArray")


@dataclass(frozen=True, slots=True)
class Expansion:
    """A link whose entities are to stand in the answer, with options of their own."""

    link: str
    options: "Options"


@dataclass(frozen=True, slots=True)
class Options:
    """What a client asks of a collection; `token` continues a page that was answered before."""

    filter: Node | None = None
    order: tuple[tuple[Node, bool], ...] = ()
    top: int = DEFAULT_TOP
    skip: int = 0
    count: bool = False
    select: tuple[str, ...] | None = None
    expand: tuple[Expansion, ...] = ()
    token: str = ""
    format: str = ""
    given: tuple[tuple[str, str], ...] = ()
    """As they were written."""


def parse_options(given: Iterable[tuple[str, str]], kind: Kind, depth: int = 0) -> Options:
    """The options of a request for entities of `kind`. Raises BadQuery.

    >>> found = parse_options([("$top", "5"), ("$expand", "Datastreams($select=name;$top=1)")], KINDS["Things"])
    >>> found.top, found.expand[0].link, found.expand[0].options.select
    (5, 'Datastreams', ('name',))
    """
    found: dict[str, str] = {}
    for name, text in given:
        if name not in NAMES:
            raise bad(f"没有查询选项 {name[:40]}。", f"There is no query option {name[:40]}.", name[:40])
        if name in found:
            raise bad(f"选项 {name} 出现了两次。", f"The option {name} is given twice.", name)
        if "\0" in text:
            raise bad(f"{name} 含有空字符。", f"{name} holds a character that is none.", name)
        found[name] = text
    top = _whole(found, "$top")
    select = found.get("$select")
    return Options(
        filter=_checked(parse_filter(found["$filter"]), kind, "$filter") if "$filter" in found else None,
        order=_order(found, kind),
        top=DEFAULT_TOP if top is None else min(top, MAX_TOP),
        skip=_whole(found, "$skip") or 0,
        count=_flag(found, "$count"),
        select=None if select is None else _select(select, kind),
        expand=_expand(found.get("$expand", ""), kind, depth),
        token=found.get("$skiptoken", ""),
        format=_format(found, kind),
        given=tuple(found.items()),
    )


NAMES = frozenset(
    ("$filter", "$orderby", "$top", "$skip", "$count", "$select", "$expand", "$skiptoken", "$resultFormat")
)


def _whole(found: dict[str, str], name: str) -> int | None:
    text = found.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise bad(f"{name} 须为非负整数。", f"{name} is a whole number, 0 or more.", name)
    return int(text)


def _flag(found: dict[str, str], name: str) -> bool:
    text = found.get(name, "false").lower()
    if text not in ("true", "false"):
        raise bad(f"{name} 须为 true 或 false。", f"{name} is true or false.", name)
    return text == "true"


def _format(found: dict[str, str], kind: Kind) -> str:
    given = found.get("$resultFormat", "")
    if given in ("", "default"):
        return ""
    if given != "dataArray":
        raise bad(
            f"$resultFormat 只有 {'、'.join(FORMATS)}。",
            f"$resultFormat is one of {', '.join(FORMATS)}.",
            "$resultFormat",
        )
    if kind.name != "Observations":
        raise bad("dataArray 只用于 Observations。", "dataArray is for Observations.", "$resultFormat")
    return given


def _order(found: dict[str, str], kind: Kind) -> tuple[tuple[Node, bool], ...]:
    if "$orderby" not in found:
        return ()
    order = parse_order(found["$orderby"])
    for node, _ in order:
        _checked(node, kind, "$orderby")
    return order


def _checked(node: Node, kind: Kind, where: str) -> Node:
    """The tree, if what it names is there."""
    for path in paths(node):
        here = kind
        for step in path.steps:
            if step in here.links:
                here = KINDS[here.links[step].kind]
            elif step in ID or step in here.properties:
                break  # what is in a property is as free as JSON
            else:
                raise _unknown(step, here, where)
        else:
            shown = "/".join(path.steps)
            raise bad(f"{shown[:80]} 是实体，不是属性。", f"{shown[:80]} is an entity, no property of one.", where)
    return node


def _unknown(name: str, kind: Kind, where: str) -> Exception:
    there = ", ".join(("id", *kind.properties, *kind.links))
    return bad(
        f"{kind.one} 没有 {name[:60]}；有：{there}。", f"A {kind.one} has no {name[:60]}; it has {there}.", where
    )


def _select(text: str, kind: Kind) -> tuple[str, ...]:
    names = tuple(one.strip().partition("/")[0] for one in text.split(",") if one.strip())
    for name in names:
        if name not in ID and name not in kind.properties and name not in kind.links:
            raise _unknown(name, kind, "$select")
    if not names:
        raise bad("$select 未列出属性。", "$select names no property.", "$select")
    return names


def _expand(text: str, kind: Kind, depth: int) -> tuple[Expansion, ...]:
    found: dict[str, Expansion] = {}
    for part in split(text, ","):
        one = _expansion(part.strip(), kind, depth)
        there = found.get(one.link)
        found[one.link] = one if there is None else _together(there, one)
    if len(found) > MAX_EXPANSIONS:
        raise bad("$expand 过多。", f"$expand has more than {MAX_EXPANSIONS} parts.", "$expand")
    return tuple(found.values())


def _together(one: Expansion, other: Expansion) -> Expansion:
    """`Datastreams/Sensor,Datastreams/Thing` asks for both below one link."""
    plain = other.options if one.options.expand else one.options
    return Expansion(one.link, replace(plain, expand=(*one.options.expand, *other.options.expand)))


def _expansion(text: str, kind: Kind, depth: int) -> Expansion:
    if depth >= MAX_DEPTH:
        raise bad("$expand 嵌套过深。", f"$expand is nested deeper than {MAX_DEPTH}.", "$expand")
    path, bracket, inner = text.partition("(")
    if bracket and not inner.endswith(")"):
        raise bad(f"$expand 无法理解：“{text[:60]}”。", f"$expand cannot be read: “{text[:60]}”.", "$expand")
    name, slash, rest = path.partition("/")
    link = kind.links.get(name)
    if link is None:
        there = ", ".join(kind.links)
        raise bad(
            f"{kind.one} 没有链接 {name[:60]}；有：{there}。",
            f"A {kind.one} has no link {name[:60]}; it has {there}.",
            "$expand",
        )
    target = KINDS[link.kind]
    if slash:
        return Expansion(name, Options(expand=(_expansion(rest + bracket + inner, target, depth + 1),)))
    given = []
    for one in split(inner[:-1] if bracket else "", ";"):
        option, _, value = one.strip().partition("=")
        given.append((option, value))
    options = parse_options(given, target, depth + 1)
    if options.format:
        raise NotOffered(
            Title("dataArray 不能用在 $expand 里。", "dataArray is not offered inside $expand."), where="$expand"
        )
    return Expansion(name, options)


def split(text: str, sign: str) -> Iterator[str]:
    """The parts of a text between signs that stand in no brackets and no quotes.

    >>> list(split("a(b,c),d eq 'e,f'", ","))
    ['a(b,c)', "d eq 'e,f'"]
    """
    depth, quoted, start = 0, False, 0
    for at, char in enumerate(text):
        if char == "'":
            quoted = not quoted
        elif not quoted:
            depth += (char == "(") - (char == ")")
            if char == sign and not depth:
                yield text[start:at]
                start = at + 1
    if text[start:].strip():
        yield text[start:]
