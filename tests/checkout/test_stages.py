"""The way through checkout over HTTP: R1–R8 on the real stages."""

from __future__ import annotations

import json

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db.models import F

from checkout.models import CheckoutDraft
from checkout.views import stages
from navstate.models import NavRecord
from shop.accounts.models import Profile, User
from shop.cart.models import Cart
from tests.factories import make_shipping, make_variant, set_available, set_price
from tests.shopper import ADDRESS, Shopper, form_with, leads_to, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wares() -> None:
    make_variant("BOOT-42", price="129.00", values=["42"])
    make_variant("PACK", price="80.00", title="Day Pack")
    make_shipping("standard", price="4.90")
    make_shipping("express", price="12.00", countries=["DE"])


@pytest.fixture
def shopper() -> Shopper:
    return Shopper()


class TestTheWay:
    def test_a_guest_goes_from_cart_to_review(self, shopper: Shopper) -> None:
        assert leads_to(shopper.add(), "/cart/")
        assert leads_to(shopper.give_address(), "/checkout/shipping/")
        assert leads_to(shopper.choose_shipping(), "/checkout/payment/")
        assert leads_to(shopper.choose_payment(), "/checkout/review/")
        page = text_of(shopper.get("/checkout/review/"))
        assert "Ada Wanderer" in page
        assert "133.90" in page

    @pytest.mark.parametrize(
        ("url", "frontier"),
        [
            ("/checkout/address/", "/cart/"),
            ("/checkout/review/", "/cart/"),
        ],
    )
    def test_ahead_of_an_empty_cart_leads_to_the_cart(self, shopper: Shopper, url: str, frontier: str) -> None:
        assert leads_to(shopper.get(url), frontier)

    @pytest.mark.parametrize("url", ["/checkout/shipping/", "/checkout/payment/", "/checkout/review/"])
    def test_ahead_of_the_address_leads_to_it_and_says_why(self, shopper: Shopper, url: str) -> None:
        shopper.add()
        assert leads_to(shopper.get(url), "/checkout/address/")
        assert "where it should go" in text_of(shopper.get("/checkout/address/"))

    def test_checkout_leads_to_the_frontier(self, shopper: Shopper) -> None:
        assert leads_to(shopper.get("/checkout/"), "/cart/")
        shopper.add()
        assert leads_to(shopper.get("/checkout/"), "/checkout/address/")
        shopper.give_address()
        assert leads_to(shopper.get("/checkout/"), "/checkout/shipping/")

    def test_back_is_always_allowed(self, shopper: Shopper) -> None:
        shopper.go_to_review()
        for url in ("/checkout/payment/", "/checkout/shipping/", "/checkout/address/", "/cart/"):
            assert shopper.get(url).status_code == 200

    def test_going_back_without_a_change_lapses_nothing(self, shopper: Shopper) -> None:
        shopper.go_to_review()
        assert leads_to(shopper.give_address(), "/checkout/shipping/")
        assert shopper.get("/checkout/review/").status_code == 200

    def test_another_country_lapses_delivery_and_payment(self, shopper: Shopper) -> None:
        shopper.go_to_review()
        shopper.give_address(country="FR", postcode="75001")
        assert leads_to(shopper.get("/checkout/review/"), "/checkout/shipping/")
        shopper.choose_shipping()
        assert leads_to(shopper.get("/checkout/review/"), "/checkout/payment/")

    def test_another_street_lapses_nothing(self, shopper: Shopper) -> None:
        shopper.go_to_review()
        shopper.give_address(line1="Bergweg 9")
        assert "Bergweg 9" in text_of(shopper.get("/checkout/review/"))

    def test_an_express_that_does_not_serve_the_country_is_not_offered(self, shopper: Shopper) -> None:
        shopper.add()
        shopper.give_address(country="FR")
        assert "express" not in text_of(shopper.get("/checkout/shipping/"))

    def test_nowhere_to_deliver_is_told(self, shopper: Shopper) -> None:
        shopper.add()
        shopper.give_address(country="FR")
        make_shipping("standard", countries=["AT"])
        assert "We do not deliver to France" in text_of(shopper.get("/checkout/shipping/"))

    def test_short_stock_holds_at_the_cart(self, shopper: Shopper) -> None:
        shopper.add(quantity=3)
        set_available("BOOT-42", 1)
        assert leads_to(shopper.get("/checkout/address/"), "/cart/")
        assert "Only 1 is left" in text_of(shopper.get("/cart/"))

    def test_a_new_price_is_told_in_the_cart_and_on_the_review(self, shopper: Shopper) -> None:
        shopper.go_to_review()
        set_price("BOOT-42", "139.00")
        assert "went from 129.00" in text_of(shopper.get("/cart/"))
        assert "was 129.00" in text_of(shopper.get("/checkout/review/"))


