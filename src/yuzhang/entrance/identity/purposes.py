"""What a party reads personal data for, as it declares on a page: for its session, until it says that it is over."""

from yuzhang.core.access import Party, action
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.entrance.identity.gate import LONGEST_PURPOSE, purpose_kept
from yuzhang.entrance.identity.naming import CONTROL
from yuzhang.entrance.identity.room import Identity


@action("self", reads=False)
def declare(identity: Identity, caller: Party, /, purpose: str) -> str:
    """What the browser keeps of a purpose. Raises InputRefused if it says nothing, and for whoever has no session."""
    said = " ".join(purpose.split())
    if not said or len(said) > LONGEST_PURPOSE or CONTROL.search(said):
        raise InputRefused(
            Title(f"目的为 1 至 {LONGEST_PURPOSE} 个字符。", f"A purpose has 1 to {LONGEST_PURPOSE} characters."),
            where="/purpose",
            fix=Title("请选择或写明目的。", "Choose one, or write it."),
        )
    if not caller.session:
        raise InputRefused(
            Title("只有登录会话可以保存目的。", "Only a session keeps a purpose."),
            where="/purpose",
            fix=Title("请登录；程序请带请求头 Yuzhang-Purpose。", "Sign in; programs send the header Yuzhang-Purpose."),
        )
    return purpose_kept(caller.session, said)


@action("self", reads=False)
def end(identity: Identity, caller: Party, /) -> None:
    """The purpose is over: personal data is asked for anew."""
