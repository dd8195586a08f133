"""The cart: looked at, added to, changed. It is the first stage of the checkout flow."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from navstate.arrival import Kind, makes_entry
from navstate.decorators import private, public_form, stage
from navstate.http import redirect_with_history
from navstate.nav import NavRequest
from shop.cart import services
from shop.cart.cookies import cart_token, remember_cart
from shop.cart.forms import AddForm, QuantityForm
from shop.cart.pricing import total_of
from shop.cart.queries import count_units, find_cart, read_cart, shown_cart, user_id_of

FLOW = "checkout"
"""Name of the flow whose first stage the cart is; declared by the checkout room."""
NOTHING = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


@require_safe
@stage(FLOW, "cart")
def cart(request: NavRequest) -> HttpResponse:
    return render(request, "cart/cart.html", _shown(request))


@require_safe
@private
def seen(request: NavRequest, version: int) -> HttpResponse:
    """The picture in a cart that shows what a form has put in: a browser asks for it once that page is on the screen.

    Not before, as for the page itself: until that is there the form can be pressed again.
    """
    found = find_cart(request)
    if found is not None and request.nav.kind is not Kind.PREFETCH:
        services.note_seen(found.pk, version=version)
    return HttpResponse(NOTHING, content_type="image/svg+xml")


@require_POST
@private
@public_form
def add(request: NavRequest) -> HttpResponse:
    """Put something in. The page that sends this is public, so it carries no token."""
    form = AddForm(request.nav.posted)
    if not form.is_valid():
        return _refused(request, _("Please choose an article and a quantity from 1 to 99."))
    passage = request.nav.flow(FLOW)
    cart = services.open_cart(token=cart_token(request), user_id=user_id_of(request), nav_id=passage.ensure_visitor())
    try:
        add_to = services.add_once if makes_entry(request.headers) else services.add
        placed = add_to(cart.pk, **form.cleaned_data)
    except (services.NotOnSale, services.CartClosed):
        return _refused(request, _("This article is not on sale any more."))
    except services.CartMoved:
        return _refused(request, _("Your cart was being changed at that moment. Please try again."))
    request.cart_token = cart.token  # type: ignore[attr-defined]
    passage.touch()
    response = _added(request, placed)
    remember_cart(response, cart.token)
    return response


@require_POST
@private
def line(request: NavRequest, line_id: int) -> HttpResponse:
    """Change or remove a line. Wrong owner and gone are the same to the sender: 404, and a browser is led to its cart."""
    form = QuantityForm(request.nav.posted)
    found = find_cart(request)
    if found is None:
        return redirect_with_history(request, reverse("cart"), replace=True)
    if not form.is_valid():
        messages.error(request, _("The quantity was not changed. Please enter a number from 0 to 99."))
        return _changed(request, status=422)
    try:
        placed = services.set_quantity(found.pk, line_id, **form.cleaned_data)
    except services.NoSuchLine as error:
        if not makes_entry(request.headers):
            raise Http404(str(error)) from error
        messages.warning(request, _("That is not in your cart any more."))
        return redirect_with_history(request, reverse("cart"), replace=True)
    except services.CartClosed:
        return redirect_with_history(request, reverse("cart"), replace=True)
    except services.CartMoved:
        messages.warning(request, _("Your cart was being changed at that moment. Please try again."))
        return _changed(request, status=409)
    except services.ChangedMeanwhile as change:
        _tell_changed(request, change.quantity)
        return _changed(request, status=409)
    request.nav.flow(FLOW).touch()
    _tell_placed(request, placed)
    return _changed(request)


@require_safe
@private
def badge(request: NavRequest) -> HttpResponse:
    """The header's count, a fragment."""
    return render(request, "cart/_badge.html", {"count": count_units(request)})


def _shown(request: NavRequest) -> dict[str, Any]:
    shown = shown_cart(request)
    lines = shown.lines
    is_short = any(line.is_short for line in lines)
    return {"cart": shown.cart, "lines": lines, "subtotal": total_of(lines), "is_short": is_short}


def _changed(request: NavRequest, status: int = 200) -> HttpResponse:
    """After a change inside the cart: the same entry stays, for htmx with the cart rendered anew (R6)."""
    if not request.nav.wants_fragment:
        return redirect_with_history(request, reverse("cart"), replace=True)
    read_cart(request)
    response = render(request, "cart/_cart.html", _shown(request), status=status)
    response["HX-Replace-Url"] = reverse("cart")
    response["HX-Trigger"] = "cart-changed"
    return response


def _added(request: NavRequest, placed: services.Placed) -> HttpResponse:
    if request.nav.wants_fragment:
        response = render(request, "cart/_added.html", {"placed": placed})
        response["HX-Trigger"] = "cart-changed"
        return response
    _tell_placed(request, placed)
    if not placed.is_short:
        messages.success(request, _("%(title)s is in your cart.") % {"title": placed.title})
    return redirect_with_history(request, reverse("cart"), created=True)


def _refused(request: NavRequest, sentence: str) -> HttpResponse:
    if request.nav.wants_fragment:
        return render(request, "cart/_added.html", {"refusal": sentence}, status=422)
    messages.error(request, sentence)
    return redirect_with_history(request, reverse("cart"))


def _tell_placed(request: NavRequest, placed: services.Placed) -> None:
    if not placed.is_short:
        return
    left = ngettext(
        "Only %(count)s of %(title)s can be ordered now, so your cart has that many.",
        "Only %(count)s of %(title)s can be ordered now, so your cart has that many.",
        placed.quantity,
    )
    messages.warning(request, left % {"count": placed.quantity, "title": placed.title})


def _tell_changed(request: NavRequest, quantity: int) -> None:
    sentence = _("You changed this in another tab: the quantity is %(count)s now. Nothing was changed just now.")
    messages.warning(request, sentence % {"count": quantity})
