"""Traces in the database: one row for each entry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import router, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from navstate.models import NavTrace
from navstate.tracing.base import Line, age, length


class SqlTraces:
    """Three statements for any number of lines, and one more for each visitor with too many entries."""

    def append(self, lines: Sequence[Line]) -> None:
        with transaction.atomic(router.db_for_write(NavTrace)):
            kept = _wanted(lines, known=set(_living(visitors_in(lines)).values_list("visitor", flat=True).distinct()))
            expires_at = timezone.now() + timedelta(seconds=age())
            _rows().bulk_create(
                NavTrace(visitor=line.visitor, attempt=line.attempt, at=line.at, entry=line.text, expires_at=expires_at)
                for line in kept
            )
            for visitor in _overfull(visitors_in(kept)):
                newest_to_go = _rows().filter(visitor=visitor).order_by("-pk").values("pk")[length() : length() + 1]
                _rows().filter(visitor=visitor, pk__lte=newest_to_go).delete()

    def read(self, visitor: str) -> list[str]:
        newest = _living([visitor]).order_by("-pk").values_list("entry", flat=True)[: length()]
        return list(reversed(newest))

    def visitor_of(self, attempt: str) -> str:
        if not attempt:
            return ""
        found = _rows().filter(attempt=attempt, expires_at__gt=timezone.now())
        return found.order_by("-pk").values_list("visitor", flat=True).first() or ""

    def forget(self, visitor: str) -> None:
        _rows().filter(visitor=visitor).delete()


def visitors_in(lines: Iterable[Line]) -> list[str]:
    return list({line.visitor for line in lines})


def _wanted(lines: Sequence[Line], known: set[str]) -> list[Line]:
    """Return the lines without those of visitors who have no trace and begin none; add to ``known`` those who do."""
    wanted = []
    for line in lines:
        if line.begins:
            known.add(line.visitor)
        if line.visitor in known:
            wanted.append(line)
    return wanted


def _overfull(visitors: list[str]) -> list[str]:
    counted = _rows().filter(visitor__in=visitors).values("visitor").annotate(count=Count("pk"))
    return list(counted.filter(count__gt=length()).values_list("visitor", flat=True))


def _rows() -> QuerySet[NavTrace]:
    return NavTrace.objects.using(router.db_for_write(NavTrace))


def _living(visitors: list[str]) -> QuerySet[NavTrace]:
    return _rows().filter(visitor__in=visitors, expires_at__gt=timezone.now())
