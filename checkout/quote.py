"""What an order would be right now: the one calculation behind every stage, the order itself and its mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, NamedTuple

from django.http import HttpRequest
from django_countries.fields import Country
from djmoney.money import Money

from checkout.models import ShippingMethod
from checkout.payments.registry import gateways
from navstate.flow import Facts
from shop.accounts.models import ADDRESS_FIELDS
from shop.cart.cookies import cart_token
from shop.cart.models import Cart
from shop.cart.pricing import PricedLine, total_of
from shop.cart.queries import MARK, NUMBER_MARK, OpenCart, priced_lines, user_id_of
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

    def after(self, **fields: Any) -> Quote:
        """The quote once ``fields`` have been written onto its draft, without reading anything anew."""
        known = {"country_code" if name == "country" else name: value for name, value in fields.items()}
        quote = replace(self, draft=self.draft._replace(**known, version=self.draft.version + 1))
        if "methods" in self.__dict__:
            quote.__dict__["methods"] = self.methods
        return quote

    @cached_property
    def subtotal(self) -> Money:
        return total_of(self.lines)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @cached_property
    def methods(self) -> list[MethodRow]:
        """Ways of delivery that are offered: a query, asked only by stages that come this far."""
        return [MethodRow(*row) for row in _methods().rows()]

    @cached_property
    def shipping_options(self) -> list[ShippingOption]:
        return [self._option(method) for method in self.methods if serves(method, self.draft.country_code)]

    @cached_property
    def shipping(self) -> ShippingOption | None:
        """The chosen delivery, if it is still to be had."""
        chosen = self.draft.shipping_method
        return next((option for option in self.shipping_options if option.code == chosen), None) if chosen else None

    @property
    def shipping_price(self) -> Money:
        return self.shipping.price if self.shipping else no_money()

    @property
    def total(self) -> Money:
        return self.subtotal + self.shipping_price

    def facts(self) -> Facts:
        """The facts of the checkout flow: plain JSON values, the same in every language, each worked out when asked for."""
        return QuoteFacts(self)

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


class QuoteFacts(Mapping[str, Any]):
    """A quote as facts. A stage early on the way costs no query of the later ones."""

    def __init__(self, quote: Quote) -> None:
        self._quote = quote
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = FACTS[name](self._quote)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(FACTS)

    def __len__(self) -> int:
        return len(FACTS)


FACTS: dict[str, Callable[[Quote], Any]] = {
    "cart": lambda quote: f"{quote.cart.pk}.{quote.cart.opened}" if quote.cart else "",
    "lines": lambda quote: [
        [line.sku, line.full_title, line.quantity, money_fact(line.unit_price)] for line in quote.lines
    ],
    "short": lambda quote: [line.sku for line in quote.lines if line.is_short],
    "subtotal": lambda quote: money_fact(quote.subtotal),
    "email": lambda quote: quote.draft.email,
    "address": lambda quote: quote.draft.address,
    "country": lambda quote: quote.draft.country_code,
    "shipping_options": lambda quote: [[option.code, money_fact(option.price)] for option in quote.shipping_options],
    "shipping_method": lambda quote: quote.draft.shipping_method,
    "shipping_price": lambda quote: money_fact(quote.shipping_price),
    "payment_options": lambda quote: list(gateways()),
    "payment_method": lambda quote: quote.draft.payment_method,
    "total": lambda quote: money_fact(quote.total),
}


def read_quote(request: HttpRequest) -> Quote:
    """The quote of the visitor's open cart (an account's by the account, a guest's by its token), in two queries."""
    user_id = user_id_of(request)
    if user_id is not None:
        return _quote(_of_account().rows(user_id))
    token = cart_token(request)
    return _quote(_of_guest().rows(token) if token else [])


def read_quote_of(cart_id: int) -> Quote:
    """The quote of an open cart, in two queries; without a cart when it is not open (any more)."""
    return _quote(_by_id().rows(cart_id))


def _quote(rows: list[tuple[Any, ...]]) -> Quote:
    if not rows:
        return Quote(cart=None, draft=Draft(), lines=())
    split = len(OpenCart._fields)
    cart, entered = OpenCart(*rows[0][:split]), rows[0][split:]
    has_draft = entered[0] is not None
    return Quote(cart=cart, draft=Draft(*entered) if has_draft else Draft(), lines=priced_lines(cart.pk))


# --- The queries, compiled once ---
DRAFT_COLUMNS = ["draft__country" if name == "country_code" else f"draft__{name}" for name in Draft._fields]


def _with_draft(mark: Any, **conditions: Any) -> Prepared:
    carts = Cart.objects.filter(status=Cart.Status.OPEN, **conditions)
    return Prepared(carts.values_list(*OpenCart._fields, *DRAFT_COLUMNS), mark)


@cache
def _of_account() -> Prepared:
    return _with_draft(NUMBER_MARK, user_id=NUMBER_MARK)


@cache
def _of_guest() -> Prepared:
    return _with_draft(MARK, token=MARK, user__isnull=True)


@cache
def _by_id() -> Prepared:
    return _with_draft(NUMBER_MARK, pk=NUMBER_MARK)


@cache
def _methods() -> Prepared:
    return Prepared(ShippingMethod.objects.filter(is_active=True).values_list(*MethodRow._fields))
