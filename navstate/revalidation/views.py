"""``/api/route``: tell a page that comes back to the screen whether it is still what the server would show (R9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import NoReverseMatch, get_script_prefix
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from navstate import registry
from navstate.answers import tell
from navstate.declarations import declared_at
from navstate.decorators import PRIVATE, UNDECLARED, Declaration, passive, private
from navstate.languages import language_in
from navstate.request.nav import NavRequest
from navstate.request.passage import Passage
from navstate.revalidation.fresh_token import fresh_token
from navstate.revalidation.page_version import (
    account_of,
    mark_of_private,
    mark_of_stage,
    page_in,
    revision_in,
    says_the_same,
    version_of,
)
from navstate.revalidation.rendering import render_page, request_for
from navstate.rules.arrival import Arrival
from navstate.rules.machine import Verdict
from navstate.tracing.observe import observe_check
from navstate.urlcache import address_of

MAX_URL_LENGTH = 2000
"""Characters of an entry's URL; no page of this site has a longer one."""


@dataclass(frozen=True, slots=True)
class AskedPage:
    """What was asked about: a page by its URL, or a stage by its name. ``path``: empty if only the name is known."""

    declared: Declaration
    path: str = ""
    query: str = ""

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the browser should go. ``how``: ``reload``, ``replace``, ``login``, empty to stay. ``why``: a message."""

    url: str = ""
    how: str = ""
    stage: str = field(default="", compare=False)
    why: str = ""


STAY = Redirect()


@require_safe
@passive
@private
def route(request: NavRequest) -> HttpResponse:
    """Answer 204 (current), 200 ``{"go": url, "how": "reload|replace|login"}``, or 404 (``go``: the nearest parent).

    ``rid``: a stage (``review``, ``checkout.review``) or an entry, by its path and query. ``rev``: ``data-nav-shown``
    of the page, or ``data-nav-rev``. Nothing is written and nothing renewed, except a message that says why. HEAD is
    for pages that poll while something is under way; it is not traced.
    """
    rid, shown = request.GET.get("rid", "")[:MAX_URL_LENGTH], request.GET.get("rev", "")
    with translation.override(language_in(urlsplit(rid).path)):
        page = find_page(rid)
        if page is None:
            return JsonResponse({"go": nearest_parent(rid), "how": "replace"}, status=404)
        target = revalidate(request, page, shown)
        tell(request, target.why)  # shown by the page that the browser goes to
    if target.how:
        return JsonResponse({"go": target.url, "how": target.how})
    return HttpResponse(status=204, headers=fresh_token(request))


def find_page(rid: str) -> AskedPage | None:
    """Return the page of ``rid``; ``None`` for no page, no stage, or a page that declares nothing."""
    if not rid.startswith("/"):
        return _named(rid)
    parts = urlsplit(rid)
    declared = UNDECLARED if parts.netloc else declared_at(parts.path)
    return AskedPage(declared, parts.path, parts.query) if declared.cache else None


def nearest_parent(rid: str) -> str:
    """Return the nearest existing page up the path, in the end the site's root."""
    path, top = urlsplit(rid).path, get_script_prefix()
    while path.startswith(top) and path != top:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if declared_at(path).cache:
            return path
    return top


def revalidate(request: NavRequest, page: AskedPage, shown: str) -> Redirect:
    """Compare the page on the screen, by its mark ``shown``, with what the server would show now."""
    asked, declared = request_for(request, page.path, page.query, page.declared), page.declared
    if declared.stage:
        return _revalidate_stage(asked, page, shown, is_traced=request.method == "GET")
    if declared.cache != PRIVATE:
        return STAY
    if account_of(shown) != account_of(mark_of_private(asked)):
        return _to_login(asked, shown) or Redirect(page.url, "reload")
    return _compare(asked, page, shown)


def redirect_from(request: NavRequest, url: str) -> Redirect:
    """Return where the page at ``url`` redirects this visitor now; :data:`STAY` for nowhere and for public pages."""
    page = find_page(url)
    if page is None or not (page.declared.stage or page.declared.cache == PRIVATE):
        return STAY
    asked = request_for(request, page.path, page.query, page.declared)
    if page.declared.stage:
        passage = Passage.opened(asked.nav, page.declared.flow, page.declared.stage)
        target = _decide(asked, passage, page, "")
    else:
        target = _compare(asked, page, "")
    return STAY if target.how == "reload" else target


def _revalidate_stage(asked: NavRequest, page: AskedPage, shown: str, *, is_traced: bool) -> Redirect:
    passage = Passage.opened(asked.nav, page.declared.flow, page.declared.stage)
    target = _decide(asked, passage, page, shown)
    if not is_traced:
        return target
    observe_check(
        asked,
        passage,
        asked=passage.stage.name,
        shown=revision_in(shown),
        go=target.stage,
        status=200 if target.how else 204,
    )
    return target


def _decide(asked: NavRequest, passage: Passage, page: AskedPage, shown: str) -> Redirect:
    """Make the decision that a request for the page would get."""
    decision = passage.decide(Arrival(stage=passage.stage.name))
    if login := _to_login(asked, shown):
        return login
    if decision.verdict is Verdict.CLOSED:
        why = _("This has been completed already.")
        return Redirect(passage.registered.outcome_url(asked, decision.outcome), "replace", why=why)
    if decision.verdict is Verdict.LEAD:
        stage = passage.flow[decision.stage]
        url = passage.registered.lead_url(asked, passage.flow, stage)
        return Redirect(url, "login" if stage.once else "replace", stage.name, str(decision.why))
    # The outcome of an attempt (a payment, its order) changes without a change of the flow's facts: reload.
    if passage.stage.outcome or passage.stage.moves or not says_the_same(shown, mark_of_stage(passage)):
        return Redirect(page.url, "reload", passage.stage.name)
    return _compare(asked, page, shown, passage) if page_in(shown) else STAY


def _compare(asked: NavRequest, page: AskedPage, shown: str, passage: Passage | None = None) -> Redirect:
    """Render the page as the server would now, and compare its version with the one on the screen."""
    stage = passage.stage.name if passage else ""
    if page.declared.is_by_name:  # only a real request passes the site's other middleware: such a page checks itself
        return Redirect(page.url, "reload", stage)
    rendered = render_page(asked, page.path, passage)
    if rendered is not None and 300 <= rendered.status_code < 400:
        return Redirect(rendered.headers["Location"], "replace", stage)
    is_same = rendered is not None and page_in(shown) and version_of(rendered.content) == page_in(shown)
    return STAY if is_same else Redirect(page.url, "reload", stage)


def _to_login(asked: HttpRequest, shown: str) -> Redirect | None:
    """Return the redirect to the login for a page rendered for an account, if nobody is logged in any more."""
    if not account_of(shown) or account_of(mark_of_private(asked)):
        return None
    for name, flow in registry.flows().items():
        if flow.entry.once:
            url = registry.get(name).lead_url(asked, flow, flow.entry)
            return Redirect(url, "login", flow.entry.name, str(flow.entry.why))
    return None


def _named(rid: str) -> AskedPage | None:
    """Find a stage by ``flow.stage``, or by its own name if only one flow has a stage of that name."""
    flow_name, _dot, stage_name = rid.rpartition(".")
    found = [flow for flow in registry.flows().values() if stage_name in flow and flow_name in {"", flow.name}]
    if len(found) != 1:
        return None
    declared = Declaration(cache=PRIVATE, flow=found[0].name, stage=stage_name)
    try:
        return AskedPage(declared, address_of(found[0][stage_name].url))
    except NoReverseMatch:  # its URL takes arguments
        return AskedPage(declared)
