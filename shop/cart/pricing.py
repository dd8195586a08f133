"""What the lines of a cart cost today, and what has changed about them since the shopper last saw them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.files.storage import default_storage
from djmoney.money import Money

from navstate.urlcache import address_of
from shop.catalog.availability import availability
from shop.catalog.offered import offered
from shop.money import money_of, no_money
from shop.sql.reads import from_json

MAX_PER_LINE = 99


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line with today's price. ``available``: units that could be ordered now, ``None`` for any number."""

    line_id: int
    variant_id: int
    sku: str
    title: str
    label: str
    slug: str
    image: str
    quantity: int
    unit_price: Money
    seen_price: Money
    available: int | None
    is_on_sale: bool = True

    @property
    def total(self) -> Money:
        return self.unit_price * self.quantity

    @property
    def has_new_price(self) -> bool:
        return bool(self.unit_price != self.seen_price)

    @property
    def is_short(self) -> bool:
        return self.available is not None and self.quantity > self.available

    @property
    def most(self) -> int:
        """Return the largest quantity that can be ordered."""
        return MAX_PER_LINE if self.available is None else min(MAX_PER_LINE, self.available)

    @property
    def offer(self) -> str:
        """Return what the page shows of the article, sealed, for the form that changes its quantity."""
        return offered(self.sku, self.full_title, [], self.unit_price, availability(self.available)).sealed()

    @property
    def url(self) -> str:
        """Return the URL of the product page with this variant chosen."""
        return f"{address_of('product', (self.slug,))}?{urlencode({'variant': self.sku})}"

    @property
    def change_url(self) -> str:
        return address_of("cart-line", (self.line_id,))

    @property
    def full_title(self) -> str:
        return f"{self.title}, {self.label}" if self.label else self.title


class LineRow(NamedTuple):
    """A line with its variant, product, stock and picture, as the database returns it; names are those of the query.

    ``picture``, the product's first one, comes last, because it is an annotation and not a column.
    """

    pk: int
    variant_id: int | None
    variant__sku: str
    variant__values: Any
    variant__product__title: str
    variant__product__slug: str
    quantity: int
    variant__price: Any
    variant__price_currency: str
    seen_price: Any
    seen_price_currency: str
    variant__stock__available: int | None
    variant__stock__sells_without: bool | None
    variant__image__file: str | None
    variant__is_active: bool
    variant__product__is_published: bool
    title: str
    picture: str | None


class TakenOut(NamedTuple):
    """A line whose article was deleted, to be shown to the shopper once. ``title`` may be empty."""

    pk: int
    title: str


def split(rows: Iterable[LineRow]) -> tuple[list[PricedLine], tuple[TakenOut, ...]]:
    """Return the lines of a cart and, apart from them, those whose article was deleted."""
    rows = list(rows)
    taken_out = tuple(TakenOut(row.pk, row.title) for row in rows if row.variant_id is None)
    return [priced(row) for row in rows if row.variant_id is not None], taken_out


def priced(row: LineRow) -> PricedLine:
    values = from_json(row.variant__values)
    file = row.variant__image__file or row.picture or ""
    is_uncounted = row.variant__stock__available is None or row.variant__stock__sells_without
    available = None if is_uncounted else row.variant__stock__available
    is_on_sale = bool(row.variant__is_active and row.variant__product__is_published)
    return PricedLine(
        line_id=row.pk,
        variant_id=row.variant_id or 0,
        sku=row.variant__sku,
        title=row.variant__product__title,
        label=" / ".join(values),
        slug=row.variant__product__slug,
        image=default_storage.url(file) if file else "",
        quantity=row.quantity,
        unit_price=money_of(row.variant__price, row.variant__price_currency),
        seen_price=money_of(row.seen_price, row.seen_price_currency),
        available=available if is_on_sale else 0,
        is_on_sale=is_on_sale,
    )


def total_of(lines: Iterable[PricedLine]) -> Money:
    total = no_money()
    for line in lines:
        total += line.total
    return total
