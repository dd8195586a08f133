"""The session middleware: cookies, interrupted requests, late writes, shared caches; sync and async."""

from __future__ import annotations

import asyncio
import logging
import time
from types import SimpleNamespace

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.contrib.sessions.backends.cache import SessionStore as CacheStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpResponse
from django.test import AsyncClient, Client, RequestFactory

from navstate.sessions.late import LateSessionWrite
from navstate.sessions.middleware import SessionMiddleware, lead_on
from tests.navstate.session_views import MEANWHILE, twin
from tests.navstate.test_sessions_scenarios import ENGINES, OURS, key_in, use

pytestmark = pytest.mark.django_db


@pytest.fixture(params=ENGINES)
def engine(request, settings):
    use(settings, request.param, OURS)
    return request.param


@pytest.fixture
def sql(settings):
    use(settings, "navstate.sessions.sql", OURS)


@pytest.fixture
def browser():
    MEANWHILE.clear()
    return Client(raise_request_exception=False)


def interrupt(browser: Client) -> None:
    """Give the browser a session that ends while its next slow request runs."""
    browser.get("/write/first/")
    other = twin(browser)
    MEANWHILE.append(lambda: other.get("/out/"))


# --- cookies ----------------------------------------------------------------------------------------------------------
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


def test_a_request_without_a_session_is_left_alone(sql, browser):
    answer = browser.get("/page/?none")
    assert (answer.content, answer.headers.get("Vary")) == (b"no session", None)


# --- interrupted --------------------------------------------------------------------------------------------------------
def test_an_unsafe_view_that_leads_on_is_followed(engine, browser):
    interrupt(browser)
    answer = browser.post("/write/slow/?to=/next/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/next/")
    assert "sessionid" not in answer.cookies


def test_an_unsafe_view_that_refuses_is_believed(engine, browser):
    interrupt(browser)
    assert browser.post("/write/slow/?status=422").status_code == 422


def test_an_unsafe_view_that_leads_htmx_on_is_followed(engine, browser):
    interrupt(browser)
    answer = browser.post("/write/slow/?htmx", headers={"HX-Request": "true"})
    assert answer.headers["HX-Location"] == "/next/"


@pytest.mark.parametrize(
    ("referer", "page"),
    [
        ("http://testserver/who/?a=1", "http://testserver/who/?a=1"),
        ("https://elsewhere.example/", "/write/slow/"),
        ("javascript:alert(1)", "/write/slow/"),
        ("", "/write/slow/"),
    ],
)
def test_any_other_unsafe_request_leads_to_its_page(engine, browser, referer, page):
    interrupt(browser)
    answer = browser.post("/write/slow/", headers={"Referer": referer})
    assert (answer.status_code, answer.headers["Location"]) == (303, page)


