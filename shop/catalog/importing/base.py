"""What every catalogue format is turned into, and what an import has to say at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

PICTURES_NAMED = 5


class WrongFileError(Exception):
    """The file as a whole cannot be imported; the message is one line for the person at the keyboard."""


@dataclass(frozen=True)
class RowError:
    """Why a row was left out. ``line`` counts from 1, as editors do, and is where the row starts."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


@dataclass(frozen=True)
class ImageRecord:
    """``source_url`` is its identity within the product; ``position`` None: after those already there."""

    line: int
    source_url: str
    alt: str = ""
    position: int | None = None


@dataclass(frozen=True)
class VariantRecord:
    """``sku`` empty: derived; ``sku_is_repeated``: another row has it already. ``image_url``: one of the images.

    ``units`` None: not counted, sold without limit; ``units_unknown``: counted, but the file has no number.
    """

    line: int
    values: tuple[str, ...]
    price: Decimal
    sku: str = ""
    compare_at: Decimal | None = None
    grams: int = 0
    barcode: str = ""
    units: int | None = None
    sells_without: bool = False
    image_url: str = ""
    units_unknown: bool = False
    sku_is_repeated: bool = False


@dataclass(frozen=True)
class CategoryRecord:
    """One node of the tree. ``slug`` empty: made from the name."""

    name: str
    slug: str = ""
    description: str = ""


@dataclass
class ProductRecord:
    """One product as a file tells it.

    ``title`` empty: only further rows of a product that came before; then ``options`` is None. ``category``: the path
    from the root; ``category_is_stated``: the file names it itself, so it also moves a product that is already there.
    ``errors``: rows of this product that were left out. ``remarks``: what was read in another way than it stands there,
    and costs nothing. ``pictures_refused``: addresses that can never be fetched. ``foreign_marks``: signs of currencies
    that stand at prices and are not that of the import.
    """

    line: int
    handle: str
    title: str = ""
    description: str = ""
    brand: str = ""
    category: tuple[CategoryRecord, ...] = ()
    category_is_stated: bool = False
    options: tuple[str, ...] | None = None
    is_published: bool = True
    is_featured: bool | None = None
    variants: list[VariantRecord] = field(default_factory=list)
    images: list[ImageRecord] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    pictures_refused: list[RowError] = field(default_factory=list)
    remarks: list[RowError] = field(default_factory=list)
    foreign_marks: set[str] = field(default_factory=set)

    def remark(self, line: int, reason: str) -> None:
        self.remarks.append(RowError(line, reason))


class CatalogFormat(Protocol):
    """A module of this package: turns the lines of a file into products, lazily."""

    def read(self, lines: Iterable[str], currency: str) -> Iterator[ProductRecord | RowError]: ...


@dataclass(frozen=True)
class Arrival:
    """Units of a variant as a file counts them; None: they are not counted, or, ``units_unknown``, it has no number."""

    variant_id: int
    sku: str
    units: int | None
    sells_without: bool = False
    units_unknown: bool = False


class StockIntake(Protocol):
    """Who writes stock. Passed in, because the stock room builds on the catalogue and not the other way round."""

    def receive(self, arrivals: Sequence[Arrival]) -> int:
        """Take stock in, within the caller's transaction; return how many rows of stock it changed."""
        ...


@dataclass
class Report:
    """Counts, and the first few of what went wrong: an import of any length needs the same memory."""

    limit: int = 20
    products: Counter[str] = field(default_factory=Counter)
    variants: Counter[str] = field(default_factory=Counter)
    pictures: Counter[str] = field(default_factory=Counter)
    stock_changes: int = 0
    error_count: int = 0
    errors: list[RowError] = field(default_factory=list)
    picture_failures: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    note_count: int = 0
    notes: list[RowError] = field(default_factory=list)
    without_units: int = 0
    foreign_marks: set[str] = field(default_factory=set)

    def refuse(self, error: RowError) -> None:
        self.error_count += 1
        if len(self.errors) < self.limit:
            self.errors.append(error)

    def note(self, remark: RowError) -> None:
        """Note something about a row that was imported all the same."""
        self.note_count += 1
        if len(self.notes) < self.limit:
            self.notes.append(remark)

    def picture_failed(self, sentence: str) -> None:
        self.pictures["missing"] += 1
        if len(self.picture_failures) < PICTURES_NAMED:
            self.picture_failures.append(sentence)

    @property
    def read_count(self) -> int:
        return sum(self.products.values())

    @property
    def has_changed(self) -> bool:
        return bool(
            self.products["created"] or self.products["updated"] or self.stock_changes or self.pictures["fetched"]
        )

    def lines(self, got: str = "fetched") -> Iterator[str]:
        """Yield the report as sentences, for a terminal. ``got``: how pictures were had."""
        yield from self.remarks
        for name, counts in (("Products", self.products), ("Variants", self.variants)):
            yield f"{name}: " + ", ".join(f"{counts[word]} {word}" for word in ("created", "updated", "unchanged"))
        if self.stock_changes:
            yield f"Stock: set for {self.stock_changes} variants"
        if self.without_units:
            yield (
                f"The file has no quantities for {self.without_units} variants that it counts: stock that is recorded"
                " here stays, without any they sell without limit"
            )
        if self.foreign_marks:
            yield f"Prices are marked {', '.join(sorted(self.foreign_marks))}; nothing was converted"
        fetched, kept = self.pictures["fetched"], self.pictures["kept"]
        yield f"Pictures: {fetched} {got}, {kept} already here, {self.pictures['missing']} missing"
        yield from (f"  no picture: {sentence}" for sentence in self.picture_failures)
        yield from _and_more(self.pictures["missing"] - len(self.picture_failures), "pictures")
        if self.note_count:
            yield f"Remarks: {self.note_count} rows"
        yield from (f"  {remark}" for remark in self.notes)
        yield from _and_more(self.note_count - len(self.notes), "rows")
        if self.error_count:
            yield f"Left out: {self.error_count} rows"
        yield from (f"  {error}" for error in self.errors)
        yield from _and_more(self.error_count - len(self.errors), "rows")


def _and_more(count: int, things: str) -> Iterator[str]:
    if count > 0:
        yield f"  … and {count} more {things}"
