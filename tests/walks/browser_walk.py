"""The walk in a real browser: what is done by other means there, and how long a page may take to be true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from navstate.testing.fetching import OverHttp
from navstate.testing.forms import Form
from navstate.testing.history import Browser
from navstate.testing.pages import Page
from navstate.testing.returning import check_route
from tests.walks.driving import RealBrowser, RealTab
from tests.walks.looking import amount, plain
from tests.walks.model import PAID, SHIPPING, Snapshot
from tests.walks.shopping import Operation
from tests.walks.stores import PRICES
from tests.walks.walk import Walk


def visible(page: Page) -> list[dict[str, str]]:
    """The fields of each form that a shopper sees, of those forms that are sent.

    Without the warning of a session that ends: it stands hidden beside the page, once there is a session.
    """
    hidden = ("nav_", "csrfmiddlewaretoken", "was", "seen", "shown")
    posted = [form for form in page.forms if form.method == "post" and not form.action.endswith("/api/session/renew")]
    return [{name: it for name, it in form.fields.items() if not name.startswith(hidden)} for form in posted]


SECONDS_TO_BE_TRUE = 3.0
"""A page in sight hears of a change and asks the server; it has as long as R9 gives it."""


@dataclass(frozen=True)
class Unsent:
    """A street that was typed in a tab and not sent. ``of``: the run and who was signed in; later it may have gone."""

    street: str
    of: tuple[Any, bool]


class BrowserWalk(Walk):
    """``late``: pages that were not true at first, but within :data:`SECONDS_TO_BE_TRUE`. ``was_seen``: the shopper did
    something to the page in front; what it paints of things that happened since, it was not told.
    """

    tab: Any
    browser: Any

    def __init__(self, seed: int, browser: RealBrowser, stores: Any, restart: Operation) -> None:
        self.late: list[str] = []
        self.was_seen = False
        self.unsent: dict[Any, Unsent] = {}
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

    def see_cart(self, page: Page) -> None:
        super().see_cart(page)
        self.see_fields(page)

    def see_stage(self, page: Page, stage: str) -> None:
        super().see_stage(page, stage)
        self.see_fields(page)

    def see_account(self, page: Page) -> None:
        super().see_account(page)
        if plain(self.tab.path) == "/login/":
            self.see_fields(page)

    def see_fields(self, page: Page) -> None:
        """What stands in them is what the server would put in, or what was typed in this tab and never sent."""
        if not self.is_real or self.said:
            return
        drawn = self.tab.drawn_now()
        shown, held = visible(page), self.with_unsent(visible(drawn), page)
        if drawn.url == page.url and shown != held:
            self.lie(f"has {shown} in its fields, the server {held}")

    # --- what is typed and not sent ---

    def weigh(self) -> dict[Operation, float]:
        return {**super().weigh(), self.type_and_go: 4}

    def type_and_go(self) -> None:
        """Type a street and go elsewhere."""
        page = self.tab.page
        if self.is_real and self.stage_in(page) == "address" and page.has("stage-submit"):
            street = f"Unsentweg {self.chance.randint(1, 10**6)}"
            self.tab.type(page.form("stage-submit"), {"line1": street})
            self.model.typed.add(street)
            self.unsent[self.tab] = Unsent(street, self.who_and_which())
        return self.look()

    def who_and_which(self) -> tuple[Any, bool]:
        return self.model.snapshot("address").run, self.model.device.is_signed_in

    def with_unsent(self, held: list[dict[str, str]], page: Page) -> list[dict[str, str]]:
        """The server's fields with the street. Once the run or the person is another it may stand there and need not."""
        unsent = self.unsent.get(self.tab)
        if unsent is None:
            return held
        is_there = any(fields.get("line1") == unsent.street for fields in visible(page))
        if not is_there and unsent.of != self.who_and_which():
            return held
        return [{**fields, "line1": unsent.street} if "line1" in fields else fields for fields in held]

    def submit_stage(self, form: Form, entered: dict[str, str], drawn: Snapshot | None, presses: int = 1) -> None:
        if "line1" in entered:
            self.unsent.pop(self.tab, None)
        super().submit_stage(form, entered, drawn, presses)

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
        super().travel(steps)
        if self.is_real:
            self.said += self.tab.astray
            self.tab.astray.clear()
        return None

    def switch(self) -> None:
        self.tab = self.chance.choice(self.browser.tabs)
        page = self.browser.show(self.tab)
        self.seen(self.known(page) if self.is_real else page)

    def money_arrives(self) -> None:
        super().money_arrives()
        paid = self.order_at(self.tab.path)
        if self.is_real and paid and paid.status == PAID:  # its page looks by itself and goes on
            self.tab.until(lambda now: not plain(now["url"]).startswith("/pay/"), SECONDS_TO_BE_TRUE)
