"""The receipt: whoever has its unguessable address may see it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from checkout.models import Order
from navstate.decorators import stage
from navstate.nav import NavRequest


@require_safe
@stage("checkout", "receipt")
def receipt(request: NavRequest, token: str) -> HttpResponse:
    order: Order = get_object_or_404(Order.objects.prefetch_related("lines"), token=token)
    return render(request, "checkout/receipt.html", {"order": order})
