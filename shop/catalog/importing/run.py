"""One import from the file to the report: read, write product by product, then fetch the pictures.

Safe to stop and to repeat at any point: each product is one transaction, and what is already as the file says is left
alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DataError, IntegrityError, transaction
from tqdm import tqdm

from shop.catalog.importing.base import CatalogFormat, ProductRecord, Report, RowError, VariantRecord
from shop.catalog.importing.ledger import Ledger
from shop.catalog.importing.pictures import NoPictureError, Picture, file_name
from shop.catalog.importing.tables import as_text, check_file, encoding_of, physical_lines
from shop.catalog.importing.upsert import RefusedError, Writer, Written
from shop.catalog.models import Image, Product
from shop.catalog.services import bump_catalog_version

PictureSource = Callable[[str], Picture]


def import_file(
    path: Path,
    catalog_format: CatalogFormat,
    writer: Writer,
    pictures: PictureSource | None,
    report: Report,
    *,
    quiet: bool,
) -> None:
    """Import a file; fill ``report`` as it goes, so that it is right when interrupted. Raises WrongFileError.

    ``pictures`` None: none are fetched, and none are missed.
    """
    check_file(path)
    encoding = encoding_of(path)
    if encoding != "utf-8-sig":
        report.remarks.append(f"{path.name} is not UTF-8; it was read as {encoding}.")
    with (
        path.open("rb") as raw,
        as_text(raw, encoding) as file,
        tqdm(
            total=(size := path.stat().st_size), unit="B", unit_scale=True, desc=path.name, disable=quiet or None
        ) as bar,
    ):
        for _ in import_lines(physical_lines(file), catalog_format, writer, pictures, report):
            bar.update(raw.tell() - bar.n)
        bar.update(size - bar.n)


def import_lines(
    lines: Iterable[str], catalog_format: CatalogFormat, writer: Writer, pictures: PictureSource | None, report: Report
) -> Iterable[None]:
    """Import lines; yield after each product, before the next line is asked for."""
    with Ledger() as ledger:
        for item in catalog_format.read(lines, writer.currency):
            if isinstance(item, RowError):
                report.refuse(item)
            else:
                import_product(item, writer, pictures, report, ledger)
            yield


def import_product(
    record: ProductRecord, writer: Writer, pictures: PictureSource | None, report: Report, ledger: Ledger
) -> None:
    """Write one product and fetch its pictures; what cannot be done is in the report."""
    record = _continued(record, ledger, report)
    for error in record.errors:
        report.refuse(error)
    for remark in record.remarks:
        report.note(remark)
    for refused in record.pictures_refused:
        report.picture_failed(str(refused))
    report.foreign_marks |= record.foreign_marks
    try:
        written = writer.write(record)
    except RefusedError as error:
        # Told already by its rows; or rows of a product that was fine before a rehearsal rolled it back.
        if not record.errors and ledger.first_line("handle", record.handle) is None:
            report.refuse(RowError(record.line, str(error)))
        return
    except (IntegrityError, DataError) as error:
        report.refuse(RowError(record.line, f"{record.handle!r} could not be stored: {str(error).splitlines()[0]}"))
        return
    is_first = ledger.first_line("handle", record.handle) is None
    ledger.note("handle", record.handle, record.line)
    _count(report, written, is_first=is_first)
    if pictures is not None:
        for key in written.awaiting:
            _fetch(key, written.product, pictures, report)


def _continued(record: ProductRecord, ledger: Ledger, report: Report) -> ProductRecord:
    """Leave out variants that an earlier row has; a product that came before only gets further rows.

    Otherwise the two places in the file would overwrite each other on every run. A variant is its Handle and its
    options: a SKU that another row has as well is told, and costs nothing.
    """
    earlier = ledger.first_line("handle", record.handle)
    if earlier is not None and record.title:
        report.refuse(
            RowError(record.line, f"the Handle {record.handle!r} is in line {earlier} too; its text there is kept")
        )
        record = replace(record, title="", options=None)
    kept: list[VariantRecord] = []
    for entry in record.variants:
        name = f"{record.handle} {entry.values!r}"
        seen = ledger.first_line("values", name)
        if seen is not None:
            record.errors.append(RowError(entry.line, f"this variant is in line {seen} already"))
            continue
        ledger.note("values", name, entry.line)
        kept.append(_with_own_sku(entry, record, ledger))
    return replace(record, variants=kept)


def _with_own_sku(entry: VariantRecord, record: ProductRecord, ledger: Ledger) -> VariantRecord:
    """Return the entry, marked when an earlier row has its SKU; the remark about it is left in the record."""
    first = ledger.first_line("sku", entry.sku) if entry.sku else None
    if first is None:
        ledger.note("sku", entry.sku, entry.line)
        return entry
    record.remark(
        entry.line, f"the SKU {entry.sku!r} is in line {first} too; this variant is sold under a SKU of its own"
    )
    return replace(entry, sku_is_repeated=True)


def _count(report: Report, written: Written, *, is_first: bool) -> None:
    if is_first or written.change != "unchanged":
        report.products[written.change] += 1
    report.variants += written.variants
    report.stock_changes += written.stock_changes
    report.pictures["kept"] += written.pictures_kept
    report.without_units += written.without_units
    for error in written.errors:
        report.refuse(error)
    for remark in written.remarks:
        report.note(remark)


def _fetch(key: int, product: Product, pictures: PictureSource, report: Report) -> None:
    """Fetch outside any transaction: a slow host must not hold locks."""
    image = Image.objects.filter(pk=key).first()
    if image is None:
        return  # somebody removed it meanwhile
    try:
        picture = pictures(image.source_url)
    except NoPictureError as error:
        report.picture_failed(f"{product.slug}: {image.source_url[:200]}: {error}")
        return
    store_picture(image, product, picture)
    report.pictures["fetched"] += 1


def store_picture(image: Image, product: Product, picture: Picture) -> None:
    """Put the file under MEDIA and its name into the row. A file left by an interrupted run is replaced."""
    name = file_name(product.slug, image.source_url, picture.extension)
    default_storage.delete(name)
    name = default_storage.save(name, ContentFile(picture.content))
    with transaction.atomic():
        changed = Image.objects.filter(pk=image.pk, file="").update(
            file=name, width=picture.width, height=picture.height
        )
        if changed:
            bump_catalog_version()
