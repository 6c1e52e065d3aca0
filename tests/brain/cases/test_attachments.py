"""Files that come with cases: looked at, cleaned of what nobody needs to know, kept whole."""

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageCms

from brain.cases.stories import CITIZEN, DUTY, OTHER, WORKER, do, photo, reported
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.attachments.keeping import LARGEST
from yuzhang.brain.cases.attachments.kinds import kind_of, taken, without_traces
from yuzhang.brain.cases.errors import UnfitFile
from yuzhang.brain.cases.model import Upload
from yuzhang.brain.cases.room import Cases
from yuzhang.core.errors import NotFound


def from_a_phone(form: str = "JPEG") -> bytes:
    """A picture that says where, when, by whom and with what it was taken."""
    made = BytesIO()
    told = Image.Exif()
    told[0x0112], told[0x010F], told[0x013B] = 6, "MakerOfPhones", "Zhang San"
    told.get_ifd(0x8769)[0x9003] = "2026:11:23 09:30:00"
    gps = told.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (28.0, 30.0, 0.0), "E", (115.0, 45.0, 36.0)
    Image.new("RGB", (8, 8), (9, 9, 9)).save(made, form, exif=told)
    return made.getvalue()


def drawn(mode: str = "RGB", size: tuple[int, int] = (40, 24), **how: Any) -> bytes:
    """A JPEG of many colours."""
    made = BytesIO()
    picture = Image.new("RGB", size)
    picture.putdata([(x * 7 % 256, y * 11 % 256, x * y % 256) for y in range(size[1]) for x in range(size[0])])
    picture.convert(mode).save(made, "JPEG", **how)
    return made.getvalue()


def pixels(content: bytes) -> bytes:
    """What a picture shows."""
    with Image.open(BytesIO(content)) as picture:
        return picture.tobytes()


FILM = b"\0\0\0\x18ftypmp42\0\0\0\0the sound of a street"


@given(
    mode=some.sampled_from(["RGB", "L", "CMYK"]),
    size=some.tuples(some.integers(1, 70), some.integers(1, 70)),
    quality=some.integers(5, 100),
    progressive=some.booleans(),
    subsampling=some.integers(0, 2),
    restart=some.integers(0, 3),
    after=some.one_of(some.binary(max_size=200), some.just(FILM), some.just(from_a_phone())),
)
def test_jpeg_shows_the_same_and_keeps_nothing_of_what_follows_it(
    mode: str, size: tuple[int, int], quality: int, progressive: bool, subsampling: int, restart: int, after: bytes
) -> None:
    how = {"quality": quality, "progressive": progressive, "subsampling": subsampling, "restart_marker_rows": restart}
    content = drawn(mode, size, **how)
    clean = without_traces(content + after, "image/jpeg")
    assert clean == without_traces(content, "image/jpeg") == without_traces(clean, "image/jpeg")
    assert clean.endswith(b"\xff\xd9")
    assert len(clean) <= len(content)
    assert pixels(clean) == pixels(content)


def test_film_and_second_picture_of_a_phone_are_left_out_and_its_colours_stay(cases: Cases) -> None:
    colours = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = BytesIO()
    with Image.open(BytesIO(from_a_phone())) as second:
        first = Image.open(BytesIO(drawn()))
        first.save(made, "MPO", save_all=True, append_images=[second], icc_profile=colours, comment=b"Zhang San's")
    content = made.getvalue() + FILM
    assert b"MPF\0" in content
    assert b"ftypmp42" in content
    case = reported(cases, attachments=(Upload("a.jpg", content),))
    kept = actions.own(cases, CITIZEN, case.number).attachments[0]
    clean = actions.own_attachment(cases, CITIZEN, case.number, kept.id).content
    for word in (b"MPF\0", b"ftypmp42", b"Zhang San", b"MakerOfPhones", b"Exif"):
        assert word not in clean
    assert clean.count(b"\xff\xd8\xff") == 1
    with Image.open(BytesIO(clean)) as picture:
        assert (picture.format, picture.info["icc_profile"]) == ("JPEG", colours)
    assert pixels(clean) == pixels(made.getvalue())


@pytest.mark.parametrize(
    ("marker", "body"),
    [
        (0xE0, b"JFXX\0\x10 a smaller picture"),
        (0xE4, b"a maker's own"),
        (0xEB, b"JP\0\1 who made it (C2PA)"),
        (0xED, b"Photoshop 3.0\0"),
        (0xFE, b"words"),
    ],
)
def test_segment_that_no_picture_needs_is_left_out_wherever_it_stands(marker: int, body: bytes) -> None:
    content = drawn(progressive=True)
    segment = bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body
    between = content.rindex(b"\xff\xda")  # before the last scan
    dressed = content[:2] + segment + content[2:between] + b"\xff\xff" + segment + content[between:]
    clean = without_traces(dressed, "image/jpeg")
    assert clean == without_traces(content, "image/jpeg")


