"""What is known of orders. No side effects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet, Sum
from django.utils.translation import get_language
from django_countries import countries
from djmoney.money import Money

from checkout.models import Order
from shop.accounts.models import ADDRESS_FIELDS
from shop.money import money_of

HEAD = ("number", "token", "status", "user_id", "cart__token", "placed_at", "paid_at", "shipping_name", "email")
PRICES = ("total_currency", "subtotal", "shipping_price", "total")
LINE = ("lines__title", "lines__variant_label", "lines__quantity", "lines__unit_price")


class Country(NamedTuple):
    code: str

    @property
    def name(self) -> str:
        return _country_name(self.code, get_language())


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where it went, with the names that the address's template asks for."""

    name: str
    line1: str
    line2: str
    city: str
    region: str
    postcode: str
    country: Country
    phone: str


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    title: str
    variant_label: str
    quantity: int
    unit_price: Money

    @property
    def total(self) -> Money:
        total: Money = self.unit_price * self.quantity
        return total


@dataclass(frozen=True, slots=True)
class Receipt:
    """An order as its receipt shows it. ``cart_token``: of the cart it was made of, empty when that is gone."""

    number: str
    token: str
    status: str
    user_id: int | None
    cart_token: str
    placed_at: datetime
    paid_at: datetime | None
    shipping_name: str
    email: str
    address: Recipient
    subtotal: Money
    shipping_price: Money
    total: Money
    lines: list[ReceiptLine]

    @property
    def is_awaiting_payment(self) -> bool:
        return self.status == Order.Status.AWAITING_PAYMENT

    @property
    def is_confirmed(self) -> bool:
        """Whether a mail about it goes out: once its money is in."""
        return self.status in (Order.Status.PAID, Order.Status.SHIPPED)

    @property
    def status_text(self) -> str:
        return str(Order.Status(self.status).label)


_shown = (*HEAD, *ADDRESS_FIELDS, *PRICES, *LINE)


def orders_of(user_id: int) -> QuerySet[Order]:
    """Return the orders of an account, newest first, each with ``units``: how many articles it has in all."""
    return Order.objects.filter(user_id=user_id).annotate(units=Sum("lines__quantity")).order_by("-placed_at", "-pk")


def receipt_of(token: str) -> Receipt | None:
    """Read the order and its lines in one query, as plain values."""
    rows = list(Order.objects.filter(token=token).order_by("lines__pk").values_list(*_shown))
    if not rows:
        return None
    first, address, prices = len(HEAD), len(HEAD) + len(ADDRESS_FIELDS), len(HEAD) + len(ADDRESS_FIELDS) + len(PRICES)
    known = dict(zip(HEAD, rows[0], strict=False))
    known["cart_token"] = known.pop("cart__token") or ""
    currency, subtotal, shipping_price, total = rows[0][address:prices]
    return Receipt(
        **known,
        address=_recipient(dict(zip(ADDRESS_FIELDS, rows[0][first:address], strict=True))),
        subtotal=money_of(subtotal, currency),
        shipping_price=money_of(shipping_price, currency),
        total=money_of(total, currency),
        lines=[_line(currency, *row[prices:]) for row in rows if row[prices] is not None],
    )


def _recipient(address: dict[str, Any]) -> Recipient:
    return Recipient(**{**address, "country": Country(address["country"])})


def _line(currency: str, title: str, variant_label: str, quantity: int, unit_price: Any) -> ReceiptLine:
    return ReceiptLine(title, variant_label, quantity, money_of(unit_price, currency))


@lru_cache(maxsize=1024)
def _country_name(code: str, language: str | None) -> str:
    """Return the country's name. ``language``: the active one, in which the name is."""
    return str(countries.name(code))
