"""What an order would be right now: the one calculation behind every stage, the order itself and its mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from djmoney.money import Money

from checkout.models import CheckoutDraft, ShippingMethod
from checkout.payments.registry import offered
from shop.accounts.models import ADDRESS_FIELDS
from shop.cart.models import Cart
from shop.cart.pricing import PricedLine, total_of
from shop.cart.queries import priced_lines
from shop.catalog.money import money_fact, no_money


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
    """Lines, address, delivery and total as the database has them now. ``draft`` is unsaved where nothing was entered."""

    cart: Cart | None
    draft: CheckoutDraft
    lines: Sequence[PricedLine]
    methods: Sequence[ShippingMethod]

    @cached_property
    def subtotal(self) -> Money:
        return total_of(self.lines)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def country(self) -> str:
        return str(self.draft.country.code or "")

    @cached_property
    def shipping_options(self) -> list[ShippingOption]:
        return [self._option(method) for method in self.methods if serves(method, self.country)]

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

    @property
    def address(self) -> dict[str, str]:
        return {name: str(getattr(self.draft, name) or "") for name in ADDRESS_FIELDS}

    def facts(self) -> dict[str, Any]:
        """The facts of the checkout flow: plain JSON values, the same in every language."""
        return {
            "cart": f"{self.cart.pk}.{self.cart.opened}" if self.cart else "",
            "lines": [[line.sku, line.full_title, line.quantity, money_fact(line.unit_price)] for line in self.lines],
            "short": [line.sku for line in self.lines if line.is_short],
            "subtotal": money_fact(self.subtotal),
            "email": self.draft.email,
            "address": self.address,
            "country": self.country,
            "shipping_options": [[option.code, money_fact(option.price)] for option in self.shipping_options],
            "shipping_method": self.draft.shipping_method,
            "shipping_price": money_fact(self.shipping_price),
            "payment_options": [gateway.code for gateway in offered()],
            "payment_method": self.draft.payment_method,
            "total": money_fact(self.total),
        }

    def _option(self, method: ShippingMethod) -> ShippingOption:
        is_free = method.free_over is not None and self.subtotal >= method.free_over
        return ShippingOption(
            code=method.code,
            name=method.name,
            description=method.description,
            price=no_money() if is_free else method.price,
            min_days=method.min_days,
            max_days=method.max_days,
        )


def serves(method: ShippingMethod, country: str) -> bool:
    return not method.countries or country in method.countries


def read_quote(cart: Cart | None, lines: Sequence[PricedLine] | None = None) -> Quote:
    """The quote of a cart, in three queries (two when ``lines`` are known)."""
    if cart is None:
        return Quote(cart=None, draft=CheckoutDraft(), lines=[], methods=[])
    draft = CheckoutDraft.objects.filter(cart=cart).first() or CheckoutDraft(cart=cart)
    return Quote(
        cart=cart,
        draft=draft,
        lines=priced_lines(cart.pk) if lines is None else lines,
        methods=list(ShippingMethod.objects.filter(is_active=True)),
    )
