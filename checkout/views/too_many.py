"""The refusal of an order because too many others are not paid yet: what to do, in one sentence with the way there."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from checkout.services.limits import EMAIL, TooManyOpen
from navstate.http import NavRequest, redirect_with_history


def tell_too_many(request: NavRequest, refusal: TooManyOpen) -> HttpResponse:
    """Lead back to the review, with nothing lost."""
    messages.warning(request, _sentence(refusal))
    return redirect_with_history(request, request.path, replace=True)


def _sentence(refusal: TooManyOpen) -> SafeString:
    values = {"count": refusal.count, "minutes": refusal.minutes}
    if refusal.orders:
        told = ngettext(
            "You have %(count)d order that is not paid yet. Please pay or cancel it first; your cart stays as it is.",
            "You have %(count)d orders that are not paid yet. Please pay or cancel one of them first; "
            "your cart stays as it is.",
            len(refusal.orders),
        )
        return format_html("{} {}", told % {"count": len(refusal.orders)}, _links(refusal))
    if refusal.kind == EMAIL:
        told = ngettext(
            "Too many orders with this e-mail address are not paid yet. Please pay or cancel one of them, or try again in "
            "%(minutes)d minute; your cart stays as it is.",
            "Too many orders with this e-mail address are not paid yet. Please pay or cancel one of them, or try again in "
            "%(minutes)d minutes; your cart stays as it is.",
            refusal.minutes,
        )
    else:
        told = ngettext(
            "Too many orders from your network are not paid yet. Please try again in %(minutes)d minute; "
            "your cart stays as it is.",
            "Too many orders from your network are not paid yet. Please try again in %(minutes)d minutes; "
            "your cart stays as it is.",
            refusal.minutes,
        )
    return format_html("{}", told % values)


def _links(refusal: TooManyOpen) -> SafeString:
    rows = ((reverse("pay", args=[order.token]), order.number) for order in refusal.orders)
    return format_html_join(", ", '<a href="{}" data-testid="open-order">{}</a>', rows)
