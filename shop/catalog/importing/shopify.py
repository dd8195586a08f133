"""Shopify's product export: one row per variant under the product's Handle, pictures as rows of their own.

https://help.shopify.com/en/manual/products/import-export/using-csv names the columns.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.utils.text import capfirst

from shop.catalog.importing.base import CategoryRecord, ImageRecord, ProductRecord, RowError, VariantRecord
from shop.catalog.importing.columns import NAMES, OPTIONS, REQUIRED
from shop.catalog.importing.numbers import NotANumberError, decimal_of, grams_of, price_of
from shop.catalog.importing.pictures import address_problem, fetchable_address
from shop.catalog.importing.tables import Row, rows
from shop.catalog.importing.text import one_line, plain_text
from shop.catalog.text import is_slug
from shop.money import digits_of, is_sign_of

# Shopify allows 2,048 variants and 250 pictures. A longer run of one Handle is handed on in parts, to fit in memory.
MAX_ROWS = 2500
LARGEST_WHOLE = 2_147_483_647
MAX_LEVELS = 8
MAX_CODE_LENGTH = 100
_YES_NO = {
    **dict.fromkeys(("true", "yes", "1", "t", "y", "wahr", "vrai", "ja", "oui"), True),
    **dict.fromkeys(("false", "no", "0", "f", "n", "falsch", "faux", "nein", "non"), False),
}
_POLICIES = {"": False, "deny": False, "continue": True} | _YES_NO
_LEVELS = re.compile(r"\s*(?:>|›|»|→)\s*")
_NO_CATEGORY = frozenset({"", "uncategorized", "uncategorised"})
_ROUNDED_CODE = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]+", re.IGNORECASE)
_WEIGHTS = (("Variant Grams", "g"), ("Weight (kg)", "kg"), ("Weight (lb)", "lb"), ("Weight (oz)", "oz"))


class BadCellError(ValueError):
    """A cell that cannot be understood; the message is the reason given for the row."""


def read(lines: Iterable[str], currency: str) -> Iterator[ProductRecord | RowError]:
    """Yield products in the order of the file; a Handle that comes again later is handed on again.

    ``currency``: of the prices, which decides how many digits they have.
    """
    handle, group = "", list[Row]()
    for row in rows(lines, REQUIRED, NAMES):
        if isinstance(row, RowError):
            yield row
        elif problem := handle_problem(row.cells["Handle"]):
            yield RowError(row.line, problem)
        elif row.cells["Handle"] != handle or len(group) >= MAX_ROWS:
            yield from _product(group, currency)
            handle, group = row.cells["Handle"], [row]
        else:
            group.append(row)
    yield from _product(group, currency)


def handle_problem(handle: str) -> str:
    """Say why a Handle cannot be an address; empty when it can.

    It is kept letter for letter, so that old links work.
    """
    if not handle:
        return "it has no Handle"
    if len(handle) > 255:
        return f"the Handle has {len(handle)} characters, 255 are possible"
    if not is_slug(handle):
        return f"the Handle {handle[:60]!r} has characters that an address cannot have"
    return ""


def _product(group: list[Row], currency: str) -> Iterator[ProductRecord | RowError]:
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
        _read_row(record, row, currency)
    yield record


def _read_head(record: ProductRecord, row: Row) -> None:
    """Read what only a product's first row fills in. Raises BadCellError, which refuses the product."""
    cell = row.cells.get
    if _yes_no(row, "Gift Card", default=False):
        raise BadCellError("gift cards cannot be sold here")
    record.title = _short(row, "Title", 255)
    record.brand = _short(row, "Vendor", 120)
    record.description = plain_text(cell("Body (HTML)", ""))
    record.is_published = _yes_no(row, "Published", default=True) and cell("Status", "active").lower() in ("", "active")
    record.options = _option_names(row)
    _read_category(record, row)


