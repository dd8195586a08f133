"""The demo provider's notifications: which were not taken, and the button that sends them again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from checkout.payments.demo.models import Delivery
from checkout.payments.demo.webhooks import send_again


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin[Delivery]):
    list_display = ["event", "tries", "next_try_at", "delivered_at", "answer"]
    list_filter = [
        ("delivered_at", admin.EmptyFieldListFilter),
        ("next_try_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["event"]
    search_fields = ["event__event_id", "event__session__reference"]
    show_full_result_count = False
    actions = ["send_selected"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.action(description=_("Try to send again"), permissions=["view"])
    def send_selected(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> None:
        count = send_again(list(chosen.values_list("pk", flat=True)))
        told = ngettext("%(count)d notification will be sent.", "%(count)d notifications will be sent.", count)
        self.message_user(request, told % {"count": count}, messages.SUCCESS)
