"""Queries that want more than they may: each is refused or stopped with a clear error, and the next one is answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from yuzhang.brain.history.sql import actions
from yuzhang.brain.history.sql.errors import QueryNotAllowed, QueryTooLarge, UnfitQuery
from yuzhang.brain.history.sql.model import MIB, Column, Limits, View
from yuzhang.brain.history.sql.views import VIEWS
from yuzhang.brain.history.sql.workers import Workers
from yuzhang.brain.history.store import lake as tables
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import YuzhangError
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage

LIMITS = Limits(seconds=1.0, memory_bytes=256 * MIB, content_bytes=4 * MIB)
SECRET = View("secret", "auditor", "机密", "secret", "SELECT 42 AS x", [Column("x", "INTEGER", "值", "a number")])
FORBIDDEN = {
    "reads a file": "SELECT * FROM read_text('/etc/passwd')",
    "reads a file by its name": "SELECT * FROM '/etc/passwd.csv'",
    "reads CSV": "SELECT * FROM read_csv('/etc/passwd')",
    "reads CSV by itself": "SELECT * FROM read_csv_auto('/etc/passwd')",
    "reads bytes": "SELECT content FROM read_blob('/etc/passwd')",
    "reads Parquet of the lake itself": "SELECT * FROM read_parquet('lake/data/**/*.parquet')",
    "reads JSON": "SELECT * FROM read_json('/etc/x.json')",
    "looks for files": "SELECT * FROM glob('/etc/*')",
    "looks into Parquet": "SELECT * FROM parquet_metadata('x.parquet')",
    "reads SQLite": "SELECT * FROM sqlite_scan('state.db', 'entity')",
    "reads over the network": "SELECT * FROM read_csv('http://127.0.0.1/x')",
    "asks for settings": "SELECT * FROM duckdb_settings()",
    "asks for a setting": "SELECT current_setting('allowed_directories')",
    "asks for the environment": "SELECT getenv('PATH')",
    "asks for a variable": "SELECT getvariable('x')",
    "asks for secrets": "SELECT * FROM duckdb_secrets()",
    "asks for the version of the files": "SELECT * FROM ducklake_snapshots('lake')",
    "lists files of the lake": "SELECT * FROM ducklake_list_files('lake', 'observations')",
    "asks for tables": "SELECT * FROM duckdb_tables()",
    "asks for tables by pragma": "SELECT * FROM pragma_table_info('observations')",
    "asks for databases": "SELECT * FROM pragma_database_list",
    "reads sqlite_master": "SELECT * FROM sqlite_master",
    "reads information_schema": "SELECT * FROM information_schema.tables",
    "reads pg_catalog": "SELECT * FROM pg_catalog.pg_class",
    "reads the hidden catalog": "SELECT * FROM __ducklake_metadata_lake.ducklake_data_file",
    "reads the lake past the view": "SELECT * FROM lake.main.observations",
    "reads the lake past the view, quoted": 'SELECT * FROM "lake"."main"."observations"',
    "reads a half-named table": "SELECT * FROM main.observations",
    "reads the state": "SELECT * FROM present.history_entity",
    "reads a view of another role": "SELECT * FROM secret",
    "reads a view of another role in a subquery": "SELECT (SELECT x FROM secret)",
    "reads a view of another role in EXISTS": "SELECT 1 FROM series WHERE EXISTS (FROM secret)",
    "reads in ORDER BY": "SELECT 1 ORDER BY (SELECT x FROM secret)",
    "reads in LIMIT": "SELECT 1 LIMIT (SELECT x FROM secret)",
    "reads in a join's condition": "SELECT 1 FROM series a JOIN series b ON (SELECT x FROM secret) = 1",
    "reads in a window": "SELECT sum(1) OVER (ORDER BY (SELECT x FROM secret)) FROM range(2)",
    "reads in a lambda": "SELECT list_transform([1], lambda v: (SELECT x FROM secret))",
    "reads in a FILTER": "SELECT count(*) FILTER (WHERE (SELECT x FROM secret) = 1) FROM range(2)",
    "reads in VALUES": "VALUES ((SELECT x FROM secret))",
    "reads in the arguments of a table function": "SELECT * FROM range((SELECT x FROM secret))",
    "reads in GROUP BY": "SELECT 1 FROM range(2) GROUP BY (SELECT x FROM secret)",
    "reads in QUALIFY": "SELECT 1 FROM range(2) QUALIFY (SELECT x FROM secret) = 1",
    "reads in DISTINCT ON": "SELECT DISTINCT ON ((SELECT x FROM secret)) 1",
    "reads in SAMPLE's neighbour": "SELECT * FROM secret USING SAMPLE 1 ROWS",
    "reads in the second half of a UNION": "SELECT 1 UNION ALL SELECT x FROM secret",
    "reads in EXCEPT": "SELECT 1 EXCEPT FROM secret",
    "reads in WITH": "WITH a AS (FROM secret) SELECT * FROM a",
    "reads in MATERIALIZED": "WITH a AS MATERIALIZED (FROM secret) SELECT * FROM a",
    "reads in a recursion": "WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x FROM secret) SELECT * FROM a",
    "borrows the name of a WITH that ended": "SELECT * FROM (WITH secret AS (SELECT 1) FROM secret) a, secret",
    "borrows the name of a later WITH": "WITH a AS (FROM secret), secret AS (SELECT 1) FROM a",
    "borrows its own name": "WITH secret AS (FROM secret) FROM secret",
    "borrows the name of a neighbour": "SELECT (WITH secret AS (SELECT 1 AS x) SELECT x FROM secret), (SELECT x FROM secret)",
    "runs text": "SELECT * FROM query('SELECT 42')",
    "names a table by text": "SELECT * FROM query_table('secret')",
    "runs serialized SQL": "SELECT * FROM json_execute_serialized_sql('{}')",
    "hides behind a comment": "SELECT/**/ * /* -- */ FROM /* '*/ secret -- '",
    "attaches": "ATTACH '/tmp/x.db' AS x",
    "detaches": "DETACH lake",
    "copies out": "COPY (SELECT 1) TO '/tmp/x.csv'",
    "copies in": "COPY series FROM '/etc/passwd'",
    "exports": "EXPORT DATABASE '/tmp/x'",
    "installs": "INSTALL httpfs",
    "loads": "LOAD httpfs",
    "sets": "SET memory_limit = '100GB'",
    "resets": "RESET memory_limit",
    "pragma": "PRAGMA database_size",
    "pragma by call": "CALL pragma_version()",
    "calls the lake": "CALL ducklake_expire_snapshots('lake', older_than => now())",
    "makes a macro": "CREATE MACRO f(x) AS x + 1",
    "makes a table": "CREATE TABLE t AS SELECT 1",
    "makes a temporary view": "CREATE TEMP VIEW v AS SELECT 1",
    "makes a secret": "CREATE SECRET (TYPE s3)",
    "writes": "INSERT INTO lake.main.observations SELECT 1",
    "deletes": "DELETE FROM lake.main.observations",
    "deletes in WITH": "WITH a AS (SELECT 1) DELETE FROM lake.main.observations",
    "drops": "DROP VIEW observations",
    "prepares": "PREPARE p AS SELECT 1",
    "executes": "EXECUTE p",
    "explains and runs": "EXPLAIN ANALYZE SELECT 1",
    "two statements": "SELECT 1; SELECT 2",
    "a statement behind a statement": "SELECT 1; DROP VIEW observations",
    "a statement behind a comment": "SELECT 1 -- x\n; SET threads = 8",
    "nothing": "",
    "only a comment": "-- SELECT 1",
    "describes": "DESCRIBE secret",
    "summarizes": "SUMMARIZE secret",
    "shows": "SHOW ALL TABLES",
    "pivots": "PIVOT series ON attribute USING count(*)",
    "travels in time": "SELECT * FROM observations AT (VERSION => 1)",
    "uses": "USE lake",
    "begins": "BEGIN",
    "commits": "COMMIT",
    "checkpoints": "CHECKPOINT",
    "writes a log": "SELECT write_log('x')",
    "waits": "SELECT sleep_ms(100000)",
    "takes a number of a sequence": "SELECT nextval('x')",
    "calls by schema": "SELECT system.main.current_setting('threads')",
    "calls with capitals": "SELECT CURRENT_SETTING('threads')",
    "calls with quotes": "SELECT \"current_setting\"('threads')",
    "calls with a dot": "SELECT ('threads').current_setting()",
    "calls in a list": "SELECT [current_setting(x) for x in ['threads']]",
    "too long": "SELECT '" + "x" * 200_000 + "'",
}
LARGE = {
    "counts without end": "SELECT count(*) FROM range(100000000) a, range(1000000) b",
    "recursion without end": "WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t) SELECT count(*) FROM t",
    "recursion that grows": "WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT a.x + 1 FROM t a, t b, range(9)) SELECT count(*) FROM t",
    "a list without end": "SELECT len(list(range)) FROM range(1000000000)",
    "a huge text": "SELECT repeat('x', 4000000000)",
    "many huge texts": "SELECT string_agg(repeat('x', 100000000), '') FROM range(100)",
    "a text that doubles": "SELECT list_reduce(range(60), lambda a, b: a + b), " + "repeat(" * 9 + "'x'" + ", 99)" * 9,
    "a sort of everything": "SELECT max(x) FROM (SELECT hash(range) AS x, repeat('y', 500) FROM range(100000000) ORDER BY 1 LIMIT 99999999)",
    "groups without end": "SELECT count(*) FROM (SELECT hash(range) AS x FROM range(1000000000) GROUP BY 1)",
    "a cross join that is shown": "SELECT a.range FROM range(100000000) a, range(100000000) b WHERE a.range + b.range < 0",
}
WRONG = {
    "a syntax error": "SELEC 1",
    "an unknown column": "SELECT colour FROM series",
    "a value that does not fit": "SELECT 'a'::INTEGER",
    "a parameter without a value": "SELECT ?",
    "an unknown function": "SELECT nonsense(1)",
    "an expression of twenty thousand terms": "SELECT " + "1+" * 20_000 + "1",
    "nested deep": "SELECT " + "(SELECT " * 400 + "1" + ")" * 400,
    "half a text": "SELECT '",
    "a NUL": "SELECT 1\0; SELECT 2",
    "half a character": "SELECT '\ud800'",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty history."""
    path = tmp_path_factory.mktemp("attacked")
    storage = Storage(path)
    with storage.lake_alone() as lake:
        tables.make(lake)
    storage.close()
    return path


