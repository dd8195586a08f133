"""Sessions as tests look at them and age them, whatever engine the run uses."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from navstate.sessions.liveness import time_left
from navstate.sessions.redis import session_redis_key
from navstate.storage.lua import redis_client

NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"}
"""What a browser says of a document that it fetches for a tab."""


def key_of(client: Client) -> str:
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie.value if cookie else ""


def seconds_left(client: Client) -> float:
    return time_left(key_of(client)) / 1000


def set_left(client: Client, seconds: float) -> None:
    """Let the session of this browser end so soon, as if its shopper had been idle."""
    key = key_of(client)
    if settings.SESSION_ENGINE.endswith("redis"):
        redis_client().pexpire(session_redis_key(key), int(seconds * 1000))
    else:
        ends = timezone.now() + timedelta(seconds=seconds)
        assert Session.objects.filter(session_key=key).update(expire_date=ends) == 1
