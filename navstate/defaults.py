"""Settings that every request asks for, and what they are where a project says nothing.

To ask Django's settings for one that is not there costs an exception, which takes longer than most of what navstate does
with the answer. So each of these is put there once, when the apps are ready.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    "NAVSTATE_ABSOLUTE_AGE": None,
    "NAVSTATE_IDLE_AGE": None,
    "NAVSTATE_KEY_PREFIX": "",
    "NAVSTATE_REDIS_ALIAS": "default",
    "NAVSTATE_RENEWAL_SHARE": 0.1,
    "NAVSTATE_TRACE": 1.0,
}


def setting(name: str) -> Any:
    return getattr(settings, name, DEFAULTS[name])


def set_defaults() -> None:
    for name, value in DEFAULTS.items():
        if not hasattr(settings, name):
            setattr(settings, name, value)
