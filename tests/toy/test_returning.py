"""What navstate's script does when a page comes back, as the history client does it."""

from __future__ import annotations

import json

import pytest

from navstate.testing.history import Browser
from navstate.testing.returning import check_route
from tests.toy.test_history import Site, answer

PAGE = """<!doctype html><html data-nav-shown="1.a.b." data-nav-route="/api/route"><p>old</p>
<form><input type="hidden" name="nav_seen" value="s1"></form></html>"""
NEW = PAGE.replace("old", "new").replace("1.a", "2.c").replace("s1", "s2")


def come_back(site):
    tab = Browser(site, on_return=check_route).open("/a?x=1")
    tab.go("/b")
    tab.back()
    return tab


def way(how, go="/b"):
    return answer(
        404 if how == "unknown" else 200, json.dumps({"go": go, "how": "replace" if how == "unknown" else how})
    )


@pytest.fixture
def site():
    site = Site(a=PAGE, b="b")
    site.pages["/api/route"] = answer(204)
    return site


def test_a_page_that_still_holds_stays(site):
    tab = come_back(site)
    assert (tab.page.came, tab.page.text) == ("memory", PAGE)
    assert site.urls[-1] == "/api/route?rid=%2Fa%3Fx%3D1&rev=1.a.b."


def test_its_forms_are_new_ones_then(site):
    """Each with a token of its own; not where the page was open all the time."""
    site.pages["/a"] = PAGE.replace('name="nav_seen"', 'name="csrfmiddlewaretoken"')
    site.pages["/api/route"] = answer(204, x_nav_token="fresh")
    tab = come_back(site)
    assert tab.page.forms[0].fields == {"csrfmiddlewaretoken": "fresh"}
    other = Browser(site, on_return=check_route).open("/a?x=1")
    check_route(other, keeps_seen=True)
    assert other.page.forms[0].fields == {"csrfmiddlewaretoken": "s1"}


@pytest.mark.parametrize("how", ["replace", "login", "unknown"])
def test_one_that_does_not_gives_way_without_a_new_entry(site, how):
    site.pages["/api/route"] = way(how)
    tab = come_back(site)
    assert (tab.url, tab.index, tab.page.text) == ("/b", 0, "b")


def test_one_that_shows_what_has_changed_is_brought_up_to_date_in_place(site):
    tab = Browser(site, on_return=check_route).open("/a")
    tab.go("/b")
    site.pages |= {"/api/route": way("reload", "/a"), "/a": NEW}
    tab.back()
    assert (tab.page.came, tab.page.text) == ("swap", NEW)


def test_a_page_that_was_open_all_the_time_keeps_what_its_form_was_drawn_from(site):
    tab = Browser(site, on_return=check_route).open("/a")
    site.pages |= {"/api/route": way("reload", "/a"), "/a": NEW}
    tab.browser.show(tab)
    assert "new" in tab.page.text
    assert tab.page.forms[0].fields["nav_seen"] == "s1"


def test_not_where_its_forms_are_others_now(site):
    tab = Browser(site, on_return=check_route).open("/a")
    site.pages |= {"/api/route": way("reload", "/a"), "/a": NEW.replace("</html>", "<form></form>" + NEW)}
    tab.browser.show(tab)
    assert tab.page.forms[0].fields["nav_seen"] == "s2"


def test_a_page_that_is_led_elsewhere_now_goes_there(site):
    tab = Browser(site, on_return=check_route).open("/a")
    site.pages |= {"/api/route": way("reload", "/a"), "/a": answer(303, location="/b")}
    tab.browser.show(tab)
    assert (tab.url, len(tab.entries)) == ("/b", 1)


def test_a_public_page_is_fetched_again(site):
    site.pages["/a"] = answer(text="one")
    tab = Browser(site, on_return=check_route).open("/a")
    site.pages["/a"] = answer(text="two")
    assert tab.browser.show(tab).text == "two"


# --- a page that asks for itself ---

ITSELF = PAGE.replace('data-nav-route="/api/route"', 'data-nav-check="0.a.b."')


def asked_back(site, now, page=ITSELF):
    """Come back to a page of somebody else's template; ``now``: what its check is answered with."""
    site.pages["/a"] = page
    tab = Browser(site, on_return=check_route).open("/a?x=1")
    tab.go("/b")
    site.pages["/a"] = now
    tab.back()
    return tab


def test_one_that_still_holds_stays(site):
    tab = asked_back(site, answer(304))
    assert (tab.page.came, tab.page.text) == ("memory", ITSELF)
    assert site.urls[-1] == "/a?x=1"


def test_its_forms_get_a_new_token_then(site):
    page = ITSELF.replace('name="nav_seen"', 'name="csrfmiddlewaretoken"')
    assert (
        asked_back(site, answer(304, x_nav_token="fresh"), page).page.forms[0].fields["csrfmiddlewaretoken"] == "fresh"
    )


def test_what_differs_is_taken_over(site):
    tab = asked_back(site, answer(text=NEW))
    assert (tab.page.came, tab.page.text) == ("swap", NEW)
    site.pages["/a"] = ITSELF
    tab = Browser(site, on_return=check_route).open("/a")
    site.pages["/a"] = NEW
    tab.browser.show(tab)
    assert ("new" in tab.page.text, tab.page.forms[0].fields["nav_seen"]) == (True, "s1")


def test_one_that_redirects_now_is_loaded_anew(site):
    tab = asked_back(site, [answer(204), answer(303, location="/b")])
    assert (tab.url, tab.index, tab.page.text) == ("/b", 0, "b")
