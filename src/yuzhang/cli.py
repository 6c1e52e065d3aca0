"""Puts the rooms' commands together into `yuzhang`."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from yuzhang.brain.cases.commands import app as cases
from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.context.commands import app as entities
from yuzhang.brain.context.smart_models.commands import app as models
from yuzhang.brain.history.commands import app as history
from yuzhang.brain.history.commands import backup, restore_command
from yuzhang.brain.history.nightly import daily_command
from yuzhang.brain.history.room import History
from yuzhang.brain.history.sql.commands import sql
from yuzhang.brain.history.sql.views import VIEWS
from yuzhang.brain.rules.commands import app as rules
from yuzhang.core.settings import parts
from yuzhang.core.terminal import RECORDERS, Data, opened, run, say
from yuzhang.entrance.api.commands import app as keys
from yuzhang.entrance.audit.commands import app as audit
from yuzhang.entrance.audit.terminal import recorded
from yuzhang.entrance.identity.answering import people_at
from yuzhang.entrance.identity.commands import app as party
from yuzhang.entrance.identity.outside.commands import app as outside
from yuzhang.entrance.identity.provider.commands import app as clients
from yuzhang.entrance.identity.provider.commands import keys as signing_keys
from yuzhang.entrance.policy.commands import policy
from yuzhang.foundation.registry.commands import app as devices
from yuzhang.foundation.sources.commands import observations
from yuzhang.foundation.sources.connectors.commands import source
from yuzhang.foundation.sources.model import Door
from yuzhang.loading import PlanText, load_folder
from yuzhang.operation.commands import check, doctor
from yuzhang.operation.packs.commands import app as packs
from yuzhang.plan.evaluation.commands import status
from yuzhang.plan.figures.commands import app as figures
from yuzhang.plan.figures.offered import FIGURES
from yuzhang.plan.registry.commands import app as plan
from yuzhang.plan.report.commands import report
from yuzhang.serving import serve
from yuzhang.simulator.commands import simulate

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="豫章：开放的城市大脑 / Yuzhang, an open City Brain",
)
city = typer.Typer(no_args_is_help=True, help="城市数据 / a city's folder")
plan.command("status")(status)
plan.command("report")(report)
policies = policy(people_at)
app.command("serve")(serve)
app.command("sql")(sql([*VIEWS, FIGURES]))
app.command("daily")(daily_command)
app.command("backup")(backup)
app.command("restore")(restore_command)
app.command("doctor")(doctor)
app.command("check")(check)
app.add_typer(history, name="history")
app.add_typer(plan, name="plan")
app.add_typer(figures, name="figures")
app.add_typer(city, name="city")
app.add_typer(entities, name="entities")
app.add_typer(models, name="models")
app.add_typer(clients, name="clients")
app.add_typer(keys, name="keys")
app.add_typer(audit, name="audit")
app.add_typer(policies, name="policy")
app.add_typer(party, name="party")
RECORDERS.append(recorded)
app.add_typer(signing_keys, name="signing-keys")
app.add_typer(outside, name="outside")
app.add_typer(devices, name="device")
app.add_typer(cases, name="cases")
app.add_typer(rules, name="rules")
app.add_typer(packs, name="pack")
app.command("simulate")(simulate)


@contextmanager
def own_door(data: Path) -> Iterator[Door]:
    """The door for observations of the data folder, beside a server or without one. Raises TryAgain if it cannot be opened."""
    there = parts()
    with opened(data) as storage, asyncio.Runner() as runner:
        broker = Broker(storage, BrokerSettings(database=there.context_database, bus=there.bus))
        runner.run(broker.start(serving=False))
        try:
            yield Door(Intake(broker), History(broker, storage).keys)
        finally:
            runner.run(broker.stop())


app.add_typer(observations(own_door), name="observations")
app.add_typer(source(own_door), name="source")


@policies.callback()
def _every_room() -> None:
    # Policies are checked against the actions of all rooms, which are known once they are imported.
    import yuzhang.app  # noqa: F401


@city.command("load")
def load(
    folder: Annotated[Path, typer.Argument(help="城市目录 / the city's folder")],
    data: Data,
    text: PlanText = None,
) -> None:
    """装入一座城市的规划与数据；已装入的保持不变 / Load a city's plan and figures; what is loaded already stays."""
    with opened(data) as storage:
        say(load_folder(storage, folder, text))


def main() -> None:
    """The command `yuzhang`."""
    run(app)
