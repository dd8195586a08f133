"""``manage.py releaseholds``: the provider is asked first; stock goes back exactly once; what cannot be asked is left."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from checkout.models import Order, Payment
from checkout.payments.base import GatewayState
from checkout.services import holds
from checkout.services.giveup import CancelOutcome
from checkout.services.settling import settle
from shop.cart.models import Cart
from shop.stock.models import Hold, Stock
from tests.checkout.factories import kinds, make_order, read, start_payment

pytestmark = pytest.mark.django_db

AGO = timedelta(minutes=-1)


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


def run(**options):
    out = StringIO()
    call_command("releaseholds", stdout=out, **options)
    return out.getvalue()


def available(sku="BOOT-42"):
    return Stock.objects.get(variant__sku=sku).available


def test_s72_a_buyer_who_left_at_the_provider_gives_the_stock_back_exactly_once(provider):
    order = make_order(expires_in=AGO, with_cart=True)
    payment = start_payment(order)
    assert available() == 8
    assert "1 expired" in run()
    assert "0 expired" in run()
    assert (read(order).status, available(), Hold.objects.get().state) == ("expired", 10, "released")
    assert provider.payments[payment.reference].state is GatewayState.VOIDED
    assert Cart.objects.get().status == "open"
    assert kinds(order) == ["payment_voided", "expired"]


def test_a_hold_that_has_time_left_is_kept():
    order = make_order()
    start_payment(order)
    run()
    assert (read(order).status, available()) == ("awaiting_payment", 8)


def test_an_order_without_holds_expires_after_the_same_time(settings):
    order, young = make_order(), make_order(sku="PACK")
    Hold.objects.all().delete()
    Order.objects.filter(pk=order.pk).update(placed_at=timezone.now() - settings.HOLD_TIME * 2)
    run()
    assert (read(order).status, read(young).status) == ("expired", "awaiting_payment")


def test_s67_one_that_was_paid_all_the_time_is_settled(provider):
    order = make_order(expires_in=AGO)
    payment = start_payment(order)
    provider.set(payment.reference, GatewayState.CAPTURED)
    assert "1 paid" in run()
    assert (read(order).status, available(), Hold.objects.get().state) == ("paid", 8, "taken")


def test_reserved_money_is_taken_and_not_let_go(provider):
    order = make_order(expires_in=AGO)
    payment = start_payment(order)
    provider.set(payment.reference, GatewayState.AUTHORISED)
    run()
    assert read(order).status == "paid"


def test_money_that_came_too_late_to_be_voided_counts(provider, monkeypatch):
    order = make_order(expires_in=AGO)
    payment = start_payment(order)
    ask = provider.ask

    def paid_in_between(what, reference):
        ask(what, reference)
        if what == "void":
            provider.set(payment.reference, GatewayState.CAPTURED)

    monkeypatch.setattr(provider, "ask", paid_in_between)
    assert "1 paid" in run()
    assert (read(order).status, available()) == ("paid", 8)


@pytest.mark.parametrize("call", ["status", "void"])
def test_an_unreachable_provider_leaves_it_for_the_next_run(provider, call):
    order = make_order(expires_in=AGO)
    start_payment(order)
    provider.down = {call}
    assert "1 left" in run()
    assert (read(order).status, available()) == ("awaiting_payment", 8)
    provider.down = set()
    run()
    assert (read(order).status, available()) == ("expired", 10)


@pytest.mark.parametrize("refused", [{"status"}, {"void"}, {"status", "void"}], ids=sorted)
def test_o7_an_order_whose_provider_refuses_expires_and_says_so(provider, refused):
    order = make_order(expires_in=AGO, with_cart=True)
    start_payment(order)
    provider.refuses = refused
    assert "1 expired" in run()
    assert (read(order).status, available(), Payment.objects.get().state) == ("expired", 10, "voided")
    assert Cart.objects.get().status == "open"
    assert kinds(order) == (["provider_refused", "expired"] if "void" in refused else ["payment_voided", "expired"])


def test_o7_an_order_whose_gateway_is_not_configured_expires_and_is_asked_about_later(settings, provider):
    order = make_order(expires_in=AGO)
    payment = start_payment(order)
    configured, settings.PAYMENT_GATEWAYS = settings.PAYMENT_GATEWAYS, {}
    assert "1 expired" in run()
    assert (read(order).status, available(), kinds(order)) == ("expired", 10, ["gateway_missing", "expired"])
    payment.refresh_from_db()
    assert (payment.state, payment.unasked_at is not None) == ("voided", True)
    assert "0 asked about at last, 0 left" in run()
    settings.PAYMENT_GATEWAYS = configured
    provider.down = {"void"}
    assert "0 asked about at last, 1 left" in run()
    provider.down = set()
    assert "1 asked about at last, 0 left" in run()
    assert provider.payments[payment.reference].state is GatewayState.VOIDED
    assert "0 asked about at last, 0 left" in run()


@pytest.mark.parametrize("are_units_left", [True, False])
def test_o7_money_that_came_while_the_gateway_was_not_configured_is_used_or_goes_back(
    settings, provider, are_units_left
):
    order = make_order(expires_in=AGO)
    payment = start_payment(order)
    configured, settings.PAYMENT_GATEWAYS = settings.PAYMENT_GATEWAYS, {}
    provider.set(payment.reference, GatewayState.CAPTURED)
    run()
    if not are_units_left:
        Stock.objects.update(available=0)
    settings.PAYMENT_GATEWAYS = configured
    run()
    assert read(order).status == ("paid" if are_units_left else "expired")
    assert Payment.objects.get().state == ("captured" if are_units_left else "refunded")


def test_o7_a_refusal_at_last_is_noted_once(settings, provider):
    order = make_order(expires_in=AGO)
    start_payment(order)
    configured, settings.PAYMENT_GATEWAYS = settings.PAYMENT_GATEWAYS, {}
    run()
    settings.PAYMENT_GATEWAYS, provider.refuses = configured, {"void"}
    run()
    run()
    assert kinds(order) == ["gateway_missing", "expired", "provider_refused"]


@pytest.mark.parametrize("trouble", ["refuses", "missing"])
def test_o7_a_needless_payment_without_an_answer_does_not_stay_open(settings, provider, trouble):
    start_payment(make_order())
    Order.objects.update(status="paid")
    if trouble == "missing":
        settings.PAYMENT_GATEWAYS = {}
    provider.refuses = {"void"}
    assert "1 voided, 0 left" in run()
    assert Payment.objects.get().state == "voided"


def test_o7_a_cart_that_a_dying_process_left_closed_is_opened():
    order = make_order(with_cart=True)
    Order.objects.update(status="expired", reopen_due_at=timezone.now())
    Hold.objects.update(state="released")
    assert "carts: 1 would be opened again" in run(dry_run=True)
    assert "carts: 1 opened again" in run()
    assert "carts: 0 opened again" in run()
    assert (Cart.objects.get().status, read(order).reopen_due_at) == ("open", None)


def test_a_payment_the_provider_never_heard_of_is_no_hindrance(provider):
    order = make_order(expires_in=AGO)
    Payment.objects.create(order=order, gateway="fake", key="k", amount=order.total)
    provider.down = {"status", "void"}
    assert "1 expired" in run()
    assert Payment.objects.get().state == "voided"


def test_flagged_money_does_not_keep_the_stock(provider):
    order = make_order(expires_in=AGO)
    payment = start_payment(order)
    provider.set(payment.reference, GatewayState.CAPTURED, amount=order.total / 2)
    settle(payment.pk)
    run()
    assert (read(order).status, available(), Payment.objects.get().state) == ("expired", 10, "mismatch")


def test_one_trouble_does_not_stop_the_others(provider):
    left = make_order(sku="LEFT", expires_in=AGO)
    payment = start_payment(left)
    others = [make_order(sku=f"SKU-{number}", expires_in=AGO) for number in range(4)]
    del provider.payments[payment.reference]
    provider.down = {"status"}
    answer = run(batch=2)
    assert "4 expired" in answer
    assert "1 left" in answer
    assert {read(order).status for order in others} == {"expired"}


def test_a_dry_run_only_counts(provider):
    order = make_order(expires_in=AGO)
    start_payment(order)
    answer = run(dry_run=True)
    assert "orders: 1 would be asked about" in answer
    assert (read(order).status, [call for call, _ in provider.calls]) == ("awaiting_payment", ["start"])


@pytest.mark.parametrize("batch", ["0", "x", "100000"])
def test_a_batch_has_a_size(batch):
    with pytest.raises(CommandError):
        call_command("releaseholds", f"--batch={batch}")


def test_a_batch_as_asked():
    order = make_order(expires_in=AGO)
    out = StringIO()
    call_command("releaseholds", "--batch=5", stdout=out)
    assert (read(order).status, "1 expired" in out.getvalue()) == ("expired", True)


def test_the_number_of_queries_to_find_them_does_not_grow(django_assert_num_queries):
    for number in range(6):
        make_order(sku=f"SKU-{number}", expires_in=AGO)
    with django_assert_num_queries(3):
        assert [len(batch) for batch in holds.in_batches(holds.overdue_orders(), 4)] == [4, 2]


def test_a_payment_nobody_needs_is_voided(provider):
    order = make_order()
    payment = start_payment(order)
    Order.objects.update(status="paid")
    provider.down = {"void"}
    assert "0 voided, 1 left" in run()
    provider.down = set()
    assert "1 voided, 0 left" in run()
    assert provider.payments[payment.reference].state is GatewayState.VOIDED


def test_surplus_money_goes_back(provider):
    order = make_order()
    payment = start_payment(order)
    provider.set(payment.reference, GatewayState.CAPTURED)
    Order.objects.update(status="paid")
    provider.down = {"refund"}
    settle(payment.pk)
    assert "0 returned, 1 left" in run()
    provider.down = set()
    assert "1 returned, 0 left" in run()
    assert (Payment.objects.get().state, read(order).status) == ("refunded", "paid")


def test_ended_by_somebody_else_meanwhile(monkeypatch):
    order = make_order(expires_in=AGO)
    monkeypatch.setattr(holds, "expire", lambda _: CancelOutcome.ALREADY)
    assert holds.release_order(order.pk) is holds.Released.GONE
