"""The processes that run officers' queries, as the server has them: started when they are needed, ended at their limits."""

import os
import subprocess
import sys
import threading
from collections.abc import Sequence

import msgspec

from yuzhang.brain.history.room import History
from yuzhang.brain.history.sql.errors import QueriesBusy, error_of
from yuzhang.brain.history.sql.model import Answer, Limits, Question, Refusal, View, setup_of
from yuzhang.brain.history.sql.worker import receive, send
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings

START_S = 20.0
"""A worker that starts may take so long besides: half a second on a machine at rest."""
GRACE_S = 2.0
SPENT = ("large", "away")
"""Refusals after which a worker is ended: it does not give back the addresses that a query took, and without any left the lake cannot
be opened again."""
PASSED_ON = ("PATH", "HOME", "LANG", "PYTHONPATH", "TZ")


class Workers:
    """Runs queries of one data folder. May be used from several threads."""

    def __init__(self, settings: Settings, views: Sequence[View], limits: Limits | None = None) -> None:
        self.views = list(views)
        self.history: History | None = None
        """Says which series a party sees; without it only those who see all are answered."""
        self.limits = limits or Limits()
        self._setup = setup_of(
            settings.data.resolve(), self.views, self.limits, settings.lake, settings.context_database
        )
        self._free = threading.BoundedSemaphore(self.limits.at_once)
        self._idle: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()

    def ask(self, question: Question) -> Answer:
        """The answer. Raises: QueriesBusy, QueryNotAllowed, UnfitQuery, QueryTooLarge, LakeFileMissing."""
        if not self._free.acquire(timeout=self.limits.waiting_s):
            raise QueriesBusy(Title("正在运行的查询已达上限。", "As many queries as may run at once are running."))
        try:
            return self._ask(question)
        finally:
            self._free.release()

    def _ask(self, question: Question) -> Answer:
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        seconds = self.limits.seconds + GRACE_S
        if worker is not None and worker.poll() is not None:
            _end(worker)
            worker = None
        if worker is None:
            worker, seconds = self._started(), seconds + START_S
        reply = _reply(worker, msgspec.msgpack.encode(question), seconds)
        if reply is None:
            raise error_of(_ended(self.limits), question.query)
        if isinstance(reply, Refusal):
            if reply.kind in SPENT:
                _end(worker)
            else:
                self._rests(worker)
            raise error_of(reply, question.query)
        self._rests(worker)
        return reply

    def _rests(self, worker: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._idle.append(worker)

    def _started(self) -> subprocess.Popen[bytes]:
        names = PASSED_ON + (tuple(one for one in os.environ if one.startswith("AWS_")) if self._setup.catalog else ())
        worker = subprocess.Popen(
            [sys.executable, "-m", "yuzhang.brain.history.sql.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in names if name in os.environ},
        )
        assert worker.stdin is not None  # noqa: S101  # it is a pipe
        send(worker.stdin, msgspec.msgpack.encode(self._setup))
        return worker

    def close(self) -> None:
        """End the workers."""
        with self._lock:
            ending, self._idle = self._idle, []
        for one in ending:
            _end(one)


def _reply(worker: subprocess.Popen[bytes], question: bytes, seconds: float) -> Answer | Refusal | None:
    """What a worker answers; None if it ended, or was ended after `seconds`."""
    assert worker.stdin is not None  # noqa: S101  # they are pipes
    assert worker.stdout is not None  # noqa: S101
    timer = threading.Timer(seconds, worker.kill)
    timer.start()
    told = None
    try:
        send(worker.stdin, question)
        told = receive(worker.stdout)
    except OSError:
        told = None
    finally:
        timer.cancel()
        if told is None:
            _end(worker)
    if told is None:
        return None
    good, reply = msgspec.msgpack.decode(told)
    if good:
        return msgspec.convert(reply, Answer)
    return msgspec.convert(reply, Refusal)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.kill()
    worker.wait()
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:  # what was not sent cannot be sent any more
                continue


def _ended(limits: Limits) -> Refusal:
    return Refusal(
        "large",
        f"查询超出限额（{limits.seconds:g} 秒，{limits.memory_bytes // 2**20} MiB），已终止。",
        f"The query went beyond its limits ({limits.seconds:g} s, {limits.memory_bytes // 2**20} MiB) and was ended.",
    )
