"""A party's own sessions: seen, ended one by one, or all of them."""

from yuzhang.core.access import Party, action
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.identity.model import Session
from yuzhang.entrance.identity.opening import ended, others, tell, told
from yuzhang.entrance.identity.room import Identity


@action("self", reads=True)
def sessions(identity: Identity, caller: Party, /) -> list[Session]:
    """The caller's sessions that last, the newest first."""
    with identity.storage.reading() as connection:
        return others(identity, connection, caller.id)


@action("self", reads=False)
def end(identity: Identity, caller: Party, /, session: str) -> None:
    """End one of the caller's sessions. Raises NotFound if it has none of that id."""
    with identity.storage.writing() as connection:
        found = [one for one in others(identity, connection, caller.id) if one.id == session]
        ended(identity, connection, found)
        if found:
            tell(identity, connection, caller.id, "session_ended", caller)
    if not found:
        raise NotFound(
            Title("没有这个登录会话，或它已结束。", "There is no such session, or it has ended."), where=session
        )
    told(identity, found)


@action("self", reads=False)
def end_others(identity: Identity, caller: Party, /) -> int:
    """End all the caller's sessions but the one it asks in; how many."""
    with identity.storage.writing() as connection:
        found = others(identity, connection, caller.id, but=caller.session)
        ended(identity, connection, found)
        if found:
            tell(identity, connection, caller.id, "others_ended", caller)
    told(identity, found)
    return len(found)


@action("self", reads=False)
def sign_out(identity: Identity, caller: Party, /) -> None:
    """End the session that the caller asks in."""
    with identity.storage.writing() as connection:
        found = [one for one in others(identity, connection, caller.id) if one.id == caller.session]
        ended(identity, connection, found)
    told(identity, found)


@action("self", reads=False)
def sign_out_everywhere(identity: Identity, caller: Party, /) -> int:
    """End all the caller's sessions, this one too; how many."""
    with identity.storage.writing() as connection:
        found = others(identity, connection, caller.id)
        ended(identity, connection, found)
        tell(identity, connection, caller.id, "signed_out_everywhere", caller)
    told(identity, found)
    return len(found)
