"""The project packages with their estimates of investment, and the named projects that boxes list."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from yuzhang.plan.model import Commitment, CommitmentKind, Comparator
from yuzhang.plan.reading.lines import Form, Line
from yuzhang.plan.reading.model import Node, NodeKind, Project
from yuzhang.plan.reading.outline import Places

_MONEY = re.compile(r"(?P<sum>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>万?亿元|万元)(?:左右|以上)?$")
_PROJECT_BOX = re.compile(r"项目|工程|建设|重点|重大")
_PROJECT = re.compile(
    r"(?:工程|项目|中心|基地|园|馆|场|站|桥|隧道|水库|医院|学校|校区|枢纽|码头|线|铁路|高速|公路|大道|大街|整治|改造|扩建|延伸|连接线|服务区|综合体|通道|片区|机场|航道|水厂|电站|云巴|段)(?:（[^（）]*）)?$"
)
_PART = re.compile(r"[、；;，,。]")
_LABEL = re.compile(r"^[^，。；、：]{2,16}：")
_VERB = re.compile(
    r"^(?:加快|推动|推进|实施|建设|新建|改扩建|扩建|完成|开展|启动|谋划|积极|有序|规划|支持|重点|打造|继续|续建|全面)+(?:建设|推进|实施|谋划)?"
)
_COUNTED = re.compile(r"\s*\d+\s*[条个座项处]")
MAX_NAME = 50


def packages_of(lines: Sequence[Line], nodes: Sequence[Node], places: Places) -> Iterator[Project]:
    """The rows of project boxes that end with a sum: a package's name, and its estimate of investment as written."""
    for row, cells, number in _package_rows(lines, nodes):
        found = _MONEY.match(cells[-1])
        if found is None:
            continue
        yield Project(
            name=cells[0].replace(" ", ""),
            package=None,
            investment=float(found["sum"].replace(",", "")),
            unit=found["unit"],
            start=row.start + row.text.index(cells[0]),
            end=row.start + row.text.rindex(cells[-1]) + len(cells[-1]),
            place=replace(places.at(row.start), item=number),
        )


def _package_rows(lines: Sequence[Line], nodes: Sequence[Node]) -> Iterator[tuple[Line, list[str], int]]:
    boxes = [n for n in nodes if n.kind in (NodeKind.BOX, NodeKind.TABLE) and _PROJECT_BOX.search(n.title)]
    index = number = 0
    for line in lines:
        while index < len(boxes) and boxes[index].end <= line.start:
            index, number = index + 1, 0
        if index == len(boxes):
            return
        if line.form is Form.ROW and boxes[index].start <= line.start and "指标" not in boxes[index].title:
            cells = [cell.strip() for cell in line.text.split("\t") if cell.strip()]
            if len(cells) >= 2 and _MONEY.match(cells[-1]):
                number += 1
                yield line, cells, number


def projects_of(text: str, lines: Sequence[Line], nodes: Sequence[Node], places: Places) -> Iterator[Project]:
    """The projects that boxes list by name, and those that packages name; a sentence with a verb in it is no name."""
    packages = {row.start: cells for row, cells, _ in _package_rows(lines, nodes)}
    boxes = [n for n in nodes if n.kind is NodeKind.BOX and _PROJECT_BOX.search(n.title)]
    index = 0
    for line in lines:
        while index < len(boxes) and boxes[index].end <= line.start:
            index += 1
        if index == len(boxes):
            return
        if boxes[index].start >= line.start:
            continue
        if line.start in packages:
            cells = packages[line.start]
            package = cells[0].replace(" ", "")
            for cell in cells[1:-1]:
                yield from _named(text, line, line.text.index(cell), cell, package, places)
        elif line.form is Form.PROSE and line.text.count("、") + line.text.count("；") >= 1:
            yield from _named(text, line, 0, line.text, None, places)


def _named(text: str, line: Line, at: int, cell: str, package: str | None, places: Places) -> Iterator[Project]:
    for start, end in _parts(cell):
        piece = cell[start:end]
        opening = piece.find("（")
        if opening >= 0 and piece.endswith("）") and piece.count("、", opening) >= 2 and _COUNTED.match(piece):
            # "14 条省道改建工程（A、B、C）" names its projects inside the brackets.
            yield from _named(text, line, at + start + opening + 1, piece[opening + 1 : -1], package, places)
            continue
        label = _LABEL.match(piece) or re.match(r"^\d+\.\s*[^：]{2,16}：", piece)
        skip = label.end() if label else 0
        verb = _VERB.match(piece[skip:])
        if verb and len(piece) - skip - verb.end() >= 4:
            skip += verb.end()
        name = re.sub(r"等(?:改建工程|工程|项目)?$", "", piece[skip:].rstrip("。 "))
        lead = len(name) - len(name.lstrip())
        name = name.strip()
        if 4 <= len(name) <= MAX_NAME and _PROJECT.search(name):
            offset = line.start + at + start + skip + lead
            yield Project(name, package, None, None, offset, offset + len(name), places.at(offset))


def package_commitment(package: Project, last_year: int) -> Commitment:
    """A package's estimate of investment as a doubtful commitment: an estimate promises nothing by itself."""
    return Commitment(
        quote="", start=package.start, end=package.end, place=package.place, subject=f"{package.name}投资估算",
        comparator=Comparator.EXACT, low=package.investment or 0.0, high=None, unit=package.unit, per=None, baseline=None,
        due=last_year, kind=CommitmentKind.CUMULATIVE, confidence=0.4, note="投资估算",
    )  # fmt: skip


def _parts(cell: str) -> Iterator[tuple[int, int]]:
    """The pieces between 、 and other stops, those inside round brackets not parted."""
    depth = start = 0
    for index, c in enumerate(cell):
        if c in "（(":
            depth += 1
        elif c in "）)":
            depth = max(0, depth - 1)
        elif depth == 0 and _PART.match(c):
            yield start, index
            start = index + 1
    yield start, len(cell)
