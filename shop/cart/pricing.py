"""What the lines of a cart cost today, and what about them the shopper must be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ObjectDoesNotExist
from django.core.files.storage import default_storage
from djmoney.money import Money

from shop.cart.models import CartLine
from shop.catalog.models import Variant
from shop.catalog.money import no_money

MOST_PER_LINE = 99


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
        """The largest quantity that can be asked for."""
        return MOST_PER_LINE if self.available is None else min(MOST_PER_LINE, self.available)

    @property
    def full_title(self) -> str:
        return f"{self.title}, {self.label}" if self.label else self.title


def priced(line: CartLine) -> PricedLine:
    """``line`` comes with its variant, product, stock and ``picture`` loaded."""
    variant = line.variant
    product = variant.product
    file = (variant.image.file.name if variant.image else "") or getattr(line, "picture", None) or ""
    return PricedLine(
        line_id=line.pk,
        variant_id=variant.pk,
        sku=variant.sku,
        title=product.title,
        label=variant.label,
        slug=product.slug,
        image=default_storage.url(file) if file else "",
        quantity=line.quantity,
        unit_price=variant.price,
        seen_price=line.seen_price,
        available=available_now(variant) if variant.is_active and product.is_published else 0,
    )


def available_now(variant: Variant) -> int | None:
    try:
        stock = variant.stock
    except ObjectDoesNotExist:
        return None
    return None if stock.sells_without else stock.available


def total_of(lines: Iterable[PricedLine]) -> Money:
    total: Money = sum((line.total for line in lines), no_money())
    return total
