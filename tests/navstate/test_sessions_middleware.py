"""The session middleware: interrupted requests, late writes, shared caches; sync and async."""

from __future__ import annotations

import asyncio
import logging
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
