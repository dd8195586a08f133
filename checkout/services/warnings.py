"""What staff have to know of the background, wherever they are in their pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from checkout.models import Payment
from checkout.services import background
from checkout.services.outbox import given_up

LONG_AGO = timedelta(hours=1)
"""Money that could not be returned for so long needs somebody to look."""


class StaffWarning(NamedTuple):
    """A sentence, and the page that shows what it speaks of."""

    text: str
    url: str


def staff_warnings() -> Iterator[StaffWarning]:
    waited = background.oldest_due()
    if waited is not None and waited >= background.LATE:
        minutes = int(waited.total_seconds() // 60)
        told = gettext(
            "Mail and notifications wait: the oldest task has been due for %(minutes)d minutes. "
            "Is the background worker running (manage.py worker)?"
        )
        yield StaffWarning(told % {"minutes": minutes}, _list_of("django_tasks_database_dbtaskresult", "status=READY"))
    if count := background.dead_letters().count():
        told = ngettext("%(count)d task failed for good.", "%(count)d tasks failed for good.", count)
        yield StaffWarning(told % {"count": count}, _list_of("django_tasks_database_dbtaskresult", "dead=1"))
    if count := given_up().count():
        told = ngettext("%(count)d mail could not be sent.", "%(count)d mails could not be sent.", count)
        yield StaffWarning(told % {"count": count}, _list_of("checkout_outboxmessage", "dead=1"))
    yield from _payments()


def _payments() -> Iterator[StaffWarning]:
    if count := Payment.objects.filter(unasked_at__isnull=False).count():
        told = ngettext(
            "%(count)d payment was closed while its gateway was not configured: look at the provider whether money came.",
            "%(count)d payments were closed while their gateway was not configured: "
            "look at the provider whether money came.",
            count,
        )
        yield StaffWarning(told % {"count": count}, _list_of("checkout_payment", "unasked_at__isempty=0"))
    late = Payment.objects.filter(state=Payment.State.SURPLUS, updated_at__lt=timezone.now() - LONG_AGO)
    if count := late.count():
        told = ngettext(
            "%(count)d payment could not be returned yet.", "%(count)d payments could not be returned yet.", count
        )
        yield StaffWarning(told % {"count": count}, _list_of("checkout_payment", "state__exact=surplus"))


def _list_of(model: str, query: str) -> str:
    return f"{reverse(f'admin:{model}_changelist')}?{query}"
