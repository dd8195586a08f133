"""The page between order and receipt: it tells how the payment stands, and lets the shopper go on, change or give up."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from checkout.models import Order, Payment
from checkout.payments import registry
from checkout.payments.base import GatewayError, GatewayUnavailable
from checkout.payments.guard import within
from checkout.services.giveup import CancelOutcome, cancel
from checkout.services.pay import start
from checkout.services.settling import refresh, settle_or_close
from checkout.views.owner import login_required_for, may_act, may_see
from checkout.views.pages import is_paid, page_of
from navstate.decorators import stage
from navstate.http import NavRequest, is_prefetch, redirect_with_history
from shop.cart.cookies import remember_cart
from shop.cart.models import Cart
from shop.cart.queries import find_cart, user_id_of

State = Payment.State


@dataclass(frozen=True, slots=True)
class Standing:
    """How a payment stands, for the page. ``kind`` chooses the words; ``polls``: the page looks again by itself."""

    kind: str
    message: str = ""
    polls: bool = False
    can_pay: bool = False
    can_cancel: bool = False


STANDINGS = {
    State.CREATED: Standing("unreached", can_pay=True, can_cancel=True),
    State.PENDING: Standing("waiting", polls=True, can_pay=True, can_cancel=True),
    State.PROCESSING: Standing("confirming", polls=True),
    State.AUTHORISED: Standing("confirming", polls=True),
    State.MISMATCH: Standing("flagged"),
    State.CANCELLED: Standing("left", can_pay=True, can_cancel=True),
    State.VOIDED: Standing("left", can_pay=True, can_cancel=True),
    State.REFUNDED: Standing("returned", can_pay=True, can_cancel=True),
}


@require_http_methods(["GET", "HEAD", "POST"])
@stage("checkout", "pay")
def pay(request: NavRequest, token: str) -> HttpResponse:
    """Show how the payment stands, in the language of the order; take "go on" and "cancel"."""
    order: Order = get_object_or_404(Order, token=token)
    translation.activate(order.language)
    request.LANGUAGE_CODE = order.language
    if request.method == "POST":
        if refusal := login_required_for(request, order.user_id):
            return refusal
        return _cancel(request, order) if request.POST.get("action") == "cancel" else _resume(request, order)
    if order.is_awaiting_payment and request.method == "GET" and not is_prefetch(request.headers):
        refresh(order.pk)
        order = Order.objects.get(pk=order.pk)
    if is_paid(order):
        return _to_receipt(request, order)
    return _page(request, order)


def standing_of(order: Order) -> Standing:
    """Return what the shopper has to know, from the order and its newest payment."""
    if order.status in (Order.Status.CANCELLED, Order.Status.EXPIRED):
        return Standing(str(order.status))
    tries = list(order.payments.order_by("pk"))
    payment = next((one for one in tries if one.state == State.MISMATCH), tries[-1] if tries else None)
    if payment is None:
        return STANDINGS[State.CREATED]
    if payment.state == State.DECLINED:
        return Standing("declined", payment.message, can_pay=True, can_cancel=True)
    return STANDINGS.get(State(payment.state), Standing("confirming", polls=True))


def _page(request: NavRequest, order: Order) -> HttpResponse:
    standing = standing_of(order)
    if request.nav.wants_fragment and request.method == "GET":
        return _still(standing.kind == request.GET.get("shown"))
    context = {
        "order": order,
        "standing": standing,
        "may_act": may_act(request, order.user_id),
        "is_guest": user_id_of(request) is None,
        "others": [offer for offer in registry.offered() if offer.code != order.payment_method],
        "method": registry.label_of(order.payment_method),
    }
    return render(request, "pay/pay.html", context)


def _still(is_same: bool) -> HttpResponse:
    """Answer the waiting page when it looks.

    Nothing while nothing changed, so that focus and buttons stay; else to load itself again, which replaces its entry,
    so that Back from the receipt leads to the shop.
    """
    if is_same:
        return HttpResponse(status=204)
    return HttpResponseClientRefresh()


def _to_receipt(request: NavRequest, order: Order) -> HttpResponse:
    if request.nav.wants_fragment and request.method == "GET":
        return _still(is_same=False)
    return redirect_with_history(request, page_of(order), replace=True, full=True)


def _resume(request: NavRequest, order: Order) -> HttpResponse:
    """Lead on to the provider's page, with the same or another way to pay; to the shop's own when there is no need."""
    wanted = request.POST.get("gateway") or order.payment_method
    try:
        with within():
            for payment in order.payments.filter(state__in=Payment.OPEN):
                settle_or_close(payment.pk)
            url = start(order.pk, gateway=wanted, origin=f"{request.scheme}://{request.get_host()}")
    except GatewayUnavailable:
        messages.warning(
            request, _("The payment provider does not answer at the moment. Your order is kept; please try again.")
        )
        return redirect_with_history(request, request.path, replace=True)
    except GatewayError:
        messages.error(
            request, _("The payment provider refused. Nothing was charged; please choose another way to pay.")
        )
        return redirect_with_history(request, request.path, replace=True)
    return redirect_with_history(request, url, full=True)


def _cancel(request: NavRequest, order: Order) -> HttpResponse:
    """Give the order up. Its lines are in the cart again, unless the shopper has begun another one."""
    try:
        with within():
            given_up = cancel(order.pk, by="by the shopper")
    except GatewayError:
        messages.warning(
            request, _("The payment provider does not answer, so the order could not be cancelled. Please try again.")
        )
        return redirect_with_history(request, request.path, replace=True)
    if given_up not in (CancelOutcome.DONE, CancelOutcome.ALREADY):
        return redirect_with_history(request, request.path, replace=True)
    cart = Cart.objects.filter(orders=order, status=Cart.Status.OPEN).first()
    is_back = cart is not None and _is_reachable(request, order, cart)
    if given_up is CancelOutcome.DONE:
        messages.info(request, _told(order, is_back))
    response = redirect_with_history(request, reverse("cart"), full=True)
    if cart is not None and is_back and cart.user_id is None:
        remember_cart(response, cart.token)
    return response


def _is_reachable(request: NavRequest, order: Order, cart: Cart) -> bool:
    """Tell whether the shopper sees this cart as their own: a guest may take it up again, unless another one is open.

    Not every browser that has the order's address: with the cart comes what was entered with it, name and street.
    """
    if mine := find_cart(request):
        return mine.pk == cart.pk
    is_theirs = may_see(request, token=order.token, user_id=order.user_id, cart_token=cart.token)
    return is_theirs and cart.user_id is None and not request.user.is_authenticated


def _told(order: Order, is_back: bool) -> str:
    if is_back:
        return _("Order %(number)s is cancelled and nothing was charged. Your things are back in the cart.") % {
            "number": order.number
        }
    return _("Order %(number)s is cancelled and nothing was charged.") % {"number": order.number}
