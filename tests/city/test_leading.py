"""The lead among all nodes of a city."""

import psycopg
import pytest

from brain.context.postgres import Server
from yuzhang.core.leading import PostgresLead

pytestmark = pytest.mark.services


def test_a_node_whose_connection_is_lost_has_lost_the_lead_and_another_one_takes_it(present: str) -> None:
    first, second, other = PostgresLead(present, "a"), PostgresLead(present, "a"), PostgresLead(present, "b")
    assert first.take()
    assert first.held()
    assert not second.take()
    assert not second.held()
    assert other.take(), "another lead"
    with psycopg.connect(present, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database()"
        )
    assert not first.held()
    assert second.take()
    assert not first.take()
    second.release()
    assert first.take()
    for one in (first, second, other):
        one.release()


def test_nobody_leads_while_the_database_is_away_and_somebody_does_after(postgres: Server, present: str) -> None:
    lead = PostgresLead(present, "a")
    assert lead.take()
    postgres.stop()
    assert not lead.held()
    assert not lead.take()
    postgres.start()
    assert lead.take()
    lead.release()
