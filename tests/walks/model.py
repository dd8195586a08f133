"""What must be true of one shopper at the shop, worked out from what they did and from nothing that the shop says.

It keeps the shown facts as plain values, so that it agrees with the shop only when both are right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

STAGES = ("cart", "address", "shipping", "payment", "review")
MAX_UNITS = 99
SHIPPING = {"standard": (Decimal("4.90"), ()), "express": (Decimal("12.00"), ("DE",))}
"""Price and countries (none: all) by code."""
AWAITING, PAID, CANCELLED = "awaiting_payment", "paid", "cancelled"


@dataclass
class Cart:
    """``visitor``: whose navigation it remembers. ``entered``: e-mail and address fields, methods. ``added``: a number
    for each line, by which they are shown in the order in which they were put in. ``is_accounts``: it is the account's.
    """

    visitor: int
    lines: dict[str, int] = field(default_factory=dict)
    entered: dict[str, str] = field(default_factory=dict)
    added: dict[str, int] = field(default_factory=dict)
    is_accounts: bool = False
    is_open: bool = True
    noted: tuple[tuple[int, int], dict[str, Any]] = ((0, 0), {})
    """The run that accepted what was entered, and what each stage accepted: it is written with that."""


@dataclass
class Order:
    """``at``: address of the provider's page of its open payment, empty for none. ``is_delayed``: the provider has the
    payment and says nothing yet. ``is_accounts``: somebody signed in placed it.
    """

    lines: dict[str, int]
    total: Decimal
    cart: Cart | None = None
    status: str = AWAITING
    at: str = ""
    token: str = ""
    run: tuple[int, int] = (0, 0)
    is_delayed: bool = False
    is_accounts: bool = False
    language: str = "en"


@dataclass(eq=False)
class Device:
    """One browser as the shop knows it. ``session_of``: the visitor that its session knows, 0 for none. ``held``: the
    cart that its cookie names.
    """

    session_of: int = 0
    is_signed_in: bool = False
    held: Cart | None = None


@dataclass
class Run:
    """A visitor's way through checkout. ``done``: what was chosen at each stage. ``is_stored``: navstate knows of it."""

    serial: int = 0
    has_ended: bool = False
    is_stored: bool = False
    done: dict[str, Any] = field(default_factory=dict)
    ended: int = 0
    """How many orders it came to, which survives everything."""


@dataclass(frozen=True)
class Snapshot:
    """What a page's form was drawn from."""

    stage: str
    run: tuple[int, int]
    shown: Any


