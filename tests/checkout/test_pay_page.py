"""The page between order and receipt: it tells the truth, and lets the shopper go on, change or give up."""

import re

import pytest

from checkout.models import Payment
from checkout.payments.base import GatewayState
from checkout.services.settling import settle
from checkout.services.status import move_order
from shop.accounts.models import User
from shop.cart.models import Cart
from shop.stock.models import Stock
from tests.checkout.factories import make_order, read, start_payment
from tests.factories import make_variant
from tests.shopper import Shopper, form_with

pytestmark = pytest.mark.django_db

PROCESSING = GatewayState.PROCESSING


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


@pytest.fixture
def shopper():
    return Shopper()


@pytest.fixture
def order():
    return make_order(with_cart=True)


def page(shopper, order):
    response = shopper.get(f"/pay/{order.token}/")
    assert response.status_code == 200
    return response.content.decode()


def standing(text):
    return re.search(r'data-standing="(\w+)"', text)[1]


def hooks(text):
    return set(re.findall(r'data-testid="([\w-]+)"', text))


def press(shopper, order, hook, **changes):
    form = form_with(shopper.get(f"/pay/{order.token}/"), hook)
    return shopper.send(form, changes)


def set_state(provider, payment, state, **fields):
    provider.set(payment.reference, state, **fields)
    settle(payment.pk)


class TestWhatItTells:
    def test_s55_a_shopper_who_came_back_from_the_provider_finds_the_order_named_and_can_go_on(self, shopper, order):
        start_payment(order)
        text = page(shopper, order)
        assert standing(text) == "waiting"
        assert order.number in text
        assert "262.90" in text
        assert {"resume-payment", "cancel-order", "order-number", "order-status", "order-total", "notice"} <= hooks(
            text
        )

    def test_s59_while_it_is_confirmed_it_says_so_without_a_button_to_pay(self, shopper, order, provider):
        payment = start_payment(order)
        set_state(provider, payment, PROCESSING)
        text = page(shopper, order)
        assert standing(text) == "confirming"
        assert not {"resume-payment", "cancel-order"} & hooks(text)
        assert f'href="/pay/{order.token}/"' in text  # to check again without a script
        assert 'hx-trigger="every 2s"' in text

    def test_s59_it_becomes_paid_by_itself(self, shopper, order, provider):
        payment = start_payment(order)
        set_state(provider, payment, PROCESSING)
        page(shopper, order)
        provider.set(payment.reference, GatewayState.CAPTURED)
        Payment.objects.update(asked_at=None)
        response = shopper.get(f"/pay/{order.token}/")
        assert (response.status_code, response["Location"]) == (303, f"/order/{order.token}/")

    def test_declined_says_why_and_what_was_kept(self, shopper, order, provider):
        payment = start_payment(order)
        set_state(provider, payment, GatewayState.DECLINED, message="Not enough money on the card.")
        text = page(shopper, order)
        assert standing(text) == "declined"
        assert "Not enough money on the card." in text
        assert 'data-kind="error"' in text
        assert {"resume-payment", "other-payment", "cancel-order"} <= hooks(text)

    @pytest.mark.parametrize("state", ["cancelled", "voided"])
    def test_left_at_the_provider(self, shopper, order, provider, state):
        set_state(provider, start_payment(order), GatewayState(state))
        text = page(shopper, order)
        assert standing(text) == "left"
        assert "resume-payment" in hooks(text)

    def test_a_provider_that_could_not_be_reached(self, shopper, order):
        text = page(shopper, order)
        assert standing(text) == "unreached"
        assert "resume-payment" in hooks(text)

    def test_another_amount_is_looked_at_and_not_paid_again(self, shopper, order, provider):
        set_state(provider, start_payment(order), GatewayState.CAPTURED, amount=order.total / 2)
        text = page(shopper, order)
        assert standing(text) == "flagged"
        assert not {"resume-payment", "cancel-order"} & hooks(text)

    @pytest.mark.parametrize(("transition", "kind"), [("expire", "expired"), ("cancel", "cancelled")])
    def test_s67_an_ended_order_says_so(self, shopper, order, transition, kind):
        start_payment(order)
        move_order(order.pk, transition)
        text = page(shopper, order)
        assert standing(text) == kind
        assert not {"resume-payment", "cancel-order"} & hooks(text)

    @pytest.mark.parametrize("transitions", [["pay"], ["pay", "ship"], ["pay", "refund"]])
    def test_paid_leads_to_the_receipt(self, shopper, order, transitions):
        for transition in transitions:
            move_order(order.pk, transition)
        for method in (shopper.get, shopper.client.head):
            response = method(f"/pay/{order.token}/")
            assert (response.status_code, response["Location"]) == (303, f"/order/{order.token}/")

    def test_it_speaks_the_language_of_the_order(self, shopper):
        order = make_order(language="zh-hans")
        assert 'lang="zh-hans"' in page(shopper, order)
        move_order(order.pk, "pay")
        assert shopper.get(f"/pay/{order.token}/")["Location"] == f"/zh-hans/order/{order.token}/"

    @pytest.mark.parametrize("token", ["nobody", "%00", "x" * 500, "a b"])
    def test_an_unknown_token_is_404(self, shopper, token):
        assert shopper.get(f"/pay/{token}/").status_code == 404

    def test_it_is_a_stage_page_that_is_never_stored(self, shopper, order):
        response = shopper.get(f"/pay/{order.token}/")
        assert response["Cache-Control"] == "private, no-store"
        assert 'data-nav-stage="pay"' in response.content.decode()


