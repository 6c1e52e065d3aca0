"""What a reader gets: every page in both languages, addresses that bring a view back, search, clear problems."""

import re

import pytest
from fastapi.testclient import TestClient

from web.views import API, CHINESE, HOME, LANGUAGES, PAGES, PLAN, TAGS, View, in_language
from yuzhang.web.reader import COOKIE, catalogue

INTERFACE = [
    re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(message)))
    for (_, message), chinese in catalogue().items()
    if message != chinese and len(message) > 2
]
"""The English wording of every interface text, with its places open."""
PROBLEMS = {
    "a day that is none": (f"{HOME}?known=x", 422, "question-refused", "/known"),
    "a year that is none": (f"{HOME}?year=last", 422, "question-refused", "/year"),
    "a year outside the plan": (f"{HOME}?year=1999", 422, "year-outside", "/year"),
    "an unknown kind": (f"{HOME}?kind=daily", 422, "input-refused", "/query/kind"),
    "a search too long": (f"{HOME}?q={'长' * 201}", 422, "input-refused", "/query/q"),
    "an unknown plan": ("/plan/atlantis-1", 404, "plan-not-found", "/plan/atlantis-1"),
    "an unknown indicator": (f"{HOME}/indicators/luck", 404, "indicator-not-found", f"{HOME}/indicators/luck"),
    "an unknown address": ("/nowhere", 404, "not-found", "/nowhere"),
}


@pytest.mark.parametrize("name", PAGES)
def test_page_in_english_shows_no_chinese_but_data_that_is_marked_so(looking: TestClient, name: str) -> None:
    view = View(looking.get(in_language(PAGES[name], "en")).text)
    assert not [text for text in view.texts if text.language != "zh-CN" and CHINESE.search(text.words)]


@pytest.mark.parametrize("name", PAGES)
def test_page_in_chinese_leaves_no_interface_text_in_english(looking: TestClient, name: str) -> None:
    view = View(looking.get(in_language(PAGES[name], "zh")).text)
    shown = [text for text in view.texts if text.language == "zh-CN" and text.element not in ("code", "kbd")]
    assert not [text for text in shown if any(message.fullmatch(text.words) for message in INTERFACE)]
    assert not [text for text in shown if re.search(r"[a-z]_[a-z]", text.words)], "a code of the data is no word"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_states_its_language_and_links_to_the_other_one(looking: TestClient, language: str) -> None:
    other = LANGUAGES[1 - LANGUAGES.index(language)]
    for address in PAGES.values():
        answer = looking.get(in_language(address, language))
        assert answer.status_code == (422 if "known=x" in address else 200), address
        assert f'<html lang="{TAGS[language]}"' in answer.text
        link = next(link for link in View(answer.text).links if link.endswith(f"lang={other}"))
        assert f'<html lang="{TAGS[other]}"' in looking.get(link).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_indicator_has_its_page_in_both_languages(looking: TestClient, language: str) -> None:
    for one in looking.get(API).json()["indicators"]:
        answer = looking.get(f"{HOME}/indicators/{one['id']}?lang={language}")
        view = View(answer.text)
        assert answer.status_code == 200
        assert one["title"][language] in view.words
        if language == "en":
            assert not [text for text in view.texts if text.language != "zh-CN" and CHINESE.search(text.words)]


def test_address_with_filters_brings_the_same_view_back(looking: TestClient) -> None:
    for address in (
        f"{HOME}?kind=annual&year=2023&known=2024-06-30&category=综合质效&status=on_track&q=产",
        f"{HOME}/commitments?chapter=4&status=no_data&q=人&year=2024",
        f"{HOME}/review?review=accepted&chapter=4&page=2",
    ):
        first = looking.get(address)
        assert first.status_code == 200
        assert looking.get(address).text == first.text


def test_filters_show_what_fits_and_stand_in_the_form(looking: TestClient) -> None:
    rows = re.findall(r'<th scope="row"><a href="[^"]*/indicators/([\w-]+)', looking.get(HOME).text)
    html = looking.get(f"{HOME}?kind=mid-term&status=no_data&category=民生福祉").text
    found = re.findall(r'<th scope="row"><a href="[^"]*/indicators/([\w-]+)', html)
    assert set(found) < set(rows)
    assert found
    assert "gdp" not in found
    assert '<option value="no_data" selected>' in html
    assert '<option value="mid-term" selected>' in html


