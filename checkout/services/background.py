"""The tasks of the background: what is due, what a dead worker left, what failed, and what has failed for good.

django-tasks-db runs a task at most once: one whose worker was killed stays "running", one that raised stays "failed". Both
are made up for here, so that a task runs *at least* once; each task of the shop may be repeated, as it claims what it works
on. A task is put back by a conditional UPDATE of what was read, so of many at once one does it.

The clocks of the hosts that run workers have to agree to a few seconds (NTP).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, F, Func, IntegerField, Min, Q, QuerySet, When
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max

from checkout.models import WorkerBeat

Status = TaskResultStatus
Row = DBTaskResult[Any, Any]

BEAT = 5.0
"""Seconds between two beats of a worker."""
DEAD_AFTER = timedelta(seconds=30)
"""A worker whose beat is older than that has died."""
UNKNOWN_AFTER = timedelta(minutes=5)
"""For a worker that never beats, such as the library's own ``db_worker``: so long a task may run."""
PAUSES = (10, 60, 300, 1800, 7200)
"""Seconds until a task that failed, or whose worker died, is tried again; after the last try it is a dead letter."""
MAX_TRIES = len(PAUSES) + 1
FORGOTTEN_AFTER = timedelta(days=1)
"""What failed longer ago is left to staff: what it was about has moved on."""
LATE = timedelta(minutes=5)
"""When a task is due so long, staff are warned: no worker is running, or it is far behind."""
BEATS_KEPT = timedelta(days=1)


class _Length(Func):
    """How many workers have claimed a task: the length of a list in JSON."""

    function = "jsonb_array_length"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="json_array_length", **context)


class WorkerDied(Exception):
    """The worker of a task ended before the task did, again and again."""


# --- Beats --------------------------------------------------------------------------------------------------------
def beat(worker_id: str) -> None:
    """Note that a worker lives."""
    WorkerBeat.objects.update_or_create(worker_id=worker_id, defaults={"seen_at": timezone.now()})


def retire(worker_id: str) -> None:
    """Forget a worker that ends in order, with no task under way."""
    WorkerBeat.objects.filter(worker_id=worker_id).delete()


def old_beats() -> QuerySet[WorkerBeat]:
    """Return the beats of workers that died.

    They are kept for a while: their tasks are told from those of workers that never beat.
    """
    return WorkerBeat.objects.filter(seen_at__lt=timezone.now() - BEATS_KEPT)


# --- Putting tasks back -------------------------------------------------------------------------------------------
def put_back_stale() -> int:
    """Put back what workers were doing when they died. Return how many tasks this call put back."""
    now = timezone.now()
    beats = dict(WorkerBeat.objects.values_list("worker_id", "seen_at"))
    return _put_back(row for row in _running() if _is_stale(row, beats, now))


def put_back_own(worker_id: str) -> int:
    """Put back what this worker claimed and could not finish, as the database was gone. It must not be working now."""
    return _put_back(row for row in _running() if _worker_of(row) == worker_id)


def retry_failed() -> int:
    """Make tasks that failed due again, once their pause is over. Return how many this call made due."""
    now = timezone.now()
    recent = DBTaskResult.objects.failed().filter(finished_at__gt=now - FORGOTTEN_AFTER)
    again = [row for row in recent.iterator() if _is_to_be_retried(row, now)]
    return sum(_make_ready(row, now) for row in again)


def run_again(task_ids: Iterable[object]) -> int:
    """Try failed tasks once more, with all their tries, as staff want it. Return how many are due now."""
    failed = DBTaskResult.objects.failed().filter(pk__in=list(task_ids))
    return failed.update(
        status=Status.READY, run_after=timezone.now(), started_at=None, finished_at=None, worker_ids=[]
    )


def _running() -> Iterator[Row]:
    return DBTaskResult.objects.running().iterator()


def _worker_of(row: Row) -> str:
    return str(row.worker_ids[-1]) if row.worker_ids else ""


def _is_stale(row: Row, beats: dict[str, datetime], now: datetime) -> bool:
    seen_at = beats.get(_worker_of(row))
    if seen_at is not None:
        return seen_at < now - DEAD_AFTER
    started_at: datetime | None = row.started_at
    return started_at is None or started_at < now - UNKNOWN_AFTER


def _put_back(rows: Iterable[Row]) -> int:
    now = timezone.now()
    return sum(_bury(row, now) if len(row.worker_ids) >= MAX_TRIES else _make_ready(row, now) for row in list(rows))


def _make_ready(row: Row, now: datetime) -> int:
    return _as_read(row).update(status=Status.READY, run_after=now, started_at=None, finished_at=None)


def _bury(row: Row, now: datetime) -> int:
    """Fail a task for good that kills its workers, or has been unlucky six times."""
    name = f"{WorkerDied.__module__}.{WorkerDied.__qualname__}"
    told = f"Its worker ended {len(row.worker_ids)} times before it did."
    return _as_read(row).update(status=Status.FAILED, finished_at=now, exception_class_path=name, traceback=told)


def _as_read(row: Row) -> QuerySet[Any]:
    """Return the task if nobody has claimed, finished or put it back since: each claim has its own time."""
    return DBTaskResult.objects.filter(
        pk=row.pk, status=row.status, started_at=row.started_at, finished_at=row.finished_at
    )


def _is_to_be_retried(row: Row, now: datetime) -> bool:
    tries = max(1, len(row.worker_ids))
    finished_at: datetime | None = row.finished_at
    if tries >= MAX_TRIES or finished_at is None:
        return False
    return finished_at <= now - timedelta(seconds=PAUSES[tries - 1])


# --- What staff and probes see ------------------------------------------------------------------------------------
def dead_letters() -> QuerySet[Any]:
    """Return the tasks that failed for good: only staff try them again.

    They are kept until ``prune_db_task_results`` takes them.
    """
    is_over = Q(tries__gte=MAX_TRIES) | Q(finished_at__lte=timezone.now() - FORGOTTEN_AFTER)
    return DBTaskResult.objects.failed().annotate(tries=_Length("worker_ids")).filter(is_over)


def oldest_due() -> timedelta | None:
    """Return how long the task has been due that waits longest; ``None`` when no task is due."""
    since = Case(When(run_after=get_date_max(), then=F("enqueued_at")), default=F("run_after"))
    oldest: datetime | None = DBTaskResult.objects.ready().order_by().aggregate(oldest=Min(since))["oldest"]
    return None if oldest is None else max(timedelta(0), timezone.now() - oldest)
