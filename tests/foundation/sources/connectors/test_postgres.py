"""A department's PostgreSQL, asked for what is new, and changed by nobody."""

from collections.abc import Iterator

import psycopg
import pytest

from brain.context.postgres import Server, server_or_skip
from foundation.sources.connectors.conftest import AT, filed, ran, wish
from yuzhang.brain.history.room import History
from yuzhang.core.access import OPERATOR
from yuzhang.foundation.sources.connectors import actions
from yuzhang.foundation.sources.connectors.room import Sources

pytestmark = pytest.mark.services
PUMPS = {"entity": "pump", "type": "Pump", "time": "at", "attributes": "amps = current AMP"}


@pytest.fixture(scope="module")
def department() -> Iterator[Server]:
    """A server with a table."""
    made = server_or_skip()
    with psycopg.connect(made.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE log (pump text, at timestamptz, amps numeric)")
        connection.execute("CREATE SEQUENCE numbers")
        connection.execute("INSERT INTO log VALUES ('p-1', '2026-01-01T00:00:00Z', 4.5)")
    yield made
    made.drop()


def test_rows_of_postgresql_are_read_on_by_their_time(sources: Sources, department: Server, history: History) -> None:
    query = "SELECT * FROM log WHERE at > :since ORDER BY at"
    settings = {"url": department.url(), "query": query, "column": "at", "start": "1970-01-01T00:00:00Z"}
    actions.add(sources, OPERATOR, "pumps", wish("sql", settings, PUMPS))

    assert (ran(sources, "pumps").run.last_taken, ran(sources, "pumps").run.last_taken) == (1, 0)
    assert filed(history) == [("urn:ngsi-ld:Pump:p-1", "current", AT, 4.5)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("WITH x AS (DELETE FROM log RETURNING *) SELECT * FROM x", "data-modifying"),
        ("SELECT nextval('numbers')", "read-only transaction"),
    ],
)
def test_what_would_change_postgresql_fails_there(sources: Sources, department: Server, query: str, said: str) -> None:
    actions.add(sources, OPERATOR, "pumps", wish("sql", {"url": department.url(), "query": query}, PUMPS))
    assert said in ran(sources, "pumps").run.said.en
    with psycopg.connect(department.url()) as connection:
        assert connection.execute("SELECT count(*) FROM log").fetchone() == (1,)
