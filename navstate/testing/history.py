"""A model of a browser's history: tabs with entries, Back and Forward, what comes back with and without a request.

The measured behaviour of browsers is in :mod:`navstate.testing.engines`. A page's scripts do not run;
:attr:`Browser.on_return` can stand in for one. Requests are made one after another.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from urllib.parse import urlencode, urljoin, urlsplit

from navstate.testing.engines import CHROMIUM, Engine
from navstate.testing.fetching import REDIRECTS, Answer, Fetch, Request
from navstate.testing.forms import Form
from navstate.testing.pages import Page

REVISION_COOKIE = "navrev"
MAX_REDIRECTS = 10
NOT_SWAPPED = frozenset({204, 304, 400, 401, 403, 404, 405, 413, 429})
"""Statuses whose response htmx does not swap into the page; it does not swap those from 500 on either."""


class TooManyRedirects(RuntimeError):
    """A request was redirected more than :data:`MAX_REDIRECTS` times."""


@dataclass(frozen=True)
class Entry:
    """One entry of a tab's history.

    ``document``: entries of one document share the number (htmx, ``pushState``). ``sent``: what was posted to get it; a
    reload sends that again. ``is_htmx``: its page is fetched again on Back.
    """

    url: str
    document: int
    sent: Mapping[str, str] | None = None
    is_htmx: bool = False


@dataclass(frozen=True)
class _Left:
    """A page as it was left, at ``index`` of the history. ``revision``: ``navrev`` when the document was loaded."""

    page: Page
    index: int
    revision: str


@dataclass
class Browser:
    """One browser with its cookies and tabs.

    ``on_return``: called with a tab whose page came back without a request, and False, or became visible again, and
    True, in place of the page's script that checks whether it is current; see ``check_route``.
    """

    fetch: Fetch
    engine: Engine = CHROMIUM
    origin: str = "http://testserver"
    posts_again: bool = True
    """Whether the user agrees to send a form again. If not, the browser shows a page of its own: status 0."""
    on_return: Callable[[Tab, bool], None] | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    tabs: list[Tab] = field(default_factory=list)

    def open(self, url: str) -> Tab:
        """Open a new tab with one entry."""
        tab = Tab(self)
        self.tabs.append(tab)
        tab.go(url)
        return tab

    def show(self, tab: Tab) -> Page:
        """Bring a tab to the front."""
        return tab.returned(was_open=True)

    def close(self, tab: Tab) -> None:
        self.tabs.remove(tab)

    def lose_cookie(self, name: str) -> None:
        """Drop a cookie that has expired; that of the session is ``settings.SESSION_COOKIE_NAME``."""
        self.cookies.pop(name, None)

    def other_device(self) -> Browser:
        """Return another browser without cookies, of the same person or another one."""
        return replace(self, cookies={}, tabs=[])

    def request(self, method: str, url: str, fields: Mapping[str, str] | None, **headers: str) -> Answer:
        """Make one request and keep its cookies. ``headers``: ``sec_fetch_site="none"`` becomes ``Sec-Fetch-Site``."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items() if value}
        standard = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
        if method == "POST":
            standard["Origin"] = self.origin
        answer = self.fetch(Request(method, self.path(url), fields or {}, {**standard, **named}, dict(self.cookies)))
        for name, value in answer.cookies.items():
            if value is None:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def path(self, url: str) -> str:
        """Return path and query, without fragment and own origin; a URL of another site stays as it is."""
        parts = urlsplit(url)
        if parts.netloc and f"{parts.scheme}://{parts.netloc}" != self.origin:
            return url
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def load(self, method: str, url: str, fields: Mapping[str, str] | None = None, **headers: str) -> tuple[Page, bool]:
        """Load a document and follow redirects; return it, and whether there were any."""
        url = self.path(url)
        for number in range(MAX_REDIRECTS):
            answer = self.request(method, url, fields, **headers)
            if answer.status not in REDIRECTS:
                return Page(url, answer.status, answer.text, answer.headers), number > 0
            url, method, fields = self.path(urljoin(url, answer.headers["location"])), "GET", None
        raise TooManyRedirects(url)


_documents = count(1)


