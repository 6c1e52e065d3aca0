"""The words of the portal: favourites, notifications, and by which ways these reach a party."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from yuzhang.core.language import Title


class Channel(StrEnum):
    """A way that a notification takes beside the page, where the installation has it."""

    EMAIL = "email"
    SMS = "sms"
    WEBHOOK = "webhook"


class Kind(StrEnum):
    """What a notification is about."""

    ACCOUNT = "account"
    PLAN = "plan"
    DATA = "data"
    CASE = "case"
    OFF_DUTY = "off-duty"
    SYSTEM = "system"


KIND_TITLES = {
    Kind.ACCOUNT: Title("账户与安全", "Account and security"),
    Kind.PLAN: Title("规划与审核", "Plan and reviews"),
    Kind.DATA: Title("数据与数据源", "Data and sources"),
    Kind.CASE: Title("办件", "Cases"),
    Kind.OFF_DUTY: Title("办件（不值班时）", "Cases, while off duty"),
    Kind.SYSTEM: Title("系统", "System"),
}
CHANNEL_TITLES = {
    Channel.EMAIL: Title("电子邮件", "E-mail"),
    Channel.SMS: Title("短信", "Text message"),
    Channel.WEBHOOK: Title("网络回调", "Webhook"),
}


@dataclass(frozen=True, slots=True)
class Favourite:
    """A page that a party starred, with the title that it had."""

    address: str
    title: str
    added: datetime


@dataclass(frozen=True, slots=True)
class Notification:
    """Something that a party is told. `address`: the page of this server that it is about, empty for none."""

    id: int
    kind: Kind
    title: Title
    text: Title
    address: str
    made: datetime
    read: datetime | None


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a party is reached outside of the page; empty where it is not."""

    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notification on its way by one channel."""

    id: int
    party: str
    channel: Channel
    notification: Notification
    tries: int
