"""F: what was deleted while somebody had its form open."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from shop.catalog.models import Product, Variant
from tests.factories import make_category, make_shipping
from tests.shop.staff.pages import Opened, text

pytestmark = pytest.mark.django_db


def test_f_what_was_entered_for_a_product_that_is_gone_becomes_a_new_one(ann, ben, boot) -> None:
    first, second = (Opened(who, f"/admin/catalog/product/{boot.product.pk}/change/") for who in (ann, ben))
    product = boot.product.pk
    first.client.post(f"/admin/catalog/product/{product}/delete/", {"post": "yes"})
    assert not Product.objects.exists()
    offered = second.send(title="Rain Boot, typed for an hour", variants__0__price_0="22.00")
    page = text(offered)
    assert "Somebody deleted this while you had it open." in page
    assert 'value="Rain Boot, typed for an hour"' in page
    assert 'value="22.00"' in page
    assert 'action="/admin/catalog/product/add/"' in page
    assert not Product.objects.exists()
    assert Opened(ben, "/admin/catalog/product/add/", offered).send().status_code == 302
    assert [(variant.product.title, variant.price.amount) for variant in Variant.objects.all()] == [
        ("Rain Boot, typed for an hour", Decimal("22.00"))
    ]


def test_f_an_address_that_never_was_is_answered_as_ever(ann) -> None:
    assert ann.post("/admin/catalog/product/x/change/", {}).status_code == 302


def test_f_rows_that_nobody_touched_are_part_of_the_new_one(ann, ben, boot) -> None:
    page = Opened(ben, f"/admin/catalog/product/{boot.product.pk}/change/")
    Product.objects.all().delete()
    offered = page.send(title="Only the title was typed")
    assert Opened(ben, "/admin/catalog/product/add/", offered).send().status_code == 302
    assert [(variant.sku, str(variant.price.amount)) for variant in Product.objects.get().variants.all()] == [
        ("BOOT", "20.00")
    ]


@pytest.mark.parametrize(
    ("make", "typed"),
    [(lambda: make_category("Boots"), {"name": "Wellies"}), (lambda: make_shipping("bike"), {"name": "By bicycle"})],
    ids=["category", "way of delivery"],
)
def test_f_so_it_is_with_everything_that_staff_make(ann, ben, make: Callable[[], Any], typed: dict[str, str]) -> None:
    thing = make()
    place = f"/admin/{thing._meta.app_label}/{thing._meta.model_name}/"
    page = Opened(ben, f"{place}{thing.pk}/change/")
    type(thing).objects.all().delete()
    offered = page.send(**typed)
    assert "Somebody deleted this while you had it open." in text(offered)
    assert f'action="{place}add/"' in text(offered)
    answer = Opened(ben, f"{place}add/", offered).send()
    assert answer.status_code == 302, text(answer)
    assert type(thing).objects.get().name == typed["name"]
