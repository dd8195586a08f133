"""What is sold: a tree of categories, products with variants, their pictures."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from djmoney.models.validators import MinMoneyValidator
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from shop.catalog.fields import Address, AmountField, Text, TextLine, TextList
from shop.catalog.searchable import Folded, RefoldsText, Searchable
from shop.catalog.slugs import FormerSlugBase, HasFormerSlugs, RemembersSlugs


class CategoryQuerySet(RemembersSlugs, RefoldsText, MP_NodeQuerySet):  # type: ignore[misc,override]
    """A tree, in the order of its paths."""


class CategoryManager(MP_NodeManager):  # type: ignore[misc]
    def get_queryset(self) -> CategoryQuerySet:
        return CategoryQuerySet(self.model, using=self._db).order_by("path")


class Category(HasFormerSlugs, Searchable, MP_Node):  # type: ignore[misc]
    name = TextLine(_("name"), max_length=120)
    slug = Address(_("slug"), max_length=140, unique=True, allow_unicode=True)
    description = Text(_("description"), blank=True)
    folded_name = Folded(of=("name",))

    objects = CategoryManager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("category", args=[self.slug])


class ProductQuerySet(RemembersSlugs, RefoldsText):  # type: ignore[override]
    """Products, with what their addresses and the search remember of them."""


class Product(HasFormerSlugs, Searchable):
    """``options``: what its variants differ in, in order, such as ``["Size", "Colour"]``; empty for one variant."""

    title = TextLine(_("title"), max_length=255)
    slug = Address(_("slug"), max_length=255, unique=True, allow_unicode=True)
    description = Text(_("description"), blank=True, help_text=_("Plain text; a blank line starts a paragraph."))
    brand = TextLine(_("brand"), max_length=120, blank=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products", verbose_name=_("category"))
    options = TextList(_("options"), default=list, blank=True)
    is_published = models.BooleanField(_("published"), default=True)
    is_featured = models.BooleanField(_("featured on the home page"), default=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    folded_title = Folded(of=("title",))
    folded_text = Folded(of=("brand", "description"))

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["title", "pk"]
        indexes = [models.Index(fields=["category", "is_published"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("product", args=[self.slug])


class FormerProductSlug(FormerSlugBase):
    owner = models.ForeignKey(Product, models.CASCADE, related_name="former_slugs")

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")


class FormerCategorySlug(FormerSlugBase):
    owner = models.ForeignKey(Category, models.CASCADE, related_name="former_slugs")

    class Meta:
        verbose_name = _("former address")
        verbose_name_plural = _("former addresses")


class Image(models.Model):
    """``source_url``: where an import found it; the file is empty while it could not be fetched."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="images", verbose_name=_("product"))
    file = models.FileField(_("file"), upload_to="products/", blank=True, max_length=255)
    source_url = models.CharField(_("source address"), max_length=1000, blank=True)
    alt = models.CharField(_("alternative text"), max_length=255, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    width = models.PositiveIntegerField(_("width"), default=800)
    height = models.PositiveIntegerField(_("height"), default=1000)

    class Meta:
        verbose_name = _("image")
        verbose_name_plural = _("images")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.alt or self.file.name or self.source_url


class Variant(Searchable):
    """What is put into a cart. ``values``: one per name in ``product.options``, such as ``["42", "Moss"]``."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants", verbose_name=_("product"))
    sku = TextLine(_("SKU"), max_length=100, unique=True)
    values = TextList(_("option values"), default=list, blank=True)
    price = AmountField(_("price"), validators=[MinMoneyValidator(0)])
    compare_at = AmountField(_("price before"), null=True, blank=True)
    grams = models.PositiveIntegerField(_("weight in grams"), default=0)
    barcode = models.CharField(_("barcode"), max_length=100, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("on sale"), default=True)
    image = models.ForeignKey(Image, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("image"))
    folded_sku = Folded(of=("sku",))

    objects = RefoldsText.as_manager()

    class Meta:
        verbose_name = _("variant")
        verbose_name_plural = _("variants")
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["product", "is_active", "price"])]

    def __str__(self) -> str:
        return self.sku

    @property
    def label(self) -> str:
        """What sets it apart from its siblings, such as ``42 / Moss``; empty for an only variant."""
        return " / ".join(self.values)


class CatalogVersion(models.Model):
    """One row with a number that grows in the same transaction as every change a public page could show.

    A cached page is stored under the number read before it was built, so it can never outlive what it shows.
    """

    number = models.PositiveBigIntegerField(default=1)

    def __str__(self) -> str:
        return str(self.number)
