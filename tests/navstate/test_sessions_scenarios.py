"""Failures that others reported of their shops' sessions (section D of the scenarios), on our engines and on Django's.

The control shows each failure with Django's engine and middleware; the same requests with ours do not have it. Requests
overlap by construction: the other one runs in the middle of the slow view.
"""

from __future__ import annotations

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.cached_db import SessionStore as CachedStore
from django.core.cache import cache
from django.test import Client

from shop.accounts.models import User
from tests.navstate.session_views import MEANWHILE, twin

pytestmark = pytest.mark.django_db
OURS = "navstate.sessions.middleware.SessionMiddleware"
DJANGOS = "django.contrib.sessions.middleware.SessionMiddleware"
ENGINES = [
    pytest.param("navstate.sessions.sql", id="sql"),
    pytest.param("navstate.sessions.redis", id="redis", marks=pytest.mark.services),
]
DJANGOS_ENGINES = [f"django.contrib.sessions.backends.{name}" for name in ("db", "cached_db", "cache")]


def use(settings, engine: str, middleware: str) -> None:
    settings.SESSION_ENGINE = engine
    settings.ROOT_URLCONF = "tests.navstate.session_views"
    settings.MIDDLEWARE = [middleware, "django.contrib.auth.middleware.AuthenticationMiddleware"]


@pytest.fixture
def ada(db):
    return User.objects.create_user(email="ada@example.com", password="correct horse")


@pytest.fixture
def browser():
    MEANWHILE.clear()
    return Client(raise_request_exception=False)


@pytest.fixture(params=ENGINES)
def ours(request, settings, ada):
    use(settings, request.param, OURS)


@pytest.fixture(params=DJANGOS_ENGINES, ids=["db", "cached_db", "cache"])
def djangos(request, settings, ada):
    use(settings, request.param, DJANGOS)
    return request.param.rpartition(".")[2]


def key_in(browser: Client) -> str:
    return browser.cookies["sessionid"].value


# --- S36 ------------------------------------------------------------------------------------------------------------
def written_by_two(browser: Client) -> set[str]:
    browser.get("/write/first/")
    other = twin(browser)
    MEANWHILE.append(lambda: other.get("/write/quick/"))
    assert browser.get("/write/slow/").status_code == 200
    return set(dict(browser.session))


def test_s36_two_overlapping_writes_both_survive(ours, browser):
    assert written_by_two(browser) == {"first", "quick", "slow"}


def test_s36_control_djangos_engines_lose_one(djangos, browser):
    assert written_by_two(browser) == {"first", "slow"}


# --- S37 ------------------------------------------------------------------------------------------------------------
def write_during_logout(browser: Client, method: str = "get"):
    """The answer to a slow write whose session logs out in another tab meanwhile; the key that was."""
    browser.get("/in/")
    key, other = key_in(browser), twin(browser)
    MEANWHILE.append(lambda: other.get("/out/"))
    return getattr(browser, method)("/write/slow/"), key


@pytest.mark.parametrize("method", ["get", "post"])
def test_s37_a_slow_write_does_not_revive_a_logged_out_session(ours, browser, method):
    answer, key = write_during_logout(browser, method)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/write/slow/")
    assert "sessionid" not in answer.cookies
    assert answer.headers["Cache-Control"] == "no-store"
    thief = Client()
    thief.cookies["sessionid"] = key
    assert thief.get("/who/").content == b"nobody: []"


def test_s37_led_on_the_browser_is_a_new_visitor(ours, browser):
    answer, key = write_during_logout(browser)
    again = browser.get(answer.headers["Location"])
    assert again.status_code == 200
    assert again.cookies["sessionid"].value != key
    assert browser.get("/who/").content == b"nobody: ['slow']"


def test_s37_control_django_answers_400(djangos, browser):
    answer, _ = write_during_logout(browser)
    assert answer.status_code == 400


def test_s37_control_djangos_cache_engine_revives_what_was_flushed(settings, ada, browser):
    """Between the look and the write of a save there is a gap: ``must_create=False`` is a plain set of the cache."""
    use(settings, DJANGOS_ENGINES[2], DJANGOS)
    browser.get("/in/")
    key, other = key_in(browser), twin(browser)
    look = cache.get

    def look_then_logout(name, *arguments, **options):
        found = look(name, *arguments, **options)
        if MEANWHILE and name.startswith("django.contrib.sessions.cache"):
            MEANWHILE.pop()()
        return found

    slow = browser.session
    slow["slow"] = 1
    MEANWHILE.append(lambda: other.get("/out/"))
    cache_of_session = slow._cache
    cache_of_session.get = look_then_logout
    try:
        slow.save()
    finally:
        del cache_of_session.get
    thief = Client()
    thief.cookies["sessionid"] = key
    assert thief.get("/who/").content.startswith(str(ada.pk).encode())


# --- S38 ------------------------------------------------------------------------------------------------------------
def replayed_after_racing_read(browser: Client) -> bytes:
    """What the old cookie still shows when a read raced the logout."""
    browser.get("/in/")
    key, other = key_in(browser), twin(browser)
    MEANWHILE.append(lambda: other.get("/out/"))
    browser.get("/who/?slow")
    thief = Client()
    thief.cookies["sessionid"] = key
    return thief.get("/who/").content


def test_s38_the_cookie_of_a_logged_out_session_is_anonymous(ours, browser):
    assert replayed_after_racing_read(browser) == b"nobody: []"


