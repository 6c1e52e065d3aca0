"""What the commands of all rooms share: the data folder, the reader's language, the console, errors as one line."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from yuzhang.core.access import OPERATOR, ROLES, Guard
from yuzhang.core.errors import InputRefused, YuzhangError
from yuzhang.core.language import Language, Title
from yuzhang.core.settings import DATA_VARIABLE, default_data, parts
from yuzhang.core.storage import Storage

Data = Annotated[
    Path, typer.Option("--data", envvar=DATA_VARIABLE, help="数据目录 / the data folder", default_factory=default_data)
]
# Without emoji: `urn:x:1` is an id, and not a cross between two words.
out = Console(emoji=False)
err = Console(stderr=True, emoji=False)
KEY_VARIABLE = "YUZHANG_KEY"
"""The key of an application, which commands send to a server that they ask with --url."""
RECORDERS: list[Callable[[Path], AbstractContextManager[Guard]]] = []
"""Who remembers what is done at the terminal on a data folder; `cli.py` names the audit, which stands further right."""


def language() -> Language:
    """The terminal's language: Chinese unless LC_ALL, LC_MESSAGES or LANG names another one."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value and value not in {"C", "POSIX", "C.UTF-8"}:
            return "zh" if value.startswith("zh") else "en"
    return "zh"


def say(title: Title) -> None:
    """Print a sentence in the reader's language."""
    out.print(title.in_language(language()), highlight=False, markup=False, soft_wrap=True)


@contextmanager
def opened(data: Path) -> Iterator[Storage]:
    """The storage of `data`, closed afterwards; what OPERATOR does meanwhile is remembered."""
    storage = Storage(data, parts().lake)
    try:
        with remembered(data):
            yield storage
    finally:
        storage.close()


@contextmanager
def remembered(data: Path) -> Iterator[None]:
    """While it lasts, OPERATOR has the guard of whoever remembers; the outermost counts."""
    if OPERATOR.guard is not ROLES:
        yield
        return
    with ExitStack() as stack:
        try:
            for recorder in RECORDERS:
                _let_operator_have(stack.enter_context(recorder(data)))
            yield
        finally:
            _let_operator_have(ROLES)


def _let_operator_have(guard: Guard) -> None:
    # Commands of all rooms name OPERATOR itself, and a process has one terminal: so it is this one object that changes.
    object.__setattr__(OPERATOR, "guard", guard)


def cells(*values: object) -> list[Text]:
    """Cells of a table that show data as it is: brackets in it are no styles."""
    return [Text(str(value)) for value in values]


def file_bytes(path: Path) -> bytes:
    """The file's content; raises InputRefused if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise InputRefused(
            Title(f"无法读取文件：{problem.strerror}。", f"The file cannot be read: {problem.strerror}."),
            where=str(path),
            fix=Title("请检查路径和权限。", "Check the path and the rights."),
        ) from problem


def write_out(path: Path | None, content: bytes) -> None:
    """Write to the file, or to standard output where none is named. Raises InputRefused if it cannot be written."""
    if path is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        path.write_bytes(content)
    except OSError as problem:
        raise InputRefused(
            Title(f"无法写入文件：{problem.strerror}。", f"The file cannot be written: {problem.strerror}."),
            where=str(path),
        ) from problem


def run(app: typer.Typer) -> None:
    """Run the command line; an error of ours is one line on standard error and exit code 2."""
    try:
        app()
    except YuzhangError as error:
        err.print(error.line(language()), style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
