"""What the checkout flow asks of the shop: today's facts, and where an attempt ended."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from checkout.models import Order, Payment
from checkout.payments.base import GatewayError
from checkout.payments.guard import within
from checkout.quote import Quote, read_quote
from checkout.services import pay
from checkout.services.place_order import Placed
from navstate.flow import Facts, Stage
from shop.cart.cookies import cart_token
from shop.cart.queries import CartContents, find_cart, nav_id_of_guest, remember_contents
from shop.money import money_text


def gather(request: HttpRequest) -> Facts:
    """Read today's facts of this visitor; the quote they come from stays on the request for the views."""
    quote = read_quote(request)
    remember_quote(request, quote)
    return quote.facts()


def remember_quote(request: HttpRequest, quote: Quote) -> None:
    request.quote = quote  # type: ignore[attr-defined]
    remember_contents(request, CartContents(quote.cart, list(quote.lines), quote.taken_out))


def shown_quote(request: HttpRequest) -> Quote:
    """Return the quote behind the facts that the request was decided on."""
    quote: Quote = request.quote  # type: ignore[attr-defined]
    return quote


def find_outcome(attempt: str) -> str:
    """Return the token of the order that an attempt became, empty for none."""
    if not attempt or len(attempt) > 64 or "\x00" in attempt:
        return ""
    return Order.objects.filter(attempt=attempt).values_list("token", flat=True).first() or ""


def outcome_url(request: HttpRequest, outcome: str) -> str:
    return reverse("receipt", args=[outcome])


def resume_url(request: HttpRequest, outcome: str) -> str:
    """Return where a twin of the submit that ordered is led: where that one was, while the payment it opened is open."""
    found = Order.objects.filter(token=outcome).values_list("pk", "token", "payment_method", "status").first()
    if found is None or found[-1] != Order.Status.AWAITING_PAYMENT:
        return outcome_url(request, outcome)
    return payment_url(request, Placed(*found[:3], is_new=False))


def payment_url(request: HttpRequest, order: Placed) -> str:
    """Return the provider's page of a placed order's payment; the shop's own while the provider does not answer."""
    origin = f"{request.scheme}://{request.get_host()}"
    try:
        with within():
            if order.is_new:
                return pay.start(order.pk, gateway=order.payment_method, origin=origin)
            return pay.resume(order.pk, gateway=order.payment_method, origin=origin)
    except GatewayError:
        messages.warning(request, _("The payment provider does not answer at the moment. Your order is kept."))
        return reverse("pay", args=[order.token])


def button(request: HttpRequest, stage: Stage) -> str:
    """Return the text of the button that orders: for how much, wherever it stands, as it would be ordered now."""
    if not stage.ends:
        return ""
    quote: Quote = getattr(request, "quote", None) or read_quote(request)
    return _("Order and pay %(total)s") % {"total": money_text(quote.total)}


def find_attempt(number: str) -> str:
    """Return the attempt that became the order of this number; empty for none."""
    number = number.strip().upper()
    if "\x00" in number:
        return ""
    return Order.objects.filter(number=number).values_list("attempt", flat=True).first() or ""


def needed(attempts: Sequence[str]) -> set[str]:
    """Return the attempts whose order still waits for money: their state leads the shopper back to it."""
    awaiting = Order.objects.filter(attempt__in=attempts, status=Order.Status.AWAITING_PAYMENT)
    open_payments = Order.objects.filter(attempt__in=attempts, payments__state__in=Payment.OPEN)
    return {*awaiting.values_list("attempt", flat=True), *open_payments.values_list("attempt", flat=True)}


def seed(request: HttpRequest) -> str:
    """Return the navigation id that the visitor's cart remembers, so that an ended session costs a guest nothing.

    A guest's cart remembers it after it was ordered too: the guest finds the order of that attempt again.
    """
    cart = find_cart(request)
    return cart.nav_id if cart else nav_id_of_guest(cart_token(request))
