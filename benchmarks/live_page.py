"""The page of the benchmark `live`, in both languages, written from its result."""

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "docs" / "explanation"
NAME = "from-message-to-event"
PUBLISHED: tuple[dict[str, Any], ...] = (
    {
        "name": "ThingsBoard, B",
        "conditions": (
            "5,000 devices; m6a.large, 2 vCPU, 8 GB; Kafka, PostgreSQL",
            "5,000 台设备；m6a.large，2 vCPU，8 GB；Kafka、PostgreSQL",
        ),
        "messages_per_s": 5_000,
        "processor": ("95 % of 2 vCPU", "2 vCPU 的 95%"),
        "a_core": 2_500,
    },
    {
        "name": "ThingsBoard, E",
        "conditions": (
            "100,000 devices; m6a.2xlarge, 8 vCPU, 32 GB; Kafka, PostgreSQL, Cassandra",
            "100,000 台设备；m6a.2xlarge，8 vCPU，32 GB；Kafka、PostgreSQL、Cassandra",
        ),
        "messages_per_s": 10_000,
        "processor": ("95 % of 8 vCPU", "8 vCPU 的 95%"),
        "a_core": 1_250,
    },
    {
        "name": "ThingsBoard, cluster",
        "conditions": ("Cassandra; 36 vCPU", "Cassandra；36 vCPU"),
        "messages_per_s": 11_111,
        "processor": ("55 % of 36 vCPU", "36 vCPU 的 55%"),
        "a_core": round(11_111 / 36),
    },
)  # fmt: skip
"""As published. Messages a second of E are its 30,000 data points by three; the last is quoted at second hand. `a_core`: messages
a second by vCPU, busy or not."""
Pair = tuple[str, str]
LANGUAGES = {"en": 0, "zh": 1}
HOW: dict[str, Pair] = {"fast": ("fast", "尽快"), "even": ("even", "匀速")}
COLUMNS: dict[str, Pair] = {
    "messages_per_s": ("messages/s", "消息/秒"),
    "messages_per_core_s": ("messages/s a core", "每核消息/秒"),
    "event_p50_ms": ("to the event p50, ms", "到事件 p50，毫秒"),
    "event_p99_ms": ("p99, ms", "p99，毫秒"),
    "puback_p50_ms": ("PUBACK p50, ms", "PUBACK p50，毫秒"),
    "puback_p99_ms": ("p99, ms", "p99，毫秒"),
    "memory_mib": ("memory, MiB", "内存，MiB"),
}


def write(result: dict[str, Any]) -> None:
    """Write both pages."""
    (FOLDER / f"{NAME}.md").write_text(page(result, "en"), encoding="utf-8")
    (FOLDER / f"{NAME}.zh.md").write_text(page(result, "zh"), encoding="utf-8")


def page(result: dict[str, Any], language: str) -> str:
    """The page in a language."""
    pick = LANGUAGES[language]
    parts = [head, beside, grid, unconcerned, batches, overload, connections, limit]
    return "\n\n".join(_said(line, pick) for part in parts for line in part(result)) + "\n"


def _said(told: Pair, pick: int) -> str:
    return told[pick]


def table(heads: tuple[Pair, ...], rows: list[list[Any]]) -> Pair:
    """A table whose cells are numbers, texts, or texts in both languages."""

    def of(pick: int) -> str:
        lines = [[one[pick] for one in heads], ["---"] * len(heads)]
        lines += [[_cell(one, pick) for one in row] for row in rows]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    return of(0), of(1)


def _cell(one: Any, pick: int) -> str:
    if isinstance(one, tuple):
        return str(one[pick])
    return f"{one:,}" if isinstance(one, int | float) else str(one)


def head(result: dict[str, Any]) -> list[Pair]:
    """What was measured, and how."""
    machine, python, load, spent = (result[name] for name in ("machine", "python", "load_before", "seconds"))
    return [
        ("# From a message to an event: how fast", "# 从消息到事件：速度"),
        (
            f"Written by `python -m benchmarks.live` on {result['at']} ({machine}, Python {python}, load {load} before it began; {spent} s); "
            "figures: `benchmarks/results/live.json`.",
            f"由 `python -m benchmarks.live` 于 {result['at']} 写出（{machine}，Python {python}，开始前负载 {load}，历时 {spent} 秒）；"
            "数据见 `benchmarks/results/live.json`。",
        ),
        (
            "Devices send the message of ThingsBoard's tests over MQTT, QoS 1, each in a packet of its own, from a process of its own on the "
            'same two cores: `{"pulseCounter": 1234567, "leakage": false, "batteryLevel": 81}`. One in 101 says that the battery is low, which '
            "opens an event; the next one of that device ends it. PUBACK comes after the message is synced to the disk. Everything that runs in "
            "a city runs (present, history, network, rules, cases, the screen's state), but no page is open.",
            "设备经 MQTT（QoS 1）发送 ThingsBoard 测试所用的消息，每条一包；发送方是同一台机器上的另一进程："
            '`{"pulseCounter": 1234567, "leakage": false, "batteryLevel": 81}`。'
            "每 101 条中有一条电量过低，触发事件；该设备的下一条使其结束。消息落盘之后才发 PUBACK。"
            "城市中运行的一切都在运行（现状、历史、网络、规则、工单、大屏状态），但没有打开的页面。",
        ),
        (
            "- **a core**: messages by seconds of the server's processor time, user and system, counted until all of it is in the present, in "
            "history and evaluated.\n- **to the event**: from the sending of the message to the commit that stores its event.\n"
            "- **fast**: up to 8,192 messages are under way (one a connection, if there are more), each answered by another one. "
            f"**even**: {result['even_messages_per_s']:,} messages a second.",
            "- **每核**：消息数除以服务进程的处理器时间（用户态与内核态），计到全部进入现状与历史、规则判定完毕为止。\n"
            "- **到事件**：从发出消息到事件落盘。\n- **尽快**：在途至多 8,192 条（连接更多时每个一条），答复一条补一条。"
            f"**匀速**：每秒 {result['even_messages_per_s']:,} 条。",
        ),
    ]


