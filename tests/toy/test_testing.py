"""Forms, pages, assertions and hypothesis rules that navstate offers to tests of other projects."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from navstate.testing.assertions import assert_page_agrees, assert_pushed, assert_replaced, assert_stage
from navstate.testing.fetching import through_client
from navstate.testing.forms import form_in, forms_in
from navstate.testing.history import Browser
from navstate.testing.pages import Page
from navstate.testing.sessions import expire
from navstate.testing.walks import HistoryWalk
from tests.toy.flows import change, forget_everything
from tests.toy.test_history import Site, ask

ROOT = Path(__file__).resolve().parents[2]
STEPS = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def documented() -> dict[str, Any]:
    """What the examples of docs/testing.md define."""
    found: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", (ROOT / "docs/testing.md").read_text(), re.DOTALL):
        exec(block, found)
    return found


EXAMPLES = documented()

FORM = """
<input name="outside" value="no">
<form action="/send/" method="POST" data-testid="this">
  <input name="text" value="a &amp; b"><input type="hidden" name="nav_seen" value="x"><input value="nameless">
  <input type="radio" name="way" value="1"><input type="radio" name="way" value="2" checked>
  <input type="checkbox" name="yes" checked><input type="submit" name="not" value="sent"><input type="file" name="file">
  <textarea name="words">one
two</textarea>
  <select name="first"><option value="f1"><option value="f2"></select>
  <select name="chosen"><option value="c1"><option value="c2" selected></select><select><option value="x"></select>
  <button name="action" value="pay" data-testid="pay">Pay</button><button data-testid="plain">Go</button><button name="x">