def test_links_to_indicators_carry_the_question_along(looking: TestClient) -> None:
    links = View(looking.get(f"{HOME}?kind=annual&known=2022-12-31").text).links
    inside = [link for link in links if "/indicators/" in link]
    assert inside
    assert all(link.endswith("?kind=annual&known=2022-12-31") for link in inside)


def test_first_page_leads_to_the_plan_and_keeps_the_language(looking: TestClient) -> None:
    answer = looking.get("/plan?lang=en")
    assert answer.url.path == HOME
    assert '<html lang="en">' in answer.text


def test_language_once_chosen_is_kept_in_a_cookie(looking: TestClient) -> None:
    assert '<html lang="zh-CN">' in looking.get(HOME).text
    assert looking.get(f"{HOME}?lang=en").cookies[COOKIE] == "en"
    assert '<html lang="en">' in looking.get(f"{HOME}/history").text
    looking.get(f"{HOME}?lang=zh")
    assert '<html lang="zh-CN">' in looking.get(HOME, headers={"accept-language": "en"}).text


def test_browser_that_asks_for_english_gets_it_and_an_unknown_language_is_ignored(looking: TestClient) -> None:
    english = looking.get(f"{HOME}?lang=klingon", headers={"accept-language": "en-GB,en;q=0.9,zh;q=0.5"})
    assert '<html lang="en">' in english.text
    assert COOKIE not in english.cookies


@pytest.mark.parametrize(("q", "language"), [("收入", "zh"), ("INCOME", "en")])
def test_search_finds_indicators_and_commitments(looking: TestClient, q: str, language: str) -> None:
    links = View(looking.get(f"{HOME}?q={q}&lang={language}").text).links
    assert [link for link in links if "/indicators/income?" in link]
    commitments = [link for link in links if "/commitments?" in link and "#" in link]
    assert commitments
    address, _, anchor = commitments[0].partition("#")
    assert f'id="{anchor}"' in looking.get(address).text


def test_search_takes_signs_of_html_as_text(looking: TestClient) -> None:
    html = looking.get(f"{HOME}?q=<script>alert(1)</script>").text
    assert "<script>alert" not in html
    assert 'value="&lt;script&gt;alert(1)' in html


def test_evaluation_as_known_earlier_shows_the_figures_of_that_day(looking: TestClient) -> None:
    now, then = looking.get(f"{HOME}/indicators/gdp").text, looking.get(f"{HOME}/indicators/gdp?known=2022-12-31").text
    assert "7800.37" in now.replace(",", "")
    assert "7800.37" not in then.replace(",", "")
    assert "6650.53" in then.replace(",", "")
    assert "2022年12月31日" in looking.get(f"{HOME}?known=2022-12-31").text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PROBLEMS)
def test_problem_is_a_page_that_says_where_and_what_to_do(looking: TestClient, name: str, language: str) -> None:
    address, status, code, where = PROBLEMS[name]
    answer = looking.get(in_language(address, language))
    told = looking.get(in_language(address, language), headers={"accept": "application/json"})
    assert (answer.status_code, told.status_code) == (status, status)
    assert told.headers["content-type"] == "application/problem+json"
    problem = told.json()
    assert (problem["code"], problem["type"], problem["where"]) == (code, f"urn:yuzhang:error:{code}", where)
    view = View(answer.text)
    assert all(problem[key] in view.words for key in ("title", "detail", "where", "fix"))
    assert "/plan" in view.links
    assert "Traceback" not in answer.text


def test_api_answers_problems_as_json_even_to_a_browser(looking: TestClient) -> None:
    answer = looking.get(f"/api/plans/{PLAN}/evaluation?year=1999", headers={"accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["where"] == "/year"


def test_review_comes_in_pages_that_together_hold_every_candidate_once(looking: TestClient) -> None:
    seen: list[str] = []
    address: str | None = f"{HOME}/review?review=all&lang=en"
    while address:
        html = looking.get(address).text
        seen += re.findall(r'<article[^>]* id="(\w+)"', html)
        following = re.search(r'<a rel="next" href="([^"]+)"', html)
        address = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == len(looking.get(API).json()["commitments"])
    assert looking.get(f"{HOME}/review?review=all&lang=en&page=99999").text.count(seen[-1])
    assert looking.get(f"{HOME}/review?page=0").status_code == 422