class TestReadingChangesNothing:
    def test_no_get_writes_anything(self, shopper: Shopper, django_assert_max_num_queries) -> None:
        shopper.go_to_review()
        before = (NavRecord.objects.count(), Session.objects.count(), list(CheckoutDraft.objects.values()))
        state = list(NavRecord.objects.values("version", "state"))
        for url in ("/cart/", "/checkout/address/", "/checkout/shipping/", "/checkout/payment/", "/checkout/review/"):
            assert "navrev" not in shopper.get(url).cookies
        assert (NavRecord.objects.count(), Session.objects.count(), list(CheckoutDraft.objects.values())) == before
        assert list(NavRecord.objects.values("version", "state")) == state

    @pytest.mark.parametrize("url", ["/cart/", "/checkout/", "/checkout/address/", "/cart/badge/"])
    def test_an_anonymous_reader_leaves_no_trace(self, shopper: Shopper, url: str) -> None:
        shopper.get(url)
        assert "sessionid" not in shopper.client.cookies
        assert not Cart.objects.exists()
        assert not NavRecord.objects.exists()

    def test_a_prefetch_tells_nobody(self, shopper: Shopper) -> None:
        response = shopper.get("/checkout/review/", headers={"Sec-Purpose": "prefetch"})
        assert leads_to(response, "/cart/")
        assert not response.cookies


class TestForms:
    def test_invalid_input_is_kept_and_no_reload_sends_it_again(self, shopper: Shopper) -> None:
        shopper.add()
        response = shopper.give_address(name="", city="Ulm")
        assert leads_to(response, "/checkout/address/")
        page = text_of(shopper.get("/checkout/address/"))
        assert 'value="Ulm"' in page
        assert "This field is required" in page

    def test_what_was_kept_goes_when_the_form_is_taken(self, shopper: Shopper) -> None:
        shopper.add()
        shopper.give_address(name="")
        shopper.give_address()
        assert "This field is required" not in text_of(shopper.get("/checkout/address/"))

    def test_the_postcode_is_needed_where_there_are_postcodes(self, shopper: Shopper) -> None:
        shopper.add()
        shopper.give_address(postcode="")
        assert "This field is required" in text_of(shopper.get("/checkout/address/"))
        assert leads_to(shopper.give_address(postcode="", country="AE"), "/checkout/shipping/")

    @pytest.mark.parametrize("field", ["nav_attempt", "nav_seen"])
    def test_every_stage_form_carries_what_it_was_rendered_from(self, shopper: Shopper, field: str) -> None:
        shopper.go_to_review()
        for url in ("/checkout/address/", "/checkout/shipping/", "/checkout/payment/"):
            assert shopper.open(url).fields[field]
        assert shopper.open("/checkout/review/", "place-order").fields[field]

    def test_the_same_form_sent_twice_goes_where_the_first_one_led(self, shopper: Shopper) -> None:
        shopper.add()
        form = shopper.open("/checkout/address/")
        for _ in range(2):
            assert leads_to(shopper.send(form, ADDRESS), "/checkout/shipping/")
        assert CheckoutDraft.objects.get().version == 1

    def test_a_stale_form_is_a_conflict_that_names_old_and_new_and_keeps_the_input(self, shopper: Shopper) -> None:
        shopper.add()
        shopper.give_address()
        stale = shopper.open("/checkout/address/")
        shopper.give_address(line1="Bergweg 9")
        response = shopper.send(stale, {"line1": "Talweg 1"})
        assert response.status_code == 409
        page = text_of(response)
        assert "Waldweg 3" in page
        assert "Bergweg 9" in page
        confirm = form_with(response, "conflict-confirm")
        assert confirm.fields["line1"] == "Talweg 1"
        assert leads_to(shopper.send(confirm), "/checkout/shipping/")
        assert CheckoutDraft.objects.get().line1 == "Talweg 1"

    def test_twins_another_stage_written_in_between_is_no_conflict(self, shopper: Shopper, monkeypatch) -> None:
        shopper.go_to_review()
        write = stages.write_draft

        def after_another_tab(cart_id: int, **fields) -> None:
            monkeypatch.setattr(stages, "write_draft", write)
            CheckoutDraft.objects.update(version=F("version") + 1, payment_method="demo")
            write(cart_id, **fields)

        form = shopper.open("/checkout/address/")
        monkeypatch.setattr(stages, "write_draft", after_another_tab)
        assert leads_to(shopper.send(form, {"city": "Ulm"}), "/checkout/shipping/")
        assert CheckoutDraft.objects.get().city == "Ulm"

    def test_amending_after_going_on_is_no_conflict(self, shopper: Shopper) -> None:
        shopper.add()
        shopper.give_address()
        address = shopper.open("/checkout/address/")
        shopper.choose_shipping()
        assert leads_to(shopper.send(address, {"line1": "Talweg 1"}), "/checkout/shipping/")

    def test_a_submit_ahead_of_the_frontier_is_led_back_with_its_input_kept(self, shopper: Shopper) -> None:
        shopper.go_to_review()
        payment = shopper.open("/checkout/payment/")
        shopper.give_address(country="FR")
        assert leads_to(shopper.send(payment, {"payment_method": "other"}), "/checkout/shipping/")

    def test_a_choice_that_is_not_offered_is_refused(self, shopper: Shopper) -> None:
        shopper.add()
        shopper.give_address(country="FR")
        assert leads_to(shopper.choose_shipping("express"), "/checkout/shipping/")
        assert "Select a valid choice" in text_of(shopper.get("/checkout/shipping/"))

    def test_an_account_starts_with_its_own_address(self, shopper: Shopper) -> None:
        user = User.objects.create_user("ada@example.org", "x")
        Profile.objects.create(user=user, name="Ada W.", line1="Heimweg 2", city="Ulm", postcode="89073", country="DE")
        shopper.client.force_login(user)
        shopper.add()
        form = shopper.open("/checkout/address/")
        assert form.fields["email"] == "ada@example.org"
        assert form.fields["line1"] == "Heimweg 2"
        assert form.fields["country"] == "DE"


