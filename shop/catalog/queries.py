"""Reading the catalogue. Nothing here writes."""

from __future__ import annotations

from shop.catalog.models import Variant


def variant_by_sku(sku: str) -> Variant | None:
    """The variant that can be bought under this SKU, with its product and the stock row read along; ``None`` if none."""
    return (
        Variant.objects.select_related("product", "stock")
        .filter(sku=sku, is_active=True, product__is_published=True)
        .first()
    )
