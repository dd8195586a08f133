"""Whatever a file holds: the importer does not fall over, and nothing is half-written."""

from __future__ import annotations

import csv
import io
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.catalog.importing import shopify
from shop.catalog.importing.base import CategoryRecord, Report, WrongFileError
from shop.catalog.importing.run import import_lines
from shop.catalog.importing.upsert import Writer
from shop.catalog.models import Product, Variant
from shop.stock.intake import CountedStock
from shop.stock.models import Stock
from tests.shop.importing.conftest import HEADER

NASTY = [
    "", " ", "true", "false", "Title", "Default Title", "Size", "S", "M", "Red", "0", "-1", "1.5", "12.00", "NaN", "1e9",
    "Infinity", "9" * 13, "２", "x" * 300, "\x00", "\ud7ff", "'SKU", "deny", "continue", "shopify", "<b>hi</b>", "a,b",
    "https://pictures.example/a.png", "file:///etc/passwd", "http://[", "naïve", "=cmd()", "\n", '"', "\u2028", "boot",
]  # fmt: skip
CELL = st.sampled_from(NASTY) | st.text(max_size=12)
HANDLE = st.sampled_from(["boot", "shoe", "größe", "with space", "", "Boot", "x" * 256])
ROW = st.builds(
    lambda handle, title, price, cells: [handle, title, *cells[2:18], price, *cells[19:]],
    HANDLE,
    st.sampled_from(["Boot", "Boot", "", "x" * 256]),
    st.sampled_from(["50.00", "50", "7.5", "", "-1", "NaN"]),
    st.lists(CELL, min_size=len(HEADER), max_size=len(HEADER) + 1),
)
MANY = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def import_text(text: str) -> Report:
    report = Report()
    writer = Writer(currency="EUR", intake=CountedStock(), fallback=CategoryRecord("Imported"))
    for _ in import_lines(io.StringIO(text, newline=""), shopify, writer, None, report):
        pass
    return report


def stored() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (Product, Variant, Stock)]


def check_nothing_is_half_written() -> None:
    for product in Product.objects.prefetch_related("variants"):
        assert product.title
        assert product.category_id
        active = [variant for variant in product.variants.all() if variant.is_active]
        assert active
        for variant in active:
            assert len(variant.values) == len(product.options)
            assert all(variant.values)
            assert 0 <= variant.price.amount < 10**10
            assert math.isfinite(variant.price.amount)
    assert not Stock.objects.filter(available__lt=0).exists()


@pytest.mark.django_db
@MANY
@given(st.lists(ROW, max_size=12))
def test_rows_of_any_cells(rows) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    Product.objects.all().delete()
    report = import_text(text.getvalue())
    assert Product.objects.count() == report.products["created"]
    check_nothing_is_half_written()
    before = stored()
    again = import_text(text.getvalue())
    assert again.products["created"] == 0
    assert not again.has_changed
    assert stored() == before


@pytest.mark.django_db
@MANY
@given(st.text(max_size=300), st.sampled_from(["", ",".join(HEADER) + "\n"]))
def test_text_of_any_kind(text, header) -> None:
    try:
        import_text(header + text)
    except WrongFileError as error:
        assert "\n" not in str(error)
    check_nothing_is_half_written()


SKUS = st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from("SML")), st.sampled_from(["", "X", "Y", "Z"]))


def file_of(skus: dict[tuple[str, str], str]) -> str:
    """Rows in the order given, each product together."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(["Handle", "Title", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Price"])
    for (handle, size), sku in sorted(skus.items(), key=lambda item: item[0][0]):
        lines.writerow([handle, handle, "Size", size, sku, "5.00"])
    return text.getvalue()


@pytest.mark.django_db
@settings(MANY, max_examples=25)
@given(st.lists(SKUS, min_size=1, max_size=3))
def test_case_b_whatever_skus_do_between_imports_no_variant_is_lost(files) -> None:
    Product.objects.all().delete()
    seen: dict[tuple[str, str], int] = {}
    for skus in files:
        report = import_text(file_of(skus))
        assert report.error_count == 0
        on_sale = Variant.objects.filter(is_active=True).values_list("product__slug", "values", "pk")
        now = {(slug, values[0]): pk for slug, values, pk in on_sale}
        assert skus.keys() <= now.keys()
        # The same variant as before, wherever it was in the file before and is in it now.
        assert all(now[name] == seen[name] for name in skus.keys() & seen.keys() & now.keys())
        seen = {name: now[name] for name in now}
        import_text(file_of(skus))  # a SKU that another product gave away meanwhile arrives with the next import
        before = stored()
        assert not import_text(file_of(skus)).has_changed
        assert stored() == before
