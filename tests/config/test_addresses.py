"""Addresses without their slash or in other letters: led there, with how long to keep that; what is sent arrives."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from shop.cart.models import CartLine
from tests.factories import make_variant
from tests.shopper import Shopper

pytestmark = pytest.mark.django_db
PUBLIC = (301, "public, no-cache")
IN_A_FLOW = (303, "no-store")

SPELLINGS = {
    "/cart": ("/cart/", IN_A_FLOW),
    "/cart?from=home": ("/cart/?from=home", IN_A_FLOW),
    "/CART/": ("/cart/", IN_A_FLOW),
    "/checkout": ("/checkout/", IN_A_FLOW),
    "/Checkout/Address": ("/checkout/address/", IN_A_FLOW),
    "/zh-hans/cart": ("/zh-hans/cart/", IN_A_FLOW),
    "/ZH-Hans/Cart": ("/zh-hans/cart/", IN_A_FLOW),
    "/login": ("/login/", IN_A_FLOW),
    "/admin": ("/admin/", IN_A_FLOW),
    "/zh-hans": ("/zh-hans/", PUBLIC),
    "/search?q=a+b": ("/search/?q=a+b", PUBLIC),
    "/product/trail-boot?variant=BOOT-42": ("/product/trail-boot/?variant=BOOT-42", PUBLIC),
    "/Product/Trail-Boot/": ("/product/trail-boot/", PUBLIC),
    "/category/boots": ("/category/boots/", PUBLIC),
    "/API/Session/Valid": ("/api/session/valid", IN_A_FLOW),
}


@pytest.mark.parametrize(("url", "expected"), SPELLINGS.items())
def test_n10_the_same_in_async(url: str, expected: tuple[str, tuple[int, str]]) -> None:
    response = async_to_sync(AsyncClient().get)(url)
    assert (response["Location"], (response.status_code, response["Cache-Control"])) == expected


@pytest.mark.parametrize(("url", "expected"), SPELLINGS.items())
def test_n10_each_says_how_long_it_may_be_kept(client: Client, url: str, expected: tuple[str, tuple[int, str]]) -> None:
    for ask in (client.get, client.head):
        response = ask(url)
        assert (response["Location"], (response.status_code, response["Cache-Control"])) == expected


@pytest.mark.parametrize(
    "url", ["/no-such-page", "/no-such-page/", "/pay/AbC", "/order/AbC/x", "//evil.example/cart/x"]
)
def test_n10_what_is_no_address_stays_one(client: Client, url: str) -> None:
    assert client.get(url).status_code in {303, 404}
    if url == "/pay/AbC":
        assert client.get(url)["Location"] == "/pay/AbC/"


def test_n10_staff_pages_below_their_own_root(admin_client: Client) -> None:
    response = admin_client.get("/admin/catalog/product?q=a")
    assert (response.status_code, response["Location"]) == (303, "/admin/catalog/product/?q=a")
    assert "no-store" in response["Cache-Control"]
    assert admin_client.get("/admin/no-such/").status_code == 404


@pytest.mark.parametrize("url", ["/cart/add", "/Cart/Add/", "/CART/ADD", "/zh-hans/cart/add"])
def test_n10_no_redirect_swallows_what_is_sent(url: str) -> None:
    make_variant("BOOT-42")
    response = Shopper().client.post(url, {"sku": "BOOT-42", "quantity": 2})
    assert response.status_code == 303
    assert response["Location"].endswith("/cart/")
    assert CartLine.objects.get().quantity == 2


def test_n10_nor_in_async() -> None:
    client = AsyncClient(headers={"Sec-Fetch-Site": "same-origin"})
    response = async_to_sync(client.post)("/cart/add", {"sku": "none"})
    assert response.status_code == 303


def test_n10_a_stage_takes_its_form_without_the_slash() -> None:
    shopper = Shopper()
    make_variant("BOOT-42")
    shopper.add()
    form = shopper.open("/checkout/address/")
    fields = {**form.fields, "email": "x", "name": "Ada"}
    response = shopper.client.post("/checkout/address", fields)
    assert response["Location"] == "/checkout/address/"
    assert 'value="Ada"' in shopper.get("/checkout/address/").content.decode()


def test_n10_staff_send_without_the_slash(admin_client: Client) -> None:
    response = admin_client.post("/admin/auth/group/add", {"name": "Packers"})
    assert response.status_code == 302


def test_n10_below_a_prefix(client: Client) -> None:
    response = client.get("/cart", SCRIPT_NAME="/shop")
    assert response["Location"] == "/shop/cart/"
