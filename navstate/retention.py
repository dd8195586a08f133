"""Remove what has expired from the SQL stores: sessions, traces, presses, and navigation state that nothing needs.

In batches along the primary key, so that memory stays constant, locks are short, and a run can be stopped and repeated
at any time. A row is deleted only if it is still expired: live traffic may renew it after it was read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db.models import QuerySet

from navstate.models import NavOnce, NavRecord, NavTrace
from navstate.registry import needed_attempts
from navstate.rules.state import NavState

Needed = Callable[[str, list[str]], set[str]]
"""Takes a flow's name and attempts of it, and returns those whose state must stay."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The result of one batch. ``deleted``: rows deleted (in a dry run, counted). ``kept``: expired but needed."""

    deleted: int
    kept: int = 0


def expired_sessions(model: type[AbstractBaseSession], now: datetime) -> QuerySet[AbstractBaseSession]:
    return model._default_manager.filter(expire_date__lte=now)


def expired_records(now: datetime) -> QuerySet[NavRecord]:
    return NavRecord.objects.filter(expires_at__lte=now)


def expired_traces(now: datetime) -> QuerySet[NavTrace]:
    return NavTrace.objects.filter(expires_at__lte=now)


def expired_presses(now: datetime) -> QuerySet[NavOnce]:
    return NavOnce.objects.filter(expires_at__lte=now)


def prune_presses(now: datetime, *, size: int, dry_run: bool = False) -> Iterator[Batch]:
    """Delete presses that had expired at ``now``, ``size`` at a time."""
    expired = expired_presses(now)
    for rows in _batches(expired, size):
        yield Batch(deleted=_delete(expired, [key for (key,) in rows], dry_run))


def prune_traces(now: datetime, *, size: int, dry_run: bool = False) -> Iterator[Batch]:
    """Delete entries of traces that had expired at ``now``, ``size`` at a time."""
    expired = expired_traces(now)
    for rows in _batches(expired, size):
        yield Batch(deleted=_delete(expired, [key for (key,) in rows], dry_run))


def prune_sessions(
    model: type[AbstractBaseSession], now: datetime, *, size: int, dry_run: bool = False
) -> Iterator[Batch]:
    """Delete sessions that had expired at ``now``, ``size`` at a time. Each batch is a transaction of its own."""
    expired = expired_sessions(model, now)
    for rows in _batches(expired, size):
        yield Batch(deleted=_delete(expired, [key for (key,) in rows], dry_run))


def prune_records(
    now: datetime, *, size: int, dry_run: bool = False, needed: Needed = needed_attempts
) -> Iterator[Batch]:
    """Delete navigation state that had expired at ``now``, except that of attempts which are still needed."""
    expired = expired_records(now)
    for rows in _batches(expired, size, "flow", "state"):
        keys = _without_needed(rows, needed)
        yield Batch(deleted=_delete(expired, keys, dry_run), kept=len(rows) - len(keys))


def attempts_of(text: str) -> list[str]:
    """Return the ids of the attempts in a stored state; none when it cannot be read."""
    try:
        state = NavState.from_json(text)
    except ValueError:
        return []
    return [state.attempt, *(attempt for attempt, _ in state.closed)]


def _without_needed(rows: Sequence[tuple[Any, ...]], needed: Needed) -> list[Any]:
    """Return the primary keys of the rows of which no attempt is needed. Each flow is asked once."""
    attempts = {key: attempts_of(state) for key, _, state in rows}
    by_flow: dict[str, list[str]] = defaultdict(list)
    for key, flow, _ in rows:
        by_flow[flow] += attempts[key]
    needed_by_flow = {flow: needed(flow, asked) for flow, asked in by_flow.items()}
    return [key for key, flow, _ in rows if needed_by_flow[flow].isdisjoint(attempts[key])]


def _batches(expired: QuerySet[Any], size: int, *columns: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield primary key and ``columns`` of the expired rows, ``size`` at a time, in the order of the key."""
    ahead = expired.order_by("pk").values_list("pk", *columns)
    rows = list(ahead[:size])
    while rows:
        yield rows
        rows = list(ahead.filter(pk__gt=rows[-1][0])[:size])


def _delete(expired: QuerySet[Any], keys: list[Any], dry_run: bool) -> int:
    if dry_run:
        return len(keys)
    deleted, _ = expired.filter(pk__in=keys).delete()
    return deleted
