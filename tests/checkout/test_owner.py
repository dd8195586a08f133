"""Who sees what of an order (issue 8, N16; S21): its status everybody with its address, the rest who ordered it."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.cache import cache

from checkout.models import Order
from checkout.views.owner import TRIES
from shop.accounts.models import User
from tests.checkout.factories import make_order
from tests.factories import make_shipping, make_variant
from tests.shopper import Shopper, leads_to, text_of

pytestmark = pytest.mark.django_db
PASSWORD = "seven-larks-9"
PAGES = ["/order/{}/", "/zh-hans/order/{}/", "/pay/{}/"]
RECEIPTS = PAGES[:2]


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.org", PASSWORD)


@pytest.fixture
def order(ada: User) -> Order:
    return make_order(user=ada)


def signed_in(email: str) -> Shopper:
    shopper = Shopper()
    shopper.send(shopper.open("/login/", "login-form"), {"login": email, "password": PASSWORD})
    return shopper


def private_in(page: str, order: Order) -> list[str]:
    return [text for text in (order.name, order.line1, order.email, order.postcode, "Trail Boot") if text in page]


def prove(shopper: Shopper, order: Order, proof: str, **options: object):
    form = shopper.open(f"/order/{order.token}/", "proof-submit")
    return shopper.send(form, {"proof": proof}, **options)


@pytest.fixture
def ordered(provider) -> tuple[Shopper, Order]:
    """A guest's browser, and the order it has placed."""
    make_variant("BOOT-42", title="Trail Boot")
    make_shipping("standard")
    shopper = Shopper()
    assert shopper.send(shopper.go_to_review()).status_code == 303
    return shopper, Order.objects.get()


class TestEverybody:
    @pytest.mark.parametrize("page", PAGES)
    @pytest.mark.parametrize("whose", ["guest", "account"])
    def test_n16_sees_status_number_and_total_and_no_more(self, page: str, whose: str, ada: User) -> None:
        order = make_order(user=ada if whose == "account" else None)
        answer = Shopper().get(page.format(order.token))
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "private, no-store"
        shown = text_of(answer)
        assert order.number in shown
        assert f'data-status="{order.status}"' in shown
        assert "262.90" in shown
        assert private_in(shown, order) == []

    def test_n16_looking_leaves_no_trace(self) -> None:
        shopper = Shopper()
        shopper.get(f"/order/{make_order().token}/")
        assert settings.SESSION_COOKIE_NAME not in shopper.client.cookies

    @pytest.mark.parametrize("page", PAGES)
    def test_s21_after_a_logout_its_address_shows_nothing_private(self, page: str, order: Order, ada: User) -> None:
        shopper = signed_in(ada.email)
        assert order.number in text_of(shopper.get(page.format(order.token)))
        shopper.send(shopper.open("/logout/", "logout"))
        shown = text_of(shopper.get(page.format(order.token)))
        assert order.number in shown
        assert private_in(shown, order) == []

    @pytest.mark.parametrize("page", PAGES)
    def test_n16_another_account_sees_the_same(self, page: str, order: Order) -> None:
        User.objects.create_user("ben@example.org", PASSWORD)
        answer = signed_in("ben@example.org").get(page.format(order.token))
        assert answer.status_code == 200
        assert private_in(text_of(answer), order) == []

    def test_n16_the_page_that_waits_goes_on_for_everybody(self, order: Order) -> None:
        url = f"/pay/{order.token}/?shown="
        htmx = {"HX-Request": "true"}
        assert Shopper().get(f"{url}unreached", headers=htmx).status_code == 204
        assert Shopper().get(f"{url}waiting", headers=htmx)["HX-Refresh"] == "true"


