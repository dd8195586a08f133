"""What other sites send: notifications are acted on or sent again, returns end on our own page. Both without a session."""

import json
import re

import pytest
from django.test import Client
from django.utils import timezone

from checkout.models import Order, OutboxMessage, Payment, PaymentEvent
from checkout.payments.base import GatewayState
from checkout.payments.demo import services as provider_books
from checkout.payments.demo import signing
from checkout.payments.demo.models import Session
from checkout.services import pay
from tests.checkout.factories import kinds, make_order, read, start_payment
from tests.shopper import Shopper

pytestmark = pytest.mark.django_db

CROSS = {"Sec-Fetch-Site": "cross-site", "Origin": "https://quaypay.example"}


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


def client():
    """A server or browser of another site: no cookies, no token."""
    return Client(enforce_csrf_checks=True, headers=CROSS)


def notify(reference, *, event="e1", kind="payment.captured", sequence=1, signature="ok"):
    body = f"{event} {reference} {kind} {sequence}"
    headers = {"Fake-Signature": signature}
    return client().post("/pay/webhook/fake/", body, content_type="text/plain", headers=headers)


class TestWebhook:
    def test_it_pays_the_order_and_is_kept_once(self, provider):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.CAPTURED)
        answers = [notify(payment.reference).status_code for _ in range(3)]
        assert answers == [204, 204, 204]
        event = PaymentEvent.objects.get()
        assert (event.payment, event.kind, event.reference) == (payment, "payment.captured", payment.reference)
        assert event.settled_at is not None
        assert (read(order).status, kinds(order)) == ("paid", ["paid"])
        assert [call for call, _ in provider.calls].count("status") == 1

    def test_what_it_says_is_not_believed(self, provider):
        order = make_order()
        payment = start_payment(order)
        assert notify(payment.reference, sequence=0).status_code == 204
        assert (read(order).status, Payment.objects.get().state) == ("awaiting_payment", "pending")

    def test_s61_an_older_one_after_a_newer_one_moves_nothing_back(self, provider):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.PROCESSING)
        provider.set(payment.reference, GatewayState.CAPTURED)
        assert notify(payment.reference, event="e2", sequence=2).status_code == 204
        assert notify(payment.reference, event="e1", kind="payment.processing", sequence=1).status_code == 204
        assert (read(order).status, Payment.objects.get().state) == ("paid", "captured")
        assert PaymentEvent.objects.count() == 2

    def test_s58_before_we_know_the_reference_it_is_sent_again(self, provider):
        """The provider is faster than our own write: kept, not acknowledged; the second time it is settled."""
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.CAPTURED)
        Payment.objects.update(reference="", state="created")
        assert notify(payment.reference).status_code == 503
        assert PaymentEvent.objects.get().settled_at is None
        Payment.objects.update(reference=payment.reference, state="pending")
        assert notify(payment.reference).status_code == 204
        assert (read(order).status, PaymentEvent.objects.count()) == ("paid", 1)

    def test_s58_before_the_order_row_it_is_sent_again(self, provider):
        assert notify("ref-nobody").status_code == 503
        assert PaymentEvent.objects.get().payment is None

    def test_an_answer_older_than_the_notification_is_not_enough(self, provider):
        order = make_order()
        payment = start_payment(order)
        assert notify(payment.reference, sequence=3).status_code == 503
        provider.set(payment.reference, GatewayState.CAPTURED, sequence=3)
        assert notify(payment.reference, sequence=3).status_code == 204
        assert read(order).status == "paid"

    def test_while_the_provider_cannot_be_asked_it_is_sent_again(self, provider):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.CAPTURED)
        provider.down = {"status"}
        assert notify(payment.reference).status_code == 503
        provider.down = set()
        assert notify(payment.reference).status_code == 204
        assert read(order).status == "paid"

    @pytest.mark.parametrize("signature", ["", "wrong"])
    def test_s62_a_bad_signature_is_400_and_changes_nothing(self, provider, signature):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.CAPTURED)
        assert notify(payment.reference, signature=signature).status_code == 400
        assert (read(order).status, PaymentEvent.objects.count()) == ("awaiting_payment", 0)

    def test_s62_a_stale_one_is_400(self):
        body = json.dumps({"id": "e", "reference": "r", "kind": "k", "sequence": 1})
        header = signing.header_of(int(timezone.now().timestamp()) - 600, body.encode())
        answer = client().post(
            "/pay/webhook/demo/", body, content_type="application/json", headers={"Demo-Signature": header}
        )
        assert answer.status_code == 400

    @pytest.mark.parametrize("body", [b"", b"{}", b"\xff\x00", b"x" * (64 * 1024 + 1)])
    def test_garbage_is_400(self, body):
        answer = client().post("/pay/webhook/demo/", body, content_type="application/octet-stream")
        assert answer.status_code == 400

    def test_only_post_and_only_known_gateways(self):
        assert client().get("/pay/webhook/demo/").status_code == 405
        assert client().post("/pay/webhook/nobody/").status_code == 404

    def test_it_sets_no_cookie(self, provider):
        payment = start_payment(make_order())
        assert not notify(payment.reference, sequence=0).cookies

    def test_the_log_names_no_secret(self, provider, caplog):
        order = make_order()
        payment = start_payment(order)
        with caplog.at_level("DEBUG"):
            notify(payment.reference, signature="wrong-but-secret")
            notify("ref-nobody")
        assert "wrong-but-secret" not in caplog.text
        assert order.token not in caplog.text


