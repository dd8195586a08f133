"""The demo catalogue: what is in it, and that it loads."""

from __future__ import annotations

import re
from collections import Counter
from io import StringIO
from xml.etree import ElementTree

import pytest
from django.core.management import call_command

from checkout.models import ShippingMethod
from shop.catalog.demo import catalogue as demo
from shop.catalog.demo.drawing import __main__ as script
from shop.catalog.demo.drawing.canvas import mix
from shop.catalog.demo.drawing.kinds import COLOURS, KINDS, draw
from shop.catalog.importing.pictures import NoPictureError
from shop.catalog.models import Category, Image, Product, Variant
from shop.stock.models import Stock
from tests.factories import make_variant

CATALOGUE = demo.load()
LARGEST = 8 * 1024


def load(command: str = "democatalog", **options: object) -> str:
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


# --- what is in it --------------------------------------------------------------------------------------------------


def test_there_is_enough_to_look_at() -> None:
    leaves = {record.category[-1].slug for record in CATALOGUE.products}
    assert len(CATALOGUE.products) >= 44
    assert len(leaves) >= 8
    assert 6 <= sum(bool(record.is_featured) for record in CATALOGUE.products) <= 20
    assert sum(any(variant.compare_at for variant in record.variants) for record in CATALOGUE.products) >= 5
    assert {record.brand for record in CATALOGUE.products} == {"Waymark", "Brackenlow"}


def test_every_address_and_sku_is_there_once() -> None:
    slugs = [record.handle for record in CATALOGUE.products]
    skus = [variant.sku for record in CATALOGUE.products for variant in record.variants]
    titles = [record.title for record in CATALOGUE.products]
    assert max(Counter([*slugs, *skus, *titles]).values()) == 1
    assert all(re.fullmatch(r"[A-Z0-9-]{1,100}", sku) for sku in skus)


@pytest.mark.parametrize("record", CATALOGUE.products, ids=lambda record: record.handle)
def test_each_product_is_told_plainly(record) -> None:
    assert 60 <= len(record.description) <= 400
    assert "!" not in record.description
    assert record.variants
    assert all(variant.price > 0 and variant.grams > 0 for variant in record.variants)
    assert all(variant.compare_at is None or variant.compare_at > variant.price for variant in record.variants)
    assert record.images
    assert all(variant.image_url for variant in record.variants) == ("Colour" in record.options)
    assert all(record.title in image.alt and image.alt.count(":") == 1 for image in record.images)


def test_some_are_sold_out_some_few_some_not_counted() -> None:
    units = [variant.units for record in CATALOGUE.products for variant in record.variants]
    assert units.count(0) >= 5
    assert sum(1 for number in units if number is not None and 0 < number <= 5) >= 5
    assert units.count(None) >= 1
    assert any(variant.sells_without for record in CATALOGUE.products for variant in record.variants)


def test_what_the_data_say_of_stock_is_about_values_that_exist() -> None:
    for path in demo.DATA.glob("*.toml"):
        for entry in demo.tomllib.loads(path.read_text())["product"]:
            values = list(entry.get("options", {}).values())
            known = {"", *(value for group in values for value in group)}
            known |= {" / ".join(pair) for pair in demo.itertools.product(*values)}
            assert set(entry.get("stock", {})) <= known, entry["title"]
            assert set(entry.get("extra", {})) <= known, entry["title"]


# --- pictures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing(kind) -> None:
    for colour in COLOURS:
        svg = draw(kind, colour)
        assert len(svg.encode()) <= LARGEST
        assert svg == draw(kind, colour)
    root = ElementTree.fromstring(svg)
    assert root.attrib["viewBox"] == "0 0 800 1000"
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "defs", "radialGradient", "stop", "g", "path", "rect", "ellipse"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not any(name.startswith("on") or "href" in name for name in attributes)
    assert set(re.findall(r"url\(([^)]*)\)", svg)) <= {"#s"}
    assert not "".join(root.itertext()).strip()


def test_a_drawing_is_coloured() -> None:
    assert draw("boot", "Moss") != draw("boot", "Clay")
    assert COLOURS["Moss"] in draw("boot", "Moss")
    assert mix("#000000", "#ffffff", 0.5) == "#808080"


def test_a_closer_look_shows_a_part_in_the_same_shape() -> None:
    for kind in (kind for kind in KINDS.values() if kind.closer):
        left, top, width = kind.closer
        assert 0 <= left <= 800 - width
        assert 0 <= top <= 1000 - width * 1.25
    assert 'viewBox="290 330 400 500"' in draw("boot", "Moss", closer=True)


def test_every_kind_is_sold_and_an_unknown_drawing_is_refused() -> None:
    assert {sketch.kind for sketch in CATALOGUE.sketches.values()} == set(KINDS)
    with pytest.raises(NoPictureError):
        CATALOGUE.picture("demo:no-such/thing")


def test_the_script_writes_them_all(tmp_path) -> None:
    script.main(tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.svg"))) == len(CATALOGUE.sketches)
    assert (tmp_path / "out" / "index.html").read_text().count("<figure>") == len(CATALOGUE.sketches)


# --- loading --------------------------------------------------------------------------------------------------------


def test_it_loads_with_categories_stock_and_pictures(db, media) -> None:
    said = load()
    assert f"Products: {len(CATALOGUE.products)} created, 0 updated, 0 unchanged" in said
    assert f"Pictures: {len(CATALOGUE.sketches)} drawn" in said
    boots = Category.objects.get(slug="boots")
    assert (Category.objects.get_parent(boots).slug, boots.depth) == ("footwear", 2)
    assert Product.objects.filter(is_featured=True).count() >= 6
    moss = Variant.objects.get(sku="TRAIL-BOOT-42-MOSS")
    assert moss.values == ["42", "Moss"]
    assert moss.image.alt == "Trail Boot in moss: an ankle-high laced boot with a lugged sole, from the side"
    assert (moss.image.width, moss.image.height) == (800, 1000)
    assert (media / moss.image.file.name).read_text().startswith("<svg")
    assert moss.product.images.first() == moss.image
    assert Stock.objects.get(variant__sku="TRAIL-BOOT-44-MOSS").available == 0
    assert not Stock.objects.filter(variant__product__slug="ridge-walks-map").exists()
    assert not Image.objects.filter(file="").exists()
    said = load()
    assert f"Products: 0 created, 0 updated, {len(CATALOGUE.products)} unchanged" in said
    assert f"Pictures: 0 drawn, {len(CATALOGUE.sketches)} already here" in said


def test_if_empty_leaves_a_shop_with_products_alone(db, media) -> None:
    make_variant()
    assert "There is a catalogue already." in load(if_empty=True)
    assert Product.objects.count() == 1


def test_demo_brings_the_catalogue_and_ways_of_delivery(db, media, monkeypatch) -> None:
    few = demo.Catalogue(CATALOGUE.products[:2], CATALOGUE.sketches)
    monkeypatch.setattr("shop.stock.management.commands.democatalog.load", lambda: few)
    said = load("demo", if_empty=True, verbosity=0)
    assert "Ways of delivery: 4 added, 0 already there" in said
    assert Product.objects.count() == 2
    standard = ShippingMethod.objects.get(code="standard")
    assert "DE" in standard.countries
    assert standard.free_over > standard.price
    assert ShippingMethod.objects.filter(countries=[]).exists()
    ShippingMethod.objects.filter(code="standard").update(name="Ours")
    assert "0 added, 4 already there" in load("democheckout")
    assert ShippingMethod.objects.get(code="standard").name == "Ours"
