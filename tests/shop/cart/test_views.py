"""The cart over HTTP, with htmx and without; and who may send to it (R15)."""

from __future__ import annotations

import json

import pytest

from shop.cart.models import Cart
from shop.catalog.models import Variant
from tests.factories import make_shipping, make_variant, set_available
from tests.shopper import ADDRESS, Shopper, form_with, leads_to, text_of

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def wares() -> None:
    make_variant("BOOT-42", price="129.00", values=["42"])
    make_variant("PACK", price="80.00", title="Day Pack")
    make_shipping("standard", price="4.90")


@pytest.fixture
def shopper() -> Shopper:
    return Shopper()


class TestCartPage:
    def change(self, shopper: Shopper, hook: str, **options):
        return lambda **fields: shopper.send(form_with(shopper.get("/cart/"), hook), fields, **options)

    def test_change_and_remove_without_javascript(self, shopper: Shopper) -> None:
        shopper.add()
        assert leads_to(self.change(shopper, "line-quantity")(quantity="3"), "/cart/")
        assert "387.00" in text_of(shopper.get("/cart/"))
        assert leads_to(self.change(shopper, "line-remove")(), "/cart/")
        assert "nothing in it yet" in text_of(shopper.get("/cart/"))

    def test_change_with_htmx_swaps_the_cart_and_keeps_the_entry(self, shopper: Shopper) -> None:
        shopper.add()
        response = self.change(shopper, "line-quantity", headers=HTMX)(quantity="2")
        assert response.status_code == 200
        assert response["HX-Replace-Url"] == "/cart/"
        assert json.loads(response["HX-Trigger"]).keys() == {"cart-changed"}
        assert "258.00" in text_of(response)
        assert "<html" not in text_of(response)

    @pytest.mark.parametrize("quantity", ["", "x", "-1", "100", "9" * 400])
    def test_a_bad_quantity_changes_nothing_and_is_told(self, shopper: Shopper, quantity: str) -> None:
        shopper.add()
        self.change(shopper, "line-quantity")(quantity=quantity)
        assert "was not changed" in text_of(shopper.get("/cart/"))
        assert "129.00" in text_of(shopper.get("/cart/"))

    def test_a_change_in_another_tab_is_told(self, shopper: Shopper) -> None:
        shopper.add()
        stale = form_with(shopper.get("/cart/"), "line-quantity")
        self.change(shopper, "line-quantity")(quantity="3")
        response = shopper.send(stale, {"quantity": "2"}, headers=HTMX)
        assert response.status_code == 409
        assert "was changed elsewhere and is 3 now" in text_of(response)

    def test_somebody_else_s_line_is_not_found(self, shopper: Shopper) -> None:
        shopper.add()
        theirs = form_with(shopper.get("/cart/"), "line-remove")
        other = Shopper()
        other.add("PACK")
        mine = form_with(other.get("/cart/"), "line-remove")
        theirs.fields["csrfmiddlewaretoken"] = mine.fields["csrfmiddlewaretoken"]
        assert other.send(theirs).status_code == 404

    def test_the_summary_address_shows_the_cart(self, shopper: Shopper) -> None:
        shopper.add()
        assert "129.00" in text_of(shopper.get("/cart/summary"))

    def test_the_badge_counts_units(self, shopper: Shopper) -> None:
        shopper.add(quantity=2)
        shopper.add("PACK")
        assert ">3<" in text_of(shopper.get("/cart/badge/"))

    @pytest.mark.parametrize("change", [{"quantity": "3"}, {"quantity": "1"}])
    @pytest.mark.parametrize("gone", ["sold out", "not on sale"])
    def test_n7_what_cannot_be_had_any_more_stays_until_it_is_taken_out(
        self, shopper: Shopper, gone: str, change: dict[str, str]
    ) -> None:
        shopper.add(quantity=2)
        form = form_with(shopper.get("/cart/"), "line-quantity")
        set_available("BOOT-42", 0)
        Variant.objects.filter(sku="BOOT-42").update(is_active=gone == "sold out")
        answer = shopper.send(form, change, headers=HTMX)
        assert f"Trail Boot is {gone}" in text_of(answer)
        assert form_with(answer, "line-quantity").fields["quantity"] == "2"
        assert shopper.add().status_code == 303
        page = shopper.get("/cart/")
        assert form_with(page, "line-quantity").fields["quantity"] == "2"
        shopper.send(form_with(page, "line-remove"))
        assert "nothing in it yet" in text_of(shopper.get("/cart/"))

    def test_n7_a_sold_out_article_is_told_in_every_channel(self, shopper: Shopper) -> None:
        set_available("BOOT-42", 0)
        shopper.add()
        assert "Trail Boot is sold out. Your cart is as it was." in text_of(shopper.get("/cart/"))
        fragment = shopper.client.post("/cart/add/", {"sku": "BOOT-42"}, headers=HTMX)
        assert (fragment.status_code, "is sold out" in text_of(fragment)) == (409, True)
        program = shopper.client.post("/cart/add/", {"sku": "BOOT-42"}, headers=JSON)
        assert (program.status_code, program.json()["title"]) == (
            409,
            "Trail Boot is sold out. Your cart is as it was.",
        )

    @pytest.mark.parametrize("quantity", ["", " ", "x", "0", "100"])
    def test_n7_an_emptied_quantity_puts_nothing_in(self, shopper: Shopper, quantity: str) -> None:
        fields = {"sku": "BOOT-42", "quantity": quantity}
        assert shopper.client.post("/cart/add/", fields, headers=HTMX).status_code == 422
        assert shopper.client.post("/cart/add/", fields, headers=JSON).status_code == 422
        assert leads_to(shopper.client.post("/cart/add/", fields), "/cart/")
        page = text_of(shopper.get("/cart/"))
        assert "a quantity from 1 to 99" in page
        assert "nothing in it yet" in page

    def test_n7_a_program_is_told_that_a_quantity_is_none(self, shopper: Shopper) -> None:
        shopper.add()
        form = form_with(shopper.get("/cart/"), "line-quantity")
        assert shopper.send(form, {"quantity": ""}, headers=JSON).status_code == 422
        assert shopper.send(form, {"quantity": "2"}, headers=JSON).status_code == 200
        assert shopper.send(form, {"quantity": "3"}, headers=JSON).status_code == 409

    @pytest.mark.parametrize("fields", [{}, {"sku": "NONE"}, {"sku": "BOOT-42", "quantity": "0"}, {"sku": "\x00"}])
    def test_adding_nonsense_is_told(self, shopper: Shopper, fields: dict) -> None:
        assert leads_to(shopper.client.post("/cart/add/", fields), "/cart/")
        assert shopper.client.post("/cart/add/", fields, headers=HTMX).status_code == 422
        assert 'data-kind="error"' in text_of(shopper.get("/cart/"))

    def test_adding_with_htmx_answers_a_fragment(self, shopper: Shopper) -> None:
        response = shopper.client.post("/cart/add/", {"sku": "BOOT-42"}, headers=HTMX)
        assert "is in your cart" in text_of(response)
        assert json.loads(response["HX-Trigger"]).keys() == {"cart-changed"}
        assert "no-store" in response["Cache-Control"]


