"""What strangers leave behind does not grow for good."""

from fastapi.testclient import TestClient

from entrance.identity.conftest import Browse, Clock
from entrance.identity.people import OTHER_PASSWORD, Person
from yuzhang.entrance.identity import limits, tidying
from yuzhang.entrance.identity.provider.room import TIDY_S, Provider
from yuzhang.entrance.identity.room import Identity

TABLES = ("identity_challenge", "identity_attempt", "identity_session")


def kept(identity: Identity) -> dict[str, int]:
    """How much there is of each sort."""
    with identity.storage.reading() as connection:
        return {one: connection.exec_driver_sql(f"SELECT count(*) FROM {one}").scalar_one() for one in TABLES}


def leave_behind(stranger: TestClient) -> None:
    """Begin with a passkey, and guess."""
    assert stranger.post("/sign-in/passkey/options").status_code == 200
    assert stranger.post("/sign-in", data={"login": "nemo", "password": OTHER_PASSWORD}).status_code == 401


def test_steps_failures_and_old_sessions_are_forgotten_when_they_are_over(
    browse: Browse, citizen: Person, identity: Identity, clock: Clock
) -> None:
    leave_behind(browse("10.6.6.6"))
    tidying.tidy(identity)
    assert min(kept(identity).values()) >= 1  # they hold yet
    clock.move(limits.FORGOTTEN_S + 1)
    tidying.tidy(identity)
    assert kept(identity) | {"identity_session": 1} == dict.fromkeys(TABLES, 0) | {"identity_session": 1}
    clock.move(tidying.SESSIONS_KEPT_S)
    tidying.tidy(identity)
    assert kept(identity) == dict.fromkeys(TABLES, 0)


def test_running_provider_forgets_them_every_ten_minutes(browse: Browse, identity: Identity, clock: Clock) -> None:
    provider = Provider(identity)
    provider._tidy()
    leave_behind(browse("10.6.6.6"))
    clock.move(limits.FORGOTTEN_S + TIDY_S)
    provider._tidy()
    assert kept(identity) == dict.fromkeys(TABLES, 0)
