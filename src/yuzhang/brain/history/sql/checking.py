"""Whether a query is one SELECT over offered tables: decided on DuckDB's own parse of it, never on its text.

What is not known to be harmless is refused: kinds of table references, kinds of expressions, table functions. Names are looked for
in the scope that the parse gives them, so that a WITH cannot lend its name to a table of the system.
"""

from collections.abc import Collection, Iterator
from typing import Any

TABLES = frozenset({"BASE_TABLE", "JOIN", "SUBQUERY", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY"})
TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
# fmt: off
EXPRESSIONS = frozenset(
    {
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT",
        "FUNCTION", "LAMBDA", "LAMBDA_REF", "OPERATOR", "PARAMETER", "POSITIONAL_REFERENCE", "STAR",
        "SUBQUERY", "WINDOW",
    }
)
NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE"})
FUNCTIONS = frozenset(
    {
        "current_setting", "getvariable", "getenv", "current_connection_id", "current_query",
        "current_query_id", "current_transaction_id", "txid_current", "currval", "nextval", "write_log",
        "sleep_ms", "stats", "setseed", "error", "user", "current_user", "session_user", "current_role",
        "current_catalog", "current_database", "current_schema", "current_schemas", "in_search_path",
        "version", "query", "query_table", "json_execute_serialized_sql", "get_type", "make_type",
        "vector_type", "create_sort_key", "add_parquet_key",
    }
)
# fmt: on
"""Refused: they tell of the machine and not of the city, or change or wait for something."""
PREFIXES = (
    "pg_",
    "has_",
    "duckdb_",
    "pragma_",
    "ducklake_",
    "sqlite_",
    "read_",
    "st_read",
    "json_execute",
    "parquet_",
    "postgres_",
    "mysql_",
)
NOWHERE = 2**64 - 1


class Forbidden(Exception):
    """Something in a query is not allowed; `place` is where, in bytes from 0."""

    def __init__(self, chinese: str, english: str, place: int | None = None) -> None:
        super().__init__(english)
        self.chinese, self.english, self.place = chinese, english, place


def check(parsed: dict[str, Any], views: Collection[str]) -> None:
    """Return if the statement may run. `parsed` is what json_serialize_sql gives. Raises Forbidden."""
    statements = parsed.get("statements", [])
    if parsed.get("error"):
        raise Forbidden("只允许 SELECT。", "Only SELECT is allowed.")
    if len(statements) != 1:
        raise Forbidden("一次只能有一条语句。", "There must be one statement, no more and no less.")
    _node(statements[0]["node"], frozenset(one.lower() for one in views), frozenset())


def _node(node: dict[str, Any], views: frozenset[str], known: frozenset[str]) -> None:
    """Check a SELECT, a UNION of them, or a recursive one; `known` are the names that WITH gave around it."""
    if node.get("type") not in NODES:
        raise Forbidden(f"不允许 {node.get('type')}。", f"{node.get('type')} is not allowed.")
    own: list[dict[str, Any]] = node.get("cte_map", {}).get("map", [])
    for one in own:
        inner = one["value"]["query"]["node"]
        name = str(one["key"]).lower()
        recursive = {name} if inner.get("type") == "RECURSIVE_CTE_NODE" else set()
        _node(inner, views, known | recursive)
        known = known | {name}
        for key, value in one["value"].items():
            if key != "query":
                _anything(value, views, known)
    for key, value in node.items():
        if key in {"left", "right"}:
            _node(value, views, known)
        elif key == "from_table":
            _table(value, views, known)
        elif key != "cte_map":
            _anything(value, views, known)


def _table(table: dict[str, Any], views: frozenset[str], known: frozenset[str]) -> None:
    kind, place = table.get("type"), _place(table)
    if kind not in TABLES:
        raise Forbidden(f"不允许 {kind}。", f"{kind} is not allowed.", place)
    if kind == "BASE_TABLE":
        _named(table, views, known)
    elif kind == "TABLE_FUNCTION":
        function = table["function"]
        name = str(function.get("function_name", "")).lower()
        if function.get("class") != "FUNCTION" or name not in TABLE_FUNCTIONS or function.get("catalog"):
            raise Forbidden(f"不允许表函数“{name}”。", f"The table function {name} is not allowed.", place)
        for one in function["children"]:
            _anything(one, views, known)
        return
    for key, value in table.items():
        if kind == "JOIN" and key in {"left", "right"}:
            _table(value, views, known)
        elif kind == "SUBQUERY" and key == "subquery":
            _node(value["node"], views, known)
        elif key != "type":
            _anything(value, views, known)


def _named(table: dict[str, Any], views: frozenset[str], known: frozenset[str]) -> None:
    parts = [str(table.get(key) or "") for key in ("catalog_name", "schema_name", "table_name")]
    name = ".".join(part for part in parts if part)
    if parts[0] or parts[1] or not (parts[2].lower() in known or parts[2].lower() in views):
        raise Forbidden(
            f"没有您可用的表“{name[:100]}”。", f"There is no table {name[:100]} that you may read.", _place(table)
        )
    if table.get("at_clause"):
        raise Forbidden("不允许 AT。", "AT is not allowed.", _place(table))


def _anything(value: Any, views: frozenset[str], known: frozenset[str]) -> None:
    """Check expressions, however deep in lists and modifiers."""
    for one in _parts(value):
        kind = one.get("class")
        if kind is None:
            if one.get("type") in NODES:
                _node(one, views, known)
                continue
            if one.get("type") in TABLES or "table_name" in one or "show_type" in one:
                _table(one, views, known)
                continue
        elif kind not in EXPRESSIONS:
            raise Forbidden(f"不允许 {kind}。", f"{kind} is not allowed.", _place(one))
        if kind in {"FUNCTION", "WINDOW"}:
            _function(one)
        if kind == "CONSTANT":
            continue
        for key, inner in one.items():
            if key == "subquery" and inner:
                _node(inner["node"], views, known)
            elif isinstance(inner, dict | list):
                _anything(inner, views, known)


def _function(one: dict[str, Any]) -> None:
    name = str(one.get("function_name", "")).lower()
    if (
        one.get("catalog")
        or str(one.get("schema") or "main") != "main"
        or name in FUNCTIONS
        or name.startswith(PREFIXES)
    ):
        raise Forbidden(f"不允许函数“{name[:100]}”。", f"The function {name[:100]} is not allowed.", _place(one))


def _parts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _parts(one)


def _place(one: dict[str, Any]) -> int | None:
    place = one.get("query_location", NOWHERE)
    return None if place == NOWHERE else place
