"""Staff change the catalogue: every write makes public pages new, and the tree stays a tree."""

from __future__ import annotations

import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shop.catalog.models import Category, Image, Product, Variant
from shop.catalog.services import bump_catalog_version, catalog_version
from tests.shop.catalog.adminforms import fields_of
from tests.shop.catalog.conftest import make_product, text

PRODUCTS = "/admin/catalog/product/"
CATEGORIES = "/admin/catalog/category/"


def png(width: int = 3, height: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + b"\0" * width for _ in range(height)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.fixture
def staff(admin_client):
    return admin_client


@pytest.fixture
def boot(tree, media) -> Product:
    product = make_product(tree["boots"], 1)
    bump_catalog_version()
    return product


# --- products -----------------------------------------------------------------------------------------------------
def test_a_new_title_is_on_the_page_at_once(staff, client, boot) -> None:
    url = f"{PRODUCTS}{boot.pk}/change/"
    assert "Trail Boot 01" in text(client.get("/product/trail-boot-1/"))
    response = staff.post(url, fields_of(staff, url) | {"title": "Peak Boot"})
    assert response.status_code == 302, response.context["errors"]
    assert "Peak Boot" in text(client.get("/product/trail-boot-1/"))
    assert Variant.objects.filter(product=boot).count() == 4


def test_the_list_publishes_and_withdraws(staff, client, boot) -> None:
    number = catalog_version()
    sent = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": boot.pk, "_save": "Save"}
    assert staff.post(PRODUCTS, sent).status_code == 302
    assert catalog_version() > number
    assert client.get("/product/trail-boot-1/").status_code == 404


def test_deleting_one(staff, client, boot) -> None:
    number = catalog_version()
    assert staff.post(f"{PRODUCTS}{boot.pk}/delete/", {"post": "yes"}).status_code == 302
    assert catalog_version() > number
    assert client.get("/product/trail-boot-1/").status_code == 404


def test_deleting_many(staff, boot) -> None:
    number = catalog_version()
    sent = {"action": "delete_selected", "_selected_action": [boot.pk], "post": "yes"}
    assert staff.post(PRODUCTS, sent).status_code == 302
    assert catalog_version() > number
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "query", ["", "?q=Trail", "?q=TB1-42", "?q=nothing", "?category__id__exact=1", "?is_published__exact=0"]
)
def test_the_list_is_searched_and_filtered(staff, boot, query: str) -> None:
    response = staff.get(PRODUCTS + query)
    assert response.status_code == 200
    if query in {"", "?q=Trail", "?q=TB1-42"}:
        assert "Trail Boot 01" in text(response)
        assert 'src="/media/products/boot-1-Moss.svg"' in text(response)


def test_the_list_costs_the_same_for_any_number(staff, tree, django_assert_max_num_queries) -> None:
    for number in range(1, 12):
        make_product(tree["boots"], number)
    with django_assert_max_num_queries(14):
        staff.get(PRODUCTS)


def test_a_picture_is_measured(staff, boot) -> None:
    url = f"{PRODUCTS}{boot.pk}/change/"
    sent = fields_of(staff, url) | {
        "images-TOTAL_FORMS": "3",
        "images-2-product": str(boot.pk),
        "images-2-file": SimpleUploadedFile("wide.jpeg", png(300, 200)),
        "images-2-alt": "From above",
        "images-2-position": "9",
    }
    response = staff.post(url, sent)
    assert response.status_code == 302, response.context["errors"]
    image = Image.objects.get(alt="From above")
    assert (image.width, image.height) == (300, 200)
    assert image.file.name.endswith(".png")
    assert "From above" in text(staff.get(url))


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused(staff, boot, content: bytes) -> None:
    url = f"{PRODUCTS}{boot.pk}/change/"
    sent = fields_of(staff, url) | {
        "images-TOTAL_FORMS": "3",
        "images-2-product": str(boot.pk),
        "images-2-file": SimpleUploadedFile("x.png", content),
        "images-2-position": "9",
    }
    response = staff.post(url, sent)
    assert response.status_code == 200
    assert "no picture that a page can show" in text(response)
    assert Image.objects.count() == 2


@pytest.mark.parametrize("values", ['{"a": 1}', "[1, 2]", '"text"', "["])
def test_option_values_are_a_list_of_texts(staff, boot, values: str) -> None:
    url = f"{PRODUCTS}{boot.pk}/change/"
    response = staff.post(url, fields_of(staff, url) | {"variants-0-values": values})
    assert response.status_code == 200
    assert response.context["errors"]


