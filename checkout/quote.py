"""What an order would be right now: the one calculation behind every stage, the order itself and its mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from typing import Any, NamedTuple

from django.db.models import Subquery
from django.http import HttpRequest
from django_countries.fields import Country
from djmoney.money import Money

from checkout.models import ShippingMethod
from checkout.payments.registry import gateways
from navstate.flow import Facts
from shop.accounts.countries import Destinations
from shop.accounts.models import ADDRESS_FIELDS
from shop.cart.cookies import cart_token
from shop.cart.models import Cart
from shop.cart.pricing import LineRow, PricedLine, TakenOut, split, total_of
from shop.cart.queries import OpenCart, first_picture, user_id_of
from shop.catalog.models import CatalogVersion
from shop.money import amount, money_fact, money_of, no_money
from shop.sql.reads import CompiledQuery, from_json
from shop.sql.slots import Slot


class Draft(NamedTuple):
    """What was entered so far, as it was read. ``version`` 0: nothing yet. ``accepted``: a ``navstate.rules.state.Note``."""

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
    accepted: str = ""

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
    """Lines, address, delivery and total as the database has them now.

    ``catalogue``: the catalogue's number as it was read together with them; 0 or ``None`` before its first change.
    """

    cart: OpenCart | None
    draft: Draft
    lines: tuple[PricedLine, ...]
    taken_out: tuple[TakenOut, ...] = ()
    catalogue: int | None = None

    def after(self, **fields: Any) -> Quote:
        """Return the quote once ``fields`` have been written onto its draft, without reading anything anew."""
        known = {"country_code" if name == "country" else name: value for name, value in fields.items()}
        return replace(self, draft=self.draft._replace(**known, version=self.draft.version + 1))

    @cached_property
    def subtotal(self) -> Money:
        return total_of(self.lines)

    @property
    def units(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def methods(self) -> tuple[MethodRow, ...]:
        """Ways of delivery that are offered."""
        return methods_at(self.catalogue) if self.catalogue else read_methods()

    @property
    def destinations(self) -> Destinations:
        """The countries that some way of delivery serves; all while none is set up, which the delivery's page says."""
        return destinations_of(tuple(tuple(from_json(method.countries) or ()) for method in self.methods))

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
        """Return the facts of the checkout flow: plain JSON values, the same in every language, each lazy."""
        return QuoteFacts(self)

    def _option(self, method: MethodRow) -> ShippingOption:
        is_free = method.free_over is not None and self.subtotal.amount >= amount(method.free_over)
        return ShippingOption(
            code=method.code,
            name=method.name,
            description=method.description,
            price=no_money() if is_free else money_of(method.price, method.price_currency),
            min_days=method.min_days,
            max_days=method.max_days,
        )


@lru_cache(maxsize=16)
def destinations_of(served: tuple[tuple[str, ...], ...]) -> Destinations:
    """Return where parcels go. ``served``: the countries of each way of delivery, none for all of them."""
    near = frozenset(code for codes in served for code in codes)
    return Destinations(codes=near if served and all(served) else None, near=near)


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
    "trouble": lambda quote: [[line.full_title, _trouble(line)] for line in quote.lines if line.is_short],
    "subtotal": lambda quote: money_fact(quote.subtotal),
    "email": lambda quote: quote.draft.email,
    "address": lambda quote: quote.draft.address,
    "country": lambda quote: quote.draft.country_code,
    "shipping_options": lambda quote: [[option.code, money_fact(option.price)] for option in quote.shipping_options],
    "shipping_method": lambda quote: quote.draft.shipping_method,
    "shipping_choice": lambda quote: quote.shipping.code if quote.shipping else "",
    "shipping_name": lambda quote: quote.shipping.name if quote.shipping else "",
    "shipping_price": lambda quote: money_fact(quote.shipping_price),
    "payment_options": lambda quote: list(gateways()),
    "payment_method": lambda quote: quote.draft.payment_method,
    "payment_choice": lambda quote: quote.draft.payment_method if quote.draft.payment_method in gateways() else "",
    "total": lambda quote: money_fact(quote.total),
    "accepted": lambda quote: quote.draft.accepted,
}


def _trouble(line: PricedLine) -> str | int:
    """Return what is wrong with a line that cannot be had as it is: the word, or how many are left."""
    return (line.available or "out") if line.is_on_sale else "unsold"


def read_quote(request: HttpRequest) -> Quote:
    """Read the quote of the visitor's open cart (an account's by the account, a guest's by its token) in one query."""
    user_id = user_id_of(request)
    if user_id is not None:
        return _quote(_of_account().rows(user=user_id))
    token = cart_token(request)
    return _quote(_of_guest().rows(token=token) if token else [])


def read_quote_of(cart_id: int) -> Quote:
    """Read the quote of an open cart in one query; without a cart when it is not open (any more)."""
    return _quote(_by_id().rows(cart=cart_id))


def _quote(rows: list[tuple[Any, ...]]) -> Quote:
    if not rows:
        return Quote(cart=None, draft=Draft(), lines=())
    catalogue, first = rows[0][0], rows[0][1:]
    entered = first[CART_COLUMNS:LINE_COLUMNS]
    lines, taken_out = split(LineRow(*row[1 + LINE_COLUMNS :]) for row in rows if row[1 + LINE_COLUMNS] is not None)
    return Quote(
        cart=OpenCart(*first[:CART_COLUMNS]),
        draft=Draft() if entered[0] is None else Draft(*entered),
        lines=tuple(lines),
        taken_out=taken_out,
        catalogue=catalogue,
    )


# --- The queries, compiled once ---
DRAFT_COLUMNS = ["draft__country" if name == "country_code" else f"draft__{name}" for name in Draft._fields]
CART_COLUMNS = len(OpenCart._fields)
LINE_COLUMNS = CART_COLUMNS + len(DRAFT_COLUMNS)


def _whole(**conditions: Any) -> CompiledQuery:
    """Read a cart with its draft, once per line of it, oldest first (once with an empty line for an empty cart)."""
    carts = Cart.objects.filter(status=Cart.Status.OPEN, **conditions).annotate(
        catalogue=Subquery(CatalogVersion.objects.values("number")[:1]),
        picture=first_picture("lines__variant__product"),
    )
    lines = [f"lines__{name}" for name in LineRow._fields[:-1]]
    columns = ("catalogue", *OpenCart._fields, *DRAFT_COLUMNS, *lines, "picture")
    return CompiledQuery(carts.order_by("lines__added_at", "lines__pk").values_list(*columns))


@cache
def _of_account() -> CompiledQuery:
    return _whole(user_id=Slot("user"))


@cache
def _of_guest() -> CompiledQuery:
    return _whole(token=Slot("token"), user__isnull=True)


@cache
def _by_id() -> CompiledQuery:
    return _whole(pk=Slot("cart"))


@cache
def _methods() -> CompiledQuery:
    return CompiledQuery(ShippingMethod.objects.filter(is_active=True).values_list(*MethodRow._fields))


def read_methods() -> tuple[MethodRow, ...]:
    return tuple(MethodRow(*row) for row in _methods().rows())


@lru_cache(maxsize=4)
def methods_at(catalogue: int) -> tuple[MethodRow, ...]:
    """Return the ways of delivery under a number of the catalogue; a change of them raises it in its transaction.

    The number is read before them, so what is remembered under it is as new as the number, or newer.
    """
    return read_methods()
