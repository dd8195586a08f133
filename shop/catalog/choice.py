"""Which variant of a product a page shows, and the links to the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from djmoney.money import Money

from shop.catalog.availability import Availability
from shop.catalog.models import Product
from shop.catalog.queries import Picture, VariantRow

MOST_PER_ORDER = 99


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
    options: list[Option]


@dataclass(frozen=True, slots=True)
class Choice:
    """The variant shown. ``sku`` is empty and ``price`` ``None`` when nothing of the product is on sale."""

    sku: str
    label: str
    price: Money | None
    before: Money | None
    availability: Availability
    most: int
    pictures: list[Picture]
    groups: list[OptionGroup]


def choice_of(product: Product, variants: Sequence[VariantRow], pictures: list[Picture], sku: str, path: str) -> Choice:
    """``sku``: what was asked for; without it, or with a foreign one, the first that can be bought is shown."""
    if not variants:
        return Choice("", "", None, None, Availability("out", 0), 0, pictures, [])
    shown = next((row for row in variants if row.sku == sku), None) or _first_buyable(variants)
    stock = shown.availability
    return Choice(
        sku=shown.sku,
        label=" / ".join(map(str, shown.values)),
        price=shown.money,
        before=shown.before,
        availability=stock,
        most=stock.left if stock.kind == "few" and stock.left else MOST_PER_ORDER,
        pictures=_own_first(pictures, shown.image_id),
        groups=_groups(product, variants, shown, path) if len(variants) > 1 else [],
    )


def _first_buyable(variants: Sequence[VariantRow]) -> VariantRow:
    return next((row for row in variants if row.availability.can_buy), variants[0])


def _own_first(pictures: list[Picture], image_id: int | None) -> list[Picture]:
    """The variant's own picture leads, the others keep their order."""
    return sorted(pictures, key=lambda picture: picture.pk != image_id)


def _groups(product: Product, variants: Sequence[VariantRow], shown: VariantRow, path: str) -> list[OptionGroup]:
    names = [str(name) for name in product.options]
    if not names or any(len(row.values) != len(names) for row in variants):
        return [_only_group(variants, shown, path)]
    return [_group(name, index, variants, shown, path) for index, name in enumerate(names)]


def _group(name: str, index: int, variants: Sequence[VariantRow], shown: VariantRow, path: str) -> OptionGroup:
    """Each value leads to the variant that differs in it alone; where there is none, to the first that has it."""
    best: dict[str, VariantRow] = {}
    for row in variants:
        known = best.get(row.values[index])
        if known is None or _distance(row, shown, index) < _distance(known, shown, index):
            best[row.values[index]] = row
    options = [_option(value, row, row.values[index] == shown.values[index], path) for value, row in best.items()]
    return OptionGroup(name, shown.values[index], options)


def _distance(row: VariantRow, shown: VariantRow, index: int) -> tuple[int, bool]:
    """In how many other options it differs from what is shown; between equals, one that can be bought."""
    others = sum(mine != theirs for mine, theirs in zip(row.values, shown.values, strict=True))
    return others - (row.values[index] != shown.values[index]), not row.availability.can_buy


def _only_group(variants: Sequence[VariantRow], shown: VariantRow, path: str) -> OptionGroup:
    """For a product whose variants do not say what they differ in: one list of them all."""
    options = [_option(_name(row), row, row.sku == shown.sku, path) for row in variants]
    return OptionGroup(_("Choice"), _name(shown), options)


def _name(row: VariantRow) -> str:
    return " / ".join(map(str, row.values)) or row.sku


def _option(value: str, row: VariantRow, is_current: bool, path: str) -> Option:
    return Option(str(value), f"{path}?{urlencode({'variant': row.sku})}", is_current, row.availability)
