"""R9 for views that declare nothing: scripts and marks come by themselves, and a page that comes back asks for itself."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.test import AsyncClient
from django.utils.functional import SimpleLazyObject, empty

from navstate.revalidation.automatic import Mark
from navstate.revalidation.ignored import without_ignored
from navstate.revalidation.page_version import content_version

MARK = re.compile(r'<html[^>]* data-nav-check="([^"]+)"')
SCRIPTS = ("navstate/automatic.js", "navstate/navstate.js", "navstate/past.js")


def mark_in(page):
    found = MARK.search(page.content.decode())
    return found[1] if found else ""


def check(visitor, url, mark=None):
    """Ask as the script does. ``mark``: that of the page as it is now, without one."""
    return visitor.get(url, **{"X-Nav-Check": mark_in(visitor.get(url)) if mark is None else mark})


def write(visitor, text="hello"):
    return visitor.send("/guestbook/write/", {"text": text})


@pytest.fixture(params=["sync", "async"])
def url(request):
    return {"sync": "/guestbook/", "async": "/guestbook/later/"}[request.param]


def test_a_page_is_given_the_scripts_and_its_mark(visitor, url):
    page = visitor.get(url)
    text = page.content.decode()
    head = text.partition("</head>")[0]
    assert all(head.count(script) == 1 for script in SCRIPTS)
    assert f'data-nav-shown="{mark_in(page)}"' in text, "what may be one person's is hidden when it comes back"


def test_most_checks_are_a_304(visitor, url):
    answer = check(visitor, url)
    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (304, b"", "private, no-cache")


def test_what_differs_is_sent_with_a_mark_of_its_own(visitor, url):
    before = mark_in(visitor.get(url))
    write(visitor)
    answer = check(visitor, url, before)
    assert answer.status_code == 200
    assert mark_in(answer) not in {"", before}
    assert check(visitor, url, mark_in(answer)).status_code == 304


def test_a_304_brings_the_mark_that_the_page_would_have_now(visitor):
    """Another page of this browser changed something that this one does not show."""
    before = mark_in(visitor.get("/guestbook/hours/"))
    write(visitor)
    answer = check(visitor, "/guestbook/hours/", before)
    assert (answer.status_code, answer.headers["X-Nav-Shown"]) == (304, mark_in(visitor.get("/guestbook/hours/")))
    assert answer.headers["X-Nav-Shown"] != before


def test_a_redirect_is_said_and_not_followed(visitor):
    """The script loads the page anew, so the browser gets the message and the cookies of the redirect."""
    write(visitor)
    before = mark_in(visitor.get("/guestbook/mine/"))
    visitor.lose_session()
    answer = check(visitor, "/guestbook/mine/", before)
    assert (answer.status_code, answer.content, answer.cookies) == (204, b"", SimpleCookie())


def test_a_check_uses_no_message_up(visitor):
    before = mark_in(visitor.get("/guestbook/"))
    write(visitor)
    assert "written" not in check(visitor, "/guestbook/", before).content.decode()
    assert "written" in visitor.get("/guestbook/").content.decode()


def test_a_check_writes_no_session(visitor):
    write(visitor)
    visitor.get("/guestbook/?count=1")
    kept = visitor.client.session["looked"]
    check(visitor, "/guestbook/?count=1", "")
    assert visitor.client.session["looked"] == kept


@pytest.mark.parametrize("engine", ["django.contrib.sessions.backends.db"])
def test_a_check_renews_nothing_where_every_request_does(visitor, settings, engine):
    settings.SESSION_ENGINE, settings.SESSION_SAVE_EVERY_REQUEST = engine, True
    settings.MIDDLEWARE = [
        name.replace("navstate.sessions.middleware", "django.contrib.sessions.middleware")
        for name in settings.MIDDLEWARE
    ]
    write(visitor)
    mark = mark_in(visitor.get("/guestbook/hours/"))
    row = SessionStore.get_model_class().objects.get()
    before = row.expire_date
    check(visitor, "/guestbook/", mark)
    row.refresh_from_db()
    assert row.expire_date == before
    visitor.get("/guestbook/")
    row.refresh_from_db()
    assert row.expire_date > before


def test_nor_in_the_event_loop(settings):
    settings.SESSION_SAVE_EVERY_REQUEST = True

    async def look():
        client = AsyncClient()
        await client.post("/guestbook/write/", {"text": "x"})
        page = await client.get("/guestbook/later/")
        return page.content, (await client.get("/guestbook/later/", headers={"X-Nav-Check": "x"})).cookies

    page, cookies = async_to_sync(look)()
    assert b"<main>1</main>" in page
    assert settings.SESSION_COOKIE_NAME not in cookies


def test_a_site_without_sessions_has_nothing_to_save(visitor, settings):
    settings.MIDDLEWARE = ["navstate.middleware.NavMiddleware", "tests.toy.test_automatic.telling"]
    assert check(visitor, "/guestbook/hours/").status_code == 304


def telling(get_response):
    def middleware(request):
        if request.nav.is_check:
            request._messages.used = True
        return get_response(request)

    return middleware


def test_a_view_whose_get_counts_can_tell_a_check(visitor):
    before = visitor.get("/guestbook/noted/")
    answer = check(visitor, "/guestbook/noted/", mark_in(before))
    assert (answer.status_code, dict(answer.cookies)) == (304, {}), "nor is the view's cookie written"
    assert "<main>2</main>" in visitor.get("/guestbook/noted/").content.decode()


def test_a_post_is_no_check(visitor):
    answer = visitor.send("/guestbook/write/", {"text": "x"}, **{"X-Nav-Check": "x"})
    assert answer.status_code == 302


# --- what a POST answered -------------------------------------------------------------------------------------------


def test_a_page_that_answered_a_post_holds_until_this_browser_changes_something(visitor):
    page = visitor.send("/guestbook/write/", {"text": ""})
    assert mark_in(page).startswith("posted.")
    assert check(visitor, "/guestbook/write/", mark_in(page)).status_code == 304
    write(visitor)
    assert check(visitor, "/guestbook/write/", mark_in(page)).status_code == 200


@pytest.mark.parametrize(("text", "changes"), [("hello", True), ("", True)], ids=["redirect", "page"])
def test_an_unsafe_request_that_is_not_refused_counts_as_a_change(visitor, text, changes):
    answer = write(visitor, text)
    assert ("navrev" in answer.cookies, answer.headers.get("X-Nav-Changed")) == (changes, "1")


def test_one_that_is_refused_does_not(visitor):
    assert "navrev" not in visitor.send("/guestbook/raw/?body=x&status=400", {}).cookies


def test_a_form_of_an_earlier_change_is_another_form_to_the_browser(visitor):
    """Chromium and WebKit know a form again by the names of its first fields, and put in what was typed before."""
    field = re.compile(r'csrfmiddlewaretoken" value="\w+"><input type="hidden" name="(nav_generation_\w+)"')
    first = field.findall(visitor.get("/guestbook/").content.decode())
    assert len(first) == 1
    assert field.findall(visitor.get("/guestbook/").content.decode()) == first
    write(visitor)
    assert field.findall(visitor.get("/guestbook/").content.decode()) not in ([], first)


# --- whose page it is -----------------------------------------------------------------------------------------------


def test_another_account_is_another_page(visitor):
    users = [get_user_model().objects.create_user(name) for name in ("ada", "bob")]
    visitor.client.force_login(users[0])
    mark = mark_in(visitor.get("/guestbook/"))
    assert check(visitor, "/guestbook/", mark).status_code == 304
    visitor.client.force_login(users[1])
    assert check(visitor, "/guestbook/", mark).status_code == 200
    assert "ada" not in mark
    assert mark.rpartition(".")[2] != str(users[0].pk)


def test_what_reads_no_session_is_the_same_for_all(visitor):
    page = visitor.get("/guestbook/hours/")
    assert mark_in(page).endswith(".")
    assert "data-nav-shown" not in page.content.decode()
    assert "Cache-Control" not in page.headers
    assert check(visitor, "/guestbook/hours/").status_code == 304


@pytest.mark.parametrize("mark", ["", "x", "0.1.2", "0.1.2.3.4", "posted.1", "\x00.1.2.3", "0." * 4000])
def test_nonsense_is_answered_with_the_page(visitor, mark):
    assert check(visitor, "/guestbook/", mark).status_code == 200


# --- what is left alone ---------------------------------------------------------------------------------------------

WHOLE = "<!doctype html><html><head></head><body>x</body></html>"


def answer_to(visitor, body, **how):
    return visitor.get(f"/guestbook/raw/?{urlencode({'body': body, **how})}")


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("<p>part of a page</p>", {}),
        ("", {}),
        (WHOLE, {"type": "text/plain"}),
        (WHOLE, {"type": "application/json"}),
        (WHOLE, {"Content-Encoding": "gzip"}),
        (WHOLE, {"Content-Disposition": "attachment; filename=a.html"}),
        (WHOLE, {"status": 500}),
    ],
    ids=["fragment", "empty", "text", "JSON", "encoded", "download", "error of the site"],
)
def test_what_is_no_page_is_left_as_it_is(visitor, body, how):
    assert answer_to(visitor, body, **how).content.decode() == body


def test_a_streamed_page_is_left_as_it_is(visitor):
    assert b"navstate" not in b"".join(visitor.get("/guestbook/streamed/").streaming_content)


def test_the_scripts_can_be_left_out(visitor, settings):
    settings.NAVSTATE_SCRIPTS = False
    assert b"nav" not in visitor.get("/guestbook/hours/").content
    assert b"data-nav" not in visitor.get("/").content.replace(b"data-nav-page", b"").replace(b"data-nav-sort", b"")


@pytest.mark.parametrize(
    "body",
    [
        WHOLE,
        "<!DOCTYPE HTML><HEAD></HEAD><BODY>x",
        "<!doctype html><title>x</title><body>x",
        "<html><head><title>x</title></head>x",
        "<!-- a comment -->\n<!doctype html><html><head></head>",
        '<?xml version="1.0"?><!doctype html><html><head></head>',
        "<head></head>x",
    ],
)
def test_any_document_gets_both(visitor, body):
    answer = answer_to(visitor, body, **{"Content-Length": str(len(body))})
    assert mark_in(answer)
    assert b"navstate/navstate.js" in answer.content
    assert answer.headers["Content-Length"] == str(len(answer.content))


def test_a_document_without_a_place_for_scripts_gets_the_mark_alone(visitor):
    assert b"navstate.js" not in answer_to(visitor, "<!doctype html><p>x").content


def test_scripts_that_a_template_includes_are_not_put_in_again(visitor):
    body = '<!doctype html><html><head><script type=module src="/static/navstate/navstate.1a2b.js"></script></head>'
    text = answer_to(visitor, body).content.decode()
    assert (text.count("navstate/navstate."), text.count("navstate/automatic.js")) == (1, 1)
    assert MARK.search(text)


@pytest.mark.parametrize("attribute", ["csp_nonce", "_csp_nonce"])
def test_the_nonce_of_the_policy_is_on_them(visitor, settings, attribute):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"tests.toy.test_automatic.with{attribute.rpartition('csp')[0]}nonce"]
    text = visitor.get("/guestbook/hours/").content.decode()
    assert text.count('nonce="n&lt;1"') == 8
    assert mark_in(visitor.get("/guestbook/hours/")), "and is no part of what the page shows"


def withnonce(get_response):
    return _with("csp_nonce", get_response)


def with_nonce(get_response):
    return _with("_csp_nonce", get_response)


class LazyNonce(SimpleLazyObject):
    """As that of django-csp and that of Django 6: false until it was read."""

    def __bool__(self):
        return self._wrapped is not empty


def _with(name, get_response):
    def middleware(request):
        setattr(request, name, LazyNonce(lambda: "n<1"))
        return get_response(request)

    return middleware


@pytest.mark.parametrize(("cache", "early"), [("no-store", 0), ("no-cache", 1)])
def test_whether_pages_of_one_person_may_be_kept_is_a_choice(visitor, settings, cache, early):
    """Those that may be kept are hidden before anything is painted: they come back without a request."""
    settings.NAVSTATE_PERSONAL_CACHE = cache
    page = visitor.get("/guestbook/")
    assert page.headers["Cache-Control"] == f"private, {cache}"
    assert page.content.decode().count("navstate/early.js") == early
    assert visitor.get("/guestbook/raw/?body=x&status=404").headers["Cache-Control"] == "private, no-store"


# --- what a page shows ----------------------------------------------------------------------------------------------

TOKEN = "aB3" * 21 + "x"
SAME = [
    ('<meta name="created" content="9:00"><title>a</title><body>', '<meta name="created"><title>a</title><body>'),
    ("<meta><body>x", "<link><body>x"),
    ("<script>1</script>", "<SCRIPT src=x>2</script >"),
    ("<!-- rendered in 3 ms -->", ""),
    ('<input type="hidden" name="csrfmiddlewaretoken" value="a">', "<input name='csrfmiddlewaretoken' value=b>"),
    ('<link nonce="a">', "<link nonce=b>"),
    ('<html data-nav-check="1">', "<html>"),
    (f"<body hx-headers='{TOKEN}'>", f"<body hx-headers='{TOKEN[::-1]}'>"),
    ("<p data-nav-ignore>1<b>2</b></p>", "<p data-nav-ignore>3</p>"),
]
OTHER = [
    ("<title>a</title><body>", "<title>b</title><body>"),
    ("<head></head>a", "<head></head>b"),
    ("<p>1</p>", "<p>2</p>"),
    ('<input name="text" value="a">', '<input name="text" value="b">'),
    (f"<p>{'ab' * 32}</p>", f"<p>{'cd' * 32}</p>"),
    ("<p>&amp;</p>", "<p>&lt;</p>"),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_what_says_nothing_of_a_page_does_not_count(one, two):
    assert content_version(one.encode()) == content_version(two.encode())


@pytest.mark.parametrize(("one", "two"), OTHER)
def test_all_else_counts(one, two):
    assert content_version(one.encode()) != content_version(two.encode())


@pytest.mark.parametrize(
    ("page", "rest"),
    [
        ("<!doctype html><p data-nav-ignore>a<p>b", "<!doctype html><p>b"),
        ("<ul><li data-nav-ignore>a<li>b</ul>c", "<ul><li>b</ul>c"),
        ("<ul><li data-nav-ignore>a</ul>c", "<ul></ul>c"),
        ("<div data-nav-ignore><div>a</div><br>b</div>c", "c"),
        ("a<img data-nav-ignore>b<img/>&amp;&#60;<br>", "ab<img/>&amp;&#60;<br>"),
        ("a<img data-nav-ignore />b", "ab"),
        ("<div data-nav-ignore><p>a</div>b", "b"),
        ("<i data-nav-ignore>&amp;<img/></b></i>c</b>", "c</b>"),
    ],
)
def test_what_is_ignored_goes_with_all_that_stands_in_it(page, rest):
    assert without_ignored(page.encode()).decode() == rest


def test_a_mark_can_be_read_again():
    mark = Mark("page", "changes.account")
    assert str(mark) == "0.page.changes.account"
    assert mark.is_as_in("0.page.others.account")
    assert not mark.is_as_in("0.page.changes.another")
    assert Mark("now", "changes.account").is_as_in("posted.page.changes.account")
    assert not Mark("page", "others.account").is_as_in("posted.page.changes.account")
