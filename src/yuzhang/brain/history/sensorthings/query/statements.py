"""Filters over rows, as conditions of the lake. What a filter says of the series is decided before and comes in as their numbers.

SQL is put together from the templates of this folder and from names that the scanner let through; values are parameters.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from shapely.geometry.base import BaseGeometry

from yuzhang.brain.history.sensorthings.errors import NotOffered
from yuzhang.brain.history.sensorthings.query.evaluation import COMPARISONS
from yuzhang.brain.history.sensorthings.query.functions import FUNCTIONS
from yuzhang.brain.history.sensorthings.query.grammar import Call, Literal, Node, Operation, Path, paths
from yuzhang.brain.history.sensorthings.query.values import Interval, kind_of, microseconds_of, read_time
from yuzhang.core.language import Title

FREE = frozenset({"result", "json"})
"""Kinds that take the kind of what they meet."""
ROW_ID = "(series || '-' || epoch_us(time))"
ARITHMETIC = {"add": "({} + {})", "sub": "({} - {})", "mul": "({} * {})", "div": "({} / nullif({}, 0))"}
ARITHMETIC |= {"mod": "({} % nullif({}, 0))"}
SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
MIRRORED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq", "ne": "ne"}


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL, its parameters, and the kind of what it gives."""

    text: str
    values: tuple[Any, ...] = ()
    kind: str = "bool"


TRUE, FALSE, NOTHING = Sql("true"), Sql("false"), Sql("NULL", kind="null")


