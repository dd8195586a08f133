"""From a request to an arrival, and from a decision to an answer. The rules themselves are in :mod:`navstate.machine`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from navstate import registry
from navstate.arrival import (
    SAFE_METHODS,
    Arrival,
    Channel,
    Kind,
    Site,
    channel_of,
    kind_of,
    makes_entry,
    site_of,
)
from navstate.decorators import Declaration
from navstate.flow import Flow
from navstate.http import MAIN, Problem, ended_sentence, redirect_with_history, session_gone
from navstate.machine import Verdict
from navstate.nav import NavRequest
from navstate.pages import declared_at
from navstate.passage import Passage
from navstate.registry import Change
from navstate.sent import ABOUT_WHAT_WAS_SEEN, entered_in
from navstate.strangers import PER_SECONDS


def our_origins(request: NavRequest) -> frozenset[str]:
    return frozenset({f"{request.scheme}://{request.get_host()}".lower()})


def site_of_request(request: NavRequest) -> Site:
    headers = request.nav.headers
    # Which origins are ours is asked of those alone who name theirs: to know it takes the settings and the Host header.
    return site_of(headers, our_origins(request) if "Origin" in headers else frozenset())


def read_arrival(request: NavRequest, passage: Passage) -> Arrival:
    """What is known of this request for a stage. Only a submit reads the body."""
    nav = request.nav
    before = came_from(request, passage.flow) if passage.flow.policy == "strict" else None
    if request.method in SAFE_METHODS:
        return Arrival(stage=passage.stage.name, kind=nav.kind, came_from=before)
    posted = nav.posted
    attempt = posted.get("nav_attempt", "")
    knows = not attempt or passage.state.knows(attempt)
    return Arrival(
        stage=passage.stage.name,
        kind=nav.kind,
        submit=True,
        attempt=attempt,
        seen=posted.get("nav_seen", ""),
        payload=nav.payload_digest,
        site=site_of_request(request),
        came_from=before,
        outcome="" if knows else passage.registered.find_outcome(attempt),
    )


def came_from(request: NavRequest, flow: Flow) -> str | None:
    """The stage that a same-origin Referer names, ``""`` for another page of ours, ``None`` without one (R15)."""
    parts = urlsplit(request.headers.get("Referer", ""))
    if f"{parts.scheme}://{parts.netloc}".lower() not in our_origins(request):
        return None
    declared = declared_at(parts.path)
    return declared.stage if declared.flow == flow.name else ""


def open_passage(request: NavRequest, declared: Declaration, nav_id: str) -> tuple[registry.Registered, str]:
    """The flow that a view declares, and the visitor's id: the session's, else what the project still knows."""
    registered = registry.get(declared.flow)
    return registered, nav_id or registered.seed(request)


Answer = Callable[[NavRequest, Passage], HttpResponse]


def answer(request: NavRequest, passage: Passage) -> HttpResponse | None:
    """The answer to a decided request; ``None`` lets the view give it."""
    if passage.is_throttled:
        return too_often(request)
    if is_for_view(request, passage):
        return None
    if not passage.may_run:
        return ANSWERS[passage.decision.verdict](request, passage)
    if led_to := passage.kept_led_to:
        return redirect_with_history(request, led_to, replace=True)
    return _show_changes(request, passage)


def is_for_view(request: NavRequest, passage: Passage) -> bool:
    """Whether the view gives the answer. Not where a form was refused and the shopper is being told what changed."""
    if passage.decision.verdict is not Verdict.SERVE:
        return passage.may_run
    if not asks_for_changes(request):
        return True
    if passage.kept_led_to:  # the page of a refusal that its twin has made good meanwhile
        return False
    return rendered_from(passage).get("nav_seen", passage.fingerprint) == passage.fingerprint


def asks_for_changes(request: NavRequest) -> bool:
    """Looked for in the text of the query first: to take that apart takes longer than to decide."""
    return CHANGED in request.META.get("QUERY_STRING", "") and CHANGED in request.GET


def rendered_from(passage: Passage) -> dict[str, str]:
    """What the form was rendered from whose input is kept, where it was refused for that: ``nav_seen``, ``nav_was``."""
    kept = passage.state.kept.get(passage.stage.name)
    fields = kept.fields if kept is not None and passage.kept is not None else {}
    return {name: fields[name][0] for name in ABOUT_WHAT_WAS_SEEN if name in fields}


CHANGED = "changed"
"""In the query: the page that names what changed since a form was rendered, and keeps what was entered in it."""


def decide_again(request: NavRequest, once_more: Callable[[], HttpResponse] | None = None) -> HttpResponse:
    """The answer to a submit whose conditional write found that things had changed since it was decided on.

    Either the same input was taken meanwhile, or the attempt was closed, or the shopper is told what changed. Where nothing
    has that the form showed (another tab wrote another stage), ``once_more`` takes the form after all.
    """
    passage = request.nav.passage
    passage.read_again()
    passage.decide(read_arrival(request, passage))
    if keeps_input(passage):
        passage.keep()
    if given := answer(request, passage):
        return given
    if led_to := passage.taken_to():  # by a twin, and it changed nothing that was shown
        return redirect_with_history(request, led_to)
    return once_more() if once_more else _conflict(request, passage)


def refuse(request: NavRequest, form: BaseForm) -> HttpResponse:
    """The answer to a submit whose ``form`` is not valid: the input is kept, and the stage shown again with it.

    JSON is told what is wrong with which field instead: 422 with ``errors``, and nothing is kept.
    """
    if channel_of(request.headers) is Channel.JSON:
        return Problem(422, _("Please check what you entered."), errors=form.errors.get_json_data())
    request.nav.passage.keep()
    if request.nav.passage.is_throttled:
        return too_often(request)
    return redirect_with_history(request, request.path, replace=True)


def keeps_input(passage: Passage) -> bool:
    """Of a submit: true when what was sent must be kept before it is answered: it was neither taken nor shown again."""
    return passage.decision.verdict in KEEPS and passage.stage.holds is None


KEEPS = frozenset({Verdict.GONE, Verdict.LEAD})
"""The verdicts that leave the input of a form untaken and unshown."""


def _lead(request: NavRequest, passage: Passage) -> HttpResponse:
    decision = passage.decision
    target = passage.flow[decision.stage]
    url = passage.registered.lead_url(request, passage.flow, target)
    if channel_of(request.headers) is Channel.JSON:
        return Problem(409, str(decision.why) or _("This comes later."), stage=target.name, url=url)
    tell(request, str(decision.why))
    return redirect_with_history(request, url, replace=True)


def _replay(request: NavRequest, passage: Passage) -> HttpResponse:
    """Where the first one led. Its answer may never have arrived, so this one says as well that something changed."""
    decision, registered = passage.decision, passage.registered
    request.nav.has_changed = True
    if decision.led_to:
        return redirect_with_history(request, decision.led_to)
    return redirect_with_history(request, registered.resumed_at(request, decision.outcome), replace=True, full=True)


def _closed(request: NavRequest, passage: Passage) -> HttpResponse:
    url = passage.registered.outcome_url(request, passage.decision.outcome)
    if channel_of(request.headers) is Channel.JSON:
        return Problem(409, _("This has been completed already."), url=url)
    return redirect_with_history(request, url, replace=True, full=True)


def _gone(request: NavRequest, passage: Passage) -> HttpResponse:
    title = ended_sentence(is_kept=passage.was_kept)
    if channel_of(request.headers) is not Channel.JSON:
        tell(request, title)
    return session_gone(request, request.get_full_path(), title)


def too_often(request: NavRequest) -> HttpResponse:
    """429: too many whom nobody knows have sent something from this address, and nothing more is kept for one."""
    if channel_of(request.headers) is Channel.JSON:
        response: HttpResponse = Problem(429, _("This was sent too often in a short time."))
    else:
        response = render(request, "navstate/too_often.html", status=429)
    response["Retry-After"] = str(PER_SECONDS)
    return response


def _conflict(request: NavRequest, passage: Passage) -> HttpResponse:
    """409: the input kept, what changed named old → new, one button to confirm."""
    changes = passage.registered.describe(passage.was(request.nav.posted), passage.shown)
    if channel_of(request.headers) is Channel.JSON:
        return Problem(
            409,
            _("This has changed since you looked."),
            changes=[{"label": change.label, "was": change.was, "now": change.now} for change in changes],
            nav_attempt=passage.attempt,
            nav_seen=passage.fingerprint,
        )
    if makes_entry(request.headers):
        is_kept = passage.keep_refused(ABOUT_WHAT_WAS_SEEN)
        if led_to := passage.taken_to():  # the change was that of its twin, a second click, which is accepted only now
            return redirect_with_history(request, led_to)
        if is_kept:
            return redirect_with_history(request, f"{request.path}?{CHANGED}=1", replace=True)
    response = _page_of_changes(request, passage, changes, request.nav.payload)
    if channel_of(request.headers) is Channel.HTMX:
        response["HX-Replace-Url"] = request.path
        response["HX-Retarget"] = MAIN
        response["HX-Reselect"] = MAIN
        response["HX-Reswap"] = "outerHTML"
    return response


def _show_changes(request: NavRequest, passage: Passage) -> HttpResponse:
    """The same page at an address of its own, as often as it is looked at: what was refused is kept."""
    changes = passage.registered.describe(passage.was(rendered_from(passage)), passage.shown)
    kept = passage.kept
    return _page_of_changes(request, passage, changes, entered_in(kept) if kept is not None else {})


def _page_of_changes(
    request: NavRequest, passage: Passage, changes: Sequence[Change], entered: Mapping[str, list[str]]
) -> HttpResponse:
    button = passage.registered.button(request, passage.stage)
    context = {"changes": changes, "entered": entered, "action": request.path, "button": button}
    return render(request, "navstate/conflict.html", context, status=409)


def _refuse(request: NavRequest, passage: Passage) -> HttpResponse:
    raise PermissionDenied(f"refused: {passage.decision.stage}")


def refuse_cross_site(request: NavRequest) -> HttpResponse | None:
    """R15: an unsafe request that another site started is refused, whatever it carries."""
    if site_of_request(request) is not Site.CROSS:
        return None
    if channel_of(request.headers) is Channel.JSON:
        return JsonResponse({"type": "about:blank", "title": "Forbidden", "status": 403}, status=403)
    raise PermissionDenied("cross-site request")


def tell(request: NavRequest, sentence: str) -> None:
    """One sentence for the page that comes next, once however often it was said; a prefetch has no reader."""
    if not sentence or kind_of(request.method or "GET", request.headers) is Kind.PREFETCH:
        return
    waiting = [(message.level, str(message)) for message in messages.get_messages(request)]
    said = (messages.INFO, sentence)
    for level, text in [*(each for each in waiting[-MOST_WAITING:] if each != said), said]:
        messages.add_message(request, level, text)


MOST_WAITING = 5
"""Sentences that wait for a reader at most: they travel in a cookie."""

ANSWERS: dict[Verdict, Answer] = {
    Verdict.LEAD: _lead,
    Verdict.REPLAY: _replay,
    Verdict.CLOSED: _closed,
    Verdict.GONE: _gone,
    Verdict.CONFLICT: _conflict,
    Verdict.REFUSE: _refuse,
}
