"""What an order would be right now: the one calculation behind every stage, the order itself and its mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple

from django_countries.fields import Country
from djmoney.money import Money

from checkout.models import CheckoutDraft, ShippingMethod
from checkout.payments.registry import gateways
from shop.accounts.models import ADDRESS_FIELDS
from shop.cart.pricing import PricedLine, total_of
from shop.cart.queries import NUMBER_MARK, OpenCart, priced_lines
from shop.catalog.money import money_fact, no_money
from shop.catalog.prepared import Prepared, amount, from_json


class Draft(NamedTuple):
    """What was entered so far, as it was read. ``version`` 0: nothing yet."""

    version: int = 0
    email: str = ""
    shipping_method: str = ""
    payment_method: str = ""
    name: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country_code: str = ""
    phone: str = ""

    @property
    def country(self) -> Country:
        return Country(self.country_code)

    @property
    def address(self) -> dict[str, str]:
        return {name: self.country_code if name == "country" else getattr(self, name) for name in ADDRESS_FIELDS}


class MethodRow(NamedTuple):
    """A way of delivery that is offered, as the database gives it."""

    code: str
    name: str
    description: str
    price: Any
    price_currency: str
    free_over: Any
    countries: Any
    min_days: int
    max_days: int


@dataclass(frozen=True, slots=True)
class ShippingOption:
    """One way of delivery for this address and these goods, with its price for them."""

    code: str
    name: str
    description: str
    price: Money
    min_days: int
    max_days: int


@dataclass(frozen=True)
class Quote:
    """Lines, address, delivery and total as the database has them now."""

    cart: OpenCart | None
    draft: Draft
    lines: Sequence[PricedLine]
    methods: Sequence[MethodRow]

    @cached_property
    def subtotal(self) -> Money:
        return total_of(self.lines)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @cached_property
    def shipping_options(self) -> list[ShippingOption]:
        return [self._option(method) for method in self.methods if serves(method, self.draft.country_code)]

    @cached_property
    def shipping(self) -> ShippingOption | None:
        """The chosen delivery, if it is still to be had."""
        return next((option for option in self.shipping_options if option.code == self.draft.shipping_method), None)

    @property
    def shipping_price(self) -> Money:
        return self.shipping.price if self.shipping else no_money()

    @property
    def total(self) -> Money:
        return self.subtotal + self.shipping_price

    def facts(self) -> dict[str, Any]:
        """The facts of the checkout flow: plain JSON values, the same in every language."""
        return {
            "cart": f"{self.cart.pk}.{self.cart.opened}" if self.cart else "",
            "lines": [[line.sku, line.full_title, line.quantity, money_fact(line.unit_price)] for line in self.lines],
            "short": [line.sku for line in self.lines if line.is_short],
            "subtotal": money_fact(self.subtotal),
            "email": self.draft.email,
            "address": self.draft.address,
            "country": self.draft.country_code,
            "shipping_options": [[option.code, money_fact(option.price)] for option in self.shipping_options],
            "shipping_method": self.draft.shipping_method,
            "shipping_price": money_fact(self.shipping_price),
            "payment_options": list(gateways()),
            "payment_method": self.draft.payment_method,
            "total": money_fact(self.total),
        }

    def _option(self, method: MethodRow) -> ShippingOption:
        is_free = method.free_over is not None and self.subtotal.amount >= amount(method.free_over)
        return ShippingOption(
            code=method.code,
            name=method.name,
            description=method.description,
            price=no_money() if is_free else Money(amount(method.price), method.price_currency),
            min_days=method.min_days,
            max_days=method.max_days,
        )


def serves(method: MethodRow, country: str) -> bool:
    countries = from_json(method.countries)
    return not countries or country in countries


EMPTY = Quote(cart=None, draft=Draft(), lines=(), methods=())


def read_quote(cart: OpenCart | None, lines: Sequence[PricedLine] | None = None) -> Quote:
    """The quote of a cart, in three queries (two when ``lines`` are known)."""
    if cart is None:
        return EMPTY
    drafts = _draft().rows(cart.pk)
    return Quote(
        cart=cart,
        draft=Draft(*drafts[0]) if drafts else Draft(),
        lines=priced_lines(cart.pk) if lines is None else lines,
        methods=[MethodRow(*row) for row in _methods().rows()],
    )


@cache
def _draft() -> Prepared:
    columns = ["country" if name == "country_code" else name for name in Draft._fields]
    return Prepared(CheckoutDraft.objects.filter(cart_id=NUMBER_MARK).values_list(*columns), NUMBER_MARK)


@cache
def _methods() -> Prepared:
    return Prepared(ShippingMethod.objects.filter(is_active=True).values_list(*MethodRow._fields))
