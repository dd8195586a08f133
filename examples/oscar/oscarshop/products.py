"""Twenty products in three categories, with prices and stock, made by this script: run it with ``manage.py shell``."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import oscar
from django.conf import settings
from oscar.apps.catalogue.categories import create_from_breadcrumbs
from oscar.core.loading import get_model

ASSORTMENT = {
    "Books": ("Atlas", "Bestiary", "Cookbook", "Dictionary", "Encyclopaedia", "Fable", "Grammar"),
    "Tools": ("Adze", "Brace", "Chisel", "Drill", "Edger", "File", "Gimlet"),
    "Games": ("Anagrams", "Backgammon", "Chess", "Draughts", "Euchre", "Fanorona"),
}
IN_STOCK = 500


def fill() -> None:
    """Make what is not there yet; the pictures are Oscar's own for products without one."""
    Country, Partner, ProductClass = (  # noqa: N806 (models)
        get_model("address", "Country"),
        get_model("partner", "Partner"),
        get_model("catalogue", "ProductClass"),
    )
    Country.objects.get_or_create(
        iso_3166_1_a2="GB",
        defaults={"iso_3166_1_a3": "GBR", "iso_3166_1_numeric": "826", "printable_name": "United Kingdom"}
        | {"name": "United Kingdom", "is_shipping_country": True},
    )
    partner, _ = Partner.objects.get_or_create(code="store", defaults={"name": "Store"})
    kind, _ = ProductClass.objects.get_or_create(name="Thing", defaults={"requires_shipping": True})
    numbers = iter(range(1, 100))
    for category, titles in ASSORTMENT.items():
        shelf = create_from_breadcrumbs(category)
        for title in titles:
            make(title, next(numbers), kind, shelf, partner)
    copy_picture()


def make(title: str, number: int, kind: object, shelf: object, partner: object) -> None:
    product, is_new = get_model("catalogue", "Product").objects.get_or_create(
        upc=f"P{number:03}", defaults={"title": title, "product_class": kind, "description": f"{title}, as ever."}
    )
    if is_new:
        product.categories.add(shelf)
        product.stockrecords.create(
            partner=partner, partner_sku=product.upc, price=Decimal(number) + Decimal("0.99"), num_in_stock=IN_STOCK
        )


def copy_picture() -> None:
    """The picture that Oscar shows where a product has none is looked for among the media."""
    target = Path(settings.MEDIA_ROOT) / settings.OSCAR_MISSING_IMAGE_URL
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(oscar.__file__).parent / "static/oscar/img/image_not_found.jpg", target)
