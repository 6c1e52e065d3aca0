"""Policies at the terminal: list them, check files with their tests, ask why."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.terminal import Data, cells, language, out, say
from yuzhang.entrance.policy import actions
from yuzhang.entrance.policy.model import Explanation, Statement
from yuzhang.entrance.policy.notation import Asked, Known, written
from yuzhang.entrance.policy.room import SHIPPED, Decider
from yuzhang.entrance.policy.trials import tried

OWN = "policies"
"""The folder of an installation's own policies, in its data folder."""
More = Annotated[
    list[Path] | None, typer.Option("--policies", help="另加的策略目录 / a folder of policies that are added")
]


def policy(people: Callable[[Path], Known]) -> typer.Typer:
    """The commands `yuzhang policy …`. `people`: who finds the parties of a data folder by their ids."""
    app = typer.Typer(no_args_is_help=True, help="策略：谁可以做什么 / policies: who may do what")
    app.command("list")(list_command)
    app.command("check")(check_command)

    @app.command("why")
    def why(
        subject: Annotated[
            str, typer.Argument(help="主体编号，或 role:plan-officer、kind:citizen / a party's id, a role or a kind")
        ],
        action: Annotated[str, typer.Argument(help="操作 / the action, such as plan.registry.actions.undo")],
        about: Annotated[
            str, typer.Argument(metavar="[OBJECT]", help="对象，如 brain.context/urn:x?level=3 / what it is about")
        ] = "",
        *,
        data: Data,
        more: More = None,
        purpose: Annotated[str, typer.Option(help="使用目的 / what for")] = "",
        factors: Annotated[int | None, typer.Option(help="鉴别方式数 / by how many kinds of proof", min=0)] = None,
        acting_for: Annotated[str, typer.Option(help="代谁 / in whose name")] = "",
        scopes: Annotated[str | None, typer.Option(help="令牌的范围，空格分隔 / scopes of a token")] = None,
    ) -> None:
        """说明为什么可以或不可以 / Say why somebody may or may not do something."""
        decider = decider_at(data, more)
        decider.people = people(data)
        asked = Asked(action, about, purpose, factors, acting_for, scopes)
        _say(actions.explain(decider, OPERATOR, subject, asked))

    return app


def decider_at(data: Path, more: Iterable[Path] | None = None) -> Decider:
    """The decider of a data folder: what is shipped, what lies in its `policies`, and more folders. Raises PolicyRefused."""
    return Decider([data / OWN, *(more or ())])


def list_command(data: Data, more: More = None) -> None:
    """列出全部策略 / List all policies."""
    table = Table(show_edge=False)
    heads = ("编号", "作用", "策略", "位置") if language() == "zh" else ("id", "effect", "policy", "place")
    for one in heads:
        table.add_column(one, overflow="fold")
    for each in actions.policies(decider_at(data, more), OPERATOR):
        table.add_row(*cells(each.id, each.effect, each.title.in_language(language()), each.place))
    out.print(table)


def check_command(
    data: Data,
    folders: Annotated[list[Path] | None, typer.Argument(help="策略目录 / folders of policies")] = None,
) -> None:
    """检查策略文件并运行其用例 / Check policy files and run the cases beside them."""
    decider = decider_at(data, folders)
    count, faults = 0, 0
    for folder in dict.fromkeys((SHIPPED, data / OWN, *(folders or ()))):
        for outcome in tried(decider, folder):
            count += 1
            if outcome.fault is not None:
                faults += 1
                name = Title(outcome.trial.zh, outcome.trial.en)
                say(
                    Title(
                        f"{outcome.place}：{name.zh}：{outcome.fault.zh}",
                        f"{outcome.place}: {name.en}: {outcome.fault.en}",
                    )
                )
    policies = len(decider.statements)
    say(
        Title(
            f"{policies} 条策略有效；{count} 个用例，{faults} 个不符。",
            f"{policies} policies hold; {count} cases, {faults} of them differ.",
        )
    )
    if faults:
        raise typer.Exit(1)


def _say(one: Explanation) -> None:
    who, what = one.question.caller.id, one.question.policy.action
    about = written(one.question.about)
    say(
        Title(f"可以：{who} · {what} · {about}", f"Yes: {who} · {what} · {about}")
        if one.allowed
        else Title(f"不可以：{who} · {what} · {about}", f"No: {who} · {what} · {about}")
    )
    for statement in one.decided:
        _say_statement(statement)
    if not one.allowed and not one.decided:
        say(Title("没有策略允许。", "No policy permits it."))
    for remedy in one.remedies:
        say(Title(f"→ {remedy.zh}", f"→ It would be a yes {remedy.en}."))
    if one.nearest:
        say(Title("须有的不同：", "What would have to be different:"))
    for near in one.nearest:
        say(
            Title(
                f"  {near.statement.title.zh}（{near.statement.place}）",
                f"  {near.statement.title.en} ({near.statement.place})",
            )
        )
        for missing in near.missing:
            say(Title(f"    - {missing.zh}", f"    - {missing.en}"))


def _say_statement(one: Statement) -> None:
    say(
        Title(
            f"{one.title.zh}（{one.id}，{one.file}:{one.line}；{one.why}）",
            f"{one.title.en} ({one.id}, {one.file}:{one.line}; {one.why})",
        )
    )
    say(Title(one.text, one.text))
