"""Sources that packs bring: their file with all its faults at once, and how they come into the installation."""

from pathlib import Path

import pytest

from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.packs import Pack
from yuzhang.foundation.sources.connectors import actions
from yuzhang.foundation.sources.connectors.actions import Wish
from yuzhang.foundation.sources.connectors.errors import SourceExists
from yuzhang.foundation.sources.connectors.reading import bring_in, read
from yuzhang.foundation.sources.connectors.room import Sources

GOOD = """\
[[source]]
name = "rain-gauges"
kind = "rest"
title = { zh = "雨量站", en = "Rain gauges" }
interval_s = 300
paused = true

[source.settings]
url = "https://example.org/rain"

[source.mapping]
entity = "station"
type = "RainGauge"
time = "at"
attributes = { mm = "rainfall MMT *0.1" }
"""


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """A pack with one source."""
    folder = tmp_path / "governance" / "rain"
    folder.mkdir(parents=True)
    (folder / "sources.toml").write_text(GOOD)
    return Pack("governance/rain", folder, Title("雨", "Rain"))


def test_a_pack_brings_its_sources(pack: Pack) -> None:
    [source], faults = read(pack)
    assert faults == []
    assert (source.name, source.paused, source.interval_s, source.origin) == ("rain-gauges", True, 300, pack.id)
    assert source.mapping.attributes[0].line == "mm = rainfall MMT *0.1"


def test_a_pack_without_the_file_has_none(pack: Pack) -> None:
    (pack.folder / "sources.toml").unlink()
    assert read(pack) == ((), [])


@pytest.mark.parametrize(
    ("was", "becomes", "line", "rule"),
    [
        ('kind = "rest"', 'kind = "fax"', 3, "sources.kind"),
        ('name = "rain-gauges"', 'name = "Rain Gauges"', 2, "sources.name"),
        ("interval_s = 300", "interval_s = 0", 5, "sources.interval_s"),
        ("paused = true", "rest = true", 6, "sources.key"),
        (', en = "Rain gauges"', "", 4, "sources.title"),
        ('url = "https://example.org/rain"', 'uri = "x"', 9, "sources.settings"),
        ('url = "https://example.org/rain"', 'url = "x"\nsecret = "y"', 10, "sources.secret"),
        ('type = "RainGauge"', 'type = "rain gauge"', 13, "sources.mapping"),
        ('{ mm = "rainfall MMT *0.1" }', '{ mm = "rain fall MMT" }', 15, "sources.mapping"),
        ("[[source]]", "[[sources]]", 1, "sources.sources"),
        ("[[source]]", "[[source", 1, "toml"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_what_to_write(
    pack: Pack, was: str, becomes: str, line: int, rule: str
) -> None:
    path = pack.folder / "sources.toml"
    path.write_text(
        GOOD.replace(was, becomes, 1).replace("[source.", "[sources." if rule == "sources.sources" else "[source.")
    )
    _, faults = read(pack)
    assert faults
    assert (faults[0].path, faults[0].line) == (path, line)
    assert faults[0].rule.startswith(rule.split(".", 1)[0] if rule == "sources.sources" else rule)
    assert faults[0].wrong.zh
    assert faults[0].instead.en


def test_an_officer_pauses_and_gives_the_key_of_a_packs_source_but_changes_nothing_else(
    pack: Pack, sources: Sources
) -> None:
    for _ in range(2):
        assert bring_in(sources.storage, [pack], 1) == []
    actions.resume(sources, OPERATOR, "rain-gauges")
    actions.change(sources, OPERATOR, "rain-gauges", Wish("rest", Title("x", "x"), {"url": "evil", "secret": "key"}))

    (pack.folder / "sources.toml").write_text(GOOD.replace("300", "600"))
    bring_in(sources.storage, [pack], 2)

    shown = actions.source(sources, OPERATOR, "rain-gauges")
    assert (shown.source.paused, shown.source.interval_s, shown.secrets) == (False, 600, frozenset({"secret"}))
    assert shown.source.settings == {"url": "https://example.org/rain"}
    with pytest.raises(SourceExists):
        actions.remove(sources, OPERATOR, "rain-gauges")
    (pack.folder / "sources.toml").write_text("")
    bring_in(sources.storage, [pack], 3)
    assert actions.sources(sources, OPERATOR) == []
