"""Who a party is, for rooms that ask about somebody who is not there: policies that are explained, commands."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from yuzhang.core.access import Party
from yuzhang.core.secrets import Secrets, secrets_of
from yuzhang.core.storage import Storage
from yuzhang.core.terminal import opened
from yuzhang.entrance.identity.store import parties as kept


def people_of(storage: Storage, secrets: Secrets) -> Callable[[str], Party | None]:
    """Finds a party by its id or sign-in name, as it would come with two factors; None if there is none that is active."""

    def found(party: str) -> Party | None:
        with storage.reading() as connection:
            account = kept.party(connection, secrets, party) or kept.party_of_login(connection, secrets, party)
            if account is None or not account.active:
                return None
            roles = kept.roles_at(connection, account.id, datetime.now(UTC))
        return Party(
            account.id, roles, kind=account.kind, name=account.name, unit=account.unit, region=account.region, factors=2
        )

    return found


def people_at(data: Path) -> Callable[[str], Party | None]:
    """The same for a data folder that is opened for each question."""

    def found(party: str) -> Party | None:
        with opened(data) as storage:
            return people_of(storage, secrets_of(data))(party)

    return found