</form>
<form><input name="q"></form>
"""


class TestForms:
    def test_the_fields_are_those_that_a_browser_sends(self):
        form, search = forms_in(FORM)
        assert form.fields == {
            "text": "a & b",
            "nav_seen": "x",
            "way": "2",
            "yes": "on",
            "words": "one\ntwo",
            "first": "f1",
            "chosen": "c2",
        }
        assert (form.action, form.method, form.hooks) == ("/send/", "post", {"pay", "plain", "this"})
        assert (search.action, search.method, search.fields) == ("", "get", {"q": ""})

    def test_a_pressed_button_is_sent_and_what_is_typed_counts(self):
        form = form_in(FORM, "pay")
        assert form.filled({"text": "c"}, button="pay") == {**form.fields, "text": "c", "action": "pay"}
        assert form.filled(button="plain") == form.fields

    def test_a_missing_form_shows_the_page(self):
        with pytest.raises(AssertionError, match="no form with 'nothing' in"):
            form_in(FORM, "nothing")


class TestPages:
    def test_what_a_page_says_about_itself(self):
        text = '<!DOCTYPE html><html data-nav-flow="loan"><br><div><p>not closed</div>'
        text += '<p data-testid="a" id="1">one <b>two</b>\n</p></i><p data-testid=a></p>'
        page = Page("/", 200, text, {})
        assert (page.is_document, page.flow, page.stage, page.forms) == (True, "loan", "", [])
        assert page.text_of("a") == "one two"
        assert [shown.attributes.get("id") for shown in page.all("a")] == ["1", None]
        assert (page.has("a"), page.has("b"), page.text_of("b")) == (True, False, "")


class TestAssertions:
    @pytest.fixture
    def tab(self):
        return Browser(through_client()).open("/loan/start/")

    def test_a_stage_that_is_not_there(self, tab):
        with pytest.raises(AssertionError, match="shows stage 'start', not 'form'"):
            assert_stage(tab, "form")
        with pytest.raises(AssertionError, match="is of flow 'loan', not 'desk'"):
            assert_stage(tab, "start", flow="desk")
        with pytest.raises(AssertionError, match="answered 404"):
            assert_stage(Browser(through_client()).open("/nowhere/"), "start")

    def test_history_that_went_otherwise(self, tab):
        with pytest.raises(AssertionError, match=r"\+1 entries, not 0: /loan/start/ \[/\]"), assert_replaced(tab):
            tab.go("/")
        with pytest.raises(AssertionError, match=r"\+0 entries, not \+1"), assert_pushed(tab):
            tab.reload()
        with pytest.raises(AssertionError, match="what lies behind was changed"), assert_replaced(tab):
            tab.entries[0] = tab.entries[1]
        with pytest.raises(AssertionError, match="Back leads to /else, not /"), assert_pushed(tab):
            tab.replace("/else")
            tab.go("/quick/")

    def test_a_page_that_is_not_so_any_more(self, tab):
        ask(tab)
        assert_page_agrees(tab)
        change("a0", amount=600)
        with pytest.raises(AssertionError, match="leads to /loan/form/ now"):
            assert_page_agrees(tab)
        tab.back()
        assert_page_agrees(tab)
        change("a0", amount=700)
        with pytest.raises(AssertionError, match="shows what is not so"):
            assert_page_agrees(tab)

    def test_texts_are_compared_too(self):
        site = Site(a='<p data-testid="total">1</p>')
        tab = Browser(site).open("/a")
        site.pages["/a"] = '<p data-testid="total">2</p>'
        assert_page_agrees(tab)
        with pytest.raises(AssertionError, match=r"'total': \(\['1'\], \['2'\]\)"):
            assert_page_agrees(tab, "total")


def test_a_link_is_clicked_by_its_hook():
    site = Site(a='<a data-testid="plain">none</a><a data-testid="on" href="b">on</a>', b="<p>b</p>")
    tab = Browser(site).open("/a")
    assert tab.click("on").url == tab.url == "/b"
    tab.back()
    with pytest.raises(LookupError, match="no link 'plain' at /a"):
        tab.click("plain")


class LoanWalk(HistoryWalk):
    urls = ("/", "/loan/start/", "/loan/form/", "/loan/upload/", "/loan/confirm/")

    def entered(self, form, number):
        return {"amount": ["500", "700", "none"][number % 3], "purpose": "a boat"} if "amount" in form.fields else {}

    def make_browser(self):
        forget_everything()
        return super().make_browser()

    def check(self, tab):
        super().check(tab)
        if tab.page.stage and tab.page.came == "network" and tab.page.status == 200:
            assert_page_agrees(tab)


def test_a_walk_over_the_loan():
    run_state_machine_as_test(LoanWalk, settings=STEPS)


class TestExamples:
    """Those of docs/testing.md."""

    @pytest.mark.parametrize("name", [name for name in EXAMPLES if name.startswith("test_")])
    def test_it_holds(self, name):
        EXAMPLES[name](None)

    def test_its_walk_is_walked(self):
        class DocumentedWalk(EXAMPLES["LoanWalk"]):
            def make_browser(self):
                forget_everything()
                return super().make_browser()

        run_state_machine_as_test(DocumentedWalk, settings=STEPS)


@pytest.mark.parametrize("is_told", [True, False])
def test_a_session_that_is_over(is_told):
    browser = Browser(through_client())
    expire(browser)  # none yet: nothing happens
    ask(browser.open("/"))
    key = browser.cookies["sessionid"]
    expire(browser, is_told=is_told)
    assert ("sessionid" in browser.cookies) is not is_told
    assert not import_module(django.SESSION_ENGINE).SessionStore().exists(key)


class TestRules:
    """Each rule by itself, as hypothesis calls it."""

    @pytest.fixture
    def walk(self):
        walk = LoanWalk()
        walk.begin()
        return walk

    def test_the_plain_walk_types_nothing_into_forms(self):
        walk = HistoryWalk()
        walk.begin()
        walk.send_form(number=0, choice=0, clicks=1)
        walk.holds()
        assert walk.entered(None, 0) == {}

    def test_tabs_addresses_and_history(self, walk):
        walk.type_address(number=1)
        walk.prefetch(number=2)
        walk.send_form(number=0, choice=0, clicks=1)
        walk.send_form(number=0, choice=0, clicks=2)
        assert walk.tab.path == "/loan/confirm/"
        walk.go_back(steps=2)
        walk.go_forward(steps=1)
        walk.load_again()
        for _ in range(4):
            walk.duplicate_tab()
        assert len(walk.browser.tabs) == walk.most_tabs
        walk.switch_tab(number=3)
        assert walk.tab is walk.browser.tabs[0]
        walk.expire_session()
        assert "sessionid" not in walk.browser.cookies
