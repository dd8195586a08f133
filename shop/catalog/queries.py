"""Reading the catalogue. Nothing here writes.

Pages are made of few queries with few columns, put together in Python once per page: model instances of products,
variants, pictures and stock would cost more than the whole template. Hot queries are compiled once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Window
from django.utils.translation import get_language

from shop.catalog.cards import Card, CardRow, ImageRow, Link, Linker, Summary, VariantRow, card, summaries
from shop.catalog.models import Category, Image, Product, Variant
from shop.catalog.paging import CompiledPages
from shop.sql.reads import CompiledQuery, from_json
from shop.sql.slots import Slot

STEP = Category.steplen
"""Characters of ``Category.path`` per level of the tree."""

HOME_PRODUCTS = 8
RELATED_PRODUCTS = 4

CARD_COLUMNS = ("pk", "title", "slug", "brand")
VARIANT_COLUMNS = (
    *("product_id", "sku", "values", "price", "price_currency", "compare_at", "image_id"),
    *("stock__available", "stock__sells_without"),
)
PRICE_COLUMNS = (
    *("product_id", "price", "price_currency", "compare_at", "stock__available", "stock__sells_without", "values"),
)
IMAGE_COLUMNS = ("product_id", "pk", "file", "alt", "width", "height")
PRODUCT_COLUMNS = ("pk", "title", "slug", "brand", "description", "options", "category_id", "category__path")


@dataclass(frozen=True, slots=True)
class Family:
    """A category with what leads to it (the root first, without itself) and what is right below it."""

    name: str
    slug: str
    url: str
    description: str
    path: str
    ancestors: tuple[Link, ...]
    children: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ProductText:
    """A product as its page shows it. ``options``: names of what its variants differ in."""

    pk: int
    title: str
    slug: str
    brand: str
    description: str
    options: list[str]
    category_id: int
    path: str


# --- Which products -----------------------------------------------------------------------------------------------
def published() -> QuerySet[Product]:
    return Product.objects.filter(is_published=True)


def only_in_stock(products: QuerySet[Product]) -> QuerySet[Product]:
    """Keep products with a variant on sale that is there, is not counted or sells beyond zero."""
    there = Q(stock__isnull=True) | Q(stock__available__gt=0) | Q(stock__sells_without=True)
    return products.filter(Exists(Variant.objects.filter(there, product=OuterRef("pk"), is_active=True)))


def sorted_by(products: QuerySet[Product], sort: str) -> QuerySet[Product]:
    """Sort by ``sort``, a name of ``forms.SORTS``. The key decides between equals, so that pages never overlap."""
    if sort in {"price", "-price"}:
        on_sale = Variant.objects.filter(product=OuterRef("pk"), is_active=True)
        lowest = Subquery(on_sale.order_by("price").values("price")[:1])
        by_price = lowest.asc(nulls_last=True) if sort == "price" else lowest.desc(nulls_last=True)
        return products.order_by(by_price, "title", "pk")
    if sort == "newest":
        return products.order_by("-created_at", "-pk")
    if sort == "name":
        return products.order_by("title", "pk")
    return products.order_by("-is_featured", "title", "pk")


@cache
def branch(sort: str, *, in_stock: bool) -> CompiledQuery:
    """Return card rows, and the number of them all, of the category at ``path`` and all below it."""
    products = published().filter(category__path__startswith=Slot("path"))
    products = only_in_stock(products) if in_stock else products
    counted = sorted_by(products, sort).annotate(total=Window(Count("*")))
    return CompiledQuery(counted.values_list(*CARD_COLUMNS, "total"))


def products_below(path: str, sort: str, *, in_stock: bool, per_page: int) -> CompiledPages:
    """Return card rows of a category at ``path`` and of all below it, in pages."""
    return CompiledPages(branch(sort, in_stock=in_stock), per_page=per_page, path=path)


def card_rows(products: QuerySet[Product]) -> QuerySet[Product, Any]:
    return products.values_list(*CARD_COLUMNS)


# --- Categories ---------------------------------------------------------------------------------------------------
@cache
def _roots() -> CompiledQuery:
    return CompiledQuery(Category.objects.filter(depth=1).order_by("path").values_list("name", "slug"))


@cache
def _kin() -> CompiledQuery:
    path = Subquery(Category.objects.filter(slug=Slot("slug")).values("path")[:1])
    kin = Category.objects.annotate(here=path).filter(Q(here__startswith=F("path")) | Q(path__startswith=F("here")))
    return CompiledQuery(kin.order_by("path").values_list("path", "name", "slug", "description"))


@cache
def _at(count: int) -> CompiledQuery:
    return CompiledQuery(Category.objects.filter(path__in=_slots(count)).order_by("path").values_list("name", "slug"))


def roots() -> list[Link]:
    """Return the categories at the top of the tree."""
    link = Linker("category")
    return [Link(name, link(slug)) for name, slug in _roots().rows()]


def family(slug: str) -> Family | None:
    """Read a category with its ancestors and children in one query; ``None`` when there is none of that name."""
    rows = _kin().rows(slug=slug)
    link = Linker("category")
    for path, name, own_slug, description in rows:
        if own_slug == slug:
            above = tuple(Link(row[1], link(row[2])) for row in rows if len(row[0]) < len(path))
            below = tuple(Link(row[1], link(row[2])) for row in rows if len(row[0]) == len(path) + STEP)
            return Family(name, slug, link(slug), description, path, above, below)
    return None


def way_to(path: str) -> tuple[Link, ...]:
    """Return the categories from the root down to the one at ``path``, itself included."""
    paths = [path[:end] for end in range(STEP, len(path) + 1, STEP)]
    link = Linker("category")
    return tuple(Link(name, link(slug)) for name, slug in _at(len(paths)).rows(**_numbered(paths)))


# --- One product --------------------------------------------------------------------------------------------------
@cache
def _product() -> CompiledQuery:
    return CompiledQuery(published().filter(slug=Slot("slug")).values_list(*PRODUCT_COLUMNS))


@cache
def _related() -> CompiledQuery:
    others = (
        published()
        .filter(category_id=Slot("category"))
        .exclude(pk=Slot("without"))
        .order_by("-is_featured", "title", "pk")
    )
    return CompiledQuery(card_rows(others))


def product_text(slug: str) -> ProductText | None:
    rows = _product().rows(slug=slug)
    if not rows:
        return None
    pk, title, own_slug, brand, description, options, category_id, path = rows[0]
    return ProductText(pk, title, own_slug, brand, description, from_json(options), category_id, path)


def related_rows(product: ProductText) -> list[CardRow]:
    """Return card rows of a few others in the product's category."""
    rows = _related().rows(category=product.category_id, without=product.pk, limit=RELATED_PRODUCTS)
    return [CardRow._make(row) for row in rows]


