"""The gate of the application: whose session, token or key a request brings.

A session is known by the cookie's hash. What is known of it is kept for two seconds, so that most requests read nothing: whoever ends a
session in this process empties that at once, and an end in another process is seen within those two seconds.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from time import monotonic
from urllib.parse import quote, unquote, urlsplit

from fastapi.responses import Response

from yuzhang.core.access import STRANGER, Guard, Party
from yuzhang.core.errors import YuzhangError
from yuzhang.core.secrets import Secrets
from yuzhang.core.settings import Settings, is_loopback
from yuzhang.core.storage import Storage
from yuzhang.entrance.identity.model import ADMINISTRATORS, Standing
from yuzhang.entrance.identity.proofs.passkeys import Site
from yuzhang.entrance.identity.proofs.tokens import hash_of
from yuzhang.entrance.identity.rules import Rules
from yuzhang.entrance.identity.store.parties import party, roles_at
from yuzhang.entrance.identity.store.sessions import mandates, note_seen, session_of
from yuzhang.web.gate import Asking, TrustingGate

COOKIE = "yuzhang_session"
OVER_TLS = f"__Host-{COOKIE}"
"""Its name behind TLS: a browser takes it from nobody but this host, encrypted. Source: OWASP ASVS 5.0, 3.3.1."""
PURPOSE_COOKIE = "yuzhang_purpose"
"""What the pages of a session are read for, where personal data is in them."""
FIELD_COOKIE = "yuzhang_field"
"""Stands in the browser for as long as the field's page may be shown without a connection. It says nothing of anybody, and scripts read it."""
KEPT_S = 2.0
SEEN_S = 60
MOST_KEPT = 20_000
MOST_FROM = 4096
LONGEST_PURPOSE = 200
ANY_ADDRESS = frozenset({"0.0.0.0", "::", "[::]"})  # noqa: S104  # compared with, not bound to
Bearer = Callable[[str, Asking], Party | None]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    party: Party | None
    until: float


SCHEMES = frozenset({"bearer", "key", "device"})
"""Of the header Authorization."""


