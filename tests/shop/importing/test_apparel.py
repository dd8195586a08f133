"""A real export of somebody else's shop."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shop.catalog.importing import pictures
from shop.catalog.models import CatalogVersion, Category, Image, Product, Variant
from shop.stock.models import Stock


def test_every_product_with_its_variants(run, apparel) -> None:
    said = run(apparel)
    assert "Products: 20 created, 0 updated, 0 unchanged" in said
    assert Product.objects.count() == 20
    assert Variant.objects.count() == 22
    top = Product.objects.get(slug="classic-varsity-top")
    assert top.title == "Classic Varsity Top"
    assert top.options == ["Size"]
    assert [variant.values for variant in top.variants.all()] == [["Small"], ["Medium"], ["Large"]]
    assert {variant.price.amount for variant in top.variants.all()} == {Decimal("60.00")}
    assert {str(variant.price.currency) for variant in top.variants.all()} == {"EUR"}


def test_a_product_without_options_has_one_variant_without_values(run, apparel) -> None:
    run(apparel)
    shirt = Product.objects.get(slug="ocean-blue-shirt")
    assert shirt.options == []
    only = shirt.variants.get()
    assert (only.values, only.price.amount, only.grams) == ([], Decimal("50.00"), 0)
    assert only.sku.startswith("ocean-blue-shirt-")


def test_categories_come_from_the_tags_when_no_type_is_there(run, apparel) -> None:
    run(apparel)
    assert sorted(Category.objects.values_list("slug", flat=True)) == ["men", "women"]


def test_blank_tracker_is_stock_that_nobody_counts(run, apparel) -> None:
    run(apparel)
    assert not Stock.objects.exists()


def test_the_second_run_changes_nothing_and_says_so(run, apparel, django_assert_num_queries) -> None:
    run(apparel)
    version = CatalogVersion.objects.get().number
    before = list(Product.objects.order_by("pk").values()), list(Variant.objects.order_by("pk").values())
    said = run(apparel)
    assert "Products: 0 created, 0 updated, 20 unchanged" in said
    assert "Variants: 0 created, 0 updated, 22 unchanged" in said
    assert "Nothing had to be changed." in said
    assert (list(Product.objects.order_by("pk").values()), list(Variant.objects.order_by("pk").values())) == before
    assert CatalogVersion.objects.get().number == version


def test_it_goes_on_without_the_pictures_and_says_so(run, apparel, monkeypatch) -> None:
    def no_network(*args: object, **options: object) -> None:
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr(pictures.socket, "getaddrinfo", no_network)
    said = run(apparel, images=True)
    assert "Products: 20 created" in said
    assert "Pictures: 0 fetched, 0 already here, 20 missing" in said
    assert said.count("no picture: ") == 5
    assert "and 15 more pictures" in said
    assert Image.objects.filter(file="").count() == 20


def test_a_dry_run_writes_nothing(run, apparel) -> None:
    said = run(apparel, "--dry-run")
    assert "Products: 20 created" in said
    assert "nothing was changed" in said
    assert not Product.objects.exists()
    assert not Category.objects.exists()
    assert not CatalogVersion.objects.exists()


@pytest.mark.django_db
def test_slugs_are_the_handles(run, apparel, client) -> None:
    run(apparel)
    assert Product.objects.get(title="LED High Tops").slug == "led-high-tops"
    assert client.get("/product/led-high-tops/").status_code == 200