@dataclass(frozen=True, slots=True)
class Statements:
    """Writes conditions on rows. `columns` are the properties by name; a path that begins with a link in `of_series` asks about the
    series, and `matching` gives the numbers of those for which a condition of such paths holds."""

    columns: Mapping[str, Sql]
    of_series: frozenset[str]
    matching: Callable[[Node], Sequence[int]]

    def condition(self, node: Node) -> Sql:
        """A filter as a condition that is true or false, never unknown. Raises NotOffered."""
        links = [path.steps[0] in self.of_series for path in paths(node)]
        if links and all(links):
            return among(self.matching(node))
        if isinstance(node, Operation) and node.name in ("and", "or"):
            parts = [self.condition(one) for one in node.operands]
            return Sql(f"({f' {node.name.upper()} '.join(one.text for one in parts)})", _values(*parts))
        if isinstance(node, Operation) and node.name == "not":
            inner = self.condition(node.operands[0])
            return Sql(f"(NOT {inner.text})", inner.values)
        if any(links):
            raise _mixed()
        if isinstance(node, Operation) and node.name in COMPARISONS:
            return self._comparison(node.name, *node.operands)
        found = self.value(node, "bool")
        return Sql(f"coalesce({found.text}, false)", found.values) if found.kind == "bool" else FALSE

    def value(self, node: Node, want: str = "") -> Sql:
        """An expression; of what is free in its kind, the reading as `want`. Raises NotOffered."""
        if isinstance(node, Literal):
            return _literal(node.value, want)
        if isinstance(node, Path):
            return self._path(node, want)
        if isinstance(node, Call):
            return self._call(node)
        if node.name == "-":
            inner = self.value(node.operands[0], "number")
            return Sql(f"(-{inner.text})", inner.values, "number") if inner.kind == "number" else NOTHING
        if node.name in ARITHMETIC:
            return self._arithmetic(node)
        return self.condition(node)

    def _path(self, node: Path, want: str) -> Sql:
        first, inner = node.steps[0], node.steps[1:]
        if first in self.of_series:
            raise _mixed()
        found = self.columns.get(first)
        if found is None:
            if first[0].isupper():
                raise _no_way(first)
            return NOTHING
        if found.kind == "result":
            return _inside(inner, want) if inner else _result(want)
        if found.kind == "json":
            return _parameter(inner, want)
        return found if not inner else NOTHING

    def _call(self, node: Call) -> Sql:
        function = FUNCTIONS[node.name]
        if "geometry" in function.takes:
            raise NotOffered(
                Title("行内不提供空间函数。", "Spatial functions are not offered on what is in rows."),
                where="$filter",
                fix=Title(
                    "请用于 FeatureOfInterest/feature 或 Locations/location。",
                    "Use them on FeatureOfInterest/feature or Locations/location.",
                ),
            )
        if not function.takes:
            return _literal(function.work(), "")
        given = [self.value(one, kind) for one, kind in zip(node.arguments, function.takes, strict=False)]
        if any(one.kind != kind for one, kind in zip(given, function.takes, strict=False)):
            return NOTHING
        # A template may name an argument twice or in another order: parameters go along with their places.
        places = [*(one.text for one in given), *(["2147483647"] * function.fewer)]
        order = _order_of(function.sql)
        values = tuple(value for at in order if at < len(given) for value in given[at].values)
        return Sql(function.sql.format(*places), values, function.gives)

    def _arithmetic(self, node: Operation) -> Sql:
        left, right = (self.value(one, "number") for one in node.operands)
        kinds = (left.kind, right.kind)
        gives = MIXED.get((node.name, *kinds), "number" if kinds == ("number", "number") else "")
        if not gives:
            return NOTHING
        return Sql(ARITHMETIC[node.name].format(left.text, right.text), _values(left, right), gives)

    def _comparison(self, name: str, left: Node, right: Node) -> Sql:
        if name == "ne":
            same = self._comparison("eq", left, right)
            return Sql(f"(NOT {same.text})", same.values)
        for one, other, by in ((left, right, name), (right, left, MIRRORED[name])):
            if isinstance(one, Literal) and isinstance(one.value, Interval):
                return self._beside_interval(MIRRORED[by], other, one.value)
            if isinstance(one, Literal) and one.value is None:
                return self._missing(other) if name == "eq" else FALSE
        first, second = self.value(left), self.value(right)
        if first.kind in FREE and second.kind in FREE:
            first, second = self.value(left, "number"), self.value(right, "number")
        elif first.kind in FREE:
            return self._free(name, left, right, second)
        elif second.kind in FREE:
            return self._free(MIRRORED[name], right, left, first)
        return _compared(name, *_agreed(left, right, first, second))

    def _free(self, name: str, free: Node, other: Node, known: Sql) -> Sql:
        """A comparison of a result; beside a text, a number is compared with the number in it."""
        found = _compared(name, self.value(free, known.kind), known)
        number = _number_in(other)
        if number is None:
            return found
        as_number = self.value(free, "number")
        sign = "=" if name == "eq" else SIGNS[name]
        return Sql(
            f"CASE WHEN {as_number.text} IS NULL THEN {found.text} ELSE {as_number.text} {sign} ? END",
            (*as_number.values, *found.values, *as_number.values, number),
        )

    def _missing(self, node: Node) -> Sql:
        readings = [self.value(node, kind) for kind in ("number", "")]
        if isinstance(node, Literal) and node.value is None:
            return TRUE
        return Sql(f"(coalesce({', '.join(f'({one.text})::VARCHAR' for one in readings)}) IS NULL)", _values(*readings))

    def _beside_interval(self, name: str, node: Node, interval: Interval) -> Sql:
        found = self.value(node, "moment")
        if found.kind != "moment":
            return FALSE
        start, end = microseconds_of(interval.start), microseconds_of(interval.end)
        if name == "eq" and start != end:
            return FALSE
        if name == "gt" and start == end:
            return _bound(found, ">", end)
        sign, bound = {"lt": ("<=", start), "gt": (">=", end), "ge": (">=", start), "le": ("<=", end)}.get(
            name, ("=", start)
        )
        return _bound(found, sign, bound)


MIXED = {
    ("add", "moment", "duration"): "moment",
    ("add", "duration", "moment"): "moment",
    ("sub", "moment", "duration"): "moment",
    ("sub", "moment", "moment"): "duration",
    ("add", "duration", "duration"): "duration",
    ("sub", "duration", "duration"): "duration",
}


def among(numbers: Sequence[int]) -> Sql:
    """The rows of some series."""
    if not numbers:
        return FALSE
    if len(numbers) <= 500:
        return Sql(f"series IN ({', '.join(str(int(one)) for one in numbers)})")
    return Sql("series IN (SELECT unnest(?::INTEGER[]))", (list(numbers),))


def _bound(found: Sql, sign: str, bound: int) -> Sql:
    return Sql(f"coalesce({found.text} {sign} make_timestamp(?::BIGINT), false)", (*found.values, bound))


def _values(*parts: Sql) -> tuple[Any, ...]:
    return tuple(value for one in parts for value in one.values)


