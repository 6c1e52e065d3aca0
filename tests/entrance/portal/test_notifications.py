"""A notification stands on its party's page, and reaches it by the channels that it chose, however often a server is away."""

import base64
import email
import email.policy
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrance.portal.sinks import Mailbox, Received, certificate, gateway, mail_server
from yuzhang.core.access import OPERATOR, STRANGER, Party
from yuzhang.core.errors import NotAllowed
from yuzhang.core.language import Title
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import Storage
from yuzhang.entrance.portal import actions, store
from yuzhang.entrance.portal.delivery.channels import Channels, Gateway, Post, channels
from yuzhang.entrance.portal.delivery.outbox import MOST_TRIES, Outbox, wait_s
from yuzhang.entrance.portal.errors import NoSuchNotification, UnfitChannel, UnfitPreference
from yuzhang.entrance.portal.model import Channel, Contact, Kind
from yuzhang.entrance.portal.room import Portal
from yuzhang.web.appearance import Appearance

ANNA = Party("anna", frozenset({"visitor", "self"}), kind="citizen")
BEN = Party("ben", frozenset({"visitor", "self"}), kind="official")
SECRET = "a shared secret of a gateway"  # noqa: S105  # the test's own
TITLE = Title("审核通过", "Your review is done")
TEXT = Title("请查看结果。", "Look at the result.")


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """A mail server."""
    with mail_server(certificate(tmp_path)) as box:
        yield box


@pytest.fixture
def received() -> Iterator[Received]:
    """A gateway."""
    with gateway() as got:
        yield got


@pytest.fixture
def portal(storage: Storage, mailbox: Mailbox, received: Received, tmp_path: Path) -> Iterator[Portal]:
    """A portal with all channels, whose outbox sends when a test says so."""
    post = Post("127.0.0.1", mailbox.port, "brain@city.example", ca=tmp_path / "mail.pem")
    to = Gateway(received.url, SECRET)
    made = Portal(storage, Secrets(b"k" * 32), (), Channels(post, to, to), "https://brain.example")
    yield made
    made.index.close()


class Clock:
    """A time that a test sets."""

    def __init__(self) -> None:
        self.at = 2_000_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.at


@pytest.fixture
def clock(portal: Portal) -> Clock:
    """The time of the portal's outbox."""
    made = Clock()
    portal.outbox = Outbox(portal.storage, portal._send, made)
    return made


def reach(portal: Portal, *pairs: tuple[Kind, Channel]) -> None:
    """Have Anna reached so."""
    actions.choose_channels(portal, ANNA, Contact("anna@example.cn", "13800000000"), pairs)


def test_party_reads_what_it_was_told_and_nobody_else_does(portal: Portal) -> None:
    first = portal.tell("anna", Kind.PLAN, TITLE, TEXT, "/plan")
    portal.tell("anna", Kind.CASE, TITLE)
    listed, every, unread = actions.notifications(portal, ANNA)
    assert [one.kind for one in listed] == [Kind.CASE, Kind.PLAN]
    assert (every, unread, portal.own(ANNA, "/").unread) == (2, 2, 2)
    assert actions.notifications(portal, BEN)[1:] == (0, 0)
    with pytest.raises(NoSuchNotification):
        actions.mark_read(portal, BEN, first)
    actions.mark_read(portal, ANNA, first)
    actions.mark_read(portal, ANNA, first)
    assert [one.id for one in actions.notifications(portal, ANNA, unread_only=True)[0]] != [first]
    actions.mark_read(portal, ANNA)
    assert portal.own(ANNA, "/").unread == 0


def test_only_who_may_tells_somebody_something(portal: Portal) -> None:
    with pytest.raises(NotAllowed):
        actions.notify(portal, ANNA, "ben", Kind.SYSTEM, TITLE)
    with pytest.raises(NotAllowed):
        actions.notifications(portal, STRANGER)
    assert actions.notify(portal, OPERATOR, "ben", Kind.SYSTEM, TITLE) > 0


