"""Small files after faults that real exports showed: identity, stock, weights. A second import changes nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from shop.cart.models import CartLine
from shop.catalog.models import Category, Product, Variant
from shop.stock.models import Stock
from tests.shop.importing.conftest import offered, product_row, row, size_rows

HEAD = "Handle,Title,Type,Published,Option1 Name,Option1 Value"

# --- B: identity is the Handle and the options --------------------------------------------------------------------
REPEATED = f"""{HEAD},Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Price
linen-top,Linen top,Tops,true,Size,S,LT-2025,100,shopify,3,29.00
linen-top,,,,,M,LT-2025,100,shopify,4,29.00
linen-top,,,,,L,LT-2025,100,shopify,0,29.00
"""


def test_case_b_a_sku_that_the_sizes_of_a_product_share(of_text, client: Client) -> None:
    said = of_text(REPEATED)
    price = Decimal("29.00")
    assert offered("linen-top") == [("S", price, 3), ("M", price, 4), ("L", price, 0)]
    assert "the SKU 'LT-2025' is in line 2 too" in said
    assert "Left out" not in said
    skus = list(Variant.objects.order_by("position").values_list("sku", flat=True))
    assert skus[0] == "LT-2025"
    for sku in skus[:2]:
        client.post("/cart/add/", {"sku": sku, "quantity": "1"})
    lines = CartLine.objects.select_related("variant").order_by("pk")
    assert [line.variant.label for line in lines] == ["S", "M"]
    page = client.get("/cart/").content.decode()
    assert "Linen top, S" in page
    assert "Linen top, M" in page


def test_case_b_a_sku_stays_with_its_variant_whatever_the_order_of_the_rows(of_text, run, tmp_path) -> None:
    of_text(REPEATED)
    before = dict(Variant.objects.values_list("pk", "sku"))
    head, *rows = REPEATED.splitlines()
    first = rows[2].replace(",,,,,L", ",Linen top,Tops,true,Size,L")
    of_text("\n".join([head, first, rows[1], rows[0].replace("Linen top,Tops,true,Size", ",,,")]))
    assert dict(Variant.objects.values_list("pk", "sku")) == before


def test_case_b_two_products_with_one_sku_are_both_sold(imported) -> None:
    rows = [product_row("a", Variant_SKU="X"), product_row("b", Variant_SKU="X"), product_row("c", Variant_SKU="X")]
    said = imported(*rows)
    assert "Products: 3 created" in said
    assert "line 3: the SKU 'X' is in line 2 too" in said
    assert "Remarks: 2 rows" in said
    assert Variant.objects.get(product__slug="a").sku == "X"
    assert "Nothing had to be changed." in imported(*rows)
    assert "Nothing had to be changed." in imported(*reversed(rows))
    assert "Remarks: 2 rows" in imported(*rows, arguments=("--dry-run",))


def test_case_b_a_sku_that_a_product_of_an_earlier_file_has_is_told(imported) -> None:
    imported(product_row("a", Variant_SKU="X"))
    said = imported(product_row("b", Variant_SKU="X"))
    assert "line 2: the SKU 'X' belongs to the product 'a'; this variant is sold under a SKU of its own" in said
    assert "Nothing had to be changed." in imported(product_row("b", Variant_SKU="X"))


def sized(*skus: str) -> list[list[str]]:
    rows = size_rows(*"SML"[: len(skus)])
    for cells, sku in zip(rows, skus, strict=True):
        cells[13] = sku
    return rows


@pytest.mark.parametrize("after", [("B", "A", "C"), ("B", "C", "A"), ("A", "A", "A"), ("", "", ""), ("N1", "N2", "N3")])
def test_case_b_skus_change_between_imports_and_no_variant_is_lost(imported, after) -> None:
    imported(*sized("A", "B", "C"))
    keys = dict(Variant.objects.values_list("pk", "values"))
    imported(*sized(*after))
    assert dict(Variant.objects.filter(is_active=True).values_list("pk", "values")) == keys
    if len(set(after)) == 3:
        assert tuple(Variant.objects.order_by("position").values_list("sku", flat=True)) == after
    assert "Nothing had to be changed." in imported(*sized(*after))


def test_case_b_a_sku_of_a_variant_that_the_file_leaves_out_stays_there(imported) -> None:
    imported(*sized("A", "B", "C"))
    said = imported(
        *size_rows("S", Variant_SKU=""), row(Handle="boot", Option1_Value="M", Variant_SKU="C", Variant_Price="5")
    )
    assert "line 3: the SKU 'C' belongs to another variant of this product" in said
    assert list(Variant.objects.order_by("pk").values_list("sku", flat=True)) == ["A", "B", "C"]


def test_case_b_a_repeated_sku_in_a_later_part_of_its_product_renames_nothing(imported) -> None:
    later = row(Handle="boot", Option1_Value="M", Variant_SKU="A", Variant_Price="5")
    rows = [*sized("A"), product_row("other"), later]
    imported(*rows)
    assert [label for label, *_ in offered("boot")] == ["S", "M"]
    assert "Nothing had to be changed." in imported(*rows)


def test_case_b_a_product_whose_address_staff_changed_is_found_by_its_handle(imported) -> None:
    imported(product_row("boot"))
    Product.objects.filter(slug="boot").update(slug="mountain-boot")
    assert "Nothing had to be changed." in imported(product_row("boot"))
    assert Product.objects.get().slug == "mountain-boot"


def test_case_b_a_derived_sku_that_another_product_took_along_gets_a_number(imported) -> None:
    imported(product_row("boot"))
    other = Product.objects.create(title="Other", slug="other", category=Category.objects.get())
    Variant.objects.update(product=other)
    imported(product_row("boot"))
    imported(product_row("boot"))
    sku = Variant.objects.get(product=other).sku
    assert Variant.objects.get(product__slug="boot").sku == f"{sku}-2"


# --- C: an unknown stock is not zero --------------------------------------------------------------------------------
UNCOUNTED = f"""{HEAD},Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Policy,Variant Price
wool-scarf,Wool scarf,Scarves,true,Title,Default Title,WS-1,100,shopify,deny,19.00
"""


def test_case_c_a_file_without_quantities_makes_nothing_sold_out(of_text, client: Client) -> None:
    said = of_text(UNCOUNTED)
    page = client.get("/product/wool-scarf/").content.decode()
    assert "Sold out" not in page
    assert 'data-testid="add-to-cart"' in page
    assert sum("The file has no quantities for 1 variants" in line for line in said.splitlines()) == 1


def test_case_c_a_blank_quantity_says_nothing_and_leaves_what_is_counted(imported) -> None:
    counted = {"Variant_Inventory_Tracker": "shopify"}
    imported(product_row(Variant_Inventory_Qty="7", **counted))
    said = imported(product_row(Variant_Inventory_Policy="continue", **counted), arguments=("--set-stock",))
    assert "The file has no quantities for 1 variants" in said
    assert Stock.objects.values_list("available", "sells_without").get() == (7, True)


def test_case_c_a_quantity_without_a_column_of_trackers_is_counted(of_text) -> None:
    of_text("Handle,Title,Variant Price,Variant Inventory Qty\nhat,Hat,5.00,3\ncap,Cap,5.00,\n")
    assert (offered("hat")[0][2], offered("cap")[0][2]) == (3, None)


@pytest.mark.parametrize(
    ("written", "units"), [("3.0", 3), ("1,299", 1299), ("1e3", 1000), (" 4 ", 4), ("-2", 0), ("2.5", 2)]
)
def test_case_c_quantities_as_they_are_written(imported, written, units) -> None:
    imported(product_row(Variant_Inventory_Tracker="shopify", Variant_Inventory_Qty=written))
    assert Stock.objects.get().available == units


# --- D: weight and barcode never cost a variant ---------------------------------------------------------------------
GRAMS = f"""{HEAD},\
Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Weight Unit
felt-cap,Felt cap,Caps,true,Size,S,FC-S,130.407806375,shopify,3,14.00,oz
felt-cap,,,,,M,FC-M,141.75,shopify,3,14.00,oz
brass-ring,Brass ring,Rings,true,Title,Default Title,BR-1,8.4,shopify,3,9.00,g
"""


def test_case_d_weights_with_a_fraction(of_text) -> None:
    assert "Left out" not in of_text(GRAMS)
    assert dict(Variant.objects.values_list("sku", "grams")) == {"FC-S": 130, "FC-M": 142, "BR-1": 8}


@pytest.mark.parametrize(
    ("written", "grams"),
    [
        ("1,250.5", 1251),
        ("1e3", 1000),
        ("4.6 oz", 130),
        ("0,5 kg", 500),
        ("2 lbs", 907),
        ("12 Oz.", 340),
        ("1.2kg", 1200),
    ],
)
def test_case_d_weights_as_they_are_written(imported, written, grams) -> None:
    assert "Remarks" not in imported(product_row(Variant_Grams=written))
    assert Variant.objects.get().grams == grams


@pytest.mark.parametrize("written", ["heavy", "-3", "9999999999", "1/2", "NaN", "3 stone", "--"])
def test_case_d_a_weight_that_cannot_be_read_costs_no_variant(imported, written) -> None:
    said = imported(product_row(Variant_Grams=written))
    assert "Variants: 1 created" in said
    assert f"line 2: Variant Grams {written!r} is" in said
    assert "it is imported without a weight" in said
    assert Variant.objects.get().grams == 0
    assert "Nothing had to be changed." in imported(product_row(Variant_Grams=written))


@pytest.mark.parametrize(
    ("column", "weight", "unit", "grams"),
    [
        ("Variant Weight", "4.6", "oz", 130),
        ("Variant Weight", "0.3", "LB", 136),
        ("Weight (kg)", "1.25", "", 1250),
        ("weight (lbs)", "1", "", 454),
        ("Weight (oz)", "2", "", 57),
    ],
)
def test_case_d_weights_in_other_columns(of_text, column, weight, unit, grams) -> None:
    of_text(f"Handle,Title,Variant Price,{column},Variant Weight Unit\nhat,Hat,5.00,{weight},{unit}\n")
    assert Variant.objects.get().grams == grams


@pytest.mark.parametrize(
    ("written", "kept", "remark"),
    [
        ("'4006381333931", "4006381333931", ""),
        ("4006381333931.0", "4006381333931", ""),
        ("4.00638E+12", "", "has lost its digits in a spreadsheet"),
        ("x" * 101, "", "has 101 characters"),
        ("40-0638 A", "40-0638 A", ""),
    ],
)
def test_case_d_a_bad_barcode_costs_no_variant(imported, written, kept, remark) -> None:
    said = imported(product_row(Variant_Barcode=written))
    assert Variant.objects.get().barcode == kept
    assert (remark in said) if remark else ("Remarks" not in said)


def test_case_d_a_sku_that_is_too_long_costs_no_variant(imported) -> None:
    assert "line 2: Variant SKU has 101 characters" in imported(product_row(Variant_SKU="x" * 101))
    assert Variant.objects.get().sku.startswith("boot-")
