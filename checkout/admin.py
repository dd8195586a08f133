"""Orders for staff: everything to read, and what may be done with them, through the services only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from checkout.admin_background import GivenUpFilter
from checkout.models import Order, OrderEvent, OrderLine, OutboxMessage, Payment, PaymentEvent, ShippingMethod
from checkout.payments.base import GatewayError
from checkout.services.giveup import CancelOutcome, cancel
from checkout.services.outbox import send_again
from checkout.services.refund import NotRefundable, refund
from checkout.services.ship import ship
from navstate.tracing import attempt_digest
from shop.staff.admin import StaffAdmin
from shop.staff.shown import ShownForm
from shop.staff.texts import check_visible

Act = Callable[[Order, str], str]
"""Does one thing to an order, on behalf of a member of staff. Answers why it could not be done, empty when it was."""


class ReadOnly:
    """What is only written by services. Permissions to view stay those of the model."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin[Any]):
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(ReadOnly, admin.TabularInline[Any, Any]):
    extra = 0

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LineInline(ReadOnlyInline):
    model = OrderLine
    fields = ["sku", "title", "variant_label", "quantity", "unit_price"]


class PaymentInline(ReadOnlyInline):
    model = Payment
    fields = ["gateway", "reference", "amount", "state", "message", "created_at", "updated_at"]
    readonly_fields = ["created_at", "updated_at"]


class EventInline(ReadOnlyInline):
    model = OrderEvent
    fields = ["at", "kind", "message"]
    readonly_fields = ["at"]


def ship_order(order: Order, by: str) -> str:
    return "" if ship(order.pk, by=by) else gettext("it is not paid, or was shipped before")


def refund_order(order: Order, by: str) -> str:
    try:
        return "" if refund(order.pk) else gettext("its money went back before")
    except NotRefundable:
        return gettext("nothing was paid")


def cancel_order(order: Order, by: str) -> str:
    return str(REFUSALS[cancel(order.pk, by=by)])


