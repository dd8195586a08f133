"""The history client: what a browser's buttons do, on the pages of the toy."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client

from navstate.testing.assertions import assert_page_agrees, assert_pushed, assert_replaced, assert_stage
from navstate.testing.engines import CHROMIUM, FIREFOX, NO_PAGE_CACHE, WEBKIT
from navstate.testing.fetching import Answer, OverHttp, Request, through_client
from navstate.testing.history import Browser, TooManyRedirects
from tests.toy.flows import APPLICATIONS, change


@pytest.fixture
def browser():
    return Browser(through_client())


def ask(tab, **entered):
    """Start and send the loan's form."""
    tab.go("/loan/start/")
    tab.submit(tab.page.forms[0])
    return tab.submit(tab.page.forms[0], {"amount": "500", "purpose": "a boat", **entered})


class Site:
    """Pages made up for a test: by path a text, a whole answer, or a list of those. ``asked``: every request."""

    def __init__(self, **pages):
        self.pages = {f"/{name}": page for name, page in pages.items()}
        self.asked: list[Request] = []

    def __call__(self, request):
        self.asked.append(request)
        found = self.pages[request.url.partition("?")[0]]
        if isinstance(found, list):  # one answer after the other
            found = found.pop(0)
        if isinstance(found, Answer):
            return found
        return Answer(200, found, {"cache-control": "private, no-store"}, {})

    @property
    def urls(self):
        return [request.url for request in self.asked]


def answer(status=200, text="", cookies=None, **headers):
    return Answer(status, text, {name.replace("_", "-"): value for name, value in headers.items()}, cookies or {})


class TestDocuments:
    def test_a_redirect_leaves_one_entry_with_the_address_it_led_to(self, browser):
        tab = browser.open("/")
        with assert_pushed(tab):
            tab.go("/loan/form/")
        assert tab.path == "/loan/start/"
        assert_stage(tab, "start", flow="loan")

    def test_each_step_pushes_and_back_leads_through_them(self, browser):
        tab = browser.open("/")
        ask(tab)
        assert [entry.url.partition("?")[0] for entry in tab.entries] == [
            *("/", "/loan/start/", "/loan/form/", "/loan/confirm/")
        ]
        tab.back(2)
        assert_stage(tab, "start")
        tab.forward()
        assert_stage(tab, "form")
        tab.back(9)
        assert tab.url == "/"
        assert tab.back() is tab.page

    def test_a_refused_form_replaces_its_entry(self, browser):
        tab = browser.open("/loan/start/")
        tab.go("/loan/start/")
        tab.submit(tab.page.forms[0])
        tab.go("/loan/form/")
        with assert_replaced(tab):
            tab.submit(tab.page.forms[0], {"amount": "none"})
        assert "kept" in tab.page.text

    def test_a_conflict_is_the_answer_to_a_post_and_a_reload_posts_again(self, browser):
        tab = browser.open("/loan/start/")
        ask(tab)
        tab.back()
        stale = tab.page.forms[0]
        change("a0", amount=700)
        tab.submit(stale, {"amount": "9", "purpose": "x"})
        assert tab.page.has("conflict")
        assert_stage(tab, "form")
        tab.reload()
        assert tab.page.has("conflict")
        tab.submit(tab.page.form("conflict-confirm"))
        assert APPLICATIONS["a0"].amount == 9
        assert_stage(tab, "confirm")

    def test_a_link_is_relative_to_the_page(self, browser):
        tab = browser.open("/loan/start/")
        tab.follow("../form/#here")
        assert_stage(tab, "start")

    def test_a_get_form_goes_into_the_address(self):
        site = Site(list="<!doctype html><form action='/list'><input name=q value=boots></form>")
        tab = Browser(site).open("/list")
        tab.submit(tab.page.forms[0], {"page": "2"})
        assert tab.url == "/list?q=boots&page=2"

    def test_204_shows_nothing_new(self):
        site = Site(a="a", none=answer(204))
        tab = Browser(site).open("/a")
        assert tab.follow("/none").text == "a"
        assert tab.url == "/a"

    def test_an_endless_redirect_ends(self):
        with pytest.raises(TooManyRedirects):
            Browser(Site(a=answer(303, location="/a"))).open("/a")

    def test_an_address_of_another_site_stays_whole(self, browser):
        assert browser.path("https://bank.example/pay?x=1") == "https://bank.example/pay?x=1"
        assert browser.path("http://testserver/pay?x=1#top") == "/pay?x=1"