class TestSessionGone:
    def end_session(self, shopper: Shopper) -> None:
        shopper.client.cookies.pop("sessionid")

    def test_a_guest_goes_on_at_the_same_stage(self, shopper: Shopper) -> None:
        shopper.add()
        shopper.give_address()
        form = shopper.open("/checkout/shipping/")
        self.end_session(shopper)
        assert leads_to(shopper.send(form, {"shipping_method": "standard"}), "/checkout/payment/")
        assert shopper.get("/checkout/payment/").status_code == 200

    def test_s41_state_and_session_lost_the_cart_and_the_address_are_still_there(self, shopper: Shopper) -> None:
        shopper.go_to_review()
        NavRecord.objects.all().delete()
        cache.clear()
        self.end_session(shopper)
        form = shopper.open("/checkout/address/")
        assert form.fields["line1"] == "Waldweg 3"
        assert leads_to(shopper.send(form), "/checkout/shipping/")

    def test_a_form_of_nobody_known_is_kept_and_comes_back_with_its_input(self, shopper: Shopper) -> None:
        shopper.add()
        form = shopper.open("/checkout/address/")
        form.fields["nav_attempt"] = "of-a-session-that-is-gone"
        assert leads_to(shopper.send(form, {"city": "Ulm"}), "/checkout/address/")
        page = text_of(shopper.get("/checkout/address/"))
        assert 'value="Ulm"' in page
        assert "What you entered is kept" in page