class TestOrigin:
    """R15: who may send an unsafe request."""

    def post(self, **headers: str):
        client = Shopper().client
        client.defaults.pop("HTTP_SEC_FETCH_SITE")
        return client.post("/cart/add/", {"sku": "BOOT-42"}, headers=headers), client

    def test_cross_site_is_refused(self) -> None:
        response, _ = self.post(**{"Sec-Fetch-Site": "cross-site"})
        assert response.status_code == 403
        assert not Cart.objects.exists()

    def test_a_foreign_origin_is_refused(self) -> None:
        assert self.post(Origin="https://evil.example")[0].status_code == 403

    def test_our_origin_is_enough(self) -> None:
        assert leads_to(self.post(Origin="http://testserver")[0], "/cart/")

    def test_without_either_header_one_button_asks(self) -> None:
        response, client = self.post()
        assert response.status_code == 403
        form = form_with(response, "confirm-send")
        assert form.fields["sku"] == "BOOT-42"
        assert leads_to(client.post(form.action, form.fields), "/cart/")

    def test_s31_a_token_replaced_by_a_login_elsewhere_costs_one_click(self, shopper: Shopper) -> None:
        shopper.add()
        form = shopper.open("/checkout/address/")
        shopper.client.cookies["csrftoken"] = "x" * 32
        response = shopper.send(form, ADDRESS)
        assert response.status_code == 403
        again = form_with(response, "confirm-send")
        assert again.fields["line1"] == "Waldweg 3"
        assert leads_to(shopper.send(again), "/checkout/shipping/")
