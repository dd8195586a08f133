"""``manage.py auditshop``: an honest shop is clean, and each lie in the books is found."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from checkout.models import Order, OrderLine, OutboxMessage, Payment
from checkout.payments.base import GatewayState
from checkout.services import audit
from checkout.services.giveup import cancel
from checkout.services.refund import refund
from checkout.services.settling import settle
from shop.cart.models import Cart
from shop.stock.models import Hold, Stock
from tests.checkout.factories import make_order, start_payment, work
from tests.checkout.test_background import a_task

pytestmark = pytest.mark.django_db

OLD = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


def run(*options):
    """(findings by check, exit code)"""
    out = StringIO()
    code = 0
    try:
        call_command("auditshop", "--json", *options, stdout=out)
    except SystemExit as end:
        code = end.code
    told = json.loads(out.getvalue())
    assert told["audit"] == ("dirty" if told["findings"] else "clean")
    return {name: count for name, count in told["checks"].items() if count}, code


def paid(provider, **fields):
    order = make_order(**fields)
    payment = start_payment(order)
    provider.set(payment.reference, GatewayState.CAPTURED)
    settle(payment.pk)
    return order


def honest(provider):
    """One order in each state, every one of them come to by the services."""
    awaiting = make_order(sku="AWAITING")
    start_payment(awaiting)
    cancelled = make_order(sku="CANCELLED", with_cart=True)
    start_payment(cancelled)
    cancel(cancelled.pk, by="the shopper")
    refunded = paid(provider, sku="REFUNDED")
    refund(refunded.pk)
    order = paid(provider, sku="PAID")
    work()
    return order


def age():
    """As if all of it had happened an hour ago."""
    then = timezone.now() - OLD
    OutboxMessage.objects.update(created_at=then)
    Payment.objects.update(updated_at=then)
    Hold.objects.update(created_at=then)
    Cart.objects.update(updated_at=then)


def test_an_honest_shop_is_clean(provider, tmp_path):
    baseline = tmp_path / "units.json"
    call_command("auditshop", "--write-baseline", str(baseline), stdout=StringIO())
    assert json.loads(baseline.read_text()) == {}
    order = honest(provider)
    age()
    assert run("--ask") == ({}, 0)
    out = StringIO()
    call_command("auditshop", stdout=out)
    assert "4 orders, 0 findings" in out.getvalue()
    assert order.number not in out.getvalue()


def test_the_units_are_those_of_the_beginning(provider, tmp_path):
    first = make_order(sku="SKU-0", quantity=3)
    baseline = str(tmp_path / "units.json")
    call_command("auditshop", "--write-baseline", baseline, stdout=StringIO())
    cancel(first.pk, by="the shopper")
    assert run("--baseline", baseline) == ({}, 0)
    Stock.objects.update(available=9)
    assert run("--baseline", baseline) == ({"stock": 1}, 1)
    Stock.objects.all().delete()
    assert run("--baseline", baseline) == ({"stock": 1}, 1)


@pytest.mark.parametrize("content", [None, "", "[]", '{"a": 1}', '{"1": "x"}', "[1]"])
def test_what_is_no_baseline(tmp_path, content):
    path = tmp_path / "units.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError, match="no baseline"):
        call_command("auditshop", "--baseline", str(path))


@pytest.mark.parametrize("grace", ["-1", "x", "99999999"])
def test_a_grace_is_a_number_of_seconds(grace):
    with pytest.raises(CommandError):
        call_command("auditshop", f"--grace={grace}")


def two_charges(order, provider):
    Payment.objects.create(order=order, gateway="fake", key="other", amount=order.total, state="captured")


def charged_for_nothing(order, provider):
    Order.objects.filter(pk=order.pk).update(status="cancelled")
    Hold.objects.filter(reference=order.token).update(state="released")


def kept_after_a_refund(order, provider):
    Order.objects.filter(pk=order.pk).update(status="refunded")
    OutboxMessage.objects.create(order=order, kind="refunded", sent_at=timezone.now())


LIES = {
    "two charges": (two_charges, {"charges": 1}),
    "no charge": (lambda order, _: order.payments.all().delete(), {"charges": 1}),
    "a charge for nothing": (charged_for_nothing, {"charges": 1}),
    "another amount": (lambda order, _: order.payments.update(amount=1), {"charges": 1}),
    "a refund that is none": (kept_after_a_refund, {"charges": 2}),
    "lines": (lambda order, _: OrderLine.objects.filter(order=order).update(quantity=2, unit_price=1), {"totals": 1}),
    "sum": (lambda order, _: Order.objects.filter(pk=order.pk).update(shipping_price=1), {"totals": 1}),
    "not taken": (lambda order, _: Hold.objects.filter(reference=order.token).update(state="held"), {"stock": 1}),
    "not held": (lambda order, _: Hold.objects.filter(reference=order.token).delete(), {"stock": 1}),
    "held for nobody": (
        lambda order, _: Hold.objects.filter(reference=order.token).update(reference="x"),
        {"stock": 2},
    ),
    "more than held": (lambda order, _: Hold.objects.filter(reference=order.token).update(counted=9), {"stock": 1}),
    "no mail": (lambda order, _: order.outbox.all().delete(), {"mail": 1}),
    "mail not sent": (lambda order, _: order.outbox.update(sent_at=None, error="down"), {"mail": 1}),
    "nobody told of the refund": (
        lambda order, _: (
            Order.objects.filter(pk=order.pk).update(status="refunded"),
            order.payments.update(state="refunded"),
        ),
        {"mail": 1},
    ),
    "open at a paid order": (
        lambda order, _: Payment.objects.create(
            order=order, gateway="fake", key="o", amount=order.total, state="pending"
        ),
        {"hanging": 1},
    ),
    "surplus": (
        lambda order, _: Payment.objects.create(
            order=order, gateway="fake", key="s", amount=order.total, state="surplus"
        ),
        {"hanging": 1},
    ),
    "mismatch": (
        lambda order, _: Payment.objects.create(
            order=order, gateway="fake", key="m", amount=order.total, state="mismatch"
        ),
        {"hanging": 1},
    ),
    "unasked": (
        lambda order, _: Payment.objects.create(
            order=order, gateway="gone", key="u", amount=order.total, state="voided", unasked_at=timezone.now()
        ),
        {"hanging": 1},
    ),
    "overdue": (lambda *_: make_order(sku="LATE", expires_in=-OLD), {"hanging": 1}),
    "a cart for nothing": (lambda *_: Cart.objects.create(status="ordered"), {"carts": 1}),
    "dead letter": (lambda *_: a_task("FAILED", tries=6, finished=OLD), {"tasks": 1}),
    "stuck": (lambda *_: a_task(started=OLD), {"tasks": 1}),
    "late": (lambda *_: a_task("READY", tries=0, run_after=timezone.now() - OLD), {"tasks": 1}),
}


@pytest.mark.parametrize("lie", LIES)
def test_each_lie_is_found(provider, lie):
    order = honest(provider)
    tell, found = LIES[lie]
    tell(order, provider)
    age()
    assert run() == (found, 1)


def test_a_cart_that_was_lost_is_found(provider):
    order = make_order(with_cart=True)
    Order.objects.update(status="expired")
    Hold.objects.update(state="released")
    age()
    assert run() == ({"carts": 1}, 1)
    Order.objects.update(reopen_due_at=timezone.now() - OLD)
    assert run() == ({"hanging": 1}, 1)
    assert order.cart.status == "ordered"


def test_what_is_under_way_is_no_finding(provider):
    """A mail that was promised just now, an order that waits, a task that runs."""
    paid(provider)
    make_order(sku="PACK", expires_in=timedelta(minutes=-1))
    a_task(started=timedelta(minutes=1))
    assert run() == ({}, 0)
    assert run("--grace", "0") == ({"hanging": 1, "mail": 1, "tasks": 2}, 1)


def test_providers_are_asked(provider):
    order = paid(provider)
    payment = order.payments.get()
    for state, found in ((GatewayState.REFUNDED, 1), (GatewayState.DECLINED, 1), (GatewayState.CAPTURED, 0)):
        provider.set(payment.reference, state)
        assert len(list(audit.ask_providers([order.pk]))) == found
    provider.down = {"status"}
    assert [finding.check for finding in audit.ask_providers([order.pk])] == ["provider"]


def test_what_changes_under_the_look_is_looked_at_again(provider, monkeypatch):
    """Between reading the order and reading its payments somebody paid it."""
    order = make_order()
    payment = start_payment(order)
    provider.set(payment.reference, GatewayState.CAPTURED)
    read, first = audit._books_of, []

    def half(pks):
        for books in read(pks):
            if not first:
                first.append(books)
                settle(payment.pk)
                books.payments[0].state = "captured"
            yield books

    monkeypatch.setattr(audit, "_books_of", half)
    assert list(audit.audit_orders([order.pk], grace=OLD)) == []


def test_many_findings_are_counted(provider, monkeypatch):
    for number in range(3):
        make_order(sku=f"SKU-{number}", expires_in=-OLD)
    monkeypatch.setattr("checkout.management.commands.auditshop.MAX_SHOWN", 2)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("auditshop", stdout=out)
    assert "and 1 more; --json prints all of them" in out.getvalue()


def test_memory_and_queries_do_not_grow_with_the_orders(provider, django_assert_num_queries):
    for number in range(6):
        make_order(sku=f"SKU-{number}")
    [page] = audit.orders_pages()
    with django_assert_num_queries(5):
        list(audit.audit_orders(page, grace=OLD))
    assert [len(page) for page in audit.orders_pages(4)] == [4, 2]


def test_it_changes_nothing(provider):
    honest(provider)
    before = [list(model.objects.order_by("pk").values()) for model in (Order, Payment, Hold, Stock, DBTaskResult)]
    run("--ask")
    assert [
        list(model.objects.order_by("pk").values()) for model in (Order, Payment, Hold, Stock, DBTaskResult)
    ] == before
