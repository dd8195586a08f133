"""The pages that everybody sees alike: home, category, search, product."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from navstate.decorators import public
from navstate.http import NavRequest
from shop.catalog import forms, queries, search
from shop.catalog.cards import summaries
from shop.catalog.choice import choice_of
from shop.catalog.forms import ListQuery
from shop.catalog.models import Category
from shop.catalog.moved import moved
from shop.catalog.pagecache import NotKept, cached_page
from shop.catalog.paging import ListPages, Stretch


@public
@require_safe
@cached_page(forms.no_query)
def home(request: NavRequest) -> HttpResponse:
    context = {"cards": queries.home_cards(), "categories": queries.roots(), "canonical": _absolute(request.path)}
    return _page(request, "catalog/home.html", "catalog/home.html", context)


@public
@require_safe
@moved("category", Category.objects.all)
@cached_page(forms.category_query)
def category(request: NavRequest, slug: str) -> HttpResponse:
    asked = forms.read_category_query(request.GET)
    family = queries.family(slug)
    if family is None:
        raise Http404(_("There is no such category."))
    pages = queries.products_below(family.path, asked.sort, in_stock=asked.in_stock, per_page=settings.PAGE_SIZE)
    context = _listing(request, pages, asked, forms.SORTS) | {"category": family, "title": family.name}
    request.nav.attributes.update({"category": slug, **_attributes(asked, context["page"])})
    return _page(request, "catalog/category.html", _fragment(asked), context, is_kept=_exists(asked, context))


@public
@require_safe
@cached_page(forms.search_query, keep=False)
def search_results(request: NavRequest) -> HttpResponse:
    asked = forms.read_search_query(request.GET)
    rows = queries.card_rows(search.found(asked.q, asked.sort, in_stock=asked.in_stock))
    context = _listing(request, ListPages(rows, settings.PAGE_SIZE), asked, forms.SEARCH_SORTS) | {
        "q": asked.q,
        "title": search_title(asked.q),
    }
    if not context["cards"]:
        context["categories"] = queries.roots()
    request.nav.attributes.update(_attributes(asked, context["page"]))
    return _page(request, "catalog/search.html", _fragment(asked), context, is_kept=False)


@public
@require_safe
@moved("product", queries.published)
@cached_page(forms.product_query)
def product(request: NavRequest, slug: str) -> HttpResponse:
    found = queries.product_text(slug)
    if found is None:
        raise Http404(_("There is no such product."))
    related = queries.related_rows(found)
    ids = [found.pk, *(row.pk for row in related)]
    variants, images = queries.variants_of(ids), queries.images_of(ids)
    sku = forms.read_sku(request.GET)
    choice = choice_of(found.options, variants.get(found.pk, []), images.get(found.pk, []), sku, request.path)
    context = {
        "product": found,
        "choice": choice,
        "offer": choice.offer(found.title),
        "way": queries.way_to(found.path),
        "related": queries.cards_of(
            related, summaries(row.price_row for rows in variants.values() for row in rows), images
        ),
        "canonical": _absolute(request.path),
    }
    is_kept = not sku or choice.sku == sku
    return _page(request, "catalog/product.html", "catalog/_product.html", context, is_kept=is_kept)


def _listing(request: NavRequest, pages: ListPages, asked: ListQuery, sorts: dict[str, Any]) -> dict[str, Any]:
    """Return the context of a list. ``pages``: of card rows. A page beyond the last is the last."""
    page = pages.stretch(asked.page, asked.together, only_last=request.nav.wants_fragment)
    default = next(iter(sorts))
    canonical = ListQuery(default, page=page.first, q=asked.q).query(default)
    return {
        "page": page,
        "cards": queries.cards(page.object_list),
        "total": _counted(page.paginator.count),
        "asked": asked,
        "sorts": tuple(sorts.items()),
        "canonical": _absolute(request.path, canonical),
    }


def _fragment(asked: ListQuery) -> str:
    """Answer htmx: the list anew, or what one more page adds to it."""
    return "catalog/_more.html" if asked.together > 1 else "catalog/_results.html"


def _counted(total: int) -> str:
    return ngettext("%(total)s product", "%(total)s products", total) % {"total": total}


def search_title(text: str) -> str:
    return f"{_('Search')}: {text}" if text else _("Search")


def _exists(asked: ListQuery, context: dict[str, Any]) -> bool:
    """Tell whether the pages asked for are there, and not the last ones in their place."""
    page: Stretch = context["page"]
    return (page.first, page.together) == (asked.page, asked.together)


def _attributes(asked: ListQuery, page: Stretch) -> dict[str, Any]:
    """Return what ``<html>`` says about a list, as ``data-nav-*``."""
    said = {"sort": asked.sort, "in_stock": int(asked.in_stock), "page": page.first}
    return said | {"pages": page.together} if page.together > 1 else said


def _absolute(path: str, query: str = "") -> str:
    """Return the address search engines shall keep; from the settings, as a Host header is anybody's word."""
    return f"{settings.SHOP_URL.rstrip('/')}{path}{'?' if query else ''}{query}"


def _page(
    request: NavRequest, document: str, fragment: str, context: dict[str, Any], *, is_kept: bool = True
) -> HttpResponse:
    """Answer with the whole document, or for htmx only the part that changes (R7)."""
    name = fragment if request.nav.wants_fragment else document
    context |= {"is_fragment": request.nav.wants_fragment}
    content = render_to_string(name, context, request)
    return HttpResponse(content) if is_kept else NotKept(content)
