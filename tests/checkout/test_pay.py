"""Starting payments: one open payment per order, one key per try, the provider called outside any transaction."""

import pytest
from django.db import connection
from djmoney.money import Money

from checkout.models import OutboxMessage, Payment
from checkout.payments.base import GatewayState, GatewayUnavailable
from checkout.services.giveup import cancel
from checkout.services.pay import start
from checkout.services.settling import apply_status, settle
from checkout.services.status import move_order
from shop.stock.models import Hold
from tests.checkout.factories import ORIGIN, kinds, make_order, read, start_payment

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


def hold_state():
    return Hold.objects.get().state


def _depth():
    return len(connection.savepoint_ids)


class TestStart:
    def test_it_opens_a_payment_with_the_attempt_and_the_try_as_key(self, provider):
        order = make_order(attempt="a1")
        url = start(order.pk, gateway="fake", origin="https://shop.example")
        payment = Payment.objects.get()
        assert url == payment.redirect_url == "https://pay.example/ref-a1:1"
        assert (payment.key, payment.state, payment.reference) == ("a1:1", "pending", "ref-a1:1")
        asked = provider.requests[0]
        assert (asked.key, asked.amount, asked.order_number, asked.language, asked.email) == (
            "a1:1",
            order.total,
            order.number,
            "en",
            "ada@example.org",
        )
        assert asked.return_url == "https://shop.example/pay/callback/fake/"
        assert asked.webhook_url == "https://shop.example/pay/webhook/fake/"

    def test_the_configured_address_of_the_shop_wins(self, provider, settings):
        settings.SHOP_URL = "https://waymark.example/"
        start(make_order().pk, gateway="fake", origin="http://10.0.0.1")
        assert provider.requests[0].return_url == "https://waymark.example/pay/callback/fake/"

    def test_a_second_start_finds_the_open_payment(self, provider):
        order = make_order()
        urls = {start(order.pk, gateway="fake", origin=ORIGIN) for _ in range(3)}
        assert len(urls) == 1
        assert Payment.objects.count() == 1
        assert len(provider.requests) == 1

    def test_the_provider_is_called_outside_any_transaction(self, provider, monkeypatch):
        order = make_order()
        depths = []
        monkeypatch.setattr(provider, "ask", lambda what, reference: depths.append(_depth()))
        start(order.pk, gateway="fake", origin=ORIGIN)
        settle(Payment.objects.get().pk)
        assert depths == [_depth(), _depth()]

    def test_an_unreachable_provider_keeps_the_payment_and_its_key(self, provider):
        order = make_order()
        provider.down = {"start"}
        with pytest.raises(GatewayUnavailable):
            start(order.pk, gateway="fake", origin=ORIGIN)
        assert Payment.objects.get().state == "created"
        provider.down = set()
        start(order.pk, gateway="fake", origin=ORIGIN)
        payment = Payment.objects.get()
        assert (payment.state, len({key for _, key in provider.calls})) == ("pending", 1)

    def test_a_refusal_closes_the_payment_and_leads_to_our_own_page(self, provider):
        order = make_order()
        provider.refuses = {"start"}
        assert start(order.pk, gateway="fake", origin=ORIGIN) == f"/pay/{order.token}/"
        assert Payment.objects.get().state == "declined"
        assert kinds(order) == ["payment_declined"]
        provider.refuses = set()
        start(order.pk, gateway="fake", origin=ORIGIN)
        assert [payment.state for payment in Payment.objects.all()] == ["declined", "pending"]

    def test_an_unknown_gateway_writes_nothing(self):
        order = make_order()
        with pytest.raises(GatewayUnavailable):
            start(order.pk, gateway="nobody", origin=ORIGIN)
        assert not Payment.objects.exists()

    @pytest.mark.parametrize("transition", ["pay", "cancel", "expire"])
    def test_an_order_that_is_not_to_be_paid_leads_to_our_own_page(self, provider, transition):
        order = make_order()
        move_order(order.pk, transition)
        assert start(order.pk, gateway="fake", origin=ORIGIN) == f"/pay/{order.token}/"
        assert provider.calls == []

    @pytest.mark.parametrize("state", [GatewayState.PROCESSING, GatewayState.AUTHORISED])
    def test_what_is_being_confirmed_is_not_paid_again(self, provider, state):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, state)
        apply_status(payment, provider.payments[payment.reference])
        assert start(order.pk, gateway="fake", origin=ORIGIN) == f"/pay/{order.token}/"
        assert Payment.objects.count() == 1

    def test_another_gateway_voids_the_open_payment_first(self, provider):
        order = make_order()
        first = start_payment(order)
        url = start(order.pk, gateway="demo", origin=ORIGIN)
        assert url.startswith(f"{ORIGIN}/demo-gateway/pay/")
        assert [(payment.gateway, payment.state) for payment in Payment.objects.all()] == [
            ("fake", "voided"),
            ("demo", "pending"),
        ]
        assert provider.payments[first.reference].state is GatewayState.VOIDED
        assert read(order).payment_method == "demo"

    def test_another_gateway_finds_the_order_paid_by_the_first(self, provider):
        order = make_order()
        first = start_payment(order)
        provider.set(first.reference, GatewayState.CAPTURED)
        assert start(order.pk, gateway="demo", origin=ORIGIN) == f"/pay/{order.token}/"
        assert (read(order).status, Payment.objects.count()) == ("paid", 1)

    def test_closed_while_the_provider_was_opening_it_is_voided(self, provider, monkeypatch):
        order = make_order()
        ask = provider.ask

        def cancelled_meanwhile(what, reference):
            ask(what, reference)
            if what == "start":
                cancel(order.pk, by="another tab")

        monkeypatch.setattr(provider, "ask", cancelled_meanwhile)
        assert start(order.pk, gateway="fake", origin=ORIGIN) == f"/pay/{order.token}/"
        assert read(order).status == "cancelled"
        assert [payment.state for payment in provider.payments.values()] == [GatewayState.VOIDED]

    def test_an_order_over_nothing_is_paid_at_once(self, provider):
        order = make_order(price="0.00", shipping_price=Money(0, "EUR"), total=Money(0, "EUR"))
        for _ in range(2):
            assert start(order.pk, gateway="fake", origin=ORIGIN) == f"/pay/{order.token}/"
        assert (read(order).status, hold_state(), provider.calls) == ("paid", "taken", [])
        assert OutboxMessage.objects.count() == 1

    def test_an_order_over_nothing_that_was_ended_meanwhile_is_not_paid(self):
        order = make_order(price="0.00", shipping_price=Money(0, "EUR"), total=Money(0, "EUR"))
        move_order(order.pk, "cancel")
        assert start(order.pk, gateway="fake", origin=ORIGIN) == f"/pay/{order.token}/"
        assert (read(order).status, OutboxMessage.objects.count()) == ("cancelled", 0)
