"""What becomes of a row, and of one that cannot be understood."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shop.catalog.importing.base import CategoryRecord
from shop.catalog.importing.categories import _new_category
from shop.catalog.models import Category, Image, Product, Variant
from tests.shop.importing.conftest import product_row, row, size_rows, table


def test_every_column(imported) -> None:
    imported(
        product_row(
            "fell-boot",
            Title="Fell  Boot",
            Vendor="Waymark",
            Published="FALSE",
            Option1_Name="Size",
            Option1_Value="42",
            Option2_Name="Colour",
            Option2_Value="Moss",
            Option3_Name="Width",
            Option3_Value="Wide",
            Variant_SKU="'FB-42",
            Variant_Grams="560.0",
            Variant_Inventory_Tracker="shopify",
            Variant_Inventory_Qty="7",
            Variant_Inventory_Policy="continue",
            Variant_Price="129",
            Variant_Compare_At_Price="149.500",
            Variant_Barcode="4006381333931",
            Image_Src="https://pictures.example/boot.jpg",
            Image_Position="3",
            Image_Alt_Text="A boot",
            Variant_Image="https://pictures.example/moss.jpg",
        )
    )
    product = Product.objects.get()
    assert (product.title, product.brand, product.is_published) == ("Fell Boot", "Waymark", False)
    assert product.options == ["Size", "Colour", "Width"]
    assert product.category.name == "Boots"
    variant = product.variants.get()
    assert variant.values == ["42", "Moss", "Wide"]
    assert (variant.sku, variant.grams, variant.barcode) == ("FB-42", 560, "4006381333931")
    assert (variant.price.amount, variant.compare_at.amount) == (Decimal("129.00"), Decimal("149.50"))
    assert (variant.stock.available, variant.stock.sells_without) == (7, True)
    assert variant.image.source_url == "https://pictures.example/moss.jpg"
    first = product.images.get(source_url="https://pictures.example/boot.jpg")
    assert (first.position, first.alt, first.file.name) == (3, "A boot", "")


def test_a_row_without_options_is_one_more_picture(imported) -> None:
    picture = row(Handle="boot", Image_Src="https://pictures.example/2.jpg")
    imported(product_row(Image_Src="https://pictures.example/1.jpg"), picture)
    assert [image.source_url[-5:] for image in Image.objects.all()] == ["1.jpg", "2.jpg"]
    assert Variant.objects.count() == 1


def test_the_body_becomes_plain_paragraphs(imported) -> None:
    body = "<p>First&nbsp;one.</p><script>alert(1)</script><ul><li>dry</li><li>warm</li></ul>a<br>b"
    cells = product_row()
    cells[2] = body
    imported(cells)
    assert Product.objects.get().description == "First one.\n\n• dry\n\n• warm\n\na\nb"


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"Type": "Jackets", "Tags": "men"}, "Jackets"),
        ({"Type": "", "Tags": "men, sale"}, "Men"),
        ({"Type": "", "Tags": ""}, "Old shop"),
        ({"Type": "!!!", "Tags": ""}, "!!!"),
    ],
)
def test_the_category(imported, cells, name) -> None:
    imported(product_row(**cells), arguments=("--category", "Old shop"))
    assert Product.objects.get().category.name == name


def test_a_category_that_is_there_is_used(imported) -> None:
    parent = Category.objects.add_root({"name": "Footwear", "slug": "footwear"})
    boots = Category.objects.add_child(parent, {"name": "Boots for all", "slug": "boots"})
    imported(product_row())
    assert Product.objects.get().category == boots
    assert Category.objects.count() == 2


def test_a_category_that_somebody_made_meanwhile_is_used(db) -> None:
    there = Category.objects.add_root({"name": "Boots", "slug": "boots"})
    assert _new_category(CategoryRecord("Boots"), None, lambda: there) == there
    assert Category.objects.count() == 1


def test_a_product_that_staff_sorted_stays_when_the_file_names_no_type(imported) -> None:
    imported(product_row(Type=""))
    product = Product.objects.get()
    product.category = Category.objects.add_root({"name": "Sale", "slug": "sale"})
    product.save()
    assert "1 unchanged" in imported(product_row(Type=""))
    imported(product_row(Type="Boots"))
    assert Product.objects.get().category.slug == "boots"


def test_a_compare_at_price_that_is_not_higher_is_none(imported) -> None:
    imported(product_row(Variant_Compare_At_Price="50.00"))
    assert Variant.objects.get().compare_at is None


def test_drafts_are_not_published(imported) -> None:
    imported(product_row(Published="true", Status="draft"))
    assert Product.objects.get().is_published is False


def test_bad_rows_are_told_with_line_and_reason_and_the_rest_is_imported(imported) -> None:
    said = imported(
        product_row("good"),
        product_row("two-lines", Vendor="a\nb"),  # this row takes two lines of the file
        product_row("negative", Variant_Price="-1"),
        product_row("nan", Variant_Price="NaN"),
        product_row("huge", Variant_Price="12345678901.00"),
        product_row("cents", Variant_Price="1.005"),
        product_row("free", Variant_Price=""),
        product_row("with space"),
        product_row(""),
        product_row("untitled", Title=""),
        product_row("kept", Variant_Price="0"),
    )
    for line in (
        "line 5: Variant Price '-1' is negative",
        "line 6: Variant Price 'NaN' is not a price such as 129.00",
        "line 7: Variant Price '12345678901.00' is not a price",
        "line 8: Variant Price '1.005' is not a price",
        "line 9: it has no price",
        "line 10: the Handle 'with space' has characters that an address cannot have",
        "line 11: it has no Handle",
        "line 12: no row of the Handle 'untitled' has a title",
    ):
        assert line in said
    assert sorted(Product.objects.values_list("slug", flat=True)) == ["good", "kept", "two-lines"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"Variant_Price": "Infinity"}, "is not a price"),
        ({"Variant_Price": "1e99"}, "is not a price"),
        ({"Variant_Price": "three"}, "is not a price"),
        ({"Variant_Price": "5.00-"}, "is not a price"),
        ({"Variant_Price": "5 or 6"}, "is not a price"),
        ({"Variant_Compare_At_Price": "-3"}, "Variant Compare At Price '-3' is negative"),
        ({"Variant_Inventory_Tracker": "shopify", "Variant_Inventory_Qty": "x"}, "Variant Inventory Qty 'x'"),
        ({"Variant_Inventory_Policy": "maybe"}, "the inventory policy is 'maybe'"),
        ({"Option1_Value": ""}, "it has no value for Size"),
        ({"Option2_Value": "Red"}, "Option2 Value is 'Red', but the product has no such option"),
        ({"Option1_Value": "x" * 256}, "Option1 Value has 256 characters"),
        ({"Title": "x" * 256}, "Title has 256 characters, 255 are possible (line 2)"),
        ({"Vendor": "x" * 121}, "Vendor has 121 characters"),
        ({"Type": "x" * 121}, "the category has 121 characters"),
        ({"Published": "perhaps"}, "Published is 'perhaps', not true or false"),
        ({"Gift_Card": "true"}, "gift cards cannot be sold here"),
        ({"Option1_Name": "", "Option2_Name": "Colour"}, "Option1 has no name, but a later one has"),
        ({"Option2_Name": "Size", "Option2_Value": "M"}, "two options have the same name"),
        ({"Handle": "x" * 256}, "the Handle has 256 characters"),
    ],
)
def test_a_cell_that_cannot_be_understood(run, tmp_path, cells, reason) -> None:
    bad = product_row(**({"Option1_Name": "Size", "Option1_Value": "S", "handle": "bad"} | lower_handle(cells)))
    (tmp_path / "export.csv").write_text(table(bad, product_row("good")))
    said = run(tmp_path / "export.csv")
    assert "Left out: " in said
    assert "line 2: " in said
    assert reason in said
    assert Product.objects.get().slug == "good"


def lower_handle(cells: dict[str, str]) -> dict[str, str]:
    return {"handle" if name == "Handle" else name: value for name, value in cells.items()}


def test_a_bad_variant_does_not_cost_its_siblings(imported) -> None:
    rows = size_rows("S", "M", "L")
    rows[1] = row(Handle="boot", Option1_Value="M", Variant_Price="cheap")
    said = imported(*rows)
    assert "line 3: Variant Price 'cheap'" in said
    assert [variant.values for variant in Variant.objects.all()] == [["S"], ["L"]]


def test_a_bad_first_row_costs_the_product_and_says_so_for_each_row(imported) -> None:
    rows = size_rows("S", "M", Gift_Card="true")
    said = imported(*rows, product_row("other"))
    assert "line 2: gift cards cannot be sold here (line 2)" in said
    assert "line 3: gift cards cannot be sold here (line 2)" in said
    assert Product.objects.get().slug == "other"


def test_too_many_cells_and_an_open_quotation_mark(run, tmp_path) -> None:
    text = table(product_row("one"), [*product_row("two"), "extra"], product_row("three"))
    path = tmp_path / "export.csv"
    path.write_text(text + 'four,"Title' + "x" * 140_000 + "\n" + table(product_row("five")).split("\n", 1)[1])
    said = run(path)
    assert "line 3: it has 28 fields, the header has 27; is a comma not quoted?" in said
    assert "line 5: it cannot be read as a row" in said
    assert sorted(Product.objects.values_list("slug", flat=True)) == ["five", "one", "three"]


def test_only_the_first_errors_are_named(imported) -> None:
    said = imported(
        product_row("good"),
        *[product_row(f"p{n}", Variant_Price="x") for n in range(9)],
        arguments=("--limit-errors", "4"),
    )
    assert said.count("is not a price") == 4
    assert "and 5 more rows" in said


def test_short_rows_and_blank_lines_are_fine(run, tmp_path) -> None:
    lines = table(product_row()).splitlines()
    (tmp_path / "export.csv").write_text("\n\n".join([lines[0], lines[1].rstrip(","), ",,,", ""]))
    assert "1 created" in run(tmp_path / "export.csv")
