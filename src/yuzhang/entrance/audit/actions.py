"""What can be done with the audit: look, verify, take out, and let go what is old. There is no action that changes a record.

All need the right `audit`, which system administrators do not have; all are recorded themselves.
"""

import time
from collections.abc import Iterator, Sequence

from yuzhang.core.access import Party, action
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.entrance.audit.chain import checking, exporting
from yuzhang.entrance.audit.chain.signing import PublicKey
from yuzhang.entrance.audit.chain.verifying import Told
from yuzhang.entrance.audit.errors import NothingRecorded, TooShort
from yuzhang.entrance.audit.model import DAY_US, LEAST_KEPT_DAYS, OUTCOMES, Found, Overview, Statement, Verified, Wanted
from yuzhang.entrance.audit.room import Auditor
from yuzhang.entrance.audit.store import looking

MOST = 1_000
"""Records a page."""
DAYS = 92


@action("audit", reads=True, personal=True)
def search(auditor: Auditor, caller: Party, subject: str, wanted: Wanted, limit: int = 50) -> Found:
    """Records that fit, the newest first. `subject`: what is looked for in words (`wanted.told`), for the record of the search.

    Raises InputRefused for an outcome that there is not, or a page of more than 1,000.
    """
    if wanted.outcome and wanted.outcome not in OUTCOMES:
        raise InputRefused(
            Title(f"没有结果“{wanted.outcome}”。", f"There is no outcome “{wanted.outcome}”."),
            where="/outcome",
            fix=Title(f"可选：{'、'.join(OUTCOMES)}。", f"One of: {', '.join(OUTCOMES)}."),
        )
    if not 0 < limit <= MOST:
        raise InputRefused(Title(f"每页 1 至 {MOST} 条。", f"A page has 1 to {MOST} records."), where="/limit")
    if any((wanted.text, wanted.action, wanted.subject, wanted.purpose, wanted.peer)):
        auditor.index()
    with looking.looking(auditor.path) as connection:
        return Found([], None) if connection is None else looking.search(connection, wanted, limit)


@action("audit", reads=True)
def overview(auditor: Auditor, caller: Party) -> Overview:
    """The state of the chain and its records a day, of the last 92 days."""
    since = (time.time_ns() // 1_000 // DAY_US - DAYS + 1) * DAY_US
    with looking.looking(auditor.path) as connection:
        if connection is None:
            return Overview(0, 0, 0, None, None, 0, [])
        return looking.overview(connection, auditor.path.stat().st_size, since)


@action("audit", reads=True)
def verify(
    auditor: Auditor,
    caller: Party,
    witnesses: Sequence[Statement] = (),
    pinned: PublicKey | None = None,
    told: Told = lambda _: None,
) -> Verified:
    """Go through the whole chain; what is found is kept for the page. `told` hears of records done. Raises NothingRecorded."""
    found = checking.verify(auditor.path, auditor.secrets, witnesses, pinned, told)
    with auditor.lock:
        auditor.file.remember(found)
    return found


@action("audit", reads=True)
def checkpoint(auditor: Auditor, caller: Party) -> Statement:
    """A signed statement on the newest record, for an outside witness to keep. Raises NothingRecorded, AuditBusy."""
    with auditor.lock:
        auditor.flush()
        auditor.sign()
    with looking.looking(auditor.path) as connection:
        found = looking.newest(connection) if connection is not None else None
    if found is None:
        raise NothingRecorded(Title("还没有审计记录。", "There is no record yet."))
    return found


@action("audit", reads=True)
def public_key(auditor: Auditor, caller: Party) -> PublicKey:
    """The key that checks the signatures; to be kept apart. Raises NothingRecorded."""
    with looking.looking(auditor.path) as connection:
        found = looking.keys(connection) if connection is not None else []
    if not found:
        raise NothingRecorded(Title("还没有审计记录。", "There is no record yet."))
    return found[-1][0]


@action("audit", reads=True, personal=True)
def export(
    auditor: Auditor,
    caller: Party,
    since: int | None = None,
    until: int | None = None,
    told: Told = lambda _: None,
) -> Iterator[bytes]:
    """The lines of a file with the records of a time that proves itself. Raises NothingRecorded, AuditBusy, both while it is read."""
    with auditor.lock:
        auditor.flush()

    def stated(begins: int, number: int, last: str, at: int) -> Statement:
        with auditor.lock:
            return auditor.file.stated("export", begins, number, last, at)

    view = looking.looking(auditor.path)
    return exporting.lines(view, since, until, stated, auditor.signing_key(), told)


@action("audit", reads=False)
def remove_old(auditor: Auditor, caller: Party, keep_days: int) -> int:
    """Remove whole signed parts that are older; how many records. A signed statement of it stays, so the rest can be verified.

    Raises TooShort for less than 180 days. Source: Cybersecurity Law of the PRC, art. 21 (3).
    """
    if keep_days < LEAST_KEPT_DAYS:
        raise TooShort(
            Title(f"审计记录至少保存 {LEAST_KEPT_DAYS} 天。", f"Records are kept for {LEAST_KEPT_DAYS} days at least."),
            where="/keep_days",
            fix=Title(
                "依据《网络安全法》第二十一条；请给出更长的时间。",
                "By the Cybersecurity Law, art. 21; name a longer time.",
            ),
        )
    now = time.time_ns() // 1_000
    with looking.looking(auditor.path) as connection:
        through = looking.removable(connection, now - keep_days * DAY_US) if connection is not None else 0
    if not through:
        return 0
    with auditor.lock:
        return auditor.file.remove(through, now)
