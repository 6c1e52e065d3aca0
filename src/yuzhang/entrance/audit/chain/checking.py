"""Verifies the audit's own file: its keys are this installation's, its chain is whole, and outside witnesses find what they kept."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from yuzhang.core.errors import Broken
from yuzhang.core.language import Title
from yuzhang.core.secrets import Secrets
from yuzhang.entrance.audit.chain.signing import PublicKey, signer_of
from yuzhang.entrance.audit.chain.verifying import Told, Walk
from yuzhang.entrance.audit.errors import NothingRecorded, UnfitExport
from yuzhang.entrance.audit.model import Fault, Statement, Verified
from yuzhang.entrance.audit.store import looking


def verify(
    path: Path,
    secrets: Secrets | None,
    witnesses: Sequence[Statement] = (),
    pinned: PublicKey | None = None,
    told: Told = lambda _: None,
) -> Verified:
    """What is found in the file `path`.

    `secrets`: those that its keys have to be sealed with; None does not look at that. `pinned`: the only key that is trusted.
    Raises: NothingRecorded if there is no file, AuditBusy if it cannot be read.
    """
    with looking.looking(path) as connection:
        if connection is None:
            raise NothingRecorded(Title("还没有审计记录。", "There is no record yet."), where=str(path))
        there = looking.keys(connection)
        if not there:
            raise NothingRecorded(
                Title("文件中没有签名密钥。", "There is no signing key in the file."), where=str(path)
            )
        keys, odd = _trusted(there, secrets, pinned)
        stated = looking.statements(connection)
        removed = [one for one in stated if one.kind == "removal"]
        last = removed[-1] if removed else None
        begins = last.number + 1 if last else 1
        previous = bytes.fromhex(last.hash) if last else looking.chain(connection)
        own = [one for one in stated if one.number >= begins]
        walk = Walk(begins, previous, [*own, *(one for one in witnesses if one.number >= begins)], keys, told)
        walk.faults += odd
        if last is not None and not walk.trusts(last):
            walk.faults.append(
                _said(last.number, "删除记录的声明签名不符。", "the statement of a removal is not signed.")
            )
        walk.faults += _elsewhere(witnesses, looking.chain(connection), last)
        return walk.go(looking.records(connection))


def _trusted(
    there: list[tuple[PublicKey, bytes]], secrets: Secrets | None, pinned: PublicKey | None
) -> tuple[list[PublicKey], list[Fault]]:
    keys, odd = [], []
    for key, sealed in there:
        try:
            if secrets is not None:
                signer_of(secrets, key, sealed)
            keys.append(key)
        except Broken:
            odd.append(_said(0, f"密钥 {key.name} 不是本系统的。", f"the key {key.name} is not of this installation."))
    if pinned is None:
        return keys, odd
    if pinned.name not in {key.name for key in keys}:
        odd.append(
            _said(0, f"文件不由密钥 {pinned.name} 签名。", f"the file is not signed with the key {pinned.name}.")
        )
    return [pinned], odd


def _elsewhere(witnesses: Iterable[Statement], chain: bytes, last: Statement | None) -> list[Fault]:
    """What witnesses say that the walk does not meet: another chain, or the place where the removed part ends."""
    odd = [
        _said(one.number, "见证属于另一条链。", "the witness knows another chain.")
        for one in witnesses
        if one.chain != chain.hex()
    ]
    odd += [
        _said(one.number, "已删部分的末尾与见证不符。", "the removed part ended otherwise, as the witness knows.")
        for one in witnesses
        if last is not None and one.number == last.number and one.hash != last.hash
    ]
    return odd


def _said(number: int, chinese: str, english: str) -> Fault:
    return Fault(number, "forged", Title(f"记录 {number}：{chinese}", f"record {number}: {english}"))


def witnesses_of(path: Path) -> list[Statement]:
    """What a witness kept: a file with one statement a line. Raises UnfitExport, naming the line."""
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise UnfitExport.at(str(path), "无法读取。", "it cannot be read.") from err
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(msgspec.json.decode(line, type=Statement))
            except (msgspec.DecodeError, UnicodeEncodeError) as err:
                raise UnfitExport.at(f"{path}:{number}", "不是检查点。", "it is no checkpoint.") from err
    if not found:
        raise UnfitExport.at(str(path), "没有检查点。", "it holds no checkpoint.")
    return found
