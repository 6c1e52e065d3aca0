"""A pack's indicators, run: each SELECT is checked as an officer's is, and answered from tables that are empty."""

from collections.abc import Iterator
from json import loads
from typing import Any

import duckdb

from yuzhang.brain.history.sql.checking import Forbidden, check
from yuzhang.brain.history.sql.views import VIEWS
from yuzhang.core.language import Title
from yuzhang.core.packs import Fault, Pack
from yuzhang.core.packs.indicators import Indicator, read_indicators
from yuzhang.core.units import UnknownUnit, same_dimension
from yuzhang.plan.figures.offered import FIGURES

OFFERED = (*VIEWS, FIGURES)
WANTED = ("period", "value")
FIX = Title("请改正后再试", "mend it and try again")


def indicator_faults(pack: Pack) -> Iterator[Fault]:
    """What is wrong with a pack's indicators."""
    found, faults = read_indicators(pack)
    yield from faults
    if not found:
        return
    with _empty() as con:
        for one in found:
            yield from _unit(one)
            yield from _run(con, one)


def _empty() -> duckdb.DuckDBPyConnection:
    """The tables that officers may name, without a row."""
    con = duckdb.connect(config={"threads": "1"})
    con.execute("SET errors_as_json = true")
    for view in OFFERED:
        columns = ", ".join(f'"{one.name}" {one.kind}' for one in view.columns)
        con.execute(f'CREATE TABLE "{view.name}" ({columns})')
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def _unit(one: Indicator) -> Iterator[Fault]:
    try:
        if one.unit:
            same_dimension(one.unit, one.unit)
    except UnknownUnit as err:
        yield Fault(one.path, one.line, "indicator.unit", err.detail, err.fix or FIX)


def _run(con: duckdb.DuckDBPyConnection, one: Indicator) -> Iterator[Fault]:
    try:
        found = con.execute("SELECT json_serialize_sql(?::VARCHAR)", [one.query]).fetchone()
        parsed: dict[str, Any] = loads(found[0]) if found else {}
        if parsed.get("error_type") == "parser":
            said = str(parsed.get("error_message", ""))
            yield _wrong(
                one, "indicator.sql", Title(f"不是 SQL：{said}", f"this is no SQL: {said}"), parsed.get("position")
            )
            return
        check(parsed, [view.name for view in OFFERED])
        columns = [str(column[0]) for column in con.execute(one.query).description or ()]
    except Forbidden as error:
        names = ", ".join(view.name for view in OFFERED)
        fix = Title(f"写一条 SELECT，只用 {names}", f"write one SELECT over {names}")
        yield _wrong(one, "indicator.allowed", Title(error.chinese, error.english), error.place, fix)
        return
    except (duckdb.Error, RecursionError) as error:
        message, place = _said(error)
        yield _wrong(one, "indicator.sql", Title(f"查询有误：{message}", f"the query is wrong: {message}"), place)
        return
    for name in WANTED:
        if name not in columns:
            yield _wrong(
                one,
                "indicator.columns",
                Title(f"结果没有列 {name}", f"the result has no column {name}"),
                None,
                Title("写作 SELECT … AS period, … AS value", "write SELECT … AS period, … AS value"),
            )


def _said(error: Exception) -> tuple[str, Any]:
    told = str(error)
    try:
        said: dict[str, Any] = loads(told[told.index("{") :])
    except ValueError:
        said = {"exception_message": told}
    return str(said.get("exception_message", told)).split("\n\n")[0], said.get("position")


def _wrong(one: Indicator, rule: str, wrong: Title, place: Any, instead: Title = FIX) -> Fault:
    """With the line: `place` counts bytes from the beginning of the statement, comments and all."""
    text = one.query.encode()
    lead = one.query[: len(one.query) - len(one.query.lstrip())].count("\n")
    first = one.line - _comment_lines(one.query) - lead
    line = one.line
    if isinstance(place, int | str) and str(place).isdigit():
        line = first + text[: int(place)].count(b"\n")
    return Fault(one.path, line, rule, wrong, instead)


def _comment_lines(query: str) -> int:
    """How many lines stand before the first that is no comment."""
    count = 0
    for line in query.splitlines():
        if line.strip() and not line.lstrip().startswith("--"):
            return count
        count += 1
    return count
