"""Who may act in whose name: enterprises and officials give mandates to agents, and agents act by them.

An agent of an enterprise looks after its belongings; an official's stand-in (代理) has, besides, the roles that were lent, but never an
administrator's. Whoever acts for somebody keeps their own name in every record. Source: 民法典 (Civil Code), art. 161–175.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from yuzhang.core.access import Party, action
from yuzhang.core.errors import NotAllowed, NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.identity.apart import known
from yuzhang.entrance.identity.errors import ProofNeeded, UnfitMandate
from yuzhang.entrance.identity.model import ADMINISTRATORS, Account, Change, Mandate
from yuzhang.entrance.identity.naming import checked_field
from yuzhang.entrance.identity.opening import LONGEST_AGENT, Entered, need_fresh, tell, told
from yuzhang.entrance.identity.proofs.tokens import hash_of, new_name, new_token
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store import parties as kept
from yuzhang.entrance.identity.store import sessions as kept_sessions
from yuzhang.entrance.identity.store.mandates import stop_acting

EVERY_MATTER = "*"
MOST_MATTERS = 50
GIVERS, AGENTS = ("enterprise", "official"), ("citizen", "official")


@dataclass(frozen=True, slots=True)
class Scope:
    """How far a mandate reaches: roles that are lent, matters (`*` for all), and from and until when."""

    roles: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mandates:
    """Mandates that a party gave and received, the newest first, with what the others are called, and the roles that it may lend."""

    given: tuple[Mandate, ...]
    received: tuple[Mandate, ...]
    names: dict[str, str]
    roles: tuple[str, ...]
    now: datetime

    def name(self, party: str) -> str:
        """What a party is called."""
        return self.names.get(party, party)


@action("self", reads=True)
def own(identity: Identity, caller: Party, /) -> Mandates:
    """The mandates that the caller gave and received."""
    with identity.storage.reading() as connection:
        return _of(identity, connection, caller.id)


@action("security", reads=True, personal=True)
def of_party(identity: Identity, caller: Party, /, party: str) -> Mandates:
    """The mandates that a party gave and received. Raises NotFound."""
    with identity.storage.reading() as connection:
        return _of(identity, connection, known(identity, connection, party).id)


@action("self", reads=False)
def give(identity: Identity, caller: Party, /, party: str, scope: Scope) -> Mandate:
    """Let `party` (by id or sign-in name) act in the caller's own name. Raises NotFound, UnfitMandate, ProofNeeded."""
    with identity.storage.writing() as connection:
        need_fresh(identity, connection, caller)
        made = _given(identity, connection, caller, caller.id, party, scope)
    told(identity)
    return made


@action("security", reads=False)
def give_for(identity: Identity, caller: Party, /, party: str, subject: str, scope: Scope) -> Mandate:
    """Let `subject` act in the name of `party`, which asked for it in writing. Raises NotFound, UnfitMandate; NotAllowed for oneself."""
    with identity.storage.writing() as connection:
        concerned = {known(identity, connection, one).id for one in (party, subject)}
        if caller.id in concerned:
            raise NotAllowed(
                Title("不能为自己办理委托。", "Nobody arranges a mandate of their own as an administrator."),
                fix=Title("请另一位安全管理员办理。", "Ask another security administrator."),
            )
        made = _given(identity, connection, caller, party, subject, scope)
    told(identity)
    return made


@action("self", reads=False)
def revoke(identity: Identity, caller: Party, /, mandate: str) -> None:
    """End a mandate that the caller gave, or lay down one that was received. Raises NotFound."""
    with identity.storage.writing() as connection:
        _revoked(identity, connection, caller, caller.id, mandate)
    told(identity)


@action("security", reads=False)
def revoke_for(identity: Identity, caller: Party, /, party: str, mandate: str) -> None:
    """End a mandate that a party gave or received. Raises NotFound."""
    with identity.storage.writing() as connection:
        _revoked(identity, connection, caller, known(identity, connection, party).id, mandate)
    told(identity)


@action("self", reads=False)
def act(identity: Identity, caller: Party, /, party: str, *, agent: str = "") -> Entered:
    """The caller's session acts for `party` from now on, with another token. Raises NotFound if no mandate in force says so."""
    with identity.storage.writing() as connection:
        given = kept_sessions.mandates(connection, giver=party, agent=caller.id) if party else []
        giver = kept.party(connection, identity.secrets, party)
        if giver is None or not giver.active or not any(one.holds(identity.now()) for one in given):
            raise _no_mandate(party)
        entered = _turned(identity, connection, caller, giver.id, agent)
        tell(identity, connection, caller.id, "acting_begun", caller, giver.name)
        _tell_other(identity, connection, giver.id, "acted_for", caller.name)
    told(identity)
    return entered


@action("self", reads=False)
def stop(identity: Identity, caller: Party, /, *, agent: str = "") -> Entered:
    """The caller's session acts in its own name again, with another token."""
    with identity.storage.writing() as connection:
        entered = _turned(identity, connection, caller, "", agent)
        if caller.acting_for:
            tell(identity, connection, caller.id, "acting_ended", caller, caller.acting_name)
    told(identity)
    return entered


def _of(identity: Identity, connection: Connection, party: str) -> Mandates:
    given = kept_sessions.mandates(connection, giver=party)
    received = kept_sessions.mandates(connection, agent=party)
    others = {one.agent for one in given} | {one.giver for one in received}
    found = [kept.party(connection, identity.secrets, one) for one in sorted(others)]
    roles = kept.roles_at(connection, party, identity.now()) - ADMINISTRATORS
    names = {one.id: one.name for one in found if one is not None}
    return Mandates(tuple(given), tuple(received), names, tuple(sorted(roles)), identity.now())


