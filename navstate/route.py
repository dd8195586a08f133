"""``/api/route``: a page that comes back to the screen asks whether it is still what the server would show (R9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import NoReverseMatch, get_script_prefix
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from navstate import registry
from navstate.addresses import address_of
from navstate.arrival import Arrival
from navstate.decorators import PRIVATE, UNDECLARED, Declaration, passive, private
from navstate.drawing import asked_at, draw
from navstate.guard import tell
from navstate.languages import language_in
from navstate.machine import Verdict
from navstate.nav import NavRequest
from navstate.pages import declared_at
from navstate.passage import Passage
from navstate.sessions import NAV_ID_KEY
from navstate.shown import account_of, mark_of_private, mark_of_stage, page_in, says_the_same, version_of
from navstate.storage.prefetched import stored_of
from navstate.tracing.observe import observe_check

LONGEST = 2000
"""Characters of an entry's address; a longer one is no page of ours."""


@dataclass(frozen=True, slots=True)
class Place:
    """What was asked about: a page by its address, or a stage by its name. ``path``: empty where only a name is known."""

    declared: Declaration
    path: str = ""
    query: str = ""

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Way:
    """Where the page's reader belongs now. ``how``: ``reload replace login``, empty for where they are. ``why``: the
    sentence that says why they are led there.
    """

    url: str = ""
    how: str = ""
    stage: str = field(default="", compare=False)
    why: str = ""


HERE = Way()


@require_safe
@passive
@private
def route(request: NavRequest) -> HttpResponse:
    """204: all is current. 200 ``{"go": url, "how": "reload|replace|login"}``. 404: unknown, ``go`` is the nearest parent.

    ``rid``: a stage (``review``, ``checkout.review``) or an entry, by its path and query. ``rev``: ``data-nav-shown`` of
    the page, or ``data-nav-rev``. Nothing is written and nothing renewed. With HEAD a page asks again and again while
    something is under way: that is no moment of the visit, so the trace does not note it.
    """
    rid, shown = request.GET.get("rid", "")[:LONGEST], request.GET.get("rev", "")
    with translation.override(language_in(urlsplit(rid).path)):
        place = find_place(rid)
        if place is None:
            return JsonResponse({"go": nearest_parent(rid), "how": "replace"}, status=404)
        way = find_way(request, place, shown)
        tell(request, way.why)  # the page that it is led to says why, whichever way the visitor came there
    return JsonResponse({"go": way.url, "how": way.how}) if way.how else HttpResponse(status=204)


def find_place(rid: str) -> Place | None:
    """``None`` for what is no page, no stage, or a page that says nothing about itself."""
    if not rid.startswith("/"):
        return _named(rid)
    parts = urlsplit(rid)
    declared = UNDECLARED if parts.netloc else declared_at(parts.path)
    return Place(declared, parts.path, parts.query) if declared.cache else None


def nearest_parent(rid: str) -> str:
    """The next page up the path that exists; the top of the site at last."""
    path, top = urlsplit(rid).path, get_script_prefix()
    while path.startswith(top) and path != top:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if declared_at(path).cache:
            return path
    return top


def find_way(request: NavRequest, place: Place, shown: str) -> Way:
    asked = asked_at(request, place.path, place.query, place.declared)
    declared = place.declared
    if declared.stage:
        return _way_of_stage(asked, place, shown, is_traced=request.method == "GET")
    if declared.cache != PRIVATE:
        return HERE
    if account_of(shown) != account_of(mark_of_private(asked)):
        return _to_login(asked, shown) or Way(place.url, "reload")
    return _compared(asked, place, shown)


def way_from(request: NavRequest, url: str) -> Way:
    """Where the page at ``url`` leads this visitor now; ``HERE`` where they may stay, and for public pages."""
    place = find_place(url)
    if place is None or not (place.declared.stage or place.declared.cache == PRIVATE):
        return HERE
    asked = asked_at(request, place.path, place.query, place.declared)
    is_stage = bool(place.declared.stage)
    way = _decided(asked, _passage(asked, place.declared), place, "") if is_stage else _compared(asked, place, "")
    return HERE if way.how == "reload" else way


def _way_of_stage(asked: NavRequest, place: Place, shown: str, *, is_traced: bool) -> Way:
    passage = _passage(asked, place.declared)
    way = _decided(asked, passage, place, shown)
    if not is_traced:
        return way
    revision = shown.partition(".")[0]
    observe_check(
        asked,
        passage,
        asked=passage.stage.name,
        shown=int(revision) if revision.isdecimal() and len(revision) < 10 else None,
        go=way.stage,
        status=200 if way.how else 204,
    )
    return way


def _decided(asked: NavRequest, passage: Passage, place: Place, shown: str) -> Way:
    """The same decision that a request for the page would meet."""
    decision = passage.decide(Arrival(stage=passage.stage.name))
    if way := _to_login(asked, shown):
        return way
    if decision.verdict is Verdict.CLOSED:
        why = _("This has been completed already.")
        return Way(passage.registered.outcome_url(asked, decision.outcome), "replace", why=why)
    if decision.verdict is Verdict.LEAD:
        stage = passage.flow[decision.stage]
        url = passage.registered.lead_url(asked, passage.flow, stage)
        return Way(url, "login" if stage.once else "replace", stage.name, str(decision.why))
    # What an attempt came to (a payment, its order) goes on changing, and no fact of the flow tells: it is looked at anew.
    if passage.stage.outcome or passage.stage.moves or not says_the_same(shown, mark_of_stage(passage)):
        return Way(place.url, "reload", passage.stage.name)
    return _compared(asked, place, shown, passage) if page_in(shown) else HERE


def _compared(asked: NavRequest, place: Place, shown: str, passage: Passage | None = None) -> Way:
    """Whether the page that the server would show now is the one that is on the screen; else what to do about it."""
    stage = passage.stage.name if passage else ""
    page = draw(asked, place.path, passage)
    if page is not None and 300 <= page.status_code < 400:
        return Way(page.headers["Location"], "replace", stage)
    is_same = page is not None and page_in(shown) and version_of(page.content) == page_in(shown)
    return HERE if is_same else Way(place.url, "reload", stage)


def _to_login(asked: HttpRequest, shown: str) -> Way | None:
    """To the login, for a page that was drawn for an account where nobody is logged in any more."""
    if not account_of(shown) or account_of(mark_of_private(asked)):
        return None
    for name, flow in registry.flows().items():
        if flow.entry.once:
            url = registry.get(name).lead_url(asked, flow, flow.entry)
            return Way(url, "login", flow.entry.name, str(flow.entry.why))
    return None


def _passage(asked: NavRequest, declared: Declaration) -> Passage:
    registered = registry.get(declared.flow)
    nav_id = asked.session.get(NAV_ID_KEY, "") or registered.seed(asked)
    stored = stored_of(asked, nav_id, declared.flow)
    return Passage(asked.nav, registered, registered.flow[declared.stage], nav_id, stored)


def _named(rid: str) -> Place | None:
    """A stage by ``flow.stage``, or by its own name where only one flow has one of that name."""
    flow_name, _dot, stage_name = rid.rpartition(".")
    found = [flow for flow in registry.flows().values() if stage_name in flow and flow_name in {"", flow.name}]
    if len(found) != 1:
        return None
    declared = Declaration(cache=PRIVATE, flow=found[0].name, stage=stage_name)
    try:
        return Place(declared, address_of(found[0][stage_name].url))
    except NoReverseMatch:  # its address has more in it than a name
        return Place(declared)
