"""What happens in other rooms, as applications are told of it."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from entrance.api.conftest import APPLICATION
from entrance.api.consumers import Consumer, consuming
from first_city import CITY
from yuzhang.core.access import OPERATOR, Party
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.api.webhooks import actions
from yuzhang.entrance.api.webhooks.collecting import collect
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store.parties import set_status
from yuzhang.plan.figures.actions import define_series, import_figures, undo_import
from yuzhang.plan.registry.actions import load_city, revisions

KINDS = ["figures.imported", "plan.changed"]


@pytest.fixture
def consumer() -> Iterator[Consumer]:
    """Where messages go."""
    with consuming() as made:
        yield made


@pytest.fixture
def near(identity: Identity) -> Api:
    """The room of an installation that may go to addresses of this machine."""
    return Api(identity.storage, identity.secrets, identity.guard, private_addresses=True)


def told(api: Api, owner: Party, webhook: str) -> list[tuple[str, dict[str, object]]]:
    """Kinds and data of all messages, the oldest first."""
    found = [json.loads(one.body) for one in reversed(actions.deliveries(api, owner, webhook))]
    return [(one["type"], one["data"]) for one in found]


def take_figures(api: Api) -> int:
    """Import one figure, as at the terminal."""
    storage = api.storage
    define_series(storage, OPERATOR, CITY / "series.toml")
    head, row, *_ = (CITY / "figures.csv").read_text().splitlines()
    made = import_figures(storage, OPERATOR, f"{head}\n{row}\n".encode(), "figures.csv")
    assert made.import_id is not None
    return made.import_id


def test_an_import_its_withdrawal_and_a_changed_plan_are_told_once_wherever_they_were_done(
    near: Api, owner: Party, consumer: Consumer
) -> None:
    made = actions.add(near, owner, APPLICATION, consumer.address, KINDS)
    imported = take_figures(near)
    undone = undo_import(near.storage, OPERATOR, imported)
    plan = load_city(near.storage, OPERATOR, CITY).plan.id
    collect(near)
    collect(Api(near.storage, near.secrets, near.guard))
    found = told(near, owner, made.webhook.id)
    assert [(kind, data["import_id"], data["undoes"]) for kind, data in found if kind == "figures.imported"] == [
        ("figures.imported", imported, None),
        ("figures.imported", undone.id, imported),
    ]
    changed = [data["revision"] for kind, data in found if kind == "plan.changed"]
    assert changed == sorted(one.number for one in revisions(near.storage, OPERATOR, plan))


def test_what_happened_before_a_webhook_was_made_is_not_told(near: Api, owner: Party, consumer: Consumer) -> None:
    take_figures(near)
    now = near.now
    near.now = lambda: now() + timedelta(hours=1)
    made = actions.add(near, owner, APPLICATION, consumer.address, KINDS)
    collect(near)
    assert told(near, owner, made.webhook.id) == []


def test_a_suspended_application_is_told_nothing(near: Api, owner: Party, consumer: Consumer) -> None:
    made = actions.add(near, owner, APPLICATION, consumer.address, KINDS)
    take_figures(near)
    with near.storage.writing() as connection:
        set_status(connection, APPLICATION, "suspended")
    collect(near)
    assert told(near, owner, made.webhook.id) == []
