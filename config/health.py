"""Whether this process lives, and whether it can serve: for load balancers and orchestrators."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django_redis.exceptions import ConnectionInterrupted

from navstate.decorators import private

logger = logging.getLogger(__name__)


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_cache() -> None:
    cache.get("readyz")


STORES: dict[str, Callable[[], object]] = {"database": _ask_database, "cache": _ask_cache}


def _answer(status: int, text: str) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


@private
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers. Asks no store: a restart would not cure a database that is down."""
    return _answer(200, "ok")


@private
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every store answers; 503 with the names of those that do not. Why is said in the log only."""
    silent = [name for name, ask in STORES.items() if not _answers(name, ask)]
    return _answer(503, f"no answer: {', '.join(silent)}") if silent else _answer(200, "ok")


def _answers(name: str, ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (DatabaseError, ConnectionInterrupted, OSError):
        logger.exception("Not ready: %s", name)
        return False
    return True
