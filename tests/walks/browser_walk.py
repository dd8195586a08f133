"""The walk in a real browser: what is done by other means there, and how long a page may take to be true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from navstate.testing.fetching import OverHttp
from navstate.testing.forms import Form
from navstate.testing.history import Browser
from navstate.testing.pages import Page
from navstate.testing.returning import check_route
from tests.walks.driving import RealBrowser, RealTab
from tests.walks.looking import amount, plain
from tests.walks.model import PAID, SHIPPING
from tests.walks.shopping import Operation
from tests.walks.stores import PRICES
from tests.walks.walk import Walk

SECONDS_TO_BE_TRUE = 3.0
"""A page in sight hears of a change and asks the server; it has as long as R9 gives it."""


class BrowserWalk(Walk):
    """``late``: pages that were not true at first, but within :data:`SECONDS_TO_BE_TRUE`. ``was_seen``: the shopper did
    something to the page in front; what it paints of things that happened since, it was not told.
    """

    tab: Any
    browser: Any

    def __init__(self, seed: int, browser: RealBrowser, stores: Any, restart: Operation) -> None:
        self.late: list[str] = []
        self.was_seen = False
        self.begin(seed, browser, stores, restart, is_bare=False)  # type: ignore[arg-type]

    @property
    def is_real(self) -> bool:
        return isinstance(self.tab, RealTab)

    def step(self) -> list[str]:
        if self.is_real:
            self.known(self.tab.settle())
        self.was_seen = False
        return super().step()

    def known(self, page: Page) -> Page:
        """The page, loaded again where it was fetched unseen (a tab behind others): nobody knows what it was drawn from."""
        has_mark = any("nav_seen" in form.fields for form in page.forms)
        return self.tab.reload() if has_mark and self.stage_in(page) and self.drawn_of(page) is None else page

    def seen(self, page: Page) -> None:
        if not self.is_real:
            return super().seen(page)
        self.was_seen = True
        said, first = list(self.said), None
        for look in self.tab.looks(SECONDS_TO_BE_TRUE):
            self.said = list(said)
            super().seen(look)
            if self.said == said:
                break
            first = first or self.said[len(said) :]
        if first and self.said == said:
            self.late.append(f"{self.last}: {'; '.join(first)}")
        return None

    def see_count(self) -> None:
        """The count that is painted; the pages of the checkout and the provider's show none."""
        if not self.is_real:
            return super().see_count()
        held = sum(self.model.lines.values())
        for page in self.tab.looks(SECONDS_TO_BE_TRUE if self.was_seen else 0):
            counted = page.text_of("cart-count").split(" ")[0]
            if not page.has("cart-count") or amount(counted) == held or not self.was_seen:
                return None
        return self.lie(f"counts {counted!r} in the cart, there are {held}")

    # --- what is done by other means ---

    def send(self, form: Form, changes: Mapping[str, str] | None = None, *, button: str = "", presses: int = 1) -> Page:
        if not self.is_real:
            return super().send(form, changes, button=button, presses=presses)
        page: Page = self.tab.submit(form, changes, button=button, presses=presses)
        if page.has("confirm-send"):
            page = self.tab.submit(page.form("confirm-send"))
        return page

    def enter(self, page: Page) -> dict[str, str]:
        """Of the ways of delivery one that the page offers: another one cannot be chosen by hand."""
        entered = super().enter(page)
        offered = [code for code in SHIPPING if f'value="{code}"' in page.text]
        if self.is_real and "shipping_method" in entered and entered["shipping_method"] not in offered:
            entered["shipping_method"] = offered[0]
        return entered

    def add(self) -> None:
        """On the page of the product, where its form is; sold out, there is none."""
        if not self.is_real:
            return super().add()
        sku, count = self.chance.choice(list(PRICES)), self.chance.randint(1, 3)
        page = self.tab.go(f"/product/walk-{sku.lower()}/")
        if page.has("add-to-cart"):
            count = min(count, self.tab.most(page.form("add-to-cart")))
            self.tab.ask(page.form("add-to-cart"), str(count), press="add-to-cart")
            self.model.add(sku, count)
        return self.seen(self.tab.page)

    def send_line(self, form: Form, asked: int) -> Page | None:
        """The quantity is sent when the field is left, or by its button where it stays the same."""
        if not self.is_real:
            return super().send_line(form, asked)
        if "line-remove" in form.hooks:
            return cast(Page, self.tab.ask(form, press="line-remove"))
        if asked > self.tab.most(form):
            return None
        return cast(Page, self.tab.ask(form, str(asked)))

    def second_browser(self) -> Browser:
        """Modelled, over HTTP: what another device does is the same to this one."""
        origin = self.browser.origin
        return Browser(OverHttp(origin), origin=origin, on_return=check_route, posts_again=False)

    def travel(self, steps: int) -> None:
        """Not over the answer to a form: a driver would send the form again without asking."""
        if self.is_real:
            ends = sorted((self.tab.index, self.tab.index + steps))
            if any(entry.sent is not None for entry in self.tab.entries[max(0, ends[0]) : ends[1] + 1]):
                return self.look()
        return super().travel(steps)

    def switch(self) -> None:
        self.tab = self.chance.choice(self.browser.tabs)
        page = self.browser.show(self.tab)
        self.seen(self.known(page) if self.is_real else page)

    def money_arrives(self) -> None:
        super().money_arrives()
        paid = self.order_at(self.tab.path)
        if self.is_real and paid and paid.status == PAID:  # its page looks by itself and goes on
            self.tab.until(lambda now: not plain(now["url"]).startswith("/pay/"), SECONDS_TO_BE_TRUE)