def _order_of(template: str) -> list[int]:
    return [int(template[at + 1]) for at, char in enumerate(template) if char == "{"]


def _literal(value: Any, want: str) -> Sql:
    if isinstance(value, str) and want == "moment":
        read = read_time(value)
        value = read if isinstance(read, datetime) else value
    if isinstance(value, datetime):
        return Sql("make_timestamp(?::BIGINT)", (microseconds_of(value),), "moment")
    if isinstance(value, timedelta):
        return Sql("to_microseconds(?::BIGINT)", (value // timedelta(microseconds=1),), "duration")
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, int | float):
        return Sql("?::DOUBLE", (float(value),), "number")
    if isinstance(value, date | time):
        name = "DATE" if isinstance(value, date) else "TIME"
        return Sql(f"?::{name}", (value.isoformat(),), name.lower())
    if isinstance(value, BaseGeometry | Interval):
        return Sql("NULL", kind=kind_of(value))
    return NOTHING if value is None else Sql("?::VARCHAR", (value,), "text")


def _result(want: str) -> Sql:
    return Sql("value", kind="number") if want == "number" else _read(("$.value", "$.object"), want, "result")


def _inside(steps: Sequence[str], want: str) -> Sql:
    return _read(("$.value" + "".join(f'."{step}"' for step in steps),), want, "json")


def _parameter(steps: Sequence[str], want: str) -> Sql:
    if not steps:
        return NOTHING
    member = "$" + "".join(f'."{step}"' for step in steps)
    return _read((f"{member}.value", f"{member}.object", member), want, "json")


def _read(places: Sequence[str], want: str, kind: str) -> Sql:
    """What stands at the first of some places of the JSON, read as the kind that is wanted."""
    text = _first(f"json_extract_string(rest, '{place}')" for place in places)
    if want == "number":
        return Sql(f"TRY_CAST({text} AS DOUBLE)", kind="number")
    if want == "moment":
        return Sql(f"TRY_CAST({text} AS TIMESTAMP)", kind="moment")
    if want == "bool":
        return Sql(f"CASE WHEN json_type(rest, '{places[0]}') = 'BOOLEAN' THEN {text} = 'true' END", kind="bool")
    if want != "text":
        return Sql(text, kind="text" if want else kind)
    texts = (
        f"CASE WHEN json_type(rest, '{place}') = 'VARCHAR' THEN json_extract_string(rest, '{place}') END"
        for place in places
    )
    return Sql(_first(texts), kind="text")


def _first(parts: Iterable[str]) -> str:
    return f"coalesce({', '.join(parts)}, NULL)"


def _agreed(left: Node, right: Node, first: Sql, second: Sql) -> tuple[Sql, Sql]:
    """A text that is written out is read as the time or the number that it stands beside."""
    if first.kind == "text" and isinstance(left, Literal):
        return _as(left.value, second.kind, first), second
    if second.kind == "text" and isinstance(right, Literal):
        return first, _as(right.value, first.kind, second)
    return first, second


def _as(text: str, kind: str, found: Sql) -> Sql:
    if kind == "number":
        number = _number(text)
        return found if number is None else _literal(number, "")
    return _literal(text, kind) if kind == "moment" else found


def _number_in(node: Node) -> float | None:
    return _number(node.value) if isinstance(node, Literal) and isinstance(node.value, str) else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _compared(name: str, first: Sql, second: Sql) -> Sql:
    if first.kind != second.kind or first.kind in ("null", "geometry", "interval"):
        return FALSE
    sign = "=" if name == "eq" else SIGNS[name]
    return Sql(f"coalesce({first.text} {sign} {second.text}, false)", _values(first, second))


def _mixed() -> NotOffered:
    return NotOffered(
        Title(
            "一个表达式里不能同时用行和其数据流的属性；排序只按行的属性。",
            "An expression cannot be of a row and of its Datastream at once; rows are ordered by properties of their own.",
        ),
        where="$filter",
        fix=Title("请拆成用 and 连接的比较。", "Make it comparisons with `and` between."),
    )


def _no_way(link: str) -> NotOffered:
    return NotOffered(
        Title(f"行的条件不能经过 {link}。", f"A condition on rows cannot lead through {link}."), where="$filter"
    )
