"""Searching the catalogue: every word must be found somewhere, products with all words in the title come first.

Substrings by LIKE on SQLite and PostgreSQL alike, so that both set-ups find the same and Chinese, which has no spaces
between words, is found as well. Compared is what ``searchable`` keeps folded: accents, apostrophes, width and case of
what is typed do not count.
"""

from __future__ import annotations

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from shop.catalog.models import Product, Variant
from shop.catalog.queries import only_in_stock, published, sorted_by
from shop.catalog.text import fold

MAX_WORDS = 6
"""Further words are ignored: each is one more LIKE over four columns."""

PRODUCT_COLUMNS = ("folded_title", "folded_text", "category__folded_name")


def words_of(text: str) -> list[str]:
    """Return the words of a search as they are compared, each once, at most :data:`MAX_WORDS`."""
    return list(dict.fromkeys(fold(text).split()))[:MAX_WORDS]


def found(text: str, sort: str, *, in_stock: bool) -> QuerySet[Product]:
    """Return what a search lists. ``sort``: a name of ``forms.SEARCH_SORTS``."""
    products = matching(only_in_stock(published()) if in_stock else published(), text)
    return best_first(products, text) if sort == "match" else sorted_by(products, sort)


def matching(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Keep those of ``products`` that have every word of ``text``; none for a text without words."""
    words = words_of(text)
    if not words:
        return products.none()
    for word in words:
        skus = Variant.objects.filter(folded_sku__contains=word, product=OuterRef("pk"), is_active=True)
        anywhere = Q(Exists(skus))
        for column in PRODUCT_COLUMNS:
            anywhere |= Q(**{f"{column}__contains": word})
        products = products.filter(anywhere)
    return products


def best_first(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Sort: all words in the title, then the first word in the title, then the rest, each by title."""
    words = words_of(text)
    all_words = Q()
    for word in words:
        all_words &= Q(folded_title__contains=word)
    first = Q(folded_title__contains=words[0]) if words else Q()
    in_title = [When(all_words, then=Value(0)), When(first, then=Value(1))] if words else []
    rank = Case(*in_title, default=Value(2), output_field=IntegerField())
    return products.annotate(rank=rank).order_by("rank", "title", "pk")
