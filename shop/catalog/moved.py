"""Addresses of the catalogue that were other ones before, or are written in other letters: one permanent redirect."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse

from navstate.http import NavRequest
from shop.catalog.slugs import slug_today

View = Callable[[NavRequest, str], HttpResponse]


def moved(route: str, rows: Callable[[], QuerySet]) -> Callable[[View], View]:  # type: ignore[type-arg]
    """Lead to the page of today, with the whole query, where nothing has this slug; or 404 all the same.

    ``rows``: what may be shown. Costs nothing where the page is found.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: NavRequest, slug: str) -> HttpResponse:
            query = request.META.get("QUERY_STRING", "")
            try:
                return view(request, slug)
            except Http404:
                today = slug_today(rows(), slug)
                if not today:
                    raise
                return HttpResponsePermanentRedirect(reverse(route, args=[today]) + (query and f"?{query}"))

        return answer

    return decorate
