"""What a provider says is written down once; late money is used or sent back; what is open elsewhere is closed."""

import pytest
from djmoney.money import Money

from checkout.models import Order, OutboxMessage, Payment
from checkout.payments.base import GatewayState, GatewayStatus, GatewayUnavailable, Started
from checkout.services import settling
from checkout.services.giveup import CancelOutcome, cancel, expire
from checkout.services.pay import start
from checkout.services.refund import refund
from checkout.services.settling import Outcome, apply_status, close_payment, return_surplus, settle
from checkout.services.status import move_order
from shop.stock.models import Hold, Stock
from tests.checkout.factories import ORIGIN, kinds, make_order, read, start_payment

pytestmark = pytest.mark.django_db

FINAL = (GatewayState.CAPTURED, GatewayState.REFUNDED)


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


def available(sku="BOOT-42"):
    return Stock.objects.get(variant__sku=sku).available


def hold_state():
    return Hold.objects.get().state


def settle_with(provider, payment, state, **fields):
    provider.set(payment.reference, state, **fields)
    return settle(payment.pk)


class TestSettle:
    def test_captured_pays_the_order_once(self, provider):
        order = make_order()
        payment = start_payment(order)
        first = settle_with(provider, payment, GatewayState.CAPTURED)
        second = settle(payment.pk)
        assert (first.outcome, second.outcome) == (Outcome.PAID, Outcome.UNCHANGED)
        assert (read(order).status, hold_state(), available()) == ("paid", "taken", 8)
        assert read(order).paid_at is not None
        assert OutboxMessage.objects.get().kind == "confirmation"
        assert kinds(order) == ["paid"]

    def test_an_authorised_payment_is_captured(self, provider):
        order = make_order()
        payment = start_payment(order)
        assert settle_with(provider, payment, GatewayState.AUTHORISED).outcome is Outcome.PAID
        assert provider.moved == [("captured", f"{payment.key}:capture")]

    def test_an_authorised_payment_that_could_not_be_captured_is_captured_later(self, provider):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.AUTHORISED)
        apply_status(payment, provider.payments[payment.reference])
        provider.down = {"capture"}
        with pytest.raises(GatewayUnavailable):
            settle(payment.pk)
        provider.down = set()
        assert settle(payment.pk).outcome is Outcome.PAID

    def test_an_answer_that_brings_nothing_new_writes_nothing(self, provider, django_assert_num_queries):
        payment = start_payment(make_order())
        with django_assert_num_queries(1):
            assert settle(payment.pk).state == "pending"

    def test_an_authorised_payment_of_an_expired_order_is_let_go(self, provider):
        order = make_order()
        payment = start_payment(order)
        move_order(order.pk, "expire")
        settle_with(provider, payment, GatewayState.AUTHORISED)
        assert (provider.moved[0][0], Payment.objects.get().state, read(order).status) == (
            "voided",
            "voided",
            "expired",
        )

    @pytest.mark.parametrize("state", ["declined", "cancelled", "voided"])
    def test_a_closed_payment_leaves_the_order_waiting(self, provider, state):
        order = make_order()
        payment = start_payment(order)
        settle_with(provider, payment, GatewayState(state), message="Card declined.")
        payment = Payment.objects.get()
        assert (payment.state, payment.message, read(order).status) == (state, "Card declined.", "awaiting_payment")
        assert (kinds(order), hold_state()) == ([f"payment_{state}"], "held")
        again = start_payment(order)
        assert again.key.endswith(":2")

    def test_without_a_reference_nobody_is_asked(self, provider):
        order = make_order()
        provider.down = {"start"}
        with pytest.raises(GatewayUnavailable):
            start_payment(order)
        assert settle(Payment.objects.get().pk).state == "created"
        assert [call for call, _ in provider.calls] == ["start"]

    def test_an_unreachable_provider_changes_nothing(self, provider):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.CAPTURED)
        provider.down = {"status"}
        with pytest.raises(GatewayUnavailable):
            settle(payment.pk)
        assert (read(order).status, Payment.objects.get().state) == ("awaiting_payment", "pending")

    @pytest.mark.parametrize("older", [state for state in GatewayState if state not in FINAL])
    def test_s61_an_older_answer_after_a_newer_one_moves_nothing_back(self, provider, older):
        order = make_order()
        payment = start_payment(order)
        apply_status(payment, GatewayStatus(state=GatewayState.CAPTURED, amount=order.total, sequence=5))
        late = GatewayStatus(state=older, amount=order.total, sequence=4)
        assert apply_status(payment, late) is Outcome.UNCHANGED
        assert apply_status(payment, GatewayStatus(state=older, amount=order.total, sequence=9)) is Outcome.UNCHANGED
        assert (Payment.objects.get().state, read(order).status) == ("captured", "paid")

    def test_s61_an_older_capture_does_not_undo_a_newer_decline(self, provider):
        order = make_order()
        payment = start_payment(order)
        apply_status(payment, GatewayStatus(state=GatewayState.DECLINED, amount=order.total, sequence=5))
        captured = GatewayStatus(state=GatewayState.CAPTURED, amount=order.total, sequence=3)
        assert apply_status(payment, captured) is Outcome.UNCHANGED
        assert read(order).status == "awaiting_payment"

    @pytest.mark.parametrize("amount", [Money("1.00", "EUR"), Money("262.90", "USD")])
    def test_s62_another_amount_or_currency_is_flagged_and_never_paid(self, provider, amount):
        order = make_order()
        payment = start_payment(order)
        assert settle_with(provider, payment, GatewayState.CAPTURED, amount=amount).outcome is Outcome.MISMATCH
        assert settle(payment.pk).outcome is Outcome.UNCHANGED
        assert (read(order).status, Payment.objects.get().state) == ("awaiting_payment", "mismatch")
        assert (kinds(order), OutboxMessage.objects.count()) == (["amount_differs"], 0)

    def test_s62_nobody_is_asked_to_pay_again_while_it_is_flagged(self, provider):
        order = make_order()
        payment = start_payment(order)
        settle_with(provider, payment, GatewayState.CAPTURED, amount=Money("1.00", "EUR"))
        assert start(order.pk, gateway="fake", origin=ORIGIN) == f"/pay/{order.token}/"
        assert cancel(order.pk, by="the shopper") is CancelOutcome.PENDING
        refund(order.pk)
        assert (Payment.objects.get().state, OutboxMessage.objects.get().kind) == ("refunded", "returned")
        assert start(order.pk, gateway="fake", origin=ORIGIN).startswith("https://pay.example/")

    def test_s62_an_authorised_other_amount_is_let_go_and_told(self, provider):
        order = make_order()
        payment = start_payment(order)
        settle_with(provider, payment, GatewayState.AUTHORISED, amount=Money("1.00", "EUR"))
        assert (Payment.objects.get().state, kinds(order)) == ("voided", ["amount_differs"])

    def test_refunded_at_the_provider_is_refunded_here(self, provider):
        order = make_order()
        payment = start_payment(order)
        settle_with(provider, payment, GatewayState.CAPTURED)
        settle_with(provider, payment, GatewayState.REFUNDED)
        again = apply_status(payment, provider.payments[payment.reference])
        assert (settle(payment.pk).state, again) == ("refunded", Outcome.UNCHANGED)
        assert (read(order).status, Payment.objects.get().state) == ("refunded", "refunded")
        assert kinds(order) == ["paid", "refunded"]
        assert set(OutboxMessage.objects.values_list("kind", flat=True)) == {"confirmation", "refunded"}


