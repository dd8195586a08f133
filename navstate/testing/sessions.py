"""What happens to a session while its browser knows nothing of it."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings

from navstate.testing.history import Browser


def expire(browser: Browser, *, is_told: bool = False) -> None:
    """The time of the browser's session is over, in the session store of this process. ``is_told``: the browser dropped
    the cookie as well.
    """
    key = browser.cookies.get(settings.SESSION_COOKIE_NAME)
    if key:
        import_module(settings.SESSION_ENGINE).SessionStore(key).delete()
    if is_told:
        browser.lose_cookie(settings.SESSION_COOKIE_NAME)
