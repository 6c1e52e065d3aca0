"""What a search finds: exactly what a plain look through all texts finds, of what the asker may see, and as it is now."""

import re
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhang.core.access import OPERATOR, STRANGER, Object, Outcome, Party, Policy
from yuzhang.core.errors import NotAllowed, TryAgain
from yuzhang.core.language import Title
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import Storage
from yuzhang.entrance.portal.errors import IndexAway
from yuzhang.entrance.portal.room import Portal
from yuzhang.entrance.portal.search.actions import PAGE_LENGTH, search, suggest
from yuzhang.entrance.portal.search.index import Index
from yuzhang.entrance.portal.search.words import PIECES, Part, parts, plain, sounds_at, spoken
from yuzhang.web.searching import EVERYBODY, Document, Need, Scope, having

ENTITY = "brain.context.actions.retrieve"


class Shelf:
    """A room with documents."""

    name = "shelf"
    kinds = (("book", Title("书", "Books")), ("note", Title("笔记", "Notes")))

    def __init__(self, documents: Sequence[Document]) -> None:
        self.kept = list(documents)
        self.edition = 0

    def state(self) -> str:
        """Its edition."""
        return str(self.edition)

    def documents(self) -> Iterable[Document]:
        """All of them."""
        return iter(self.kept)


class Levels:
    """A guard that lets see up to a level, and one region."""

    noting = False

    def __init__(self, level: int, region: str = "") -> None:
        self.level, self.region = level, region

    def allows(self, caller: Party, policy: Policy, about: Object) -> bool:
        """Whether it is not above the level, nor in another region."""
        return about.level <= self.level and about.region in ("", self.region)

    def refusal(self, caller: Party, policy: Policy) -> NotAllowed:
        """One text."""
        return NotAllowed(Title("不可", "No"))

    def note(self, caller: Party, policy: Policy, outcome: Outcome, subject: str) -> Future[None] | None:
        """Nothing."""
        return None


def book(key: str, zh: str, en: str = "", text: str = "", scope: Scope = EVERYBODY) -> Document:
    """A document."""
    return Document(key, "book", Title(zh, en), text, f"/books/{key}", scope)


@pytest.fixture
def shelf() -> Shelf:
    """An empty one."""
    return Shelf([])


@pytest.fixture
def portal(storage: Storage, shelf: Shelf) -> Iterator[Portal]:
    """A portal that searches the shelf, and asks it whenever somebody searches."""
    made = Portal(storage, Secrets(b"k" * 32), [shelf])
    yield made
    made.index.close()


def found(portal: Portal, text: str, caller: Party = OPERATOR) -> list[str]:
    """The addresses that a search shows."""
    return [one.address for group in search(portal, caller, text).groups for one in group.found]


@pytest.mark.parametrize(
    "typed", ["空气", "气质", "空气质量", "kongqi", "kq", "Quality", "qual air", "质量 index", "量"]
)
def test_reader_finds_a_title_by_two_characters_pinyin_or_english(portal: Portal, shelf: Shelf, typed: str) -> None:
    shelf.kept = [book("air", "空气质量指数", "Air quality index"), book("water", "水资源", "Water")]
    assert found(portal, typed) == ["/books/air"]


@pytest.mark.parametrize("typed", ["气空", "空质", "质量空气", "ality", "kongzhi", "空气 water", "指数水"])
def test_reader_does_not_find_what_is_not_there(portal: Portal, shelf: Shelf, typed: str) -> None:
    shelf.kept = [book("air", "空气质量指数", "Air quality index"), book("water", "水资源", "Water")]
    assert found(portal, typed) == []


def fits(one: Document, part: Part) -> bool:
    """The plain look through a document."""
    title = plain(f"{one.title.zh}\n{one.title.en}")
    every = f"{title}\n{plain(one.text)}"
    if part.chinese:
        return part.text in every
    if any(word[2] and word[2].startswith(part.text) for word in PIECES.finditer(every)):
        return True
    runs = [spoken(run[1]) for run in PIECES.finditer(title) if run[1]]
    return any(sounds_at(run[at:], part.text) for run in runs for at in range(len(run)))


WORDS = st.text("南昌重庆长行 ab1，-", max_size=7)
TYPED = st.one_of(
    st.text("南昌重庆长行 ab1", min_size=1, max_size=5),
    st.lists(
        st.sampled_from(["nan", "chang", "zhang", "c", "q", "ing", "n", "zhong", "ab", "行"]), min_size=1, max_size=3
    ).map("".join),
)


@settings(max_examples=150)
@given(st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=6), st.lists(TYPED, min_size=1, max_size=3))
def test_the_index_finds_exactly_what_a_plain_look_through_all_texts_finds(
    tmp_path_factory: pytest.TempPathFactory, texts: list[tuple[str, str, str]], typed: list[str]
) -> None:
    documents = [book(str(at), zh, en, text) for at, (zh, en, text) in enumerate(texts)]
    index = Index(tmp_path_factory.mktemp("index") / "search.db")
    try:
        index.take("shelf", "1", documents)
        asked = parts(" ".join(typed))
        if not asked:
            return
        expected = {one.address for one in documents if all(fits(one, part) for part in asked)}
        scopes = [number for number, _ in index.scopes()]
        assert {one.address for one in index.find(asked, scopes, "", 0, 100)} == expected
        assert sum(index.count(asked, scopes).values()) == len(expected)
    finally:
        index.close()