class TestLateMoney:
    @pytest.mark.parametrize("give_up", [lambda pk: cancel(pk, by="x"), expire])
    def test_s67_late_money_pays_the_order_when_the_stock_can_be_taken_again(self, provider, give_up):
        order = make_order()
        payment = start_payment(order)
        give_up(order.pk)
        assert (available(), hold_state()) == (10, "released")
        assert settle_with(provider, payment, GatewayState.CAPTURED).outcome is Outcome.PAID
        assert (read(order).status, available(), hold_state()) == ("paid", 8, "taken")
        assert kinds(order)[-1] == "paid_late"

    def test_s67_late_money_goes_back_when_the_stock_is_gone(self, provider):
        order = make_order(available=2)
        payment = start_payment(order)
        expire(order.pk)
        Stock.objects.update(available=1)
        settle_with(provider, payment, GatewayState.CAPTURED)
        assert (read(order).status, available(), Payment.objects.get().state) == ("expired", 1, "refunded")
        assert kinds(order)[-2:] == ["payment_surplus", "payment_returned"]
        assert OutboxMessage.objects.get().kind == "returned"
        assert provider.moved[-1] == ("refunded", f"{payment.key}:refund")

    def test_money_that_could_not_go_back_yet_goes_back_later_once(self, provider):
        order = make_order(available=2)
        payment = start_payment(order)
        expire(order.pk)
        Stock.objects.update(available=0)
        provider.down = {"refund"}
        settle_with(provider, payment, GatewayState.CAPTURED)
        assert Payment.objects.get().state == "surplus"
        provider.down = set()
        settle(payment.pk)
        assert return_surplus(payment.pk) is False
        assert (Payment.objects.get().state, [state for state, _ in provider.moved]) == (
            "refunded",
            ["voided", "refunded"],
        )

    def test_s54_two_tabs_both_paid_one_is_kept_the_other_returned_and_told(self, provider):
        order = make_order()
        first = start_payment(order)
        settle_with(provider, first, GatewayState.DECLINED)
        second = start_payment(order)
        settle_with(provider, second, GatewayState.CAPTURED)
        settle_with(provider, first, GatewayState.CAPTURED)
        assert [payment.state for payment in Payment.objects.all()] == ["refunded", "captured"]
        assert (read(order).status, available()) == ("paid", 8)
        assert kinds(order)[-2:] == ["payment_surplus", "payment_returned"]
        assert set(OutboxMessage.objects.values_list("kind", flat=True)) == {"confirmation", "returned"}

    def test_s54_the_other_open_payment_is_voided_as_soon_as_one_is_paid(self, provider):
        order = make_order()
        first = start_payment(order)
        settle_with(provider, first, GatewayState.DECLINED)
        second = start_payment(order)
        settle_with(provider, first, GatewayState.CAPTURED)
        assert [payment.state for payment in Payment.objects.all()] == ["captured", "voided"]
        assert provider.payments[second.reference].state is GatewayState.VOIDED

    def test_a_payment_that_cannot_be_voided_now_does_not_hinder_the_paid_order(self, provider):
        order = make_order()
        first = start_payment(order)
        settle_with(provider, first, GatewayState.DECLINED)
        start_payment(order)
        provider.down = {"void"}
        assert settle_with(provider, first, GatewayState.CAPTURED).outcome is Outcome.PAID
        assert read(order).status == "paid"

    def test_an_order_that_changes_under_its_lock_undoes_the_taking(self, provider, monkeypatch):
        order = make_order()
        payment = start_payment(order)
        expire(order.pk)
        monkeypatch.setattr("checkout.services.settling.move_order", lambda *_, **__: False)
        provider.set(payment.reference, GatewayState.CAPTURED)
        with pytest.raises(RuntimeError):
            settle(payment.pk)
        assert (available(), Payment.objects.get().state) == (10, "voided")


