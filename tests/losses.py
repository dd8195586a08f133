"""What an emptied or evicted Redis takes with it, on both set-ups: navigation state, and sessions."""

from __future__ import annotations

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache

from navstate.models import NavRecord
from navstate.storage.lua import redis_client


def _drop(pattern: str) -> None:
    client = redis_client()
    for key in client.scan_iter(match=pattern):
        client.delete(key)


def forget_navigation() -> None:
    """All navigation state is gone; sessions are not."""
    NavRecord.objects.all().delete()
    if settings.REDIS_URL:
        _drop("*nav:{*")


def forget_sessions() -> None:
    Session.objects.all().delete()
    if settings.REDIS_URL:
        _drop("*session*")


def empty_redis() -> None:
    """All that Redis holds is gone, whichever of the two set-ups this is."""
    NavRecord.objects.all().delete()
    Session.objects.all().delete()
    cache.clear()