def beside(result: dict[str, Any]) -> list[Pair]:
    """Next to what others publish."""
    heads: tuple[Pair, ...] = (
        ("", ""),
        ("conditions", "条件"),
        ("messages/s", "消息/秒"),
        ("processor", "处理器"),
        ("messages/s a core", "每核消息/秒"),
    )
    rows: list[list[Any]] = [
        [one["name"], one["conditions"], one["messages_per_s"], one["processor"], one["a_core"]] for one in PUBLISHED
    ]
    for run in result["runs"]:
        if run["rules"] == result["runs"][0]["rules"] and run["rules_concerning"] == 1:
            for name, how in HOW.items():
                one, devices = run[name], f"{run['devices']:,}"
                told = (f"{devices} devices, {how[0]}", f"{devices} 台设备，{how[1]}")
                cores = (f"{one['cores_meanwhile']} cores", f"{one['cores_meanwhile']} 核")
                rows.append(["Yuzhang", told, one["messages_per_s"], cores, one["messages_per_core_s"]])
    return [
        ("## Beside ThingsBoard's published figures", "## 与 ThingsBoard 公布的数据并列"),
        table(heads, rows),
        (
            "Sources: [performance on AWS instances](https://thingsboard.io/docs/reference/performance-aws-instances/), scenarios B and E; the "
            "third row, and 6.5 GB below, are quoted at second hand. "
            "The same message, and an alarm rule on the battery, in each of the first two. What differs: ThingsBoard's runs lasted a day, on "
            "Amazon's machines, with the load from another machine and ten alarms a second; its figure by core is messages by vCPU, its "
            "database and queue included. Ours last seconds, share two cores with the load, and raise an alarm for one message in 101. "
            "Read it as an order of magnitude, not as a race.",
            "来源：[AWS 实例性能](https://thingsboard.io/docs/reference/performance-aws-instances/)的场景 B 与 E；"
            "第三行及下文的 6.5 GB 为转引，未核对原文。前两行消息相同，都有电量告警规则。"
            "不同之处：ThingsBoard 的测试历时一天，运行在亚马逊云主机上，负载来自另一台机器，每秒十次告警；"
            "其每核数为消息数除以 vCPU 数，含数据库与队列。我们的测试历时数秒，与发送方共用两核，每 101 条消息一次告警。"
            "只宜看量级，不是竞赛。",
        ),
    ]


def grid(result: dict[str, Any]) -> list[Pair]:
    """Every run."""
    heads: tuple[Pair, ...] = (
        ("devices", "设备"),
        ("connections", "连接"),
        ("rules", "规则"),
        ("of them concern it", "其中相关"),
        ("", ""),
        *COLUMNS.values(),
    )
    rows = []
    for run in result["runs"]:
        for name, how in HOW.items():
            known = [run["devices"], run["connections"], run["rules"], run["rules_concerning"], how]
            rows.append([*known, *[run[name][one] for one in COLUMNS]])
    most = max(run[name]["loader_cores"] for run in result["runs"] for name in HOW)
    return [
        ("## By devices and rules", "## 按设备数与规则数"),
        table(heads, rows),
        (
            f"The devices took {most} of a core at most. More devices than a process may open connections stand behind gateways, ten each. "
            "No message and no event was lost: a run that misses one fails.",
            f"发送方最多占 {most} 核。设备数超过进程可开的连接数时，每十台经一个网关。消息与事件无一丢失：缺一个即判失败。",
        ),
    ]


