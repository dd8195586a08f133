"""A process that ends in the middle of giving an order up: the next call finishes it, and nothing happens twice."""

from contextlib import ExitStack
from unittest.mock import patch

import pytest

from checkout.payments.base import GatewayState
from checkout.services import giveup, settling
from checkout.services.giveup import CancelOutcome, cancel, expire
from checkout.services.holds import carts_to_reopen, release_order
from shop.cart.models import Cart
from shop.stock.models import Hold, Stock
from tests.checkout.factories import kinds, make_order, read, start_payment

pytestmark = pytest.mark.django_db

ACTS = {
    "cancel": lambda order: cancel(order.pk, by="the shopper"),
    "expire": lambda order: expire(order.pk),
    "release": lambda order: release_order(order.pk),
}
POINTS = [
    (giveup, "close_open_payments"), (settling, "close_payment"), (settling, "_void"), (settling, "record"),
    (settling, "apply_status"), (settling, "_moved"), (settling, "note"), (giveup, "_end"), (giveup, "lock_order"),
    (giveup, "move_order"), (giveup, "release"), (giveup, "note"), (giveup, "reopen_due"), (giveup, "reopen_cart"),
]  # fmt: skip


class Killed(BaseException):
    """The process ends here: no code of ours may catch it."""


def dying(module, name, *, when):
    """Die once at this call, before or after it."""
    act, state = getattr(module, name), {"is_dead": False}

    def once(*arguments, **named):
        if state["is_dead"]:
            return act(*arguments, **named)
        if when == "after":
            act(*arguments, **named)
        state["is_dead"] = True
        raise Killed(name)

    return patch.object(module, name, once)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("module", "name"), POINTS, ids=lambda it: getattr(it, "__name__", it))
def test_o7_whatever_the_point_the_next_call_finishes_it(provider, module, name, when, act):
    order = make_order(with_cart=True)
    payment = start_payment(order)
    with ExitStack() as stack:
        stack.enter_context(dying(module, name, when=when))
        with pytest.raises(Killed):
            ACTS[act](order)
        ACTS[act](order)
        ACTS[act](order)
    status = "cancelled" if act == "cancel" else "expired"
    assert (read(order).status, Stock.objects.get().available, Hold.objects.get().state) == (status, 10, "released")
    assert (Cart.objects.get().status, Cart.objects.get().opened, Cart.objects.get().lines.count()) == ("open", 2, 1)
    assert kinds(order) == ["payment_voided", status]
    assert provider.payments[payment.reference].state is GatewayState.VOIDED
    assert not carts_to_reopen().exists()


def test_o7_a_later_call_leaves_a_cart_alone_that_was_ordered_again(provider):
    order = make_order(with_cart=True)
    cancel(order.pk, by="the shopper")
    Cart.objects.update(status="ordered")
    assert cancel(order.pk, by="the shopper") is CancelOutcome.ALREADY
    assert Cart.objects.get().status == "ordered"


def test_o7_who_has_begun_another_cart_keeps_that_one_for_good(provider, django_user_model):
    user = django_user_model.objects.create_user("ada@example.org", "x")
    order = make_order(with_cart=True, user=user)
    Cart.objects.update(user=user)
    second = Cart.objects.create(user=user)
    cancel(order.pk, by="the shopper")
    Cart.objects.filter(pk=second.pk).update(status="ordered")
    assert cancel(order.pk, by="the shopper") is CancelOutcome.ALREADY
    assert set(Cart.objects.values_list("status", flat=True)) == {"ordered"}


@pytest.mark.parametrize("trouble", ["refuses", "missing"])
def test_o7_staff_and_shoppers_can_cancel_what_no_provider_answers_for(provider, settings, trouble):
    order = make_order(with_cart=True)
    start_payment(order)
    if trouble == "missing":
        settings.PAYMENT_GATEWAYS = {}
    provider.refuses = {"void"}
    assert cancel(order.pk, by="staff") is CancelOutcome.DONE
    kind = "gateway_missing" if trouble == "missing" else "provider_refused"
    assert (kinds(order), Stock.objects.get().available) == ([kind, "cancelled"], 10)
