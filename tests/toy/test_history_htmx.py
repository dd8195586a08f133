"""The history client with htmx: what its headers do to entries, what is swapped, and what Back then fetches."""

from __future__ import annotations

import pytest

from navstate.testing.assertions import assert_pushed, assert_replaced, assert_stage
from navstate.testing.fetching import through_client
from navstate.testing.history import Browser
from tests.toy.test_history import Site, answer

PAGE = '<!doctype html><html data-nav-stage="a"><main id="main"><p>old <b id="x">inside</b></p></main></html>'


def tab_on(**pages):
    site = Site(a=PAGE, **pages)
    return Browser(site).open("/a"), site


def test_a_fragment_goes_into_its_target_and_leaves_the_history_alone():
    tab, site = tab_on(part="<i>new</i>")
    with assert_replaced(tab):
        tab.htmx("GET", "/part", target="x")
    assert '<b id="x"><i>new</i></b>' in tab.page.text
    assert (tab.url, tab.page.came, tab.page.stage) == ("/a", "swap", "a")
    tab.htmx("GET", "/part", target="main", outer=True)
    assert tab.page.text.endswith("<i>new</i></html>")
    assert [request.headers.get("X-Nav-Seq") for request in site.asked] == [None, "2", "3"]


@pytest.mark.parametrize("status", [204, 401, 404, 500])
def test_an_error_is_not_swapped(status):
    tab, _ = tab_on(part=answer(status, "oh"))
    assert tab.htmx("GET", "/part", target="x", push=True).text == PAGE
    assert tab.url == "/a"


def test_an_empty_answer_empties_nothing():
    tab, _ = tab_on(part=answer(200, " ", hx_replace_url="/a?q=1"))
    assert tab.htmx("POST", "/part", {"x": "1"}, target="x").text == PAGE
    assert tab.url == "/a?q=1"


def test_push_and_replace_by_element_and_by_header():
    tab, _ = tab_on(
        part="1", pushed=answer(200, "2", hx_push_url="/a?page=3"), put=answer(200, "3", hx_replace_url="/z")
    )
    with assert_pushed(tab):
        tab.htmx("GET", "/part", target="x", push=True)
    with assert_pushed(tab):
        tab.htmx("GET", "/pushed", target="x")
    with assert_replaced(tab):
        tab.htmx("GET", "/put", target="x")
    assert [entry.url for entry in tab.entries] == ["/a", "/part", "/z"]


def test_back_to_a_pushed_entry_restores_the_whole_document():
    tab, site = tab_on(b=PAGE.replace("old", "b"), part="1")
    tab.htmx("GET", "/part", target="x", push=True)
    tab.back()
    assert (tab.url, tab.page.text, tab.page.came) == ("/a", PAGE, "swap")
    assert site.asked[-1].headers["Hx-History-Restore-Request"] == "true"
    assert "Hx-Request" not in site.asked[-1].headers
    tab.forward()
    assert site.asked[-1].headers["X-Nav-Direction"] == "forward"
    assert tab.page.text == "1"


def test_back_over_a_document_to_another_of_its_entries_restores_that_one():
    tab, site = tab_on(b="b", part="1")
    tab.htmx("GET", "/part", target="x", push=True)
    tab.go("/b")
    tab.back(2)
    assert site.asked[-1].headers["Hx-History-Restore-Request"] == "true"
    assert (tab.url, tab.page.text) == ("/a", PAGE)


def test_a_restore_that_is_led_elsewhere_stands_under_that_address():
    tab, site = tab_on(part="1", b="b")
    tab.htmx("GET", "/part", target="x", push=True)
    site.pages["/a"] = answer(303, location="/b")
    tab.back()
    assert (tab.url, tab.page.text) == ("/b", "b")


def test_hx_redirect_leaves_the_page_as_a_link_does():
    tab, _ = tab_on(part=answer(401, hx_redirect="/b"), b="b")
    with assert_pushed(tab):
        tab.htmx("POST", "/part")
    assert (tab.url, tab.page.text) == ("/b", "b")


def test_hx_refresh_loads_the_page_again():
    tab, site = tab_on(part=answer(hx_refresh="true"))
    with assert_replaced(tab):
        tab.htmx("GET", "/part")
    assert site.urls == ["/a", "/part", "/a"]


def test_a_303_is_followed_where_htmx_does_not_see_it():
    tab, site = tab_on(part=answer(303, location="/b"), b="b")
    tab.htmx("POST", "/part", {"x": "1"}, target="x")
    assert site.urls == ["/a", "/part", "/b"]
    assert '<b id="x">b</b>' in tab.page.text


def test_hx_location_by_address_alone_pushes():
    tab, _ = tab_on(part=answer(hx_location="/b"), b=PAGE.replace("old", "b"))
    with assert_pushed(tab):
        tab.htmx("POST", "/part")
    assert "b <b" in tab.page.text
    assert tab.url == "/b"


def test_a_missing_target_is_named():
    tab, _ = tab_on(part="1")
    with pytest.raises(LookupError, match="'nowhere'"):
        tab.htmx("GET", "/part", target="nowhere")


def test_the_same_tag_inside_the_target_does_not_end_it():
    site = Site(a='<div id="x"><div>1</div>2</div><div>3</div>', part="new")
    tab = Browser(site).open("/a")
    assert tab.htmx("GET", "/part", target="x").text == '<div id="x">new</div><div>3</div>'


class TestTheToy:
    @pytest.fixture
    def tab(self):
        tab = Browser(through_client()).open("/loan/start/")
        tab.submit(tab.page.forms[0])
        return tab

    def test_a_stage_taken_by_htmx_is_pushed(self, tab):
        sent = tab.page.forms[0].filled({"amount": "500", "purpose": "a boat"})
        with assert_pushed(tab):
            tab.htmx("POST", tab.url, sent)
        assert "<h1>confirm</h1>" in tab.page.text
        assert tab.path == "/loan/confirm/"

    def test_a_refused_one_is_replaced(self, tab):
        sent = tab.page.forms[0].filled({"amount": "none"})
        with assert_replaced(tab):
            tab.htmx("POST", tab.url, sent)
        assert_stage(tab, "form")
        assert "none" in tab.page.text
