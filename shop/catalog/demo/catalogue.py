"""The demo catalogue: walking and outdoor gear of the shop's own invention, read from ``data/*.toml``.

A product there has a title, a category's slug, a kind (see ``drawing/kinds.py``), a price and a text; and if wanted:

``options``     values by option name; ``Colour`` decides the picture
``colour``      what it is drawn in when it has no option Colour
``extra``       what a value adds to the price
``stock``       units by value (``"42"``), by values (``"42 / Moss"``) or, without options, by ``""``
``counted``     false: sold without limit; ``backorder``: sold on when none is left
``compare_at``  the price before; ``featured``: shown on the home page
"""

from __future__ import annotations

import hashlib
import itertools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from shop.catalog.demo.drawing.kinds import KINDS, draw
from shop.catalog.importing.base import CategoryRecord, ImageRecord, ProductRecord, VariantRecord
from shop.catalog.importing.pictures import NoPictureError, Picture

DATA = Path(__file__).parent / "data"
WIDTH, HEIGHT = 800, 1000
CLOSER = "closer"


@dataclass(frozen=True)
class Sketch:
    """A picture to be drawn; ``view`` is a colour's slug or ``closer``."""

    product: str
    view: str
    kind: str
    colour: str

    @property
    def address(self) -> str:
        """Stands where an imported picture has the address it was fetched from."""
        return f"demo:{self.product}/{self.view}"

    def svg(self) -> str:
        return draw(self.kind, self.colour, closer=self.view == CLOSER)

    def alt(self, title: str) -> str:
        view = "a closer look at " if self.view == CLOSER else ""
        return f"{title} in {self.colour.lower()}: {view}{KINDS[self.kind].seen}"


@dataclass
class Catalogue:
    """``sketches`` by address: it can be given to an import as the source of its pictures."""

    products: list[ProductRecord] = field(default_factory=list)
    sketches: dict[str, Sketch] = field(default_factory=dict)

    def picture(self, address: str) -> Picture:
        """Draw the picture. Raises NoPictureError."""
        sketch = self.sketches.get(address)
        if sketch is None:
            raise NoPictureError("it is not a drawing of this catalogue")
        return Picture(sketch.svg().encode(), "svg", WIDTH, HEIGHT)


def load() -> Catalogue:
    """Read the files. Raises KeyError and ValueError where they are wrong: they are part of the program."""
    catalogue = Catalogue()
    for path in sorted(DATA.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        categories = dict(_categories(content["category"]))
        for entry in content["product"]:
            sketches = _sketches(entry)
            catalogue.sketches.update((sketch.address, sketch) for sketch in sketches)
            catalogue.products.append(_product(entry, categories[entry["category"]], sketches))
    return catalogue


def _categories(entries: list[dict[str, Any]]) -> Iterator[tuple[str, tuple[CategoryRecord, ...]]]:
    for entry in entries:
        root = CategoryRecord(entry["name"], entry["slug"], entry["description"])
        for child in entry["child"]:
            yield child["slug"], (root, CategoryRecord(child["name"], child["slug"], child["description"]))


def _sketches(entry: dict[str, Any]) -> list[Sketch]:
    """Return the sketches; the first one is the product's main picture."""
    slug, kind = slugify(entry["title"]), entry["kind"]
    colours = entry.get("options", {}).get("Colour") or [entry["colour"]]
    sketches = [Sketch(slug, slugify(colour), kind, colour) for colour in colours]
    if KINDS[kind].closer:
        sketches.append(Sketch(slug, CLOSER, kind, colours[0]))
    return sketches


def _product(entry: dict[str, Any], category: tuple[CategoryRecord, ...], sketches: list[Sketch]) -> ProductRecord:
    options: dict[str, list[str]] = entry.get("options", {})
    record = ProductRecord(
        line=0,
        handle=slugify(entry["title"]),
        title=entry["title"],
        description=entry["text"].strip(),
        brand=entry["brand"],
        category=category,
        category_is_stated=True,
        options=tuple(options),
        is_featured=entry.get("featured", False),
    )
    record.images = [
        ImageRecord(0, sketch.address, sketch.alt(entry["title"]), place)
        for place, sketch in enumerate(sketches, start=1)
    ]
    by_colour = {sketch.colour: sketch.address for sketch in sketches if sketch.view != CLOSER}
    for values in itertools.product(*options.values()):
        record.variants.append(_variant(entry, record.handle, values, by_colour))
    return record


def _variant(entry: dict[str, Any], handle: str, values: tuple[str, ...], by_colour: dict[str, str]) -> VariantRecord:
    sku = "-".join([handle, *(slugify(value.replace(".", "")) for value in values)]).upper()
    extra = sum((Decimal(entry.get("extra", {}).get(value, "0")) for value in values), Decimal())
    before = entry.get("compare_at")
    return VariantRecord(
        line=0,
        values=values,
        price=Decimal(entry["price"]) + extra,
        sku=sku,
        compare_at=None if before is None else Decimal(before) + extra,
        grams=entry["grams"],
        units=_units(entry, sku, values) if entry.get("counted", True) else None,
        sells_without=entry.get("backorder", False),
        image_url=next((by_colour[value] for value in values if value in by_colour), ""),
    )


def _units(entry: dict[str, Any], sku: str, values: tuple[str, ...]) -> int:
    """Return what the file says for these values or one of them; else 8 to 31, as the SKU decides."""
    told: dict[str, int] = entry.get("stock", {})
    for name in (" / ".join(values), *values):
        if name in told:
            return told[name]
    return 8 + hashlib.sha256(sku.encode()).digest()[0] % 24
