"""Series are defined in a file; a wrong file, or one that stored figures contradict, changes nothing."""

from pathlib import Path

import pytest

from plan.figures.samples import CITY, SERIES, sheet
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.plan.figures.actions import define_series, import_figures, series_defined
from yuzhang.plan.figures.errors import SeriesRefused
from yuzhang.plan.figures.model import Series


def _define(storage: Storage, tmp_path: Path, text: str) -> int:
    path = tmp_path / "new.toml"
    path.write_text(text)
    return define_series(storage, OPERATOR, path)


def test_series_are_kept_as_defined_and_defining_them_again_changes_nothing(storage: Storage, tmp_path: Path) -> None:
    first = series_defined(storage, OPERATOR)
    assert first[0] == Series(
        "地区生产总值", Title("地区生产总值", "Gross regional product"), "亿元", 100.0, 50000.0, None, ("GDP",)
    )
    assert _define(storage, tmp_path, SERIES) == 3
    assert series_defined(storage, OPERATOR) == first


def test_citys_own_series_have_titles_in_both_languages(empty: Storage) -> None:
    assert define_series(empty, OPERATOR, CITY / "series.toml") == len(series_defined(empty, OPERATOR))
    for series in series_defined(empty, OPERATOR):
        assert series.title.en.isascii()
        assert series.title.zh


def test_range_is_widened_and_the_figure_then_fits(storage: Storage, tmp_path: Path) -> None:
    _define(storage, tmp_path, SERIES.replace("high = 50000", "high = 90000"))
    assert import_figures(storage, OPERATOR, sheet({"value": "80000"}), "a.csv").added == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("high = 50000", "high = 7000"),
        ('unit = "亿元"', 'unit = "万吨"'),
        ("high = 50000", 'high = 50000\nregion = "乙市"'),
    ],
)
def test_definition_that_stored_figures_do_not_fit_is_refused(
    storage: Storage, tmp_path: Path, old: str, new: str
) -> None:
    import_figures(storage, OPERATOR, sheet({}), "a.csv")
    before = series_defined(storage, OPERATOR)
    with pytest.raises(SeriesRefused) as refused:
        _define(storage, tmp_path, SERIES.replace(old, new))
    assert "2023 甲市 7203.5 亿元 (import 1)" in refused.value.detail.en
    assert series_defined(storage, OPERATOR) == before


ENTRY = '[[series]]\nname = "甲"\ntitle = { en = "A" }\nunit = "%"\nlow = 0\nhigh = 1\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no [[series]]"),
        ("series = 3", "no [[series]]"),
        ("series = [3]", "no table"),
        ("[[series]", "cannot be read"),
        (ENTRY.replace('name = "甲"\n', ""), "name must be"),
        (ENTRY.replace("title", "titel"), "Unknown keys: titel"),
        (ENTRY.replace('{ en = "A" }', '"A"'), "title needs en"),
        (ENTRY.replace('en = "A"', 'zh = "A"'), "en must be"),
        (ENTRY.replace("%", "圈圈"), "not a known unit"),
        (ENTRY.replace("low = 0", 'low = "0"'), "low must be a number"),
        (ENTRY.replace("high = 1", "high = nan"), "high must be a number"),
        (ENTRY.replace("high = 1", "high = -1"), "low must be below high"),
        (ENTRY + 'aliases = "乙"', "aliases must be a list"),
        (ENTRY + "aliases = [1]", "aliases must be"),
        (ENTRY + ENTRY, "stands for"),
        (ENTRY + 'aliases = ["GDP"]', "stands for"),
    ],
)
def test_wrong_definition_is_refused_with_its_place(refusing: Storage, tmp_path: Path, text: str, words: str) -> None:
    before = series_defined(refusing, OPERATOR)
    with pytest.raises(SeriesRefused) as refused:
        _define(refusing, tmp_path, text)
    assert words in refused.value.detail.en
    assert refused.value.where
    assert "new.toml" in refused.value.where
    assert series_defined(refusing, OPERATOR) == before


def test_file_that_is_missing_or_no_file_is_refused_as_what_it_is(refusing: Storage, tmp_path: Path) -> None:
    for path, words in ((tmp_path / "none.toml", "there is no such file"), (tmp_path, "it is a folder")):
        with pytest.raises(SeriesRefused, match=words) as refused:
            define_series(refusing, OPERATOR, path)
        assert refused.value.fix
        assert refused.value.fix.en == "Give the path of a series.toml."
        assert refused.value.where == str(path)


def test_file_in_another_encoding_is_refused_and_told_to_be_saved_as_utf8(refusing: Storage, tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_bytes(SERIES.encode("gb18030"))
    with pytest.raises(SeriesRefused, match="not UTF-8") as refused:
        define_series(refusing, OPERATOR, tmp_path / "new.toml")
    assert refused.value.fix
    assert "Save it again as UTF-8" in refused.value.fix.en


def test_file_that_begins_with_the_mark_of_windows_editors_is_read(empty: Storage, tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_bytes(SERIES.encode("utf-8-sig"))
    assert define_series(empty, OPERATOR, tmp_path / "new.toml") == 3
