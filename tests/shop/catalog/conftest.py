"""A shop with as many products as a test wants: every third is sold out, variants differ in size and colour."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from djmoney.money import Money

from shop.catalog.models import Category, Image, Product, Variant
from shop.catalog.services import bump_catalog_version
from shop.stock.models import Stock

SIZES = ("41", "42")
COLOURS = ("Moss", "Stone")
HTMX = {"HX-Request": "true"}


def make_product(category: Category, number: int, **fields: object) -> Product:
    product = Product.objects.create(
        title=f"Trail Boot {number:02}",
        slug=f"trail-boot-{number}",
        brand="Waymark",
        description="Leather.\n\nFor long days.",
        category=category,
        options=["Size", "Colour"],
        is_featured=number == 7,
        **fields,
    )
    pictures = [
        Image.objects.create(product=product, file=f"products/boot-{number}-{colour}.svg", alt=colour, position=place)
        for place, colour in enumerate(COLOURS)
    ]
    for place, (size, colour) in enumerate((size, colour) for size in SIZES for colour in COLOURS):
        variant = Variant.objects.create(
            product=product,
            sku=f"TB{number}-{size}-{colour}",
            values=[size, colour],
            price=Money(100 + number + 10 * (size == "42"), "EUR"),
            compare_at=Money(200, "EUR") if number == 5 else None,
            position=place,
            image=pictures[COLOURS.index(colour)],
        )
        Stock.objects.create(variant=variant, available=0 if number % 3 == 0 else 20)
    return product


@pytest.fixture
def tree(db) -> dict[str, Category]:
    """Footwear > Boots > Winter boots, and Packs."""
    footwear = Category.objects.add_root({"name": "Footwear", "slug": "footwear", "description": "For every ground."})
    boots = Category.objects.add_child(footwear, {"name": "Boots", "slug": "boots"})
    winter = Category.objects.add_child(boots, {"name": "Winter boots", "slug": "winter-boots"})
    packs = Category.objects.add_root({"name": "Packs", "slug": "packs"})
    bump_catalog_version()
    return {"footwear": footwear, "boots": boots, "winter": winter, "packs": packs}


@pytest.fixture
def fill(tree) -> Callable[..., None]:
    """``fill(25)``: products 1 to 25 in Boots; ``fill(25, start=6)`` those from 6 on."""

    def fill(count: int, start: int = 1, category: str = "boots") -> None:
        for number in range(start, count + 1):
            make_product(tree[category], number)
        bump_catalog_version()

    return fill


def text(response: HttpResponse) -> str:
    return response.content.decode()


def titles(response: HttpResponse) -> list[str]:
    """Titles of the product cards, in order."""
    return re.findall(r'<h[23]><a href="[^"]*">([^<]*)</a>', text(response))


def root_of(response: HttpResponse) -> dict[str, str]:
    """The ``data-nav-*`` attributes of ``<html>``, without that prefix."""
    tag = re.search(r"<html[^>]*>", text(response))
    return dict(re.findall(r'data-nav-([\w-]+)="([^"]*)"', tag.group() if tag else ""))
