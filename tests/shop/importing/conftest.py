"""Files to import, and the import as an operator starts it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import call_command

from shop.catalog.models import Category, Product, Variant
from shop.stock.models import Stock

COLUMNS = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,"
    "Option3 Name,Option3 Value,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,"
    "Variant Inventory Policy,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,Image Position,"
    "Image Alt Text,Gift Card,Variant Image,Status"
)
HEADER = COLUMNS.split(",")
# Somebody else's export, which lies beside the project and is not part of it.
BESIDE = Path(__file__).resolve().parents[4]


def row(**cells: str) -> list[str]:
    """Cells by column name with underscores for spaces: ``row(Handle="boot", Variant_Price="50")``."""
    named = {name.replace("_", " "): value for name, value in cells.items()}
    assert set(named) <= set(HEADER), set(named) - set(HEADER)
    return [named.get(column, "") for column in HEADER]


def product_row(handle: str = "boot", **cells: str) -> list[str]:
    """A product without options that can be imported as it is."""
    usual = {"Title": "Boot", "Type": "Boots", "Option1_Name": "Title", "Option1_Value": "Default Title"}
    return row(Handle=handle, **(usual | {"Variant_Price": "50.00"} | cells))


def size_rows(*sizes: str, handle: str = "boot", **cells: str) -> list[list[str]]:
    head = {"Option1_Name": "Size", "Option1_Value": sizes[0]}
    more = [row(Handle=handle, Option1_Value=size, Variant_Price="50.00", **cells) for size in sizes[1:]]
    return [product_row(handle, **(head | cells)), *more]


def table(*rows: list[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    return text.getvalue()


@pytest.fixture
def apparel() -> Path:
    found = next(BESIDE.glob("*/data/shopify-apparel.csv"), None)
    return found or pytest.skip("the sample export is not on this machine")


@pytest.fixture
def run(db: None, media: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., str]]:
    """``run(path, "--dry-run")``: what ``manage.py importcatalog`` prints. Pictures only when an argument asks for them."""

    def start(path: Path, *arguments: str, images: bool = False) -> str:
        call_command("importcatalog", str(path), *arguments, *([] if images else ["--no-images"]))
        return capsys.readouterr().out

    yield start


@pytest.fixture
def imported(run: Callable[..., str], tmp_path: Path) -> Callable[..., str]:
    """``imported(row, row, …)``: writes the rows into a file and imports it."""

    def start(*rows: list[str], arguments: tuple[str, ...] = (), images: bool = False) -> str:
        path = tmp_path / "export.csv"
        path.write_text(table(*rows), encoding="utf-8")
        return run(path, *arguments, images=images)

    return start


@pytest.fixture
def of_text(run: Callable[..., str], tmp_path: Path) -> Iterator[Callable[..., str]]:
    """``of_text(csv)``: what the first import says; a second one has to change nothing."""

    def start(text: str | bytes, *arguments: str) -> str:
        path = tmp_path / "case.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        said = run(path, *arguments)
        before = snapshot()
        assert "Nothing had to be changed." in run(path, *arguments)
        assert snapshot() == before
        return said

    yield start


def snapshot() -> list[object]:
    return [list(model.objects.order_by("pk").values()) for model in (Category, Product, Variant, Stock)]


def offered(slug: str) -> list[tuple[str, Decimal, int | None]]:
    """What can be chosen of a product: label, price and units left."""
    variants = Variant.objects.filter(product__slug=slug, is_active=True).select_related("stock").order_by("position")
    return [(each.label, each.price.amount, getattr(each, "stock", None) and each.stock.available) for each in variants]
