"""Policy files read into statements: each with its id, titles, reason, place and text; a faulty file is refused by file and line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from cedarpy import PolicySet, pst

from yuzhang.core.language import Title
from yuzhang.entrance.policy.errors import PolicyRefused
from yuzhang.entrance.policy.model import Clause, Statement

ANNOTATIONS = ("id", "title_zh", "title_en", "why")
UNREAD = re.compile(r'//[^\n]*|"(?:\\.|[^"\\\n])*"')
CLAUSE = re.compile(r"\b(?:when|unless)\s*\{")


def read(folders: Sequence[Path]) -> tuple[Statement, ...]:
    """Every statement of the `*.cedar` files of the folders; a folder that is not there has none. Raises PolicyRefused."""
    files = chain.from_iterable(sorted(folder.glob("*.cedar")) for folder in folders)
    found: dict[str, Statement] = {}
    for one in chain.from_iterable(map(_statements, files)):
        if one.id in found:
            raise refused(
                one.file,
                one.line,
                Title(
                    f"策略编号“{one.id}”已用于 {found[one.id].file}:{found[one.id].line}。",
                    f"The id “{one.id}” is taken by {found[one.id].file}:{found[one.id].line}.",
                ),
                Title("请换一个编号。", "Choose another id."),
            )
        found[one.id] = one
    return tuple(found.values())


def refused(file: Path, line: int, detail: Title, fix: Title) -> PolicyRefused:
    """The error for a fault at a line of a file."""
    return PolicyRefused(detail, where=f"{file}:{line}", fix=fix)


def hidden(text: str) -> str:
    """`text` with its comments and strings blanked, so that what is left can be searched; of the same length.

    >>> hidden('permit (a == "x;"); // b;')
    'permit (a ==     );      '
    """
    return UNREAD.sub(lambda found: " " * len(found[0]), text)


def _statements(file: Path) -> Iterator[Statement]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise refused(
            file,
            1,
            Title("无法读取文件。", "The file cannot be read."),
            Title("请检查权限，并存为 UTF-8。", "Check its rights, and save it as UTF-8."),
        ) from err
    searched, begin = hidden(text), 0
    while (end := searched.find(";", begin)) >= 0:
        yield _statement(file, text[begin : end + 1], searched[begin : end + 1], text.count("\n", 0, begin) + 1)
        begin = end + 1
    if searched[begin:].strip():
        raise refused(
            file,
            _first_line(searched[begin:], text.count("\n", 0, begin) + 1),
            Title("最后一条策略没有以“;”结束。", "The last policy does not end with “;”."),
            Title("请在末尾加上“;”。", "Add “;” at its end."),
        )


def _first_line(searched: str, line: int) -> int:
    return line + searched[: len(searched) - len(searched.lstrip())].count("\n")


def _statement(file: Path, text: str, searched: str, line: int) -> Statement:
    begins = _first_line(searched, line)
    try:
        read = PolicySet.from_str(text).to_pst()
    except ValueError as err:
        raise refused(
            file,
            begins,
            Title(f"这条策略无法解读：{err}。", f"This policy cannot be read: {err}."),
            Title("请对照 Cedar 语法修改。", "Correct it as Cedar's grammar says."),
        ) from err
    if read.templates or len(read.static_policies) != 1:
        raise refused(
            file,
            begins,
            Title("这里不能用带占位的模板。", "A template with slots cannot stand here."),
            Title("请写出主体和对象。", "Write the principal and the resource out."),
        )
    node = next(iter(read.static_policies.values()))
    said = {name: node.annotations.get(name, "").strip() for name in ANNOTATIONS}
    for name, value in said.items():
        if not value:
            raise refused(
                file,
                begins,
                Title(f"这条策略没有 @{name}。", f"This policy has no @{name}."),
                Title(f'请加上 @{name}("…")。', f'Add @{name}("…").'),
            )
    title = Title(said["title_zh"], said["title_en"])
    node = replace(node, id=said["id"])
    return Statement(
        said["id"], node.effect, title, said["why"], file, begins, _shown(text), _clauses(text, searched, node), node
    )


def _shown(text: str) -> str:
    """The policy with the comment that stands directly above it; not that of the whole file."""
    above, _, _ = text.strip().partition("\n@")
    kept = above.rpartition("\n\n")[2] if above.startswith("//") else above
    return text.strip().removeprefix(above.removesuffix(kept))


def _clauses(text: str, searched: str, node: pst.Template) -> tuple[Clause, ...]:
    """Each clause with its wording: from its word to the brace that closes it."""
    wordings, at = [], 0
    while found := CLAUSE.search(searched, at):
        depth, at = 1, found.end()
        while depth:
            depth += {"{": 1, "}": -1}.get(searched[at], 0)
            at += 1
        wordings.append(" ".join(text[found.start() : at].split()))
    return tuple(Clause(wording, read) for wording, read in zip(wordings, node.clauses, strict=True))