def test_what_one_may_not_see_is_neither_found_nor_counted_nor_makes_a_page(portal: Portal, shelf: Shelf) -> None:
    secret = ((Need(ENTITY, kind="Camera", level=3),),)
    shelf.kept = [book(f"s{at:02}", "桥梁", scope=secret) for at in range(PAGE_LENGTH)]
    shelf.kept += [book(f"o{at:02}", "桥梁", scope=having(ENTITY)) for at in range(PAGE_LENGTH)]
    official = Party("a", kind="official", guard=Levels(2))
    answer = search(portal, official, "桥梁", kind="book")
    assert answer.total == answer.groups[0].total == PAGE_LENGTH
    assert {one.address[7] for one in answer.groups[0].found} == {"o"}
    assert search(portal, official, "桥梁", kind="book", page=2).groups[0].found == []
    assert search(portal, replace(official, guard=Levels(3)), "桥梁").total == 2 * PAGE_LENGTH
    assert suggest(portal, official, "桥梁").total <= PAGE_LENGTH
    for ask in (search, suggest):
        with pytest.raises(NotAllowed):
            ask(portal, STRANGER, "桥梁")


def test_a_thing_of_several_types_needs_all_and_one_of_several_places_needs_one(portal: Portal, shelf: Shelf) -> None:
    two_types = ((Need(ENTITY, kind="A", level=1),), (Need(ENTITY, kind="B", level=3),))
    two_places = ((Need(ENTITY, kind="A", region="east"), Need(ENTITY, kind="A", region="west")),)
    shelf.kept = [book("types", "桥梁", scope=two_types), book("places", "桥梁", scope=two_places)]
    east = Party("a", kind="official", guard=Levels(2, "east"))
    assert found(portal, "桥梁", east) == ["/books/places"]
    assert found(portal, "桥梁", replace(east, guard=Levels(2, "north"))) == []
    assert len(found(portal, "桥梁", replace(east, guard=Levels(3, "west")))) == 2


def test_what_changes_is_found_anew_and_what_goes_is_found_no_more(portal: Portal, shelf: Shelf) -> None:
    shelf.kept = [book("a", "老桥"), book("b", "新桥")]
    assert len(found(portal, "桥")) == 2
    shelf.kept, shelf.edition = [book("a", "老路"), book("c", "古桥")], 1
    assert found(portal, "桥") == ["/books/c"]
    assert found(portal, "laolu") == ["/books/a"]
    assert found(portal, "laoqiao") == []


def test_the_best_comes_first_and_of_each_kind_some(portal: Portal, shelf: Shelf) -> None:
    shelf.kept = [book(f"t{at}", "别的", text="森林里的事") for at in range(30)]
    shelf.kept += [book("title", "森林覆盖率"), replace(book("note", "森林笔记"), kind="note")]
    answer = search(portal, OPERATOR, "森林")
    assert [(group.kind, group.total) for group in answer.groups] == [("book", 31), ("note", 1)]
    assert answer.groups[0].found[0].address == "/books/title"
    pages = [search(portal, OPERATOR, "森林", kind="book", page=page).groups[0].found for page in (1, 2)]
    assert [len(page) for page in pages] == [PAGE_LENGTH, 11]
    assert len({one.address for page in pages for one in page}) == 31


def test_a_damaged_index_is_a_problem_that_says_so_and_a_deleted_one_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "search.db"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(IndexAway):
        Index(path).scopes()
    path.unlink()
    again = Index(path)
    assert again.take("shelf", "1", [book("a", "桥")]) == 1
    again.close()


def test_an_index_of_another_edition_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Index(tmp_path / "search.db")
    first.take("shelf", "1", [book("a", "桥")])
    first.close()
    monkeypatch.setattr("yuzhang.entrance.portal.search.index.EDITION", 99)
    second = Index(tmp_path / "search.db")
    assert second.state("shelf") is None
    second.close()


def test_the_thread_takes_in_what_is_new_and_ends(portal: Portal, shelf: Shelf) -> None:
    shelf.kept = [book("a", "桥梁")]
    portal.start()
    try:
        for _ in range(200):
            if portal.refreshing.complete():
                break
            portal.refreshing._ended.wait(0.02)
        assert found(portal, "桥梁") == ["/books/a"]
    finally:
        portal.stop()


def test_a_source_that_cannot_be_read_rests_as_long_as_one_that_can(
    portal: Portal, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def broken() -> str:
        asked.append(time.monotonic())
        time.sleep(0.1)
        raise TryAgain(Title("忙", "Busy"))

    monkeypatch.setattr(shelf, "state", broken)
    monkeypatch.setattr("yuzhang.entrance.portal.search.refreshing.LOOK_S", 0.01)
    portal.refreshing.start()
    while not asked:
        time.sleep(0.01)
    time.sleep(0.5)  # fifty looks
    portal.refreshing.stop()
    assert len(asked) == 1


def test_signs_of_the_engine_are_text(portal: Portal, shelf: Shelf) -> None:
    shelf.kept = [book("a", "桥梁 \" ' * ( ) AND NEAR {x}")]
    for typed in ('"', "桥* OR", "NEAR(桥)", "{title_pairs}: x", "a' OR 1=1 --", "桥\x00梁", "^桥"):
        assert re.fullmatch(r"\[.*\]", str(found(portal, typed)))
