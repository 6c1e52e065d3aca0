"""The language of `$filter` and `$orderby`: a text becomes a tree. Source: OGC 18-088, clause 9.3.3.5; OData 4.0 part 2, clause 5.1.1.

Tokens and operators are data; the parser climbs their precedence. Beyond the standard it takes a blank for the plus sign of an
offset, as which a plus sign arrives that nobody escaped.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yuzhang.brain.history.sensorthings.errors import BadQuery, bad
from yuzhang.brain.history.sensorthings.query import literals
from yuzhang.brain.history.sensorthings.query.functions import FUNCTIONS
from yuzhang.brain.history.sensorthings.query.values import Value

MAX_CHARACTERS = 10_000
MAX_DEPTH = 40

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+\- ]\d\d:\d\d)?"
TOKENS = {
    "geography": r"(?:geography|geometry)'(?:[^']|'')*'",
    "duration": r"duration'[^']*'",
    "text": r"'(?:[^']|'')*'",
    "interval": rf"{MOMENT}/{MOMENT}",
    "moment": MOMENT,
    "date": r"\d{4}-\d\d-\d\d",
    "time": r"\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?",
    "number": r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?",
    "path": r"(?:@iot\.id|[^\W\d][\w.:-]*)(?:/(?:@iot\.id|[^\W\d][\w.:-]*))*",
    "sign": r"[(),-]",
    "blank": r"\s+",
}
SCANNER = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in TOKENS.items()))
WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
LEVELS = (
    ("or",),
    ("and",),
    ("eq", "ne", "gt", "ge", "lt", "le"),
    ("add", "sub"),
    ("mul", "div", "mod"),
)
"""Operators between two operands, those that bind least first. `not` stands between `and` and the comparisons, the minus sign last."""
COMPARING = 2


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out."""

    value: Value


@dataclass(frozen=True, slots=True)
class Path:
    """A property, perhaps of a related entity: `Datastream/Thing/name`."""

    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator of LEVELS, `not` or `-` (one operand), and its operands."""

    name: str
    operands: tuple["Node", ...]


Node = Literal | Path | Call | Operation


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text and where it begins."""

    kind: str
    text: str
    at: int


def parse_filter(text: str, where: str = "$filter") -> Node:
    """The tree of a filter. Raises BadQuery with the place of what is wrong.

    >>> parse_filter("result gt 5 and not endswith(name,'x')").name
    'and'
    """
    parser = _Parser(text, where)
    found = parser.climb(0)
    parser.end()
    return found


def parse_order(text: str, where: str = "$orderby") -> tuple[tuple[Node, bool], ...]:
    """Expressions to order by, each with whether it descends. Raises BadQuery.

    >>> [(one.steps, down) for one, down in parse_order("phenomenonTime desc,id")]
    [(('phenomenonTime',), True), (('id',), False)]
    """
    parser = _Parser(text, where)
    found = []
    while True:
        node = parser.climb(COMPARING + 1)
        way = parser.take_word("asc", "desc")
        found.append((node, way == "desc"))
        if not parser.take_sign(","):
            break
    parser.end()
    return tuple(found)


def paths(node: Node) -> Iterator[Path]:
    """All paths of a tree."""
    if isinstance(node, Path):
        yield node
    elif isinstance(node, Call | Operation):
        for one in node.arguments if isinstance(node, Call) else node.operands:
            yield from paths(one)


def conjuncts(node: Node | None) -> Iterator[Node]:
    """The parts that must all hold for `node` to hold."""
    if isinstance(node, Operation) and node.name == "and":
        for one in node.operands:
            yield from conjuncts(one)
    elif node is not None:
        yield node


def written(node: Node) -> str:
    """A tree as text that reads as the same tree, every operation in brackets."""
    if isinstance(node, Literal):
        return literals.written(node.value)
    if isinstance(node, Path):
        return "/".join(node.steps)
    if isinstance(node, Call):
        return f"{node.name}({','.join(map(written, node.arguments))})"
    if node.name == "not":
        return f"(not {written(node.operands[0])})"
    if node.name == "-":
        return f"(-{written(node.operands[0])})"
    return f"({written(node.operands[0])} {node.name} {written(node.operands[1])})"


