"""The ``cart`` cookie: the token of the cart and nothing else. It names the cart, never the visitor."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

COOKIE = "cart"
MAX_TOKEN_LENGTH = 64


def cart_token(request: HttpRequest) -> str:
    """Return the token given out earlier in this request, else that of the cookie; empty for none."""
    given: str | None = getattr(request, "cart_token", None)
    token = request.COOKIES.get(COOKIE, "") if given is None else given
    return token if len(token) <= MAX_TOKEN_LENGTH and "\x00" not in token else ""


def remember_cart(response: HttpResponseBase, token: str) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.CART_AGE,
        path=settings.SESSION_COOKIE_PATH,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def forget_cart(response: HttpResponseBase) -> None:
    response.delete_cookie(COOKIE, path=settings.SESSION_COOKIE_PATH, samesite="Lax")
