"""A new token for the forms of a page that came back and is still current, so that their next press counts (R20)."""

from __future__ import annotations

from django.middleware.csrf import get_token

from navstate.request.nav import NavRequest

TOKEN = "X-Nav-Token"  # noqa: S105
"""Header with a masked CSRF token; ``navstate/tokens.js`` puts it into the forms of the page."""


def fresh_token(request: NavRequest) -> dict[str, str]:
    """Return the header if the browser has the secret that the token belongs to; else nothing."""
    return {TOKEN: get_token(request)} if "CSRF_COOKIE" in request.META else {}