# --- Cards --------------------------------------------------------------------------------------------------------
@cache
def _featured() -> CompiledQuery:
    return CompiledQuery(card_rows(published().order_by("-is_featured", "-created_at", "-pk")))


@cache
def _variants(count: int) -> CompiledQuery:
    on_sale = Variant.objects.filter(product__pk__in=_slots(count), is_active=True).order_by("position", "pk")
    return CompiledQuery(on_sale.values_list(*VARIANT_COLUMNS))


@cache
def _prices(count: int) -> CompiledQuery:
    on_sale = Variant.objects.filter(product__pk__in=_slots(count), is_active=True)
    return CompiledQuery(on_sale.order_by().values_list(*PRICE_COLUMNS))


@cache
def _images(count: int) -> CompiledQuery:
    images = Image.objects.filter(product__pk__in=_slots(count)).exclude(file="").order_by("position", "pk")
    return CompiledQuery(images.values_list(*IMAGE_COLUMNS))


def home_cards() -> list[Card]:
    """Return what the home page shows: featured products, and the newest where those are few."""
    return cards(_featured().rows(limit=HOME_PRODUCTS))


def cards(rows: Iterable[Sequence[Any]]) -> list[Card]:
    """Build cards of rows that start with ``CARD_COLUMNS``: price, stock and first picture by two queries in all."""
    products = [CardRow._make(row[: len(CARD_COLUMNS)]) for row in rows]
    ids = [product.pk for product in products]
    found = summaries(_prices(len(ids)).rows(**_numbered(ids))) if ids else {}
    return cards_of(products, found, images_of(ids))


def cards_of(products: Iterable[CardRow], known: dict[int, Summary], images: dict[int, list[ImageRow]]) -> list[Card]:
    """Build cards. ``known``, ``images``: by product id."""
    link, language = Linker("product"), get_language()
    return [
        card(row, link(row.slug), known.get(row.pk), next(iter(images.get(row.pk, ())), None), language)
        for row in products
    ]


def variants_of(product_ids: Sequence[int]) -> dict[int, list[VariantRow]]:
    """Return what is on sale of these products, in order, by product id; one query, none without products."""
    found: dict[int, list[VariantRow]] = {}
    for row in _variants(len(product_ids)).rows(**_numbered(product_ids)) if product_ids else ():
        found.setdefault(row[0], []).append(VariantRow._make(row))
    return found


def images_of(product_ids: Sequence[int]) -> dict[int, list[ImageRow]]:
    """Return pictures that have a file, in order, by product id; one query, none without products."""
    found: dict[int, list[ImageRow]] = {}
    for row in _images(len(product_ids)).rows(**_numbered(product_ids)) if product_ids else ():
        found.setdefault(row[0], []).append(ImageRow._make(row))
    return found


def _slots(count: int) -> list[Any]:
    return [Slot(f"n{number}") for number in range(count)]


def _numbered(values: Sequence[Any]) -> dict[str, Any]:
    """Return values for :func:`_slots`."""
    return {f"n{number}": value for number, value in enumerate(values)}
