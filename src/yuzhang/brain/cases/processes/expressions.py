"""Conditions in processes and decision tables: comparisons of values, and nothing that could do anything else.

SpiffWorkflow evaluates them as Python. Here the same notation is read by hand, so that a pack or an officer who edits a process
can compare and calculate, but never call, import or reach anything.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from SpiffWorkflow.bpmn.script_engine import BasePythonScriptEngineEnvironment, PythonScriptEngine

LONGEST = 500
MOST = 10**12
COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}
COMPUTED: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None}


class Unreadable(Exception):
    """No condition: `args[0]` says what stands there that may not."""


@lru_cache(maxsize=4096)
def parsed(text: str) -> ast.expr:
    """A condition as a tree. Raises SyntaxError for what is no expression (SpiffWorkflow asks for that); Unreadable."""
    if len(text) > LONGEST:
        raise Unreadable(f"longer than {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (ValueError, RecursionError, MemoryError) as err:
        raise Unreadable(str(err)) from err
    for node in ast.walk(tree):
        _check(node)
    return tree


def names(text: str) -> set[str]:
    """The names that a condition asks for. Raises SyntaxError, Unreadable.

    >>> sorted(names("severity >= 3 and decision == 'back'"))
    ['decision', 'severity']
    """
    return {node.id for node in ast.walk(parsed(text)) if isinstance(node, ast.Name)} - set(WORDS)


def value_of(text: str, values: Mapping[str, Any]) -> Any:
    """The value of a condition; a name that has none counts as None. Raises SyntaxError, Unreadable.

    >>> value_of("severity >= 3 and decision in ('back', 'return')", {"severity": 3, "decision": "back"})
    True
    """
    return _value(parsed(text), values)


def equals(text: str) -> tuple[str, str] | None:
    """Name and value of a condition like `decision == 'back'`; None for any other.

    >>> equals("decision == 'back'")
    ('decision', 'back')
    """
    tree = parsed(text)
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.Eq):
        left, right = tree.left, tree.comparators[0]
        if isinstance(left, ast.Name) and isinstance(right, ast.Constant) and isinstance(right.value, str):
            return left.id, right.value
    return None


def _check(node: ast.AST) -> None:
    if isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float | bool | None):
        raise Unreadable(repr(node.value))
    if isinstance(node, ast.BinOp) and type(node.op) not in COMPUTED:
        raise Unreadable(type(node.op).__name__)
    if isinstance(node, ast.Compare) and not all(type(one) in COMPARED for one in node.ops):
        raise Unreadable("is")
    allowed = (
        ast.Constant, ast.Name, ast.Load, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.Compare, ast.cmpop,
        ast.BinOp, ast.operator, ast.Tuple, ast.List,
    )  # fmt: skip
    if not isinstance(node, allowed):
        raise Unreadable(type(node).__name__)


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return values.get(node.id, WORDS.get(node.id))
        case ast.BoolOp(op=ast.And()):
            return all(_value(one, values) for one in node.values)
        case ast.BoolOp():
            return any(_value(one, values) for one in node.values)
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand, values)
        case ast.UnaryOp():
            return _computed(lambda one, _: -one, _value(node.operand, values), 0)
        case ast.Compare():
            return _compared(node, values)
        case ast.BinOp():
            return _computed(COMPUTED[type(node.op)], _value(node.left, values), _value(node.right, values))
        case ast.Tuple() | ast.List():
            return [_value(one, values) for one in node.elts]
    raise Unreadable(type(node).__name__)


def _compared(node: ast.Compare, values: Mapping[str, Any]) -> bool:
    left = _value(node.left, values)
    for op, other in zip(node.ops, node.comparators, strict=True):
        right = _value(other, values)
        try:
            if not COMPARED[type(op)](left, right):
                return False
        except TypeError:  # such as a number that was not given: it is neither more nor less
            return False
        left = right
    return True


def _computed(how: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    numbers = isinstance(left, int | float) and isinstance(right, int | float)
    if not numbers or abs(left) > MOST or abs(right) > MOST:
        return None
    try:
        return how(left, right)
    except ZeroDivisionError:
        return None


class _Environment(BasePythonScriptEngineEnvironment):  # type: ignore[misc]  # SpiffWorkflow has no types
    def evaluate(self, expression: str, context: dict[str, Any], external_context: dict[str, Any] | None = None) -> Any:
        """The value of a condition over what a task knows."""
        return value_of(expression, {**context, **(external_context or {})})

    def execute(self, script: str, context: dict[str, Any], external_context: dict[str, Any] | None = None) -> Any:
        """Never: scripts are refused when a process is read."""
        raise Unreadable("scripts are not run")

    def call_service(self, context: dict[str, Any], **kwargs: Any) -> Any:
        """Never."""
        raise Unreadable("services are not called")


class Comparing(PythonScriptEngine):  # type: ignore[misc]  # SpiffWorkflow has no types
    """SpiffWorkflow's engine of scripts, that runs none."""

    def __init__(self) -> None:
        super().__init__(_Environment())

    def validate(self, expression: str) -> None:
        """Return if it is a condition. Raises SyntaxError, Unreadable."""
        parsed(expression)
