"""Writes one product record: creates what is missing, changes what differs, leaves the rest alone. For every format.

Who wins: what the file says of a product, its variants and its pictures replaces what is stored. Nothing is deleted:
what staff added stays. A variant is taken off sale only when it cannot be chosen any more, because the product's
options changed or another variant took its values. Stock is different, see ``StockIntake``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import models, transaction
from djmoney.money import Money

from shop.catalog.importing.base import (
    Arrival,
    CategoryRecord,
    ProductRecord,
    RowError,
    StockIntake,
    VariantRecord,
)
from shop.catalog.importing.categories import ensure_category
from shop.catalog.importing.variants import Planned, VariantPlan, park_moving_skus
from shop.catalog.models import Image, Product, Variant
from shop.catalog.services import bump_catalog_version


class RefusedError(Exception):
    """The product cannot be written at all; nothing of it was."""


@dataclass
class Written:
    """``change``: created, updated or unchanged. ``awaiting``: keys of its pictures that have no file yet."""

    product: Product
    change: str = "unchanged"
    variants: Counter[str] = field(default_factory=Counter)
    stock_changes: int = 0
    errors: list[RowError] = field(default_factory=list)
    remarks: list[RowError] = field(default_factory=list)
    without_units: int = 0
    awaiting: list[int] = field(default_factory=list)
    pictures_kept: int = 0


class Writer:
    """Writes records with amounts in ``currency``; a product whose file names no category goes to ``fallback``."""

    def __init__(
        self, *, currency: str, intake: StockIntake, fallback: CategoryRecord, is_rehearsal: bool = False
    ) -> None:
        self.currency = currency
        self._intake = intake
        self._fallback = fallback
        self._is_rehearsal = is_rehearsal

    def write(self, record: ProductRecord) -> Written:
        """Write in one transaction; a rehearsal is rolled back. Raises RefusedError, and the database's errors."""
        with transaction.atomic():
            product, changes = self._product(record)
            written = Written(product, "created" if product.pk is None else "updated" if changes else "unchanged")
            _save(product, changes)
            images = self._images(record, written)
            arrivals = self._variants(record, written, images, "options" in changes)
            # In the order of SKUs, as orders take stock: two that lock the same rows then wait instead of deadlocking.
            written.stock_changes = self._intake.receive(sorted(arrivals, key=lambda arrival: arrival.sku))
            if written.change == "unchanged" and (written.variants["created"] or written.variants["updated"]):
                written.change = "updated"
            if self._is_rehearsal:
                transaction.set_rollback(True)
            elif written.change != "unchanged" or written.stock_changes:
                bump_catalog_version()
        return written

    def _product(self, record: ProductRecord) -> tuple[Product, list[str]]:
        """Return the product, not saved yet, and the names of its fields that change."""
        product = product_of(record.handle)
        if product is None:
            check_can_be_created(record)
            product = Product(slug=record.handle)
        if not record.title:
            return product, []
        wanted: dict[str, object] = {
            "title": record.title,
            "description": record.description,
            "brand": record.brand,
            "options": list(record.options or ()),
            "is_published": record.is_published,
        }
        if record.is_featured is not None:
            wanted["is_featured"] = record.is_featured
        if product.pk is None or record.category_is_stated:
            wanted["category"] = ensure_category(record.category or (self._fallback,))
        return product, _assign(product, wanted)

    def _images(self, record: ProductRecord, written: Written) -> dict[str, Image]:
        """Return the product's pictures by source address."""
        images = {image.source_url: image for image in written.product.images.all()}
        following = max((image.position for image in images.values()), default=0)
        for entry in record.images:
            image = images.get(entry.source_url) or Image(product=written.product, source_url=entry.source_url)
            if image.pk is None:
                following += 1
            place = entry.position if entry.position is not None else image.position or following
            changes = _assign(image, {"alt": entry.alt or image.alt or written.product.title, "position": place})
            _save(image, changes)
            if changes and written.change == "unchanged":
                written.change = "updated"
            images[entry.source_url] = image
        named = [images[entry.source_url] for entry in record.images]
        written.awaiting = [image.pk for image in named if not image.file]
        written.pictures_kept = len(named) - len(written.awaiting)
        return images

    def _variants(
        self, record: ProductRecord, written: Written, images: dict[str, Image], options_changed: bool
    ) -> list[Arrival]:
        product = written.product
        present = list(product.variants.all()) if product.pk else []
        entries = [entry for entry in record.variants if not _has_problem(product, entry, written)]
        plan = VariantPlan(product, record.handle, entries, present)
        rows = plan.rows()
        written.remarks += plan.remarks
        park_moving_skus(rows)
        following = max((variant.position for variant in present), default=-1)
        used, arrivals = set[int](), list[Arrival]()
        for number, row in enumerate(rows):
            variant, entry = row.variant or Variant(product=product, sku=row.sku), row.entry
            following += variant.pk is None
            place = number if record.title else following if variant.pk is None else variant.position
            changes = _assign(variant, self._wanted(row, variant, images) | {"position": place})
            if options_changed and not variant.is_active:
                changes += _assign(variant, {"is_active": True})
            written.variants["created" if variant.pk is None else "updated" if changes else "unchanged"] += 1
            written.without_units += entry.units_unknown
            _save(variant, changes)
            used.add(variant.pk)
            arrivals.append(Arrival(variant.pk, row.sku, entry.units, entry.sells_without, entry.units_unknown))
        written.variants["updated"] += _retire(product, present, used, record.variants)
        return arrivals

    def _wanted(self, row: Planned, variant: Variant, images: dict[str, Image]) -> dict[str, object]:
        entry = row.entry
        image = images.get(entry.image_url)
        return {
            "sku": row.sku,
            "values": list(entry.values),
            "price": Money(entry.price, self.currency),
            "compare_at": None if entry.compare_at is None else Money(entry.compare_at, self.currency),
            "grams": entry.grams,
            "barcode": entry.barcode,
            "image_id": image.pk if image else variant.image_id,
        }


