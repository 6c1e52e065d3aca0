"""Webhooks, as a real consumer gets them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from entrance.api.conftest import APPLICATION
from entrance.api.consumers import Consumer, consuming, until
from yuzhang.client.webhooks import NotGenuine, signature, verify
from yuzhang.core.access import Party
from yuzhang.core.errors import NotAllowed, NotFound
from yuzhang.core.secrets import Secrets
from yuzhang.entrance.api import keys
from yuzhang.entrance.api.errors import UnfitWebhook
from yuzhang.entrance.api.keys import Wanted
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.api.webhooks import actions, publishing
from yuzhang.entrance.api.webhooks.collecting import collect
from yuzhang.entrance.api.webhooks.delivering import WAITS_S, Delivering
from yuzhang.entrance.api.webhooks.model import NewWebhook
from yuzhang.entrance.identity.room import Identity


@pytest.fixture
def consumer() -> Iterator[Consumer]:
    """Where messages go."""
    with consuming() as made:
        yield made


def room(identity: Identity, *waits_s: float, private: bool = True, secrets: Secrets | None = None) -> Api:
    """The room of a new process; what fails is tried again after these seconds."""
    made = Api(identity.storage, secrets or identity.secrets, identity.guard, private_addresses=private)
    if waits_s:
        made.delivering = Delivering(
            made.storage, made.secrets, lambda: made.now(), lambda: collect(made), private=private, waits_s=waits_s
        )
    return made


@pytest.fixture
def near(identity: Identity) -> Iterator[Api]:
    """The room of an installation that may go to addresses of this machine; it tries twice again at once."""
    made = room(identity, 0, 0)
    made.start()
    yield made
    made.stop()


def webhook(api: Api, owner: Party, consumer: Consumer, *kinds: str) -> NewWebhook:
    """A webhook of the application."""
    return actions.add(api, owner, APPLICATION, consumer.address, kinds or ("key.made", "key.revoked"))


@pytest.mark.parametrize("suite", ["international", "sm"])
def test_a_consumer_sees_that_a_message_is_genuine_and_refuses_changed_old_and_foreign_ones(
    identity: Identity, owner: Party, consumer: Consumer, suite: str
) -> None:
    api = room(identity, secrets=Secrets(b"k" * 32, "sm" if suite == "sm" else "international"))
    made = webhook(api, owner, consumer)
    api.start()
    new = keys.add(api, owner, APPLICATION, Wanted("display"))
    headers, body = consumer.wait(1)[0]
    api.stop()
    event = verify(headers, body, made.secret)
    assert (event.kind, event.data["key"]) == ("key.made", new.key.id)
    assert new.text.split("_", 2)[2].encode() not in body
    sent_at = int(headers["webhook-timestamp"])
    verify(headers, body, made.secret, now=sent_at + 299)
    foreign = "whsec_" + "A" * 44
    later = headers | {"webhook-timestamp": str(sent_at + 1)}
    cases: list[Callable[[], object]] = [
        lambda: verify(headers, body.replace(b"display", b"Display"), made.secret),
        lambda: verify(headers, body, foreign),
        lambda: verify(later, body, made.secret),
        lambda: verify(headers, body, made.secret, now=sent_at + 301),
        lambda: verify(headers, body, made.secret, now=sent_at - 301),
        lambda: verify(headers | {"webhook-signature": "v1,"}, body, made.secret),
        lambda: verify({}, body, made.secret),
    ]
    for case in cases:
        with pytest.raises(NotGenuine):
            case()


def test_one_of_several_signatures_suffices_and_a_wrong_secret_is_said_to_be_none() -> None:
    secret, body = (
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        b'{"type":"x","timestamp":"2026-03-02T00:00:00Z","data":{}}',
    )
    headers = {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": "1614265330",
        "Webhook-Signature": f"v1,abc {signature(secret, 'msg_1', 1614265330, body)} v9,x",
    }
    assert verify(headers, body, secret, now=1614265330).at == datetime(2026, 3, 2, tzinfo=UTC)
    with pytest.raises(ValueError, match="whsec_"):
        verify(headers, body, "c2VjcmV0")


def test_what_fails_is_sent_again_with_the_same_id_and_what_comes_after_waits_for_it(
    near: Api, owner: Party, consumer: Consumer
) -> None:
    made = webhook(near, owner, consumer)
    consumer.answers = [500, 302]
    first = keys.add(near, owner, APPLICATION, Wanted("first"))
    keys.add(near, owner, APPLICATION, Wanted("second"))
    keys.revoke(near, owner, first.key.id)
    told = [verify(headers, body, made.secret) for headers, body in consumer.wait(5)]
    assert [one.data["label"] for one in told] == ["first", "first", "first", "second", "first"]
    assert told[4].kind == "key.revoked"
    assert len({one.id for one in told}) == 3
    until(lambda: all(one.state == "delivered" for one in actions.deliveries(near, owner, made.webhook.id)))
    assert [one.attempts for one in actions.deliveries(near, owner, made.webhook.id)] == [1, 1, 3]
    assert actions.webhooks(near, owner)[0].state == "active"


def test_tries_are_spread_over_a_day() -> None:
    assert sum(WAITS_S) == timedelta(hours=24).total_seconds()
    assert all(later >= 2 * sooner for sooner, later in pairwise(WAITS_S))


def test_a_webhook_that_nothing_reaches_is_disabled_with_a_reason_until_it_is_resumed(
    near: Api, owner: Party, consumer: Consumer
) -> None:
    made = webhook(near, owner, consumer)
    consumer.answers = [500] * 3
    keys.add(near, owner, APPLICATION, Wanted("lost"))
    keys.add(near, owner, APPLICATION, Wanted("kept"))
    until(lambda: actions.webhooks(near, owner)[0].state == "disabled")
    assert actions.webhooks(near, owner)[0].reason == "failed"
    kept, lost = actions.deliveries(near, owner, made.webhook.id)
    assert (lost.state, lost.status, kept.state) == ("given_up", 500, "waiting")
    actions.resume(near, owner, made.webhook.id)
    assert verify(*consumer.wait(4)[3], made.secret).data["label"] == "kept"
    actions.replay(near, owner, made.webhook.id, lost.number)
    assert verify(*consumer.wait(5)[4], made.secret).id == lost.id


def test_an_address_that_is_gone_is_not_asked_again(near: Api, owner: Party, consumer: Consumer) -> None:
    made = webhook(near, owner, consumer)
    consumer.answers = [410]
    actions.test(near, owner, made.webhook.id)
    until(lambda: actions.webhooks(near, owner)[0].reason == "gone")
    assert len(consumer.came) == 1


def test_a_paused_webhook_gets_later_what_happened_meanwhile(near: Api, owner: Party, consumer: Consumer) -> None:
    made = webhook(near, owner, consumer)
    actions.pause(near, owner, made.webhook.id)
    keys.add(near, owner, APPLICATION, Wanted("meanwhile"))
    assert actions.deliveries(near, owner, made.webhook.id)[0].state == "waiting"
    actions.resume(near, owner, made.webhook.id)
    assert verify(*consumer.wait(1)[0], made.secret).data["label"] == "meanwhile"


KILLED = """
import os, signal, sys
from pathlib import Path
from yuzhang.core.access import OPERATOR
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import Storage
from yuzhang.entrance.api import keys
from yuzhang.entrance.api.room import Api
api = Api(Storage(Path(sys.argv[1])), Secrets(b"k" * 32), OPERATOR.guard, private_addresses=True)
keys.add(api, OPERATOR, sys.argv[2], keys.Wanted("before the crash"))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_committed_before_kill_9_is_delivered_after_the_next_start(
    identity: Identity, owner: Party, consumer: Consumer
) -> None:
    api = room(identity)
    made = webhook(api, owner, consumer)
    command = [sys.executable, "-c", KILLED, str(api.storage.folder), APPLICATION]
    assert subprocess.run(command, env=os.environ, check=False).returncode == -signal.SIGKILL
    assert consumer.came == []
    api.start()
    assert verify(*consumer.wait(1)[0], made.secret).data["label"] == "before the crash"
    api.stop()


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x", "https://169.254.169.254/latest", "https://10.0.0.1/",
        "https://[::ffff:10.0.0.1]/", "https://2130706433/", "http://93.184.216.34/", "https://u:p@93.184.216.34/",
        "ftp://93.184.216.34/", "https:///x", "//x", "https://nowhere.invalid/", "https://93.184.216.34/#x",
    ],
)  # fmt: skip
def test_inner_and_unfit_addresses_are_refused(identity: Identity, owner: Party, address: str) -> None:
    with pytest.raises(UnfitWebhook) as refused:
        actions.add(room(identity, private=False), owner, APPLICATION, address, ["key.made"])
    assert refused.value.where == "/address"


