"""What the checkout flow asks of the shop: today's facts, and where an attempt ended."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls import reverse

from checkout.models import Order, Payment
from checkout.quote import Quote, read_quote
from navstate.flow import Facts
from shop.cart.queries import CartContents, find_cart, remember_contents


def gather(request: HttpRequest) -> Facts:
    """Today's facts of this visitor, read anew; the quote they come from stays on the request for the views."""
    quote = read_quote(request)
    remember_quote(request, quote)
    return quote.facts()


def remember_quote(request: HttpRequest, quote: Quote) -> None:
    request.quote = quote  # type: ignore[attr-defined]
    remember_contents(request, CartContents(quote.cart, list(quote.lines)))


def shown_quote(request: HttpRequest) -> Quote:
    """The quote behind the facts that the request was decided on."""
    quote: Quote = request.quote  # type: ignore[attr-defined]
    return quote


def find_outcome(attempt: str) -> str:
    """The token of the order that an attempt became, empty for none."""
    if not attempt or len(attempt) > 64 or "\x00" in attempt:
        return ""
    return Order.objects.filter(attempt=attempt).values_list("token", flat=True).first() or ""


def outcome_url(request: HttpRequest, outcome: str) -> str:
    return reverse("receipt", args=[outcome])


def find_attempt(number: str) -> str:
    """The attempt that became the order of this number; empty for none."""
    number = number.strip().upper()
    if "\x00" in number:
        return ""
    return Order.objects.filter(number=number).values_list("attempt", flat=True).first() or ""


def needed(attempts: Sequence[str]) -> set[str]:
    """Attempts whose order still waits for money: their state leads the shopper back to it."""
    awaiting = Order.objects.filter(attempt__in=attempts, status=Order.Status.AWAITING_PAYMENT)
    open_payments = Order.objects.filter(attempt__in=attempts, payments__state__in=Payment.OPEN)
    return {*awaiting.values_list("attempt", flat=True), *open_payments.values_list("attempt", flat=True)}


def seed(request: HttpRequest) -> str:
    """The navigation id that the visitor's own cart remembers, so that an ended session costs a guest nothing."""
    cart = find_cart(request)
    return cart.nav_id if cart else ""
