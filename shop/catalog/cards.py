"""Rows of the database, put together into what pages show: a card in a list, a variant, a picture, a link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.urls import reverse
from djmoney.money import Money

from shop.catalog.availability import NOT_SOLD, Availability, availability
from shop.money import money_of, money_text
from shop.sql.reads import from_json

PriceRow = tuple[int, Any, str, Any, int | None, bool | None, Any]
"""Product id, price, currency, compare_at, available, sells_without, option values; as stored."""


class CardRow(NamedTuple):
    pk: int
    title: str
    slug: str
    brand: str


class ImageRow(NamedTuple):
    """``width``, ``height``: pixels of the file, so that nothing jumps while it loads."""

    product_id: int
    pk: int
    file: str
    alt: str
    width: int
    height: int

    @property
    def url(self) -> str:
        return _file_url(self.file)


class VariantRow(NamedTuple):
    """One variant on sale with its stock, as the database gives it; ``available`` is ``None`` when nobody counts it."""

    product_id: int
    sku: str
    stored_values: Any
    stored_price: Any
    currency: str
    compare_at: Any
    image_id: int | None
    available: int | None
    sells_without: bool | None

    @property
    def price_row(self) -> PriceRow:
        """What ``summaries`` takes."""
        return (
            *(self.product_id, self.stored_price, self.currency, self.compare_at),
            *(self.available, self.sells_without, self.stored_values),
        )

    @property
    def values(self) -> list[str]:
        return [str(value) for value in from_json(self.stored_values)]

    @property
    def price(self) -> Money:
        return money_of(self.stored_price, self.currency)

    @property
    def before(self) -> Money | None:
        """The price before, where it was higher."""
        is_reduced = self.compare_at is not None and self.compare_at > self.stored_price
        return money_of(self.compare_at, self.currency) if is_reduced else None

    @property
    def availability(self) -> Availability:
        return availability(self.available, sells_without=self.sells_without)


@dataclass(frozen=True, slots=True)
class Card:
    """A product in a list, in the language that is active.

    ``price``: of its cheapest variant, empty when none is on sale; ``varies``: others cost more. ``stock``: what is told
    about all variants together, empty while there are plenty; ``is_out``: none of them is left. ``variant``: what an
    only variant is, such as ``Large / Moss``.
    """

    title: str
    url: str
    price: str
    before: str
    varies: bool
    stock: str
    is_out: bool
    picture: str
    alt: str
    width: int
    height: int
    variant: str = ""


class Link(NamedTuple):
    name: str
    url: str


class Linker:
    """Addresses of a route with one slug, without resolving the route again for each."""

    def __init__(self, route: str) -> None:
        self.before, _, self.after = reverse(route, args=["SLUG"]).partition("SLUG")

    def __call__(self, slug: str) -> str:
        return f"{self.before}{_quoted(slug)}{self.after}"


@dataclass(slots=True)
class Summary:
    """What a list tells of all variants of a product together. ``lowest``, ``highest``: prices as stored.

    ``compare_at``: of the cheapest; ``left``: units; ``is_endless``: one of them is not counted or sells beyond zero.
    ``only_values``: the option values of an only variant, as stored; ``None`` where there are more.
    """

    lowest: Any
    highest: Any
    compare_at: Any
    currency: str
    left: int = 0
    is_endless: bool = False
    only_values: Any = None


def summaries(rows: Iterable[PriceRow]) -> dict[int, Summary]:
    """Return the summaries by product id, in one pass."""
    found: dict[int, Summary] = {}
    for product_id, price, currency, compare_at, available, sells_without, values in rows:
        known = found.get(product_id)
        if known is None:
            known = found[product_id] = Summary(price, price, compare_at, currency, only_values=values)
        else:
            known.only_values = None
            if price < known.lowest:
                known.lowest, known.compare_at = price, compare_at
            elif price > known.highest:
                known.highest = price
        if available is None or sells_without:
            known.is_endless = True
        else:
            known.left += available
    return found


def card(row: CardRow, url: str, summary: Summary | None, image: ImageRow | None, language: str | None) -> Card:
    """Build the card of a product. ``language``: the active one."""
    picture, alt, width, height = (image.url, image.alt, image.width, image.height) if image else ("", "", 0, 0)
    if summary is None:
        return Card(row.title, url, "", "", False, NOT_SOLD.text, True, picture, alt, width, height)
    low, compare_at, currency = summary.lowest, summary.compare_at, summary.currency
    price = _price_text(low, currency, language)
    before = _price_text(compare_at, currency, language) if compare_at is not None and compare_at > low else ""
    stock = availability(None if summary.is_endless else summary.left)
    told = "" if stock.kind == "in" else stock.text
    varies = summary.highest > low
    variant = _label(summary.only_values) if summary.only_values else ""
    return Card(row.title, url, price, before, varies, told, not stock.can_buy, picture, alt, width, height, variant)


def _label(stored_values: Any) -> str:
    return " / ".join(str(value) for value in from_json(stored_values))


_quoted = lru_cache(maxsize=4096)(quote)


@lru_cache(maxsize=4096)
def _file_url(name: str) -> str:
    """Return an address that lasts anyway: pages are kept for an hour."""
    return default_storage.url(name)


@lru_cache(maxsize=4096)
def _price_text(stored: Any, currency: str, language: str | None) -> str:
    """Write the price. ``language``: the active one, which the text is in."""
    return money_text(money_of(stored, currency))