class TestWhoOrdered:
    def test_n16_the_browser_that_ordered_sees_all(self, ordered: tuple[Shopper, Order]) -> None:
        shopper, order = ordered
        assert len(private_in(text_of(shopper.get(f"/order/{order.token}/")), order)) == 5

    def test_n16_another_browser_does_not(self, ordered: tuple[Shopper, Order]) -> None:
        _, order = ordered
        assert private_in(text_of(Shopper().get(f"/order/{order.token}/")), order) == []

    def test_n16_also_when_its_session_has_ended(self, ordered: tuple[Shopper, Order]) -> None:
        shopper, order = ordered
        del shopper.client.cookies[settings.SESSION_COOKIE_NAME]
        cache.clear()
        assert len(private_in(text_of(shopper.get(f"/order/{order.token}/")), order)) == 5

    def test_n16_also_when_it_has_ordered_again(self, ordered: tuple[Shopper, Order]) -> None:
        shopper, order = ordered
        shopper.send(shopper.go_to_review())
        assert len(private_in(text_of(shopper.get(f"/order/{order.token}/")), order)) == 5

    @pytest.mark.parametrize("page", RECEIPTS)
    def test_n16_the_account_sees_all(self, page: str, order: Order, ada: User) -> None:
        assert len(private_in(text_of(signed_in(ada.email).get(page.format(order.token))), order)) == 5

    def test_n16_the_login_leads_back_to_it(self, order: Order, ada: User) -> None:
        url = f"/order/{order.token}/"
        shopper = Shopper()
        assert f'href="/login/?redirect={url}"' in text_of(shopper.get(url))
        login = shopper.open(f"/login/?redirect={url}", "login-form")
        assert leads_to(shopper.send(login, {"login": ada.email, "password": PASSWORD}), url)

    def test_n16_once_the_account_is_gone_its_postcode_opens_it(self, order: Order, ada: User) -> None:
        ada.delete()
        shopper = Shopper()
        prove(shopper, order, order.postcode)
        assert private_in(text_of(shopper.get(f"/order/{order.token}/")), order)


class TestProof:
    @pytest.mark.parametrize("typed", ["79098", " 79 098 ", "７９０９８"])
    @pytest.mark.parametrize("whose", ["guest", "account"])
    def test_n16_the_postcode_opens_it(self, typed: str, whose: str, ada: User) -> None:
        order = make_order(user=ada if whose == "account" else None)
        shopper = Shopper()
        assert leads_to(prove(shopper, order, typed), f"/order/{order.token}/")
        assert len(private_in(text_of(shopper.get(f"/order/{order.token}/")), order)) == 5
        assert private_in(text_of(Shopper().get(f"/order/{order.token}/")), order) == []

    def test_n16_another_one_does_not_and_that_is_told(self) -> None:
        order, shopper = make_order(), Shopper()
        assert leads_to(prove(shopper, order, "10115"), f"/order/{order.token}/")
        page = text_of(shopper.get(f"/order/{order.token}/"))
        assert "This is not the postcode that this order goes to." in page
        assert private_in(page, order) == []

    def test_n16_it_opens_that_order_only(self) -> None:
        first, second, shopper = make_order(sku="A"), make_order(sku="B"), Shopper()
        prove(shopper, first, first.postcode)
        assert private_in(text_of(shopper.get(f"/order/{second.token}/")), second) == []
        prove(shopper, second, second.postcode)
        for order in (first, second):
            assert private_in(text_of(shopper.get(f"/order/{order.token}/")), order)

    def test_n16_where_there_is_no_postcode_the_e_mail_address_opens_it(self) -> None:
        order, shopper = make_order(postcode="", country="HK"), Shopper()
        prove(shopper, order, "")
        page = text_of(shopper.get(f"/order/{order.token}/"))
        assert "This is not the e-mail address that was given with this order." in page
        prove(shopper, order, "ADA@example.org")
        assert private_in(text_of(shopper.get(f"/order/{order.token}/")), order)

    def test_n16_guessing_is_stopped_and_even_the_right_one_has_to_wait(self) -> None:
        order, shopper = make_order(), Shopper()
        for number in range(TRIES):
            prove(shopper, order, f"1011{number}")
        prove(shopper, order, order.postcode)
        page = text_of(shopper.get(f"/order/{order.token}/"))
        assert "This was tried too often." in page
        assert private_in(page, order) == []

    def test_n16_guessing_from_many_places_is_stopped_as_well(self) -> None:
        order, shopper = make_order(), Shopper()
        for number in range(5 * TRIES):
            prove(shopper, order, "1", REMOTE_ADDR=f"192.0.2.{number}")
        prove(shopper, order, order.postcode, REMOTE_ADDR="198.51.100.1")
        assert private_in(text_of(shopper.get(f"/order/{order.token}/")), order) == []

    def test_n16_json_is_answered_in_json(self) -> None:
        order, shopper = make_order(), Shopper()
        url = f"/order/{order.token}/"
        headers = {"Accept": "application/json"}
        form = shopper.open(url, "proof-submit")
        token = {"X-CSRFToken": form.fields["csrfmiddlewaretoken"]}

        def send(proof: str):
            body = {"proof": proof}
            return shopper.client.post(url, body, content_type="application/json", headers=headers | token)

        assert send("1").status_code == 422
        assert (send("79098").status_code, send("79098").json()) == (200, {"url": url})
        for _ in range(TRIES):
            refused = send("1")
        assert refused.status_code == 429

    def test_n16_a_logout_forgets_what_was_proved(self, ada: User) -> None:
        order, shopper = make_order(), signed_in(ada.email)
        prove(shopper, order, order.postcode)
        shopper.send(shopper.open("/logout/", "logout"))
        assert private_in(text_of(shopper.get(f"/order/{order.token}/")), order) == []

    def test_n16_no_address_no_page(self) -> None:
        shopper = Shopper()
        token = shopper.open("/login/", "login-form").fields["csrfmiddlewaretoken"]
        answer = shopper.client.post("/order/nobody/", {"csrfmiddlewaretoken": token, "proof": "1"})
        assert answer.status_code == 404