def test_mail_arrives_encrypted_in_the_partys_language_with_a_link(portal: Portal, mailbox: Mailbox) -> None:
    reach(portal, (Kind.PLAN, Channel.EMAIL))
    actions.prefer(portal, ANNA, Appearance(language="en"))
    portal.tell("anna", Kind.PLAN, TITLE, TEXT, "/plan/x")
    portal.tell("anna", Kind.CASE, TITLE)  # of a kind that she does not want mailed
    assert portal.outbox.send_due() == 1
    mail = email.message_from_string(mailbox.mails[0], policy=email.policy.default)
    assert (mail["to"], mail["from"], mail["subject"]) == (
        "anna@example.cn", "brain@city.example", "Your review is done"
    )  # fmt: skip
    assert mail["auto-submitted"] == "auto-generated"
    assert "https://brain.example/plan/x" in mail.get_content()
    assert mailbox.encrypted == [True]
    assert portal.outbox.send_due() == 0, "once"


def test_mail_to_a_server_with_an_unknown_certificate_is_not_sent(
    portal: Portal, mailbox: Mailbox, clock: Clock
) -> None:
    assert portal.channels.post
    portal.channels = Channels(Post("127.0.0.1", mailbox.port, "brain@city.example"))
    reach(portal, (Kind.PLAN, Channel.EMAIL))
    portal.tell("anna", Kind.PLAN, TITLE)
    assert portal.outbox.send_due() == 1
    assert mailbox.mails == []
    with portal.storage.reading() as connection:
        assert store.waiting(connection)[0] == 1, "it waits for a better day"


def test_text_message_and_webhook_are_signed_so_that_a_gateway_can_tell(portal: Portal, received: Received) -> None:
    reach(portal, (Kind.CASE, Channel.SMS), (Kind.CASE, Channel.WEBHOOK))
    portal.tell("anna", Kind.CASE, TITLE, TEXT, "/cases/1")
    assert portal.outbox.send_due() == 2
    for headers, body in received.messages:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
    said = [json.loads(body) for _, body in received.messages]
    sms, hook = sorted(said, key=lambda one: "party" in one)  # in whichever order they were sent
    assert sms["to"] == "13800000000"
    assert "审核通过" in sms["text"]
    assert (hook["party"], hook["kind"], hook["title"]["en"]) == ("anna", "case", "Your review is done")


def test_what_a_server_does_not_take_is_tried_later_and_later_and_arrives(
    portal: Portal, received: Received, clock: Clock
) -> None:
    reach(portal, (Kind.CASE, Channel.WEBHOOK))
    received.answers = [503, 500, 429]
    portal.tell("anna", Kind.CASE, TITLE)
    for tries in (1, 2, 3):
        assert portal.outbox.send_due() == 1
        assert portal.outbox.send_due() == 0, "not before its time"
        clock.at += wait_s(tries)
    assert portal.outbox.send_due() == 1
    assert len({headers["webhook-id"] for headers, _ in received.messages}) == 1, "one message, so that it counts once"
    with portal.storage.reading() as connection:
        assert store.waiting(connection) == (0, 0, None)


def test_what_cannot_arrive_is_given_up_and_counted(
    portal: Portal, received: Received, mailbox: Mailbox, clock: Clock
) -> None:
    reach(portal, (Kind.CASE, Channel.WEBHOOK), (Kind.CASE, Channel.EMAIL))
    received.answers, mailbox.refusing = [410], ["550 no such mailbox"]
    portal.tell("anna", Kind.CASE, TITLE)
    assert portal.outbox.send_due() == 2
    with portal.storage.reading() as connection:
        assert store.waiting(connection)[:2] == (0, 2)
    received.answers = [503] * (MOST_TRIES + 1)
    actions.choose_channels(portal, ANNA, Contact(), [(Kind.CASE, Channel.WEBHOOK)])
    portal.tell("anna", Kind.CASE, TITLE)
    began, tried = clock.at, 0
    while made := portal.outbox.send_due():
        tried += made
        clock.at += wait_s(MOST_TRIES)
    assert tried == MOST_TRIES
    assert clock.at - began > 86_400, "a day at least"


def test_a_process_that_dies_while_it_sends_leaves_the_message_to_be_sent(
    portal: Portal, received: Received, clock: Clock
) -> None:
    reach(portal, (Kind.CASE, Channel.WEBHOOK))
    portal.tell("anna", Kind.CASE, TITLE)
    with portal.storage.writing() as connection:
        assert len(store.take_due(connection, clock.at, clock.at + 120, 10)) == 1  # and is heard of no more
    assert portal.outbox.send_due() == 0
    clock.at += 121
    assert portal.outbox.send_due() == 1
    assert len(received.messages) == 1


