"""Bytes out of gzip and zstd, never more than a stated amount."""

from typing import Any, BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.core.language import Title
from yuzhang.foundation.sources.errors import TooMuchInside
from yuzhang.foundation.sources.formats.faults import unreadable
from yuzhang.foundation.sources.formats.kinds import Packing

MAX_UNPACKED_BYTES = 256 * 2**20
AT_ONCE = 2**20


def too_much() -> TooMuchInside:
    """The error for content that is larger inside than is read at once."""
    mib = MAX_UNPACKED_BYTES // 2**20
    return TooMuchInside(
        Title(f"解压后超过 {mib} MiB。", f"It is larger than {mib} MiB when unpacked."),
        fix=Title("请拆分后重发。", "Split it and send it again."),
    )


def unpacked_stream(source: BinaryIO, packing: Packing) -> Any:
    """A stream of what is packed in `source`; reading it raises OSError where the packing is damaged."""
    return pa.CompressedInputStream(pa.PythonFile(source, mode="r"), packing.value)


def unpacked(content: bytes, packing: Packing) -> bytes:
    """What is packed in `content`. Raises TooMuchInside, UnreadableObservations if it is damaged."""
    if packing is Packing.NONE:
        return content
    parts, taken = [], 0
    try:
        with pa.CompressedInputStream(pa.BufferReader(content), packing.value) as stream:
            while part := stream.read(AT_ONCE):
                taken += len(part)
                if taken > MAX_UNPACKED_BYTES:
                    raise too_much()
                parts.append(part)
    except (OSError, pa.ArrowException) as error:
        raise unreadable(
            f"内容不是完整的 {packing.value}。", f"The content is no whole {packing.value}.", "Content-Encoding"
        ) from error
    return b"".join(parts)
