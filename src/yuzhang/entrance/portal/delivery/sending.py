"""One notification on one channel: a mail over SMTP, or a signed POST to a gateway."""

import base64
import hashlib
import hmac
import smtplib
import ssl
import time
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import httpx
import msgspec

from yuzhang.core.language import Language
from yuzhang.entrance.portal.delivery.channels import Channels, Gateway, Post
from yuzhang.entrance.portal.model import Channel, Contact, Waiting

PATIENCE_S = 15.0
REFUSED_FOR_GOOD = frozenset({400, 404, 405, 410, 413, 415, 422})


class Undelivered(Exception):
    """It did not arrive. `for_good`: nor will it, however often it is tried. The text names no person."""

    def __init__(self, why: str, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent: in the party's language, or in both."""

    subject: str
    body: str


def letter(waiting: Waiting, language: Language | None, address: str) -> Letter:
    """A notification as a text; `address` is how the outside reaches this server, empty if nobody said so."""
    one = waiting.notification
    tongues: tuple[Language, ...] = (language,) if language else ("zh", "en")
    subject = " / ".join(dict.fromkeys(one.title.in_language(tongue) for tongue in tongues))
    parts = [one.text.in_language(tongue) or one.title.in_language(tongue) for tongue in tongues]
    link = f"{address}{one.address}" if address and one.address else ""
    return Letter(" ".join(subject.split()), "\n\n".join([*dict.fromkeys(parts), *([link] if link else [])]))


def send(channels: Channels, waiting: Waiting, to: Contact, written: Letter) -> None:
    """Send it. Raises Undelivered."""
    match waiting.channel:
        case Channel.EMAIL if channels.post and to.email:
            _mail(channels.post, waiting, to.email, written)
        case Channel.SMS if channels.sms and to.phone:
            _post(channels.sms, waiting, {"to": to.phone, "text": f"{written.subject}\n{written.body}"})
        case Channel.WEBHOOK if channels.webhook:
            _post(channels.webhook, waiting, _told(waiting))
        case _:
            raise Undelivered("nowhere to send it to", for_good=True)


def _told(waiting: Waiting) -> dict[str, object]:
    one = waiting.notification
    return {
        "party": waiting.party,
        "kind": one.kind.value,
        "title": {"zh": one.title.zh, "en": one.title.en},
        "text": {"zh": one.text.zh, "en": one.text.en},
        "address": one.address,
        "made": one.made.isoformat(),
    }


def _mail(post: Post, waiting: Waiting, to: str, written: Letter) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = post.sender, to, written.subject
    message["Date"] = format_datetime(waiting.notification.made)
    # The same for every try, so that whoever gets it twice shows it once.
    message["Message-ID"] = (
        make_msgid(f"{waiting.id}").split("@")[0].split(".")[0] + f".{waiting.id}@{post.sender.rpartition('@')[2]}>"
    )
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(written.body)
    try:
        with _connection(post) as server:
            if post.user:
                server.login(post.user, post.password)
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as err:
        codes = [code for code, _ in err.recipients.values()]
        raise Undelivered("the mail server takes no mail for it", all(code >= 500 for code in codes)) from err
    except (OSError, smtplib.SMTPException) as err:
        raise Undelivered(f"mail server: {type(err).__name__}") from err


def _connection(post: Post) -> smtplib.SMTP:
    checked = ssl.create_default_context(cafile=str(post.ca) if post.ca else None)
    if post.security == "tls":
        return smtplib.SMTP_SSL(post.host, post.port, timeout=PATIENCE_S, context=checked)
    server = smtplib.SMTP(post.host, post.port, timeout=PATIENCE_S)
    if post.security == "starttls":
        try:
            server.starttls(context=checked)
        except BaseException:
            server.close()
            raise
    return server


def _post(gateway: Gateway, waiting: Waiting, body: dict[str, object]) -> None:
    content = msgspec.json.encode(body)
    number, at = f"msg_{waiting.id}", str(int(time.time()))
    headers = {
        "content-type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": at,
        "webhook-signature": signature(gateway.secret, number, at, content),
    }
    try:
        with httpx.Client(timeout=PATIENCE_S, trust_env=False) as client:
            answer = client.post(gateway.url, content=content, headers=headers)
    except httpx.HTTPError as err:
        raise Undelivered(f"gateway: {type(err).__name__}") from err
    if not answer.is_success:
        raise Undelivered(f"gateway: answered {answer.status_code}", answer.status_code in REFUSED_FOR_GOOD)


def signature(secret: str, number: str, at: str, content: bytes) -> str:
    """How a gateway knows that a message is ours, and not an old one. Source: Standard Webhooks 1.0.0, "Signature scheme".

    >>> signature("s" * 16, "msg_1", "1767225600", b"{}")[:3]
    'v1,'
    """
    signed = hmac.new(secret.encode(), f"{number}.{at}.".encode() + content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"
