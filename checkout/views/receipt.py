"""The receipt, at its unguessable address."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from checkout.queries import receipt_of
from checkout.views.owner import ask_owner
from navstate.decorators import stage
from navstate.nav import NavRequest


@require_safe
@stage("checkout", "receipt")
def receipt(request: NavRequest, token: str) -> HttpResponse:
    order = receipt_of(token)
    if order is None:
        raise Http404("no such order")
    if refusal := ask_owner(request, order.user_id):
        return refusal
    return render(request, "checkout/receipt.html", {"order": order})
