from __future__ import annotations

import pytest

from shop.catalog.cards import summaries
from shop.catalog.models import CatalogVersion
from shop.catalog.queries import card_rows, cards, published, way_to
from tests.shop.catalog.conftest import make_product

pytestmark = pytest.mark.django_db


def test_the_cheapest_names_the_price_in_any_order() -> None:
    rows = [(1, 130, None, 2, False), (1, 120, 150, 3, False), (1, 140, None, None, None)]
    rows = [(key, price, "EUR", *rest, ["S"]) for key, price, *rest in rows]
    for order in (rows, rows[::-1]):
        found = summaries(order)[1]
        assert (found.lowest, found.highest, found.compare_at, found.left, found.is_endless) == (120, 140, 150, 5, True)


def test_no_products_are_no_queries(db, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert cards(card_rows(published())) == []


def test_the_way_to_a_category(tree) -> None:
    assert [link.name for link in way_to(tree["winter"].path)] == ["Footwear", "Boots", "Winter boots"]


def test_names_in_the_admin(tree) -> None:
    product = make_product(tree["boots"], 1)
    shown = [tree["boots"], product, product.images.first(), product.variants.first(), CatalogVersion.objects.get()]
    assert [str(thing) for thing in shown[:4]] == ["Boots", "Trail Boot 01", "Moss", "TB1-41-Moss"]
    assert str(shown[4]).isdigit()
    assert product.get_absolute_url() == "/product/trail-boot-1/"
    assert tree["boots"].get_absolute_url() == "/category/boots/"
    assert product.variants.first().label == "41 / Moss"
