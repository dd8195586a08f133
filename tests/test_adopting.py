"""What the walk over other people's sites calls untrue; the walk itself is a benchmark (``benchmarks/adopt.py``)."""

from __future__ import annotations

import re
from email.message import Message
from pathlib import Path

import pytest

from benchmarks import adopt
from benchmarks.adopting.ordering import Pairs, form_in
from benchmarks.adopting.screen import Said, compare
from benchmarks.adopting.sites import EXAMPLES, PROJECTS
from benchmarks.adopting.truth import path_of, take_cookies

PAGE = {
    "title": "Basket",
    "lines": [["head", "Ada"], ["main", "Atlas"], ["main", "£1.99"]],
    "fields": {"basket quantity 1": "2"},
    "buttons": ["Update"],
    "links": ["/basket/"],
}


def never(name: str, value: str) -> bool:
    return False


def differing(**changes: object) -> list[str]:
    return compare(Said.of(PAGE | changes), Said.of(PAGE), never).parts


def test_a_page_that_says_the_same_is_true():
    assert differing() == []


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"title": "Empty"}, "title"),
        ({"lines": [["head", "Bert"], ["main", "Atlas"], ["main", "£1.99"]]}, "head"),
        ({"lines": [["head", "Ada"], ["main", "Atlas"]]}, "main"),
        ({"fields": {"basket quantity 1": "3"}}, "fields"),
        ({"fields": {}}, "fields"),
        ({"buttons": ["Update (cannot be pressed)"]}, "buttons"),
        ({"links": []}, "links"),
    ],
)
def test_each_part_of_a_page_counts(changes, part):
    assert differing(**changes) == [part]


def test_what_was_typed_and_not_sent_is_nobodys_claim():
    said = Said.of(PAGE | {"fields": {"basket quantity 1": "7"}})
    assert compare(said, Said.of(PAGE), lambda _name, value: value == "7").parts == []


def test_a_form_is_sent_as_it_was_drawn():
    html = (
        '<form action="/other/"><input name="q" value="1"></form>'
        '<form method="post" action="/pay/?a=1&amp;b=2"><input type="hidden" name="csrfmiddlewaretoken" value="t">'
        '<input name="never" value="x" disabled><input type="hidden" name="action" value="place_order"></form>'
    )
    assert form_in(html, "place_order") == (
        "/pay/?a=1&b=2",
        {"csrfmiddlewaretoken": "t", "action": "place_order"},
    )


def test_cookies_are_kept_as_they_came_and_forgotten_when_told():
    cookies, headers = {"old": "1"}, Message()
    headers["Set-Cookie"] = 'seen="[1\\054 2]"; Path=/'
    headers["Set-Cookie"] = 'old=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/'
    take_cookies(cookies, headers)
    assert cookies == {"seen": '"[1\\054 2]"'}
    assert path_of("http://127.0.0.1:1/a/?b=1") == "/a/?b=1"


def test_a_goal_that_is_missed_is_named():
    good, bad = adopt.Measured(), adopt.Measured(pairs=Pairs(pairs=20, both=19))
    for found, true in ((good, 200), (bad, 150)):
        found.result.done["back"] = found.result.history["back"] = 200
        found.result.true["back"] = true
    assert adopt.missed_goals({("oscar", "stock"): bad, ("plain", "three"): good}) == []
    assert adopt.missed_goals({("oscar", "flow"): bad}) == [
        "oscar, flow: 75.00 % of 100 %",
        "oscar, flow: 19 of 20 pairs at the receipt",
    ]


@pytest.mark.parametrize("name", PROJECTS)
def test_three_lines_are_all_that_an_example_takes(name):
    """Besides the setting of a flavour, which is there to compare them."""
    own = [path for path in (EXAMPLES / name).glob("*/*.py") if path.name != "navflows.py"]
    lines = [line for path in own for line in path.read_text().splitlines() if '"navstate' in line]
    assert len(lines) == 3
    templates = [path for path in (EXAMPLES / name).glob("*/templates/**/*.html") if "nav_" in path.read_text()]
    assert templates == []


def test_the_checkout_of_oscar_is_a_flow_of_forty_lines():
    flow: Path = EXAMPLES / "oscar" / "oscarshop" / "navflows.py"
    assert len(flow.read_text().splitlines()) <= 40


def test_the_document_quotes_the_checkout_of_oscar_as_it_is():
    said, flow = (EXAMPLES.parent / "docs/navstate/oscar.md").read_text(), EXAMPLES / "oscar/oscarshop/navflows.py"
    lines, quoted = re.findall(r"```python\n(.*?)```", said, re.DOTALL)
    assert quoted == flow.read_text()
    own = "".join((flow.parent / name).read_text() for name in ("settings.py", "urls.py"))
    assert [line for line in lines.splitlines() if line not in own] == []
