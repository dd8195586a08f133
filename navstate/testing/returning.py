"""Do what navstate's scripts do when a page comes back (R9): ask whether it is current. For ``Browser.on_return``."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import urlencode

from navstate.testing.fetching import Answer
from navstate.testing.history import Tab
from navstate.testing.pages import Page

_CARRIED = re.compile(r'(<input type="hidden" name="nav_\w+" value=")([^"]*)')

_TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")([^"]*)')


def check_route(tab: Tab, keeps_seen: bool) -> None:
    """Ask ``/api/route`` and do what it says; fetch a public page again. A page with a mark of its own asks for itself.

    ``keeps_seen``: the page was open all the time, so its forms keep the facts that they were rendered from.
    """
    if check := tab.page.root.get("data-nav-check"):
        _check_itself(tab, check, keeps_seen)
        return
    shown, asked_at = (tab.page.root.get(f"data-nav-{name}", "") for name in ("shown", "route"))
    if not shown:
        refresh(tab, keeps_seen)
        return
    answer = tab.browser.request("GET", f"{asked_at}?{urlencode({'rid': tab.url, 'rev': shown})}", None, accept="*/*")
    if answer.status == 204:
        _take_token(tab, answer, keeps_seen)
        return
    way = json.loads(answer.text)
    if way["how"] != "reload" or not refresh(tab, keeps_seen):
        tab.go_in_place(way["go"])


def _check_itself(tab: Tab, check: str, keeps_seen: bool) -> None:
    """What ``automatic.js`` does: ask for the page, take over what differs, load it anew where it redirects."""
    answer = tab.browser.request("GET", tab.url, None, accept="*/*", x_nav_check=check)
    if answer.status == 304:
        _take_token(tab, answer, keeps_seen)
    elif answer.status == 200:
        page = Page(tab.url, answer.status, answer.text, answer.headers, came="swap")
        tab.page = _carrying(tab.page, page) if keeps_seen else page
    else:
        tab.go_in_place(tab.url)


def _take_token(tab: Tab, answer: Answer, keeps_seen: bool) -> None:
    """Give the forms a new token where somebody came back to them, so that a press of them counts."""
    if not keeps_seen and (token := answer.headers.get("x-nav-token")):
        tab.page = replace(tab.page, text=_TOKEN.sub(lambda found: found[1] + token, tab.page.text))


def refresh(tab: Tab, keeps_seen: bool) -> bool:
    """Take over what the URL answers now, in place. Return False when that needs a navigation."""
    now, was_led = tab.browser.load("GET", tab.url, cache_control="no-cache")
    if now.status != 200 or was_led:
        return False
    tab.page = replace(_carrying(tab.page, now) if keeps_seen else now, came="swap")
    return True


def _carrying(old: Page, new: Page) -> Page:
    """Return the new page with the hidden ``nav_*`` fields of the old one, if both have the same number of them."""
    carried = [value for _, value in _CARRIED.findall(old.text)]
    if len(carried) != len(_CARRIED.findall(new.text)):
        return new
    values = iter(carried)
    return replace(new, text=_CARRIED.sub(lambda found: found[1] + next(values), new.text))