def test_htmx_and_json_are_told_in_their_manner(engine, browser):
    interrupt(browser)
    answer = browser.post("/write/slow/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/write/slow/")
    interrupt(browser)
    answer = browser.post("/write/slow/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["url"]) == (401, "/write/slow/")
    assert answer.json()["title"] == "Your visit had ended. Please look, and do it again."


@pytest.mark.parametrize("has_passage", [True, False])
def test_a_gate_and_a_page_that_is_no_stage_have_nothing_to_keep(rf, has_passage):
    request = rf.post("/cart/")
    request.nav = SimpleNamespace(
        has_changed=False, has_passage=has_passage, passage=SimpleNamespace(stage=SimpleNamespace(holds=bool))
    )
    assert lead_on(request, HttpResponse()).headers["Location"] == "/cart/"


def test_cookies_of_the_view_go_along(sql, browser):
    def view(request):
        request.session["a"] = 1
        answer = HttpResponse()
        answer.set_cookie("cart", "mine")
        middleware.SessionStore(request.session.session_key).flush()
        return answer

    middleware = SessionMiddleware(view)
    browser.get("/write/first/")
    answer = middleware(RequestFactory().get("/", headers={"Cookie": f"sessionid={key_in(browser)}"}))
    assert (answer.status_code, answer.cookies["cart"].value) == (303, "mine")


def test_a_view_that_deletes_its_own_session_is_told_as_django_tells_it(engine, browser):
    """Led on, it would do so again, for ever."""
    assert browser.get("/unmake/").status_code == 400


def test_an_engine_that_cannot_save_what_it_can_load_is_told_as_django_tells_it(settings, monkeypatch):
    """A cache that outlives its row: led on, the browser would come back with the same cookie, for ever."""
    use(settings, "django.contrib.sessions.backends.cached_db", OURS)

    def view(request):
        request.session["a"] = 2
        request.session.model.objects.all().delete()
        return HttpResponse()

    middleware = SessionMiddleware(view)
    session = middleware.SessionStore()
    session["a"] = 1
    session.save()
    with pytest.raises(SessionInterrupted):
        middleware(RequestFactory().get("/", headers={"Cookie": f"sessionid={session.session_key}"}))


# --- too late -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("debug", "setting"), [(True, None), (False, "raise")])
def test_a_late_write_is_raised_in_development(engine, browser, settings, debug, setting):
    settings.DEBUG = debug
    if setting:
        settings.NAVSTATE_LATE_SESSION_WRITES = setting
    with pytest.raises(LateSessionWrite, match="after its response had begun"):
        b"".join(browser.get("/stream/").streaming_content)
    with pytest.raises(LateSessionWrite, match="ended with 503"):
        Client().get("/write/a/?status=503")


def test_an_error_of_the_view_is_shown_and_not_the_unsaved_session(engine, settings):
    settings.NAVSTATE_LATE_SESSION_WRITES = "raise"
    with pytest.raises(RuntimeError, match="the view failed"):
        Client().get("/fail/")


def test_a_late_write_is_logged_elsewhere(engine, browser, caplog):
    answer = browser.get("/who/")
    with caplog.at_level(logging.ERROR, "navstate.sessions"):
        answer.wsgi_request.session["late"] = 1
    assert "nobody saves it" in caplog.text


def test_a_session_opened_anew_may_be_written_after_the_answer(engine, browser, settings):
    settings.NAVSTATE_LATE_SESSION_WRITES = "raise"
    browser.get("/write/a/")
    session = browser.session
    session["late"] = 1
    session.save()
    assert browser.get("/who/").content == b"nobody: ['a', 'late']"


@pytest.mark.parametrize("how", ["flush", "aflush"])
def test_a_flush_is_never_too_late(engine, browser, settings, how):
    settings.NAVSTATE_LATE_SESSION_WRITES = "raise"
    browser.get("/write/a/")
    key = key_in(browser)
    if how == "flush":
        b"".join(browser.get("/flush/").streaming_content)
    else:
        session = browser.session
        session.seal()
        async_to_sync(session.aflush)()
    assert not SessionMiddleware(HttpResponse).SessionStore(key).exists(key)


def test_moving_the_end_is_nothing_to_lose(engine, settings):
    """A page that renewed the session and failed lost nothing that a view wrote."""
    settings.NAVSTATE_LATE_SESSION_WRITES = "raise"

    def view(request):
        request.session["_nav_seq"] = {"tab": 1}
        return HttpResponse(status=int(request.GET["status"]))

    middleware = SessionMiddleware(view)
    key = middleware(RequestFactory().get("/?status=200")).cookies["sessionid"].value
    failed = middleware(RequestFactory().get("/?status=503", headers={"Cookie": f"sessionid={key}"}))
    assert not failed.cookies


# --- other engines --------------------------------------------------------------------------------------------------------
def test_djangos_engines_work_behind_it(settings, browser, caplog):
    use(settings, "django.contrib.sessions.backends.cache", OURS)
    browser.get("/write/a/")
    assert isinstance(browser.session, CacheStore)
    assert browser.get("/write/b/?status=503").status_code == 503
    assert "ended with 503" in caplog.text
    assert browser.get("/who/").content == b"nobody: ['a']"


# --- S49: shared caches -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "header", "varies"),
    [
        ("", None, False),
        ("cache=public, no-cache", "public, no-cache", False),
        ("read", "private", True),
        ("read&cache=public, max-age=60, s-maxage=600", "private, max-age=60", True),
        ("read&cache=private, s-maxage=600", "private", True),
        ("read&cache=no-store", "no-store", True),
        ("cookie=1", "private", False),
        ("cookie=1&cache=Public, no-cache", "private, no-cache", False),
    ],
)
def test_s49_what_reads_the_session_or_sets_a_cookie_is_private(engine, browser, query, header, varies):
    answer = browser.get(f"/page/?{query}")
    assert answer.headers.get("Cache-Control") == header
    assert ("Cookie" in answer.headers.get("Vary", "")) is varies


