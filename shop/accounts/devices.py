"""Browsers that an account was logged in from before (OWASP "device cookies"), and how often each may try a password.

Wrong passwords are counted in three ways. By address and account together (django-axes, :mod:`shop.accounts.lockout`): one
guesser is stopped and nobody else. By account over all addresses: a guesser with a thousand of them is stopped too. That
alone would let anybody lock a customer out, so it does not hold for a browser that has logged in to the account before:
it has a signed cookie and a count of its own. Who has neither such a browser nor patience sets a new password by mail,
which makes the browser a known one (ADR 17).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac
from django.utils.decorators import sync_and_async_middleware

from navstate import throttle
from shop.accounts.lockout import attempted_login
from shop.accounts.models import User

COOKIE = "device"
COOKIE_AGE = 365 * 24 * 3600
MAX_ACCOUNTS = 4
"""Accounts that one browser is known to; the one logged in to longest ago is forgotten first."""
SALT = "shop.accounts.devices"
BY_ACCOUNT, BY_DEVICE = "login-account", "login-device"
ACCOUNT_SECONDS = 3600
TIMES = 5
"""How many times the tries of one address all unknown browsers together have for one account, in an hour."""


class TriesBackend:
    """Stands before the backends that look at passwords, and stops who has tried too often. Logs nobody in."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        email = attempted_login(request, credentials) if request is not None else None
        if request is None or email is None:
            return
        seconds = _spend(request, email)
        if seconds:
            request.login_waits = seconds  # type: ignore[attr-defined]
            request.axes_locked_out = True  # type: ignore[attr-defined]
            raise PermissionDenied("too many tries")


def is_known_device(request: HttpRequest, credentials: Mapping[str, Any] | None) -> bool:
    """Tell django-axes that a known browser is counted here, not by its address, which a guesser may share."""
    email = attempted_login(request, credentials)
    return bool(email and nonce_of(request, email))


def nonce_of(request: HttpRequest, email: str) -> str:
    """Return what tells this browser from others that know the account; empty for one that does not."""
    return _known(request).get(_digest(email), "")


def note_device(request: HttpRequest, email: str) -> None:
    """Have the answer make this browser one that knows the account."""
    request.device_of = email  # type: ignore[attr-defined]


def forget_tries(request: HttpRequest, email: str) -> None:
    """Forget the tries of an account, and of this browser for it: its owner, who reads its mail, may try at once."""
    throttle.forget(BY_ACCOUNT, email)
    throttle.forget(BY_DEVICE, email, nonce_of(request, email))


@sync_and_async_middleware
def device_middleware(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Set the cookie after a login, whichever page it was made on: the shop's, the staff's or the registration."""
    if iscoroutinefunction(get_response):

        async def amiddleware(request: HttpRequest) -> HttpResponseBase:
            return _remembered(request, await get_response(request))

        return amiddleware

    def middleware(request: HttpRequest) -> HttpResponseBase:
        return _remembered(request, get_response(request))

    return middleware


def _remembered(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if hasattr(request, "counted_try"):
        _look_at_try(request)
    email = getattr(request, "device_of", "")
    if not email:
        return response
    known = _known(request)
    nonce = known.pop(_digest(email), "") or secrets.token_urlsafe(9)
    kept = [*known.items(), (_digest(email), nonce)][-MAX_ACCOUNTS:]
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=COOKIE_AGE,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def _look_at_try(request: HttpRequest) -> None:
    """Know the browser from now on after a right password, which was no guess and is not counted."""
    counted, user = request.counted_try, request.user  # type: ignore[attr-defined]
    if type(user) is User and user.email.lower() == counted[1]:  # a login puts it there; else it is a lazy object
        throttle.take_back(*counted)
        note_device(request, user.email)


def _known(request: HttpRequest) -> dict[str, str]:
    """Return nonces by digest of the account's address; none where the cookie is not signed by this shop."""
    try:
        return dict(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_AGE))
    except signing.BadSignature:
        return {}


def _digest(email: str) -> str:
    return salted_hmac(SALT, email.lower(), algorithm="sha256").hexdigest()[:20]


def _spend(request: HttpRequest, email: str) -> int:
    """Count one try. Return 0 where it may be made, else how many seconds to wait at most."""
    limit, nonce = settings.AXES_FAILURE_LIMIT, nonce_of(request, email)
    cool_off = int(settings.AXES_COOLOFF_TIME.total_seconds())
    counted = (BY_DEVICE, email, nonce) if nonce else (BY_ACCOUNT, email)
    request.counted_try = counted  # type: ignore[attr-defined]
    if nonce:
        return 0 if throttle.spend(*counted, limit=limit, seconds=cool_off) else cool_off
    return 0 if throttle.spend(*counted, limit=TIMES * limit, seconds=ACCOUNT_SECONDS) else ACCOUNT_SECONDS
