"""Searching the catalogue: every word must be found somewhere, products with all words in the title come first.

Substrings by LIKE on SQLite and PostgreSQL alike, so that both set-ups find the same and Chinese, which has no spaces
between words, is found as well.
"""

from __future__ import annotations

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When

from shop.catalog.models import Product, Variant
from shop.catalog.queries import only_in_stock, published, sorted_by

MOST_WORDS = 6
"""Further words are ignored: each is one more LIKE over five columns."""

PRODUCT_COLUMNS = ("title", "brand", "description", "category__name")


def words_of(text: str) -> list[str]:
    """The words of a search, each once, at most :data:`MOST_WORDS`."""
    return list(dict.fromkeys(text.split()))[:MOST_WORDS]


def found(text: str, sort: str, *, in_stock: bool) -> QuerySet[Product]:
    """What a search lists. ``sort``: a name of ``forms.SEARCH_SORTS``."""
    products = matching(only_in_stock(published()) if in_stock else published(), text)
    return best_first(products, text) if sort == "match" else sorted_by(products, sort)


def matching(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """Those of ``products`` that have every word of ``text``; none for a text without words."""
    words = words_of(text)
    if not words:
        return products.none()
    for word in words:
        skus = Variant.objects.filter(_found("sku", word), product=OuterRef("pk"), is_active=True)
        anywhere = Q(Exists(skus))
        for column in PRODUCT_COLUMNS:
            anywhere |= _found(column, word)
        products = products.filter(anywhere)
    return products


def best_first(products: QuerySet[Product], text: str) -> QuerySet[Product]:
    """All words in the title, then the first word in the title, then the rest, each by title."""
    words = words_of(text)
    all_words = Q()
    for word in words:
        all_words &= _found("title", word)
    in_title = [When(all_words, then=Value(0)), When(_found("title", words[0]), then=Value(1))] if words else []
    rank = Case(*in_title, default=Value(2), output_field=IntegerField())
    return products.annotate(rank=rank).order_by("rank", "title", "pk")


def _found(column: str, word: str) -> Q:
    """SQLite folds the case of ASCII letters only, so other words are also looked for in the usual spellings."""
    found = Q(**{f"{column}__icontains": word})
    if word.isascii():
        return found
    for spelling in {word.lower(), word.upper(), word.capitalize()} - {word}:
        found |= Q(**{f"{column}__icontains": spelling})
    return found
