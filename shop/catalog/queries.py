"""Reading the catalogue. Nothing here writes.

Pages are made of few queries with few columns: ``values_list`` rows, put together in Python once per page, because
model instances of products, variants, pictures and stock would cost more than the whole template.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from djmoney.money import Money

from shop.catalog.availability import Availability, availability
from shop.catalog.models import Category, Image, Product, Variant

STEP = Category.steplen
"""Characters of ``Category.path`` per level of the tree."""

HOME_PRODUCTS = 8
RELATED_PRODUCTS = 4

CARD_COLUMNS = ("pk", "title", "slug", "brand")
VARIANT_COLUMNS = (
    *("product_id", "sku", "values", "price", "price_currency", "compare_at", "image_id"),
    *("stock__available", "stock__sells_without"),
)
IMAGE_COLUMNS = ("product_id", "pk", "file", "alt", "width", "height")


class VariantRow(NamedTuple):
    """One variant on sale with its stock; ``available`` is ``None`` when nobody counts it."""

    product_id: int
    sku: str
    values: list[str]
    price: Decimal
    currency: str
    compare_at: Decimal | None
    image_id: int | None
    available: int | None
    sells_without: bool | None

    @property
    def money(self) -> Money:
        return Money(self.price, self.currency)

    @property
    def before(self) -> Money | None:
        """The price before, where it was higher."""
        is_reduced = self.compare_at is not None and self.compare_at > self.price
        return Money(self.compare_at, self.currency) if is_reduced else None

    @property
    def availability(self) -> Availability:
        return availability(self.available, sells_without=self.sells_without)


@dataclass(frozen=True, slots=True)
class Picture:
    """``width``, ``height``: pixels of the file, so that nothing jumps while it loads."""

    pk: int
    url: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Card:
    """A product in a list.

    ``price``: of its cheapest variant, ``None`` when none is on sale; ``varies``: others cost more. ``stock``: of all
    variants together.
    """

    title: str
    url: str
    brand: str
    price: Money | None
    before: Money | None
    varies: bool
    stock: Availability
    picture: Picture | None


@dataclass(frozen=True, slots=True)
class CategoryLink:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Family:
    """A category with what leads to it (the root first, without itself) and what is right below it."""

    name: str
    slug: str
    url: str
    description: str
    path: str
    ancestors: list[CategoryLink]
    children: list[CategoryLink]


def variant_by_sku(sku: str) -> Variant | None:
    """The variant that can be bought under this SKU, with its product and stock row read along; ``None`` if none."""
    on_sale = Variant.objects.select_related("product", "stock").filter(is_active=True, product__is_published=True)
    return on_sale.filter(sku=sku).first()


def published() -> QuerySet[Product]:
    return Product.objects.filter(is_published=True)


def in_branch(path: str) -> QuerySet[Product]:
    """Products of a category and of all below it."""
    return published().filter(category__path__startswith=path)


def only_in_stock(products: QuerySet[Product]) -> QuerySet[Product]:
    """Products with a variant on sale that is there, is not counted or sells beyond zero."""
    there = Q(stock__isnull=True) | Q(stock__available__gt=0) | Q(stock__sells_without=True)
    return products.filter(Exists(Variant.objects.filter(there, product=OuterRef("pk"), is_active=True)))


def sorted_by(products: QuerySet[Product], sort: str) -> QuerySet[Product]:
    """``sort``: a name of ``forms.SORTS``. The key decides between equals, so that pages never overlap."""
    if sort in {"price", "-price"}:
        cheapest = Variant.objects.filter(product=OuterRef("pk"), is_active=True).order_by("price")
        products = products.annotate(lowest=Subquery(cheapest.values("price")[:1]))
        lowest = F("lowest")
        by_price = lowest.asc(nulls_last=True) if sort == "price" else lowest.desc(nulls_last=True)
        return products.order_by(by_price, "title", "pk")
    if sort == "newest":
        return products.order_by("-created_at", "-pk")
    if sort == "name":
        return products.order_by("title", "pk")
    return products.order_by("-is_featured", "title", "pk")


def roots() -> list[CategoryLink]:
    """The categories at the top of the tree."""
    rows = Category.objects.filter(depth=1).order_by("path").values_list("name", "slug")
    link = Linker("category")
    return [CategoryLink(name, link(slug)) for name, slug in rows]


def family(slug: str) -> Family | None:
    """A category with its ancestors and children in one query; ``None`` when there is none of that name."""
    path = Subquery(Category.objects.filter(slug=slug).values("path")[:1])
    kin = Category.objects.annotate(here=path).filter(Q(here__startswith=F("path")) | Q(path__startswith=F("here")))
    rows = list(kin.order_by("path").values_list("path", "name", "slug", "description"))
    link = Linker("category")
    for own_path, name, own_slug, description in rows:
        if own_slug == slug:
            above = [CategoryLink(row[1], link(row[2])) for row in rows if len(row[0]) < len(own_path)]
            below = [CategoryLink(row[1], link(row[2])) for row in rows if len(row[0]) == len(own_path) + STEP]
            return Family(name, slug, link(slug), description, own_path, above, below)
    return None


def way_to(path: str) -> list[CategoryLink]:
    """The categories from the root down to the one at ``path``, itself included."""
    paths = [path[:end] for end in range(STEP, len(path) + 1, STEP)]
    link = Linker("category")
    rows = Category.objects.filter(path__in=paths).order_by("path").values_list("name", "slug")
    return [CategoryLink(name, link(slug)) for name, slug in rows]


def home_cards() -> list[Card]:
    """What the home page shows: featured products, and the newest where those are few."""
    products = published().order_by("-is_featured", "-created_at", "-pk")
    return cards(card_rows(products)[:HOME_PRODUCTS])


def related_rows(product: Product) -> QuerySet[Product, Any]:
    """Card rows of a few others in the product's category."""
    others = published().filter(category_id=product.category_id).exclude(pk=product.pk)
    return card_rows(others.order_by("-is_featured", "title", "pk"))[:RELATED_PRODUCTS]