def unconcerned(result: dict[str, Any]) -> list[Pair]:
    """What rules cost that no message concerns."""
    rows = []
    for devices in dict.fromkeys(run["devices"] for run in result["runs"]):
        some = [run for run in result["runs"] if run["devices"] == devices and run["rules_concerning"] == 1]
        first = some[0]["fast"]["core_us_per_message"]
        for run in some:
            cost = run["fast"]["core_us_per_message"]
            rows.append([devices, run["rules"], cost, round(cost / first, 2)])
    heads: tuple[Pair, ...] = (
        ("devices", "设备"),
        ("rules", "规则"),
        ("µs of a core a message", "每条消息占核，微秒"),
        ("by the fewest", "与最少时之比"),
    )
    return [
        ("## Rules that do not concern a message", "## 与消息无关的规则"),
        table(heads, rows),
        (
            "One rule watches the messages, the others are on other attributes and types.",
            "一条规则与消息相关，其余针对别的属性与类型。",
        ),
    ]


def batches(result: dict[str, Any]) -> list[Pair]:
    """Many observations in a message."""
    each, a_core = f"{result['packed']['rows_per_s']:,}", f"{result['packed']['rows_per_core_s']:,}"
    return [
        ("## Batches", "## 批量"),
        (
            f"One gateway that sends 1,000 observations in a message (CSV, of 1,000 things of its own): {each} a second, {a_core} a core.",
            f"一个网关每条消息发送 1,000 个观测值（CSV，属于自己的 1,000 个对象）：每秒 {each} 个，每核 {a_core} 个。",
        ),
    ]


def overload(result: dict[str, Any]) -> list[Pair]:
    """Senders that are faster."""
    one = result["overload"]
    away, written = round(100 * one["writes_that_tcp_turned_away"]), f"{one['written']:,}"
    rate, lost = f"{one['acknowledged_per_s_meanwhile']:,}", one["lost"]
    before, half, most = (f"{one[name]:,}" for name in ("before_mib", "most_of_first_half_mib", "most_mib"))
    return [
        ("## Overload", "## 过载"),
        (
            f"{one['connections']} senders that wait for no PUBACK wrote {written} messages. Meanwhile {rate} a second were acknowledged, and "
            f"TCP turned {away} % of the writes away: senders are slowed. In the end all were acknowledged ({lost} lost). Memory of the server: "
            f"{before} MiB before, {most} at most ({half} in the first half of the time).",
            f"{one['connections']} 个不等 PUBACK 的发送方写出 {written} 条消息。其间每秒确认 {rate} 条，{away}% 的写入被 TCP 挡回："
            f"发送方被放慢。最终全部得到确认（丢失 {lost} 条）。服务进程内存：之前 {before} MiB，最多 {most}（前半段最多 {half}）。",
        ),
        (
            "ThingsBoard's page tells of a like trial, 10,000 messages a second on 2 vCPU with its queue in memory: out of memory after some "
            "13 minutes. With Kafka it goes on.",
            "ThingsBoard 的页面记有类似试验：2 vCPU、内存队列、每秒 10,000 条，约 13 分钟后内存耗尽；用 Kafka 则可继续。",
        ),
    ]


def connections(result: dict[str, Any]) -> list[Pair]:
    """Devices that are silent."""
    one = result["idle"]
    count, each, cores = f"{one['connections']:,}", one["kib_per_connection"], one["cores_while_silent"]
    before, after, hundred = one["before_mib"], one["with_them_mib"], f"{each * 100_000 / 2**20:.1f}"
    return [
        ("## Connections", "## 连接"),
        (
            f"{count} devices with credentials, connected and silent: {each} KiB of memory each, {before:,} MiB without and {after:,} with them, "
            f"{cores} of a core. One process may open no more files here. By that, 100,000 would take {hundred} GiB beside; ThingsBoard publishes "
            "100,000 in 6.5 GB.",
            f"{count} 台有凭证的设备连接后不发数据：每个 {each} KiB 内存；无连接时 {before:,} MiB，有连接时 {after:,} MiB，占 {cores} 核。"
            f"此处一个进程可开的文件数以此为限。照此推算，10 万个另需约 {hundred} GiB；ThingsBoard 公布的是 10 万个 6.5 GB。",
        ),
    ]


def limit(result: dict[str, Any]) -> list[Pair]:
    """What the machine could do."""
    one, best = result["limits"], max(run["fast"]["messages_per_core_s"] for run in result["runs"])
    bare, share = f"{one['bare_messages_per_core_s']:,}", f"{100 * best / one['bare_messages_per_core_s']:.0f}"
    syncs, size = f"{one['syncs_per_s']:,}", one["synced_bytes"] // 1024
    return [
        ("## The limit", "## 上限"),
        (
            "The same devices and messages against a bare asyncio socket that decodes each message with msgspec and answers it, and does nothing "
            f"else: {bare} messages a second of a core. Our best run reaches {share} % of it, with all that is done to a message. The disk makes "
            f"{size} KiB durable {syncs} times a second; messages that come together share one.",
            f"同样的设备与消息，对一个只用 msgspec 解码并答复、别无他事的 asyncio 套接字：每核每秒 {bare} 条。我们最好的一次达到其 {share}%，"
            f"其中包含对消息所做的一切。磁盘每秒可落盘 {syncs} 次（每次 {size} KiB）；同时到达的消息共用一次。",
        ),
    ]
