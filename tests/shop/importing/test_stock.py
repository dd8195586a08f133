"""Stock that comes with a file: set once, and again only when asked."""

from __future__ import annotations

from shop.stock.models import Stock
from tests.shop.importing.conftest import product_row


def counted(units: str, **cells: str) -> list[str]:
    return product_row(**({"Variant_Inventory_Tracker": "shopify", "Variant_Inventory_Qty": units} | cells))


def test_stock_that_was_sold_meanwhile_is_not_set_again(imported) -> None:
    imported(counted("7"))
    Stock.objects.update(available=2)
    assert "Nothing had to be changed." in imported(counted("7"))
    assert Stock.objects.get().available == 2


def test_set_stock_takes_the_number_of_the_file(imported) -> None:
    imported(counted("7"))
    Stock.objects.update(available=2)
    said = imported(counted("7"), arguments=("--set-stock",))
    assert "Stock: set for 1 variants" in said
    assert Stock.objects.get().available == 7
    assert "Nothing had to be changed." in imported(counted("7"), arguments=("--set-stock",))


def test_the_policy_follows_the_file_and_sold_below_zero_is_none(imported) -> None:
    imported(counted("-3"))
    assert (Stock.objects.get().available, Stock.objects.get().sells_without) == (0, False)
    imported(counted("-3", Variant_Inventory_Policy="continue"))
    assert Stock.objects.get().sells_without is True


def test_stock_that_is_no_longer_counted_goes_only_when_asked(imported) -> None:
    imported(counted("7"))
    imported(product_row())
    assert Stock.objects.get().available == 7
    imported(product_row(), arguments=("--set-stock",))
    assert not Stock.objects.exists()
