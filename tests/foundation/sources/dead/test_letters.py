"""Dead letters: kept within bounds, replayed after the fix, dropped."""

import logging
import tracemalloc
from typing import NoReturn

import pytest

from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused, TryAgain
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.foundation.sources.dead import DeadLetters, actions, room
from yuzhang.foundation.sources.dead.errors import NoLetter, NotReplayable
from yuzhang.foundation.sources.dead.model import LONGEST_PAYLOAD, LONGEST_PLACE, Letter

WHY = Title("坏", "bad")


def keep(dead: DeadLetters, source: str, *payloads: bytes) -> None:
    """Letters of a source."""
    for one in payloads:
        dead.keep(source, "a/b", one, "unreadable-payload", WHY)


def test_the_oldest_of_a_source_give_way_and_are_counted(storage: Storage) -> None:
    dead = DeadLetters(storage, most_letters=3)
    keep(dead, "noisy", *(str(one).encode() for one in range(5)))
    keep(dead, "quiet", b"x")

    assert [(one.source, one.letters, one.came, one.dropped) for one in actions.kept(dead, OPERATOR)] == [
        ("noisy", 3, 5, 2),
        ("quiet", 1, 1, 0),
    ]
    numbers = [one.number for one in actions.letters(dead, OPERATOR, "noisy")]
    assert [actions.letter(dead, OPERATOR, one).payload for one in numbers] == [b"4", b"3", b"2"]


def test_when_all_have_too_many_bytes_the_heaviest_source_gives_way(storage: Storage) -> None:
    dead = DeadLetters(storage, most_bytes=100)
    keep(dead, "quiet", b"x" * 10)
    keep(dead, "heavy", *(b"y" * 30 for _ in range(5)))
    found = {one.source: one for one in actions.kept(dead, OPERATOR)}
    assert (found["quiet"].letters, found["heavy"].letters, found["heavy"].bytes) == (1, 3, 90)


def test_many_letters_go_into_one_transaction_and_all_are_there_after_the_end(storage: Storage) -> None:
    dead = DeadLetters(storage)
    dead.start()
    keep(dead, "mqtt", *(b"x" for _ in range(500)))
    dead.stop()
    assert actions.kept(DeadLetters(storage), OPERATOR)[0].letters == 500


def test_a_letter_is_shown_as_text_or_as_hexadecimal_digits(storage: Storage) -> None:
    dead = DeadLetters(storage)
    keep(dead, "mqtt", "水位 3".encode(), bytes(range(20)))
    binary, text = (actions.letter(dead, OPERATOR, one.number) for one in actions.letters(dead, OPERATOR))
    assert text.shown == "水位 3"
    assert binary.shown == "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f\n10 11 12 13"


def test_after_the_fix_all_are_replayed_in_order_and_what_is_still_bad_stays_with_its_new_reason(
    storage: Storage,
) -> None:
    dead = DeadLetters(storage)
    keep(dead, "mqtt", *(str(one).encode() for one in range(250)))
    taken: list[bytes] = []

    def redeliver(letter: Letter) -> None:
        if letter.payload == b"7":
            raise InputRefused(Title("还是坏", "still bad"))
        taken.append(letter.payload)

    with pytest.raises(NotReplayable):
        actions.replay_all(dead, OPERATOR, "mqtt")
    dead.register("mqtt", redeliver)
    done = actions.replay_all(dead, OPERATOR, "mqtt")

    assert (done.taken, done.bad) == (249, 1)
    assert taken == [str(one).encode() for one in range(250) if one != 7]
    [left] = actions.letters(dead, OPERATOR, "mqtt")
    assert (left.detail.en, left.code, left.tried) == ("still bad", "input-refused", 1)