@pytest.fixture(scope="module")
def workers(folder: Path) -> Iterator[Workers]:
    """Workers with tight limits, which also have a view for another role."""
    made = Workers(Settings(folder), [*VIEWS, SECRET], LIMITS)
    yield made
    made.close()


def assert_unharmed(workers: Workers) -> None:
    """The next question has its answer."""
    assert b"[[0]]" in actions.ask(workers, OPERATOR, "SELECT count(*) FROM observations", []).content


@pytest.mark.parametrize("name", FORBIDDEN)
def test_query_that_wants_more_than_it_may_is_refused(workers: Workers, name: str) -> None:
    with pytest.raises(QueryNotAllowed) as refused:
        actions.ask(workers, OPERATOR, FORBIDDEN[name], [])
    assert refused.value.fix
    assert_unharmed(workers)


@pytest.mark.parametrize("name", LARGE)
def test_query_that_takes_too_much_is_stopped(workers: Workers, name: str) -> None:
    with pytest.raises(QueryTooLarge):
        actions.ask(workers, OPERATOR, LARGE[name], [])
    assert_unharmed(workers)


@pytest.mark.parametrize("name", WRONG)
def test_query_that_is_wrong_is_told_so(workers: Workers, name: str) -> None:
    with pytest.raises(UnfitQuery):
        actions.ask(workers, OPERATOR, WRONG[name], [])
    assert_unharmed(workers)


