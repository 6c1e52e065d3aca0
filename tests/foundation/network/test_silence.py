"""What is silent: one finding for a gateway, whatever is behind it; and nothing lost or doubled by a kill."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection

from foundation.network.conftest import Town
from yuzhang.core.access import OPERATOR
from yuzhang.foundation.network import actions
from yuzhang.foundation.network.model import Finding
from yuzhang.foundation.network.tables import FINDING
from yuzhang.foundation.registry import actions as registered
from yuzhang.foundation.registry.model import Device


def gateway(town: Town, devices: int, name: str = "gw", *, up: str = "", expected_s: float = 60) -> list[str]:
    """A gateway with devices behind it; all have sent once."""
    names = [f"{name}-{number}" for number in range(devices)]
    town.add(Device(name, kind="Gateway", gateway=up, expected_s=expected_s))
    town.add(*(Device(one, gateway=name, expected_s=expected_s) for one in names))
    town.send(name, *names)
    town.judge()
    return names


def test_a_silent_device_is_a_finding_that_ends_when_it_is_heard(town: Town) -> None:
    town.add(Device("a", expected_s=60, lon=115.9, lat=28.7), Device("b", expected_s=60))
    town.send("a", "b")
    assert town.judge() == []
    assert town.pass_time(240, 30, "b") == [("device", "a", True)]
    assert [one.device for one in actions.findings(town.network, OPERATOR)] == ["a"]
    assert actions.findings(town.network, OPERATOR)[0].lon == 115.9
    town.send("a")
    assert town.judge() == [("device", "a", False)]
    assert actions.findings(town.network, OPERATOR) == []
    assert [(one.device, one.into) for one in actions.ended(town.network, OPERATOR)] == [("a", "")]


def test_a_silent_gateway_is_one_finding_that_covers_its_devices(town: Town) -> None:
    names = gateway(town, 200)
    town.add(Device("alone", expected_s=60))
    assert town.pass_time(240, 30, "alone") == [("gateway", "gw", True)]
    found = actions.findings(town.network, OPERATOR)
    assert [(one.kind, one.device, one.covers) for one in found] == [("gateway", "gw", 200)]
    assert "200" in found[0].title.en
    town.send("gw", *names)
    assert town.judge() == [("gateway", "gw", False)]


def test_devices_that_go_silent_one_after_the_other_become_one_finding_of_their_gateway(town: Town) -> None:
    town.add(Device("gw", expected_s=1000))
    names = [f"d{number}" for number in range(8)]
    town.add(*(Device(one, gateway="gw", expected_s=60 if number < 3 else 120) for number, one in enumerate(names)))
    town.send("gw", *names)
    town.judge()
    first = town.pass_time(240, 30)
    assert {one for one in first} == {("device", name, True) for name in names[:3]}
    then = town.pass_time(240, 30)
    assert set(then) == {("device", name, False) for name in names[:3]} | {("gateway", "gw", True)}
    ended = actions.ended(town.network, OPERATOR)
    assert {one.into for one in ended} == {actions.findings(town.network, OPERATOR)[0].id}


def test_one_silent_device_of_many_is_its_own_finding(town: Town) -> None:
    names = gateway(town, 20)
    assert town.pass_time(240, 30, "gw", *names[1:]) == [("device", "gw-0", True)]


def test_a_gateway_behind_a_gateway_is_the_finding_of_the_lowest_that_explains_all(town: Town) -> None:
    town.add(Device("top", kind="Gateway", expected_s=60))
    others = gateway(town, 5, "left", up="top")
    gateway(town, 50, "right", up="top")
    town.send("top")
    assert town.pass_time(240, 30, "top", "left", *others) == [("gateway", "right", True)]
    assert set(town.pass_time(240, 30)) == {("gateway", "right", False), ("gateway", "top", True)}


def test_a_gateway_that_says_nothing_of_itself_is_silent_with_its_devices(town: Town) -> None:
    town.add(Device("gw"))
    town.add(*(Device(f"d{number}", gateway="gw", expected_s=60) for number in range(4)))
    town.send("d0", "d1", "d2", "d3")
    town.judge()
    assert town.pass_time(240, 30) == [("gateway", "gw", True)]


def test_when_the_way_in_is_closed_it_is_one_finding_of_the_network(town: Town) -> None:
    town.add(*(Device(f"d{number}", expected_s=60) for number in range(100)))
    town.send(*(f"d{number}" for number in range(100)))
    town.judge()
    assert town.pass_time(240, 30) == [("network", "", True)]
    town.send(*(f"d{number}" for number in range(100)))
    assert town.judge() == [("network", "", False)]


def test_a_device_that_never_sent_is_counted_and_no_finding(town: Town) -> None:
    town.add(Device("a", expected_s=60))
    assert town.pass_time(600, 60) == []
    assert actions.summary(town.network, OPERATOR).kinds[0].never == 1


def test_a_kill_loses_no_message_counts_none_twice_and_raises_no_finding_again(town: Town) -> None:
    told: list[Finding] = []
    names = gateway(town, 12)
    town.pass_time(240, 30)
    town.send(*names)
    town.network.follow()  # heard, and killed before it was written
    town.restart()
    town.network.on_change.append(lambda _, some: told.extend(some))
    assert [one.device for one in actions.findings(town.network, OPERATOR)] == ["gw"]
    assert town.judge() == [("gateway", "gw", False)]
    with town.network.state() as state:
        assert state.ints("count")[state.numbers["gw-3"]] == 2
    assert [one.ended_at is not None for one in told] == [True]
    assert town.log.told == town.log.head()


def test_a_restart_after_a_long_night_raises_nothing_until_devices_had_time_to_send(town: Town) -> None:
    names = gateway(town, 12)
    town.clock.turn(8 * 3600)
    town.restart()
    assert town.judge() == []
    assert town.pass_time(120, 30) == []
    town.send("gw", *names[1:])
    assert town.judge() == []
    assert town.pass_time(120, 30, "gw", *names[1:]) == [("device", "gw-0", True)]


def test_an_open_finding_stays_through_a_restart_until_the_device_is_heard(town: Town) -> None:
    town.add(Device("a", expected_s=60), Device("b", expected_s=60))
    town.send("a", "b")
    town.judge()
    town.pass_time(240, 30, "b")
    town.restart()
    assert town.pass_time(600, 60, "b") == []
    assert len(actions.findings(town.network, OPERATOR)) == 1
    town.send("a")
    assert town.judge() == [("device", "a", False)]


def test_who_listens_is_told_in_the_transaction_that_keeps_the_finding(town: Town) -> None:
    def refuses(connection: Connection, some: object) -> None:
        raise RuntimeError("not now")

    town.add(Device("a", expected_s=60))
    town.send("a")
    town.judge()
    town.clock.turn(240)
    town.network.on_change.append(refuses)
    town.send("a", rows=2)
    town.clock.turn(240)
    with pytest.raises(RuntimeError):
        town.judge()
    with town.storage.reading() as connection:
        assert connection.execute(FINDING.select()).all() == []
    town.network.on_change.clear()
    assert town.judge() == [("device", "a", True)]
    town.restart()
    assert actions.health(town.network, OPERATOR, "a").values == 3


def test_a_device_that_is_retired_ends_its_finding(town: Town) -> None:
    town.add(Device("a", expected_s=60))
    town.send("a")
    town.judge()
    town.pass_time(240, 60)
    registered.set_status(town.registry, OPERATOR, "a", "retired")
    town.network.learn()
    assert town.judge() == [("device", "a", False)]


def test_the_tree_shows_gateways_their_devices_and_the_way_to_them(town: Town) -> None:
    town.add(Device("top", expected_s=60))
    names = gateway(town, 30, "low", up="top")
    town.add(Device("alone"))
    root = actions.tree(town.network, OPERATOR)
    assert [(one.standing.device, one.behind, one.branches) for one in root.branches] == [("top", 31, 1)]
    assert [one.device for one in root.devices] == ["alone"]
    low = actions.tree(town.network, OPERATOR, "low", limit=10, offset=20)
    assert (low.way, low.total, len(low.devices)) == (("top",), 30, 10)
    assert low.at is not None
    assert low.at.behind == 30
    assert {one.device for one in low.devices} <= set(names)


def test_a_listener_that_breaks_stops_nobody_and_is_told_again(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    def listener(connection: Connection, some: Sequence[Finding]) -> None:
        if not told:
            told.append("broke")
            raise RuntimeError("not now")
        told.extend(one.device for one in some)

    town.add(Device("a", expected_s=1))
    town.send("a")
    town.judge()
    town.clock.turn(60)
    town.network.on_change.append(listener)
    town.log.append(town.record(["a"], "level", 1.0, 1))
    town.clock.turn(60)
    room = town.network
    room.follow()
    room._write(judge=True)
    assert town.log.told == town.log.head()
    room._write(judge=True)
    assert told == ["broke", "a"]
    assert "could not be told" in caplog.text
