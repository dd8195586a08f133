"""Keep a form that came without a valid token or a known origin, and offer it again for one click (R15).

It is kept like any input (``request/kept.py``) and offered at its own URL: with a page that answered the POST itself,
Reload would send the form again.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.urls import NoReverseMatch, get_script_prefix
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from navstate import registry
from navstate.answers import tell
from navstate.declarations import declared_at
from navstate.decorators import Declaration, private
from navstate.http import Problem, htmx_navigation, redirect_with_history
from navstate.languages import language_in
from navstate.own_pages import render_own
from navstate.request.incoming import site_of_request
from navstate.request.kept import Keeping, is_secret, keep_for_page, without_secrets
from navstate.request.nav import NavRequest
from navstate.revalidation.views import redirect_from
from navstate.rules.arrival import Channel, Site, channel_of, makes_entry
from navstate.rules.state import Kept
from navstate.urlcache import address_of

PAGE = "nav-unsent"
"""URL name of the page that offers a kept form."""


def check_origin(request: NavRequest, declared: Declaration) -> HttpResponse | None:
    """Refuse an unsafe request of another site; ask for a click if its origin is unknown (R15). ``None``: it passes."""
    if declared.is_cross_site:
        return None
    site = site_of_request(request)
    if site is Site.CROSS:
        if channel_of(request.headers) is Channel.JSON:
            return Problem(403, "Forbidden")
        raise PermissionDenied("cross-site request")
    if declared.is_public_form and site is Site.UNKNOWN and not has_token(request):
        return ask_to_confirm(request)
    return None


def csrf_failure(request: NavRequest, reason: str = "") -> HttpResponse:
    """Answer a failed CSRF check (``CSRF_FAILURE_VIEW``): 403 for another site; our own stale page asks for a click."""
    if site_of_request(request) is Site.CROSS:
        raise PermissionDenied(reason)
    return ask_to_confirm(request)


def has_token(request: NavRequest) -> bool:
    """Tell whether Django's own CSRF check, which the view is exempt from, would let the request through."""
    # The check takes get_response and a view; it calls neither.
    return CsrfViewMiddleware(HttpResponse).process_view(request, HttpResponse, (), {}) is None


def ask_to_confirm(request: NavRequest) -> HttpResponse:
    """Offer the form again with its input, a fresh token and one button: 403, or 303 to the page that does.

    For a browser that did not say where a request came from, and for a form whose token was replaced by a login in
    another tab. Passwords are not written into a page: the visitor types them again.
    """
    channel = channel_of(request.headers)
    if channel is Channel.JSON:
        return Problem(403, _("The request carries no valid token."))
    if channel is Channel.HTMX:
        return htmx_navigation(request.headers.get("HX-Current-URL", get_script_prefix()), status=403)
    form = form_of(request)
    return _keep_and_redirect(request, form) or _page_with(request, form, status=403)


def form_of(request: NavRequest) -> Kept:
    """Return the form as it was sent, without token and passwords."""
    sent = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    return Kept(without_secrets(sent), action=request.get_full_path(), has_secret=any(map(is_secret, sent)))


def _keep_and_redirect(request: NavRequest, form: Kept) -> HttpResponse | None:
    """Keep the form and redirect to the page that offers it.

    ``None`` when that is not possible: the answer makes no history entry, there is no session, the form is too long,
    too many were sent, or ``navstate.urls`` is not included.
    """
    if not makes_entry(request.headers) or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    try:
        url = address_of(PAGE)
    except NoReverseMatch:
        return None
    if keep_for_page(request, form, page=PAGE) is not Keeping.KEPT:
        return None
    return redirect_with_history(request, url, replace=True)


@require_safe
@private
def unsent(request: NavRequest) -> HttpResponse:
    """Show the form that was kept last, with a fresh token and one button; without one, redirect to the site's root.

    A third click on a button that logs in or registers comes with the token from before the login. It ends where the
    first click led.
    """
    kept = request.nav.kept
    if kept is None:
        return redirect_with_history(request, get_script_prefix(), replace=True)
    language = language_in(kept.action)
    translation.activate(language)
    request.LANGUAGE_CODE = language
    # A form with a password can only be typed again on its page; a visitor who is logged in by now is led on from it.
    if kept.has_secret and (target := redirect_from(request, kept.action)).url:
        request.nav.drop_kept()
        tell(request, target.why or _("This has been completed already."))  # perhaps for another account
        return redirect_with_history(request, target.url, replace=True)
    return _page_with(request, kept, status=200)


def _page_with(request: NavRequest, form: Kept, *, status: int) -> HttpResponse:
    get_token(request)
    context = {
        "action": form.action,
        "fields": [(name, value) for name, values in form.fields.items() for value in values],
        "has_password": form.has_secret,
        "button": button_of(request, form.action),
    }
    response = render_own(request, "confirm", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def button_of(request: NavRequest, action: str) -> str:
    """Return the button's text for a stage's form, for one that orders has to say so; empty for other forms."""
    declared = declared_at(urlsplit(action).path)
    if not declared.stage:
        return ""
    registered = registry.get(declared.flow)
    return registered.button(request, registered.flow[declared.stage])