class Model:
    def __init__(self, prices: Mapping[str, Decimal], stock: Mapping[str, int]) -> None:
        self.prices, self.stock = dict(prices), dict(stock)
        self.orders: list[Order] = []
        self.carts: list[Cart] = []
        self.devices = [Device()]
        self.device = self.devices[0]
        """The one in hand: what is said of a session, a cart or a stage is said of it."""
        self.visitors = 0
        self.clock = 0
        self.runs: dict[int, Run] = {}
        self.typed: set[str] = set()
        """Streets that were typed and may be shown although they were not taken."""

    # --- facts ---

    @property
    def cart(self) -> Cart | None:
        """An account's by the account, a guest's by the cookie."""
        if self.device.is_signed_in:
            return self.account_cart
        held = self.device.held
        return held if held and held.is_open and not held.is_accounts else None

    @property
    def account_cart(self) -> Cart | None:
        return next((cart for cart in self.carts if cart.is_accounts and cart.is_open), None)

    @property
    def lines(self) -> dict[str, int]:
        return self.cart.lines if self.cart else {}

    @property
    def entered(self) -> dict[str, str]:
        return self.cart.entered if self.cart else {}

    @property
    def has_goods(self) -> bool:
        return bool(self.lines) and all(count <= self.stock[sku] for sku, count in self.lines.items())

    @property
    def subtotal(self) -> Decimal:
        return sum((self.prices[sku] * count for sku, count in self.lines.items()), Decimal(0))

    @property
    def options(self) -> list[str]:
        country = self.entered.get("country", "")
        return [code for code, (_, countries) in SHIPPING.items() if not countries or country in countries]

    @property
    def shipping(self) -> Decimal:
        code = self.entered.get("shipping_method", "")
        return SHIPPING[code][0] if code in self.options else Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.shipping

    def shown(self, stage: str) -> Any:
        """The facts that a stage reads, as plain values."""
        address = {name: value for name, value in self.entered.items() if not name.endswith("_method")}
        country = self.entered.get("country", "")
        shipping, payment = (self.entered.get(name, "") for name in ("shipping_method", "payment_method"))
        lines = [(sku, count, self.prices[sku]) for sku, count in self.lines.items()]
        return {
            "cart": None,
            "address": address,
            "shipping": (country, self.options, shipping),
            "payment": (country, payment),
            "review": (lines, address, shipping, self.shipping, payment, self.total),
        }[stage]

    def chosen(self, stage: str) -> Any:
        """What was accepted at a stage, as far as it can still be had."""
        country, method = (self.entered.get(name, "") for name in ("country", "shipping_method"))
        if stage == "shipping":
            return country, method if method in self.options else ""
        return self.shown(stage)

    # --- where the shopper stands ---

    @property
    def visitor(self) -> int:
        """The session's; else whose navigation the cart remembers, a guest's also when it was ordered."""
        held = self.device.held
        guests = held if held and not held.is_accounts else None
        cart = self.cart or guests
        return self.device.session_of or (cart.visitor if cart else 0)

    @property
    def done(self) -> dict[str, Any]:
        """What the run knows, and what the cart knows of it."""
        run, (noted_by, noted) = self.run, self.cart.noted if self.cart else ((0, 0), {})
        is_theirs = noted_by == (self.visitor, run.serial) or not (run.is_stored or run.serial)
        return {**run.done, **noted} if is_theirs else run.done

    @property
    def run(self) -> Run:
        """The visitor's run as a request would find it now."""
        run = self.runs.get(self.visitor, Run())
        if run.has_ended and self.cart and self.has_goods:
            return Run(serial=run.serial + 1)
        return run

    @property
    def is_closed(self) -> bool:
        return self.run.has_ended

    @property
    def frontier(self) -> str:
        if not self.has_goods:
            return "cart"
        done = self.done
        open_stages = (stage for stage in STAGES[1:] if done.get(stage) != self.chosen(stage))
        return next(open_stages, "review")

    def may_show(self, stage: str) -> bool:
        if stage == "cart":
            return True
        return not self.is_closed and STAGES.index(stage) <= STAGES.index(self.frontier)

    def snapshot(self, stage: str) -> Snapshot:
        return Snapshot(stage, (self.visitor, self.run.serial), _copied(self.shown(stage)))

    def takes(self, form: Snapshot) -> bool:
        """Whether a valid form of this page is to be taken now."""
        is_ours = form.run == (self.visitor, self.run.serial) and self.visitor != 0
        return is_ours and self.may_show(form.stage) and form.shown == self.shown(form.stage)

    # --- what the shopper does ---

    def add(self, sku: str, count: int) -> None:
        self.write()
        self.device.held = self.cart or self.new_cart()
        self.set_line(sku, self.lines.get(sku, 0) + count)

    def new_cart(self) -> Cart:
        cart = Cart(self.device.session_of, is_accounts=self.device.is_signed_in)
        self.carts.append(cart)
        return cart

    def set_line(self, sku: str, count: int) -> None:
        cart = self.cart
        assert cart is not None
        kept = min(count, MAX_UNITS, self.stock[sku])
        if kept > 0:
            self.put(cart, sku, kept)
        elif count == 0:  # of what cannot be had nothing is put in, and what was there stays
            cart.lines.pop(sku, None)
            cart.added.pop(sku, None)
        self.write()

    def put(self, cart: Cart, sku: str, count: int) -> None:
        if sku not in cart.lines:
            self.clock += 1
            cart.added[sku] = self.clock
        cart.lines[sku] = count

    def take(self, stage: str, fields: Mapping[str, str]) -> None:
        assert self.cart is not None
        self.write()
        self.cart.entered.update(fields)
        run = self.runs[self.visitor]
        run.done[stage] = _copied(self.chosen(stage))
        self.cart.noted = (self.visitor, run.serial), dict(run.done)

    def refuse(self, form: Snapshot) -> None:
        """A form of another run, or of nobody known any more, is kept: that needs a session. One that became an order
        is led to it.
        """
        is_known = form.run == (self.visitor, self.run.serial) and self.visitor != 0
        if not is_known and all(order.run != form.run for order in self.orders):
            self.write()

    def order(self, language: str = "en") -> Order:
        cart = self.cart
        assert cart is not None
        self.write()
        order = Order(dict(cart.lines), self.total, cart, run=(self.visitor, self.run.serial), language=language)
        order.is_accounts = self.device.is_signed_in
        for sku, count in cart.lines.items():
            self.stock[sku] -= count
        self.orders.append(order)
        run = self.runs[self.visitor]
        run.has_ended, run.ended = True, run.ended + 1
        cart.is_open = False
        return order

    # --- paying ---

    def pay(self, order: Order, at: str) -> None:
        if order.status == AWAITING and order.at == at:
            order.status, order.at = PAID, ""

    def delay(self, order: Order, at: str) -> None:
        """The provider has the payment, and the money comes later."""
        if order.status == AWAITING and order.at == at:
            order.is_delayed, order.at = True, ""

    def leave_payment(self, order: Order, at: str) -> None:
        """Declined, or given up at the provider."""
        order.at = "" if order.at == at else order.at

    def money_arrives(self, order: Order) -> None:
        if order.is_delayed:
            order.status, order.is_delayed = PAID, False

    def cancel(self, order: Order) -> None:
        """Its cart opens again, unless the account has another one; a guest without one takes it up."""
        cart = order.cart
        if order.status == AWAITING:
            order.status, order.at, order.is_delayed = CANCELLED, "", False
            for sku, count in order.lines.items():
                self.stock[sku] += count
            if cart and not (cart.is_accounts and self.account_cart):
                cart.is_open = True
        if order.status != CANCELLED or cart is None or cart.is_accounts or not cart.is_open:
            return
        if self.cart is None and not self.device.is_signed_in and self.has_ordered(order):
            self.device.held = cart

    def is_theirs(self, order: Order) -> bool:
        """A guest's order is paid and cancelled by whoever has its address, an account's by the account."""
        return not order.is_accounts or self.device.is_signed_in

    def has_ordered(self, order: Order) -> bool:
        """Whether this browser is the one: by the cart that its cookie names, or by the visitor of its session."""
        return self.device.held is order.cart or self.device.session_of == order.run[0]

    def may_see(self, order: Order) -> bool:
        """Whether name and address are shown as well."""
        return self.is_theirs(order) if order.is_accounts else self.has_ordered(order)

    # --- who they are ---

    def log_in(self) -> None:
        """The guest's cart becomes the account's, or joins it: of an article in both the larger quantity stays."""
        self.know()
        guest, mine = self.cart, self.account_cart
        self.device.is_signed_in = True
        if guest is None:
            self.device.held = mine or self.device.held
        elif mine is None:
            guest.is_accounts = True
        else:
            self.join(guest, mine)

    def join(self, guest: Cart, mine: Cart) -> None:
        """The guest's cart stays, with what was entered with it; what was not comes from the account's."""
        mine.is_open, guest.is_accounts = False, True
        for sku, count in mine.lines.items():
            guest.added.setdefault(sku, mine.added[sku])
            guest.lines[sku] = max(count, guest.lines.get(sku, 0))
        guest.lines = {sku: guest.lines[sku] for sku in sorted(guest.lines, key=lambda sku: guest.added[sku])}
        guest.entered = {**mine.entered, **guest.entered}

    def log_out(self) -> None:
        """Of somebody signed in the cart stays with the account, and nothing with the browser."""
        if self.device.is_signed_in:
            self.device.held = None
        self.lose_session()

    # --- what happens to them ---

    def lose_session(self) -> None:
        self.device.session_of, self.device.is_signed_in = 0, False

    def lose_quick_stores(self) -> None:
        """Sessions and navigation state are gone; what the database has is not."""
        for device in self.devices:
            device.session_of, device.is_signed_in = 0, False
        for run in self.runs.values():
            run.has_ended, run.serial, run.done, run.is_stored = run.ended > 0, max(0, run.ended - 1), {}, False

    def know(self) -> None:
        """The session gets to know its visitor, a new one where nobody is known."""
        visitor = self.visitor
        if not visitor:
            self.visitors += 1
            visitor = self.visitors
        self.device.session_of = visitor

    def write(self) -> None:
        """Something is accepted: the visitor gets a session, and a run that was only possible begins."""
        self.know()
        ended = self.runs.get(self.visitor, Run()).ended
        run, done = self.run, self.done
        run.ended, run.done, run.is_stored = ended, dict(done), True
        self.runs[self.visitor] = run


def _copied(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else value
