"""A bus and an object store of the tests' own: on free ports, in temporary folders, ended with the tests."""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

PROGRAMS = Path(sys.executable).parent
ACCESS_KEY, SECRET_KEY = "yuzhang", "only-for-tests"
IDENTITIES = (
    '{"identities": [{"name": "yuzhang", "actions": ["Admin", "Read", "Write", "List", "Tagging"], '
    f'"credentials": [{{"accessKey": "{ACCESS_KEY}", "secretKey": "{SECRET_KEY}"}}]}}]}}'
)


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Part:
    """A server in a folder of its own, which outlives a stop."""

    def __init__(self, name: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"yuzhang-{name}-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """What to run."""
        raise NotImplementedError

    def ready(self) -> bool:
        """Whether it answers."""
        raise NotImplementedError

    def start(self) -> None:
        """Run, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log, cwd=self.folder)
        deadline = time.monotonic() + 60
        while not self.ready():
            assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it: SIGKILL as if the power had gone."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None

    def drop(self) -> None:
        """End it and take its files away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Nats(Part):
    """NATS with JetStream, which syncs every message to the disk before it answers."""

    def __init__(self) -> None:
        super().__init__("nats")
        (self.folder / "nats.conf").write_text(
            f'listen: "127.0.0.1:{self.port}"\nmax_payload: 8MB\n'
            f'jetstream {{ store_dir: "{self.folder}/jetstream", sync_interval: always }}\n'
        )

    def command(self) -> list[str]:
        """The server over its configuration."""
        return [str(PROGRAMS / "nats-server"), "-c", str(self.folder / "nats.conf")]

    def ready(self) -> bool:
        """Whether it takes connections."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def url(self, stream: str) -> str:
        """The address of a stream."""
        return f"nats://127.0.0.1:{self.port}/{stream}"


class SeaweedFS(Part):
    """An object store that speaks S3."""

    def __init__(self) -> None:
        super().__init__("seaweedfs")
        (self.folder / "data").mkdir()
        (self.folder / "s3.json").write_text(IDENTITIES)
        self._ports = [free_port() for _ in range(7)]

    def command(self) -> list[str]:
        """Master, volume server, filer and S3 in one process."""
        master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3_grpc = map(str, self._ports)
        options = {
            "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "dir": str(self.folder / "data"),
            "master.port": master, "master.port.grpc": master_grpc, "volume.port": volume, "volume.port.grpc": volume_grpc,
            "filer.port": filer, "filer.port.grpc": filer_grpc, "s3.port": str(self.port), "s3.port.grpc": s3_grpc,
            "s3.port.iceberg": "0", "s3.port.lance": "0", "s3.config": str(self.folder / "s3.json"),
            "master.volumeSizeLimitMB": "64", "volume.max": "50",
        }  # fmt: skip
        return [
            str(PROGRAMS / "weed"),
            "server",
            "-s3",
            "-filer",
            *(f"-{name}={value}" for name, value in options.items()),
        ]

    def ready(self) -> bool:
        """Whether it stores: the first answers come before there is a place for files."""
        try:
            answer = httpx.put(f"http://127.0.0.1:{self._ports[4]}/ready/a", content=b"a", timeout=5)
            return answer.status_code < 300 and httpx.get(self.endpoint, timeout=5).status_code < 500
        except httpx.TransportError:
            return False

    @property
    def endpoint(self) -> str:
        """Where it speaks S3."""
        return f"http://127.0.0.1:{self.port}"

    def place(self, name: str) -> str:
        """An address for files that nobody else uses. All are in one bucket: each bucket takes volumes, of which there are not many."""
        bucket = f"http://127.0.0.1:{self._ports[4]}/buckets/yuzhang/"
        if httpx.head(bucket, timeout=30).status_code == 404:
            httpx.post(bucket, timeout=30).raise_for_status()
        return f"s3://yuzhang/{name}"

    def environment(self) -> dict[str, str]:
        """Where it is and who asks, in the variables that all clients of S3 know."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
        }
