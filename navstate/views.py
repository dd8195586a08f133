"""Pages that navstate answers with on its own."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import get_script_prefix
from django.utils.translation import gettext as _

from navstate.arrival import Channel, Site, channel_of
from navstate.guard import site_of_request
from navstate.http import Problem, htmx_navigation
from navstate.nav import NavRequest
from navstate.unsent import ask_later, page_of, sent_in


def ask_to_confirm(request: NavRequest) -> HttpResponse:
    """Everything that was sent still in place, a fresh token and one button: 403, or 303 to a page that offers it.

    For a browser that did not say where a request came from (R15), and for a form whose token a login in another tab
    replaced. Passwords are not written into a page: whoever typed one types it again.
    """
    channel = channel_of(request.headers)
    if channel is Channel.JSON:
        return Problem(403, _("The request carries no valid token."))
    if channel is Channel.HTMX:
        return htmx_navigation(request.headers.get("HX-Current-URL", get_script_prefix()), status=403)
    sent = sent_in(request)
    return ask_later(request, sent) or page_of(request, sent, status=403)


def csrf_failure(request: NavRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF check failed. Another site is refused; our own page, stale after a login elsewhere, asks once more."""
    if site_of_request(request) is Site.CROSS:
        raise PermissionDenied(reason)
    return ask_to_confirm(request)
