"""The first page as each role has it, with the real policies: what is needed first, and nothing that one may not see."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from web.views import PLAN, View
from yuzhang.core.access import STRANGER, Party
from yuzhang.entrance.identity import parties
from yuzhang.web.gate import Asking

HTML = {"accept": "text/html"}
EVERYBODY = ["notifications", "favourites"]
assert parties, "the room whose actions the card of the system administrator asks for"
SEEN = {
    "plan-officer": ["targets", "reviews", "incoming"],
    "duty-officer": ["incoming", "targets"],
    "department-officer": ["department", "incoming"],
    "data-officer": ["holdings", "incoming"],
    "domain-engineer": ["holdings", "incoming"],
    "system-administrator": ["parties"],
    "security-administrator": ["policies"],
    "audit-administrator": ["audit", "policies"],
}
Coming = Callable[[Party], TestClient]


@pytest.fixture
def coming(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Coming]:
    """A browser in which a party of the test's choice has signed in."""
    entrance = app.state.entrance

    def come(party: Party) -> TestClient:
        def known(asking: Asking) -> Party:
            return replace(party, guard=entrance.guard)

        monkeypatch.setattr(entrance.gate, "party", known)
        return TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000), headers=HTML)

    yield come
    entrance.audit.stop()


def cards(html: str) -> list[str]:
    """The cards of the page, in their order."""
    return re.findall(r'<h2 id="card-(\w+)"', html)


def official(role: str) -> Party:
    """An official in a role, who proved twice who it is."""
    return Party("p1", frozenset({role}), "official", name="王芳", unit="生态环境局", factors=2)


@pytest.mark.parametrize("role", SEEN)
def test_each_role_has_first_what_it_needs(coming: Coming, role: str) -> None:
    html = coming(official(role)).get("/").text
    assert cards(html) == [*SEEN[role], *EVERYBODY]
    assert "王芳，您好" in html


def test_administrator_with_one_proof_only_sees_no_more_than_their_own(coming: Coming) -> None:
    for role in ("system-administrator", "security-administrator", "audit-administrator"):
        assert cards(coming(replace(official(role), factors=1)).get("/").text) == EVERYBODY


@pytest.mark.parametrize("kind", ["citizen", "enterprise"])
def test_citizens_and_enterprises_read_the_published_plan_in_plain_words(coming: Coming, kind: str) -> None:
    browser = coming(Party("p2", frozenset(), kind, name="李雷"))
    html = browser.get("/").text
    assert cards(html) == ["published", *EVERYBODY]
    assert re.search(r"31 项目标中，\d+ 项已实现或进展正常", html)
    for link in ("/sql", "/audit", "/policy", "/admin/parties", f"/plan/{PLAN}/review"):
        assert link not in View(html).links
    found = browser.get("/api/search", params={"q": "生产总值"}).json()["groups"]
    assert "indicator" in {group["kind"] for group in found}


def test_candidates_under_review_are_found_by_who_may_read_the_text_only(coming: Coming) -> None:
    asked = {"q": "国际性产业集群"}
    officer, citizen = official("plan-officer"), Party("p3", frozenset(), "citizen")
    assert coming(officer).get("/api/search", params=asked).json()["total"] == 1
    assert coming(citizen).get("/api/search", params=asked).json()["total"] == 0


def test_the_audit_administrator_finds_no_data(coming: Coming) -> None:
    groups = coming(replace(official("audit-administrator"), kind="official")).get("/api/search?q=gdp").json()["groups"]
    roles = {group["kind"] for group in groups}
    assert roles <= {"plan", "indicator", "commitment", "project", "series", "help"}, "what every official reads"


def test_links_lead_to_pages_that_open(coming: Coming) -> None:
    for role in SEEN:
        browser = coming(official(role))
        html = browser.get("/").text
        for link in dict.fromkeys(View(html).links):
            if link.startswith("/") and not link.startswith(("/account", "/sign", "/policy", "/audit", "/admin")):
                assert browser.get(link).status_code == 200, (role, link)


def test_stranger_finds_the_way_in_and_no_data(coming: Coming) -> None:
    html = coming(STRANGER).get("/").text
    assert "/sign-in" in View(html).links
    assert cards(html) == []
