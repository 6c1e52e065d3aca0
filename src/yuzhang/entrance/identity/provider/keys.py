"""The keys that tokens are signed with: published before they are used, and kept until the last token that they signed ends.

For each algorithm there is a current key and the next one. Rolling makes the next one current, retires the one before, whose private part
is destroyed, and publishes a new next one: so every client that reads the list once an hour knows each key before it meets it.
"""

import json
from collections.abc import Callable
from threading import Lock
from typing import Any, cast

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, GuestProtocol, RSAKey

from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import Storage
from yuzhang.entrance.identity.provider import store
from yuzhang.entrance.identity.provider.errors import TooEarly
from yuzhang.entrance.identity.provider.model import ALGORITHMS, TOKEN_S, Algorithm, SigningKey

PURPOSE = "oidc signing keys"
RSA_BITS = 3072
PUBLISHED_S = 3_600
"""Seconds that the next key is published before it may be used; clients may keep the list for half of it."""
KEEP_S = 90 * 86_400
"""Seconds that the public part of a retired key is kept for hints at sign-out (`id_token_hint`), which may be old."""
ROLL_S = 90 * 86_400
"""Seconds after which a key is rolled by itself."""
Clock = Callable[[], int]
Signer = ECKey | RSAKey


class Keys:
    """The signing keys of one installation; made when they are first needed."""

    def __init__(self, storage: Storage, secrets: Secrets, clock: Clock) -> None:
        self._storage, self._secrets, self.clock = storage, secrets, clock
        self._opened: dict[str, Signer] = {}
        self._checking: dict[str, Signer] = {}
        self._making = Lock()

    def all(self) -> list[SigningKey]:
        """Every key, oldest first; the first ones are made if there are none."""
        with self._storage.reading() as connection:
            found = store.keys(connection)
        return found or self._first()

    def _first(self) -> list[SigningKey]:
        with self._making, self._storage.writing() as connection:
            if not store.keys(connection):
                for algorithm in ALGORITHMS:
                    store.add_key(connection, self._new(algorithm, used_from=self.clock()))
                    store.add_key(connection, self._new(algorithm))
            return store.keys(connection)

    def _new(self, algorithm: Algorithm, used_from: int | None = None) -> SigningKey:
        made: Signer = (
            ECKey.generate_key("P-256", auto_kid=True)
            if algorithm == "ES256"
            else RSAKey.generate_key(RSA_BITS, auto_kid=True)
        )
        kid = made.thumbprint()
        public = made.as_dict(private=False) | {"kid": kid, "alg": algorithm, "use": "sig"}
        sealed = self._secrets.seal(PURPOSE, json.dumps(made.as_dict(private=True)).encode())
        return SigningKey(kid, algorithm, cast(dict[str, Any], public), self.clock(), used_from, None, sealed)

    def published(self) -> dict[str, Any]:
        """The JSON Web Key Set: every key that a token which still holds may be signed with, and the next ones. Source: RFC 7517, 5."""
        since = self.clock() - TOKEN_S
        return {"keys": [one.public for one in self.all() if one.retired is None or one.retired >= since]}

    def current(self, algorithm: Algorithm) -> SigningKey:
        """The key that tokens are signed with now."""
        found = [
            one
            for one in self.all()
            if one.algorithm == algorithm and one.retired is None and one.used_from is not None
        ]
        return found[-1]

    def sign(self, claims: dict[str, Any], kind: str, algorithm: Algorithm = "ES256") -> str:
        """`claims` as a signed JWT; `kind` is its `typ`."""
        key = self.current(algorithm)
        header = {"alg": algorithm, "kid": key.kid, "typ": kind}
        return jwt.encode(header, claims, self._open(key), algorithms=[algorithm])

    def _open(self, key: SigningKey) -> Signer:
        known = self._opened.get(key.kid)
        if known is None:
            told = json.loads(self._secrets.open(PURPOSE, key.private or b""))
            known = ECKey.import_key(told) if key.algorithm == "ES256" else RSAKey.import_key(told)
            self._opened = {key.kid: known} | dict(list(self._opened.items())[:7])
        return known

    def claims(self, token: str, kind: str) -> dict[str, Any] | None:
        """What a token says that was signed here and is of that `kind`; None for any other. Times are not looked at.

        The algorithm is the key's own, whatever the header says: `none`, or a public key taken for a secret, finds no key.
        """
        known = {one.kid: one for one in self.all()}

        def find(asked: GuestProtocol) -> Signer:
            header = asked.headers()
            key = known.get(str(header.get("kid")))
            if key is None or key.algorithm != header.get("alg"):
                raise JoseError
            return self._read(key)

        try:
            found = jwt.decode(token, find, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
            return None
        return found.claims if found.header.get("typ") == kind else None

    def _read(self, key: SigningKey) -> Signer:
        """The public key, to check with; read once."""
        known = self._checking.get(key.kid)
        if known is None:
            known = ECKey.import_key(key.public) if key.algorithm == "ES256" else RSAKey.import_key(key.public)
            self._checking = {key.kid: known} | dict(list(self._checking.items())[:15])
        return known

    def renew(self, algorithm: Algorithm) -> SigningKey:
        """The next key becomes the current one, and a new next one is published."""
        now = self.clock()
        self.all()
        with self._storage.writing() as connection:
            own = [one for one in store.keys(connection) if one.algorithm == algorithm and one.retired is None]
            for one in own:
                if one.used_from is not None:
                    store.retire_key(connection, one.kid, now)
            following = next(one for one in own if one.used_from is None)
            store.begin_key(connection, following.kid, now)
            store.add_key(connection, self._new(algorithm))
            store.remove_keys(connection, now - KEEP_S)
        return following

    def published_s(self, algorithm: Algorithm) -> int:
        """How many seconds the next key has been published for."""
        return self.clock() - next(
            one.made for one in self.all() if one.algorithm == algorithm and one.used_from is None
        )

    def renew_old(self) -> None:
        """Roll the keys whose time is over."""
        for algorithm in ALGORITHMS:
            since = self.current(algorithm).used_from or 0
            if self.clock() - since >= ROLL_S and self.published_s(algorithm) >= PUBLISHED_S:
                self.renew(algorithm)


@action("security", reads=True)
def signing_keys(keys: Keys, caller: Party) -> list[SigningKey]:
    """Every signing key, oldest first."""
    return keys.all()


@action("security")
def roll(keys: Keys, caller: Party, algorithm: Algorithm, at_once: bool = False) -> SigningKey:
    """Roll the key of an algorithm. Raises TooEarly if the next one is not published for long enough, unless `at_once`.

    At once is for a key that somebody else may know: clients that keep the old list refuse tokens until they read it again.
    """
    if not at_once and keys.published_s(algorithm) < PUBLISHED_S:
        raise TooEarly(
            Title(
                f"下一把 {algorithm} 密钥发布不足 {PUBLISHED_S // 60} 分钟，应用可能还不认识它。",
                f"The next {algorithm} key has been published for less than {PUBLISHED_S // 60} minutes; clients may not know it.",
            ),
            where=algorithm,
            fix=Title("请稍后再试；密钥泄露时用 --at-once。", "Wait; use --at-once if somebody else knows the key."),
        )
    return keys.renew(algorithm)
