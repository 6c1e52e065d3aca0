"""Small diagrams for tests: nodes and flows as words."""

from collections.abc import Sequence

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:yz="urn:yuzhang:cases">\n'
    '<bpmn:process id="small" name="小" yz:en="Small" isExecutable="true">\n'
)
FOOT = "</bpmn:process>\n</bpmn:definitions>\n"
KINDS = {
    "s": "startEvent",
    "e": "endEvent",
    "t": "userTask",
    "x": "exclusiveGateway",
    "p": "parallelGateway",
    "i": "inclusiveGateway",
    "b": "businessRuleTask",
}


def drawn(flows: Sequence[str], more: str = "", **attributes: str) -> str:
    """A diagram of flows like `t1 > x1: decision == 'back'`; a node's first letter says its kind; `*` before a flow is the default."""
    nodes: list[str] = []
    lines: list[str] = []
    defaults: dict[str, str] = {}
    for at, flow in enumerate(flows):
        way, _, condition = flow.lstrip("*").partition(":")
        begin, end = (one.strip() for one in way.split(">"))
        nodes += [one for one in (begin, end) if one not in nodes]
        if flow.startswith("*"):
            defaults[begin] = f"f{at}"
        escaped = condition.strip().replace("<", "&lt;")
        inside = f"<bpmn:conditionExpression>{escaped}</bpmn:conditionExpression>" if condition else ""
        lines.append(
            f'<bpmn:sequenceFlow id="f{at}" sourceRef="{begin}" targetRef="{end}">{inside}</bpmn:sequenceFlow>'
        )
    body = ""
    for one in nodes:
        kind = KINDS[one[0]]
        said = f' name="{one}" yz:en="{one}" yz:party="role:duty-officer"' if kind == "userTask" else ""
        default = f' default="{defaults[one]}"' if one in defaults else ""
        body += f'<bpmn:{kind} id="{one}"{said}{default} {attributes.get(one, "")} />\n'
    return HEAD + body + "\n".join(lines) + more + FOOT


DISPATCH = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">
<decision id="units" name="units"><decisionTable id="table" hitPolicy="UNIQUE">
<input id="i1" label="matter"><inputExpression id="ie1" typeRef="string"><text>matter</text></inputExpression></input>
<input id="i2" label="severity"><inputExpression id="ie2" typeRef="number"><text>severity</text></inputExpression></input>
<output id="o1" label="unit" name="unit" typeRef="string" />
<rule id="r1"><inputEntry id="e1"><text>"pothole"</text></inputEntry><inputEntry id="e2"><text>? &gt;= 3</text></inputEntry>
<outputEntry id="u1"><text>"roads"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="e3"><text>? in ("waterlogging", "flood")</text></inputEntry><inputEntry id="e4"><text>-</text></inputEntry>
<outputEntry id="u2"><text>"water"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""
