"""Which stored variant a row of a file is about, and under which SKU it is sold.

A variant is its product and its option values. A SKU is unique here, but not in the shops that files come from: where
several rows have one, it stays with the variant that has it now, or else goes to the first; the others are sold under
a derived one. Nothing of this depends on the order in which products are imported twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.text import slugify

from shop.catalog.importing.base import RowError, VariantRecord
from shop.catalog.models import Product, Variant

MAX_SKU_LENGTH = 100


@dataclass(frozen=True)
class Planned:
    """One row with its variant, ``None`` for a new one, and the SKU that the variant is to have."""

    entry: VariantRecord
    variant: Variant | None
    sku: str


def derived_sku(handle: str, values: Sequence[str]) -> str:
    """Return a SKU for a variant without: readable, at most 100 characters, the same on every run and machine.

    The digest keeps apart what the readable part cannot, such as ``a-b`` + ``c`` and ``a`` + ``b c``.
    """
    digest = hashlib.sha256(json.dumps([handle, *values]).encode()).hexdigest()[:8]
    readable = "-".join(filter(None, [handle, *(slugify(value) for value in values)]))
    return f"{readable[: MAX_SKU_LENGTH - 9]}-{digest}"


class VariantPlan:
    """``entries``: the rows of a file for one product, each with other option values. ``present``: what is stored."""

    def __init__(
        self, product: Product, handle: str, entries: Sequence[VariantRecord], present: Sequence[Variant]
    ) -> None:
        self.remarks: list[RowError] = []
        self._entries = entries
        self._derived = [derived_sku(handle, entry.values) for entry in entries]
        self._taken = _skus_elsewhere(product, [*(entry.sku for entry in entries), *self._derived])
        self._matched = self._match(present)
        self._claims, self._owners = self._claim(present)

    def rows(self) -> list[Planned]:
        return [Planned(entry, self._matched[number], self._sku(number)) for number, entry in enumerate(self._entries)]

    def _match(self, present: Sequence[Variant]) -> list[Variant | None]:
        """Match by the option values; what is left over by its SKU, so that a renamed value is no new variant."""
        by_values = {tuple(variant.values): variant for variant in sorted(present, key=lambda known: known.is_active)}
        matched = [by_values.get(entry.values) for entry in self._entries]
        used = {variant.pk for variant in matched if variant}
        free = {variant.sku: variant for variant in present if variant.pk not in used}
        for number, entry in enumerate(self._entries):
            if matched[number] is None:
                skus = (self._derived[number],) if entry.sku_is_repeated else (entry.sku, self._derived[number])
                found = next((free.pop(sku) for sku in skus if sku in free), None)
                matched[number] = found
        return matched

    def _claim(self, present: Sequence[Variant]) -> tuple[dict[int, str], dict[str, int]]:
        """Return which rows get the file's SKUs, and SKU → row, -1 where no row is about its variant.

        A variant gives its SKU away only when it gets another, which may have to be given away first: claims that fail
        are dropped until all that are left can be met.
        """
        claims = {number: entry.sku for number, entry in enumerate(self._entries) if self._may_claim(number)}
        rows = {variant.pk: number for number, variant in enumerate(self._matched) if variant}
        while True:
            owners: dict[str, int] = {}
            for variant in present:
                number = rows.get(variant.pk, -1)
                if claims.get(number, variant.sku) == variant.sku:
                    owners[variant.sku] = number
            lost = [number for number, sku in claims.items() if owners.setdefault(sku, number) != number]
            if not lost:
                return claims, owners
            for number in lost:
                del claims[number]

    def _may_claim(self, number: int) -> bool:
        entry, variant = self._entries[number], self._matched[number]
        has_it = variant is not None and variant.sku == entry.sku
        return bool(entry.sku) and entry.sku not in self._taken and (has_it or not entry.sku_is_repeated)

    def _sku(self, number: int) -> str:
        entry, variant = self._entries[number], self._matched[number]
        if number in self._claims:
            return entry.sku
        if entry.sku and not entry.sku_is_repeated:
            self._remark(entry)
        # Without a SKU of its own in the file, one that the variant has, from staff or an earlier import, stays.
        return variant.sku if variant else self._free(self._derived[number])

    def _remark(self, entry: VariantRecord) -> None:
        other = self._taken.get(entry.sku)
        whose = f"the product {other!r}" if other else "another variant of this product"
        reason = f"the SKU {entry.sku!r} belongs to {whose}; this variant is sold under a SKU of its own"
        self.remarks.append(RowError(entry.line, reason))

    def _free(self, sku: str) -> str:
        """Return the SKU, or the next that nobody has: a product whose address changed took its SKUs along."""
        number, wanted = 1, sku
        while wanted in self._taken or wanted in self._owners or (number > 1 and _is_there(wanted)):
            number += 1
            wanted = f"{sku[: MAX_SKU_LENGTH - 4]}-{number}"
        return wanted


def park_moving_skus(rows: Iterable[Planned]) -> None:
    """Free the SKUs that variants of one product hand on to each other: no two may have one, not for a moment."""
    for row in rows:
        if row.variant is not None and row.variant.sku != row.sku:
            Variant.objects.filter(pk=row.variant.pk).update(sku=f"~{row.variant.pk}")


def _skus_elsewhere(product: Product, skus: Sequence[str]) -> dict[str, str]:
    """Return those of these SKUs that another product has: SKU → that product's slug."""
    others = Variant.objects.filter(sku__in=list(filter(None, skus))).exclude(product=product)
    return dict(others.values_list("sku", "product__slug"))


def _is_there(sku: str) -> bool:
    return Variant.objects.filter(sku=sku).exists()
