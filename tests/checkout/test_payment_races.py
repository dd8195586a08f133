"""Payments under real threads on PostgreSQL. Each promise has a control that shows the race without its guard."""

import threading
from datetime import timedelta

import pytest
from django.core import mail as sent
from django.db import transaction
from django.test import Client

from checkout.models import Order, OrderEvent, OutboxMessage, Payment, PaymentEvent
from checkout.payments.base import GatewayState
from checkout.services import giveup, mail, outbox, settling
from checkout.services.giveup import cancel, expire
from checkout.services.holds import release_order
from checkout.services.pay import start
from checkout.services.refund import refund
from checkout.services.settling import settle
from shop.stock.models import Hold, Stock
from shop.stock.services import OutOfStock, commit_hold, hold
from tests.checkout.factories import ORIGIN, close_connection, kinds, make_order, read, start_payment, work

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


def at_once(*acts):
    """Run all of these at the same moment, each in a thread with a connection of its own. Their answers, in order."""
    gate = threading.Barrier(len(acts))
    answers = [None] * len(acts)

    def run(number, act):
        try:
            gate.wait()
            answers[number] = act()
        except Exception as failure:  # told to the test
            answers[number] = failure
        finally:
            close_connection()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def paid_at_provider(provider, **fields):
    order = make_order(**fields)
    payment = start_payment(order)
    provider.set(payment.reference, GatewayState.CAPTURED)
    return order, payment


def client():
    return Client(headers={"Sec-Fetch-Site": "cross-site"})


def notify(payment, event="e1"):
    body = f"{event} {payment.reference} payment.captured 1"
    return client().post("/pay/webhook/fake/", body, content_type="text/plain", headers={"Fake-Signature": "ok"})


def come_back(payment):
    return client().get("/pay/callback/fake/", {"reference": payment.reference, "signature": "ok"})


def test_s60_fifty_returns_and_notifications_at_once_are_one_order_one_mail_one_taking(provider):
    order, payment = paid_at_provider(provider, quantity=1)
    acts = [lambda n=n: notify(payment, f"e{n}").status_code for n in range(25)]
    acts += [lambda: come_back(payment)["Location"] for _ in range(25)]
    answers = at_once(*acts)
    assert set(answers[:25]) == {204}
    assert set(answers[25:]) == {f"/order/{order.token}/"}
    work()
    assert (read(order).status, Stock.objects.get().available, Hold.objects.get().state) == ("paid", 9, "taken")
    assert (kinds(order), OutboxMessage.objects.count(), len(sent.outbox)) == (["paid"], 1, 1)


def test_s60_control_read_then_write_pays_many_times(provider):
    """The same without conditional updates and without the lock: every thread finds the order unpaid."""
    order, _ = paid_at_provider(provider)
    seen = threading.Barrier(10)

    def naive():
        with transaction.atomic():
            found = Order.objects.get(pk=order.pk)
            seen.wait()
            if found.status != "awaiting_payment":
                return False
            Order.objects.filter(pk=order.pk).update(status="paid")
            OrderEvent.objects.create(order=found, kind="paid")
            return True

    assert sum(at_once(*[naive] * 10)) == 10
    assert len(kinds(order)) == 10


def test_s60_the_row_count_alone_is_enough(provider, monkeypatch):
    """With the lock taken away the conditional updates still let one through."""
    order, payment = paid_at_provider(provider)
    monkeypatch.setattr(settling, "lock_order", lambda pk: Order.objects.get(pk=pk))
    at_once(*[lambda: settle(payment.pk)] * 20)
    assert (read(order).status, kinds(order), OutboxMessage.objects.count()) == ("paid", ["paid"], 1)


def test_s61_the_same_event_five_times_at_once_has_one_effect(provider):
    order, payment = paid_at_provider(provider)
    assert [answer.status_code for answer in at_once(*[lambda: notify(payment)] * 5)] == [204] * 5
    assert (PaymentEvent.objects.count(), kinds(order)) == (1, ["paid"])


def test_s54_two_payments_captured_at_once_one_is_kept(provider):
    order = make_order()
    first = start_payment(order)
    provider.set(first.reference, GatewayState.DECLINED)
    settle(first.pk)
    second = start_payment(order)
    for payment in (first, second):
        provider.set(payment.reference, GatewayState.CAPTURED)
    at_once(lambda: settle(first.pk), lambda: settle(second.pk))
    assert sorted(payment.state for payment in Payment.objects.all()) == ["captured", "refunded"]
    assert (read(order).status, Stock.objects.get().available) == ("paid", 8)
    assert [state for state, _ in provider.moved] == ["refunded"]
    assert sorted(kinds(order)) == ["paid", "payment_declined", "payment_returned", "payment_surplus"]


def test_twenty_starts_at_once_are_one_payment(provider):
    order = make_order()
    answers = at_once(*[lambda: start(order.pk, gateway="fake", origin=ORIGIN)] * 20)
    assert set(answers) == {Payment.objects.get().redirect_url}
    assert len(provider.payments) == 1


def test_twenty_starts_control_without_lock_and_constraint_number_their_tries_twice(provider):
    """Why the try is counted under the lock: counted freely, twenty starts ask for the same number."""
    order = make_order()
    seen = threading.Barrier(20)

    def naive():
        number = Payment.objects.filter(order=order).count() + 1
        seen.wait()
        return number

    assert at_once(*[naive] * 20) == [1] * 20