def product_of(handle: str) -> Product | None:
    """Return the product with this address, today or formerly: staff may have given it another one since."""
    today: Product | None = Product.objects.filter(slug=handle).first()
    return today or Product.objects.filter(former_slugs__slug=handle).first()


def check_can_be_created(record: ProductRecord) -> None:
    """Raise RefusedError when the record alone is not enough for a product."""
    if not record.title:
        raise RefusedError(f"no row of the Handle {record.handle!r} has a title")
    if not record.variants:
        raise RefusedError(f"{record.handle!r} has no variant that could be sold")


def _has_problem(product: Product, entry: VariantRecord, written: Written) -> bool:
    """Tell whether the row cannot be a variant of this product; ``written`` says why."""
    if len(entry.values) == len(product.options):
        return False
    reason = f"it has {len(entry.values)} option values, the product has {len(product.options)} options"
    written.errors.append(RowError(entry.line, reason))
    return True


def _retire(product: Product, present: Sequence[Variant], used: set[int], entries: Sequence[VariantRecord]) -> int:
    """Take off sale what can no longer be told apart or chosen; return how many."""
    told = {entry.values for entry in entries}
    gone = [
        variant.pk
        for variant in present
        if variant.pk not in used
        and variant.is_active
        and (len(variant.values) != len(product.options) or tuple(variant.values) in told)
    ]
    return Variant.objects.filter(pk__in=gone).update(is_active=False) if gone else 0


def _assign(instance: models.Model, wanted: dict[str, object]) -> list[str]:
    """Set what differs; return the names of those fields."""
    changed = [name for name, value in wanted.items() if getattr(instance, name, None) != value or instance.pk is None]
    for name in changed:
        setattr(instance, name, wanted[name])
    return changed


def _save(instance: models.Model, changes: list[str]) -> None:
    """Save only the changed columns: what staff change meanwhile in others is not written back."""
    if instance.pk is None:
        instance.save()
    elif changes:
        # An amount and its currency are two columns; updated_at follows only when it is named.
        extra = [f"{name}_currency" for name in changes if name in ("price", "compare_at")]
        extra += ["updated_at"] if isinstance(instance, Product) else []
        instance.save(update_fields=[*changes, *extra])
