"""Devices that come many at once, and devices that ask."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yuzhang.core.access import OPERATOR, STRANGER
from yuzhang.core.storage import Storage
from yuzhang.core.tables.errors import SheetUnreadable
from yuzhang.core.tables.sheets import write_sheet
from yuzhang.foundation.registry import actions
from yuzhang.foundation.registry.errors import KnownDevice, TooManyWaiting, UnfitDevice, UnfitSheet, UnknownRegistration
from yuzhang.foundation.registry.model import Device, Registration
from yuzhang.foundation.registry.provisioning import asking, tables
from yuzhang.foundation.registry.provisioning.made_up import enrol, put_away
from yuzhang.foundation.registry.room import Registry

CLAIM = "c" * 43
GAUGE = Registration("gauge-1", "RainGauge", lon=115.89, lat=28.67)
HEAD = "id,kind,lon,lat,gateway,status,expected_s,simulated\n"


def test_a_table_is_taken_whole_with_a_credential_for_each(placed: Registry) -> None:
    table = HEAD + "g-1,Gateway,,,,,,\np-1,PumpStation,115.89,28.67,g-1,,60,\np-2,PumpStation,,,,planned,,是\n"
    taken = tables.take(placed, OPERATOR, table.encode(), "devices.csv", with_credentials=True)
    assert taken.added == 3
    secrets = {one.device: one.secret for one in taken.credentials}
    found = placed.authenticate("p-1", secrets["p-1"])
    assert found is not None
    assert (found.expected_s, found.gateway) == (60, "g-1")
    assert found.region != ""
    planned = placed.device("p-2")
    assert planned is not None
    assert (planned.status, planned.simulated) == ("planned", True)
    assert placed.authenticate("p-2", secrets["p-2"]) is None


def test_every_fault_is_named_by_row_and_column_and_nothing_is_taken(registry: Registry) -> None:
    actions.add(registry, OPERATOR, Device("there"))
    table = HEAD + "a b,Pump,,,,,,\nthere,Pump,,,,,,\nx,Pump,1e,2,,,,\ny,Pump,300,2,none,odd,0.1,maybe\nx,Pump,,,,,,\n"
    faults = tables.preview(registry, OPERATOR, table.encode(), "devices.csv").faults
    found = {(one.row, one.column) for one in faults}
    assert found >= {(2, "id"), (3, "id"), (4, "lon"), (5, "lon"), (5, "gateway"), (5, "status"), (5, "expected_s")}
    assert found >= {(5, "simulated"), (6, "id"), (6, "entity")}
    with pytest.raises(UnfitSheet) as refused:
        tables.take(registry, OPERATOR, table.encode(), "devices.csv")
    assert "row 4 lon" in refused.value.detail.en
    assert actions.devices(registry, OPERATOR).total == 1


def test_a_table_with_a_real_device_behind_a_simulated_gateway_is_refused_whole_with_its_rows(
    registry: Registry,
) -> None:
    actions.add(registry, OPERATOR, Device("real-gate"))
    table = HEAD + "sim-gate,Gateway,,,,,,是\na,Pump,,,sim-gate,,,\nb,Pump,,,real-gate,,,是\nc,Pump,,,sim-gate,,,是\n"
    with pytest.raises(UnfitSheet) as refused:
        tables.take(registry, OPERATOR, table.encode(), "devices.csv")
    assert (
        "row 3 gateway — a real device does not send through the simulated gateway sim-gate" in refused.value.detail.en
    )
    assert "第 4 行 gateway — 模拟设备不能经由真实网关 real-gate" in refused.value.detail.zh
    assert "row 5" not in refused.value.detail.en
    assert actions.devices(registry, OPERATOR).total == 1


def test_a_real_device_that_asks_for_a_simulated_gateway_is_not_taken_in_and_the_reverse(registry: Registry) -> None:
    actions.add(registry, OPERATOR, Device("sim-gate", simulated=True))
    actions.add(registry, OPERATOR, Device("real-gate"))
    asking.ask(registry, STRANGER, replace(GAUGE, gateway="sim-gate"), CLAIM)
    made_up = replace(GAUGE, name="gauge-2", entity="urn:ngsi-ld:RainGauge:sim:2", gateway="real-gate")
    asking.ask(registry, STRANGER, made_up, CLAIM)
    for name in ("gauge-1", "gauge-2"):
        with pytest.raises(UnfitDevice) as refused:
            asking.approve(registry, OPERATOR, name)
        assert refused.value.where == "/gateway"
    assert actions.devices(registry, OPERATOR).total == 2
    assert asking.how_many_wait(registry, OPERATOR) == 2


def test_a_table_without_its_columns_or_with_unknown_ones_is_refused(registry: Registry) -> None:
    with pytest.raises(SheetUnreadable):
        tables.take(registry, OPERATOR, b"name\nx\n", "devices.csv")
    found = tables.preview(registry, OPERATOR, b"id,kind,colour\na,Pump,red\n", "devices.csv").faults
    assert [(one.row, one.column) for one in found] == [(1, "colour")]


cell = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
rows = st.lists(
    st.fixed_dictionaries({
        "id": st.one_of(st.from_regex(r"\A[A-Za-z0-9._:-]{1,12}\Z"), cell),
        "kind": st.one_of(st.sampled_from(["Pump", "Rain"]), cell),
        "lon": st.one_of(st.just(""), st.floats(-200, 200).map(str), cell),
        "lat": st.one_of(st.just(""), st.floats(-100, 100).map(str), cell),
        "status": st.one_of(st.sampled_from(["", "active", "planned"]), cell),
        "expected_s": st.one_of(st.just(""), st.floats(0.5, 1e5).map(str), cell),
    }),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows)
def test_whatever_a_table_holds_it_is_taken_whole_or_every_refusal_names_a_row(
    registry: Registry, some: list[dict[str, str]]
) -> None:
    columns = list(some[0])
    content = write_sheet(columns, [[one[name] for name in columns] for one in some], "csv")
    before = actions.devices(registry, OPERATOR).total
    try:
        taken = tables.take(registry, OPERATOR, content, "devices.csv")
    except SheetUnreadable:
        assert actions.devices(registry, OPERATOR).total == before
        return
    except UnfitSheet:
        preview = tables.preview(registry, OPERATOR, content, "devices.csv")
        assert preview.faults
        assert all(2 <= one.row <= len(some) + 1 and one.column in [*columns, "entity"] for one in preview.faults)
        assert actions.devices(registry, OPERATOR).total == before
        return
    assert actions.devices(registry, OPERATOR).total == before + taken.added
    for one in actions.devices(registry, OPERATOR, limit=1000).devices:
        assert one.expected_s >= 1
        assert one.lon is None or -180 <= one.lon <= 180


def test_a_device_asks_waits_is_approved_and_fetches_its_credential_once(placed: Registry) -> None:
    asking.ask(placed, STRANGER, GAUGE, CLAIM)
    asking.ask(placed, STRANGER, GAUGE, CLAIM)
    assert asking.fetch(placed, STRANGER, "gauge-1", CLAIM) is None
    assert [one.name for one in asking.waiting(placed, OPERATOR)] == ["gauge-1"]
    approved = asking.approve(placed, OPERATOR, "gauge-1", "water-bureau")
    assert (approved.status, approved.unit) == ("waiting", "water-bureau")
    assert approved.region != ""
    with pytest.raises(UnknownRegistration):
        asking.fetch(placed, STRANGER, "gauge-1", "d" * 43)
    made = asking.fetch(placed, STRANGER, "gauge-1", CLAIM)
    assert made is not None
    found = placed.authenticate("gauge-1", made.secret)
    assert found is not None
    assert found.status == "active"
    with pytest.raises(UnknownRegistration):
        asking.fetch(placed, STRANGER, "gauge-1", CLAIM)


def test_a_planned_device_that_asks_is_what_it_was_planned_to_be(placed: Registry) -> None:
    planned = Device("gauge-1", name="江边", kind="RainGauge", unit="water-bureau", status="planned")
    actions.add(placed, OPERATOR, planned, with_credential=False)
    asking.ask(placed, STRANGER, replace(GAUGE, kind="Other"), CLAIM)
    approved = asking.approve(placed, OPERATOR, "gauge-1")
    assert (approved.name, approved.kind, approved.status) == ("江边", "RainGauge", "waiting")
    assert asking.fetch(placed, STRANGER, "gauge-1", CLAIM) is not None


def test_a_smaller_made_up_city_takes_the_place_of_a_larger_one_and_no_real_device_goes(registry: Registry) -> None:
    actions.add(registry, OPERATOR, Device("pump-1", kind="PumpStation"))
    made_up = [Device(f"sim-{number}", entity=f"urn:ngsi-ld:Pump:sim:{number}", simulated=True) for number in range(3)]
    enrol(registry, OPERATOR, made_up, {"sim-0"})
    told: list[tuple[str, str]] = []
    registry.changed.append(lambda one: told.append((one.id, one.status)))
    assert put_away(registry, OPERATOR, but={"sim-0"}) == 2
    assert told == [("sim-1", "retired"), ("sim-2", "retired")]
    assert put_away(registry, OPERATOR) == 1
    assert [one.id for one in registry.everything()[0] if one.status == "active"] == ["pump-1"]


def test_a_made_up_device_that_would_write_a_real_entity_is_refused(registry: Registry) -> None:
    one = Device("sim-0", entity="urn:ngsi-ld:Pump:sim:0", simulated=True, writes=("urn:ngsi-ld:Pump:0",))
    with pytest.raises(UnfitDevice):
        enrol(registry, OPERATOR, [one], ())


def test_a_name_that_is_taken_cannot_be_asked_for(registry: Registry) -> None:
    actions.add(registry, OPERATOR, Device("gauge-1"))
    with pytest.raises(KnownDevice):
        asking.ask(registry, STRANGER, GAUGE, CLAIM)
    asking.ask(registry, STRANGER, replace(GAUGE, name="gauge-2"), CLAIM)
    with pytest.raises(KnownDevice):
        asking.ask(registry, STRANGER, replace(GAUGE, name="gauge-2"), "d" * 43)


def test_who_is_refused_gets_nothing(registry: Registry) -> None:
    asking.ask(registry, STRANGER, GAUGE, CLAIM)
    asking.refuse(registry, OPERATOR, "gauge-1")
    with pytest.raises(UnknownRegistration):
        asking.fetch(registry, STRANGER, "gauge-1", CLAIM)
    with pytest.raises(UnknownRegistration):
        asking.approve(registry, OPERATOR, "gauge-1")
    with pytest.raises(KnownDevice):
        asking.ask(registry, STRANGER, GAUGE, CLAIM)


def test_a_request_that_does_not_fit_is_refused(registry: Registry) -> None:
    with pytest.raises(UnfitDevice):
        asking.ask(registry, STRANGER, GAUGE, "short")
    with pytest.raises(UnfitDevice):
        asking.ask(registry, STRANGER, replace(GAUGE, name="a b"), CLAIM)


def test_strangers_cannot_fill_the_queue_and_what_waits_for_a_week_is_forgotten(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MOST_WAITING", 5)
    monkeypatch.setattr(asking, "MOST_OF_ONE_ADDRESS", 3)
    now = [datetime(2026, 3, 2, tzinfo=UTC)]
    registry = Registry(storage, lambda: now[0])

    def ask(name: str, peer: str) -> None:
        asking.ask(registry, replace(STRANGER, peer=peer), replace(GAUGE, name=name, peer=peer), CLAIM)

    for number in range(3):
        ask(f"a{number}", "10.0.0.1")
    with pytest.raises(TooManyWaiting):
        ask("a3", "10.0.0.1")
    ask("b0", "10.0.0.2")
    ask("b1", "10.0.0.2")
    with pytest.raises(TooManyWaiting):
        ask("c0", "10.0.0.3")
    now[0] += timedelta(days=8)
    ask("c0", "10.0.0.3")
    assert asking.how_many_wait(registry, OPERATOR) == 1
