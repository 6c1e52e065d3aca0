"""What is silent, computed in columns, is what a plain walk over the tree finds."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhang.foundation.network.model import SILENT
from yuzhang.foundation.network.silence import MANY, MOST_TOPS, silence
from yuzhang.foundation.network.state import SECOND, State
from yuzhang.foundation.registry.model import Device

NOW = 10_000 * SECOND


@dataclass
class Node:
    """A device of the reference."""

    name: str
    seen: int
    expected: int
    under: list["Node"] = field(default_factory=list)

    @property
    def silent(self) -> bool:
        return self.seen > 0 and NOW - self.seen > SILENT * self.expected

    def heard(self) -> int:
        return max([self.seen, *(one.heard() for one in self.under)])

    def down(self) -> bool:
        if not self.under:
            return False
        bad = sum(one.bad() for one in self.under)
        still = self.silent and NOW - self.heard() > SILENT * self.expected
        return still or (bad >= 2 and 2 * bad > len(self.under)) or bad >= MANY

    def bad(self) -> bool:
        return self.down() if self.under else self.silent

    def silent_under(self) -> int:
        return sum(one.silent + one.silent_under() for one in self.under)

    def findings(self) -> dict[tuple[str, str], int]:
        if self.down():
            return {("gateway", self.name): self.silent_under()}
        found = {("device", self.name): 1} if self.silent else {}
        for one in self.under:
            found |= one.findings()
        return found


devices = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 4_000), st.sampled_from([60, 300, 900])), min_size=1, max_size=60
)


@settings(max_examples=200)
@given(devices, st.integers(1, 6))
def test_columns_find_what_a_walk_over_the_tree_finds(some: list[tuple[int, int, int]], gateways: int) -> None:
    nodes: list[Node] = []
    tops: list[Node] = []
    state = State()
    for number, (link, age, expected) in enumerate(some):
        node = Node(f"d{number}", 0 if age == 0 else NOW - age * SECOND, expected * SECOND)
        above = nodes[link % min(number, gateways)] if number and link % 3 else None
        (tops if above is None else above.under).append(node)
        nodes.append(node)
        state.put(
            [Device(node.name, entity=f"urn:x:{number}", gateway=above.name if above else "", expected_s=expected)]
        )
    for number, node in enumerate(nodes):
        state.ints("seen")[number] = node.seen
    found = silence(state, NOW)
    known = {(kind, "" if at < 0 else state.ids[at]): count for (kind, at), count in found.found.items()}
    counted = [one for one in tops if one.seen or one.under]
    bad = sum(one.bad() for one in counted)
    if bad >= MOST_TOPS and 2 * bad > len(counted):
        assert known == {("network", ""): sum(one.silent for one in nodes)}
        return
    expected_findings: dict[tuple[str, str], int] = {}
    for one in tops:
        expected_findings |= one.findings()
    assert known == expected_findings
    assert [int(one) for one in found.silent] == [one.silent_under() for one in nodes]
