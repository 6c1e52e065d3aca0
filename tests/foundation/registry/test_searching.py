"""A device is found by any piece of what it is called, however short, at once after it was entered or renamed."""

import pytest
from sqlalchemy import text

from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry import actions
from yuzhang.foundation.registry.model import Device, Sought
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.registry.store import words
from yuzhang.foundation.registry.store.devices import search

SOME = (
    Device("pump-1", name='红谷滩"泵站"', kind="PumpStation", model="KSB"),
    Device("pump-2", name="西湖泵站", kind="PumpStation"),
    Device("lamp_3", name="路灯", kind="Streetlight", model="L 100%"),
)


def ids(registry: Registry, piece: str) -> list[str]:
    """Which devices are found."""
    return [one.id for one in actions.devices(registry, OPERATOR, Sought(piece)).devices]


@pytest.fixture
def known(registry: Registry) -> Registry:
    """Three devices."""
    for one in SOME:
        actions.add(registry, OPERATOR, one)
    return registry


@pytest.mark.parametrize(
    ("piece", "found"),
    [
        ("泵站", ["pump-1", "pump-2"]),
        ("泵", ["pump-1", "pump-2"]),
        ("西湖泵站", ["pump-2"]),
        ('"泵站"', ["pump-1"]),
        ("路灯", ["lamp_3"]),
        ("0%", ["lamp_3"]),
        ("_3", ["lamp_3"]),
        ("ksb", ["pump-1"]),
        ("Kb", []),
        ("PUMPSTATION:pump", ["pump-1", "pump-2"]),
        ("湖泵站2", []),
        ("\0", []),
        ("AND", []),
    ],
)
def test_any_piece_of_a_name_finds_its_devices(known: Registry, piece: str, found: list[str]) -> None:
    assert ids(known, piece) == found


def test_a_renamed_device_is_found_by_its_new_name_only_and_a_deleted_one_by_none(
    known: Registry, storage: Storage
) -> None:
    actions.change(known, OPERATOR, "pump-1", {"name": "青山湖闸门"})
    assert (ids(known, "闸门"), ids(known, "红谷滩")) == (["pump-1"], [])
    actions.change(known, OPERATOR, "pump-1", {"firmware": "2.0"})
    assert ids(known, "青山湖") == ["pump-1"]
    with storage.writing() as connection:
        connection.execute(text("DELETE FROM registry_device WHERE id = 'pump-1'"))
    assert (ids(known, "闸门"), ids(known, "pump")) == ([], ["pump-2"])
    with storage.reading() as connection:
        connection.exec_driver_sql("INSERT INTO registry_word (registry_word) VALUES ('integrity-check')")


def test_pieces_that_are_found_in_too_many_ways_are_looked_for_without_the_index(
    known: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "MOST_TERMS", 1)
    assert ids(known, "p") == ["lamp_3", "pump-1", "pump-2"]


def test_a_search_does_not_look_through_all_devices(known: Registry, storage: Storage) -> None:
    with storage.reading() as connection:
        fits = words.fits(connection, "泵站").compile(compile_kwargs={"literal_binds": True})
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN SELECT id FROM registry_device WHERE {fits}").all()
        assert search(connection, Sought("泵站"), 1, 1).total == 2
        both = search(connection, Sought("泵站", kind="PumpStation"), 1, 1)
        assert (both.total, both.devices) == (2, search(connection, Sought("泵站"), 1, 1).devices)
    assert not any(one[3].startswith("SCAN registry_device") for one in plan)