REFUSALS = {
    CancelOutcome.DONE: "",
    CancelOutcome.ALREADY: _("it was given up before"),
    CancelOutcome.PAID: _("it is paid; refund it instead"),
    CancelOutcome.PENDING: _("its payment is not decided yet, or has another amount: look at its payments"),
}


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin[Order]):
    list_display = ["number", "placed_at", "status", "total", "email", "name", "paid_at"]
    list_filter = ["status", "placed_at", "payment_method", "shipping_code"]
    search_fields = ["number", "email", "name", "lines__sku", "payments__reference"]
    ordering = ["-placed_at", "-pk"]
    list_per_page = 50
    show_full_result_count = False
    actions = ["ship_selected", "refund_selected", "cancel_selected"]
    inlines = [LineInline, PaymentInline, EventInline]
    fieldsets = [
        (None, {"fields": ["number", "status", "placed_at", "paid_at", "language"]}),
        (
            _("Customer"),
            {"fields": ["email", "user", "name", "line1", "line2", "postcode", "city", "region", "country"]},
        ),
        (_("Delivery and payment"), {"fields": ["phone", "shipping_name", "payment_method"]}),
        (_("Money"), {"fields": ["subtotal", "shipping_price", "total"]}),
    ]
    readonly_fields = [
        "trace",
        *(
            "number",
            "status",
            "placed_at",
            "paid_at",
            "language",
            "email",
            "user",
            "name",
            "line1",
            "line2",
            "postcode",
        ),
        *(
            "city",
            "region",
            "country",
            "phone",
            "shipping_name",
            "payment_method",
            "subtotal",
            "shipping_price",
            "total",
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Order | None = None) -> Any:
        first, *others = super().get_fieldsets(request, obj)
        if not request.user.has_perm("navstate.view_navtrace"):
            return [first, *others]
        return [(first[0], {**first[1], "fields": [*first[1]["fields"], "trace"]}), *others]

    @admin.display(description=_("trace"))
    def trace(self, order: Order) -> str:
        """Link to the steps of the visitor who placed the order, as far as they were kept."""
        url = reverse("admin:navstate_navtrace_run", args=[attempt_digest(order.attempt)])
        return format_html('<a href="{}">{}</a>', url, gettext("What the browser did, what the shop held"))

    @admin.action(description=_("Mark as shipped"), permissions=["change"])
    def ship_selected(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        question = _("Mark these orders as shipped?")
        return self._act(request, orders, "ship_selected", question, ship_order)

    @admin.action(description=_("Refund the whole payment"), permissions=["change"])
    def refund_selected(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        question = _("Send the whole payment of these orders back? Stock that comes back is counted by hand.")
        return self._act(request, orders, "refund_selected", question, refund_order)

    @admin.action(description=_("Cancel (not paid yet)"), permissions=["change"])
    def cancel_selected(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        question = _("Cancel these orders? Open payments are voided and the stock goes back.")
        return self._act(request, orders, "cancel_selected", question, cancel_order)

    def _act(
        self, request: HttpRequest, orders: QuerySet[Order], action: str, question: Any, act: Act
    ) -> HttpResponse | None:
        """Ask first; then do it to each order, and say for each one why it could not be done."""
        chosen = list(orders.order_by("pk"))
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": question,
                "orders": chosen,
                "action": action,
                "opts": self.opts,
            }
            return TemplateResponse(request, "admin/checkout/order/confirm.html", context)
        self._tell(request, [self._refusal(order, act, str(request.user)) for order in chosen])
        return None

    def _refusal(self, order: Order, act: Act, by: str) -> str:
        """Act on one order; return why that was refused, as a sentence for staff, or an empty text.

        One order's trouble does not stop the others.
        """
        try:
            why = act(order, by)
        except GatewayError as failure:
            why = gettext("the payment provider: %(failure)s") % {"failure": failure}
        return (
            gettext("Order %(number)s was left as it is: %(why)s.") % {"number": order.number, "why": why}
            if why
            else ""
        )

    def _tell(self, request: HttpRequest, refusals: Iterable[str]) -> None:
        answers = list(refusals)
        done = answers.count("")
        if done:
            told = ngettext("%(count)d order done.", "%(count)d orders done.", done) % {"count": done}
            self.message_user(request, told, messages.SUCCESS)
        for refusal in filter(None, answers):
            self.message_user(request, refusal, messages.WARNING)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ["key", "order", "gateway", "reference", "amount", "state", "created_at"]
    list_filter = ["state", ("unasked_at", admin.EmptyFieldListFilter), "gateway"]
    search_fields = ["key", "reference", "order__number"]
    list_select_related = ["order"]
    show_full_result_count = False


@admin.register(PaymentEvent)
class PaymentEventAdmin(ReadOnlyAdmin):
    list_display = ["event_id", "gateway", "kind", "reference", "received_at", "settled_at"]
    list_filter = [("settled_at", admin.EmptyFieldListFilter), "gateway", "kind"]
    search_fields = ["event_id", "reference"]
    show_full_result_count = False


@admin.register(OutboxMessage)
class OutboxAdmin(ReadOnlyAdmin):
    list_display = ["order", "kind", "created_at", "sent_at", "tries", "error"]
    list_filter = ["kind", ("sent_at", admin.EmptyFieldListFilter), GivenUpFilter]
    search_fields = ["order__number", "order__email"]
    list_select_related = ["order"]
    show_full_result_count = False
    actions = ["send_selected"]

    @admin.action(description=_("Try to send again"), permissions=["view"])
    def send_selected(self, request: HttpRequest, chosen: QuerySet[OutboxMessage]) -> None:
        """Send what is unsent of the selection: a mail never goes out twice."""
        count = send_again(list(chosen.values_list("pk", flat=True)))
        told = ngettext("%(count)d mail will be tried again.", "%(count)d mails will be tried again.", count)
        self.message_user(request, told % {"count": count}, messages.SUCCESS)


class ShippingMethodForm(ShownForm):
    countries = forms.MultipleChoiceField(
        label=_("Countries"), choices=list(countries), required=False, help_text=_("None chosen: it serves all.")
    )

    class Meta:
        model: type[Model] = ShippingMethod
        fields = [
            *("code", "name", "description", "price", "free_over", "countries"),
            *("min_days", "max_days", "is_active", "position"),
        ]

    def clean_name(self) -> str:
        check_visible(self.cleaned_data["name"])
        return str(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("min_days", 0) > cleaned.get("max_days", 0):
            raise forms.ValidationError(_("It cannot take at least longer than at most."))
        for name in ("price", "free_over"):
            if cleaned.get(name) is not None and cleaned[name].amount < 0:
                self.add_error(name, _("This cannot be below zero."))
        return cleaned


@admin.register(ShippingMethod)
class ShippingMethodAdmin(StaffAdmin):
    form = ShippingMethodForm
    list_display = ["name", "code", "price", "free_over", "is_active", "position"]
    list_editable = ["is_active", "position"]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ShippingMethod]) -> None:
        """Delete one by one: each goes together with a new number of the catalogue, which a bulk DELETE would leave out."""
        for method in queryset:
            method.delete()
