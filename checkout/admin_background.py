"""The background's tasks for staff: what has failed for good, and the button that tries it again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_tasks_db.admin import DBTaskResultAdmin
from django_tasks_db.models import DBTaskResult

from checkout.models import OutboxMessage
from checkout.services.background import dead_letters, run_again
from checkout.services.outbox import given_up

Lookups = list[tuple[str, Any]]


class DeadFilter(admin.SimpleListFilter):
    title = _("failed for good")
    parameter_name = "dead"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        return [("1", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=dead_letters().values("pk")) if self.value() == "1" else queryset


class GivenUpFilter(DeadFilter):
    """The same of mails."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
        return queryset.filter(pk__in=given_up().values("pk")) if self.value() == "1" else queryset


admin.site.unregister(DBTaskResult)


@admin.register(DBTaskResult)
class TaskAdmin(DBTaskResultAdmin):
    """The library's own, with tries, a filter and a button."""

    show_full_result_count = False
    actions = ["run_selected"]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [
            "task_name",
            "status",
            "tries",
            "enqueued_at",
            "display_run_after",
            "finished_at",
            "exception_class_path",
        ]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return [DeadFilter, "status"]

    @admin.display(description=_("tries"))
    def tries(self, task: DBTaskResult[Any, Any]) -> int:
        return len(task.worker_ids)

    @admin.action(description=_("Run again"), permissions=["view"])
    def run_selected(self, request: HttpRequest, chosen: QuerySet[DBTaskResult[Any, Any]]) -> None:
        """Run what has failed of the selection: a task that waits or runs is left alone."""
        count = run_again(chosen.values_list("pk", flat=True))
        told = ngettext("%(count)d task will be run again.", "%(count)d tasks will be run again.", count)
        self.message_user(request, told % {"count": count}, messages.SUCCESS)