def test_the_log_names_no_person_and_the_file_holds_no_address(
    portal: Portal, received: Received, mailbox: Mailbox, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    reach(portal, (Kind.CASE, Channel.SMS), (Kind.CASE, Channel.EMAIL))
    received.answers, mailbox.refusing = [503], ["450 later anna@example.cn"]
    with caplog.at_level(logging.DEBUG):
        portal.tell("anna", Kind.CASE, TITLE)
        portal.outbox.send_due()
    own = [one.getMessage() for one in caplog.records if one.name.startswith("yuzhang")]
    assert len(own) == 2
    assert not [one for one in own if "anna" in one or "138" in one or "审核" in one]
    files = b"".join(path.read_bytes() for path in portal.storage.folder.glob("state.db*"))
    assert b"anna@example.cn" not in files
    assert b"13800000000" not in files


def test_the_outbox_works_by_itself_while_the_server_runs(portal: Portal, received: Received) -> None:
    reach(portal, (Kind.CASE, Channel.WEBHOOK))
    portal.start()
    try:
        portal.tell("anna", Kind.CASE, TITLE)
        for _ in range(500):
            if received.messages:
                break
            portal.refreshing._ended.wait(0.01)
    finally:
        portal.stop()
    assert len(received.messages) == 1


@pytest.mark.parametrize(
    ("reached", "pair"),
    [
        (Contact("not an address"), (Kind.CASE, Channel.EMAIL)),
        (Contact("a@b.cn\nBcc: x@y.cn"), (Kind.CASE, Channel.EMAIL)),
        (Contact("", "call me"), (Kind.CASE, Channel.SMS)),
        (Contact(), (Kind.CASE, Channel.EMAIL)),
        (Contact(), (Kind.CASE, Channel.SMS)),
    ],
)
def test_a_contact_that_is_none_is_refused(portal: Portal, reached: Contact, pair: tuple[Kind, Channel]) -> None:
    with pytest.raises(UnfitPreference):
        actions.choose_channels(portal, ANNA, reached, [pair])
    assert actions.channels_wanted(portal, ANNA) == set()


SMTP = {"YUZHANG_SMTP_HOST": "mail.example", "YUZHANG_SMTP_FROM": "brain@city.example"}


def test_channels_come_from_the_environment_and_there_are_none_by_default() -> None:
    assert channels({}).ready == ()
    post = channels(SMTP).post
    assert post
    assert (post.port, post.security) == (587, "starttls")
    sms = {"YUZHANG_SMS_URL": "https://sms.example/send", "YUZHANG_SMS_SECRET": SECRET}
    assert channels(SMTP | sms).ready == (Channel.EMAIL, Channel.SMS)
    assert SECRET not in repr(channels(SMTP | sms))


@pytest.mark.parametrize(
    ("environment", "where"),
    [
        (SMTP | {"YUZHANG_SMTP_SECURITY": "none"}, "YUZHANG_SMTP_SECURITY"),
        (SMTP | {"YUZHANG_SMTP_SECURITY": "perhaps"}, "YUZHANG_SMTP_SECURITY"),
        (SMTP | {"YUZHANG_SMTP_FROM": "nobody"}, "YUZHANG_SMTP_FROM"),
        (SMTP | {"YUZHANG_SMTP_PORT": "99999"}, "YUZHANG_SMTP_PORT"),
        ({"YUZHANG_SMS_URL": "http://sms.example", "YUZHANG_SMS_SECRET": SECRET}, "YUZHANG_SMS_URL"),
        ({"YUZHANG_WEBHOOK_URL": "https://hook.example", "YUZHANG_WEBHOOK_SECRET": "short"}, "YUZHANG_WEBHOOK_SECRET"),
    ],
)
def test_a_channel_that_is_not_safe_is_refused_by_name(environment: dict[str, str], where: str) -> None:
    with pytest.raises(UnfitChannel) as refused:
        channels(environment)
    assert refused.value.where == where