class _Parser:
    def __init__(self, text: str, where: str) -> None:
        self._where = where
        if len(text) > MAX_CHARACTERS:
            raise bad(f"超过 {MAX_CHARACTERS} 个字符。", f"It has more than {MAX_CHARACTERS} characters.", where)
        self._text = text
        self._tokens = list(self._scan(text))
        self._at = 0
        self._depth = 0

    def _scan(self, text: str) -> Iterator[Token]:
        place = 0
        while place < len(text):
            found = SCANNER.match(text, place)
            if found is None or found.lastgroup is None:
                raise self._wrong(place)
            if found.lastgroup != "blank":
                yield Token(found.lastgroup, found[0], place)
            place = found.end()

    def _wrong(self, place: int) -> BadQuery:
        near = self._text[place : place + 30]
        if not near:
            return bad("表达式没有写完。", "The expression is not finished.", self._where)
        return bad(
            f"第 {place + 1} 个字符起无法理解：“{near}”。",
            f"From character {place + 1} on it cannot be read: “{near}”.",
            self._where,
        )

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _here(self) -> int:
        token = self._peek()
        return len(self._text) if token is None else token.at

    def take_word(self, *words: str) -> str | None:
        """The next token if it is one of `words`."""
        token = self._peek()
        if token is not None and token.kind == "path" and token.text in words:
            self._at += 1
            return token.text
        return None

    def take_sign(self, sign: str) -> bool:
        """Whether the next token is `sign`, which is then passed over."""
        token = self._peek()
        if token is not None and token.kind == "sign" and token.text == sign:
            self._at += 1
            return True
        return False

    def end(self) -> None:
        """Nothing may follow."""
        if self._peek() is not None:
            raise self._wrong(self._here())

    def climb(self, level: int) -> Node:
        """An expression of operators that bind at least as much as those of `level`."""
        self._depth += 1
        if self._depth > MAX_DEPTH * (len(LEVELS) + 2):
            raise bad("嵌套过深。", "It is nested too deeply.", self._where)
        found = self._climbed(level)
        self._depth -= 1
        return found

    def _climbed(self, level: int) -> Node:
        if level == COMPARING and self.take_word("not"):
            return Operation("not", (self.climb(COMPARING),))
        if level == len(LEVELS):
            return Operation("-", (self.climb(level),)) if self.take_sign("-") else self._operand()
        left = self.climb(level + 1)
        while operator := self.take_word(*LEVELS[level]):
            left = Operation(operator, (left, self.climb(level + 1)))
        return left

    def _operand(self) -> Node:
        start = self._here()
        token = self._peek()
        if token is None:
            raise self._wrong(start)
        self._at += 1
        if token.text == "(":
            found = self.climb(0)
            if not self.take_sign(")"):
                raise self._wrong(self._here())
            return found
        if token.kind == "sign":
            raise self._wrong(start)
        if token.kind != "path":
            value: Any = literals.read(token.kind, token.text)
            if value is literals.WRONG:
                raise self._wrong(start)
            return Literal(value)
        if token.text in WORDS:
            return Literal(WORDS[token.text])
        return self._call(token) if self.take_sign("(") else Path(tuple(token.text.split("/")))

    def _call(self, token: Token) -> Node:
        known = FUNCTIONS.get(token.text)
        if known is None:
            names = ", ".join(sorted(FUNCTIONS))
            raise bad(
                f"没有函数 {token.text[:60]}；有：{names}。",
                f"There is no function {token.text[:60]}; there are {names}.",
                self._where,
            )
        arguments: list[Node] = []
        while not self.take_sign(")"):
            if arguments and not self.take_sign(","):
                raise self._wrong(self._here())
            arguments.append(self.climb(0))
        if len(arguments) not in known.arity:
            counts = " / ".join(map(str, known.arity))
            raise bad(
                f"函数 {token.text} 需要 {counts} 个参数。", f"{token.text} takes {counts} arguments.", self._where
            )
        return Call(token.text, tuple(arguments))
