"""The ETSI suite on this machine: a copy of it, set up for loopback, and the folders of cases in it."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CASES = Path("TP/NGSI-LD")
CONTEXTS = Path("resources/jsonld-contexts")
# Where the suite's own files say that its contexts live.
CONTEXTS_BASE = "https://raw.githubusercontent.com/marek-mraz/ngsi-ld-test-suite/main/resources/jsonld-contexts/"
# Some files still name the place that the suite's contexts came from; the terms there are the same.
CONTEXTS_ORIGIN = (
    "https://easy-global-market.github.io/ngsild-api-data-models/ngsildTestSuite/ngsildTestSuiteV1.8-compound.jsonld"
)
# Contexts on other hosts that cases name without using a term of them. No copy of them is at hand offline; an empty one stands in.
ELSEWHERE = (
    "https://fiware.github.io/data-models/context.jsonld",
    "https://fiware.github.io/NGSI-LD_TestSuite/ldContext/testContext.jsonld",
)
CORE_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
# 050_04 names the broker by this port, which is the port of the suite's own broker.
FIXED_PORT = 9090


@dataclass(frozen=True, slots=True)
class Ports:
    """The addresses of one run. An offset keeps runs at the same time apart."""

    offset: int = 0

    @property
    def broker(self) -> int:
        return FIXED_PORT + self.offset

    @property
    def notifications(self) -> int:
        return 8085 + self.offset

    @property
    def source(self) -> int:
        return 8086 + self.offset

    @property
    def contexts(self) -> int:
        return 8087 + self.offset

    @property
    def mqtt(self) -> int:
        """The port of the MQTT broker for the cases which name one; the others use 1883."""
        return 8088 + self.offset

    @property
    def mqtt_host(self) -> str:
        """Cases without a port mean 1883, so runs at the same time need addresses of their own.

        >>> Ports(0).mqtt_host, Ports(10).mqtt_host, Ports(3000).mqtt_host
        ('127.0.0.1', '127.0.0.11', '127.0.11.185')
        """
        return f"127.0.{self.offset // 256}.{self.offset % 256 + 1}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.broker}/ngsi-ld/v1"


def copy_suite(suite: Path, to: Path, ports: Ports, url: str, core_context: str = CORE_CONTEXT) -> Path:
    """A copy of the suite in `to`, for a broker at `url`. Only its configuration and its MQTT server differ."""
    for part in ("TP", "data", "libraries", "resources"):
        shutil.copytree(suite / part, to / part)
    (to / "resources/variables.py").write_text(_variables(ports, url, core_context), encoding="utf-8")
    here = Path(__file__).parent
    shutil.copy(here / "MqttUtils.resource", to / "resources/mqttUtils/MqttUtils.resource")
    shutil.copy(here / "mqtt.py", to / "resources/mqttUtils/mqtt.py")
    return to


def _variables(ports: Ports, url: str, core_context: str) -> str:
    values: dict[str, str | int | bool] = {
        "url": url,
        "temporal_api_url": url,
        "ngsild_test_suite_context": CONTEXTS_BASE + "ngsi-ld-test-suite-compound.jsonld",
        "notification_server_host": "127.0.0.1",
        "notification_server_port": ports.notifications,
        "mqtt_broker_host": ports.mqtt_host,
        "mqtt_broker_non_default_port": ports.mqtt,
        "context_source_host": "127.0.0.1",
        "context_source_port": ports.source,
        "context_server_host": "127.0.0.1",
        "context_server_port": ports.contexts,
        "core_context": core_context,
        "delete_temporal_on_core_delete": True,
    }
    return "".join(f"{name} = {value!r}\n" for name, value in values.items())


def context_copies(suite: Path, to: Path) -> Path:
    """A folder of the suite's own contexts with index.toml (address = file), which a broker can be given offline."""
    to.mkdir(parents=True, exist_ok=True)
    lines = []
    for file in sorted((suite / CONTEXTS).glob("*.jsonld")):
        shutil.copy(file, to / file.name)
        lines.append(f'"{CONTEXTS_BASE}{file.name}" = "{file.name}"\n')
    if (to / "ngsi-ld-test-suite-compound.jsonld").exists():
        lines.append(f'"{CONTEXTS_ORIGIN}" = "ngsi-ld-test-suite-compound.jsonld"\n')
    for place, address in enumerate(ELSEWHERE):
        (to / f"elsewhere-{place}.jsonld").write_text('{"@context": {}}', encoding="utf-8")
        lines.append(f'"{address}" = "elsewhere-{place}.jsonld"\n')
    (to / "index.toml").write_text("".join(lines), encoding="utf-8")
    return to


def commit(suite: Path) -> str:
    """Which state of the suite this is: its commit and that commit's day."""
    line = ["git", "-C", str(suite), "log", "-1", "--format=%h of %cs"]
    told = subprocess.run(line, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "an unknown commit"


def folders(suite: Path, only: str | None = None) -> list[Path]:
    """The folders that hold case files (or the one case file named), below the suite, in order."""
    chosen = suite / CASES
    if only:
        chosen = next((one for one in (suite / only, suite / CASES / only) if one.exists()), None) or _named(
            suite, only
        )
        if chosen.is_file():
            return [chosen.relative_to(suite)]
    return sorted({file.parent.relative_to(suite) for file in chosen.rglob("*.robot")})


def _named(suite: Path, name: str) -> Path:
    """The case file of a name such as 001_01."""
    found = next((suite / CASES).rglob(f"{name.removesuffix('.robot')}.robot"), None)
    if found is None:
        raise SystemExit(f"The suite has no folder and no case file {name} (below {CASES}).")
    return found


def files(suite: Path, place: Path) -> list[Path]:
    """The case files of one folder, without those of folders below it."""
    return (
        [place]
        if place.suffix == ".robot"
        else sorted(file.relative_to(suite) for file in (suite / place).glob("*.robot"))
    )


def needs_fixed_port(suite: Path, place: Path) -> bool:
    """Whether a case in this folder names the broker by the suite's own port."""
    return any(f"localhost:{FIXED_PORT}" in (suite / file).read_text(encoding="utf-8") for file in files(suite, place))
