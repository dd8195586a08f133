"""What a shopper does with the pages of the shop: fill the cart, the stages, order and pay."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from navstate.testing.forms import Form
from navstate.testing.pages import Page
from tests.shopper import ADDRESS
from tests.walks.looking import CHINESE, Looking, language_of
from tests.walks.model import AWAITING, Order, Snapshot
from tests.walks.stores import PASSWORD, PRICES

STAGE_PATHS = ("/checkout/address/", "/checkout/shipping/", "/checkout/payment/", "/checkout/review/")
PATHS = ("/", "/cart/", "/checkout/", *STAGE_PATHS)
ACCOUNT_PATHS = ("/login/", "/dashboard/", "/dashboard/orders/", "/login/?redirect=/checkout/")
Operation = Callable[[], None]


class Shopping(Looking):
    """Each method without a leading word of its own (``send_stage``, ``add``) is one operation."""

    chance: random.Random

    # --- looking around ---

    def look(self) -> None:
        self.seen(self.tab.go(self.some_path()))

    def some_path(self) -> str:
        """An address to type; now and then the Chinese one."""
        path = self.chance.choice((*PATHS, *PATHS, *ACCOUNT_PATHS))
        return CHINESE + path if self.chance.random() < 0.2 and not self.is_bare else path

    def visit_an_order(self) -> None:
        known = [order for order in self.model.orders if order.token]
        if known:
            order = self.chance.choice(known)
            self.seen(self.tab.go(f"/{self.chance.choice(('pay', 'order'))}/{order.token}/"))

    def send(self, form: Form, changes: Mapping[str, str] | None = None, *, button: str = "", presses: int = 1) -> Page:
        """A form of the page in front. Where the shop could not tell who sent it, it asks once more, input kept."""
        for _ in range(presses):
            page = self.tab.submit(form, changes, button=button)
        if page.has("confirm-send"):
            page = self.tab.submit(page.form("confirm-send"))
        return page

    # --- the cart ---

    def add(self) -> None:
        sku, count = self.chance.choice(list(PRICES)), self.chance.randint(1, 3)
        self.put_in(sku, count)
        self.model.add(sku, count)
        self.seen(self.tab.page)

    def put_in(self, sku: str, count: int) -> None:
        """As the form of a product's page does it."""
        self.tab.submit(Form("/cart/add/", {"sku": sku, "quantity": str(count)}, method="post"))

    def change_line(self) -> None:
        """In the cart that is shown, as a document or with htmx."""
        if STAGE_OF_CART not in self.tab.path:
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
        page = self.send_line(form, asked)
        if page is None:
            return self.seen(self.tab.page)
        held = self.model.lines.get(sku)
        if held is not None and is_there and (was is None or held in (int(was), asked)):
            self.model.set_line(sku, asked)
        if page.came == "swap" or page.status == 200:
            return self.seen(page)
        return self.seen(self.tab.go("/cart/"))

    def send_line(self, form: Form, asked: int) -> Page | None:
        """``None`` where the page does not let one ask for so many."""
        if self.chance.random() < 0.5:
            return self.send(form, {"quantity": str(asked)})
        return self.tab.htmx("POST", form.action, form.filled({"quantity": str(asked)}), target="cart")

    def line_of(self, form: Form) -> bool:
        """Whether the line of this form is one of the open cart: it may have been put in anew since."""
        return bool(self.stores.has_line(self.browser, form.action))

    # --- whatever form is in front ---

    def send_what_is_shown(self) -> None:
        """The form of the page in front, filled in as its kind asks for; where there is none, on to the next page."""
        page = self.tab.page
        for hook, send in self.senders().items():
            if page.has(hook):
                return send()
        if page.stage == "cart" and page.has("to-checkout"):
            return self.seen(self.tab.click("to-checkout"))
        return self.add() if self.chance.random() < 0.5 else self.look()

    def senders(self) -> dict[str, Operation]:
        return {
            "conflict-confirm": self.confirm_conflict,
            "gateway-pay": self.decide_payment,
            "place-order": self.place_order,
            "stage-submit": self.send_stage,
            "resume-payment": self.resume_or_cancel,
            "login-form": self.send_login,
        }

    def send_login(self) -> None:
        """With the right password: the one in front, or one that was opened before somebody logged in elsewhere."""
        page = self.send(self.tab.page.form("login-form"), {"login": self.stores.email, "password": PASSWORD})
        if page.has("confirm-again"):
            return self.seen(self.tab.click("confirm-again"))
        if not self.model.device.is_signed_in:
            self.model.log_in()
        return self.seen(page)

    # --- stages ---

    def send_stage(self) -> None:
        page = self.tab.page
        self.submit_stage(page.form("stage-submit"), self.enter(page), self.drawn_of(page))

    def send_twice(self) -> None:
        """Two clicks are two requests of the same form, and one effect."""
        page = self.tab.page
        if page.has("place-order"):
            return self.place_order(presses=2)
        if not page.has("stage-submit"):
            return self.send_what_is_shown()
        return self.submit_stage(page.form("stage-submit"), self.enter(page), self.drawn_of(page), presses=2)

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

    def submit_stage(self, form: Form, entered: dict[str, str], drawn: Snapshot | None, presses: int = 1) -> None:
        stage = drawn.stage if drawn else ""
        shown = self.send(form, entered, presses=presses)
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

    # --- order and payment ---

    def place_order(self, presses: int = 1, form: Form | None = None) -> None:
        page = self.tab.page
        form, drawn = form or page.form("place-order"), self.drawn_of(page)
        is_to_be_taken = drawn is not None and self.model.takes(drawn)
        language = language_of(self.tab.path)
        shown = self.send(form, presses=presses)
        if is_to_be_taken:
            self.was_ordered(self.model.order(language), shown, presses)
        elif drawn:
            self.model.refuse(drawn)
        self.learn_tokens()
        self.seen(self.tab.page)

    def was_ordered(self, order: Order, shown: Page, presses: int) -> None:
        """At the provider's page; a second click is led to the order, which waits for its payment all the same."""
        self.learn_tokens()
        if shown.has("gateway-pay"):
            order.at = self.tab.path
        elif presses == 1:
            self.said.append(f"ordered, and then at {self.tab.url}")
        else:
            order.at = self.stores.payment_at(order.token)

    def decide_payment(self) -> None:
        at, what = self.tab.path, self.chance.choice(("pay", "pay", "pay", "decline", "cancel", "delay"))
        order = next((order for order in self.model.orders if order.at == at), None)
        page = self.send(self.tab.page.form("gateway-pay"), button=f"gateway-{what}")
        if order and what == "pay":
            self.model.pay(order, at)
        elif order and what == "delay":
            self.model.delay(order, at)
        elif order:
            self.model.leave_payment(order, at)
        self.seen(page)

    def resume_or_cancel(self) -> None:
        order = self.order_at(self.tab.path)
        if self.chance.random() < 0.35 and self.tab.page.has("cancel-order"):
            page = self.send(self.tab.page.form("cancel-order"), button="cancel-order")
            if order and self.model.is_theirs(order):
                self.model.cancel(order)
            return self.seen(page)
        page = self.send(self.tab.page.form("resume-payment"))
        if order and order.status == AWAITING and not order.is_delayed and self.model.is_theirs(order):
            order.at = self.tab.path
        return self.seen(page)

    def order_at(self, path: str) -> Order | None:
        path = path.removeprefix(CHINESE)
        token = path.split("/")[2] if path.startswith(("/order/", "/pay/")) else ""
        return next((order for order in self.model.orders if token and order.token == token), None)


STAGE_OF_CART = "/cart/"
