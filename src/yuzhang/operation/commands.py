"""Operation in the terminal: is the machine fit, is the data whole."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from yuzhang.core.language import Title
from yuzhang.core.terminal import Data, err, language, say
from yuzhang.operation.checking.checking import PARTS, checked
from yuzhang.operation.checking.model import Part
from yuzhang.operation.doctor.examining import findings
from yuzhang.operation.doctor.model import WORDS, Finding

Json = Annotated[bool, typer.Option("--json", help="输出 JSON / write JSON")]


def doctor(
    data: Data,
    host: Annotated[str, typer.Option(help="将监听的地址 / the address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="将监听的端口 / the port to listen on")] = 8700,
    mqtt_port: Annotated[
        int, typer.Option("--mqtt-port", min=1, max=65535, help="MQTT 端口 / the port for MQTT")
    ] = 1883,
    json: Json = False,
) -> None:
    """检查这台机器是否适合运行豫章；有故障时退出码为 1 / Look whether this machine is fit; exit code 1 if something is at fault."""
    found = list(findings(data, host, port, mqtt_port, os.environ))
    if json:
        _write([{"about": one.about.en, "verdict": one.verdict, "found": one.found.en} for one in found])
    else:
        for one in found:
            _say(one)
    raise typer.Exit(int(any(one.verdict == "fault" for one in found)))


def _say(one: Finding) -> None:
    def written(word: Title, about: Title, found: Title, fix: Title | None) -> Title:
        tail = Title(f" → {fix.zh}", f" → {fix.en}") if fix else Title("", "")
        return Title(f"[{word.zh}] {about.zh}：{found.zh}{tail.zh}", f"[{word.en}] {about.en}: {found.en}{tail.en}")

    say(written(WORDS[one.verdict], one.about, one.found, one.fix if one.verdict != "ok" else None))


def check(data: Data, json: Json = False) -> None:
    """检查数据目录是否完好；只读，服务可以照常运行；有问题时退出码为 1 / Look whether the data is whole; reads only; exit code 1 if it is not."""
    with _bar() as (begun, told):
        found = list(checked(data, begun, told))
    if json:
        _write([_plain(one) for one in found])
    else:
        for one in found:
            _tell(one)
    raise typer.Exit(int(any(not one.sound for one in found)))


def _plain(one: Part) -> dict[str, object]:
    return {
        "part": one.name,
        "sound": one.sound,
        "looked_at": one.looked,
        "problems": [problem.en for problem in one.problems],
        "notes": [note.en for note in one.notes],
    }


def _tell(one: Part) -> None:
    word = WORDS["ok" if one.sound else "fault"]
    say(Title(f"[{word.zh}] {one.title.zh}：{one.looked} 项", f"[{word.en}] {one.title.en}: {one.looked} looked at"))
    for said in (*one.problems, *one.notes):
        say(Title(f"    {said.zh}", f"    {said.en}"))


def _write(found: object) -> None:
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")


@contextmanager
def _bar() -> Iterator[tuple[Callable[[Title], None], Callable[[int], None]]]:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        whole = bar.add_task("", total=len(PARTS))
        inside = bar.add_task("", total=None)

        def begun(title: Title) -> None:
            bar.update(whole, description=title.in_language(language()), advance=1)
            bar.reset(inside, total=None)

        yield begun, lambda count: bar.advance(inside, count)