class TestWhatComesBack:
    """docs/testing.md has the table: pages with no-store by engine, before and after a change."""

    @pytest.mark.parametrize(
        ("engine", "changed", "asks"),
        [
            (CHROMIUM, False, False),
            (CHROMIUM, True, True),
            (FIREFOX, False, True),
            (WEBKIT, True, False),
            (NO_PAGE_CACHE, False, True),
        ],
    )
    def test_a_page_with_no_store(self, engine, changed, asks):
        site = Site(a="a", b="b", change=answer(204, cookies={"navrev": "2"}))
        browser = Browser(site, engine=engine)
        tab = browser.open("/a")
        tab.go("/b")
        if changed:
            tab.follow("/change")
        before = len(site.asked)
        assert tab.back().came == ("network" if asks else "memory")
        assert len(site.asked) == before + asks

    @pytest.mark.parametrize("engine", [CHROMIUM, NO_PAGE_CACHE])
    def test_a_page_that_may_be_stored_is_never_asked_for(self, engine):
        site = Site(a=answer(text="a"), b="b")
        tab = Browser(site, engine=engine).open("/a")
        tab.go("/b")
        assert tab.back().came == "memory"
        assert site.urls == ["/a", "/b"]

    def test_an_accepted_change_lets_no_old_stage_come_back(self, browser):
        tab = browser.open("/loan/start/")
        ask(tab)
        tab.back()
        assert tab.page.came == "network"
        tab.forward()
        tab.back()
        assert tab.page.came == "memory"
        assert_page_agrees(tab)

    def test_what_comes_back_is_looked_at_by_the_page_s_script(self):
        looked = []
        browser = Browser(Site(a="a", b="b"), on_return=lambda tab, was_open: looked.append((tab.url, was_open)))
        tab = browser.open("/a")
        tab.go("/b")
        tab.back()
        browser.show(tab)
        assert looked == [("/a", False), ("/a", True)]

    def test_a_posted_page_is_posted_again_where_it_is_not_kept(self):
        site = Site(a="<form action='/b' method=post><input name=x value=1></form>", b="b", c="c")
        tab = Browser(site, engine=NO_PAGE_CACHE).open("/a")
        tab.submit(tab.page.forms[0])
        tab.go("/c")
        tab.back()
        assert [(request.method, dict(request.fields)) for request in site.asked[-3:]] == [
            *(("POST", {"x": "1"}), ("GET", {}), ("POST", {"x": "1"}))
        ]

    def test_whoever_does_not_want_it_posted_again_sees_the_browser_s_own_page(self):
        site = Site(a="<form action='/b' method=post></form>", b="b")
        tab = Browser(site, posts_again=False).open("/a")
        tab.submit(tab.page.forms[0])
        assert tab.reload().status == 0
        assert (tab.url, site.urls) == ("/b", ["/a", "/b"])
        assert tab.back().status == 200

    def test_script_entries_share_their_document(self):
        site = Site(a="a", b="b")
        tab = Browser(site).open("/a")
        tab.push("?tab=2")
        tab.replace("?tab=3")
        assert tab.url == "/a?tab=3"
        tab.back()
        tab.forward()
        assert site.urls == ["/a"]


class TestTabs:
    def test_a_duplicate_has_the_same_history(self, browser):
        tab = browser.open("/")
        ask(tab)
        twin = tab.duplicate()
        assert_stage(twin, "confirm")
        twin.back(9)
        assert (twin.url, twin.page.came, tab.path) == ("/", "memory", "/loan/confirm/")
        browser.close(twin)
        assert browser.tabs == [tab]

    def test_a_duplicate_of_a_public_page_makes_no_request(self):
        site = Site(a=answer(text="a"))
        assert Browser(site).open("/a").duplicate().page.came == "memory"
        assert site.urls == ["/a"]

    def test_another_device_knows_nothing(self, browser):
        ask(browser.open("/"))
        tab = browser.other_device().open("/loan/confirm/")
        assert_stage(tab, "start")

    def test_a_lost_session_is_led_on_by_what_the_project_still_knows(self, browser):
        tab = browser.open("/")
        ask(tab)
        browser.lose_cookie("sessionid")
        tab.reload()
        assert_stage(tab, "confirm")

    def test_a_deleted_cookie_is_not_sent_again(self):
        site = Site(a=answer(cookies={"x": "1"}), b=answer(cookies={"x": None, "y": None}), c="c")
        tab = Browser(site).open("/a")
        tab.go("/b")
        tab.go("/c")
        assert [dict(request.cookies) for request in site.asked] == [{}, {"x": "1"}, {}]


class TestRequestsThatShowNothing:
    def test_a_prefetch_says_so_and_changes_nothing_here(self):
        site = Site(a="a", b="b")
        tab = Browser(site).open("/a")
        assert tab.prefetch("/b").text == "b"
        assert (tab.url, tab.page.text) == ("/a", "a")
        assert site.asked[-1].headers["Sec-Purpose"] == "prefetch"

    def test_a_background_fragment_has_no_seq(self):
        site = Site(a="a", b="b")
        assert Browser(site).open("/a").background("/b").text == "b"
        assert "X-Nav-Seq" not in site.asked[-1].headers
        assert site.asked[-1].headers["Hx-Request"] == "true"


class TestOverHttp:
    @pytest.fixture
    def origin(self):
        """A server that tells what it was sent, and closes the connection after each answer to ``/close``."""

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                size = int(self.headers.get("Content-Length", 0))
                said = f"{self.command} {self.headers['Cookie']} {self.rfile.read(size).decode()}".encode()
                self.send_response(200)
                self.send_header("Set-Cookie", "a=1; Path=/")
                self.send_header("Set-Cookie", "b=; Max-Age=0")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
                self.close_connection = self.path == "/close"

            do_POST = do_GET  # noqa: N815

            def log_message(self, *args):
                pass

        # Threads: a test that fails leaves its connection open, and a server that serves it alone could not be shut down.
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()

    def test_cookies_fields_and_a_connection_that_was_closed(self, origin):
        fetch = OverHttp(origin)
        browser = Browser(fetch, origin=origin)
        tab = browser.open("/close")
        assert (tab.page.text, browser.cookies) == ("GET  ", {"a": "1"})
        assert browser.request("POST", "/close", {"x": "y"}).text == "POST a=1 x=y"
        assert browser.request("GET", "/", None).text == "GET a=1 "
        fetch.close()


def test_a_client_of_the_test_s_own(settings):
    """Its own cookies are not sent: the browser's are."""
    client = Client()
    client.cookies["sessionid"] = "x"
    browser = Browser(through_client(client))
    browser.open("/quick/")
    assert browser.tabs[0].page.text == "quick"
    assert browser.cookies == {}
