"""People of an office as other rooms ask for them: what somebody is called, who works for a unit, who has a role."""

from collections.abc import Callable
from datetime import datetime

from yuzhang.core.storage import Storage
from yuzhang.entrance.identity.gate import utc_now
from yuzhang.entrance.identity.store import parties as kept


class People:
    """Asked by the system itself, never in somebody's name. `now`: the clock."""

    def __init__(self, storage: Storage, now: Callable[[], datetime] = utc_now) -> None:
        self._storage, self._now = storage, now

    def called(self, party: str) -> str:
        """The name of an official or an application; "" for anybody else: who a citizen is, is asked for with a purpose."""
        with self._storage.reading() as connection:
            return kept.name_in_office(connection, party)

    def named(self, name: str) -> str:
        """The id of the official of that id or sign-in name; "" if there is none."""
        with self._storage.reading() as connection:
            return kept.official_named(connection, name.strip())

    def of_unit(self, unit: str) -> list[str]:
        """The active officials of a unit."""
        with self._storage.reading() as connection:
            return kept.officials_of(connection, unit) if unit else []

    def of_role(self, role: str) -> list[str]:
        """The active parties that have a role now."""
        with self._storage.reading() as connection:
            return kept.holders(connection, role, self._now())