class TestActing:
    """An account's order is paid and cancelled by the account alone."""

    def test_nobody_else_pays_or_cancels_it(self, order: Order) -> None:
        stranger = Shopper()
        token = stranger.open("/login/", "login-form").fields["csrfmiddlewaretoken"]
        answer = stranger.client.post(f"/pay/{order.token}/", {"csrfmiddlewaretoken": token, "action": "cancel"})
        assert (answer.status_code, answer["Location"]) == (303, f"/login/?redirect=/pay/{order.token}/")
        assert Order.objects.get().status == Order.Status.AWAITING_PAYMENT

    def test_n16_no_button_is_shown_to_who_may_not_press_it(self, order: Order, ada: User) -> None:
        url = f"/pay/{order.token}/"
        page = text_of(Shopper().get(url))
        assert "resume-payment" not in page
        assert "cancel-order" not in page
        assert f'href="/login/?redirect={url}"' in page
        User.objects.create_user("ben@example.org", PASSWORD)
        other = text_of(signed_in("ben@example.org").get(url))
        assert "This order belongs to another account." in other
        assert "resume-payment" not in other
        assert "cancel-order" in text_of(signed_in(ada.email).get(url))

    def test_another_account_is_told_whose_it_is_not(self, order: Order) -> None:
        User.objects.create_user("ben@example.org", PASSWORD)
        ben = signed_in("ben@example.org")
        token = ben.open("/logout/", "logout").fields["csrfmiddlewaretoken"]
        answer = ben.client.post(f"/pay/{order.token}/", {"csrfmiddlewaretoken": token})
        assert answer.status_code == 403

    def test_whoever_sends_by_script_is_told_where_to_go(self, order: Order) -> None:
        url = f"/pay/{order.token}/"
        shopper = Shopper()
        token = {"X-CSRFToken": shopper.open("/login/", "login-form").fields["csrfmiddlewaretoken"]}
        htmx = shopper.client.post(url, headers={"HX-Request": "true", **token})
        assert (htmx.status_code, htmx["HX-Redirect"]) == (401, f"/login/?redirect={url}")
        asked = shopper.client.post(url, headers={"Accept": "application/json", **token})
        assert (asked.status_code, asked.json()["url"]) == (401, f"/login/?redirect={url}")

    def test_n16_a_cart_with_an_address_in_it_is_not_handed_to_a_stranger(self, ordered: tuple[Shopper, Order]) -> None:
        """Whoever has the address of a guest's order may cancel it; its cart goes back to the browser that filled it."""
        shopper, order = ordered
        stranger = Shopper()
        form = stranger.open(f"/pay/{order.token}/", "cancel-order")
        answer = stranger.send(form, {"action": "cancel"})
        assert leads_to(answer, "/cart/")
        assert "cart" not in answer.cookies
        assert "Your things are back" not in text_of(stranger.get("/cart/"))
        assert "Trail Boot" in text_of(shopper.get("/cart/"))
