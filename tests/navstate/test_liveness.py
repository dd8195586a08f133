"""Whether a session is there (R11): one question for the time to live, nothing loaded, nothing renewed."""

from __future__ import annotations

import time
from importlib import import_module

import pytest
from asgiref.sync import iscoroutinefunction
from django.conf import settings as django_settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory

from navstate.expiry.views import valid
from navstate.middleware import LivenessMiddleware
from navstate.sessions import liveness
from navstate.sessions.liveness import LoadingReader
from tests.navstate.stores import Driver, finish
from tests.visits import key_of, seconds_left, set_left

pytestmark = pytest.mark.django_db
URL = "/api/session/valid"
DAY = 24 * 3600


@pytest.fixture
def visitor(client: Client) -> Client:
    """A browser with a session that lives for two weeks."""
    session = client.session
    session["kept"] = "x"
    session.save()
    assert seconds_left(client) == pytest.approx(14 * DAY, abs=60)
    return client


def ask(client: Client, method: str = "head") -> HttpResponse:
    return getattr(client, method)(URL)


@pytest.mark.parametrize("method", ["head", "get"])
def test_alive_is_204_and_says_until_when(visitor: Client, method: str) -> None:
    answer = ask(visitor, method)
    assert (answer.status_code, answer.content) == (204, b"")
    assert int(answer["X-Session-Expires"]) / 1000 == pytest.approx(time.time() + 14 * DAY, abs=60)
    assert int(answer["X-Session-Left"]) / 1000 == pytest.approx(14 * DAY, abs=60)
    assert answer["Cache-Control"] == "private, no-cache"
    assert not answer.cookies


@pytest.mark.parametrize(("left", "status"), [(61, 204), (59, 401)])
def test_less_than_the_threshold_counts_as_gone(visitor: Client, left: int, status: int) -> None:
    set_left(visitor, left)
    assert ask(visitor).status_code == status


def test_the_threshold_is_a_setting(visitor: Client, settings) -> None:
    settings.NAVSTATE_THRESHOLD = 5
    set_left(visitor, 10)
    assert ask(visitor).status_code == 204
    settings.NAVSTATE_THRESHOLD = 0
    set_left(visitor, -1)
    answer = ask(visitor)
    assert answer.status_code == 401
    assert "X-Session-Expires" not in answer


def test_deleted_on_the_server_it_is_gone_at_once(visitor: Client) -> None:
    visitor.session.delete()
    assert ask(visitor).status_code == 401


@pytest.mark.parametrize("cookie", ["", "short", "x" * 32, "x" * 400, "../../etc/passwd", "a\x00bcdefgh", "ü" * 12])
def test_no_session_is_401_whatever_the_cookie_says(client: Client, cookie: str) -> None:
    """As it stands in the header: a cookie jar of newer Pythons refuses what a browser's header may hold."""
    header = f"{django_settings.SESSION_COOKIE_NAME}={cookie}".encode().decode("latin-1")
    assert client.head(URL, HTTP_COOKIE=header).status_code == 401


def test_other_methods_are_refused(visitor: Client) -> None:
    answer = visitor.post(URL)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_no_session_is_loaded_and_nothing_renewed(visitor: Client, monkeypatch) -> None:
    set_left(visitor, 100)
    with monkeypatch.context() as patched:
        patched.setattr(SessionBase, "_session", property(lambda _: pytest.fail("the session was read")))
        for _ in range(3):
            assert ask(visitor).status_code == 204
    assert seconds_left(visitor) <= 100


def test_it_costs_one_question(visitor: Client, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(1):
        ask(visitor)


def test_in_the_address_bar_the_view_behind_it_renews_nothing_either(visitor: Client, settings) -> None:
    """Without the middleware, which a project may leave out."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Liveness" not in name]
    set_left(visitor, 100)
    answer = visitor.get(URL, headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
    assert answer.status_code == 204
    assert seconds_left(visitor) <= 100
    visitor.cookies.clear()
    assert visitor.get(URL).status_code == 401


class TestTheMiddleware:
    def test_lets_everything_else_pass(self) -> None:
        middleware = LivenessMiddleware(lambda request: HttpResponse(request.path))
        assert middleware(RequestFactory().get("/api/session/valid/")).content == b"/api/session/valid/"

    def test_nobody_behind_it_sees_the_question(self) -> None:
        middleware = LivenessMiddleware(lambda _: pytest.fail("went on"))
        assert middleware(RequestFactory().head(URL)).status_code == 401

    @pytest.mark.django_db(transaction=True)
    def test_answers_asynchronously_without_a_thread_of_its_own(self, visitor: Client) -> None:
        async def on(request):
            return HttpResponse(request.path)

        middleware, factory = LivenessMiddleware(on), AsyncRequestFactory()
        assert iscoroutinefunction(middleware)
        assert finish(middleware(factory.head(URL))).status_code == 401
        factory.cookies[django_settings.SESSION_COOKIE_NAME] = key_of(visitor)
        assert finish(middleware(factory.head(URL))).status_code == 204
        assert finish(middleware(factory.post(URL))).status_code == 405
        assert finish(middleware(factory.get("/"))).content == b"/"

    def test_the_view_is_the_same(self) -> None:
        assert valid(RequestFactory().put(URL)).status_code == 405


class TestOtherEngines:
    """navstate runs on any session engine; only ours and the database's are asked without loading."""

    @pytest.fixture(params=["sync", "async"])
    def call(self, request):
        return Driver(request.param)

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("engine", ["db", "cached_db", "cache"])
    def test_django_s_own(self, settings, call: Driver, engine: str) -> None:
        settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session.set_expiry(500)
        session.save()
        assert call(liveness, "time_left", session.session_key) / 1000 == pytest.approx(500, abs=5)
        session.delete()
        assert call(liveness, "time_left", session.session_key) == 0

    def test_one_that_only_loads_is_asked_by_loading(self) -> None:
        assert isinstance(liveness._reader("django.contrib.sessions.backends.cache"), LoadingReader)
