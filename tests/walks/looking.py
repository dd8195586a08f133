"""What a shopper looks at after each operation, and the stores behind it: each compared with the model."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from navstate.testing.history import Browser, Tab
from navstate.testing.pages import Page
from tests.walks.model import STAGES, Model, Order, Run, Snapshot

STAGE_OF = {"/cart/": "cart", **{f"/checkout/{stage}/": stage for stage in STAGES[1:]}}
PRIVATE = ("/dashboard/", "/dashboard/orders/")
CHINESE = "/zh-hans"
PAGE_SIZE = 20


def amount(text: str) -> Decimal:
    """The number in a price, whatever the currency and where it stands."""
    digits = re.sub(r"[^\d.]", "", text.replace(",", ""))
    return Decimal(digits or 0)


def plain(url: str) -> str:
    """The path as it is without a language."""
    path = url.partition("?")[0]
    return path.removeprefix(CHINESE) if path.startswith(f"{CHINESE}/") else path


def language_of(url: str) -> str:
    return "zh-hans" if url.startswith(f"{CHINESE}/") else "en"


class Looking:
    """``is_bare``: the shop has one language, and no count of what is in the cart beside it."""

    model: Model
    browser: Browser
    tab: Tab
    stores: Any
    is_bare: bool
    drawn: dict[Any, Snapshot]
    said: list[str]

    def order_at(self, path: str) -> Order | None:
        raise NotImplementedError

    # --- the page in front ---

    def stage_in(self, page: Page) -> str:
        return STAGE_OF.get(plain(page.url), "")

    def drawn_of(self, page: Page) -> Snapshot | None:
        """What a page's form was drawn from: known since it was first seen."""
        return self.drawn.get(self.key(page))

    def key(self, page: Page) -> Any:
        """Tells what a page's form was drawn from. A page that was brought up to date keeps its form's word for it."""
        for form in page.forms:
            if "nav_seen" in form.fields:
                return page.stage, form.fields["nav_attempt"], form.fields["nav_seen"]
        return hash(page.text)

    def draw(self, page: Page, stage: str) -> None:
        key = self.key(page)
        if isinstance(key, int):  # says nothing of itself: it is what it was when it was fetched
            self.drawn[key] = self.model.snapshot(stage)
        else:
            self.drawn.setdefault(key, self.model.snapshot(stage))

    def seen(self, page: Page) -> None:
        """Compare the page in front with the model."""
        stage = STAGE_OF.get(plain(self.tab.path), "")
        if page.came != "memory" and stage:
            self.draw(page, stage)
        if page.status == 0:  # the browser's own
            return None
        if page.status not in {200, 409}:
            return self.lie(f"status {page.status}")
        if page.status == 409:
            return None if page.has("conflict") else self.lie("409 without a word")
        self.learn_tokens()
        self.see_account(page)
        if stage == "cart":
            return self.see_cart(page)
        if stage:
            return self.see_stage(page, stage)
        if order := self.order_at(self.tab.path):
            return self.see_order(page, order)
        return None

    def see_account(self, page: Page) -> None:
        """Whose page it is, and its language."""
        path = plain(self.tab.path)
        if path.startswith("/demo-gateway/"):
            return
        order = self.order_at(path) if path.startswith("/pay/") else None
        language = order.language if order else language_of(self.tab.path)
        if page.root.get("lang") != language and not self.is_bare:
            self.lie(f"is in {page.root.get('lang')!r}, not {language!r}")
        if path == "/login/" and self.model.device.is_signed_in:
            self.lie("asks somebody to log in who is")
        if path in PRIVATE and not self.model.device.is_signed_in:
            self.lie("shows an account to nobody")
        if path == "/dashboard/" and self.stores.email not in page.text_of("account-email"):
            self.lie(f"is of {page.text_of('account-email')!r}")
        if path == "/dashboard/orders/":
            self.see_orders(page)

    def see_orders(self, page: Page) -> None:
        shown = [status.attributes.get("data-status") for status in page.all("order-status")]
        mine = [order.status for order in reversed(self.model.orders) if order.is_accounts]
        if shown != mine[:PAGE_SIZE]:
            self.lie(f"shows orders {shown}, they are {mine}")

    def lie(self, what: str) -> None:
        self.said.append(f"{self.tab.url} ({self.tab.page.came}): {what}")

    def see_cart(self, page: Page) -> None:
        if page.stage != "cart":
            self.lie(f"stage {page.stage!r} under the cart's address")
        skus = [line.attributes.get("data-sku", "") for line in page.all("cart-line")]
        counts = [int(field.attributes.get("value", "0")) for field in page.all("line-quantity")]
        shown = dict(zip(skus, counts, strict=False))
        if shown != self.model.lines:
            self.lie(f"shows {shown}, in it are {self.model.lines}")
        elif shown and amount(page.text_of("cart-total")) != self.model.subtotal:
            self.lie(f"shows {page.text_of('cart-total')}, it comes to {self.model.subtotal}")
        elif shown and not self.is_bare:
            self.see_stock(page)

    def see_stock(self, page: Page) -> None:
        """What cannot be had is said, and only then the way on is barred."""
        short = [sku for sku, count in self.model.lines.items() if count > self.model.stock[sku]]
        if page.has("to-checkout") is bool(short):
            self.lie(f"leads on: {not short}, short of {short}")
        if sum(notice.attributes.get("data-kind") == "error" for notice in page.all("notice")) < len(short):
            self.lie(f"does not say that it is short of {short}")

    def see_stage(self, page: Page, stage: str) -> None:
        if page.stage != stage:
            return self.lie(f"stage {page.stage!r}")
        if not self.model.may_show(stage):
            return self.lie(f"shows {stage}, due is {self.model.frontier}, closed: {self.model.is_closed}")
        hook = "order-total" if stage == "review" else "cart-total"
        if amount(page.text_of(hook)) != self.model.total:
            self.lie(f"shows {page.text_of(hook)}, it comes to {self.model.total}")
        street = self.model.entered.get("line1", "")
        if stage == "review" and street not in page.text:
            self.lie(f"does not go to {street}")
        if stage == "address" and page.came != "memory":  # a page in memory still has what was typed into it
            shown = page.form("stage-submit").fields.get("line1", "")
            if shown not in {street, *self.model.typed}:
                self.lie(f"shows {shown!r}, entered was {street!r}")
        return None

    def see_order(self, page: Page, order: Order) -> None:
        is_receipt = "/order/" in self.tab.path and page.came != "memory"
        if is_receipt and page.has("proof-form") is self.model.may_see(order):
            self.lie("asks who somebody is who is known, or does not ask a stranger")
        statuses = [shown.attributes.get("data-status") for shown in page.all("order-status")]
        if statuses != [order.status]:
            self.lie(f"shows {statuses}, it is {order.status}")
        if amount(page.text_of("order-total")) != order.total:
            self.lie(f"shows {page.text_of('order-total')}, it came to {order.total}")
        if page.has("resume-payment") and (order.status != "awaiting_payment" or order.is_delayed):
            self.lie("asks for money that is not due")

    def see_count(self) -> None:
        """The number beside the cart, which every page fetches for itself."""
        answer = self.tab.background("/cart/badge/")
        shown, held = amount(re.sub(r"<[^>]*>", " ", answer.text)), sum(self.model.lines.values())
        if shown != held:
            self.lie(f"counts {shown} in the cart, there are {held}")

    # --- the stores behind it ---

    def learn_tokens(self) -> None:
        for order, (*_, token) in zip(self.model.orders, self.stores.orders(), strict=False):
            order.token = token

    def compare_stores(self) -> None:
        cart, orders, stock = self.stores.cart(self.browser), self.stores.orders(), self.stores.stock()
        entered, is_signed_in = self.stores.entered(self.browser), self.stores.is_signed_in(self.browser)
        known = {name: self.model.entered.get(name, "") for name in entered}
        ours = [(order.lines, order.total, order.status) for order in self.model.orders]
        pairs = {
            "signed in": (is_signed_in, self.model.device.is_signed_in),
            "cart": (cart, self.model.lines),
            "entered": (entered, known),
            "orders": ([each[:3] for each in orders], ours),
            "stock": (stock, self.model.stock),
        }
        wrong = [f"{name}: stored {stored}, done {done}" for name, (stored, done) in pairs.items() if stored != done]
        if wrong:
            self.said += wrong
            self.model.device.is_signed_in = is_signed_in
            self.believe(cart, entered, orders, stock)

    def believe(self, cart: dict[str, int], entered: dict[str, str], orders: list[Any], stock: dict[str, int]) -> None:
        """Go on from what is stored, so that one loss is counted once."""
        model = self.model
        model.stock = dict(stock)
        if cart or entered:
            model.know()
            model.device.held = mine = model.cart or model.new_cart()
            mine.lines, mine.entered = dict(cart), {**mine.entered, **entered}
            mine.added = {sku: number for number, sku in enumerate(cart)}
        elif model.cart:
            model.cart.is_open = False
        known = model.orders
        model.orders = [
            known[at] if at < len(known) and known[at].token == token else Order(lines, total, None, status, "", token)
            for at, (lines, total, status, token) in enumerate(orders)
        ]
        for order, (lines, total, status, _) in zip(model.orders, orders, strict=True):
            order.lines, order.total, order.status = lines, total, status
        model.runs.setdefault(model.visitor, Run())
