"""`cleanup` and `prunecarts`: what goes, what an open payment needs, and one failing part beside the others."""

from __future__ import annotations

import datetime
from io import StringIO

import pytest
from axes.models import AccessAttempt, AccessLog
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from djmoney.money import Money

from checkout.management.commands import cleanup
from checkout.models import Order
from shop.cart.models import Cart

pytestmark = pytest.mark.django_db


def run(command: str, **options: object) -> str:
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def old_cart(**fields: object) -> Cart:
    cart = Cart.objects.create(**fields)
    Cart.objects.filter(pk=cart.pk).update(updated_at=timezone.now() - datetime.timedelta(days=61))
    return cart


def order_of(cart: Cart, status: str) -> Order:
    amount = Money("10.00", "EUR")
    return Order.objects.create(
        attempt=f"attempt-{cart.pk}", status=status, cart=cart, email="a@example.org", language="en",
        payment_method="demo", subtotal=amount, shipping_price=amount, total=amount,
    )  # fmt: skip


def test_prunecarts_keeps_what_an_open_payment_needs() -> None:
    waiting, paid, guest = old_cart(status="ordered"), old_cart(status="ordered"), old_cart()
    order_of(waiting, Order.Status.AWAITING_PAYMENT)
    kept = order_of(paid, Order.Status.PAID)
    assert run("prunecarts") == "carts: 2 deleted\n"
    assert list(Cart.objects.all()) == [waiting]
    assert not Cart.objects.filter(pk=guest.pk).exists()
    assert Order.objects.get(pk=kept.pk).cart_id is None


def test_prunecarts_counts_without_deleting() -> None:
    old_cart()
    assert run("prunecarts", dry_run=True) == "carts: 1 would be deleted\n"
    assert Cart.objects.count() == 1


@pytest.mark.parametrize("size", ["0", "-1", "many", "10001"])
def test_prunecarts_refuses_a_senseless_batch(size: str) -> None:
    with pytest.raises(CommandError, match="is not a number from 1 to 10000"):
        call_command("prunecarts", f"--batch={size}")


def test_prunecarts_takes_a_batch() -> None:
    old_cart(), old_cart(), old_cart()
    out = StringIO()
    call_command("prunecarts", "--batch=2", stdout=out)
    assert out.getvalue() == "carts: 3 deleted\n"


def log_in(days: float, kind: type = AccessLog) -> None:
    row = kind.objects.create(username="a@example.org", ip_address="192.0.2.1", user_agent=str(days), **extra(kind))
    kind.objects.filter(pk=row.pk).update(attempt_time=timezone.now() - datetime.timedelta(days=days))


def extra(kind: type) -> dict[str, object]:
    return {"failures_since_start": 1, "get_data": "", "post_data": ""} if kind is AccessAttempt else {}


def test_cleanup_forgets_logins() -> None:
    log_in(31), log_in(29), log_in(1 / 24, AccessAttempt), log_in(0, AccessAttempt)
    assert "logins: 2 records would be deleted" in run("cleanup", dry_run=True)
    assert AccessLog.objects.count() + AccessAttempt.objects.count() == 4
    assert "logins: 2 records deleted" in run("cleanup")
    assert AccessLog.objects.count() == AccessAttempt.objects.count() == 1


def test_cleanup_runs_every_part() -> None:
    old_cart()
    said = run("cleanup")
    for part in ("carts: 1 deleted", "mail: 0 tried again", "logins: 0 records deleted"):
        assert part in said
    assert not Cart.objects.exists()


def test_cleanup_removes_results_of_finished_tasks() -> None:
    long_ago = timezone.now() - datetime.timedelta(days=15)
    for finished in (long_ago, timezone.now(), None):
        DBTaskResult.objects.create(
            args_kwargs={"args": [], "kwargs": {}}, task_path="x", backend_name="default", queue_name="default",
            status="SUCCESSFUL" if finished else "READY", finished_at=finished, exception_class_path="", traceback="",
        )  # fmt: skip
    run("cleanup")
    assert DBTaskResult.objects.count() == 2


def test_a_failing_part_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(out: object, dry_run: bool) -> None:
        raise RuntimeError("the provider is down")

    monkeypatch.setitem(cleanup.PARTS, "releaseholds", broken)
    old_cart()
    with pytest.raises(CommandError, match=r"^failed: releaseholds; the log says why, the other parts are done\.$"):
        call_command("cleanup", stdout=StringIO())
    assert not Cart.objects.exists()


def test_deleting_in_batches() -> None:
    for _ in range(5):
        log_in(40)
    assert list(cleanup.delete_in_batches(AccessLog.objects.all(), size=2)) == [2, 2, 1]
