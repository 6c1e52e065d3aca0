"""What the lake's catalog says of its files: how many, how large, of which partition. Read with SQL, as DuckLake's format names it.

Source: DuckLake 1.0 specification, tables ducklake_data_file, ducklake_file_partition_value, ducklake_delete_file.
"""

from collections.abc import Sequence

import msgspec

from yuzhang.brain.history.store.lake import Lake

CATALOG = "__ducklake_metadata_lake"
FILES = f"""SELECT list(v.partition_value ORDER BY v.partition_key_index), any_value(f.record_count), any_value(f.file_size_bytes),
    coalesce(max(d.delete_count), 0)
    FROM {CATALOG}.ducklake_data_file f JOIN {CATALOG}.ducklake_table t ON t.table_id = f.table_id AND t.end_snapshot IS NULL
    LEFT JOIN {CATALOG}.ducklake_file_partition_value v ON v.data_file_id = f.data_file_id
    LEFT JOIN {CATALOG}.ducklake_delete_file d ON d.data_file_id = f.data_file_id AND d.end_snapshot IS NULL
    WHERE t.table_name = ? AND f.end_snapshot IS NULL GROUP BY f.data_file_id"""  # noqa: S608  # a constant


class DataFile(msgspec.Struct, frozen=True, gc=False):
    """A Parquet file of a table: its partition's values, rows, bytes, and how many of its rows are deleted."""

    partition: tuple[str, ...]
    rows: int
    size: int
    deleted: int


def data_files(lake: Lake, table: str) -> list[DataFile]:
    """The files that `table` lies in now."""
    return [
        DataFile(tuple(str(one) for one in partition if one is not None), rows, size, deleted)
        for partition, rows, size, deleted in lake.execute(FILES, [table]).fetchall()
    ]


def count(lake: Lake, sql: str, parameters: Sequence[object] = ()) -> int:
    """The one whole number that a statement gives."""
    found = lake.execute(sql, list(parameters)).fetchone()
    return int(found[0] or 0) if found else 0


def by_partition(files: Sequence[DataFile]) -> dict[tuple[str, ...], list[DataFile]]:
    """Files by their partition."""
    found: dict[tuple[str, ...], list[DataFile]] = {}
    for one in files:
        found.setdefault(one.partition, []).append(one)
    return found
