"""Files as people have them: good ones are read unchanged, bad ones are refused with what to do."""

import io
import os
import zipfile
import zlib
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn

from yuzhang.core.errors import YuzhangError
from yuzhang.plan.reading import documents
from yuzhang.plan.reading.documents import MAX_FILE_BYTES, read_document
from yuzhang.plan.reading.errors import (
    EncodingUnknown,
    FileDamaged,
    FileMissing,
    FileTooLarge,
    FormatUnknown,
    TextEmpty,
)

SENTENCE = "到2025年，全市建成学校50所，发展质量明显提高。"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_text_is_read_unchanged_in_both_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "plan.txt"
    path.write_bytes((SENTENCE + "\r\n\r\n" + SENTENCE).encode(encoding))
    document = read_document(path)
    assert (document.text, document.format, document.encoding) == (SENTENCE + "\r\n\r\n" + SENTENCE, "txt", encoding)


def test_a_word_file_is_read_with_its_table_and_a_merged_cell_only_once(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_paragraph(SENTENCE)
    table = word.add_table(rows=2, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "指标"
    table.cell(0, 2).text = "2025年"
    for column, value in enumerate(("地区生产总值", "亿元", "2000")):
        table.cell(1, column).text = value
    word.save(str(tmp_path / "plan.docx"))
    document = read_document(tmp_path / "plan.docx")
    assert document.format == "docx"
    assert SENTENCE in document.text
    assert "指标\t2025年" in document.text
    assert "地区生产总值\t亿元\t2000" in document.text


def test_a_cell_merged_downward_stands_in_each_of_its_rows(tmp_path: Path) -> None:
    word = docx.Document()
    table = word.add_table(rows=3, cols=3)
    table.cell(0, 0).merge(table.cell(2, 0)).text = "经济"
    for row, value in enumerate(("甲", "乙", "丙")):
        table.cell(row, 1).merge(table.cell(row, 2)).text = value
    word.save(str(tmp_path / "plan.docx"))
    assert "经济\t甲\n经济\t乙\n经济\t丙\n" in read_document(tmp_path / "plan.docx").text


def test_a_cell_that_claims_millions_of_columns_is_read_as_one_cell(tmp_path: Path) -> None:
    word = docx.Document()
    table = word.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "指标", "2025年"
    table.cell(0, 0)._tc.get_or_add_tcPr().get_or_add_gridSpan().set(qn("w:val"), "300000000")
    word.save(str(tmp_path / "plan.docx"))
    assert "指标\t2025年\n" in read_document(tmp_path / "plan.docx").text


def pdf(stream: bytes, filters: bytes = b"") -> bytes:
    """A pdf of one page with this content stream."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< %s /Length %d >>\nstream\n" % (filters, len(stream)) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        body
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % len(body)
    )


TEXT_STREAM = b"BT /F1 12 Tf 72 720 Td (GDP 8200 by 2025) Tj ET"


@pytest.mark.parametrize(
    ("stream", "filters"),
    [(TEXT_STREAM, b""), (zlib.compress(TEXT_STREAM), b"/Filter /FlateDecode")],
    ids=["as it is", "packed"],
)
def test_a_pdf_with_a_text_layer_is_read(tmp_path: Path, stream: bytes, filters: bytes) -> None:
    (tmp_path / "plan.pdf").write_bytes(pdf(stream, filters))
    document = read_document(tmp_path / "plan.pdf")
    assert document.format == "pdf"
    assert "GDP 8200 by 2025" in document.text


def inflating(megabytes: int) -> bytes:
    """A zlib stream of blanks: the same compressed megabyte many times over, made at once."""
    packer = zlib.compressobj(9)
    start = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * 1_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + block * (megabytes - 1)


def test_a_small_pdf_that_inflates_to_gigabytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bomb.pdf").write_bytes(pdf(zlib.compress(inflating(4_000)), b"/Filter [/FlateDecode /FlateDecode]"))
    assert (tmp_path / "bomb.pdf").stat().st_size < 100_000
    assert "2 GB of memory" in refused(tmp_path / "bomb.pdf", FileTooLarge).line("en")


def test_a_docx_of_millions_of_elements_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Packed too little to be refused as a bomb, but each element takes many times its bytes once it is read.
    monkeypatch.setattr(documents, "MAX_MEMORY_BYTES", 500_000_000)
    docx.Document().save(str(tmp_path / "plan.docx"))
    with zipfile.ZipFile(tmp_path / "plan.docx") as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    start, end = parts["word/document.xml"].split(b"<w:sectPr", 1)
    parts["word/document.xml"] = start + b"<w:p/>" * 5_000_000 + b"<w:sectPr" + end
    parts["word/media/noise.png"] = os.urandom(500_000)
    with zipfile.ZipFile(tmp_path / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert "0.5 GB of memory" in refused(tmp_path / "bomb.docx", FileTooLarge).line("en")


def test_a_docx_with_parts_marked_as_encrypted_is_refused_as_damaged_or_encrypted(tmp_path: Path) -> None:
    out = io.BytesIO()
    docx.Document().save(out)
    with zipfile.ZipFile(out) as archive:
        places = [member.header_offset + 6 for member in archive.infolist()]
        content, place = bytearray(out.getvalue()), archive.start_dir
    while content[place : place + 4] == b"PK\x01\x02":
        places.append(place + 8)
        lengths = (int.from_bytes(content[place + at : place + at + 2], "little") for at in (28, 30, 32))
        place += 46 + sum(lengths)
    for flags in places:
        content[flags] |= 1
    (tmp_path / "locked.docx").write_bytes(content)
    assert "encrypted" in refused(tmp_path / "locked.docx", FileDamaged).line("en")


def refused(path: Path, error: type[YuzhangError]) -> YuzhangError:
    with pytest.raises(error) as caught:
        read_document(path)
    assert caught.value.fix is not None
    return caught.value


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    assert "empty.txt" in refused(tmp_path / "empty.txt", TextEmpty).line("en")


def test_a_file_of_blanks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "blank.txt").write_text("\ufeff \n\u3000\n", encoding="utf-8")
    refused(tmp_path / "blank.txt", TextEmpty)


@pytest.mark.parametrize("encoding", ["utf-16", "big5", "euc-kr"])
def test_a_text_in_another_encoding_is_refused_and_told_to_be_saved_as_utf8(tmp_path: Path, encoding: str) -> None:
    words = {"utf-16": SENTENCE, "big5": "發展規劃綱要實現經濟總量翻倍" * 20, "euc-kr": "서울특별시 도시기본계획" * 20}
    (tmp_path / "plan.txt").write_bytes(words[encoding].encode(encoding))
    with pytest.raises((EncodingUnknown, FormatUnknown)) as caught:
        read_document(tmp_path / "plan.txt")
    assert caught.value.fix is not None
    assert "UTF-8" in caught.value.fix.en


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "nowhere.txt" in refused(tmp_path / "nowhere.txt", FileMissing).line("zh")


def test_a_file_of_200_megabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    assert f"{MAX_FILE_BYTES:,}" in refused(path, FileTooLarge).line("en")


def test_a_docx_that_unpacks_to_gigabytes_is_refused_unopened(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as part:
        for _ in range(60):
            part.write(b"0" * 1_000_000)
    assert path.stat().st_size < 100_000
    refused(path, FileTooLarge)


def test_a_docx_cut_off_in_the_middle_is_refused_as_damaged(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "whole.docx"))
    content = (tmp_path / "whole.docx").read_bytes()
    (tmp_path / "cut.docx").write_bytes(content[: len(content) // 2])
    refused(tmp_path / "cut.docx", FileDamaged)


def test_a_pdf_of_garbage_is_refused_as_damaged_or_empty(tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7\n" + os.urandom(2000))
    with pytest.raises((FileDamaged, TextEmpty)):
        read_document(tmp_path / "bad.pdf")


def test_an_archive_that_is_no_docx_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "plan.zip", "w") as archive:
        archive.writestr("plan.txt", SENTENCE)
    refused(tmp_path / "plan.zip", FormatUnknown)
