"""Let a session end while its browser does not know."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings

from navstate.testing.history import Browser


def expire(browser: Browser, *, is_told: bool = False) -> None:
    """Delete the browser's session from the session store of this process. ``is_told``: drop the cookie as well."""
    key = browser.cookies.get(settings.SESSION_COOKIE_NAME)
    if key:
        import_module(settings.SESSION_ENGINE).SessionStore(key).delete()
    if is_told:
        browser.lose_cookie(settings.SESSION_COOKIE_NAME)