def test_an_address_that_moved_into_the_network_is_not_gone_to(
    identity: Identity, owner: Party, consumer: Consumer
) -> None:
    made = webhook(room(identity), owner, consumer)
    closed = room(identity, 0, private=False)
    closed.start()
    actions.test(closed, owner, made.webhook.id)
    until(lambda: actions.deliveries(closed, owner, made.webhook.id)[0].state == "given_up")
    closed.stop()
    assert consumer.came == []
    assert "inner network" in actions.deliveries(closed, owner, made.webhook.id)[0].said


def test_only_who_looks_after_an_application_and_the_application_itself_have_its_webhooks(
    near: Api, owner: Party, other: Party, consumer: Consumer
) -> None:
    itself = replace(owner, id=APPLICATION, kind="application", roles=frozenset())
    made = actions.add(near, itself, APPLICATION, consumer.address, ["key.made"])
    assert [one.id for one in actions.webhooks(near, owner)] == [made.webhook.id]
    assert [one.id for one in actions.webhooks(near, itself)] == [made.webhook.id]
    assert actions.webhooks(near, other) == []
    for attempt in (
        lambda: actions.add(near, other, APPLICATION, consumer.address, ["key.made"]),
        lambda: actions.pause(near, other, made.webhook.id),
        lambda: actions.resume(near, other, made.webhook.id),
        lambda: actions.test(near, other, made.webhook.id),
        lambda: actions.deliveries(near, other, made.webhook.id),
        lambda: actions.replay(near, other, made.webhook.id, 1),
        lambda: actions.remove(near, other, made.webhook.id),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    actions.remove(near, owner, made.webhook.id)
    with pytest.raises(NotFound):
        actions.test(near, owner, made.webhook.id)


def test_more_messages_than_can_wait_disable_a_webhook(
    identity: Identity, owner: Party, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "MOST_WAITING", 2)
    api = room(identity)
    webhook(api, owner, consumer)
    for number in range(3):
        keys.add(api, owner, APPLICATION, Wanted(str(number)))
    assert actions.webhooks(api, owner)[0].reason == "full"