def test_s38_control_cached_db_goes_on_showing_the_account(settings, ada, browser, monkeypatch):
    """The read finds no entry in the cache, reads the row, and puts it into the cache after the logout took both away."""
    use(settings, DJANGOS_ENGINES[1], DJANGOS)
    browser.get("/in/")
    key, other = key_in(browser), twin(browser)
    cache.clear()
    read = CachedStore._get_session_from_db

    def read_then_logout(self):
        row = read(self)
        while MEANWHILE:
            MEANWHILE.pop()()
        return row

    monkeypatch.setattr(CachedStore, "_get_session_from_db", read_then_logout)
    MEANWHILE.append(lambda: (cache.set("warm", 1), other.get("/out/")))
    browser.get("/who/")
    thief = Client()
    thief.cookies["sessionid"] = key
    assert thief.get("/who/").content.startswith(str(ada.pk).encode())


# --- S40 ------------------------------------------------------------------------------------------------------------
def write_during_login(browser: Client, method: str, url: str):
    """The answer to a slow write whose browser logs in in another tab meanwhile; that tab, which has the new cookie."""
    browser.get("/write/first/")
    other = twin(browser)
    MEANWHILE.append(lambda: other.get("/in/"))
    return getattr(browser, method)(url), other


def test_s40_a_safe_request_is_made_again_with_the_fresh_cookie(ours, ada, browser):
    answer, other = write_during_login(browser, "get", "/write/slow/?value=2")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/write/slow/?value=2")
    assert "sessionid" not in answer.cookies
    assert other.get(answer.headers["Location"]).status_code == 200
    assert other.get("/who/").content == f"{ada.pk}: ['first', 'slow']".encode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_s40_the_cookie_of_the_login_stays(ours, ada, browser, method):
    answer, other = write_during_login(browser, method, "/write/slow/")
    assert not answer.cookies
    assert other.get("/who/").content == f"{ada.pk}: ['first']".encode()


def test_s40_a_slow_read_leaves_the_cookie_alone(ours, browser):
    browser.get("/write/first/")
    slow, other = twin(browser), twin(browser)
    other.get("/in/")
    assert "sessionid" not in slow.get("/who/").cookies


def answered_in_reverse(browser: Client, method: str) -> bytes:
    """Who the browser is when the answer to a request of before a login arrives after that of the login.

    Both have run one after the other; only their answers overtook each other on the way.
    """
    browser.get("/write/first/")
    slow, login = twin(browser), twin(browser)
    early = getattr(slow, method)("/write/slow/")
    late = login.get("/in/")
    assert (early.status_code, late.status_code) == (200, 200)
    browser.cookies.update(late.cookies)
    browser.cookies.update(early.cookies)
    return browser.get("/who/").content


@pytest.mark.parametrize("method", ["get", "post"])
def test_s40_an_answer_that_comes_after_that_of_a_login_brings_no_dead_key_back(ours, ada, browser, method):
    assert answered_in_reverse(browser, method) == f"{ada.pk}: ['first', 'slow']".encode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_s40_control_with_django_it_logs_the_shopper_out(djangos, browser, method):
    assert answered_in_reverse(browser, method).startswith(b"nobody")


def test_s40_control_django_answers_400_and_deletes_the_cookie(djangos, browser):
    answer, _ = write_during_login(browser, "get", "/write/slow/")
    assert answer.status_code == 400
    assert twin(browser).get("/who/").cookies["sessionid"].value == ""


# --- S47 ------------------------------------------------------------------------------------------------------------
def test_s47_what_a_failing_view_wrote_is_not_there(ours, browser, caplog):
    browser.get("/write/first/")
    assert browser.get("/fail/").status_code == 500
    assert browser.get("/write/half/?status=503").status_code == 503
    assert browser.get("/who/").content == b"nobody: ['first']"
    assert [record.levelname for record in caplog.records if record.name == "navstate.sessions"] == ["WARNING", "ERROR"]


def test_s47_a_login_that_fails_leaves_the_session_as_it_was(ours, browser, caplog):
    browser.get("/write/first/")
    former = key_in(browser)
    assert browser.get("/in/?status=503").status_code == 503
    assert key_in(browser) != former
    assert browser.get("/who/").content == b"nobody: ['first']"


def test_s47_control_a_login_that_fails_takes_djangos_session_away(djangos, browser):
    browser.get("/write/first/")
    browser.get("/in/?status=503")
    assert browser.get("/who/").content == b"nobody: []"


def test_s47_what_is_written_while_streaming_is_not_there_and_told(ours, browser, caplog):
    answer = browser.get("/stream/")
    assert b"".join(answer.streaming_content) == b"first last"
    assert browser.get("/who/").content == b"nobody: ['before']"
    (record,) = [record for record in caplog.records if record.name == "navstate.sessions"]
    assert "after its response had begun" in record.message


def test_s47_control_django_drops_both_without_a_word(djangos, browser, caplog):
    b"".join(browser.get("/stream/").streaming_content)
    browser.get("/write/half/?status=503")
    assert browser.get("/who/").content == b"nobody: ['before']"
    assert not [record for record in caplog.records if "session" in record.message.lower()]


def test_update_error_is_what_the_engines_say_of_a_session_that_is_gone(ours, browser):
    """The middleware leads on for this error alone."""
    browser.get("/write/first/")
    session = browser.session
    session["a"] = 1
    twin(browser).session.delete()
    with pytest.raises(UpdateError):
        session.save()
