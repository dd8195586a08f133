"""``/api/route``: a page that comes back to the screen asks whether it is still what the server would show (R9)."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, resolve
from django.utils import translation
from django.views.decorators.http import require_safe

from navstate import registry
from navstate.addresses import address_of
from navstate.arrival import Arrival
from navstate.decorators import PRIVATE, UNDECLARED, Declaration, declaration_of, passive, private
from navstate.languages import language_in
from navstate.machine import Verdict
from navstate.nav import Nav, NavRequest
from navstate.passage import Passage, stored_of
from navstate.sessions import NAV_ID_KEY
from navstate.shown import account_of, is_current, mark_of_private, mark_of_stage
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
    """Where the page's reader belongs now. ``how``: ``reload replace login``, empty for where they are."""

    url: str = ""
    how: str = ""
    stage: str = field(default="", compare=False)


HERE = Way()


@require_safe
@passive
@private
def route(request: NavRequest) -> HttpResponse:
    """204: all is current. 200 ``{"go": url, "how": "reload|replace|login"}``. 404: unknown, ``go`` is the nearest parent.

    ``rid``: a stage (``review``, ``checkout.review``) or an entry, by its path and query. ``rev``: ``data-nav-shown`` of
    the page, or ``data-nav-rev``. Nothing is written and nothing renewed.
    """
    rid, shown = request.GET.get("rid", "")[:LONGEST], request.GET.get("rev", "")
    with translation.override(language_in(urlsplit(rid).path)):
        place = find_place(rid)
        if place is None:
            return JsonResponse({"go": nearest_parent(rid), "how": "replace"}, status=404)
        way = find_way(request, place, shown)
    return JsonResponse({"go": way.url, "how": way.how}) if way.how else HttpResponse(status=204)


def find_place(rid: str) -> Place | None:
    """``None`` for what is no page, no stage, or a page that says nothing about itself."""
    if not rid.startswith("/"):
        return _named(rid)
    parts = urlsplit(rid)
    declared = UNDECLARED if parts.netloc else _declared_at(parts.path)
    return Place(declared, parts.path, parts.query) if declared.cache else None


def nearest_parent(rid: str) -> str:
    """The next page up the path that exists; the top of the site at last."""
    path, top = urlsplit(rid).path, get_script_prefix()
    while path.startswith(top) and path != top:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        if _declared_at(path).cache:
            return path
    return top


def find_way(request: NavRequest, place: Place, shown: str) -> Way:
    asked = _asked_at(request, place)
    declared = place.declared
    if declared.stage:
        return _way_of_stage(asked, place, shown)
    if declared.cache != PRIVATE or account_of(shown) == account_of(mark_of_private(asked)):
        return HERE
    return _to_login(asked, shown) or Way(place.url, "reload")


def _way_of_stage(asked: NavRequest, place: Place, shown: str) -> Way:
    passage = _passage(asked, place.declared)
    way = _decided(passage, place, shown)
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


def _decided(passage: Passage, place: Place, shown: str) -> Way:
    """The same decision that a request for the page would meet."""
    asked = passage.nav.request
    decision = passage.decide(Arrival(stage=passage.stage.name))
    if way := _to_login(asked, shown):
        return way
    if decision.verdict is Verdict.CLOSED:
        return Way(passage.registered.outcome_url(asked, decision.outcome), "replace")
    if decision.verdict is Verdict.LEAD:
        stage = passage.flow[decision.stage]
        url = passage.registered.lead_url(asked, passage.flow, stage)
        return Way(url, "login" if stage.once else "replace", stage.name)
    # What an attempt came to (a payment, its order) goes on changing, and no fact of the flow tells: it is looked at anew.
    goes_on = passage.stage.outcome or passage.stage.moves
    is_still_so = not goes_on and is_current(shown, mark_of_stage(passage))
    return HERE if is_still_so else Way(place.url, "reload", passage.stage.name)


def _to_login(asked: HttpRequest, shown: str) -> Way | None:
    """To the login, for a page that was drawn for an account where nobody is logged in any more."""
    if not account_of(shown) or account_of(mark_of_private(asked)):
        return None
    for name, flow in registry.flows().items():
        if flow.entry.once:
            return Way(registry.get(name).lead_url(asked, flow, flow.entry), "login", flow.entry.name)
    return None


def _passage(asked: NavRequest, declared: Declaration) -> Passage:
    registered = registry.get(declared.flow)
    nav_id = asked.session.get(NAV_ID_KEY, "") or registered.seed(asked)
    stored = stored_of(asked, nav_id, declared.flow)
    return Passage(asked.nav, registered, registered.flow[declared.stage], nav_id, stored)


def _named(rid: str) -> Place | None:
    """A stage by ``flow.stage``, or by its own name where only one flow has one of that name."""
    flow_name, _, stage_name = rid.rpartition(".")
    found = [flow for flow in registry.flows().values() if stage_name in flow and flow_name in {"", flow.name}]
    if len(found) != 1:
        return None
    declared = Declaration(cache=PRIVATE, flow=found[0].name, stage=stage_name)
    try:
        return Place(declared, address_of(found[0][stage_name].url))
    except NoReverseMatch:  # its address has more in it than a name
        return Place(declared)


def _declared_at(path: str) -> Declaration:
    try:
        return declaration_of(resolve(_path_info(path)).func)
    except Resolver404:
        return UNDECLARED


def _path_info(path: str) -> str:
    """The path without the prefix that the whole site stands under."""
    return f"/{urlsplit(path).path.removeprefix(get_script_prefix()).lstrip('/')}"


def _asked_at(request: NavRequest, place: Place) -> NavRequest:
    """The request, as if it were one for the page itself: what leads a visitor on looks at the address."""
    asked: Any = copy.copy(request)
    asked.path, asked.path_info = place.path, _path_info(place.path)
    asked.META = {**request.META, "PATH_INFO": asked.path_info, "QUERY_STRING": place.query}
    asked.GET = QueryDict(place.query)
    asked.nav = Nav(asked)
    return asked  # type: ignore[no-any-return]