class TestCallback:
    def returning(self, payment, method="get", signature="ok", browser=None):
        fields = {"reference": payment.reference, "signature": signature}
        return getattr(browser or client(), method)("/pay/callback/fake/", fields)

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_s64_a_cross_site_return_is_bounced_to_our_own_get_without_a_cookie(self, provider, method):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.CAPTURED)
        response = self.returning(payment, method)
        assert (response.status_code, response["Location"]) == (303, f"/order/{order.token}/")
        assert not response.cookies
        assert read(order).status == "paid"

    def test_s64_session_and_cart_survive_a_return_that_brings_no_cookie(self, provider):
        shopper = Shopper()
        order = make_order()
        shopper.add()
        before = {name: morsel.value for name, morsel in shopper.client.cookies.items()}
        assert before
        payment = start_payment(order)
        response = self.returning(payment, "post")
        assert not response.cookies
        shopper.get(response["Location"])
        after = {name: morsel.value for name, morsel in shopper.client.cookies.items()}
        assert {name: after.get(name) for name in ("sessionid", "cart") if name in before} == {
            name: value for name, value in before.items() if name in ("sessionid", "cart")
        }
        assert "Trail Boot" in shopper.get("/cart/").content.decode()

    @pytest.mark.parametrize("state", ["waiting", "processing", "declined", "cancelled"])
    def test_s59_unpaid_leads_to_the_page_that_waits(self, provider, state):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState(state))
        response = self.returning(payment)
        assert (response.status_code, response["Location"]) == (303, f"/pay/{order.token}/")
        assert read(order).status == "awaiting_payment"

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_s65_opened_by_hand_it_changes_only_what_the_provider_says(self, provider, method):
        order = make_order()
        payment = start_payment(order)
        for _ in range(2):
            assert self.returning(payment, method)["Location"] == f"/pay/{order.token}/"
        assert (read(order).status, Payment.objects.get().state, kinds(order)) == ("awaiting_payment", "pending", [])
        assert [call for call, _ in provider.calls].count("status") == 2

    @pytest.mark.parametrize("signature", ["", "forged"])
    def test_s65_unsigned_it_does_not_tell_whose_order_it_is(self, provider, signature):
        payment = start_payment(make_order())
        assert self.returning(payment, signature=signature).status_code == 404
        assert [call for call, _ in provider.calls].count("status") == 0

    def test_a_signed_unknown_reference_is_404(self, provider):
        assert self.returning(Payment(reference="ref-nobody")).status_code == 404
        assert self.returning(Payment(reference="nul\x00")).status_code == 404
        assert client().get("/pay/callback/nobody/").status_code == 404

    def test_an_unreachable_provider_leads_to_the_page_that_asks_again(self, provider):
        order = make_order()
        payment = start_payment(order)
        provider.down = {"status"}
        assert self.returning(payment)["Location"] == f"/pay/{order.token}/"

    def test_a_head_asks_nobody(self, provider):
        payment = start_payment(make_order())
        assert self.returning(payment, "head").status_code == 303
        assert [call for call, _ in provider.calls].count("status") == 0

    def test_it_leads_back_into_the_language_of_the_order(self, provider):
        order = make_order(language="zh-hans")
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.CAPTURED)
        assert self.returning(payment)["Location"] == f"/zh-hans/order/{order.token}/"

    def test_the_answer_is_never_stored(self, provider):
        payment = start_payment(make_order())
        assert self.returning(payment)["Cache-Control"] == "no-store"


class TestTheWholeWay:
    """Shop and demo provider together, as a browser sees them."""

    def hosted(self, order):
        url = pay.start(order.pk, gateway="demo", origin="http://testserver")
        return url.removeprefix("http://testserver")

    def press(self, shopper, url, action):
        page = shopper.get(url).content.decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        return shopper.client.post(url, {"csrfmiddlewaretoken": token, "action": action})

    @pytest.mark.parametrize("capture", ["automatic", "manual"])
    def test_paid_by_get(self, settings, capture):
        settings.DEMO_GATEWAY_CAPTURE = capture
        order = make_order(gateway="demo")
        shopper = Shopper()
        back = self.press(shopper, self.hosted(order), "pay")["Location"]
        response = shopper.get(back)
        assert response["Location"] == f"/order/{order.token}/"
        assert (read(order).status, Session.objects.get().state) == ("paid", "captured")
        assert OutboxMessage.objects.count() == 1

    def test_paid_by_post(self, settings):
        settings.DEMO_GATEWAY_RETURN = "POST"
        order = make_order(gateway="demo")
        self.press(Shopper(), self.hosted(order), "pay")
        reference = Session.objects.get().reference
        fields = {"reference": reference, "signature": signing.return_signature(reference)}
        response = client().post("/pay/callback/demo/", fields)
        assert response["Location"] == f"/order/{order.token}/"
        assert not response.cookies

    def test_delayed_money_pays_the_order_when_it_comes(self, settings):
        settings.DEMO_GATEWAY_DELAY = 3600
        order = make_order(gateway="demo")
        shopper = Shopper()
        back = self.press(shopper, self.hosted(order), "delay")["Location"]
        assert shopper.get(back)["Location"] == f"/pay/{order.token}/"
        assert Payment.objects.get().state == "processing"
        provider_books.move(Session.objects.get().reference, Session.State.CAPTURED)
        assert shopper.get(back)["Location"] == f"/order/{order.token}/"

    def test_s67_an_expired_order_tells_the_truth_on_return(self):
        order = make_order(gateway="demo")
        url = self.hosted(order)
        Order.objects.filter(pk=order.pk).update(status="expired")
        shopper = Shopper()
        shopper.get(self.press(shopper, url, "decline")["Location"])
        page = shopper.get(f"/pay/{order.token}/").content.decode()
        assert 'data-standing="expired"' in page
