"""The catalogue for staff. Whatever is saved here bumps the catalogue's number in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from treebeard.admin import TreeAdmin
from treebeard.forms import movenodeform_factory

from shop.catalog.admin_forms import CategoryForm, ImageForm, ProductForm, VariantForm, VariantFormSet
from shop.catalog.models import Category, Image, Product, Variant
from shop.catalog.services import bump_catalog_version, category_tree_lock
from shop.staff.admin import ShownInline, StaffAdmin

SAFE = {"GET", "HEAD", "OPTIONS"}
NO_PICTURE = "–"


class BumpsCatalog(StaffAdmin):
    """Every way the admin writes: saving with inlines, the list's own fields, deleting one, deleting many."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        bump_catalog_version()

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with transaction.atomic():
            super().delete_model(request, obj)
            bump_catalog_version()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            super().delete_queryset(request, queryset)
            bump_catalog_version()


# --- Categories ---------------------------------------------------------------------------------------------------
@admin.register(Category)
class CategoryAdmin(BumpsCatalog, TreeAdmin):  # type: ignore[misc]
    """Its tree is changed by one writer at a time: every write takes the tree's lock first."""

    form = movenodeform_factory(Category, form=CategoryForm)
    list_display = ("name", "slug", "product_count")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        found: QuerySet[Category] = super().get_queryset(request).annotate(product_count=Count("products"))
        return found

    @admin.display(description=_("products"), ordering="product_count")
    def product_count(self, category: Any) -> int:
        """Count the products right in it, without the categories below."""
        return int(category.product_count)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method in SAFE:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with category_tree_lock():
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        with category_tree_lock():
            return super().delete_view(request, object_id, extra_context)

    def _delete_selected(self, request: HttpRequest, extra_context: Any) -> HttpResponse:
        with category_tree_lock():
            return super()._delete_selected(request, extra_context)

    def move_node(self, request: HttpRequest) -> HttpResponse:
        """Move a node that was dragged to another place in the list."""
        with category_tree_lock():
            response: HttpResponse = super().move_node(request)
            if response.status_code == 200:
                bump_catalog_version()
            return response

    def why_kept(self, rows: list[Any]) -> str:
        product = Product.objects.filter(category__in=rows).first()
        if product is None:
            return ""
        sentence = gettext("There are products in it, such as “%(title)s”. Move them to another category first.")
        return sentence % {"title": product.title}

    def get_deleted_objects(self, objs: Iterable[Category], request: HttpRequest) -> Any:
        """List what goes with all below it: the tree deletes whole branches, and their products forbid it."""
        branches = Q(pk__in=[])
        for category in objs:
            branches |= Q(path__startswith=category.path)
        return super().get_deleted_objects(Category.objects.filter(branches).order_by("path"), request)


# --- Products -----------------------------------------------------------------------------------------------------
def preview(image: Image | None) -> SafeString | str:
    """Show a small version of a picture."""
    if image is None or not image.file:
        return NO_PICTURE
    return format_html('<img src="{}" width="64" height="80" alt="{}" loading="lazy">', image.file.url, image.alt)


class ImageInline(ShownInline, admin.TabularInline[Image, Product]):
    model = Image
    form = ImageForm
    extra = 0
    fields = ("picture", "file", "alt", "position")
    readonly_fields = ("picture",)

    @admin.display(description=_("picture"))
    def picture(self, image: Image) -> SafeString | str:
        return preview(image)


class VariantInline(ShownInline, admin.StackedInline[Variant, Product]):
    model = Variant
    form = VariantForm
    formset = VariantFormSet
    extra = 0
    show_change_link = False
    fields: ClassVar[Any] = (
        ("sku", "values", "image"),
        ("price", "compare_at", "is_active"),
        ("grams", "barcode", "position"),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer a variant the pictures of its own product."""
        if db_field.name == "image":
            match = request.resolver_match
            product_id = str(match.kwargs.get("object_id")) if match else ""
            own = Image.objects.filter(product_id=product_id) if product_id.isdigit() else Image.objects.none()
            kwargs["queryset"] = own
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Product)
class ProductAdmin(BumpsCatalog):
    """The stock room registers it again, with stock among the variants."""

    form = ProductForm
    list_display = ("picture", "title", "category", "brand", "is_published", "is_featured", "updated_at")
    list_display_links = ("picture", "title")
    list_editable = ("is_published", "is_featured")
    list_filter = ("is_published", "is_featured", "category", "brand")
    list_select_related = ("category",)
    list_per_page = 50
    search_fields = ("title", "slug", "brand", "variants__sku", "variants__barcode")
    prepopulated_fields = {"slug": ("title",)}
    autocomplete_fields = ("category",)
    inlines: ClassVar[Any] = (VariantInline, ImageInline)
    save_on_top = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        return super().get_queryset(request).prefetch_related("images")

    @admin.display(description=_("picture"))
    def picture(self, product: Product) -> SafeString | str:
        return preview(next(iter(product.images.all()), None))

    def parts_of(self, rows: list[Any]) -> list[Any]:
        return list(Variant.objects.filter(product__in=rows).order_by("pk"))

    def view_on_site(self, product: Product) -> str:
        return product.get_absolute_url()