class TestAsking:
    def asked(self, provider):
        return [call for call, _ in provider.calls].count("status")

    def test_many_looks_ask_the_provider_once(self, shopper, order, provider):
        start_payment(order)
        for _ in range(3):
            page(shopper, order)
        assert self.asked(provider) == 1

    def test_a_prefetch_or_head_asks_nobody(self, shopper, order, provider):
        start_payment(order)
        shopper.get(f"/pay/{order.token}/", headers={"Sec-Purpose": "prefetch"})
        shopper.client.head(f"/pay/{order.token}/")
        assert self.asked(provider) == 0

    def test_an_unreachable_provider_is_no_error_page(self, shopper, order, provider):
        start_payment(order)
        provider.down = {"status"}
        assert standing(page(shopper, order)) == "waiting"

    def poll(self, shopper, order, shown):
        return shopper.get(f"/pay/{order.token}/?shown={shown}", headers={"HX-Request": "true"})

    def test_the_poll_hears_nothing_while_nothing_changes(self, shopper, order):
        start_payment(order)
        response = self.poll(shopper, order, "waiting")
        assert (response.status_code, response.content) == (204, b"")

    @pytest.mark.parametrize("state", [PROCESSING, GatewayState.DECLINED, GatewayState.CAPTURED])
    def test_the_poll_loads_the_page_again_when_something_changed(self, shopper, order, provider, state):
        provider.set(start_payment(order).reference, state)
        response = self.poll(shopper, order, "waiting")
        assert (response.status_code, response["HX-Refresh"]) == (200, "true")

    def test_the_poll_of_a_guest_writes_no_session(self, shopper, order):
        start_payment(order)
        assert "sessionid" not in self.poll(shopper, order, "waiting").cookies


