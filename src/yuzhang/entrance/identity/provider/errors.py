"""Errors of the provider: what the protocol has a word for, and what it has none for."""

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title


class OAuthRefused(InputRefused):
    """A request of another program does not fit; `error` is the protocol's word for it (RFC 6749, 4.1.2.1 and 5.2)."""

    code = "oauth-refused"
    status = 400
    title = Title("应用的请求不合要求", "The program's request does not fit")

    def __init__(self, error: str, chinese: str, english: str, *, status: int = 400) -> None:
        super().__init__(
            Title(chinese, english),
            where=error,
            fix=Title("请把这条信息告诉该应用的管理者。", "Tell whoever runs the program."),
        )
        self.error = error
        self.answers = status


class ClientRefused(InputRefused):
    """What was said of a client cannot be registered."""

    code = "client-refused"
    title = Title("不能这样登记应用", "The client cannot be registered so")


class TooEarly(InputRefused):
    """The next key has not been published for long enough: clients that keep the old list would refuse its tokens."""

    code = "key-too-new"
    status = 409
    title = Title("新密钥发布时间不足", "The next key is too new")