def test_jpeg_that_is_cut_off_within_its_picture_shows_what_there_is_and_one_without_any_is_refused() -> None:
    content = drawn()
    half = content[: (content.index(b"\xff\xda") + len(content)) // 2]
    assert without_traces(half, "image/jpeg").endswith(half[-20:] + b"\xff\xd9")
    for broken in (
        content[: content.index(b"\xff\xda")],
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff",
        b"\xff\xd8" + b"\xff" * 9,
    ):
        with pytest.raises(ValueError, match=r"a broken picture|no marker|cut off"):
            without_traces(broken, "image/jpeg")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_keeps_where_and_when_and_nothing_of_who(form: str) -> None:
    content = from_a_phone(form)
    seen = taken(content)
    assert seen.lon == pytest.approx(115.76)
    assert seen.lat == pytest.approx(28.5)
    assert seen.at is not None
    assert seen.at.isoformat() == "2026-11-23T01:30:00+00:00"
    clean = without_traces(content, kind_of(content))
    assert b"MakerOfPhones" in content
    assert b"MakerOfPhones" not in clean
    assert b"Zhang San" not in clean
    with Image.open(BytesIO(clean)) as picture:
        picture.load()
        assert picture.size == (8, 8)
        if form == "JPEG":
            assert dict(picture.getexif()) == {0x0112: 6}  # how it is to be turned
        assert not picture.getexif().get_ifd(0x8825)


def test_a_photo_with_a_step_is_kept_with_its_place_and_read_back(cases: Cases) -> None:
    case = do(cases, DUTY, reported(cases), "accepted")
    actions.step(
        cases, WORKER, case.number, case.task, {"decision": "fixed"}, "", [Upload("../../etc/a.jpg", from_a_phone())]
    )
    seen = actions.case(cases, DUTY, case.number).attachments[0]
    assert (seen.name, seen.type, seen.task, seen.by) == ("a.jpg", "image/jpeg", "handle", "wang")
    assert seen.lon == pytest.approx(115.76)
    kept = actions.attachment(cases, DUTY, case.number, seen.id)
    assert kept.content[:3] == b"\xff\xd8\xff"
    assert b"Zhang San" not in kept.content
    assert actions.own_attachment(cases, CITIZEN, case.number, seen.id).content == kept.content
    with pytest.raises(NotFound):
        actions.own_attachment(cases, OTHER, case.number, seen.id)
    with pytest.raises(NotFound):
        actions.attachment(cases, DUTY, case.number, "nothing")


def test_what_is_too_large_empty_broken_or_of_another_type_is_refused_and_nothing_is_done(cases: Cases) -> None:
    case = do(cases, DUTY, reported(cases), "accepted")
    for content in (
        b"",
        b"x" * (LARGEST + 1),
        b"<html><script>",
        b"MZ",
        b"\xff\xd8\xff\xe1\xff\xff",
        from_a_phone()[:200],
    ):
        with pytest.raises(UnfitFile):
            actions.attach(cases, DUTY, case.number, Upload("a.jpg", content))
        with pytest.raises(UnfitFile):
            actions.step(
                cases, WORKER, case.number, case.task, {"decision": "fixed"}, "", [photo(), Upload("b", content)]
            )
    assert actions.case(cases, DUTY, case.number).attachments == ()
    assert actions.case(cases, DUTY, case.number).case.state == "handle"


def test_the_same_picture_twice_lies_once_on_the_disk(cases: Cases) -> None:
    case = reported(cases, attachments=(photo(1), photo(1)))
    actions.attach(cases, DUTY, case.number, photo(1))
    assert len(actions.case(cases, DUTY, case.number).attachments) == 3
    assert len([one for one in (cases.storage.folder / "cases").rglob("*") if one.is_file()]) == 1


@given(
    content=some.binary(max_size=300),
    head=some.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF    WEBP", b"%PDF-"]),
)
def test_no_file_breaks_what_looks_at_it(content: bytes, head: bytes) -> None:
    taken(head + content)
    with suppress(ValueError):
        without_traces(head + content, kind_of(head + content))


def test_no_content_is_left_half_written(cases: Cases, tmp_path: Path) -> None:
    reported(cases, attachments=(photo(2),))
    assert not list((cases.storage.folder / "cases").rglob("*.*"))
