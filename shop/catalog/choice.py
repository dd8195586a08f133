"""Which variant of a product a page shows, and the links to the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from djmoney.money import Money

from shop.catalog.availability import NOT_SOLD, Availability
from shop.catalog.cards import ImageRow, VariantRow
from shop.catalog.offered import offered

MAX_PER_ORDER = 99


class Offer(NamedTuple):
    """A variant with its option values and its stock read out once."""

    row: VariantRow
    values: list[str]
    stock: Availability

    @property
    def name(self) -> str:
        return " / ".join(self.values) or self.row.sku


@dataclass(frozen=True, slots=True)
class Option:
    """One value of an option: the page that shows it, and whether that variant can be bought."""

    value: str
    url: str
    is_current: bool
    availability: Availability


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """``name``: what is chosen, such as Size; ``chosen``: the value shown now."""

    name: str
    chosen: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The variant shown, with its option values. ``sku`` is empty and ``price`` ``None`` when nothing is on sale."""

    sku: str
    values: list[str]
    price: Money | None
    before: Money | None
    availability: Availability
    most: int
    pictures: tuple[ImageRow, ...]
    groups: tuple[OptionGroup, ...]
    told: tuple[tuple[str, str], ...] = ()
    """Name and value of each option where there is nothing to choose: what is sold is said before it is bought."""

    def offer(self, title: str) -> str:
        """What the page shows of it, sealed for its form; empty without a price."""
        return (
            offered(self.sku, title, self.values, self.price, self.availability).sealed()
            if self.price is not None
            else ""
        )


def choice_of(
    names: Sequence[str], variants: Sequence[VariantRow], pictures: list[ImageRow], sku: str, path: str
) -> Choice:
    """Return what there is to choose. ``names``: of what the variants differ in. ``sku``: what was asked for, or empty.

    Without it, or with one of another product, the first variant that can be bought is shown.
    """
    if not variants:
        return Choice("", [], None, None, NOT_SOLD, 0, tuple(pictures), ())
    offers = [Offer(row, row.values, row.availability) for row in variants]
    shown = next((offer for offer in offers if offer.row.sku == sku), None) or _first_buyable(offers)
    stock = shown.stock
    return Choice(
        sku=shown.row.sku,
        values=shown.values,
        price=shown.row.price,
        before=shown.row.before,
        availability=stock,
        most=stock.left if stock.kind == "few" and stock.left else MAX_PER_ORDER,
        pictures=_own_first(pictures, shown.row.image_id),
        groups=_groups(names, offers, shown, path) if len(offers) > 1 else (),
        told=_told(names, shown.values) if len(offers) == 1 else (),
    )


def _told(names: Sequence[str], values: Sequence[str]) -> tuple[tuple[str, str], ...]:
    if len(names) != len(values):
        return ((_("Choice"), " / ".join(values)),) if values else ()
    return tuple((str(name), value) for name, value in zip(names, values, strict=True))


def _first_buyable(offers: Sequence[Offer]) -> Offer:
    return next((offer for offer in offers if offer.stock.can_buy), offers[0])


def _own_first(pictures: list[ImageRow], image_id: int | None) -> tuple[ImageRow, ...]:
    """Put the variant's own picture first; the others keep their order."""
    return tuple(sorted(pictures, key=lambda picture: picture.pk != image_id))


def _groups(names: Sequence[str], offers: Sequence[Offer], shown: Offer, path: str) -> tuple[OptionGroup, ...]:
    """Return a group per option; one list of all variants where their values do not tell them apart."""
    told = {tuple(offer.values) for offer in offers}
    if len(told) < len(offers) or any(len(values) != len(names) for values in told):
        options = tuple(_option(offer.name, offer, offer is shown, path) for offer in offers)
        return (OptionGroup(_("Choice"), shown.name, options),)
    return tuple(_group(name, index, offers, shown, path) for index, name in enumerate(names))


def _group(name: str, index: int, offers: Sequence[Offer], shown: Offer, path: str) -> OptionGroup:
    """Lead each value to the variant that differs in it alone; where there is none, to the nearest that has it."""
    best: dict[str, Offer] = {}
    for offer in offers:
        known = best.get(offer.values[index])
        if known is None or _distance(offer, shown) < _distance(known, shown):
            best[offer.values[index]] = offer
    options = tuple(_option(value, offer, value == shown.values[index], path) for value, offer in best.items())
    return OptionGroup(str(name), shown.values[index], options)


def _distance(offer: Offer, shown: Offer) -> tuple[int, bool]:
    """Count the options it differs in from what is shown; between equals, one that can be bought is nearer."""
    return sum(mine != theirs for mine, theirs in zip(offer.values, shown.values, strict=True)), not offer.stock.can_buy


def _option(value: str, offer: Offer, is_current: bool, path: str) -> Option:
    return Option(value, f"{path}?{urlencode({'variant': offer.row.sku})}", is_current, offer.stock)