def _read_category(record: ProductRecord, row: Row) -> None:
    """Return the Type; where it is blank, the path of the Product Category; where both are, the first tag."""
    cell = row.cells.get
    stated = one_line(cell("Type", ""))
    path = (stated,) if stated else _category_path(cell("Product Category", ""))
    tag = capfirst(one_line(cell("Tags", "").split(",")[0]))
    names = path or ((tag,) if tag else ())
    longest = max((len(name) for name in names), default=0)
    if longest > 120:
        raise BadCellError(f"the category has {longest} characters, 120 are possible")
    record.category = tuple(CategoryRecord(name) for name in names)
    record.category_is_stated = bool(path)


def _category_path(text: str) -> tuple[str, ...]:
    """Return the path from the root down; empty for none, and for the number of one, which names nothing."""
    levels = [level for level in map(one_line, _LEVELS.split(text)) if level]
    if not levels or levels[0].casefold() in _NO_CATEGORY or not any(map(str.isalpha, text)) or "://" in text:
        return ()
    return tuple(levels[:MAX_LEVELS])


def _option_names(row: Row) -> tuple[str, ...]:
    names = [_short(row, f"Option{number} Name", 120) for number in OPTIONS]
    if names[0].casefold() == "title" and _is_default(row.cells.get("Option1 Value", "")):
        return ()
    given = tuple(itertools.takewhile(bool, names))
    if any(names[len(given) :]):
        raise BadCellError(f"Option{len(given) + 1} has no name, but a later one has")
    if len(set(given)) < len(given):
        raise BadCellError("two options have the same name")
    return given


def _is_default(value: str) -> bool:
    """Tell whether it is what Shopify writes for a product without options."""
    return value.casefold() == "default title"


def _read_row(record: ProductRecord, row: Row, currency: str) -> None:
    """Read what every row may bring: a variant, a picture, or both. A bad variant does not cost the picture."""
    _read_image(record, row, "Image Src", alt="Image Alt Text", position="Image Position")
    variant_columns = (*(f"Option{number} Value" for number in OPTIONS), "Variant SKU", "Variant Price")
    if not any(row.cells.get(column) for column in variant_columns):
        return
    try:
        record.variants.append(_variant(record, row, currency))
    except BadCellError as error:
        record.errors.append(RowError(row.line, str(error)))


def _variant(record: ProductRecord, row: Row, currency: str) -> VariantRecord:
    price = _price(record, row, "Variant Price", currency)
    if price is None:
        raise BadCellError("it has no price")
    before = _price(record, row, "Variant Compare At Price", currency)
    units, is_unknown = _units(row)
    return VariantRecord(
        line=row.line,
        values=_option_values(record, row),
        price=price,
        sku=_code(record, row, "Variant SKU"),
        # Many exports write 0.00 or the price itself; only a higher price before is a reduction.
        compare_at=before if before is not None and before > price else None,
        grams=_grams(record, row),
        barcode=_barcode(record, row),
        units=units,
        units_unknown=is_unknown,
        sells_without=_sells_without(row),
        image_url=_read_image(record, row, "Variant Image"),
    )


def _option_values(record: ProductRecord, row: Row) -> tuple[str, ...]:
    values = [_short(row, f"Option{number} Value", 255) for number in OPTIONS]
    if record.options is None or (record.options == () and _is_default(values[0]) and not any(values[1:])):
        # Rows without their product's first row: how many values there have to be is known where it is looked up.
        return tuple(value for value in values if value and not _is_default(value))
    for number, value in enumerate(values, start=1):
        if number <= len(record.options) and not value:
            raise BadCellError(f"it has no value for {record.options[number - 1]}")
        if number > len(record.options) and value:
            raise BadCellError(f"Option{number} Value is {value!r}, but the product has no such option")
    return tuple(values[: len(record.options)])


def _units(row: Row) -> tuple[int | None, bool]:
    """Return units, ``None`` when nobody counts them; and whether they are counted, but the file has no number.

    Shopify goes below zero when it has sold more than there was; here that is none.
    """
    quantity = row.cells.get("Variant Inventory Qty", "")
    if not row.cells.get("Variant Inventory Tracker", quantity):
        return None, False
    if not quantity:
        return None, True
    number = decimal_of(quantity, decimal_comma=row.decimal_comma)
    if number is None or abs(number) > LARGEST_WHOLE:
        raise BadCellError(f"Variant Inventory Qty {quantity[:30]!r} is not a whole number up to {LARGEST_WHOLE}")
    return max(0, int(number)), False


