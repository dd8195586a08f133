"""Shopify's product export: one row per variant under the product's Handle, pictures as rows of their own.

https://help.shopify.com/en/manual/products/import-export/using-csv names the columns.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_unicode_slug
from django.utils.text import capfirst

from shop.catalog.importing.base import CategoryRecord, ImageRecord, ProductRecord, RowError, VariantRecord
from shop.catalog.importing.pictures import address_problem
from shop.catalog.importing.tables import Row, rows
from shop.catalog.importing.text import one_line, plain_text

REQUIRED = ("Handle", "Title", "Variant Price")
# Shopify allows 2,048 variants and 250 pictures. A longer run of one Handle is handed on in parts, to fit in memory.
MOST_ROWS = 2500
LARGEST_WHOLE = 2_147_483_647
_PRICE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2}0*)?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,10}(\.0*)?")
_YES_NO = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


class BadCellError(ValueError):
    """A cell that cannot be understood; the message is the reason given for the row."""


def read(lines: Iterable[str]) -> Iterator[ProductRecord | RowError]:
    """Products in the order of the file; a Handle that comes again later is handed on again."""
    handle, group = "", list[Row]()
    for row in rows(lines, REQUIRED):
        if isinstance(row, RowError):
            yield row
        elif problem := handle_problem(row.cells["Handle"]):
            yield RowError(row.line, problem)
        elif row.cells["Handle"] != handle or len(group) >= MOST_ROWS:
            yield from _product(group)
            handle, group = row.cells["Handle"], [row]
        else:
            group.append(row)
    yield from _product(group)


def handle_problem(handle: str) -> str:
    """Why a Handle cannot be an address; empty when it can. It is kept letter for letter, so that old links work."""
    if not handle:
        return "it has no Handle"
    if len(handle) > 255:
        return f"the Handle has {len(handle)} characters, 255 are possible"
    try:
        validate_unicode_slug(handle)
    except ValidationError:
        return f"the Handle {handle[:60]!r} has characters that an address cannot have"
    return ""


def _product(group: list[Row]) -> Iterator[ProductRecord | RowError]:
    if not group:
        return
    head = next((row for row in group if row.cells["Title"]), None)
    record = ProductRecord(line=group[0].line, handle=group[0].cells["Handle"])
    if head is not None:
        try:
            _read_head(record, head)
        except BadCellError as error:
            yield from (RowError(row.line, f"{error} (line {head.line})") for row in group)
            return
    for row in group:
        _read_row(record, row)
    yield record


def _read_head(record: ProductRecord, row: Row) -> None:
    """The columns that only a product's first row fills in. Raises BadCellError, which refuses the product."""
    cell = row.cells.get
    if _yes_no(row, "Gift Card", default=False):
        raise BadCellError("gift cards cannot be sold here")
    record.title = _short(row, "Title", 255)
    record.brand = _short(row, "Vendor", 120)
    record.description = plain_text(cell("Body (HTML)", ""))
    record.is_published = _yes_no(row, "Published", default=True) and cell("Status", "active").lower() in ("", "active")
    record.options = _option_names(row)
    stated = one_line(cell("Type", ""))
    name = stated or capfirst(one_line(cell("Tags", "").split(",")[0]))
    if len(name) > 120:
        raise BadCellError(f"the category has {len(name)} characters, 120 are possible")
    record.category = (CategoryRecord(name),) if name else ()
    record.category_is_stated = bool(stated)


def _option_names(row: Row) -> tuple[str, ...]:
    names = [_short(row, f"Option{number} Name", 120) for number in (1, 2, 3)]
    if names[:1] == ["Title"] and row.cells.get("Option1 Value") == "Default Title":
        return ()
    given = tuple(itertools.takewhile(bool, names))
    if any(names[len(given) :]):
        raise BadCellError(f"Option{len(given) + 1} has no name, but a later one has")
    if len(set(given)) < len(given):
        raise BadCellError("two options have the same name")
    return given


def _read_row(record: ProductRecord, row: Row) -> None:
    """What every row may bring: a variant, a picture, or both. A bad variant does not cost the picture."""
    _read_image(record, row, "Image Src", alt="Image Alt Text", position="Image Position")
    variant_columns = ("Option1 Value", "Option2 Value", "Option3 Value", "Variant SKU", "Variant Price")
    if not any(row.cells.get(column) for column in variant_columns):
        return
    try:
        record.variants.append(_variant(record, row))
    except BadCellError as error:
        record.errors.append(RowError(row.line, str(error)))


