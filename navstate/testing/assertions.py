"""Assertions about a tab. Each raises ``AssertionError`` with what was there instead."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from navstate.testing.history import Tab
from navstate.testing.pages import Page

OWN_FIELDS = ("nav_attempt", "nav_seen")


def assert_stage(tab: Tab, stage: str, *, flow: str = "") -> None:
    """Assert that the tab shows this stage, according to its ``{% nav_attributes %}``."""
    page = tab.page
    assert page.status in {200, 409}, f"{tab.url} answered {page.status}: {page.text[:1000]}"  # noqa: S101
    assert page.stage == stage, f"{tab.url} shows stage {page.stage!r}, not {stage!r}"  # noqa: S101
    assert not flow or page.flow == flow, f"{tab.url} is of flow {page.flow!r}, not {flow!r}"  # noqa: S101


@contextlib.contextmanager
def assert_replaced(tab: Tab) -> Iterator[None]:
    """Assert that the block adds no entry and leaves the earlier ones as they were: Back leads where it led before."""
    before, index = tab.entries[: tab.index], tab.index
    yield
    assert tab.index == index, f"{tab.index - index:+} entries, not 0: {addresses(tab)}"  # noqa: S101
    assert tab.entries[:index] == before, f"what lies behind was changed: {addresses(tab)}"  # noqa: S101


@contextlib.contextmanager
def assert_pushed(tab: Tab, *, entries: int = 1) -> Iterator[None]:
    """Assert that the block adds ``entries``, and that Back from the first leads to the page that was shown."""
    index, url = tab.index, tab.url
    yield
    assert tab.index == index + entries, f"{tab.index - index:+} entries, not +{entries}: {addresses(tab)}"  # noqa: S101
    assert tab.entries[index].url == url, f"Back leads to {tab.entries[index].url}, not {url}"  # noqa: S101


def assert_page_agrees(tab: Tab, *hooks: str) -> None:
    """Assert that the tab shows what its URL answers now.

    Compares the URL, the stage, the attempt and fingerprint of each form, and the texts of the elements with these
    ``data-testid``. Makes one prefetch, which changes nothing.
    """
    now, _ = tab.browser.load("GET", tab.url, sec_purpose="prefetch")
    assert now.url == tab.url, f"{tab.url} leads to {now.url} now"  # noqa: S101
    shown, true = summary(tab.page, hooks), summary(now, hooks)
    differing = {name: (shown[name], true[name]) for name in true if shown[name] != true[name]}
    assert not differing, f"{tab.url} shows what is not so (shown, true): {differing}"  # noqa: S101


def summary(page: Page, hooks: tuple[str, ...] = ()) -> dict[str, object]:
    """Return what two pages must have in common to show the same."""
    forms = [tuple(form.fields.get(name) for name in OWN_FIELDS) for form in page.forms]
    texts = {hook: [" ".join(shown.text.split()) for shown in page.all(hook)] for hook in hooks}
    return {"flow": page.flow, "stage": page.stage, "forms": forms, **texts}


def addresses(tab: Tab) -> str:
    """Return the tab's history on one line, the current entry in brackets."""
    return " ".join(f"[{each.url}]" if at == tab.index else each.url for at, each in enumerate(tab.entries))
