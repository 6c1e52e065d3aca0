"""Devices: taken in, changed, given credentials, and kept to what is their own."""

from pathlib import Path

import pytest

from yuzhang.core.access import OPERATOR, STRANGER
from yuzhang.core.errors import NotAllowed
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.model import Key
from yuzhang.foundation.registry import actions
from yuzhang.foundation.registry.bearing import bearer, own_only
from yuzhang.foundation.registry.errors import KnownDevice, NotYourEntity, UnfitDevice, UnknownDevice, WrongStatus
from yuzhang.foundation.registry.model import Device, Sought
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.registry.store import devices as store
from yuzhang.web.gate import Asking

PUMP = Device("pump-1", kind="PumpStation", lon=115.8921, lat=28.6765)


def secret_of(registry: Registry, one: Device = PUMP) -> str:
    made = actions.add(registry, OPERATOR, one)
    assert made.credential is not None
    return made.credential.secret


def asking(device: str, secret: str) -> Asking:
    return Asking("POST", "/api/observations", "10.0.0.7", {"authorization": f"Device {device}:{secret}"})


def test_a_device_gets_its_entity_and_the_region_that_it_stands_in(placed: Registry) -> None:
    made = actions.add(placed, OPERATOR, PUMP).device
    assert made.entity == "urn:ngsi-ld:PumpStation:pump-1"
    assert made.region == placed.region_at(115.8921, 28.6765) != ""
    assert placed.device("pump-1") == made == placed.device_of(made.entity)
    assert placed.devices_of([made.entity, "urn:ngsi-ld:PumpStation:nobody"]) == {made.entity: made}


def test_a_secret_is_shown_once_and_only_its_hash_is_kept(registry: Registry, storage: Storage) -> None:
    secret = secret_of(registry)
    assert secret.startswith("dev_")
    assert registry.authenticate("pump-1", secret) is not None
    assert registry.authenticate("pump-1", secret + "x") is None
    assert registry.authenticate("pump-2", secret) is None
    storage.engine.dispose()
    assert secret.encode() not in b"".join(one.read_bytes() for one in storage.folder.glob("state.db*"))


def test_a_revoked_credential_is_refused_at_once_and_a_renewed_one_ends_the_old(registry: Registry) -> None:
    old = secret_of(registry)
    assert registry.authenticate("pump-1", old) is not None
    new = actions.renew(registry, OPERATOR, "pump-1").secret
    assert registry.authenticate("pump-1", old) is None
    assert registry.authenticate("pump-1", new) is not None
    actions.revoke(registry, OPERATOR, "pump-1")
    assert registry.authenticate("pump-1", new) is None


def test_a_suspended_device_is_refused_at_once_and_let_in_again(registry: Registry) -> None:
    secret = secret_of(registry)
    actions.set_status(registry, OPERATOR, "pump-1", "suspended")
    assert registry.authenticate("pump-1", secret) is None
    actions.set_status(registry, OPERATOR, "pump-1", "active")
    assert registry.authenticate("pump-1", secret) is not None


def test_what_another_process_revokes_is_refused_after_a_look(registry: Registry, storage: Storage) -> None:
    secret = secret_of(registry)
    seen: list[str] = []
    registry.changed.append(lambda one: seen.append(one.id))
    assert registry.authenticate("pump-1", secret) is not None
    elsewhere = Registry(Storage(storage.folder))
    actions.revoke(elsewhere, OPERATOR, "pump-1")
    registry.look()
    assert registry.authenticate("pump-1", secret) is None
    assert seen == ["pump-1"]
    elsewhere.storage.close()


def test_what_this_process_changed_is_told_once_and_not_again_at_the_next_look(registry: Registry) -> None:
    seen: list[str] = []
    registry.changed.append(lambda one: seen.append(one.id))
    secret_of(registry)
    registry.look()
    assert seen == ["pump-1"]


def test_a_retired_device_does_not_come_back(registry: Registry) -> None:
    secret_of(registry)
    actions.set_status(registry, OPERATOR, "pump-1", "retired")
    with pytest.raises(WrongStatus):
        actions.set_status(registry, OPERATOR, "pump-1", "active")
    with pytest.raises(WrongStatus):
        actions.renew(registry, OPERATOR, "pump-1")


