"""The page that the provider shows to shoppers, and the way back to the shop."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import get_script_prefix
from django.utils import translation
from django.views.decorators.http import require_http_methods

from checkout.payments.demo import services
from checkout.payments.demo.models import Session
from checkout.payments.demo.signing import return_signature

FINISHED_COOKIE = "demo_gateway"
"""Changes when a payment is finished: a browser that kept the form for Back throws it away when a cookie changes."""


class SeeOther(HttpResponseRedirect):
    """303: fetch the other page with GET, whatever this request was."""

    status_code = 303


ACTIONS: dict[str, Callable[[Session], bool]] = {
    "pay": services.pay,
    "decline": lambda session: services.move(session.reference, Session.State.DECLINED),
    "cancel": lambda session: services.move(session.reference, Session.State.CANCELLED),
    "delay": services.delay,
}


@require_http_methods(["GET", "HEAD", "POST"])
def hosted_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the form until the payment is finished, then lead back; POST ``action`` decides, once."""
    if not settings.DEMO_GATEWAY:
        raise Http404
    session = _session_or_404(reference)
    with translation.override(session.language):
        if request.method == "POST":
            response = _decided(request, session)
        elif session.state in services.UNFINISHED:
            response = render(request, "demo_gateway/pay.html", {"session": session})
        else:
            response = _back_to_shop(request, session)
    response["Cache-Control"] = "no-store"
    return response


def _session_or_404(reference: str) -> Session:
    try:
        return services.find_session(reference)
    except Session.DoesNotExist:
        raise Http404("no such session") from None


def _decided(request: HttpRequest, session: Session) -> HttpResponse:
    action = ACTIONS.get(request.POST.get("action", ""))
    if action is None:
        return render(request, "demo_gateway/pay.html", {"session": session}, status=400)
    action(session)
    is_shown = (
        session.return_method == "POST"
    )  # a page in between: not as the answer to a POST, which Reload would repeat
    response = SeeOther(request.path) if is_shown else _back_to_shop(request, session)
    response.set_cookie(
        FINISHED_COOKIE,
        secrets.token_urlsafe(6),
        path=f"{get_script_prefix()}demo-gateway/",
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def _back_to_shop(request: HttpRequest, session: Session) -> HttpResponse:
    """Lead back by GET with the reference in the query, or by POST: a form with one button, as no script may press it."""
    fields = {"reference": session.reference, "signature": return_signature(session.reference)}
    if session.return_method == "POST":
        return render(request, "demo_gateway/return.html", {"session": session, "fields": fields})
    parts = urlsplit(session.return_url)
    query = "&".join(filter(None, [parts.query, urlencode(fields)]))
    return SeeOther(urlunsplit(parts._replace(query=query)))
