"""What a file is, by its first bytes, and what a picture says of when and where it was taken.

Everything else that a picture says of who took it, and with what, is left out before it is kept: only how it is to be turned stays.
"""

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

from PIL import Image

from yuzhang.core.moments import ZONE

GPS, TAKEN, EXIF, ORIENTATION = 0x8825, 0x9003, 0x8769, 0x0112
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
KEPT_JPEG = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""Of the segments that applications add: how dense its points are and what its colours mean. No other one is kept: Exif, XMP, IPTC, a
smaller picture, an index of more pictures (MPF), who made it (C2PA)."""
COMMENT, SCAN, END = 0xFE, 0xDA, 0xD9
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends a scan: not a byte 0xFF of the picture (a 0 follows), nor a restart (D0 to D7), nor a byte that fills. ITU-T T.81, B.1.1.5."""
DROPPED_PNG = (b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"tIME")
DROPPED_WEBP = (b"EXIF", b"XMP ")
EXIF_FLAGS_WEBP = 0b0000_1100


@dataclass(frozen=True, slots=True)
class Taken:
    """When and where a picture was taken, as it says; None where it does not."""

    at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


def kind_of(content: bytes) -> str:
    """The media type of a file; "" for one that is not taken.

    >>> kind_of(b"%PDF-1.7")
    'application/pdf'
    """
    if content[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[:5] == b"%PDF-":
        return "application/pdf"
    if content[4:12] in (b"ftypisom", b"ftypmp42", b"ftypmp41", b"ftypM4A "):
        return "audio/mp4" if content[8:12] == b"M4A " else "video/mp4"
    return ""


def taken(content: bytes) -> Taken:
    """What a picture says of when and where it was taken. Never raises: what it says may be anything."""
    with suppress(Exception):
        with Image.open(BytesIO(content)) as picture:
            found = picture.getexif()
        gps = found.get_ifd(GPS)
        said = found.get_ifd(EXIF).get(TAKEN)
        lon, lat = _degrees(gps.get(4), gps.get(3)), _degrees(gps.get(2), gps.get(1))
        if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90):
            lon = lat = None
        return Taken(_moment(said), lon, lat)
    return Taken()


def without_traces(content: bytes, kind: str) -> bytes:
    """A picture without what it says beside the picture. Raises ValueError for one that is broken."""
    try:
        match kind:
            case "image/jpeg":
                return b"".join(_jpeg(content))
            case "image/png":
                return content[:8] + b"".join(_png(content))
            case "image/webp":
                body = b"".join(_webp(content))
                return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    except (struct.error, IndexError) as err:
        raise ValueError("a broken picture") from err
    return content


def _degrees(parts: object, side: object) -> float | None:
    try:
        degrees, minutes, seconds = (float(one) for one in parts)  # type: ignore[attr-defined]  # anything may stand there
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    found = degrees + minutes / 60 + seconds / 3600
    return None if found != found else -found if str(side).strip("\0") in ("S", "W") else found


def _moment(said: object) -> datetime | None:
    try:
        return datetime.strptime(str(said).strip("\0"), "%Y:%m:%d %H:%M:%S").replace(tzinfo=ZONE).astimezone(UTC)
    except ValueError:
        return None


def _jpeg(content: bytes) -> Iterator[bytes]:
    yield content[:2]
    turned = _turned(content)
    if turned > 1:
        body = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", ORIENTATION, 3, 1, turned, 0) + b"\0\0\0\0"
        yield b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
    at, scans = 2, 0
    while (
        at < len(content) or not scans
    ):  # whoever sent one that is cut off within a scan sees as much of it as there is
        if content[at] != 0xFF:
            raise ValueError("no marker")
        while content[at + 1] == 0xFF:
            at += 1
        marker = content[at + 1]
        if marker == END and scans:  # what follows is no part of the picture: a film, another picture with its own Exif
            break
        length = struct.unpack(">H", content[at + 2 : at + 4])[0] + 2
        if length < 4 or at + length > len(content):
            raise ValueError("cut off")
        end = at + length
        if marker == SCAN:
            found = MARKER.search(content, end)
            end, scans = found.start() if found else len(content), scans + 1
        if _is_of_picture(marker, content[at + 4 : at + length]):
            yield content[at:end]
        at = end
    yield b"\xff\xd9"


def _is_of_picture(marker: int, body: bytes) -> bool:
    """Whether a segment of a JPEG is needed to show it."""
    if 0xE0 <= marker <= 0xEF:
        return marker in KEPT_JPEG and body.startswith(KEPT_JPEG[marker])
    return marker != COMMENT


def _turned(content: bytes) -> int:
    with suppress(Exception):
        with Image.open(BytesIO(content)) as picture:
            found = picture.getexif().get(ORIENTATION, 1)
        return found if isinstance(found, int) and 1 <= found <= 8 else 1
    return 1


def _png(content: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(content):
        length = struct.unpack(">I", content[at : at + 4])[0] + 12
        kind = content[at + 4 : at + 8]
        if at + length > len(content):
            raise ValueError("cut off")
        if kind not in DROPPED_PNG:
            yield content[at : at + length]
        if kind == b"IEND":
            return
        at += length


def _webp(content: bytes) -> Iterator[bytes]:
    at = 12
    while at + 8 <= len(content):
        kind, length = content[at : at + 4], struct.unpack("<I", content[at + 4 : at + 8])[0]
        end = at + 8 + length + length % 2
        if at + 8 + length > len(content):
            raise ValueError("cut off")
        if kind == b"VP8X":
            yield content[at : at + 8] + bytes([content[at + 8] & ~EXIF_FLAGS_WEBP]) + content[at + 9 : end]
        elif kind not in DROPPED_WEBP:
            yield content[at:end]
        at = end
