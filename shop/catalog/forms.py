"""What a public page may be asked for. Everything unknown, malformed or too long is dropped without a word.

The queries are also the keys that pages are kept under, so each has one spelling: known names in a fixed order,
defaults left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.catalog.text import nfc

MAX_PAGES = 9999
MAX_PAGES_TOGETHER = 10
"""Pages that may stand together on one ("Show more"); further ones are reached by plain paging."""

MAX_SEARCH_LENGTH = 100
MAX_SKU_LENGTH = 100
YES = frozenset({"1", "true", "on", "yes"})
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")

SORTS: dict[str, Promise] = {
    "featured": _("Featured"),
    "newest": _("Newest"),
    "price": _("Price, lowest first"),
    "-price": _("Price, highest first"),
    "name": _("Name"),
}
SEARCH_SORTS: dict[str, Promise] = {
    "match": _("Best match"),
    **{name: label for name, label in SORTS.items() if name != "featured"},
}


@dataclass(frozen=True, slots=True)
class ListQuery:
    """``page``: from 1. ``together``: how many pages from the first on, 1 elsewhere. ``q``: empty in a category."""

    sort: str
    in_stock: bool = False
    page: int = 1
    together: int = 1
    q: str = ""

    def query(self, default_sort: str) -> str:
        """Return the one spelling of this query, such as ``sort=price&page=2``; empty for the plain page."""
        parts = {
            "q": self.q,
            "sort": "" if self.sort == default_sort else self.sort,
            "in_stock": "1" if self.in_stock else "",
            "page": str(self.page) if self.page > 1 else "",
            "pages": str(self.together) if self.together > 1 else "",
        }
        return urlencode({name: value for name, value in parts.items() if value})


def read_category_query(query: QueryDict) -> ListQuery:
    return ListQuery(_sort(query, SORTS), _in_stock(query), _page(query), _together(query))


def read_search_query(query: QueryDict) -> ListQuery:
    text = _text(query, "q", MAX_SEARCH_LENGTH)
    return ListQuery(_sort(query, SEARCH_SORTS), _in_stock(query), _page(query), _together(query), text)


def category_query(query: QueryDict) -> str:
    return read_category_query(query).query("featured")


def search_query(query: QueryDict) -> str:
    return read_search_query(query).query("match")


def read_sku(query: QueryDict) -> str:
    return _text(query, "variant", MAX_SKU_LENGTH)


def product_query(query: QueryDict) -> str:
    sku = read_sku(query)
    return urlencode({"variant": sku}) if sku else ""


def no_query(query: QueryDict) -> str:
    return ""


def _sort(query: QueryDict, sorts: dict[str, Promise]) -> str:
    asked = query.get("sort", "")
    return asked if asked in sorts else next(iter(sorts))


def _in_stock(query: QueryDict) -> bool:
    return query.get("in_stock", "").lower() in YES


def _page(query: QueryDict) -> int:
    return _number(query, "page", MAX_PAGES)


def _together(query: QueryDict) -> int:
    """Return how many pages stand together: from the first one on; a page by its number stands alone."""
    return _number(query, "pages", MAX_PAGES_TOGETHER) if _page(query) == 1 else 1


def _number(query: QueryDict, name: str, most: int) -> int:
    """Return a number from 1 to ``most``; 1 for what is no number."""
    asked = query.get(name, "")
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 9):
        return 1
    return min(max(int(asked), 1), most)


def _text(query: QueryDict, name: str, longest: int) -> str:
    """Return the text without control characters, which PostgreSQL refuses and nobody types."""
    return " ".join(CONTROL.sub(" ", nfc(query.get(name, "")[: 4 * longest])).split())[:longest].strip()
