"""Stock for staff: correct counts unless units were sold meanwhile, and edit stock with a product's variants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop.catalog.admin import BumpsCatalog, ImageInline, ProductAdmin, VariantInline
from shop.catalog.admin_forms import VariantForm
from shop.catalog.availability import FEW
from shop.catalog.models import Product, Variant
from shop.staff.shown import ShownForm
from shop.stock.models import Hold, Stock
from shop.stock.services import correct

MAX_UNITS = 1_000_000


class CountForm(ShownForm):
    """A correction of ``available``, written by an UPDATE that requires the count which the form was opened with."""

    available = forms.IntegerField(label=_("available"), min_value=0, max_value=MAX_UNITS)

    class Meta:
        model = Stock
        fields = ("available", "sells_without")


class HowMuch(admin.SimpleListFilter):
    title = _("how much is left")
    parameter_name = "left"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", gettext("Sold out")), ("few", gettext("Few")), ("many", gettext("Plenty"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        conditions: dict[str | None, dict[str, int]] = {
            "none": {"available": 0, "sells_without": False},
            "few": {"available__gt": 0, "available__lte": FEW},
            "many": {"available__gt": FEW},
        }
        return queryset.filter(**conditions.get(self.value(), {}))


@admin.register(Stock)
class StockAdmin(BumpsCatalog):
    """Rows are created with their variants. Here they are counted, or removed for variants that are not counted."""

    form = CountForm
    list_display = ("sku", "product", "available", "sells_without")
    list_display_links = None
    list_editable = ("available", "sells_without")
    list_filter = (HowMuch, "sells_without")
    list_select_related = ("variant__product",)
    search_fields = ("variant__sku", "variant__product__title", "variant__barcode")
    ordering = ("variant__product__title", "variant__sku")
    list_per_page = 50

    @admin.display(description=_("SKU"), ordering="variant__sku")
    def sku(self, stock: Stock) -> str:
        return stock.variant.sku

    @admin.display(description=_("product"), ordering="variant__product__title")
    def product(self, stock: Stock) -> str:
        return f"{stock.variant.product.title} {stock.variant.label}".strip()

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": CountForm, **kwargs})

    def save_model(self, request: HttpRequest, obj: Stock, form: Any, change: bool) -> None:
        """Write the form's values, not the row as it was read, and only if the count has not changed meanwhile."""
        counted, sells_without = form.cleaned_data["available"], form.cleaned_data["sells_without"]
        if not correct(obj.pk, seen=form.loaded["available"], available=counted, sells_without=sells_without):
            tell_moved(request, obj.variant.sku)

    def list_rows_to_lock(self, pks: Iterable[Any]) -> QuerySet[Any]:
        """Return the rows in the order in which orders lock them."""
        return Stock.objects.filter(pk__in=pks).order_by("variant__sku")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Hold)
class HoldAdmin(admin.ModelAdmin[Hold]):
    """What orders hold, read-only: only the services change it. So the admin deletes no product that orders hold."""

    list_display = ("reference", "variant", "quantity", "state", "expires_at")
    list_filter = ("state",)
    list_select_related = ("variant",)
    search_fields = ("reference", "variant__sku")
    date_hierarchy = "created_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StockedVariantForm(VariantForm):
    available = forms.IntegerField(
        label=_("available"),
        min_value=0,
        max_value=MAX_UNITS,
        required=False,
        help_text=_("Empty: not counted, never sold out."),
    )
    sells_without = forms.BooleanField(label=_("sell when none is left"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stock = getattr(self.instance, "stock", None) if self.instance.pk else None
        if stock:
            self.initial.update(available=stock.available, sells_without=stock.sells_without)

    def why_kept(self) -> str:
        if not Hold.objects.filter(variant=self.instance.pk).exists():
            return ""
        return gettext(
            "This variant stands in orders, so it stays. Take away “on sale” instead: then nobody can buy it."
        )

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("sells_without") and self.cleaned_data.get("available", 0) is None:
            self.add_error("sells_without", gettext("It is not counted, so it never sells out: write a count, or 0."))
        return self.cleaned_data


class StockedVariantInline(VariantInline):
    form = StockedVariantForm
    fields: ClassVar[Any] = (*VariantInline.fields, ("available", "sells_without"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        return super().get_queryset(request).select_related("stock")


admin.site.unregister(Product)


@admin.register(Product)
class StockedProductAdmin(ProductAdmin):
    inlines: ClassVar[Any] = (StockedVariantInline, ImageInline)

    def why_kept(self, rows: list[Any]) -> str:
        ordered = Product.objects.filter(pk__in=[row.pk for row in rows], variants__holds__isnull=False).first()
        if ordered is None:
            return ""
        sentence = gettext("“%(title)s” stands in orders, so it stays. Unpublish it instead: then nobody can buy it.")
        return sentence % {"title": ordered.title}

    def rows_to_lock(self, request: HttpRequest, pk: Any) -> Iterator[QuerySet[Any]]:
        """Yield the stock last, in the order in which orders lock it."""
        yield from super().rows_to_lock(request, pk)
        yield Stock.objects.filter(variant__product=pk).order_by("variant__sku")

    def save_formset(self, request: HttpRequest, form: Any, formset: BaseModelFormSet[Any, Any], change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for variant_form in formset.forms if formset.model is Variant else ():
            if variant_form.instance.pk and not variant_form.cleaned_data.get("DELETE"):
                save_stock(request, variant_form)


def save_stock(request: HttpRequest, form: forms.ModelForm[Any]) -> None:
    """Save the stock of a variant's form if it was changed."""
    if not {"available", "sells_without"} & set(form.changed_data):
        return
    variant: Model = form.instance
    available, sells_without = form.cleaned_data["available"], form.cleaned_data["sells_without"]
    if not correct(variant.pk, seen=form.initial.get("available"), available=available, sells_without=sells_without):
        tell_moved(request, form.instance.sku)


def tell_moved(request: HttpRequest, sku: str) -> None:
    sentence = gettext("The stock of %(sku)s changed while you had it open. Yours was not saved: please look again.")
    messages.warning(request, sentence % {"sku": sku})
