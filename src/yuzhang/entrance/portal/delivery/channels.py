"""The channels that an installation has, as its environment names them.

YUZHANG_SMTP_HOST, _PORT, _USER, _PASSWORD, _FROM, _SECURITY (starttls, tls; none only on this machine), _CA (a file)
YUZHANG_SMS_URL, YUZHANG_SMS_SECRET
YUZHANG_WEBHOOK_URL, YUZHANG_WEBHOOK_SECRET
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from yuzhang.core.language import Title
from yuzhang.core.settings import is_loopback
from yuzhang.entrance.portal.errors import UnfitChannel
from yuzhang.entrance.portal.model import Channel

Security = Literal["starttls", "tls", "none"]
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
LEAST_SECRET = 16


@dataclass(frozen=True, slots=True)
class Post:
    """A mail server. `ca`: the certificates that it is checked against, None for those of the machine."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    security: Security = "starttls"
    ca: Path | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where messages are posted to, signed with `secret`."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Channels:
    """What there is of them."""

    post: Post | None = None
    sms: Gateway | None = None
    webhook: Gateway | None = None

    @property
    def ready(self) -> tuple[Channel, ...]:
        """Those that can be used."""
        there = {Channel.EMAIL: self.post, Channel.SMS: self.sms, Channel.WEBHOOK: self.webhook}
        return tuple(channel for channel, one in there.items() if one is not None)


def channels(environment: Mapping[str, str] = os.environ) -> Channels:
    """The channels as the environment names them. Raises UnfitChannel, naming the variable."""
    return Channels(_post(environment), _gateway(environment, "YUZHANG_SMS"), _gateway(environment, "YUZHANG_WEBHOOK"))


def _post(environment: Mapping[str, str]) -> Post | None:
    host = environment.get("YUZHANG_SMTP_HOST", "")
    if not host:
        return None
    security = environment.get("YUZHANG_SMTP_SECURITY") or "starttls"
    if security not in PORTS:
        raise _unfit("YUZHANG_SMTP_SECURITY", "可选 starttls、tls、none。", "It is starttls, tls or none.")
    if security == "none" and not is_loopback(host):
        raise _unfit(
            "YUZHANG_SMTP_SECURITY",
            "只有本机的邮件服务器可以不用 TLS。",
            "Only a mail server on this machine may be spoken to without TLS.",
        )
    sender = environment.get("YUZHANG_SMTP_FROM", "")
    if "@" not in sender:
        raise _unfit("YUZHANG_SMTP_FROM", "请填写发件地址。", "Name the address that mail comes from.")
    port = environment.get("YUZHANG_SMTP_PORT") or str(PORTS[security])
    if not port.isdigit() or not 0 < int(port) < 65_536:
        raise _unfit("YUZHANG_SMTP_PORT", "端口是 1 到 65535 的数。", "A port is a number from 1 to 65535.")
    ca = environment.get("YUZHANG_SMTP_CA")
    return Post(
        host,
        int(port),
        sender,
        environment.get("YUZHANG_SMTP_USER", ""),
        environment.get("YUZHANG_SMTP_PASSWORD", ""),
        security,
        Path(ca) if ca else None,
    )


def _gateway(environment: Mapping[str, str], prefix: str) -> Gateway | None:
    url = environment.get(f"{prefix}_URL", "")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _unfit(f"{prefix}_URL", "请填写 https:// 地址。", "It is an https:// address.")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise _unfit(
            f"{prefix}_URL",
            "其他机器上的网关必须用 https。",
            "A gateway on another machine has to be reached by https.",
        )
    secret = environment.get(f"{prefix}_SECRET", "")
    if len(secret) < LEAST_SECRET:
        raise _unfit(
            f"{prefix}_SECRET",
            f"签名密钥至少 {LEAST_SECRET} 个字符。",
            f"The secret that signs has {LEAST_SECRET} characters at least.",
        )
    return Gateway(url, secret)


def _unfit(variable: str, chinese: str, english: str) -> UnfitChannel:
    return UnfitChannel(
        Title(f"{variable} 配置有误：{chinese}", f"{variable} does not fit: {english}"),
        where=variable,
        fix=Title("见 docs/how-to/use-the-portal.zh.md。", "See docs/how-to/use-the-portal.md."),
    )
