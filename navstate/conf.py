"""Every setting of navstate, with its default. Read here only."""

from __future__ import annotations

from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    "NAVSTATE": {},
    "NAVSTATE_ABSOLUTE_AGE": None,
    "NAVSTATE_AGE": None,
    "NAVSTATE_BASE_TEMPLATE": "navstate/base.html",
    "NAVSTATE_CLIENT_ADDRESS": "",
    "NAVSTATE_IDLE_AGE": None,
    "NAVSTATE_KEY_PREFIX": "",
    "NAVSTATE_LATE_SESSION_WRITES": None,
    "NAVSTATE_ONCE_AGE": 86_400,
    "NAVSTATE_ONCE_LOCK_TIMEOUT": 30,
    "NAVSTATE_ONCE_STORAGE": "navstate.once.sql.SqlClaims",
    "NAVSTATE_ONCE_WAIT": 5,
    "NAVSTATE_ONCE_WINDOW": 3,
    "NAVSTATE_PERSONAL_CACHE": "no-store",
    "NAVSTATE_REDIS_ALIAS": "default",
    "NAVSTATE_RENEWAL_SHARE": 0.1,
    "NAVSTATE_SCRIPTS": True,
    "NAVSTATE_STORAGE": "navstate.storage.sql.SqlStorage",
    "NAVSTATE_STRANGERS": 60,
    "NAVSTATE_THRESHOLD": 60,
    "NAVSTATE_TRACE": 1.0,
    "NAVSTATE_TRACE_AGE": None,
    "NAVSTATE_TRACE_LENGTH": 100,
    "NAVSTATE_TRACE_STORAGE": "navstate.tracing.sql.SqlTraces",
    "NAVSTATE_WARNING": 300,
}


def set_defaults() -> None:
    """Write the defaults into Django's settings: looking up a setting that is missing is slow."""
    for name, value in DEFAULTS.items():
        if not hasattr(settings, name):
            setattr(settings, name, value)


def setting(name: str) -> Any:
    """Return what the project sets, or the default. Raises ``KeyError`` for a name that is no setting of navstate."""
    return getattr(settings, name, DEFAULTS[name])