def test_when_nothing_can_be_taken_now_the_letters_stay_as_they_are(storage: Storage) -> None:
    dead = DeadLetters(storage)
    keep(dead, "mqtt", b"1", b"2")
    taken: list[bytes] = []

    def busy_after_one(letter: Letter) -> None:
        if taken:
            raise TryAgain(Title("忙", "busy"))
        taken.append(letter.payload)

    dead.register("mqtt", busy_after_one)
    with pytest.raises(TryAgain):
        actions.replay_all(dead, OPERATOR, "mqtt")
    assert [one.tried for one in actions.letters(dead, OPERATOR)] == [0]


def test_a_letter_that_was_too_long_is_kept_in_part_and_is_not_replayed(storage: Storage) -> None:
    dead = DeadLetters(storage)
    keep(dead, "mqtt", b"x" * (LONGEST_PAYLOAD + 1))
    dead.register("mqtt", lambda _: None)
    [letter] = actions.letters(dead, OPERATOR)
    assert (letter.whole, actions.replay(dead, OPERATOR, letter.number).bad) == (False, 1)


def test_dropped_letters_are_gone(storage: Storage) -> None:
    dead = DeadLetters(storage)
    keep(dead, "mqtt", b"1", b"2", b"3")
    first = actions.letters(dead, OPERATOR)[0].number
    actions.drop(dead, OPERATOR, first)
    with pytest.raises(NoLetter):
        actions.letter(dead, OPERATOR, first)
    assert actions.drop_all(dead, OPERATOR, "mqtt") == 2
    assert actions.kept(dead, OPERATOR)[0].letters == 0


def test_letters_are_paged_by_their_numbers_and_filtered_by_reason(storage: Storage) -> None:
    dead = DeadLetters(storage)
    keep(dead, "mqtt", *(b"x" for _ in range(5)))
    dead.keep("mqtt", "a/b", b"y", "unknown-topic", WHY)
    first = actions.letters(dead, OPERATOR, most=2)
    second = actions.letters(dead, OPERATOR, before=first[-1].number, most=2)
    assert [one.number for one in (*first, *second)] == sorted((one.number for one in (*first, *second)), reverse=True)
    assert actions.codes(dead, OPERATOR) == ["unknown-topic", "unreadable-payload"]
    assert len(actions.letters(dead, OPERATOR, code="unknown-topic")) == 1


def test_while_the_disk_is_full_letters_wait_in_bounded_memory_and_what_gave_way_is_counted(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = DeadLetters(storage)

    def full() -> NoReturn:
        raise TryAgain(Title("满", "full"))

    monkeypatch.setattr(room, "WAITING_LETTERS", 10)
    with monkeypatch.context() as broken:
        broken.setattr(storage, "writing", full)
        keep(dead, "mqtt", *(str(one).encode() for one in range(50)))
        with pytest.raises(TryAgain):
            dead.flush()
    keep(dead, "mqtt", b"last")

    [kept] = actions.kept(dead, OPERATOR)
    assert (kept.letters, kept.came, kept.dropped) == (21, 51, 30)
    newest = actions.letters(dead, OPERATOR)[0].number
    assert actions.letter(dead, OPERATOR, newest).payload == b"last"


def test_while_the_disk_is_full_topics_take_of_the_memory_too_and_no_more_of_them_waits_than_is_kept(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    dead = DeadLetters(storage)

    def full() -> NoReturn:
        raise TryAgain(Title("满", "full"))

    caplog.set_level(logging.CRITICAL, room.log.name)  # a record holds its error's frames
    monkeypatch.setattr(room, "WAITING_BYTES", 40_000)
    with monkeypatch.context() as broken:
        broken.setattr(storage, "writing", full)
        tracemalloc.start()
        for one in range(200):
            dead.keep("mqtt", f"{one:060000}"[::-1], b"x", "unknown-topic", WHY)
        taken, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    dead.flush()

    [kept] = actions.kept(dead, OPERATOR)
    assert (kept.came, kept.letters + kept.dropped) == (200, 200)
    assert 50 < kept.letters < 150
    assert taken < 1_000_000
    newest = actions.letters(dead, OPERATOR)[0]
    assert newest.place == "991".ljust(LONGEST_PLACE, "0")