class TestChannels:
    HTMX = {"HX-Request": "true"}
    JSON = {"Accept": "application/json"}

    def test_htmx_goes_on_by_location_and_pushes(self, shopper: Shopper) -> None:
        shopper.add()
        response = shopper.send(shopper.open("/checkout/address/"), ADDRESS, headers=self.HTMX)
        location = json.loads(response["HX-Location"])
        assert location["path"] == "/checkout/shipping/"
        assert location["push"] == "true"

    def test_htmx_invalid_stays_and_replaces(self, shopper: Shopper) -> None:
        shopper.add()
        response = shopper.send(shopper.open("/checkout/address/"), {**ADDRESS, "name": ""}, headers=self.HTMX)
        location = json.loads(response["HX-Location"])
        assert (location["path"], location["replace"]) == ("/checkout/address/", "true")

    def test_htmx_conflict_is_swapped_in_place(self, shopper: Shopper) -> None:
        shopper.add()
        shopper.give_address()
        stale = shopper.open("/checkout/address/")
        shopper.give_address(line1="Bergweg 9")
        response = shopper.send(stale, {"line1": "Talweg 1"}, headers=self.HTMX)
        assert response.status_code == 409
        assert response["HX-Replace-Url"] == "/checkout/address/"
        assert response["HX-Retarget"] == "#main"

    def test_htmx_with_its_session_gone_leaves_the_page(self, shopper: Shopper) -> None:
        shopper.add()
        form = shopper.open("/checkout/address/")
        form.fields["nav_attempt"] = "gone"
        response = shopper.send(form, ADDRESS, headers=self.HTMX)
        assert (response.status_code, response["HX-Redirect"]) == (401, "/checkout/address/")

    def test_json_goes_on_and_answers_a_replay_with_the_same_body(self, shopper: Shopper) -> None:
        shopper.add()
        form = shopper.open("/checkout/address/")
        answers = [shopper.send(form, ADDRESS, headers=self.JSON) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json() == {"url": "/checkout/shipping/"}

    def test_json_that_is_invalid_is_told_what_is_wrong_with_which_field(self, shopper: Shopper) -> None:
        shopper.add()
        response = shopper.send(shopper.open("/checkout/address/"), {**ADDRESS, "name": ""}, headers=self.JSON)
        assert (response.status_code, response["Content-Type"]) == (422, "application/problem+json")
        assert set(response.json()["errors"]) == {"name"}
        assert shopper.open("/checkout/address/").fields["city"] == ""

    def test_json_conflict_is_a_problem_document(self, shopper: Shopper) -> None:
        shopper.add()
        shopper.give_address()
        stale = shopper.open("/checkout/address/")
        shopper.give_address(line1="Bergweg 9")
        response = shopper.send(stale, {"line1": "Talweg 1"}, headers=self.JSON)
        assert response.status_code == 409
        assert response["Content-Type"] == "application/problem+json"
        (change,) = response.json()["changes"]
        assert "Waldweg 3" in change["was"]
        assert "Bergweg 9" in change["now"]


class TestHeaders:
    def test_stages_are_private_and_never_stored(self, shopper: Shopper) -> None:
        shopper.go_to_review()
        for url in ("/cart/", "/checkout/address/", "/checkout/review/"):
            response = shopper.get(url)
            assert response["Cache-Control"] == "private, no-store"
            assert "HX-Request" in response["Vary"]

    def test_n17_a_page_that_is_seen_again_sets_no_cookie(self, shopper: Shopper) -> None:
        """Chromium brings a page that set one back from no memory."""
        shopper.go_to_review()
        assert "csrftoken" in shopper.client.cookies
        for url in ("/cart/", "/checkout/address/", "/checkout/review/", "/login/"):
            assert not shopper.get(url).cookies, url

    def test_redirects_are_not_stored(self, shopper: Shopper) -> None:
        assert shopper.get("/checkout/")["Cache-Control"] == "no-store"

    def test_an_accepted_change_changes_the_navrev_cookie(self, shopper: Shopper) -> None:
        first = shopper.add().cookies["navrev"]
        second = shopper.give_address().cookies["navrev"]
        assert first["httponly"]
        assert first.value != second.value

    def test_the_page_says_where_it_stands(self, shopper: Shopper) -> None:
        shopper.add()
        page = text_of(shopper.get("/checkout/address/?from=cart&step=2&ref=<script>"))
        for attribute in (
            'data-nav-flow="checkout"',
            'data-nav-stage="address"',
            'data-nav-rev="1"',
            'data-nav-from="cart"',
            'data-nav-step="2"',
            "data-nav-session-expires=",
        ):
            assert attribute in page
        assert "data-nav-ref" not in page


QUERIES = [
    ("/cart/", 8),
    ("/cart/badge/", 4),
    *((f"/checkout/{name}/", 12) for name in ("address", "shipping", "payment", "review")),
]


@pytest.mark.parametrize(("url", "most"), QUERIES)
@pytest.mark.parametrize("lines", [1, 12])
def test_queries_stay_few_whatever_is_in_the_cart(
    shopper: Shopper, url: str, most: int, lines: int, django_assert_max_num_queries
) -> None:
    for number in range(lines - 1):
        make_variant(f"M-{number}", title=f"Mug {number}")
        shopper.add(f"M-{number}")
    shopper.go_to_review()
    with django_assert_max_num_queries(most):
        assert shopper.get(url).status_code == 200


def test_being_led_again_and_again_says_it_once(shopper: Shopper) -> None:
    shopper.add()
    for _ in range(5):
        shopper.get("/checkout/review/")
    assert text_of(shopper.get("/checkout/address/")).count("where it should go") == 1


def test_r19_the_language_stays_in_the_path_all_the_way(shopper: Shopper) -> None:
    shopper.client.post("/zh-hans/cart/add/", {"sku": "BOOT-42"})
    form = shopper.open("/zh-hans/checkout/address/")
    assert leads_to(shopper.send(form, ADDRESS), "/zh-hans/checkout/shipping/")
    page = text_of(shopper.get("/zh-hans/checkout/shipping/", headers={"Accept-Language": "de"}))
    assert 'lang="zh-hans"' in page
    assert 'lang="en"' in text_of(shopper.get("/checkout/shipping/", headers={"Accept-Language": "zh-hans"}))
    shopper.client.cookies["django_language"] = "zh-hans"
    assert '<html lang="en"' in text_of(shopper.get("/cart/"))