class SharedCache:
    """Two clients behind one cache that keeps whatever RFC 9111 lets a shared cache keep for reuse, by address alone."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def get(self, browser: Client, url: str) -> bytes:
        if url in self.kept:
            return self.kept[url]
        answer = browser.get(url)
        if not {"private", "no-store"} & set(answer.headers.get("Cache-Control", "").replace(" ", "").split(",")):
            self.kept[url] = answer.content
        return answer.content


def seen_through_a_shared_cache() -> list[bytes]:
    browsers = [Client(), Client()]
    for name, browser in zip(("ada", "bob"), browsers, strict=True):
        browser.get(f"/write/name/?value={name}")
    cache = SharedCache()
    return [cache.get(browser, "/page/?read&cache=public,max-age=60") for browser in browsers]


def test_s49_two_clients_through_a_shared_cache_never_swap(engine):
    assert seen_through_a_shared_cache() == [b'{"shown": "ada"}', b'{"shown": "bob"}']


def test_s49_control_with_djangos_middleware_they_do(settings):
    use(settings, "django.contrib.sessions.backends.db", "django.contrib.sessions.middleware.SessionMiddleware")
    assert seen_through_a_shared_cache() == [b'{"shown": "ada"}', b'{"shown": "ada"}']


# --- asynchronous ---------------------------------------------------------------------------------------------------------
def test_it_is_asynchronous_in_an_asynchronous_stack(engine):
    async def view(request):
        await request.session.aset("a", 1)
        return HttpResponse()

    middleware = SessionMiddleware(view)
    assert iscoroutinefunction(middleware)

    async def answers():
        first = await middleware(RequestFactory().get("/"))
        return first, await asyncio.gather(*(middleware(RequestFactory().get("/")) for _ in range(3)))

    first, others = async_to_sync(answers)()
    keys = {answer.cookies["sessionid"].value for answer in (first, *others)}
    assert len(keys) == 4


def test_asynchronous_requests_save_lead_on_and_are_left_alone(sql):
    async def requests():
        client = AsyncClient()
        written = await client.get("/later/a/")
        read = await client.get("/who/")
        none = await client.get("/page/?none")
        return written, read, none

    written, read, none = async_to_sync(requests)()
    assert written.cookies["sessionid"].value
    assert read.content == b"nobody: ['a']"
    assert none.content == b"no session"


def test_an_interrupted_asynchronous_request_is_led_on(engine):
    """The other request runs between the write of the view and the save."""

    async def view(request):
        await request.session.aset("a", 1)
        if request.session.session_key:
            other = middleware.SessionStore(request.session.session_key)
            await other.aflush()
        return HttpResponse()

    middleware = SessionMiddleware(view)

    async def answers():
        first = await middleware(RequestFactory().get("/"))
        cookie = f"sessionid={first.cookies['sessionid'].value}"
        return await middleware(RequestFactory().get("/again/", headers={"Cookie": cookie}))

    answer = async_to_sync(answers)()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/again/")
