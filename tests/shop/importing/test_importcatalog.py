"""``manage.py importcatalog``: products of several rows, repeated runs, trouble on the way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from shop.catalog.importing import run as importing
from shop.catalog.importing import shopify
from shop.catalog.importing.base import CategoryRecord, Report
from shop.catalog.importing.upsert import Writer
from shop.catalog.importing.variants import derived_sku
from shop.catalog.models import Image, Product, Variant
from tests.shop.importing.conftest import product_row, row, size_rows, table


def test_a_derived_sku_is_stable_and_fits() -> None:
    assert derived_sku("boot", ["42", "Moss"]) == derived_sku("boot", ["42", "Moss"])
    assert derived_sku("boot", ["42", "Moss"]).startswith("boot-42-moss-")
    assert derived_sku("a-b", ["c"]) != derived_sku("a", ["b", "c"]) != derived_sku("a", ["b c"])
    assert len(derived_sku("x" * 255, ["大" * 255])) <= 100


def test_a_sku_that_staff_gave_stays(imported) -> None:
    imported(product_row())
    Variant.objects.update(sku="STAFF-1")
    assert "Nothing had to be changed." in imported(product_row())
    assert Variant.objects.get().sku == "STAFF-1"


def test_a_sku_in_the_file_finds_its_variant_when_the_values_change(imported) -> None:
    imported(*size_rows("S", Variant_SKU="A"))
    key = Variant.objects.get().pk
    imported(*size_rows("Small", Variant_SKU="A"))
    assert Variant.objects.get(pk=key).values == ["Small"]
    imported(*size_rows("Small", Variant_SKU="B"))
    assert Variant.objects.get(pk=key).sku == "B"


def test_a_sku_of_another_product_stays_there(imported) -> None:
    said = imported(product_row("one", Variant_SKU="X"), product_row("two", Variant_SKU="Y"))
    assert "2 created" in said
    said = imported(product_row("two", Variant_SKU="X"))
    assert "line 2: the SKU 'X' belongs to the product 'one'" in said
    assert Variant.objects.get(product__slug="two").sku == "Y"


def test_a_handle_that_comes_again_later_adds_to_its_product(imported) -> None:
    rows = [
        *size_rows("S"),
        product_row("other"),
        row(Handle="boot", Option1_Value="M", Variant_Price="55"),
        row(Handle="boot", Image_Src="https://pictures.example/late.jpg"),
    ]
    said = imported(*rows)
    assert "Left out" not in said
    assert [variant.values for variant in Product.objects.get(slug="boot").variants.all()] == [["S"], ["M"]]
    assert Image.objects.get().alt == "Boot"
    said = imported(*rows)
    assert "Products: 0 created, 0 updated, 2 unchanged" in said
    assert "Variants: 0 created, 0 updated, 3 unchanged" in said
    assert imported(*rows, arguments=("--dry-run",)).count("Left out") == 0


def test_a_dry_run_of_an_empty_shop_refuses_no_later_rows(imported) -> None:
    rows = [*size_rows("S"), product_row("other"), row(Handle="boot", Option1_Value="M", Variant_Price="55")]
    assert "Left out" not in imported(*rows, arguments=("--dry-run",))


def test_a_product_without_any_variant_is_told(imported) -> None:
    said = imported(row(Handle="bare", Title="Bare"), product_row("good"))
    assert "line 2: 'bare' has no variant that could be sold" in said
    assert Product.objects.get().slug == "good"


def test_a_second_title_for_a_handle_is_told_and_the_first_text_stays(imported) -> None:
    rows = [*size_rows("S"), product_row("other"), *size_rows("M", Title="Another")]
    said = imported(*rows)
    assert "line 4: the Handle 'boot' is in line 2 too; its text there is kept" in said
    assert Product.objects.get(slug="boot").title == "Boot"
    assert Product.objects.get(slug="boot").variants.count() == 2
    assert "Nothing had to be changed." in imported(*rows)


def test_the_same_variant_twice_is_told(imported) -> None:
    said = imported(*size_rows("S", "S"))
    assert "line 3: this variant is in line 2 already" in said
    assert Variant.objects.count() == 1


def test_rows_with_the_wrong_number_of_values_for_a_product_that_is_there(imported) -> None:
    imported(*size_rows("S"))
    said = imported(row(Handle="boot", Option1_Value="M", Option2_Value="Red", Variant_Price="5"))
    assert "line 2: it has 2 option values, the product has 1 options" in said


def test_a_very_long_product_is_read_in_parts(imported, monkeypatch) -> None:
    monkeypatch.setattr(shopify, "MAX_ROWS", 10)
    said = imported(*size_rows(*[str(number) for number in range(23)]))
    assert "Variants: 23 created" in said
    assert "Left out" not in said
    assert [variant.values for variant in Variant.objects.all()] == [[str(number)] for number in range(23)]


def test_new_options_take_off_sale_what_can_no_longer_be_chosen(imported) -> None:
    imported(product_row())
    said = imported(*size_rows("S", "M"))
    assert "Variants: 2 created, 1 updated" in said
    assert [(variant.values, variant.is_active) for variant in Variant.objects.order_by("pk")] == [
        ([], False),
        (["S"], True),
        (["M"], True),
    ]
    imported(product_row())  # and back again
    assert Variant.objects.get(values=[]).is_active
    assert "Nothing had to be changed." in imported(product_row())


def test_a_variant_that_staff_took_off_sale_stays_off(imported) -> None:
    imported(product_row())
    Variant.objects.update(is_active=False)
    assert "Nothing had to be changed." in imported(product_row())
    assert not Variant.objects.get().is_active


def test_what_differs_is_updated(imported) -> None:
    imported(product_row())
    said = imported(product_row(Title="Better Boot", Variant_Price="60"))
    assert "Products: 0 created, 1 updated, 0 unchanged" in said
    assert "Variants: 0 created, 1 updated, 0 unchanged" in said
    assert Variant.objects.get().price.amount == Decimal("60.00")


def test_interrupted_it_says_how_far_it_came_and_a_second_run_goes_on(imported, monkeypatch, capsys) -> None:
    write, written = Writer.write, []

    def interrupted(self, record):
        if written:
            raise KeyboardInterrupt
        written.append(record.handle)
        return write(self, record)

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "write", interrupted)
        with pytest.raises(CommandError, match="Interrupted") as stopped:
            imported(product_row("one"), product_row("two"))
    assert stopped.value.returncode == 130
    assert "Products: 1 created" in capsys.readouterr().out
    assert "Products: 1 created, 0 updated, 1 unchanged" in imported(product_row("one"), product_row("two"))


@pytest.mark.parametrize("error", [OperationalError("disk full"), OSError("gone")])
def test_when_the_machine_gives_up_it_says_so_in_one_line(imported, monkeypatch, error) -> None:
    def fails(self, record):
        raise error

    monkeypatch.setattr(Writer, "write", fails)
    with pytest.raises(CommandError, match="Start the import again to go on"):
        imported(product_row())


def test_a_product_that_the_database_refuses_leaves_nothing_behind(imported, monkeypatch) -> None:
    monkeypatch.setattr("shop.catalog.importing.variants._skus_elsewhere", lambda product, record: {})
    imported(product_row("one", Variant_SKU="X"))
    said = imported(product_row("two", Variant_SKU="X"), product_row("three"))
    assert "line 2: 'two' could not be stored: " in said
    assert sorted(Product.objects.values_list("slug", flat=True)) == ["one", "three"]


def test_nothing_to_read_is_an_error(imported) -> None:
    with pytest.raises(CommandError, match="No product could be read"):
        imported(product_row(Variant_Price="x"))


def test_unknown_currency_and_empty_category(imported) -> None:
    with pytest.raises(CommandError, match="This shop has no prices in XXX, only in EUR"):
        imported(product_row(), arguments=("--currency", "xxx"))
    with pytest.raises(CommandError, match="1 to 120 characters"):
        imported(product_row(), arguments=("--category", "  "))


def test_the_help_says_what_happens_to_stock(capsys) -> None:
    with pytest.raises(SystemExit):
        call_command("importcatalog", "--help")
    assert "--set-stock sets it to the file's numbers" in capsys.readouterr().out


def test_it_writes_after_each_product_and_reads_no_further_than_that(db) -> None:
    """The lines are asked for one product at a time, so memory does not grow with the file."""
    asked = []

    def lines():
        for number, line in enumerate(table(*[product_row(f"p{n}") for n in range(50)]).splitlines(keepends=True)):
            asked.append(number)
            yield line

    writer = Writer(currency="EUR", intake=NoStock(), fallback=CategoryRecord("Imported"))
    steps = importing.import_lines(lines(), shopify, writer, None, Report())
    for done, _ in enumerate(steps, start=1):
        assert Product.objects.count() == done
        assert len(asked) <= done + 2  # the header, and the row that shows where the product ends


class NoStock:
    def receive(self, arrivals) -> int:
        return 0