def test_a_device_over_http_is_the_party_of_its_name_and_a_wrong_secret_is_nobody(registry: Registry) -> None:
    secret = secret_of(registry)
    known = bearer(registry)
    party = known(f"pump-1:{secret}", asking("pump-1", secret))
    assert party is not None
    assert (party.id, party.kind) == ("device:pump-1", "device")
    assert known(f"pump-1:{secret}", asking("pump-1", secret)) is party
    assert known("pump-1:x", asking("pump-1", "x")) is None
    other_scheme = Asking("GET", "/", "10.0.0.7", {"authorization": f"Bearer pump-1:{secret}"})
    assert known(f"pump-1:{secret}", other_scheme) is None
    actions.revoke(registry, OPERATOR, "pump-1")
    assert known(f"pump-1:{secret}", asking("pump-1", secret)) is None


def test_a_device_writes_its_own_entity_and_those_it_was_given_and_no_other(registry: Registry) -> None:
    made = actions.add(registry, OPERATOR, Device("pump-1", kind="PumpStation", writes=("urn:ngsi-ld:Rain:1",))).device
    actions.add(registry, OPERATOR, Device("pump-2", kind="PumpStation"))
    party = registry.party(made)
    own_only(registry, party, [Key(made.entity, "level"), Key("urn:ngsi-ld:Rain:1", "rain")])
    with pytest.raises(NotYourEntity) as refused:
        own_only(registry, party, [Key(made.entity, "level"), Key("urn:ngsi-ld:PumpStation:pump-2", "level")])
    assert refused.value.where == "urn:ngsi-ld:PumpStation:pump-2"
    with pytest.raises(NotYourEntity):
        own_only(registry, party, [Key(made.entity, "level")], "river")
    own_only(registry, OPERATOR, [Key("urn:ngsi-ld:PumpStation:pump-2", "level")])
    actions.set_status(registry, OPERATOR, "pump-1", "suspended")
    with pytest.raises(NotYourEntity):
        own_only(registry, party, [Key(made.entity, "level")])