def test_many_wide_rows_are_cut_and_said_to_be(workers: Workers) -> None:
    answer = actions.ask(workers, OPERATOR, "SELECT repeat('x', 1000) FROM range(100000)", [], rows=100_000)
    assert answer.cut
    assert len(answer.content) <= LIMITS.content_bytes * 2


def test_error_names_no_folder_of_the_machine(workers: Workers, folder: Path) -> None:
    for query in (*FORBIDDEN.values(), *WRONG.values()):
        with pytest.raises(YuzhangError) as refused:
            actions.ask(workers, OPERATOR, query, [])
        assert str(folder) not in refused.value.line("en")


@pytest.mark.parametrize("column", ["entity", "attribute", "type", "dataset"])
def test_text_that_is_cut_at_a_null_character_lets_no_other_text_become_sql(workers: Workers, column: str) -> None:
    query = f"SELECT count(*) FROM observations WHERE {column} = chr(0) AND entity <> ?"
    answer = actions.ask(workers, OPERATOR, query, [") OR (SELECT count(*) FROM present.nowhere) = 0)) --"])
    assert b"[[0]]" in answer.content


def test_worker_that_is_killed_is_replaced(workers: Workers) -> None:
    assert_unharmed(workers)
    for one in workers._idle:
        one.kill()
        one.wait()
    assert_unharmed(workers)


def test_worker_whose_query_took_too_much_is_not_asked_again_for_it_keeps_the_addresses_that_it_took(
    workers: Workers,
) -> None:
    assert_unharmed(workers)
    asked = [one.pid for one in workers._idle]
    with pytest.raises(QueryTooLarge):
        actions.ask(workers, OPERATOR, LARGE["a text that doubles"], [])
    assert not workers._idle
    assert_unharmed(workers)
    assert not {one.pid for one in workers._idle} & set(asked)
