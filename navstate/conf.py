"""Settings that every request asks for, and what ours are where a project says nothing.

Django's settings are looked up through a proxy, which takes longer than most of what navstate does with the answer, and an
exception where one is not there. So a value is kept from the first time on, as long as the settings behind the proxy are
the same; a test that overrides some puts others there. What is assigned to a setting later is not seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings

DEFAULTS: dict[str, Any] = {
    "NAVSTATE_ABSOLUTE_AGE": None,
    "NAVSTATE_CLIENT_ADDRESS": "",
    "NAVSTATE_IDLE_AGE": None,
    "NAVSTATE_KEY_PREFIX": "",
    "NAVSTATE_REDIS_ALIAS": "default",
    "NAVSTATE_RENEWAL_SHARE": 0.1,
    "NAVSTATE_STRANGERS": 60,
    "NAVSTATE_THRESHOLD": 60,
    "NAVSTATE_TRACE": 1.0,
}


class _Known(dict[str, Any]):
    """Values by name. ``settings``: what was behind the proxy when they were asked for."""

    settings: Any = None


_known = _Known()
_behind = object.__getattribute__


def _ask(name: str) -> Any:
    return getattr(settings, name, DEFAULTS[name]) if name in DEFAULTS else getattr(settings, name)


def setting(name: str, make: Callable[[str], Any] = _ask) -> Any:
    """One of ours, or of Django's; or what ``make(name)`` makes of some of them, made once."""
    if _behind(settings, "_wrapped") is not _known.settings:
        _known.clear()
        settings.DEBUG  # noqa: B018  (loads them)
        _known.settings = _behind(settings, "_wrapped")
    if name not in _known:
        _known[name] = make(name)
    return _known[name]
