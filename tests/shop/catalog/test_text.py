"""Text is stored and looked up in one form, whichever way it comes; what the search compares follows it."""

from __future__ import annotations

import importlib
from io import StringIO

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.forms import modelform_factory
from djmoney.money import Money
from hypothesis import given
from hypothesis import strategies as st

from shop.catalog.models import Category, FormerProductSlug, Product, Variant
from shop.catalog.text import fold, is_slug, nfc, slug_of
from tests.factories import make_category, make_variant

APART, ONE = "Cafe\u0301", "Café"


@pytest.fixture
def product(db) -> Product:
    return Product.objects.create(
        title=APART, slug=f"{APART}-1", brand=APART, description=APART, options=[APART], category=make_category()
    )


def folded(product: Product) -> tuple[str, str]:
    return Product.objects.values_list("folded_title", "folded_text").get(pk=product.pk)


def stored(column: str) -> str:
    """As it stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM catalog_product ORDER BY id")
        return str(cursor.fetchone()[0])


def test_case_j_it_is_stored_in_one_form(product) -> None:
    assert (product.title, product.slug, product.options) == (ONE, f"{ONE}-1", [ONE])
    assert stored("title") == ONE
    assert stored("description") == ONE
    Product.objects.update(title=f"{APART} 2", brand=f"{APART} 3")
    assert (stored("title"), stored("brand")) == (f"{ONE} 2", f"{ONE} 3")


def test_case_j_it_is_looked_up_in_one_form(product, client) -> None:
    assert Product.objects.get(slug=f"{APART}-1") == product
    assert Product.objects.get(title__in=[APART]) == product
    for lookup in ("iexact", "startswith", "icontains", "endswith"):
        assert Product.objects.get(**{f"title__{lookup}": APART}) == product, lookup
    variant = Variant.objects.create(product=product, sku=APART, values=[APART], price=Money(5, "EUR"))
    assert Variant.objects.get(sku=ONE).values == [ONE]
    page = client.get(f"/product/{ONE}-1/", {"variant": APART})
    assert page.status_code == 200
    assert f'value="{variant.sku}"' in page.content.decode()
    assert client.get(f"/product/{APART}-1/", follow=True).status_code == 200


def test_case_j_a_form_takes_the_marks_of_a_script_and_no_other_sign(product) -> None:
    form = modelform_factory(Product, fields=("slug",))
    assert form({"slug": "हरी-चाय"}, instance=product).is_valid()
    assert form({"slug": APART}, instance=product).save().slug == ONE
    refused = form({"slug": "हरी चाय?"}, instance=product)
    assert "letters, digits, hyphens and underscores" in str(refused.errors["slug"])
    with pytest.raises(ValidationError):
        Product(title="x", slug="a b", category=product.category).full_clean()


def test_case_j_what_the_search_compares_follows_every_way_to_write(product) -> None:
    assert folded(product) == ("cafe", "cafe\ncafe")
    product.title = "Crème"
    product.save(update_fields=["title"])
    assert folded(product) == ("creme", "cafe\ncafe")
    Product.objects.filter(title="Crème").update(title="Brûlée", is_featured=True)
    assert folded(product)[0] == "brulee"
    product.brand = "Łódź"
    Product.objects.bulk_update([product], ["brand"])
    assert folded(product)[1] == "lodz\ncafe"
    product.description = "Œuf"
    product.save()
    assert folded(product)[1] == "lodz\noeuf"
    assert Variant(product=product, sku="É").folded_sku == ""
    made = Variant.objects.bulk_create([Variant(product=product, sku="É", price=Money(5, "EUR"))])
    assert Variant.objects.get(pk=made[0].pk).folded_sku == "e"


def test_case_j_foldsearch_mends_what_was_written_beside_the_shop(product) -> None:
    make_variant("Ü-1")
    for table in ("product", "variant", "category"):
        with connection.cursor() as cursor:
            column = {"product": "folded_title", "variant": "folded_sku", "category": "folded_name"}[table]
            cursor.execute(f"UPDATE catalog_{table} SET {column} = 'x'")
    out = StringIO()
    call_command("foldsearch", stdout=out)
    assert "4 rows brought up to date." in out.getvalue()  # two products, a variant, a category
    assert folded(product)[0] == "cafe"
    call_command("foldsearch", stdout=out)
    assert "0 rows brought up to date." in out.getvalue()


def test_case_j_the_migration_brings_what_is_there_into_the_one_form(product) -> None:
    migration = importlib.import_module("shop.catalog.migrations.0003_text_for_the_search")
    other = Product.objects.create(title="Other", slug="other", category=product.category)
    FormerProductSlug.objects.create(slug="was", owner=other)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE catalog_product SET title = %s, folded_title = '' WHERE id = %s", [APART, product.pk])
        cursor.execute("UPDATE catalog_product SET slug = %s WHERE id = %s", [f"{APART}-1", other.pk])
    migration.normalise_and_fold(apps, None)
    assert stored("title") == ONE
    assert folded(product)[0] == "cafe"
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug FROM catalog_product WHERE id = %s", [other.pk])
        assert cursor.fetchone()[0] == f"{APART}-1"  # its new form is taken


@given(st.text(max_size=60))
def test_case_j_folding_twice_is_folding_once(text) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(nfc(text)) == fold(text)


@given(st.text(max_size=60))
def test_case_j_an_address_of_any_name_is_an_address(name) -> None:
    slug = slug_of(name)
    assert not slug or is_slug(slug)


def test_case_j_an_accent_of_the_category_is_kept_in_its_address(db) -> None:
    assert slug_of("Café & हरी चाय") == "café-हरी-चाय"
    assert Category.objects.add_root({"name": APART, "slug": slug_of(APART)}).slug == "café"