def _sells_without(row: Row) -> bool:
    policy = row.cells.get("Variant Inventory Policy", "").lower()
    if policy not in _POLICIES:
        raise BadCellError(f"the inventory policy is {policy[:30]!r}, not deny or continue")
    return _POLICIES[policy]


def _read_image(record: ProductRecord, row: Row, column: str, *, alt: str = "", position: str = "") -> str:
    """Note the picture once per product; return its address, empty when there is none that could be fetched."""
    address = fetchable_address(row.cells.get(column, ""))
    if not address:
        return ""
    if problem := address_problem(address):
        if all(refused.reason != problem for refused in record.pictures_refused):
            record.pictures_refused.append(RowError(row.line, problem))
        return ""
    if all(image.source_url != address for image in record.images):
        place = decimal_of(row.cells.get(position, ""))
        number = int(place) if place is not None and 0 <= place < 1_000_000 else None
        record.images.append(ImageRecord(row.line, address, one_line(row.cells.get(alt, ""))[:255], number))
    return address


def _short(row: Row, column: str, longest: int) -> str:
    text = one_line(row.cells.get(column, ""))
    if len(text) > longest:
        raise BadCellError(f"{column} has {len(text)} characters, {longest} are possible")
    return text


def _code(record: ProductRecord, row: Row, column: str) -> str:
    """Drop the apostrophe by which spreadsheets keep digits as text. One that is too long costs no variant."""
    text = one_line(row.cells.get(column, "")).removeprefix("'")
    if len(text) <= MAX_CODE_LENGTH:
        return text
    record.remark(row.line, f"{column} has {len(text)} characters, {MAX_CODE_LENGTH} are possible; it is left out")
    return ""


def _barcode(record: ProductRecord, row: Row) -> str:
    """Undo what a spreadsheet made of it: a point at its end goes, and digits that are gone are not made up."""
    text = re.sub(r"(?<=[0-9]{6})[.,]0+$", "", _code(record, row, "Variant Barcode"))
    if not _ROUNDED_CODE.fullmatch(text):
        return text
    record.remark(row.line, f"Variant Barcode {text!r} has lost its digits in a spreadsheet; it is left out")
    return ""


def _price(record: ProductRecord, row: Row, column: str, currency: str) -> Decimal | None:
    """Read a price. Raises BadCellError for what could be none, or more than one."""
    text = row.cells.get(column, "")
    if not text:
        return None
    try:
        amount, mark = price_of(text, digits_of(currency), decimal_comma=row.decimal_comma)
    except NotANumberError as error:
        raise BadCellError(f"{column} {text[:30]!r} {error}") from error
    if mark and not is_sign_of(mark, currency):
        record.foreign_marks.add(mark)
    return amount


def _grams(record: ProductRecord, row: Row) -> int:
    """Return the weight; 0 and a remark when it cannot be understood, because a weight never costs a variant."""
    own_unit = ("Variant Weight", row.cells.get("Variant Weight Unit", ""))
    column, unit = next((pair for pair in (*_WEIGHTS, own_unit) if row.cells.get(pair[0])), ("", ""))
    if not column:
        return 0
    text = row.cells[column]
    try:
        grams = grams_of(text, unit, decimal_comma=row.decimal_comma)
        if grams <= LARGEST_WHOLE:
            return grams
        reason = f"is above {LARGEST_WHOLE} g"
    except NotANumberError as error:
        reason = str(error)
    record.remark(row.line, f"{column} {text[:30]!r} {reason}; it is imported without a weight")
    return 0


def _yes_no(row: Row, column: str, *, default: bool) -> bool:
    text = row.cells.get(column, "").lower()
    if not text:
        return default
    if text not in _YES_NO:
        raise BadCellError(f"{column} is {text[:30]!r}, not true or false")
    return _YES_NO[text]
