"""Show the cart, add to it, change it. The cart is the first stage of the checkout flow."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import replace_url, trigger_client_event

from navstate.decorators import once, passive, private, public_form, stage
from navstate.http import Channel, NavRequest, Problem, channel_of, makes_entry, redirect_with_history
from shop.cart import services
from shop.cart.cookies import cart_token, remember_cart
from shop.cart.forms import AddForm, QuantityForm
from shop.cart.pricing import total_of
from shop.cart.queries import count_units, find_cart, read_cart, shown_cart, user_id_of
from shop.cart.sentences import Sentence, about_added, about_trouble, differences
from shop.catalog.offered import Difference, read_offered

FLOW = "checkout"
"""Name of the flow whose first stage is the cart; the checkout room declares it."""
OFFER = "nav_offer"
"""The form field with what the page showed, sealed (:mod:`shop.catalog.offered`). API clients need not send it."""
CHANGED, OUTDATED = "cart-changed", "page-outdated"
"""Events that htmx raises on the page: to refresh the cart's count, and to have open pages check what they show."""
MAX_TOLD = 200


@require_safe
@stage(FLOW, "cart")
def cart(request: NavRequest) -> HttpResponse:
    return render(request, "cart/cart.html", _shown(request))


@require_POST
@private
def told(request: NavRequest) -> HttpResponse:
    """Note that the shopper has read which articles were taken out, and lead back to the page that said so."""
    found = find_cart(request)
    if found is not None:
        lines = request.POST.get("lines", "").split(",")[:MAX_TOLD]
        services.note_told(found.pk, [int(key) for key in lines if _is_key(key)])
    back = request.POST.get("back", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect_with_history(request, back if is_ours else reverse("cart"), replace=True)


@require_POST
@private
@public_form
@once
def add(request: NavRequest) -> HttpResponse:
    """Add an article. The sending page is public and has no token, so a second press is recognised by time (R20)."""
    form = AddForm(request.nav.posted)
    if not form.is_valid():
        return _refused(request, _("Please choose an item and a quantity from 1 to 99."))
    asked = form.cleaned_data
    seen = read_offered(request.nav.posted.get(OFFER, ""), asked["sku"])
    passage = request.nav.flow(FLOW)
    try:
        cart, placed = services.with_open_cart(
            lambda cart: services.add(cart.pk, **asked, seen_price=seen and seen.price),
            token=cart_token(request),
            user_id=user_id_of(request),
            nav_id=passage.ensure_visitor(),
        )
    except services.NotOnSale:
        return _refused(request, _("This item is not on sale any more."))
    except services.CartMoved:
        return _refused(request, _("Your cart was being changed at that moment. Please try again."))
    request.cart_token = cart.token  # type: ignore[attr-defined]
    passage.touch()
    response = _added(request, placed, differences(seen, placed))
    remember_cart(response, cart.token)
    return response


@require_POST
@private
def line(request: NavRequest, line_id: int) -> HttpResponse:
    """Change or remove a line. For another visitor's line and a deleted one alike: 404, or a redirect for a browser."""
    form = QuantityForm(request.nav.posted)
    found = find_cart(request)
    if found is None:
        return redirect_with_history(request, reverse("cart"), replace=True)
    if not form.is_valid():
        return _not_changed(
            request, 422, messages.ERROR, _("The quantity was not changed. Please enter a number from 0 to 99.")
        )
    offer = request.nav.posted.get(OFFER, "")
    try:
        placed = services.set_quantity(found.pk, line_id, **form.cleaned_data, offer=offer)
    except services.NoSuchLine as error:
        if not makes_entry(request.headers):
            raise Http404(str(error)) from error
        messages.warning(request, _("That is not in your cart any more."))
        return redirect_with_history(request, reverse("cart"), replace=True)
    except services.CartClosed:
        return redirect_with_history(request, reverse("cart"), replace=True)
    except services.CartMoved:
        return _not_changed(
            request, 409, messages.WARNING, _("Your cart was being changed at that moment. Please try again.")
        )
    except services.ChangedMeanwhile as change:
        sentence = _("The quantity was changed elsewhere and is %(count)s now. Nothing was changed just now.")
        return _not_changed(request, 409, messages.WARNING, sentence % {"count": change.quantity})
    request.nav.flow(FLOW).touch()
    trouble = about_trouble(placed)
    if trouble:
        messages.add_message(request, trouble.level, trouble.text)
    return _changed(request)


@require_safe
@passive
@private
def badge(request: NavRequest) -> HttpResponse:
    """Render the count of units in the header, a fragment."""
    return render(request, "cart/_badge.html", {"units": count_units(request)})


def _shown(request: NavRequest) -> dict[str, Any]:
    shown = shown_cart(request)
    lines = shown.lines
    is_short = any(line.is_short for line in lines)
    return {
        "cart": shown.cart,
        "lines": lines,
        "taken_out": shown.taken_out,
        "subtotal": total_of(lines),
        "is_short": is_short,
    }


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _changed(request: NavRequest, status: int = 200) -> HttpResponse:
    """Answer a change made on the cart page: keep the history entry; for htmx, render the cart again (R6)."""
    if not request.nav.wants_fragment:
        return redirect_with_history(request, reverse("cart"), replace=True)
    read_cart(request)
    response = render(request, "cart/_cart.html", _shown(request), status=status)
    return trigger_client_event(replace_url(response, reverse("cart")), CHANGED)


def _not_changed(request: NavRequest, status: int, level: int, sentence: str) -> HttpResponse:
    """Show the unchanged cart with the reason; an API client gets a problem document."""
    if channel_of(request.headers) is Channel.JSON:
        return Problem(status, sentence)
    messages.add_message(request, level, sentence)
    return _changed(request, status=status)


def _added(request: NavRequest, placed: services.Placed, changes: list[Difference]) -> HttpResponse:
    sentences = about_added(placed, changes)
    if request.nav.wants_fragment:
        context = {"sentences": sentences, "offer": placed.offer.sealed(), "cart": placed.cart}
        response = render(request, "cart/_added.html", context, status=409 if placed.is_refused else 200)
        if changes or placed.is_refused:
            trigger_client_event(response, OUTDATED)
        return trigger_client_event(response, CHANGED)
    if channel_of(request.headers) is Channel.JSON:
        told: dict[str, Any] = {"changes": [each._asdict() for each in changes]} if changes else {}
        if placed.is_refused:
            return Problem(409, sentences[0].text, **told)
        return JsonResponse({"url": reverse("cart"), **told}, status=201)
    for sentence in sentences:
        messages.add_message(request, sentence.level, sentence.text)
    return redirect_with_history(request, reverse("cart"))


def _refused(request: NavRequest, sentence: str) -> HttpResponse:
    told = Sentence(messages.ERROR, sentence)
    if request.nav.wants_fragment:
        return render(request, "cart/_added.html", {"sentences": [told]}, status=422)
    if channel_of(request.headers) is Channel.JSON:
        return Problem(422, sentence)
    messages.error(request, sentence)
    return redirect_with_history(request, reverse("cart"))