def test_s72_paid_and_expired_at_once_is_one_of_the_two_and_the_stock_agrees(provider):
    """Whoever wins, units are either taken or back; money that lost is either used or sent back."""
    for number in range(10):
        order = make_order(sku=f"SKU-{number}", expires_in=timedelta(minutes=-1))
        payment = start_payment(order)

        def money_arrives(payment=payment):
            provider.move(payment.reference, GatewayState.CAPTURED, "", {GatewayState.WAITING})
            return settle(payment.pk)

        at_once(money_arrives, lambda order=order: release_order(order.pk), lambda order=order: release_order(order.pk))
        settle(payment.pk)
        available = Stock.objects.get(variant__sku=f"SKU-{number}").available
        state = Hold.objects.get(reference=order.token).state
        truth = provider.payments[payment.reference].state
        assert (read(order).status, truth, state, available) in [
            ("paid", "captured", "taken", 8),
            ("expired", "voided", "released", 10),
        ]


def test_s72_ten_runs_at_once_give_the_stock_back_once(provider):
    order = make_order(expires_in=timedelta(minutes=-1), with_cart=True)
    start_payment(order)
    at_once(*[lambda: release_order(order.pk)] * 10)
    assert (Stock.objects.get().available, kinds(order).count("expired")) == (10, 1)


def test_s72_control_unconditional_release_gives_back_many_times(provider):
    order = make_order()
    seen = threading.Barrier(10)

    def naive():
        held = Hold.objects.get(reference=order.token)
        seen.wait()
        if held.state == "held":
            with transaction.atomic():
                stock = Stock.objects.select_for_update().get(pk=held.variant_id)
                stock.available += held.quantity
                stock.save()
                Hold.objects.filter(pk=held.pk).update(state="released")

    at_once(*[naive] * 10)
    assert Stock.objects.get().available > 10


def test_cancelled_by_shopper_and_staff_at_once_is_cancelled_once(provider):
    order = make_order(with_cart=True)
    start_payment(order)
    answers = at_once(lambda: cancel(order.pk, by="the shopper"), lambda: cancel(order.pk, by="staff"))
    assert sorted(answers) == ["already", "done"]
    assert Stock.objects.get().available == 10


def test_refunded_by_two_colleagues_at_once_goes_back_once(provider):
    order, payment = paid_at_provider(provider)
    settle(payment.pk)
    assert sorted(at_once(*[lambda: refund(order.pk)] * 5)) == [False] * 4 + [True]
    assert [state for state, _ in provider.moved] == ["refunded"]


def test_s69_one_unit_two_buyers_one_order_and_the_loser_is_not_charged(provider):
    """The loser never gets as far as a payment: the hold is the gate."""
    order = make_order(quantity=1, available=2)
    variant = order.lines.get().variant_id

    def buy(number):
        with transaction.atomic():
            other = Order.objects.create(
                attempt=f"a{number}", email="b@example.org", language="en", payment_method="fake",
                subtotal=order.subtotal, shipping_price=order.shipping_price, total=order.total,
            )  # fmt: skip
            hold(other.token, [(variant, 1)], read(order).placed_at + timedelta(hours=1))
        start(other.pk, gateway="fake", origin=ORIGIN)
        return other.pk

    answers = at_once(lambda: buy(1), lambda: buy(2))
    assert [type(answer) for answer in answers].count(OutOfStock) == 1
    assert (Stock.objects.get().available, len(provider.payments), Order.objects.count()) == (0, 1, 2)


def test_fifty_senders_at_once_send_one_mail(provider):
    _, payment = paid_at_provider(provider)
    settle(payment.pk)
    message = OutboxMessage.objects.get()
    at_once(*[lambda: mail.send(message.pk)] * 25, *[lambda: outbox.enqueue_due()] * 5)
    work()
    assert len(sent.outbox) == 1


def test_fifty_senders_control_without_a_claim_send_many(provider, monkeypatch):
    _, payment = paid_at_provider(provider)
    settle(payment.pk)
    message = OutboxMessage.objects.get()
    seen = threading.Barrier(10)

    def unclaimed(pk):
        is_unsent = OutboxMessage.objects.filter(pk=pk, sent_at=None).exists()
        seen.wait()
        return is_unsent

    monkeypatch.setattr(mail, "_claim", unclaimed)
    at_once(*[lambda: mail.send(message.pk)] * 10)
    assert len(sent.outbox) == 10


def test_paying_and_giving_up_never_wait_for_each_other(provider):
    """Both take order, payment, holds and stock in one order: no deadlock, however they meet."""
    orders = [make_order(sku=f"SKU-{number}", with_cart=True) for number in range(6)]
    payments = [start_payment(order) for order in orders]
    for payment in payments[:3]:
        provider.set(payment.reference, GatewayState.CAPTURED)
    acts = [lambda p=p: settle(p.pk) for p in payments] + [lambda o=o: expire(o.pk) for o in orders]
    acts += [lambda o=o: start(o.pk, gateway="fake", origin=ORIGIN) for o in orders]
    failures = [answer for answer in at_once(*acts) if isinstance(answer, Exception)]
    assert failures == []
    assert [read(order).status for order in orders[:3]] == ["paid"] * 3


def test_control_money_taken_after_the_release_would_oversell(provider, monkeypatch):
    """Why late money takes the stock again: without it an order is paid whose units were sold to somebody else."""
    order = make_order(available=2)
    payment = start_payment(order)
    giveup.expire(order.pk)
    Stock.objects.update(available=0)
    monkeypatch.setattr(settling, "reacquire_hold", lambda reference: commit_hold(reference) == 0)
    provider.set(payment.reference, GatewayState.CAPTURED)
    settle(payment.pk)
    assert (read(order).status, Hold.objects.get().state) == ("paid", "released")