@pytest.mark.parametrize(
    ("one", "where"),
    [
        (Device("a b"), "/id"),
        (Device("a", kind="9"), "/kind"),
        (Device("a", entity="none"), "/entity"),
        (Device("a", lon=200.0, lat=1.0), "/lon"),
        (Device("a", lon=1.0), "/lat"),
        (Device("a", lon=float("nan"), lat=1.0), "/lon"),
        (Device("a", expected_s=float("nan")), "/expected_s"),
        (Device("a", unit="nobody"), "/unit"),
        (Device("a", region="nowhere"), "/region"),
        (Device("a", gateway="gone"), "/gateway"),
        (Device("a", gateway="a"), "/gateway"),
        (Device("a", simulated=True, entity="urn:ngsi-ld:Pump:1"), "/simulated"),
        (Device("a", writes=("x",)), "/writes"),
        (Device("a", simulated=True, writes=("urn:ngsi-ld:Pump:1",)), "/writes"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(registry: Registry, one: Device, where: str) -> None:
    with pytest.raises(UnfitDevice) as refused:
        actions.add(registry, OPERATOR, one)
    assert refused.value.where == where
    assert actions.devices(registry, OPERATOR).total == 0


def test_a_name_and_an_entity_are_of_one_device(registry: Registry) -> None:
    secret_of(registry)
    with pytest.raises(KnownDevice):
        actions.add(registry, OPERATOR, PUMP)
    with pytest.raises(KnownDevice):
        actions.add(registry, OPERATOR, Device("pump-9", entity="urn:ngsi-ld:PumpStation:pump-1"))


def test_what_an_entity_calls_simulated_is_simulated(registry: Registry) -> None:
    assert actions.add(registry, OPERATOR, Device("a", entity="urn:ngsi-ld:Pump:sim:1")).device.simulated
    assert ":sim:" in actions.add(registry, OPERATOR, Device("b", simulated=True)).device.entity


def test_gateways_do_not_form_a_ring(registry: Registry) -> None:
    actions.add(registry, OPERATOR, Device("g1"))
    actions.add(registry, OPERATOR, Device("g2", gateway="g1"))
    with pytest.raises(UnfitDevice):
        actions.change(registry, OPERATOR, "g1", {"gateway": "g2"})


def test_a_simulated_gateway_is_refused_to_a_real_device_and_never_writes_its_entity(registry: Registry) -> None:
    gate = actions.add(registry, OPERATOR, Device("sim-gate", simulated=True)).device
    pump = actions.add(registry, OPERATOR, PUMP).device
    with pytest.raises(UnfitDevice) as refused:
        actions.change(registry, OPERATOR, "pump-1", {"gateway": "sim-gate"})
    assert refused.value.where == "/gateway"
    assert "a real device does not send through the simulated gateway sim-gate" in refused.value.detail.en
    assert "真实设备不能经由模拟网关 sim-gate" in refused.value.detail.zh
    with pytest.raises(UnfitDevice):
        actions.add(registry, OPERATOR, Device("pump-2", gateway="sim-gate"))
    assert registry.device("pump-1") == pump
    assert not registry.may_write(gate, pump.entity, "level")
    actions.add(registry, OPERATOR, Device("sim-pump", gateway="sim-gate", simulated=True))


def test_a_real_gateway_is_refused_to_a_simulated_device(registry: Registry) -> None:
    actions.add(registry, OPERATOR, Device("gate"))
    with pytest.raises(UnfitDevice) as refused:
        actions.add(registry, OPERATOR, Device("sim-pump", gateway="gate", simulated=True))
    assert (refused.value.where, actions.devices(registry, OPERATOR).total) == ("/gateway", 1)


def test_a_gateway_does_not_become_simulated_while_a_real_device_is_behind_it_and_does_once_that_is_moved(
    registry: Registry,
) -> None:
    actions.add(registry, OPERATOR, Device("gate"))
    actions.add(registry, OPERATOR, Device("pump-1", gateway="gate", status="planned"))
    made_up = {"simulated": True, "entity": ""}
    with pytest.raises(UnfitDevice) as refused:
        actions.change(registry, OPERATOR, "gate", made_up)
    assert refused.value.where == "/simulated"
    assert "the real device pump-1 sends through it" in refused.value.detail.en
    assert "真实设备 pump-1 经由它发送" in refused.value.detail.zh
    actions.change(registry, OPERATOR, "pump-1", {"gateway": ""})
    assert actions.change(registry, OPERATOR, "gate", made_up).simulated


def test_a_device_that_stood_behind_a_gateway_of_the_other_kind_before_can_be_stopped_and_goes_on_behind_another(
    registry: Registry,
) -> None:
    actions.add(registry, OPERATOR, Device("sim-gate", simulated=True))
    actions.add(registry, OPERATOR, Device("gate"))
    with registry.changing() as changing:  # as a version before took it
        old = Device("pump-1", entity="urn:ngsi-ld:Device:pump-1", gateway="sim-gate")
        store.add(changing.connection, [old], registry.now(), "operator")
    assert actions.set_status(registry, OPERATOR, "pump-1", "suspended").status == "suspended"
    with pytest.raises(UnfitDevice):
        actions.set_status(registry, OPERATOR, "pump-1", "active")
    assert actions.change(registry, OPERATOR, "pump-1", {"status": "active", "gateway": "gate"}).gateway == "gate"


def test_a_device_that_is_moved_is_in_another_region(placed: Registry) -> None:
    made = actions.add(placed, OPERATOR, PUMP).device
    there = placed.region("360124")
    assert there is not None
    inside = there.boundary.representative_point()
    moved = actions.change(placed, OPERATOR, "pump-1", {"lon": inside.x, "lat": inside.y})
    assert made.region != moved.region == "360124"
    assert placed.device("pump-1") == moved


def test_devices_are_found_by_text_kind_and_place(placed: Registry) -> None:
    for number in range(30):
        kind = "PumpStation" if number % 3 else "RainGauge"
        actions.add(placed, OPERATOR, Device(f"d-{number:02}", name=f"泵_{number}", kind=kind, unit="water-bureau"))
    assert actions.devices(placed, OPERATOR, Sought(kind="RainGauge")).total == 10
    assert [one.id for one in actions.devices(placed, OPERATOR, Sought("泵_7")).devices] == ["d-07"]
    assert actions.devices(placed, OPERATOR, Sought("%")).total == 0
    page = actions.devices(placed, OPERATOR, Sought(unit="water-bureau"), 10, 20)
    assert [one.id for one in page.devices] == [f"d-{number}" for number in range(20, 30)]
    assert actions.counts(placed, OPERATOR)["kind"] == {"PumpStation": 20, "RainGauge": 10}


def test_unknown_devices_are_not_found_and_strangers_are_refused(registry: Registry) -> None:
    with pytest.raises(UnknownDevice):
        actions.device(registry, OPERATOR, "x")
    with pytest.raises(NotAllowed):
        actions.revoke(registry, STRANGER, "x")


def test_a_registry_opened_again_knows_its_devices(registry: Registry, storage: Storage, tmp_path: Path) -> None:
    secret = secret_of(registry)
    storage.close()
    again = Storage(tmp_path / "data")
    opened = Registry(again)
    assert opened.authenticate("pump-1", secret) is not None
    with again.reading() as connection:
        assert store.credential(connection, "pump-1") is not None
    again.close()