class TestResume:
    def test_on_to_the_providers_page(self, shopper, order):
        start_payment(order)
        response = press(shopper, order, "resume-payment")
        assert response.status_code == 303
        assert response["Location"] == Payment.objects.get().redirect_url

    def test_a_declined_payment_is_tried_again_with_a_new_key(self, shopper, order, provider):
        set_state(provider, start_payment(order), GatewayState.DECLINED)
        response = press(shopper, order, "resume-payment")
        assert response["Location"].endswith(f"{order.attempt}:2")
        assert [payment.state for payment in Payment.objects.all()] == ["declined", "pending"]

    def test_own_hold_does_not_block_the_own_retry(self, shopper, provider):
        order = make_order(sku="LAST", available=2)
        set_state(provider, start_payment(order), GatewayState.DECLINED)
        press(shopper, order, "resume-payment")
        set_state(provider, Payment.objects.last(), GatewayState.CAPTURED)
        assert (read(order).status, Stock.objects.get().available) == ("paid", 0)

    def test_another_way_to_pay(self, shopper, order, provider):
        first = start_payment(order)
        response = press(shopper, order, "resume-payment", gateway="demo")
        assert response["Location"].startswith("http://testserver/demo-gateway/pay/")
        assert provider.payments[first.reference].state is GatewayState.VOIDED

    def test_an_unknown_way_to_pay_changes_nothing(self, shopper, order):
        start_payment(order)
        response = press(shopper, order, "resume-payment", gateway="nobody")
        assert response["Location"] == f"/pay/{order.token}/"
        assert Payment.objects.get().state == "pending"

    def test_paid_meanwhile_leads_to_our_page_and_on_to_the_receipt(self, shopper, order, provider):
        payment = start_payment(order)
        form = form_with(shopper.get(f"/pay/{order.token}/"), "resume-payment")
        provider.set(payment.reference, GatewayState.CAPTURED)
        assert shopper.send(form)["Location"] == f"/pay/{order.token}/"
        assert (read(order).status, Payment.objects.count()) == ("paid", 1)

    def test_an_unreachable_provider_is_told_and_can_be_tried_again(self, shopper, order, provider):
        provider.down = {"start"}
        assert press(shopper, order, "resume-payment")["Location"] == f"/pay/{order.token}/"
        assert "does not answer" in page(shopper, order)
        provider.down = set()
        assert press(shopper, order, "resume-payment")["Location"].startswith("https://pay.example/")
        assert Payment.objects.count() == 1

    def test_a_refusing_provider_is_told(self, shopper, order, provider):
        start_payment(order)
        provider.refuses = {"void"}
        press(shopper, order, "resume-payment", gateway="demo")
        assert "refused" in page(shopper, order)

    def test_by_htmx_it_leaves_the_site_as_a_link_would(self, shopper, order):
        start_payment(order)
        form = form_with(shopper.get(f"/pay/{order.token}/"), "resume-payment")
        response = shopper.send(form, headers={"HX-Request": "true"})
        assert response["HX-Redirect"] == Payment.objects.get().redirect_url

    def test_another_site_cannot_press_it(self, shopper, order):
        start_payment(order)
        form = form_with(shopper.get(f"/pay/{order.token}/"), "resume-payment")
        assert shopper.send(form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403

    def test_without_its_token_the_button_does_nothing(self, shopper, order):
        start_payment(order)
        form = form_with(shopper.get(f"/pay/{order.token}/"), "cancel-order")
        del form.fields["csrfmiddlewaretoken"]
        shopper.send(form, {"action": "cancel"})
        assert read(order).status == "awaiting_payment"


class TestCancel:
    def test_a_guest_has_the_things_back_in_the_cart(self, shopper, order):
        start_payment(order)
        shopper.client.cookies["cart"] = order.cart.token  # the browser that ordered
        response = press(shopper, order, "cancel-order", action="cancel")
        assert (response.status_code, response["Location"]) == (303, "/cart/")
        assert (read(order).status, Stock.objects.get().available) == ("cancelled", 10)
        assert response.cookies["cart"].value == Cart.objects.get().token
        cart = shopper.get("/cart/").content.decode()
        assert "Trail Boot" in cart
        assert f"Order {order.number} is cancelled" in cart

    def test_a_guest_with_another_cart_keeps_that_one(self, shopper, order):
        make_variant("PACK", title="Day Pack")
        shopper.add("PACK")
        response = press(shopper, order, "cancel-order", action="cancel")
        assert "cart" not in response.cookies
        cart = shopper.get("/cart/").content.decode()
        assert "Day Pack" in cart
        assert "back in the cart" not in cart

    def test_an_accounts_cart_is_not_handed_to_whoever_has_the_link(self, shopper, order):
        Cart.objects.update(user=User.objects.create_user("ada@example.org", "x"))
        response = press(shopper, order, "cancel-order", action="cancel")
        assert "cart" not in response.cookies
        assert read(order).status == "cancelled"

    def test_the_account_sees_its_cart_again(self, shopper, order):
        user = User.objects.create_user("ada@example.org", "x")
        Cart.objects.update(user=user)
        shopper.client.force_login(user)
        press(shopper, order, "cancel-order", action="cancel")
        assert "Trail Boot" in shopper.get("/cart/").content.decode()

    def test_pressed_twice_it_is_cancelled_once(self, shopper, order):
        form = form_with(shopper.get(f"/pay/{order.token}/"), "cancel-order")
        for _ in range(2):
            assert shopper.send(form, {"action": "cancel"})["Location"] == "/cart/"
        assert Stock.objects.get().available == 10
        assert list(order.events.values_list("kind", flat=True)) == ["cancelled"]

    def test_paid_meanwhile_it_stays_paid(self, shopper, order, provider):
        payment = start_payment(order)
        form = form_with(shopper.get(f"/pay/{order.token}/"), "cancel-order")
        provider.set(payment.reference, GatewayState.CAPTURED)
        assert shopper.send(form, {"action": "cancel"})["Location"] == f"/pay/{order.token}/"
        assert read(order).status == "paid"

    def test_an_unreachable_provider_leaves_the_order(self, shopper, order, provider):
        start_payment(order)
        provider.down = {"void"}
        response = press(shopper, order, "cancel-order", action="cancel")
        assert response["Location"] == f"/pay/{order.token}/"
        assert "could not be cancelled" in page(shopper, order)
        assert read(order).status == "awaiting_payment"

    def test_the_reopened_cart_can_be_ordered_again(self, shopper, order):
        """A new run through checkout: the cart is the same, the attempt is not."""
        press(shopper, order, "cancel-order", action="cancel")
        cart = Cart.objects.get()
        assert (cart.status, cart.opened) == ("open", 2)
