"""The session's cookie: what it says, how long it stays, and when it is sent."""

from __future__ import annotations

import time

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from navstate.sessions.middleware import SessionMiddleware
from tests.navstate.session_views import MEANWHILE
from tests.navstate.test_sessions_scenarios import ENGINES, OURS, key_in, use

pytestmark = pytest.mark.django_db


@pytest.fixture(params=ENGINES)
def engine(request, settings):
    use(settings, request.param, OURS)
    return request.param


@pytest.fixture
def browser():
    MEANWHILE.clear()
    return Client(raise_request_exception=False)


@pytest.fixture
def no_limits(settings):
    """As a project has it that uses the sessions alone."""
    settings.NAVSTATE_ABSOLUTE_AGE = settings.NAVSTATE_IDLE_AGE = None


def test_the_cookie_is_as_the_settings_say(engine, no_limits, browser, settings):
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    settings.SESSION_COOKIE_SECURE = True
    settings.SESSION_COOKIE_PATH = "/shop/"
    settings.SESSION_COOKIE_DOMAIN = ".example.com"
    cookie = browser.get("/write/a/").cookies["sessionid"]
    assert (cookie["samesite"], cookie["secure"], cookie["httponly"]) == ("Strict", True, True)
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/shop/", ".example.com", 400 * 24 * 3600)


def test_a_session_until_the_browser_closes_has_a_cookie_without_an_end(engine, browser, settings):
    settings.SESSION_EXPIRE_AT_BROWSER_CLOSE = True
    assert browser.get("/write/a/").cookies["sessionid"]["max-age"] == ""


def test_a_logout_takes_the_cookie_back(engine, browser):
    browser.get("/write/a/")
    cookie = browser.get("/out/").cookies["sessionid"]
    assert (cookie.value, cookie["max-age"]) == ("", 0)


def test_reading_a_session_that_is_gone_begins_no_other(engine, browser, settings):
    settings.SESSION_SAVE_EVERY_REQUEST = True
    browser.cookies["sessionid"] = "0123456789abcdef0123456789abcdef"
    assert "sessionid" not in browser.get("/who/").cookies
    assert "sessionid" not in browser.get("/page/").cookies


def test_saving_every_request_renews_what_is_there(engine, browser, settings):
    browser.get("/write/a/")
    settings.SESSION_SAVE_EVERY_REQUEST = True
    assert browser.get("/page/").cookies["sessionid"].value == key_in(browser)


def test_a_key_that_the_browser_has_is_not_sent_again(engine, browser):
    browser.get("/write/a/")
    assert not browser.get("/write/b/").cookies
    assert browser.get("/who/").content == b"nobody: ['a', 'b']"


@pytest.mark.parametrize(("expiry", "max_age"), [(0, ""), (600, 400 * 24 * 3600), (500 * 24 * 3600, 500 * 24 * 3600)])
def test_a_session_given_an_expiry_of_its_own_has_its_cookie_sent_again(engine, no_limits, browser, expiry, max_age):
    """``set_expiry(0)``, "do not stay logged in", is a matter of the cookie."""
    browser.get("/write/a/")
    key = key_in(browser)
    for path in ("expire", "later-expire"):
        cookie = browser.get(f"/{path}/{expiry}/").cookies["sessionid"]
        assert (cookie.value, cookie["max-age"]) == (key, max_age)
    assert not browser.get("/write/b/").cookies


def test_the_cookie_stays_as_long_as_the_absolute_limit_allows(engine, browser, settings):
    settings.NAVSTATE_ABSOLUTE_AGE = 1000
    settings.NAVSTATE_IDLE_AGE = 100
    assert browser.get("/write/a/").cookies["sessionid"]["max-age"] == 1000
    began = browser.session
    began["_nav_began"] = int(time.time()) - 400
    began.save()
    assert browser.get("/expire/50/").cookies["sessionid"]["max-age"] == pytest.approx(600, abs=5)
    began["_nav_began"] -= 4000
    began.save()
    assert began.get_cookie_age() == 1


def test_other_engines_have_theirs_sent_as_django_does(browser, settings):
    use(settings, "django.contrib.sessions.backends.db", OURS)
    first = browser.get("/write/a/").cookies["sessionid"]
    again = browser.get("/write/b/").cookies["sessionid"]
    assert (again.value, again["max-age"]) == (first.value, 14 * 24 * 3600)


def test_what_keeps_the_expiry_sets_no_cookie_for_a_known_key(engine, settings):
    def view(request):
        request.session.keeps_expiry = True
        request.session["poll"] = 1
        return HttpResponse()

    middleware = SessionMiddleware(view)
    first = middleware(RequestFactory().get("/")).cookies["sessionid"].value
    request = RequestFactory().get("/", headers={"Cookie": f"sessionid={first}"})
    assert not middleware(request).cookies
    assert middleware.SessionStore(first).get("poll") == 1
