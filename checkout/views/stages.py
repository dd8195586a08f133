"""The stages of checkout, one view each. A view runs only when the middleware has decided that it may."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from checkout.facts import shown_quote
from checkout.forms import AddressForm, PaymentForm, ShippingForm, address_initial
from checkout.payments.base import GatewayUnavailable
from checkout.payments.registry import offered
from checkout.services import pay
from checkout.services.drafts import DraftChanged, write_draft
from checkout.services.place_order import OutOfStock, Placed, SeenChanged, place_order
from navstate.decorators import private, stage
from navstate.guard import decide_again, refuse
from navstate.http import redirect_with_history
from navstate.nav import NavRequest
from shop.cart.queries import user_id_of

FLOW = "checkout"
require_stage = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@private
def start(request: NavRequest) -> HttpResponse:
    """To the frontier, wherever that is today."""
    return redirect_with_history(request, request.nav.flow(FLOW).way_on(), replace=True)


@require_stage
@stage(FLOW, "address")
def address(request: NavRequest) -> HttpResponse:
    quote = shown_quote(request)
    if request.method == "POST":
        return _submitted(request, AddressForm(request.nav.posted), "checkout-shipping")
    kept = request.nav.passage.kept
    form = AddressForm(kept) if kept is not None else AddressForm(initial=address_initial(quote, request.user))
    return _page(request, "checkout/address.html", form=form)


@require_stage
@stage(FLOW, "shipping")
def shipping(request: NavRequest) -> HttpResponse:
    quote = shown_quote(request)
    if request.method == "POST":
        return _submitted(request, ShippingForm(request.nav.posted, quote=quote), "checkout-payment")
    kept = request.nav.passage.kept
    form = ShippingForm(kept, quote=quote) if kept is not None else None  # only its errors are shown
    return _page(request, "checkout/shipping.html", form=form, chosen=_chosen(request, quote.draft.shipping_method))


@require_stage
@stage(FLOW, "payment")
def payment(request: NavRequest) -> HttpResponse:
    quote = shown_quote(request)
    gateways = offered()
    choices = [(gateway.code, str(gateway.label)) for gateway in gateways]
    if request.method == "POST":
        return _submitted(request, PaymentForm(request.nav.posted, offered=choices), "checkout-review")
    kept = request.nav.passage.kept
    form = PaymentForm(kept, offered=choices) if kept is not None else None
    chosen = _chosen(request, quote.draft.payment_method or (choices[0][0] if len(choices) == 1 else ""))
    return _page(request, "checkout/payment.html", form=form, gateways=gateways, chosen=chosen)


@require_stage
@stage(FLOW, "review")
def review(request: NavRequest) -> HttpResponse:
    quote = shown_quote(request)
    if request.method != "POST":
        names = {gateway.code: gateway.label for gateway in offered()}
        return _page(request, "checkout/review.html", payment_name=names.get(quote.draft.payment_method, ""))
    passage = request.nav.passage
    try:
        placed = place_order(
            attempt=passage.attempt,
            cart_id=cart_id_of(request),
            seen=passage.fingerprint,
            user_id=user_id_of(request),
            language=get_language() or "en",
        )
    except SeenChanged:
        return decide_again(request)
    except OutOfStock:
        messages.error(request, _("Somebody was faster: not everything can be had any more. Nothing was ordered."))
        return redirect_with_history(request, reverse("cart"), replace=True, full=True)
    passage.close(outcome=placed.token)
    return to_payment(request, placed)


def cart_id_of(request: NavRequest) -> int:
    """The cart of a stage past the cart: the frontier says that there is one."""
    cart = shown_quote(request).cart
    assert cart is not None  # noqa: S101
    return cart.pk


def to_payment(request: NavRequest, order: Placed) -> HttpResponse:
    """To the provider's page; to our own waiting page while the provider does not answer."""
    try:
        started = pay.start(order.pk, gateway=order.payment_method, origin=f"{request.scheme}://{request.get_host()}")
    except GatewayUnavailable:
        messages.warning(request, _("The payment provider does not answer at the moment. Your order is kept."))
        return redirect_with_history(request, reverse("pay", args=[order.token]), full=True, created=True)
    return redirect_with_history(request, started.redirect_url, full=True, created=True)


def _submitted(request: NavRequest, form: forms.Form, next_stage: str) -> HttpResponse:
    """Take a stage's form: write the draft, accept, go on."""
    passage = request.nav.passage
    if not form.is_valid():
        return refuse(request, form)
    quote = shown_quote(request)
    try:
        write_draft(cart_id_of(request), version=quote.draft.version, **form.cleaned_data)
    except DraftChanged:
        return decide_again(request)
    led_to = reverse(next_stage)
    # The draft is now what was read, with this written onto it: nothing needs to be read again.
    passage.accept(led_to=led_to, facts=quote.after(**form.cleaned_data).facts())
    return redirect_with_history(request, led_to)


def _page(request: NavRequest, template: str, **context: Any) -> HttpResponse:
    return render(request, template, {"quote": shown_quote(request), **context})


def _chosen(request: NavRequest, stored: str) -> str:
    kept = request.nav.passage.kept
    name = f"{request.nav.passage.stage.name}_method"
    return stored if kept is None else kept.get(name, stored)
