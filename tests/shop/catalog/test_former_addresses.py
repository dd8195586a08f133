"""A changed slug goes on leading to its page, whichever way it was changed."""

from __future__ import annotations

import pytest

from shop.catalog.models import Category, FormerProductSlug, Product
from shop.catalog.services import bump_catalog_version
from tests.parallel import in_parallel
from tests.shop.catalog.adminforms import fields_of
from tests.shop.catalog.conftest import make_product, text


@pytest.fixture
def boot(tree, media) -> Product:
    product = make_product(tree["boots"], 1)
    bump_catalog_version()
    return product


def save(product: Product, slug: str) -> None:
    product.slug = slug
    product.save()


def save_some(product: Product, slug: str) -> None:
    product.slug = slug
    product.save(update_fields=["slug"])


def update(product: Product, slug: str) -> None:
    Product.objects.filter(pk=product.pk).update(slug=slug)


def update_in_bulk(product: Product, slug: str) -> None:
    product.slug = slug
    Product.objects.bulk_update([product], ["slug"])


WAYS = (save, save_some, update, update_in_bulk)


def assert_leads(client, url: str, to: str) -> None:
    response = client.get(url)
    assert (response.status_code, response["Location"]) == (301, to)
    assert response["Cache-Control"] == "public, no-cache"
    assert not response.cookies
    assert client.get(to).status_code == 200


@pytest.mark.parametrize("change", WAYS)
def test_n10_a_former_slug_leads_there_once(client, boot, change) -> None:
    client.get("/product/trail-boot-1/")  # a kept page would go on showing
    for slug in ("walker", "walker-2"):
        change(boot, slug)
        bump_catalog_version()
    for former in ("trail-boot-1", "walker"):
        assert_leads(client, f"/product/{former}/", "/product/walker-2/")
    assert_leads(client, "/zh-hans/product/walker/", "/zh-hans/product/walker-2/")
    assert_leads(client, "/product/walker/?utm=a%20b&variant=X", "/product/walker-2/?utm=a%20b&variant=X")
    assert client.head("/product/walker/").status_code == 301


def test_n10_staff_change_it(admin_client, client, boot) -> None:
    url = f"/admin/catalog/product/{boot.pk}/change/"
    assert admin_client.post(url, fields_of(admin_client, url) | {"slug": "walker"}).status_code == 302
    assert_leads(client, "/product/trail-boot-1/", "/product/walker/")


def test_n10_a_category_as_well(client, tree) -> None:
    tree["boots"].slug = "stiefel"
    tree["boots"].save()
    Category.objects.filter(slug="packs").update(slug="bags")
    bump_catalog_version()
    assert_leads(client, "/category/boots/?sort=price", "/category/stiefel/?sort=price")
    assert_leads(client, "/zh-hans/category/packs/", "/zh-hans/category/bags/")
    assert Category.objects.find_problems() == ([], [], [], [], [])


@pytest.mark.parametrize("change", WAYS)
def test_n10_a_slug_used_again_is_nobodys_former_one(client, boot, tree, change) -> None:
    change(boot, "walker")
    other = make_product(tree["boots"], 2)
    change(other, "trail-boot-1")
    bump_catalog_version()
    assert "Trail Boot 02" in text(client.get("/product/trail-boot-1/"))
    assert list(FormerProductSlug.objects.values_list("slug", "owner_id")) == [("trail-boot-2", other.pk)]
    other.delete()
    bump_catalog_version()
    assert client.get("/product/trail-boot-1/").status_code == 404


def test_n10_a_new_product_takes_a_former_slug(boot, tree) -> None:
    save(boot, "walker")
    Product.objects.create(title="Another", slug="trail-boot-1", category=tree["boots"])
    assert not FormerProductSlug.objects.exists()


def test_n10_back_to_the_first_slug_is_no_loop(client, boot) -> None:
    for slug in ("walker", "trail-boot-1"):
        save(boot, slug)
    bump_catalog_version()
    assert client.get("/product/trail-boot-1/").status_code == 200
    assert_leads(client, "/product/walker/", "/product/trail-boot-1/")


def test_n10_two_slugs_that_change_places(boot, tree) -> None:
    other = make_product(tree["boots"], 2)
    save(boot, "between")
    save(other, "trail-boot-1")
    save(boot, "trail-boot-2")
    assert list(FormerProductSlug.objects.values_list("slug", "owner_id")) == [("between", boot.pk)]


def test_n10_what_is_not_published_leads_nowhere(client, boot) -> None:
    save(boot, "walker")
    Product.objects.update(is_published=False)
    bump_catalog_version()
    assert client.get("/product/trail-boot-1/").status_code == 404


@pytest.mark.parametrize(
    ("slug", "asked"),
    [
        ("rain-hat", "Rain-Hat"),
        ("rain-hat", "RAIN-HAT"),
        ("Rain-Hat", "rain-hat"),
        ("größe-öl", "GRÖSSE-ÖL".replace("SS", "ß")),
        ("größe-öl", "Größe-Öl"),
        ("Ölzeug", "ölzeug"),
    ],
)
def test_n10_other_letters_find_it(client, boot, slug: str, asked: str) -> None:
    save(boot, slug)
    bump_catalog_version()
    response = client.get(f"/product/{asked}/")
    assert response.status_code == 301
    assert client.get(response["Location"]).status_code == 200
    save(boot, "today")
    bump_catalog_version()
    assert_leads(client, f"/product/{asked}/", "/product/today/")


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_n10_changed_by_many_at_once_every_slug_is_remembered(tree) -> None:
    boot = make_product(tree["boots"], 1)
    names = [f"name-{number}" for number in range(12)]
    assert in_parallel([lambda name=name: save(Product.objects.get(pk=boot.pk), name) for name in names]) == [None] * 12
    known = {*FormerProductSlug.objects.values_list("slug", flat=True), *Product.objects.values_list("slug", flat=True)}
    assert known == {"trail-boot-1", *names}