def _given(identity: Identity, connection: Connection, caller: Party, giver: str, agent: str, scope: Scope) -> Mandate:
    from_party, to_party = known(identity, connection, giver), known(identity, connection, agent)
    now = identity.now()
    _fit(from_party, to_party)
    begins = scope.from_at or now
    if scope.until_at is not None and scope.until_at <= max(begins, now):
        raise _unfit("/until", "截止时间须晚于开始时间和现在。", "It ends after it begins, and after now.")
    made = Mandate(
        new_name("mandate"),
        from_party.id,
        to_party.id,
        _lent(identity, connection, from_party, scope.roles),
        (),
        _matters(scope.matters),
        from_at=begins,
        until_at=scope.until_at,
        given_by=caller.id,
        given_at=now,
        revoked_at=None,
        revoked_by="",
    )
    if not made.roles and not made.matters:
        raise _unfit("/matters", "请至少写明一个角色或事项。", "Name a role or a matter at least.")
    _leave(identity, connection, from_party.id, to_party.id)
    kept_sessions.add_mandate(connection, made)
    _tell_both(identity, connection, caller, made, "mandate_given", "mandate_received")
    return made


def _fit(giver: Account, agent: Account) -> None:
    if giver.id == agent.id:
        raise _unfit("/party", "不能委托自己。", "Nobody is their own agent.")
    if giver.kind not in GIVERS or not giver.active:
        raise _unfit("/kind", "只有企业和公务人员可以委托。", "Enterprises and officials give mandates.")
    if agent.kind not in AGENTS or not agent.active:
        raise _unfit(
            "/party", "受托人须为个人或公务人员，且未停用。", "An agent is a citizen or official in good standing."
        )
    if giver.kind == "official" and agent.kind != "official":
        raise _unfit("/party", "公务人员只能由公务人员代理。", "An official stands in for an official.")


def _lent(identity: Identity, connection: Connection, giver: Account, roles: tuple[str, ...]) -> tuple[str, ...]:
    own_roles = kept.roles_at(connection, giver.id, identity.now())
    if set(roles) & ADMINISTRATORS:
        raise _unfit("/roles", "管理员角色不得代理。", "An administrator's role is never lent.")
    if giver.kind != "official" and roles:
        raise _unfit("/roles", "企业没有可代理的角色。", "An enterprise has no roles to lend.")
    if not set(roles) <= own_roles:
        raise _unfit("/roles", "只能委托本人现有的角色。", "Only roles that the giver has are lent.")
    return tuple(sorted(set(roles)))


def _matters(matters: tuple[str, ...]) -> tuple[str, ...]:
    said = tuple(dict.fromkeys(one for text in matters if (one := checked_field("matters", text))))
    if len(said) > MOST_MATTERS:
        raise _unfit("/matters", f"最多 {MOST_MATTERS} 个事项。", f"At most {MOST_MATTERS} matters.")
    return (EVERY_MATTER,) if EVERY_MATTER in said else said


def _revoked(identity: Identity, connection: Connection, caller: Party, party: str, mandate: str) -> None:
    own_ones = [*kept_sessions.mandates(connection, giver=party), *kept_sessions.mandates(connection, agent=party)]
    found = next((one for one in own_ones if one.id == mandate), None)
    if found is None or not kept_sessions.revoke_mandate(connection, mandate, caller.id, identity.now()):
        raise _no_mandate(mandate)
    _leave(identity, connection, found.giver, found.agent)
    _tell_both(identity, connection, caller, found, "mandate_revoked", "mandate_revoked")


def _leave(identity: Identity, connection: Connection, giver: str, agent: str) -> None:
    # A session that acted by a mandate which ended must not act again by the next one, unasked.
    given = kept_sessions.mandates(connection, giver=giver, agent=agent)
    if not any(one.holds(identity.now()) for one in given):
        stop_acting(connection, agent, giver)


def _turned(identity: Identity, connection: Connection, caller: Party, giver: str, agent: str) -> Entered:
    """Another token, as for every change of what a session may do; no proof was shown, so none is newer."""
    before = kept_sessions.session(connection, caller.session) if caller.session else None
    if before is None or before.ended_at is not None:
        raise ProofNeeded.now()
    token = new_token()
    made = replace(
        before, seen_at=identity.now(), peer=caller.peer, agent=agent[:LONGEST_AGENT] or before.agent, acting_for=giver
    )
    kept_sessions.renew_session(connection, made, hash_of(identity.secrets, token))
    kept_sessions.act_for(connection, made.id, giver)
    return Entered(token, made)


def _tell_both(
    identity: Identity, connection: Connection, caller: Party, mandate: Mandate, giver: str, agent: str
) -> None:
    names = {one: _name(identity, connection, one) for one in (mandate.giver, mandate.agent)}
    for party, what, other in ((mandate.giver, giver, mandate.agent), (mandate.agent, agent, mandate.giver)):
        if party == caller.id:
            tell(identity, connection, party, what, caller, names[other])
        else:
            _tell_other(identity, connection, party, what, names[other])


def _tell_other(identity: Identity, connection: Connection, party: str, what: str, label: str) -> None:
    # Where somebody else sits is no business of theirs.
    kept.add_change(connection, party, Change(identity.now(), what, label, ""))


def _name(identity: Identity, connection: Connection, party: str) -> str:
    found = kept.party(connection, identity.secrets, party)
    return found.name if found else party


def _no_mandate(where: str) -> NotFound:
    return NotFound(
        Title("没有这样的有效委托。", "There is no such mandate in force."),
        where=where,
        fix=Title("请在 /account/acting 查看。", "See /account/acting."),
    )


def _unfit(where: str, chinese: str, english: str) -> UnfitMandate:
    return UnfitMandate(Title(chinese, english), where=where, fix=Title("请修改后重试。", "Correct it and try again."))