class SignedInGate:
    """Knows parties by cookie, and by the tokens and keys that `bearers` know; `trust` of the settings is asked last.

    `bearers`: called in turn with what follows `Bearer`, `Key` or `Device` in the header Authorization. `forgetting`: called when what was
    known of parties has changed.
    """

    def __init__(
        self,
        storage: Storage,
        secrets: Secrets,
        settings: Settings,
        guard: Guard,
        rules: Rules,
        now: Callable[[], datetime],
    ) -> None:
        self.bearers: list[Bearer] = []
        self.forgetting: list[Callable[[], None]] = []
        self._storage, self._secrets, self._settings, self._guard = storage, secrets, settings, guard
        self._rules, self._now = rules, now
        self._stranger = replace(STRANGER, guard=guard)
        self._trusting = TrustingGate(settings.trust, guard)
        self._public = urlsplit(settings.public_address)
        self.secure = self._public.scheme == "https"
        self.cookie = OVER_TLS if self.secure else COOKIE
        self._kept: dict[bytes, _Kept] = {}
        self._changes = 0
        self._from: dict[tuple[int, str, str], tuple[Party, Party]] = {}
        self._writing = ThreadPoolExecutor(1, "sessions-seen")

    def party(self, asking: Asking) -> Party:
        """Whoever sends it; a stranger if it is nobody that the gate knows. What does not fit is never tried another way."""
        found = self._identified(asking)
        key = (id(found), asking.peer, _purpose(asking.headers, found.session))
        kept = self._from.get(key)
        if kept is not None and kept[0] is found:
            return kept[1]
        # The same object for the same party: what is remembered of it further on is found by that.
        made = replace(found, peer=key[1], purpose=key[2], guard=self._guard)
        if len(self._from) >= MOST_FROM:
            self._from.clear()
        self._from[key] = (found, made)
        return made

    def _identified(self, asking: Asking) -> Party:
        scheme, _, token = asking.headers.get("authorization", "").partition(" ")
        if scheme.lower() in SCHEMES:
            brought = next((one for bearer in self.bearers if (one := bearer(token.strip(), asking)) is not None), None)
            return self._stranger if brought is None else brought
        cookie = cookie_of(asking.headers, self.cookie)
        if cookie:
            if not self.own_name(asking.host) or not (asking.safe or self.own_page(asking)):
                return self._stranger
            known = self.of_token(cookie)
            if known is not None:
                return known
        return self._trusting.party(asking)

    def of_token(self, token: str) -> Party | None:
        """The party whose session has that token; None if there is none any more."""
        token_hash = hash_of(self._secrets, token)
        kept = self._kept.get(token_hash)
        if kept is not None and monotonic() < kept.until:
            return kept.party
        changes = self._changes
        found = self._load(token_hash)
        if changes != self._changes:  # it may have been read before what changed since; it counts for this request only
            return found
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        if found is not None:  # a guessed token takes no place
            self._kept[token_hash] = _Kept(found, monotonic() + KEPT_S)
        else:
            self._kept.pop(token_hash, None)
        return found

    def sign_out(self, answer: Response) -> None:
        """Have the browser forget a session that has ended, and the pages that it kept; what was written in the field and is not sent yet waits
        for its party.

        "storage" would take the entries too, in the same moment and without a word. The field's page is not shown without its cookie.
        """
        answer.delete_cookie(self.cookie, path="/", httponly=True, samesite="lax", secure=self.secure)
        answer.delete_cookie(FIELD_COOKIE, path="/", samesite="lax", secure=self.secure)
        answer.headers["Clear-Site-Data"] = '"cache"'

    def forget(self) -> None:
        """Read every session anew: one has ended, or a party's roles or status changed."""
        self._changes += 1
        self._kept.clear()
        self._from.clear()
        for one in self.forgetting:
            one()

    def standing(self, token_hash: bytes) -> Standing | None:
        """Who holds a session, and with which roles; None if it has ended, ran out, or its party is suspended."""
        now = self._now()
        with self._storage.reading() as connection:
            session = session_of(connection, token_hash)
            if session is None or session.ended_at is not None or session.expires_at <= now:
                return None
            if session.seen_at + timedelta(seconds=session.idle_s) <= now:
                return None
            account = party(connection, self._secrets, session.party)
            if account is None or not account.active:
                return None
            roles = roles_at(connection, account.id, now)
            if self._rules.needs_two(account.kind, roles) and session.factors < 2:
                roles = frozenset()
            giver = party(connection, self._secrets, session.acting_for) if session.acting_for else None
            if giver is None or not giver.active:
                return Standing(session, account, roles, None)
            given = mandates(connection, giver=giver.id, agent=account.id)
            mandate = next((one for one in given if one.holds(now)), None)
            if mandate is not None and giver.kind == "official":
                lent = roles_at(connection, giver.id, now) & frozenset(mandate.roles)
                roles |= lent - ADMINISTRATORS
            return Standing(session, account, roles, mandate, giver.name)

    def own_name(self, host: str) -> bool:
        """Whether a request's Host is a name of this server: another one was made to lead here (DNS rebinding)."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
            if is_loopback(name) or name in (self._public.hostname, self._settings.host.strip("[]").lower()):
                return True
            # Listening everywhere, it has addresses that it does not know; a rebound name is never an address.
            return self._settings.host in ANY_ADDRESS and bool(ip_address(name))
        except ValueError:
            return False

    def own_page(self, asking: Asking) -> bool:
        """Whether it was sent by a page of this server: by its Origin, or by Sec-Fetch-Site where there is none (CSRF)."""
        if asking.origin is None:
            return asking.headers.get("sec-fetch-site") == "same-origin"
        try:
            origin = urlsplit(asking.origin)
        except ValueError:
            return False
        return bool(origin.netloc) and origin.netloc in (asking.host, self._public.netloc)

    def site(self, host: str) -> Site:
        """Where passkeys hold that are made or shown on a page of `host`."""
        if self._settings.public_address:
            return Site(self._public.hostname or "", f"{self._public.scheme}://{self._public.netloc}")
        return Site(urlsplit(f"//{host}").hostname or "", f"http://{host}")

    def close(self) -> None:
        """What was seen is written afterwards."""
        self._writing.shutdown()

    def _load(self, token_hash: bytes) -> Party | None:
        found = self.standing(token_hash)
        if found is None:
            return None
        session, account = found.session, found.account
        if self._now() - session.seen_at > timedelta(seconds=SEEN_S):
            self._writing.submit(self._note_seen, session.id)
        return Party(
            account.id,
            found.roles,
            kind=account.kind,
            name=account.name,
            unit=account.unit,
            region=account.region,
            acting_for=found.mandate.giver if found.mandate else "",
            acting_name=found.giver_name if found.mandate else "",
            factors=session.factors,
            session=session.id,
            guard=self._guard,
        )

    def _note_seen(self, session: str) -> None:
        try:
            with self._storage.writing() as connection:
                note_seen(connection, session, self._now())
        except YuzhangError as error:  # the next request tries again
            log.warning("a session's last use was not noted: %s", error)


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def cookie_of(headers: Mapping[str, str], name: str) -> str:
    """The value of a cookie, "" if there is none.

    >>> cookie_of({"cookie": "a=1; yuzhang_session=x"}, "yuzhang_session")
    'x'
    """
    given = headers.get("cookie")
    for part in given.split(";") if given else ():
        found, _, value = part.strip().partition("=")
        if found == name:
            return value
    return ""


def purpose_kept(session: str, purpose: str) -> str:
    """A purpose as a browser's cookie keeps it: for one session only.

    >>> purpose_kept("session-1", "to look")
    'session-1:to%20look'
    """
    return f"{session}:{quote(purpose, safe='')}"


def _purpose(headers: Mapping[str, str], session: str) -> str:
    given = headers.get("yuzhang-purpose", "")
    if not given and session:
        of, _, kept = cookie_of(headers, PURPOSE_COOKIE).partition(":")
        given = kept if of == session else ""
    return unquote(given)[:LONGEST_PURPOSE]