def test_a_variant_shows_a_picture_of_its_own_product(staff, boot, tree) -> None:
    other = make_product(tree["boots"], 2)
    page = text(staff.get(f"{PRODUCTS}{boot.pk}/change/"))
    select = page[page.index('name="variants-0-image"') :]
    select = select[: select.index("</select>")]
    assert all(f'value="{image.pk}"' in select for image in boot.images.all())
    assert not any(f'value="{image.pk}"' in select for image in other.images.all())


def test_adding_a_product(staff, client, tree) -> None:
    sent = fields_of(staff, f"{PRODUCTS}add/") | {
        "title": "Rope",
        "slug": "rope",
        "options": "[]",
        "category": str(tree["packs"].pk),
        "is_published": "on",
        "variants-TOTAL_FORMS": "1",
        "variants-0-sku": "ROPE",
        "variants-0-values": "[]",
        "variants-0-price_0": "19.00",
        "variants-0-price_1": "EUR",
        "variants-0-grams": "0",
        "variants-0-position": "0",
        "variants-0-is_active": "on",
        "variants-0-available": "4",
    }
    response = staff.post(f"{PRODUCTS}add/", sent)
    assert response.status_code == 302, response.context["errors"]
    page = text(client.get("/product/rope/"))
    assert "19.00\xa0€" in page
    assert "Only 4 left" in page


def test_from_the_form_to_the_page(staff, boot) -> None:
    assert 'href="/product/trail-boot-1/"' in text(staff.get(f"{PRODUCTS}{boot.pk}/change/"))


# --- categories ---------------------------------------------------------------------------------------------------
def test_a_category_is_added_below_another(staff, client, tree) -> None:
    number = catalog_version()
    sent = {
        "name": "Sandals",
        "slug": "sandals",
        "treebeard_position": "first-child",
        "treebeard_ref_node": tree["footwear"].pk,
    }
    response = staff.post(f"{CATEGORIES}add/", sent)
    assert response.status_code == 302, response.context["errors"]
    assert catalog_version() > number
    assert 'href="/category/sandals/"' in text(client.get("/category/footwear/"))
    assert Category.objects.find_problems() == ([], [], [], [], [])


def test_a_category_is_renamed_and_moved(staff, client, tree) -> None:
    url = f"{CATEGORIES}{tree['winter'].pk}/change/"
    assert staff.get(url).status_code == 200
    sent = {"name": "Snow", "slug": "snow", "treebeard_position": "first-child", "treebeard_ref_node": tree["packs"].pk}
    assert staff.post(url, sent).status_code == 302
    assert 'href="/category/snow/"' in text(client.get("/category/packs/"))
    assert Category.objects.find_problems() == ([], [], [], [], [])


def test_a_category_is_dragged(staff, client, tree) -> None:
    number = catalog_version()
    sent = {"node": tree["boots"].pk, "target": tree["packs"].pk, "relation": "child"}
    assert staff.post(f"{CATEGORIES}move/", sent).status_code == 200
    assert catalog_version() > number
    assert 'href="/category/boots/"' in text(client.get("/category/packs/"))
    number = catalog_version()
    sent = {"node": tree["boots"].pk, "target": tree["winter"].pk, "relation": "child"}
    assert staff.post(f"{CATEGORIES}move/", sent).status_code == 400
    assert catalog_version() == number
    assert Category.objects.find_problems() == ([], [], [], [], [])


def test_a_branch_with_products_stays(staff, boot, tree) -> None:
    url = f"{CATEGORIES}{tree['footwear'].pk}/delete/"
    assert "Trail Boot 01" in text(staff.get(url))
    assert staff.post(url, {"post": "yes"}).status_code == 200
    sent = {"action": "delete_selected", "_selected_action": [tree["footwear"].pk], "post": "yes"}
    staff.post(CATEGORIES, sent)
    assert Category.objects.count() == 4


def test_an_empty_branch_goes_as_a_whole(staff, tree) -> None:
    number = catalog_version()
    assert staff.post(f"{CATEGORIES}{tree['footwear'].pk}/delete/", {"post": "yes"}).status_code == 302
    assert catalog_version() > number
    assert list(Category.objects.values_list("slug", flat=True)) == ["packs"]
    sent = {"action": "delete_selected", "_selected_action": [tree["packs"].pk], "post": "yes"}
    assert staff.post(CATEGORIES, sent).status_code == 302
    assert not Category.objects.exists()


def test_the_list_of_categories(staff, boot, tree) -> None:
    assert "Footwear" in text(staff.get(CATEGORIES))
    assert "Winter boots" in text(staff.get(f"{CATEGORIES}?q=winter"))
    assert staff.get(f"{CATEGORIES}children/{tree['footwear'].pk}/").status_code == 200
    assert (
        staff.get("/admin/autocomplete/?app_label=catalog&model_name=product&field_name=category&term=boo").status_code
        == 200
    )
