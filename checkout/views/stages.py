"""The stages of checkout, one view each. A view runs only when the middleware has decided that it may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from checkout.facts import gather, payment_url, shown_quote
from checkout.flow import what_is_missing
from checkout.forms import AddressForm, PaymentForm, ShippingForm, address_initial
from checkout.payments.registry import offered
from checkout.services.drafts import DraftChanged, write_draft
from checkout.services.place_order import OutOfStock, Placed, SeenChanged, TooManyOpen, place_order
from checkout.views.too_many import tell_too_many
from navstate.answers import decide_again, refuse
from navstate.decorators import private, stage
from navstate.http import NavRequest, redirect_with_history
from shop.accounts.lockout import client_ip
from shop.cart.queries import user_id_of

FLOW = "checkout"
View = Callable[[NavRequest], HttpResponse]
require_stage = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@private
def start(request: NavRequest) -> HttpResponse:
    """Lead to the frontier, wherever that is today."""
    return redirect_with_history(request, request.nav.flow(FLOW).way_on(), replace=True)


@require_stage
@stage(FLOW, "address")
def address(request: NavRequest) -> HttpResponse:
    quote = shown_quote(request)
    if request.method == "POST":
        form = AddressForm(request.nav.posted, destinations=quote.destinations)
        return _submitted(request, form, "checkout-shipping", address)
    kept = request.nav.passage.kept
    initial = address_initial(quote, request.user) if kept is None else None
    form = AddressForm(kept, initial=initial, destinations=quote.destinations)
    return _page(request, "checkout/address.html", form=form)


@require_stage
@stage(FLOW, "shipping")
def shipping(request: NavRequest) -> HttpResponse:
    quote = shown_quote(request)
    if request.method == "POST":
        return _submitted(request, ShippingForm(request.nav.posted, quote=quote), "checkout-payment", shipping)
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
        return _submitted(request, PaymentForm(request.nav.posted, offered=choices), "checkout-review", payment)
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
            address=client_ip(request),
        )
    except SeenChanged:
        return decide_again(request)
    except TooManyOpen as refusal:
        return tell_too_many(request, refusal)
    except OutOfStock:
        messages.error(request, _told_late(request))
        return redirect_with_history(request, reverse("cart"), replace=True, full=True)
    passage.close(outcome=placed.token)
    return to_payment(request, placed)


def _told_late(request: NavRequest) -> str:
    """Say why nothing was ordered, by name; the stock may be back already."""
    missing = what_is_missing(gather(request))
    if not missing:
        return _("Not everything could be had at that moment. Nothing was ordered.")
    return _("In the meantime: %(missing)s Nothing was ordered.") % {"missing": missing}


def cart_id_of(request: NavRequest) -> int:
    """Return the cart of a stage past the cart: the frontier says that there is one."""
    cart = shown_quote(request).cart
    assert cart is not None  # noqa: S101
    return cart.pk


def to_payment(request: NavRequest, order: Placed) -> HttpResponse:
    """Lead to the provider's page; to the shop's own while the provider does not answer."""
    return redirect_with_history(request, payment_url(request, order), full=True, created=order.is_new)


def _submitted(request: NavRequest, form: forms.Form, next_stage: str, view: View) -> HttpResponse:
    """Take a stage's form: write the draft, accept, go on. ``view``: takes it again where another stage was written."""
    passage = request.nav.passage
    if not form.is_valid():
        return refuse(request, form)
    quote, led_to = shown_quote(request), reverse(next_stage)
    # The draft becomes what was read, with this written onto it: nothing needs to be read again.
    entered = form.cleaned_data
    entered["accepted"] = passage.note(led_to=led_to, facts=quote.after(**entered).facts())
    try:
        write_draft(cart_id_of(request), version=quote.draft.version, **entered)
    except DraftChanged:
        return decide_again(request, lambda: view(request))
    passage.accept(led_to=led_to, facts=quote.after(**entered).facts())
    return redirect_with_history(request, led_to)


def _page(request: NavRequest, template: str, **context: Any) -> HttpResponse:
    return render(request, template, {"quote": shown_quote(request), **context})


def _chosen(request: NavRequest, stored: str) -> str:
    kept = request.nav.passage.kept
    name = f"{request.nav.passage.stage.name}_method"
    return stored if kept is None else kept.get(name, stored)