def card_rows(products: QuerySet[Product]) -> QuerySet[Product, Any]:
    return products.values_list(*CARD_COLUMNS)


def cards(rows: Iterable[Sequence[Any]]) -> list[Card]:
    """Rows of ``CARD_COLUMNS`` with the price, stock and first picture of each: two queries, however many rows."""
    rows = list(rows)
    ids = [row[0] for row in rows]
    return cards_of(rows, variants_of(ids), pictures_of(ids))


def cards_of(
    rows: Iterable[Sequence[Any]], variants: dict[int, list[VariantRow]], pictures: dict[int, list[Picture]]
) -> list[Card]:
    """``variants``, ``pictures``: by product id."""
    link = Linker("product")
    return [
        _card(title, link(slug), brand, variants.get(pk, []), pictures.get(pk, [])) for pk, title, slug, brand in rows
    ]


def variants_of(product_ids: Sequence[int]) -> dict[int, list[VariantRow]]:
    """What is on sale of these products, in order, by product id; one query, none without products."""
    found: dict[int, list[VariantRow]] = {}
    if not product_ids:
        return found
    on_sale = Variant.objects.filter(product_id__in=product_ids, is_active=True).order_by("position", "pk")
    for row in on_sale.values_list(*VARIANT_COLUMNS):
        found.setdefault(row[0], []).append(VariantRow._make(row))
    return found


def pictures_of(product_ids: Sequence[int]) -> dict[int, list[Picture]]:
    """Pictures that have a file, in order, by product id; one query, none without products."""
    found: dict[int, list[Picture]] = {}
    if not product_ids:
        return found
    images = Image.objects.filter(product_id__in=product_ids).exclude(file="").order_by("position", "pk")
    for product_id, pk, file, alt, width, height in images.values_list(*IMAGE_COLUMNS):
        picture = Picture(pk, default_storage.url(file), alt, width, height)
        found.setdefault(product_id, []).append(picture)
    return found


def _card(title: str, url: str, brand: str, variants: list[VariantRow], pictures: list[Picture]) -> Card:
    picture = pictures[0] if pictures else None
    if not variants:
        return Card(title, url, brand, None, None, False, Availability("out", 0), picture)
    cheapest = min(variants, key=lambda row: row.price)
    varies = any(row.price > cheapest.price for row in variants)
    return Card(title, url, brand, cheapest.money, cheapest.before, varies, _together(variants), picture)


def _together(variants: list[VariantRow]) -> Availability:
    """How much is left of all variants taken together."""
    if any(row.available is None or row.sells_without for row in variants):
        return availability(None)
    return availability(sum(row.available or 0 for row in variants))


class Linker:
    """Addresses of a route with one slug, without resolving the route again for each."""

    def __init__(self, route: str) -> None:
        self.before, _, self.after = reverse(route, args=["SLUG"]).partition("SLUG")

    def __call__(self, slug: str) -> str:
        return f"{self.before}{quote(slug)}{self.after}"
