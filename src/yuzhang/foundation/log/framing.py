"""Records as bytes: MessagePack, and a checksum beside it, so that a record that a disk or a net damaged is not taken for one."""

from zlib import crc32

import msgspec

from yuzhang.foundation.log.errors import DamagedRecord
from yuzhang.foundation.log.model import Record

_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)


def framed(record: Record) -> tuple[bytes, int]:
    """A record's bytes, and their CRC-32."""
    payload = _encode(record)
    return payload, crc32(payload)


def unframed(position: int, payload: bytes, checksum: int) -> Record:
    """The record. Raises DamagedRecord, which names the position, if the bytes are not those that were written."""
    if crc32(payload) != checksum:
        raise DamagedRecord.at(position)
    try:
        return _decoder.decode(payload)
    except msgspec.DecodeError as err:
        raise DamagedRecord.at(position) from err
