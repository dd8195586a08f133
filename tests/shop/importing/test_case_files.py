"""Small files after faults that real exports showed: columns, signs, categories, handles, prices."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import quote

import pytest
from django.test import Client

from shop.catalog.models import Category, Product, Variant
from shop.catalog.services import bump_catalog_version
from shop.stock.models import Stock
from tests.shop.importing.conftest import BESIDE, offered, product_row

HEAD = "Handle,Title,Type,Published,Option1 Name,Option1 Value"

# --- E: both vocabularies -------------------------------------------------------------------------------------------
NEW_NAMES = """Title,URL handle,Description,Product category,Type,Tags,Published on online store,Status,SKU,Barcode,\
Option1 name,Option1 value,Option1 Linked To,Price,Compare-at price,Inventory tracker,Inventory quantity,\
Continue selling when out of stock,Weight value (grams),Weight unit for display,Product image URL,Image position
Tin Mug,tin-mug,A mug.,Home > Cups,Cups,"camp, red",TRUE,Active,TM-RED,,Colour,Red,,12.00,15.00,shopify,4,DENY,150,g,,
,tin-mug,,,,,,,TM-BLUE,,,Blue,,12.00,,shopify,0,CONTINUE,150,g,,
"""


@pytest.mark.parametrize(
    "spelled", [str, str.upper, str.lower, str.swapcase], ids=["as is", "upper", "lower", "swapped"]
)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
def test_case_e_the_newer_names_in_any_letter_case(of_text, client, spelled, delimiter) -> None:
    head, *rest = NEW_NAMES.replace('"camp, red"', "camp").splitlines()
    of_text("\n".join([spelled(head), *rest]).replace(",", delimiter))
    mug = Product.objects.get(slug="tin-mug")
    assert (mug.title, mug.is_published, mug.category.name) == ("Tin Mug", True, "Cups")
    red, blue = mug.variants.order_by("position")
    assert (red.label, red.price.amount, red.compare_at.amount, red.stock.available) == ("Red", 12, 15, 4)
    assert (blue.label, blue.price.amount, blue.grams) == ("Blue", 12, 150)
    assert (blue.stock.available, blue.stock.sells_without) == (0, True)
    assert "Sold out" not in client.get("/product/tin-mug/").content.decode()


def test_case_e_columns_with_other_blanks_brackets_and_underscores(of_text) -> None:
    of_text("handle,TITLE,body_html, Variant  Price ,option1_name,Option1\u00a0Value\nhat,Hat,<p>A,5.00,Size,S\n")
    assert offered("hat") == [("S", Decimal(5), None)]
    assert Product.objects.get().description == "A"


def test_case_e_both_names_of_a_column_in_one_file(of_text) -> None:
    of_text("Handle,Title,Variant Price,Price\nhat,Hat,,5.00\ncap,Cap,6.00,\n")
    assert {slug: offered(slug)[0][1] for slug in ("hat", "cap")} == {"hat": 5, "cap": 6}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("first", ["", "sep=;\r\n"], ids=["", "sep"])
def test_case_e_encodings_and_the_line_of_a_spreadsheet(of_text, encoding, first) -> None:
    of_text(f"{first}Handle;Title;Variant Price\r\nhut;Hütte;1.299,00\r\n".encode(encoding))
    assert offered("hut")[0][1] == 1299
    assert Product.objects.get().title == "Hütte"


def test_case_e_a_line_is_counted_with_the_one_that_names_the_delimiter(run, tmp_path) -> None:
    (tmp_path / "case.csv").write_text("sep=;\nHandle;Title;Variant Price\nhat;Hat;5\ncap;Cap;x\n")
    assert "line 4: Variant Price 'x'" in run(tmp_path / "case.csv")


@pytest.mark.parametrize(
    ("policy", "sells"), [("TRUE", True), ("Continue", True), ("no", False), ("DENY", False), ("", False)]
)
def test_case_e_whether_it_sells_on(imported, policy, sells) -> None:
    counted = {"Variant_Inventory_Tracker": "shopify", "Variant_Inventory_Qty": "0"}
    imported(product_row(Variant_Inventory_Policy=policy, **counted))
    assert Stock.objects.get().sells_without is sells


# --- G: only NUL refuses a file -------------------------------------------------------------------------------------
CONTROLS = [*range(1, 9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, 0x80, 0x9F, 0xFEFF]


@pytest.mark.parametrize("sign", [chr(code) for code in CONTROLS], ids=[f"{code:#x}" for code in CONTROLS])
@pytest.mark.parametrize("before", [0, 70_000], ids=["start", "end"])
def test_case_g_a_control_character_is_dropped_wherever_it_stands(run, tmp_path, sign, before, client) -> None:
    filler = f"filler,Filler,{'x' * before},Jam,true,Title,Default Title,1.00\n" if before else ""
    (tmp_path / "case.csv").write_text(
        f"Handle,Title,Body (HTML),Type,Published,Option1 Name,Option1 Value,Variant Price\n{filler}"
        f'plum{sign}-jam,Plum{sign} jam,"<p>Made{sign} by hand</p>",J{sign}am,tr{sign}ue,Title,Default Title{sign},'
        f"4.{sign}50\n"
        "rye-bread,Rye bread,<p>Dark.</p>,Bread,true,Title,Default Title,3.20\n",
        encoding="utf-8",
    )
    assert "Left out" not in run(tmp_path / "case.csv")
    jam = Product.objects.get(slug="plum-jam")
    assert (jam.title, jam.description, jam.category.name) == ("Plum jam", "Made by hand", "Jam")
    assert client.get("/product/rye-bread/").status_code == 200
    assert "Nothing had to be changed." in run(tmp_path / "case.csv")


# --- K: the path of the Product Category ----------------------------------------------------------------------------
CATEGORY = """Handle,Title,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Variant Price
soap-bar,Soap bar,Health & Beauty > Personal Care > Cosmetics > Bath & Body,,,true,Title,Default Title,4.50
soap-dish,Soap dish,Home & Garden > Bathroom Accessories,,"blue, gift, zinc",true,Title,Default Title,6.50
"""


def way(slug: str) -> list[str]:
    node = Product.objects.get(slug=slug).category
    return [*(above.name for above in Category.objects.get_ancestors(node)), node.name]


def test_case_k_the_path_of_the_product_category(of_text, client) -> None:
    of_text(CATEGORY)
    assert way("soap-bar") == ["Health & Beauty", "Personal Care", "Cosmetics", "Bath & Body"]
    assert way("soap-dish") == ["Home & Garden", "Bathroom Accessories"]
    assert sorted(Category.objects.filter(depth=1).values_list("name", flat=True)) == [
        "Health & Beauty",
        "Home & Garden",
    ]
    assert "Soap bar" in client.get("/category/health-beauty/").content.decode()


def test_case_k_the_same_name_below_another_category_is_another_category(of_text) -> None:
    of_text(
        "Handle,Title,Product Category,Variant Price\na,A,Clothing > Accessories,1\nb,B,Home › Accessories,1\n"
        "c,C,Home>Accessories>Accessories,1\nd,D,Accessories > Home,1\n"
    )
    assert [way(slug) for slug in "abcd"] == [
        ["Clothing", "Accessories"],
        ["Home", "Accessories"],
        ["Home", "Accessories", "Accessories"],
        ["Accessories", "Home"],
    ]
    assert Category.objects.find_problems() == ([], [], [], [], [])


@pytest.mark.parametrize("category", ["", "Uncategorized", "604", "gid://shopify/TaxonomyCategory/aa-1", " > "])
def test_case_k_what_names_no_category_leaves_it_to_the_tags(of_text, category) -> None:
    of_text(f"Handle,Title,Product Category,Tags,Variant Price\nhat,Hat,{category},blue,1\n")
    assert way("hat") == ["Blue"]


def test_case_k_a_path_of_any_depth_and_script(of_text) -> None:
    of_text(
        f"Handle,Title,Product Category,Variant Price\ntea,Tea,{'>'.join('abcdefghijkl')},1\nchai,Chai,पेय > चाय,1\n"
    )
    assert way("tea") == list("abcdefgh")
    assert way("chai") == ["पेय", "चाय"]
    assert Category.objects.filter(slug="चाय").exists()


# --- Handles in any script ------------------------------------------------------------------------------------------
HANDLES = [
    "हरी-चाय",
    "சுக்கு-காபி",
    "ginger-tea",
    "ชาเขียว",
    "چای-سبز",
    "می‌خواهم",
    "Größe_42",
    "זַיִת",
    "กาแฟ-ร้อน",
    "ಚಹಾ",
    "e\u0301te\u0301",
]


@pytest.mark.parametrize("handle", HANDLES)
def test_case_handles_with_the_marks_of_their_script(of_text, client, handle) -> None:
    of_text(f"{HEAD},Variant Price\n{handle},Tea,Tea,true,Title,Default Title,4.50\n")
    product = Product.objects.get()
    page = client.get(product.get_absolute_url())
    assert page.status_code == 200
    assert client.get(f"/product/{quote(handle)}/", follow=True).status_code == 200
    assert quote(product.slug) in client.get("/").content.decode()


@pytest.mark.parametrize(
    "handle", ["with space", "a/b", "a?b", "a.b", "a%b", "a&b", "«a»", "a\u00a0b", "a…b", "🍵", "a\u200bb"]
)
def test_case_handles_that_no_address_can_have_are_told(imported, handle) -> None:
    assert "has characters that an address cannot have" in imported(product_row(handle), product_row("good"))
    assert Product.objects.get().slug == "good"


# --- Prices as spreadsheets and scripts write them ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("58.120000000000005", "58.12"),
        ("58.1199999999", "58.12"),
        ("1,299.00", "1299"),
        ("1.299,00", "1299"),
        ("1e3", "1000"),
        ("$12.50 ", "12.5"),
    ],
)
def test_case_float_price_and_its_kind(imported, written, amount) -> None:
    imported(product_row(Variant_Price=written))
    assert Variant.objects.get().price.amount == Decimal(amount)
    assert "Nothing had to be changed." in imported(product_row(Variant_Price=written))


@pytest.mark.parametrize("written", ["58.1251", "58.129"])
def test_case_float_price_what_is_no_price_stays_refused(imported, written) -> None:
    assert f"line 2: Variant Price '{written}' is not a price" in imported(
        product_row(Variant_Price=written), product_row("good")
    )


def test_case_float_price_the_sign_of_another_currency_is_told_once(imported) -> None:
    said = imported(
        product_row("a", Variant_Price="$5"),
        product_row("b", Variant_Price="US$ 5"),
        product_row("c", Variant_Price="5 €"),
    )
    assert "Prices are marked $, US$; nothing was converted" in said


def test_case_every_file_beside_the_project_is_imported_and_a_second_import_changes_nothing(run) -> None:
    files = sorted(BESIDE.glob("*/data/cases/*.csv"))
    for path in files:
        said = run(path)
        assert "Left out" not in said or path.stem == "yen-fraction", (path, said)
        assert "Nothing had to be changed." in run(path), path
    assert not files or Product.objects.count() >= len(files)


# --- H: what is sold is said before it is bought --------------------------------------------------------------------
ONE = f"""{HEAD},Option2 Name,Option2 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price
cord-belt,Cord belt,Belts,true,Size,Large,Colour,Moss,CB-L,shopify,2,9.00
"""


def test_case_h_what_an_only_variant_is_stands_on_its_page_and_on_its_card(of_text, client: Client) -> None:
    of_text(ONE)
    page = client.get("/product/cord-belt/").content.decode()
    assert "<p>Size: <strong>Large</strong></p>" in page
    assert "<p>Colour: <strong>Moss</strong></p>" in page
    for url in ("/", "/category/belts/", "/search/?q=belt"):
        assert "Large / Moss" in client.get(url).content.decode(), url


def test_case_h_of_several_of_which_one_is_on_sale_it_is_said_as_well(of_text, client: Client) -> None:
    of_text(ONE + "cord-belt,,,,,Small,,Moss,CB-S,shopify,2,9.00\n")
    assert "variant-told" not in client.get("/product/cord-belt/").content.decode()
    assert "Large / Moss" not in client.get("/").content.decode()
    Variant.objects.get(sku="CB-L").delete()
    bump_catalog_version()
    assert "<p>Size: <strong>Small</strong></p>" in client.get("/product/cord-belt/").content.decode()
    Product.objects.update(options=[])
    bump_catalog_version()
    assert "<strong>Small / Moss</strong>" in client.get("/product/cord-belt/").content.decode()
    Variant.objects.update(values=[])
    bump_catalog_version()
    assert "variant-told" not in client.get("/product/cord-belt/").content.decode()
