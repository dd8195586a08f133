"""Responses to a press that is neither carried out nor answered as the first one was."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from navstate.http import PRIVATE_NO_STORE, Problem
from navstate.once.press import MAX_KEY_LENGTH, Press, Proof
from navstate.own_pages import render_own
from navstate.request.nav import NavRequest
from navstate.rules.arrival import Channel, channel_of

RETRY_AFTER = 2
"""Seconds."""


def bad_key() -> HttpResponse:
    return Problem(400, _("An Idempotency-Key has 1 to %(most)s characters.") % {"most": MAX_KEY_LENGTH})


def other_body() -> HttpResponse:
    return Problem(422, _("This Idempotency-Key was used with another body."))


def still_running(request: NavRequest, press: Press) -> HttpResponse:
    """Answer a twin while the first press is still running: 409 for JSON, for a browser a page (503) with a button.

    The button sends the same form: token and payload are the same, so it leads where the first press leads.
    """
    if press.proof is Proof.KEY or channel_of(request.nav.headers) is Channel.JSON:
        response: HttpResponse = Problem(409, _("The first of these requests is still being carried out."))
    else:
        response = render_own(request, "still_running", _form_of(request), status=503)
        response.headers["Cache-Control"] = PRIVATE_NO_STORE
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def _form_of(request: NavRequest) -> dict[str, object]:
    """Return the form as it was sent, without its fields if it has a file or a password: those go into no page."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    can_be_sent = not request.FILES and not any("password" in name for name, _value in fields)
    return {"action": request.get_full_path(), "fields": fields if can_be_sent else []}
