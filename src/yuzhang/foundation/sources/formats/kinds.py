"""Which formats are read, and how a request or a file says which one it is and how it is packed."""

from enum import StrEnum

from yuzhang.core.language import Title
from yuzhang.foundation.sources.errors import UnknownFormat


class Format(StrEnum):
    """How observations are written. An Arrow stream and an Arrow file are told apart by their first bytes."""

    CSV = "csv"
    ARROW = "arrow"
    PARQUET = "parquet"
    LINES = "ndjson"
    DATA_ARRAY = "json"


class Packing(StrEnum):
    """How the bytes are packed."""

    NONE = ""
    GZIP = "gzip"
    ZSTD = "zstd"


ARROW_STREAM = "application/vnd.apache.arrow.stream"
MEDIA_TYPES = {
    "text/csv": Format.CSV,
    ARROW_STREAM: Format.ARROW,
    "application/vnd.apache.arrow.file": Format.ARROW,
    "application/vnd.apache.parquet": Format.PARQUET,
    "application/x-ndjson": Format.LINES,
    "application/json": Format.DATA_ARRAY,
}
SUFFIXES = {
    ".csv": Format.CSV,
    ".arrow": Format.ARROW,
    ".arrows": Format.ARROW,
    ".feather": Format.ARROW,
    ".parquet": Format.PARQUET,
    ".ndjson": Format.LINES,
    ".jsonl": Format.LINES,
    ".json": Format.DATA_ARRAY,
}
PACKED_SUFFIXES = {".gz": Packing.GZIP, ".zst": Packing.ZSTD}
ENCODINGS = {
    "": Packing.NONE,
    "identity": Packing.NONE,
    "gzip": Packing.GZIP,
    "x-gzip": Packing.GZIP,
    "zstd": Packing.ZSTD,
}


def by_header(content_type: str, content_encoding: str) -> tuple[Format, Packing]:
    """What the headers of a request say. Raises UnknownFormat.

    >>> by_header("text/csv; charset=utf-8", "gzip")
    (<Format.CSV: 'csv'>, <Packing.GZIP: 'gzip'>)
    """
    media = content_type.partition(";")[0].strip().lower()
    if media not in MEDIA_TYPES:
        raise UnknownFormat(
            Title(
                f"Content-Type“{media[:100]}”不是可读的格式。", f"The Content-Type “{media[:100]}” is not read here."
            ),
            where="Content-Type",
            fix=Title(f"可用：{'、'.join(MEDIA_TYPES)}。", f"Use one of {', '.join(MEDIA_TYPES)}."),
        )
    packing = ENCODINGS.get(content_encoding.strip().lower())
    if packing is None:
        raise UnknownFormat(
            Title(
                f"Content-Encoding“{content_encoding[:100]}”无法解压。",
                f"The Content-Encoding “{content_encoding[:100]}” is not unpacked here.",
            ),
            where="Content-Encoding",
            fix=Title("可用：gzip、zstd，或不压缩。", "Use gzip, zstd or none."),
        )
    return MEDIA_TYPES[media], packing


def by_name(name: str) -> tuple[Format, Packing]:
    """What the name of a file says. Raises UnknownFormat.

    >>> by_name("air.2026-01.parquet"), by_name("air.csv.zst")[1]
    ((<Format.PARQUET: 'parquet'>, <Packing.NONE: ''>), <Packing.ZSTD: 'zstd'>)
    """
    plain, packing = name.lower(), Packing.NONE
    for suffix, one in PACKED_SUFFIXES.items():
        if plain.endswith(suffix):
            plain, packing = plain.removesuffix(suffix), one
    for suffix, found in SUFFIXES.items():
        if plain.endswith(suffix):
            return found, packing
    raise UnknownFormat(
        Title("从文件名看不出格式。", "The name of the file tells no format that is read here."),
        where=name,
        fix=Title(
            f"文件名须以 {'、'.join(SUFFIXES)} 结尾，可再加 .gz 或 .zst。",
            f"Let it end in {', '.join(SUFFIXES)}, each with .gz or .zst if it is packed.",
        ),
    )
