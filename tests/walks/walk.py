"""A shopper who goes wherever a browser lets them, by chance; after each operation everything is compared with the model.

    walk = Walk(seed, fetch, stores)
    walk.step()        one operation; what was not so is a list of sentences

The same seed makes the same walk. A shop that is found wrong is believed afterwards, so that one loss counts once.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from navstate.testing.fetching import Fetch
from navstate.testing.forms import Form
from navstate.testing.history import CHROMIUM, Browser, Engine, Tab
from navstate.testing.pages import Page
from tests.shopper import ADDRESS
from tests.walks.looking import Looking
from tests.walks.model import AWAITING, Model, Order, Snapshot
from tests.walks.stores import PLENTY, PRICES

MOST_TABS = 3
STAGE_PATHS = ("/checkout/address/", "/checkout/shipping/", "/checkout/payment/", "/checkout/review/")
PATHS = ("/", "/cart/", "/checkout/", *STAGE_PATHS)
Operation = Callable[[], None]


class Walk(Looking):
    """``stores``: what lies behind the shop (:class:`Stores`). ``restart``: restarts the processes, where there are any."""

    def __init__(
        self,
        seed: int,
        fetch: Fetch,
        stores: Any,
        *,
        origin: str = "http://testserver",
        engine: Engine = CHROMIUM,
        on_return: Callable[[Tab, bool], None] | None = None,
        restart: Operation | None = None,
    ) -> None:
        self.chance = random.Random(seed)
        self.stores = stores
        self.model = Model(PRICES, dict.fromkeys(PRICES, PLENTY))
        self.browser = Browser(fetch, engine=engine, origin=origin, on_return=on_return, posts_again=False)
        self.drawn: dict[Any, Snapshot] = {}
        self.said: list[str] = []
        self.done: Counter[str] = Counter()
        self.last = ""
        self.restart = restart
        self.tab = self.browser.open("/")
        self.weights = self._weights()

    def _weights(self) -> dict[Operation, float]:
        faults: dict[Operation, float] = {
            self.expire_session: 1,
            self.change_price: 1.5,
            self.take_stock_away: 1,
            self.bring_stock_back: 1.5,
            self.empty_quick_stores: 0.4,
        }
        if self.restart:
            faults[self.restart_process] = 0.5
        return {
            self.send_what_is_shown: 45,
            self.look: 12,
            self.add: 6,
            self.change_line: 3,
            self.go_back: 14,
            self.go_forward: 6,
            self.load_again: 4,
            self.send_twice: 3,
            self.prefetch: 2,
            self.duplicate: 2,
            self.switch: 5,
            self.visit_an_order: 3,
            **faults,
        }

    def step(self) -> list[str]:
        """One operation by chance. What is not so afterwards, empty when all agrees."""
        (operation,) = self.chance.choices(list(self.weights), list(self.weights.values()))
        self.said, self.last = [], operation.__name__
        self.done[self.last] += 1
        operation()
        self.compare_stores()
        return self.said

    # --- what a shopper does ---

    def look(self) -> None:
        self.seen(self.tab.go(self.chance.choice(PATHS)))

    def visit_an_order(self) -> None:
        known = [order for order in self.model.orders if order.token]
        if known:
            order = self.chance.choice(known)
            self.seen(self.tab.go(f"/{self.chance.choice(('pay', 'order'))}/{order.token}/"))

    def add(self) -> None:
        sku, count = self.chance.choice(list(PRICES)), self.chance.randint(1, 3)
        form = Form("/cart/add/", {"sku": sku, "quantity": str(count)}, method="post")
        page = self.tab.submit(form)
        self.model.add(sku, count)
        self.seen(page)

    def change_line(self) -> None:
        """In the cart that is shown, as a document or with htmx."""
        if self.tab.path != "/cart/":
            return self.look()
        lines = self.tab.page.all("cart-line")
        if not lines:
            return self.add()
        number = self.chance.randrange(len(lines))
        sku = lines[number].attributes["data-sku"]
        hook = self.chance.choice(("line-quantity", "line-remove"))
        form = [form for form in self.tab.page.forms if hook in form.hooks][number]
        asked = self.chance.randint(1, 4) if hook == "line-quantity" else 0
        was, is_there = form.fields.get("was"), self.line_of(form)
        if self.chance.random() < 0.5:
            page = self.tab.submit(form, {"quantity": str(asked)})
        else:
            page = self.tab.htmx("POST", form.action, form.filled({"quantity": str(asked)}), target="cart")
        held = self.model.lines.get(sku)
        if held is not None and is_there and (was is None or held in (int(was), asked)):
            self.model.set_line(sku, asked)
        if page.came == "swap" or page.status == 200:
            return self.seen(page)
        return self.seen(self.tab.go("/cart/"))

    def line_of(self, form: Form) -> bool:
        """Whether the line of this form is one of the open cart: it may have been put in anew since."""
        return bool(self.stores.has_line(self.browser, form.action))

    def send_what_is_shown(self) -> None:
        """The form of the page in front, filled in as its kind asks for; where there is none, on to the next page."""
        page, path = self.tab.page, self.tab.path
        for hook, send in self.senders().items():
            if page.has(hook):
                return send()
        if path == "/cart/" and page.has("to-checkout"):
            return self.seen(self.tab.follow("/checkout/address/"))
        return self.add() if self.chance.random() < 0.5 else self.look()

    def senders(self) -> dict[str, Operation]:
        return {
            "conflict-confirm": self.confirm_conflict,
            "gateway-pay": self.decide_payment,
            "place-order": self.place_order,
            "stage-submit": self.send_stage,
            "resume-payment": self.resume_or_cancel,
        }

    def send_stage(self) -> None:
        page = self.tab.page
        self.submit_stage(page.form("stage-submit"), self.enter(page), self.drawn_of(page))

    def send_twice(self) -> None:
        """The double click: the second press sends the same form again."""
        page = self.tab.page
        if not page.has("stage-submit"):
            return self.place_order(presses=2) if page.has("place-order") else self.send_what_is_shown()
        form, entered = page.form("stage-submit"), self.enter(page)
        drawn = self.drawn_of(page)
        self.submit_stage(form, entered, drawn)
        before = dict(self.model.entered)
        self.submit_stage(form, entered, drawn)
        if self.model.entered != before:
            self.said.append("the second click of two changed something")
        return None

    def enter(self, page: Page) -> dict[str, str]:
        """What is typed into the form of a stage; now and then something that cannot be taken."""
        stage, chance = self.stage_in(page), self.chance
        if stage == "address":
            street = f"{chance.choice(('Waldweg', 'Bergweg', 'Talweg'))} {chance.randint(1, 9)}"
            city = "" if chance.random() < 0.1 else "Freiburg"
            return {**ADDRESS, "line1": street, "city": city, "country": chance.choice(("DE", "DE", "DE", "FR"))}
        if stage == "shipping":
            return {"shipping_method": chance.choice(("standard", "express"))}
        return {"payment_method": "demo"}

    def submit_stage(self, form: Form, entered: dict[str, str], drawn: Snapshot | None) -> None:
        stage = drawn.stage if drawn else ""
        shown = self.tab.submit(form, entered)
        self.model.typed.add(entered.get("line1", ""))
        if drawn and stage in ("address", "shipping", "payment") and self.may_take(drawn, entered):
            self.model.take(stage, entered)
            return self.seen(shown)
        if drawn:
            self.model.refuse(drawn)
        if "line1" in entered and shown.status == 200 and shown.stage == "address":
            kept = shown.form("stage-submit").fields.get("line1")
            if kept != entered["line1"] and kept != self.model.entered.get("line1"):
                self.said.append(f"typed {entered['line1']!r} is lost: {kept!r}")
        return self.seen(shown)

    def may_take(self, drawn: Snapshot, entered: dict[str, str]) -> bool:
        is_valid = bool(entered.get("city", "x")) and entered.get("shipping_method", "standard") in self.model.options
        return self.model.takes(drawn) and (is_valid if drawn.stage != "payment" else True)

    def confirm_conflict(self) -> None:
        page = self.tab.page
        form, drawn = page.form("conflict-confirm"), self.drawn_of(page)
        if drawn and drawn.stage == "review":
            return self.place_order(form=form)
        return self.submit_stage(form, {**form.fields}, drawn)

    def place_order(self, presses: int = 1, form: Form | None = None) -> None:
        page = self.tab.page
        form, drawn = form or page.form("place-order"), self.drawn_of(page)
        for _ in range(presses):
            is_to_be_taken = drawn is not None and self.model.takes(drawn)
            shown = self.tab.submit(form)
            if is_to_be_taken:
                order = self.model.order()
                order.at = self.tab.path if shown.has("gateway-pay") else ""
                if not order.at:
                    self.said.append(f"ordered, and then at {self.tab.url}")
            elif drawn:
                self.model.refuse(drawn)
            self.learn_tokens()
        self.seen(self.tab.page)

    def decide_payment(self) -> None:
        at, what = self.tab.path, self.chance.choice(("pay", "pay", "pay", "decline", "cancel"))
        order = next((order for order in self.model.orders if order.at == at), None)
        page = self.tab.submit(self.tab.page.form("gateway-pay"), {"action": what})
        if order and what == "pay":
            self.model.pay(order, at)
        elif order:
            self.model.leave_payment(order, at)
        self.seen(page)

    def resume_or_cancel(self) -> None:
        order = self.order_at(self.tab.path)
        if self.chance.random() < 0.35 and self.tab.page.has("cancel-order"):
            page = self.tab.submit(self.tab.page.form("cancel-order"), button="cancel-order")
            if order:
                self.model.cancel(order)
            return self.seen(page)
        page = self.tab.submit(self.tab.page.form("resume-payment"))
        if order and order.status == AWAITING:
            order.at = self.tab.path
        return self.seen(page)

    # --- what the browser does ---

    def go_back(self) -> None:
        self.travel(-self.chance.choice((1, 1, 1, 2, 3)))

    def go_forward(self) -> None:
        self.travel(self.chance.choice((1, 1, 2)))

    def travel(self, steps: int) -> None:
        """At either end of the history a browser does nothing, and the page stays as it was."""
        before = self.tab.index
        self.tab.forward(steps)
        if self.tab.index != before:
            self.seen(self.tab.page)

    def load_again(self) -> None:
        if self.tab.entry.sent is None:
            self.seen(self.tab.reload())

    def prefetch(self) -> None:
        self.tab.prefetch(self.chance.choice(PATHS))

    def duplicate(self) -> None:
        if len(self.browser.tabs) >= MOST_TABS:
            self.browser.close(self.chance.choice([tab for tab in self.browser.tabs if tab is not self.tab]))
        if self.tab.entry.sent is None:
            self.tab = self.tab.duplicate()
            self.seen(self.tab.page)

    def switch(self) -> None:
        self.tab = self.chance.choice(self.browser.tabs)
        self.seen(self.browser.show(self.tab))

    # --- what comes in between ---

    def expire_session(self) -> None:
        self.stores.end_session(self.browser)
        if self.chance.random() < 0.5:
            self.browser.lose_cookie("sessionid")
        self.model.lose_session()

    def change_price(self) -> None:
        sku = self.chance.choice(list(PRICES))
        self.model.prices[sku] = PRICES[sku] + self.chance.randint(-3, 3)
        self.stores.change_price(sku, self.model.prices[sku])

    def take_stock_away(self) -> None:
        self.set_stock(self.chance.choice(list(PRICES)), self.chance.choice((0, 0, 1)))

    def bring_stock_back(self) -> None:
        for sku in PRICES:
            self.set_stock(sku, PLENTY)

    def set_stock(self, sku: str, available: int) -> None:
        self.model.stock[sku] = available
        self.stores.set_stock(sku, available)

    def empty_quick_stores(self) -> None:
        self.stores.empty_quick_stores()
        self.model.lose_quick_stores()

    def restart_process(self) -> None:
        assert self.restart is not None
        self.restart()

    def order_at(self, path: str) -> Order | None:
        token = path.split("/")[2] if path.startswith(("/order/", "/pay/")) else ""
        return next((order for order in self.model.orders if token and order.token == token), None)
