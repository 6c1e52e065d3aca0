"""Packs are found by their folders, a city's own before ours; and whatever is wrong in a file is told with its line."""

from pathlib import Path

import pytest

from yuzhang.core.packs import Pack, found, read_models, read_pack, read_toml
from yuzhang.core.packs.finding import BUILT_IN
from yuzhang.core.packs.indicators import read_indicators


def laid(root: Path, name: str, text: str) -> Path:
    """A pack with such a `pack.toml`."""
    folder = root / name
    folder.mkdir(parents=True)
    (folder / "pack.toml").write_text(text, encoding="utf-8")
    return folder


def test_packs_that_come_with_the_program_are_found_and_in_order() -> None:
    packs, faults = found()
    assert {"governance/air", "governance/drainage", "governance/citycare"} <= {one.id for one in packs}
    assert [one.id for one in packs] == sorted(one.id for one in packs)
    assert faults == []
    assert all(one.folder.is_relative_to(BUILT_IN) for one in packs)


def test_a_citys_own_pack_takes_the_place_of_ours(tmp_path: Path) -> None:
    own = laid(tmp_path, "governance/air", 'title = { zh = "本市空气", en = "Our air" }\n')
    packs = {one.id: one for one in found([tmp_path])[0]}
    assert packs["governance/air"].folder == own
    assert packs["governance/air"].title.en == "Our air"


def test_a_pack_may_stand_on_another_wherever_that_lies(tmp_path: Path) -> None:
    laid(tmp_path, "services/noise", 'title = { zh = "噪声", en = "Noise" }\nneeds = ["governance/air"]\n')
    packs, faults = found([tmp_path])
    assert next(one for one in packs if one.id == "services/noise").needs == ("governance/air",)
    assert faults == []


def test_what_is_wrong_with_one_pack_does_not_hide_another(tmp_path: Path) -> None:
    laid(tmp_path, "governance/one", "title =\n")
    laid(tmp_path, "governance/two", 'title = { zh = "二", en = "Two" }\n')
    packs, faults = found([tmp_path])
    assert {"governance/one", "governance/two"} <= {one.id for one in packs}
    assert [(one.path.parent.name, one.line, one.rule) for one in faults] == [("one", 1, "toml")]


def test_a_folder_without_pack_toml_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "governance" / "notes").mkdir(parents=True)
    assert len(found([tmp_path])[0]) == len(found()[0])
    with pytest.raises(OSError, match="No such file"):
        read_pack(tmp_path / "governance" / "notes")


def test_lines_are_those_of_the_file_with_comments_texts_and_several_tables(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        "# a comment\n"
        "[[rule]]\n"
        'name = "one"\n'
        'text = """\n'
        "name = no key\n"
        '"""\n'
        "\n"
        "[[rule]]\n"
        'name = "two"\n'
        "[rule.limits]\n"
        "a.b = 3\n"
        '"quoted key" = [\n'
        "  1,\n"
        "]\n",
        encoding="utf-8",
    )
    located, faults = read_toml(path)
    assert not faults
    assert located.line("rule", 0) == 2
    assert located.line("rule", 0, "text") == 4
    assert located.line("rule", 1, "name") == 9
    assert located.line("rule", 1, "limits") == 10
    assert located.line("rule", 1, "limits", "a", "b") == 11
    assert located.line("rule", 1, "limits", "quoted key") == 12
    assert located.line("rule", 1, "limits", "not there") == 10
    assert located.line("nothing") == 1


def test_a_file_in_another_encoding_is_told_and_not_raised(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes("title = '路灯'".encode("gb18030"))
    assert [one.rule for one in read_toml(path)[1]] == ["toml"]


def test_models_say_kinds_shapes_and_units_of_their_attributes() -> None:
    air = next(one for one in found()[0] if one.id == "governance/air")
    models, faults = read_models(air)
    assert not faults
    station = models["AirQualityObserved"]
    assert station.title.zh == "空气质量监测站"
    assert (station.attributes["pm25"].unit, station.attributes["pm25"].shape) == ("GQ", "number")
    assert station.attributes["location"].kind == "GeoProperty"
    assert "id" not in station.attributes


def test_indicators_are_read_with_their_headings_and_the_line_of_their_select(tmp_path: Path) -> None:
    folder = laid(tmp_path, "governance/lamps", 'title = { zh = "路灯", en = "Lamps" }\n')
    (folder / "indicators.sql").write_text(
        "-- All of the file; with a mark in it.\n\n"
        "-- indicator: 亮灯率\n-- zh: 亮灯率\n-- en: Share\n-- unit: %\n-- source: own\n"
        "SELECT ';' AS period, 1 AS value;\n\n"
        "-- indicator: 路灯数\n-- zh: 路灯数\n-- en: Count\n-- unit: 盏\n-- source: own\n"
        "SELECT 'x' AS period, 1 AS value\n",
        encoding="utf-8",
    )
    read, faults = read_indicators(Pack("governance/lamps", folder, read_pack(folder)[0].title))
    assert not faults
    assert [(one.series, one.unit, one.line) for one in read] == [("亮灯率", "%", 8), ("路灯数", "盏", 15)]
    assert read[1].title.en == "Count"