class TestRefresh:
    def test_a_waiting_page_has_the_provider_asked_once_in_a_while(self, provider):
        order = make_order()
        start_payment(order)
        for _ in range(3):
            settling.refresh(order.pk)
        assert [call for call, _ in provider.calls].count("status") == 1

    def test_it_asks_again_later(self, provider):
        order = make_order()
        payment = start_payment(order)
        settling.refresh(order.pk)
        provider.set(payment.reference, GatewayState.CAPTURED)
        Payment.objects.update(asked_at=Payment.objects.get().asked_at - settling.ASK_AGAIN * 2)
        settling.refresh(order.pk)
        assert read(order).status == "paid"

    def test_an_unreachable_provider_is_no_error(self, provider):
        order = make_order()
        start_payment(order)
        provider.down = {"status"}
        settling.refresh(order.pk)
        assert read(order).status == Order.Status.AWAITING_PAYMENT

    def test_two_looks_at_once_ask_once(self, provider, monkeypatch):
        """The second one loses the conditional update and asks nobody."""
        order = make_order()
        start_payment(order)
        monkeypatch.setattr(settling, "settle", lambda payment_id: settling.refresh(order.pk))
        settling.refresh(order.pk)
        assert Payment.objects.get().asked_at is not None


class TestAnswerToAStart:
    def test_a_refusal_of_a_payment_that_was_closed_meanwhile_is_not_told(self):
        order = make_order()
        settling.record_refused_start(start_payment(order), "no")
        assert (Payment.objects.get().state, kinds(order)) == ("pending", [])

    def test_a_parallel_start_leads_to_the_page_that_is_written_down(self):
        payment = start_payment(make_order())
        again = Started(reference=payment.reference, redirect_url="https://pay.example/again")
        assert settling.record_start(payment, again) == payment.redirect_url


class TestClosePayment:
    def test_a_payment_nobody_was_shown_is_closed_once(self, provider):
        order = make_order()
        provider.down = {"start", "void"}
        with pytest.raises(GatewayUnavailable):
            start_payment(order)
        stale = Payment.objects.get()
        close_payment(stale)
        close_payment(stale)
        assert Payment.objects.get().state == "voided"

    def test_a_payment_started_in_between_is_voided_after_all(self, provider):
        order = make_order()
        stale = start_payment(order)
        stale.reference = ""
        close_payment(stale)
        assert Payment.objects.get().state == "voided"
