"""Signing in by an outside provider, of one application."""

import httpx
import msgspec

from yuzhang.core.errors import Broken
from yuzhang.entrance.identity.outside.asking import OutsideProvider
from yuzhang.entrance.identity.outside.model import Departure, OutsideSettings, outside_settings
from yuzhang.entrance.identity.proofs.tokens import keyed
from yuzhang.entrance.identity.provider.discovery import issuer
from yuzhang.entrance.identity.room import Identity

RETURN = "/sign-in/outside/return"
PURPOSE, ADDRESSES = "outside sign-in", "outside e-mail addresses"


class Outside:
    """The outside provider, and the identities here."""

    def __init__(self, identity: Identity, settings: OutsideSettings, sending: httpx.Client | None = None) -> None:
        """`sending`: the way to the network; one of its own where none is given."""
        self.identity, self.settings = identity, settings
        self._sending = sending or httpx.Client(timeout=10.0, follow_redirects=False)
        self.provider = OutsideProvider(settings, self._sending)
        self.redirect = f"{issuer(identity.settings)}{RETURN}"

    def clock(self) -> int:
        """Seconds since 1970."""
        return int(self.identity.now().timestamp())

    def hashed(self, email: str) -> str:
        """What is kept of an invited address: enough to know it again, too little to write to it."""
        return keyed(self.identity.secrets, ADDRESSES, email.strip().casefold()).hex()

    def sealed(self, departure: Departure) -> str:
        """A departure for the browser's cookie: nobody else reads or changes it."""
        return self.identity.secrets.seal(PURPOSE, msgspec.json.encode(departure)).hex()

    def opened(self, cookie: str) -> Departure | None:
        """The departure in a cookie; None if it is none of ours."""
        try:
            return msgspec.json.decode(self.identity.secrets.open(PURPOSE, bytes.fromhex(cookie)), type=Departure)
        except (Broken, ValueError, msgspec.MsgspecError):
            return None

    def close(self) -> None:
        """Let the network go."""
        self._sending.close()


def configured_outside(identity: Identity) -> Outside | None:
    """The outside provider that the environment names; None where it names none. Raises InputRefused."""
    settings = outside_settings()
    return None if settings is None else Outside(identity, settings)
