"""Databases that other rooms keep in the data folder are copied as databases, with what is still in their log."""

import asyncio
from pathlib import Path

from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.history.backup.making import back_up
from yuzhang.brain.history.backup.restoring import restore
from yuzhang.core.access import OPERATOR, Party, Policy
from yuzhang.core.secrets import secrets_of
from yuzhang.core.storage import Storage
from yuzhang.entrance.audit.chain.checking import verify
from yuzhang.entrance.audit.room import Auditor

CHANGES = Policy("plan.registry.actions.undo", "planner", reads=False)


def test_audit_that_is_written_to_is_in_the_backup_up_to_its_last_record_and_verifies_after_restoring(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    storage = Storage(data)
    auditor = Auditor(data, secrets_of(data))
    auditor.start()
    for number in range(50):
        kept = auditor.note(Party("u-1"), CHANGES, "begun", f"plan={number}")
        assert kept is not None
        kept.result()
    assert (data / "audit.db-wal").stat().st_size > 0

    async def work() -> None:
        broker = Broker(storage, BrokerSettings())
        await broker.start(serving=False)
        await asyncio.to_thread(back_up, broker, OPERATOR, tmp_path / "copy")
        await broker.stop()

    asyncio.run(work())
    auditor.stop()
    storage.close()
    restore(tmp_path / "copy", tmp_path / "new")
    assert not (tmp_path / "new" / "audit.db-wal").exists()
    secrets = secrets_of(tmp_path / "new")
    found = verify(tmp_path / "new" / "audit.db", secrets)
    assert (found.whole, found.records) == (True, 50)

    again = Auditor(tmp_path / "new", secrets)
    kept = again.note(Party("u-1"), CHANGES, "begun", "plan=51")
    assert kept is not None
    kept.result()
    again.stop()
    found = verify(tmp_path / "new" / "audit.db", secrets)
    assert (found.whole, found.records, found.unsigned) == (True, 51, 0)
