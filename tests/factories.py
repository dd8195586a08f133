"""Things to sell, made as tests need them."""

from __future__ import annotations

from typing import Any

from djmoney.money import Money

from checkout.models import ShippingMethod
from shop.catalog.models import Category, Product, Variant
from shop.stock.models import Stock


def make_category(name: str = "Boots") -> Category:
    slug = name.lower().replace(" ", "-")
    return Category.objects.filter(slug=slug).first() or Category.objects.add_root({"name": name, "slug": slug})


def make_variant(
    sku: str = "BOOT-42",
    *,
    price: str = "129.00",
    available: int | None = 10,
    title: str = "Trail Boot",
    values: list[str] | None = None,
    **product_fields: Any,
) -> Variant:
    """A product with one variant. ``available=None``: its stock is not counted."""
    slug = title.lower().replace(" ", "-")
    defaults = {"title": title, "category": make_category(), **product_fields}
    product, _ = Product.objects.get_or_create(slug=slug, defaults=defaults)
    variant = Variant.objects.create(product=product, sku=sku, price=Money(price, "EUR"), values=values or [])
    if available is not None:
        Stock.objects.create(variant=variant, available=available)
    return variant


def make_shipping(code: str = "standard", *, price: str = "4.90", **fields: Any) -> ShippingMethod:
    defaults = {"name": code.title(), "price": Money(price, "EUR"), **fields}
    return ShippingMethod.objects.update_or_create(code=code, defaults=defaults)[0]


def set_price(sku: str, price: str) -> None:
    Variant.objects.filter(sku=sku).update(price=Money(price, "EUR").amount)


def set_available(sku: str, available: int) -> None:
    Stock.objects.filter(variant__sku=sku).update(available=available)