class Tab:
    """One tab. ``page``: what it shows. ``entries``, ``index``: its history. Acts return the page shown afterwards."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.entries: list[Entry] = []
        self.index = -1
        self.page = Page("", 0, "", {})
        self.seq = 0
        self._loaded_with = ""
        """``navrev`` when the document in view was loaded."""
        self._left: dict[int, _Left] = {}
        self._stored: dict[int, Page] = {}
        """Documents without ``no-store`` as they were fetched: the HTTP cache."""

    @property
    def entry(self) -> Entry:
        return self.entries[self.index]

    @property
    def url(self) -> str:
        """Return path and query in the address bar."""
        return self.entry.url

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    # --- documents ---

    def go(self, url: str) -> Page:
        """Type an address."""
        return self._navigate("GET", url, None, sec_fetch_site="none")

    def follow(self, url: str) -> Page:
        """Click a link; ``url`` may be relative."""
        return self._navigate("GET", urljoin(self.url, url), None, referer=self._referer)

    def click(self, hook: str) -> Page:
        """Follow the link that has this ``data-testid``; ``LookupError`` when the page has none."""
        found = next((shown for shown in self.page.all(hook) if shown.attributes.get("href")), None)
        if found is None:
            raise LookupError(f"no link {hook!r} at {self.url}")
        return self.follow(found.attributes["href"])

    def submit(self, form: Form, changes: Mapping[str, str] | None = None, *, button: str = "") -> Page:
        """Send a form of this page or an earlier one; ``button``: the hook of the button that is pressed."""
        fields, url = form.filled(changes, button=button), urljoin(self.url, form.action)
        if form.method == "post":
            return self._navigate("POST", url, fields, referer=self._referer)
        return self._navigate("GET", f"{urlsplit(url).path}?{urlencode(fields)}", None, referer=self._referer)

    def reload(self) -> Page:
        """Load the entry again; post again what was posted to get it."""
        page, _ = self._load_entry(self.entry, cache_control="max-age=0")
        self._replace_document(page)
        return self.page

    # --- history ---

    def back(self, steps: int = 1) -> Page:
        return self._traverse(-steps)

    def forward(self, steps: int = 1) -> Page:
        return self._traverse(steps)

    def push(self, url: str) -> None:
        """Do what ``history.pushState`` does: another URL, the same document."""
        self._add(replace(self.entry, url=self.browser.path(urljoin(self.url, url)), is_htmx=False))

    def replace(self, url: str) -> None:
        """Do what ``history.replaceState`` does."""
        self.entries[self.index] = replace(self.entry, url=self.browser.path(urljoin(self.url, url)))

    def duplicate(self) -> Tab:
        """Open a second tab with the same history; its page comes from the cache or is fetched, as on Back."""
        twin = Tab(self.browser)
        twin.entries, twin.index, twin.seq = list(self.entries), self.index, self.seq
        twin._stored = dict(self._stored)
        self.browser.tabs.append(twin)
        twin._fetch_entry()
        return twin

    def go_in_place(self, url: str) -> Page:
        """Do what ``location.replace`` does: load another document in place of this entry."""
        page, _ = self.browser.load("GET", urljoin(self.url, url), referer=self._referer)
        self._replace_document(page)
        return self.page

    def returned(self, *, was_open: bool = False) -> Page:
        """Have ``on_return`` check a page that came back, or became visible, as it was."""
        if self.browser.on_return:
            self.browser.on_return(self, was_open)
        return self.page

    # --- requests that show no document ---

    def prefetch(self, url: str) -> Page:
        """Prefetch a page as a browser does. It is not shown."""
        page, _ = self.browser.load("GET", urljoin(self.url, url), sec_purpose="prefetch", referer=self._referer)
        return page

    def background(self, url: str) -> Answer:
        """Fetch a fragment that the page fetches by itself: no ``X-Nav-Seq``, nothing is swapped."""
        return self.browser.request("GET", urljoin(self.url, url), None, hx_request="true", referer=self._referer)

    def htmx(
        self,
        method: str,
        url: str,
        fields: Mapping[str, str] | None = None,
        *,
        target: str = "",
        outer: bool = False,
        push: bool = False,
    ) -> Page:
        """Do what an element with ``hx-get`` or ``hx-post`` does.

        Swap the response into the element with id ``target``, or replace the element with ``outer``, and change the
        history as its headers say. ``push``: ``hx-push-url="true"``.
        """
        self.seq += 1
        url, asked_by = self.browser.path(urljoin(self.url, url)), self.browser.origin + self.url
        answer = self.browser.request(
            method, url, fields, hx_request="true", hx_current_url=asked_by, x_nav_seq=str(self.seq)
        )
        while answer.status in REDIRECTS:  # the browser follows them, unseen by htmx
            url = self.browser.path(urljoin(url, answer.headers["location"]))
            answer = self.browser.request("GET", url, None, hx_request="true", hx_current_url=asked_by)
        if to := answer.headers.get("hx-redirect"):
            return self.follow(to)
        if "hx-refresh" in answer.headers:
            return self.reload()
        if location := answer.headers.get("hx-location"):
            return self._locate(location)
        is_swapped = answer.status not in NOT_SWAPPED and answer.status < 500
        self._address(answer, url if push and is_swapped else "")
        if is_swapped and answer.text.strip():
            self._swap(answer, answer.headers.get("hx-retarget", target).removeprefix("#"), outer=outer)
        return self.page

    # --- inside ---

    @property
    def _referer(self) -> str:
        return self.browser.origin + self.url

    @property
    def _revision(self) -> str:
        return self.browser.cookies.get(REVISION_COOKIE, "")

    def _navigate(self, method: str, url: str, fields: Mapping[str, str] | None, **headers: str) -> Page:
        """Load a document. If its URL is the current one, it replaces the entry."""
        self.seq += 1
        before = self.page
        page, was_led = self.browser.load(method, url, fields, **headers)
        if page.status == 204:
            return self.page
        sent = fields if method == "POST" and not was_led else None
        entry = Entry(page.url, next(_documents), sent)
        if self.entries and page.url == self.url and sent is None:
            self.entries[self.index] = entry
        else:
            self._leave(before)
            self._add(entry)
        self._arrive(page)
        return self.page

    def _add(self, entry: Entry) -> None:
        """Add an entry after the current one and drop those ahead."""
        self.entries[self.index + 1 :] = [entry]
        self.index += 1

    def _arrive(self, page: Page) -> None:
        self.page, self._loaded_with = page, self._revision
        if page.is_stored and page.status == 200 and self.entry.sent is None:
            self._stored[self.entry.document] = page

    def _leave(self, page: Page) -> None:
        if self.entries and self.browser.engine.keeps_pages:
            self._left[self.entry.document] = _Left(page, self.index, self._loaded_with)

    def _kept(self, entry: Entry) -> _Left | None:
        """Return the document of an entry as it was left, if the browser still has it."""
        left, engine = self._left.pop(entry.document, None), self.browser.engine
        if left is None or left.page.is_stored:
            return left
        is_old = engine.drops_on_change and left.revision != self._revision
        return left if engine.keeps_no_store and not is_old else None

    def _traverse(self, steps: int) -> Page:
        """Go to another entry, at most to the first or last."""
        index = min(max(self.index + steps, 0), len(self.entries) - 1)
        if index == self.index:
            return self.page
        here, there = self.entry, self.entries[index]
        direction = "forward" if index > self.index else "back"
        if here.document == there.document:
            self.index = index
            return self._restore(direction)
        self._leave(self.page)
        self.index = index
        kept = self._kept(there)
        if kept is None:
            return self._fetch_entry()
        self.page, self._loaded_with = replace(kept.page, came="memory"), kept.revision
        if kept.index != index:
            return self._restore(direction)
        return self.returned()

    def _restore(self, direction: str) -> Page:
        """Go to an entry of the same document: htmx fetches its page again and shows it with the URL it is led to."""
        if self.entry.is_htmx:
            page, _ = self.browser.load(
                "GET", self.url, hx_history_restore_request="true", x_nav_direction=direction, referer=self._referer
            )
            self.page = replace(page, came="swap")
            self.entries[self.index] = replace(self.entry, url=page.url)
        return self.returned()

    def _fetch_entry(self) -> Page:
        """Load the entry's document, from the HTTP cache if it may be stored there, else from the server."""
        stored = self._stored.get(self.entry.document)
        if stored is not None and self.entry.sent is None and stored.url == self.url:
            self.page, self._loaded_with = replace(stored, came="memory"), self._revision
            return self.returned()
        page, _ = self._load_entry(self.entry)
        self._replace_document(page)
        return self.page

    def _load_entry(self, entry: Entry, **headers: str) -> tuple[Page, bool]:
        if entry.sent is not None and not self.browser.posts_again:
            return Page(entry.url, 0, "", {"cache-control": "no-store"}), False
        method = "GET" if entry.sent is None else "POST"
        return self.browser.load(method, entry.url, entry.sent, **headers)

    def _replace_document(self, page: Page) -> None:
        sent = self.entry.sent if page.url == self.url else None
        self.entries[self.index] = Entry(page.url, next(_documents), sent)
        self._arrive(page)

    def _address(self, answer: Answer, pushed: str) -> None:
        """Change the history as an htmx response does."""
        to, new = answer.headers.get("hx-push-url", pushed), answer.headers.get("hx-replace-url", "")
        if new:
            self.entries[self.index] = replace(self.entry, url=self.browser.path(new), is_htmx=True)
        elif to:
            self.entries[self.index] = replace(self.entry, is_htmx=True)
            self._add(replace(self.entry, url=self.browser.path(to)))

    def _locate(self, header: str) -> Page:
        """Do what htmx does for ``HX-Location``: fetch the page and swap its part in, as a new entry or in this one."""
        location = json.loads(header) if header.startswith("{") else {"path": header, "push": "true"}
        asked_by = self.browser.origin + self.url
        page, _ = self.browser.load("GET", location["path"], hx_request="true", hx_current_url=asked_by)
        here = replace(self.entry, is_htmx=True)
        self.entries[self.index] = here
        if "replace" in location:
            self.entries[self.index] = replace(here, url=page.url, sent=None)
        else:
            self._add(replace(here, url=page.url, sent=None))
        self._swap(
            Answer(page.status, page.text, page.headers, {}), location.get("target", "").removeprefix("#"), outer=True
        )
        return self.page

    def _swap(self, answer: Answer, target: str, *, outer: bool) -> None:
        whole = Page(self.url, answer.status, answer.text, answer.headers, "swap")
        self.page = whole if whole.is_document or not target else self.page.swapped(target, answer.text, outer=outer)
