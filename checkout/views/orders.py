"""What an account has ordered. A gate of the account flow: a guest is led to the login and back."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from checkout.queries import orders_of
from navstate.decorators import stage
from navstate.http import NavRequest

FLOW = "account"
"""Name of the flow that this page is a stage of; declared by the accounts room."""


@require_safe
@stage(FLOW, "orders")
def orders(request: NavRequest) -> HttpResponse:
    """List the account's orders; a page number that is none, or too high, shows the first or the last page."""
    pages = Paginator(orders_of(int(request.nav.passage.facts["user"])), settings.PAGE_SIZE)
    page = pages.get_page(request.GET.get("page"))
    return render(request, "orders/list.html", {"page": page, "orders": page.object_list})