def _variant(record: ProductRecord, row: Row) -> VariantRecord:
    price = _price(row, "Variant Price")
    if price is None:
        raise BadCellError("it has no price")
    before = _price(row, "Variant Compare At Price")
    return VariantRecord(
        line=row.line,
        values=_option_values(record, row),
        price=price,
        sku=_code(row, "Variant SKU"),
        # Many exports write 0.00 or the price itself; only a higher price before is a reduction.
        compare_at=before if before is not None and before > price else None,
        grams=max(0, _whole(row, "Variant Grams")),
        barcode=_code(row, "Variant Barcode"),
        units=_units(row),
        sells_without=_sells_without(row),
        image_url=_read_image(record, row, "Variant Image"),
    )


def _option_values(record: ProductRecord, row: Row) -> tuple[str, ...]:
    values = [_short(row, f"Option{number} Value", 255) for number in (1, 2, 3)]
    if record.options is None or (record.options == () and values == ["Default Title", "", ""]):
        # Rows without their product's first row: how many values there have to be is known where it is looked up.
        return tuple(value for value in values if value and value != "Default Title")
    for number, value in enumerate(values, start=1):
        if number <= len(record.options) and not value:
            raise BadCellError(f"it has no value for {record.options[number - 1]}")
        if number > len(record.options) and value:
            raise BadCellError(f"Option{number} Value is {value!r}, but the product has no such option")
    return tuple(values[: len(record.options)])


def _units(row: Row) -> int | None:
    """None: nobody counts them. Shopify goes below zero when it has sold more than there was; here that is none."""
    if not row.cells.get("Variant Inventory Tracker"):
        return None
    return max(0, _whole(row, "Variant Inventory Qty"))


def _sells_without(row: Row) -> bool:
    policy = row.cells.get("Variant Inventory Policy", "").lower()
    if policy not in ("", "deny", "continue"):
        raise BadCellError(f"the inventory policy is {policy[:30]!r}, not deny or continue")
    return policy == "continue"


def _read_image(record: ProductRecord, row: Row, column: str, *, alt: str = "", position: str = "") -> str:
    """Notes the picture once per product; returns its address, empty when there is none that could be fetched."""
    address = row.cells.get(column, "")
    if not address:
        return ""
    if problem := address_problem(address):
        if all(refused.reason != problem for refused in record.pictures_refused):
            record.pictures_refused.append(RowError(row.line, problem))
        return ""
    if all(image.source_url != address for image in record.images):
        place = row.cells.get(position, "")
        number = int(place) if re.fullmatch(r"[0-9]{1,6}", place, re.ASCII) else None
        record.images.append(ImageRecord(row.line, address, one_line(row.cells.get(alt, ""))[:255], number))
    return address


def _short(row: Row, column: str, longest: int) -> str:
    text = one_line(row.cells.get(column, ""))
    if len(text) > longest:
        raise BadCellError(f"{column} has {len(text)} characters, {longest} are possible")
    return text


def _code(row: Row, column: str) -> str:
    """Spreadsheets put an apostrophe before digits to keep them as text."""
    text = _short(row, column, 101).removeprefix("'")
    if len(text) > 100:
        raise BadCellError(f"{column} has {len(text)} characters, 100 are possible")
    return text


def _price(row: Row, column: str) -> Decimal | None:
    """At most twelve digits, two after the point. NaN, Infinity, exponents and other scripts' digits are refused."""
    text = row.cells.get(column, "")
    if not text:
        return None
    if not _PRICE.fullmatch(text):
        why = "is negative" if text.startswith("-") else "is not a price such as 129.00"
        raise BadCellError(f"{column} {text[:30]!r} {why}")
    return Decimal(text).quantize(Decimal("0.01"))


def _whole(row: Row, column: str) -> int:
    text = row.cells.get(column, "")
    if not text:
        return 0
    if not _WHOLE.fullmatch(text) or abs(int(text.partition(".")[0])) > LARGEST_WHOLE:
        raise BadCellError(f"{column} {text[:30]!r} is not a whole number up to {LARGEST_WHOLE}")
    return int(text.partition(".")[0])


def _yes_no(row: Row, column: str, *, default: bool) -> bool:
    text = row.cells.get(column, "").lower()
    if not text:
        return default
    if text not in _YES_NO:
        raise BadCellError(f"{column} is {text[:30]!r}, not true or false")
    return _YES_NO[text]
