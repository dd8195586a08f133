"""Turn a decision into a response: redirect, conflict page, problem document. Rules: :mod:`navstate.rules.machine`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import BaseForm
from django.http import HttpResponse
from django.utils.translation import gettext as _

from navstate.expiry.strangers import PER_SECONDS
from navstate.http import MAIN, Problem, ended_sentence, redirect_with_history, session_gone
from navstate.own_pages import render_own
from navstate.registry import Change
from navstate.request.incoming import read_arrival
from navstate.request.kept import Keeping, is_secret, keep_for_page, without_secrets
from navstate.request.nav import NavRequest
from navstate.request.passage import Passage
from navstate.request.payload import ABOUT_WHAT_WAS_SEEN, entered_in
from navstate.rules.arrival import Channel, Kind, channel_of, kind_of, makes_entry
from navstate.rules.machine import Verdict
from navstate.rules.state import Kept

SHOWS_CHANGES = "changed"
"""Query parameter of the page that lists what changed since a form was rendered, with its input kept."""

MAX_WAITING_MESSAGES = 5
"""Messages that may wait for the next page; they travel in a cookie."""

Answer = Callable[[NavRequest, Passage], HttpResponse]


def respond(request: NavRequest, passage: Passage) -> HttpResponse | None:
    """Answer a decided request; ``None`` when the view answers."""
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
    """Tell whether the view answers; navstate itself does when its page lists what changed since a refused form."""
    if passage.decision.verdict is not Verdict.SERVE:
        return passage.may_run
    if not _shows_changes(request):
        return True
    if passage.kept_led_to:  # its twin was accepted meanwhile
        return False
    return rendered_from(passage).get("nav_seen", passage.fingerprint) == passage.fingerprint


def _shows_changes(request: NavRequest) -> bool:
    # The text of the query first: parsing it takes longer than the decision.
    return SHOWS_CHANGES in request.META.get("QUERY_STRING", "") and SHOWS_CHANGES in request.GET


def rendered_from(passage: Passage) -> dict[str, str]:
    """Return ``nav_seen`` and ``nav_was`` of a refused form whose input is kept: what it was rendered from."""
    kept = passage.state.kept.get(passage.stage.name)
    fields = kept.fields if kept is not None and passage.kept is not None else {}
    return {name: fields[name][0] for name in ABOUT_WHAT_WAS_SEEN if name in fields}


def keep_untaken_input(passage: Passage) -> None:
    """Keep the input of a decided submit that is neither accepted nor shown again by its answer."""
    if must_keep_input(passage):
        passage.keep()


def must_keep_input(passage: Passage) -> bool:
    return passage.decision.verdict in {Verdict.GONE, Verdict.LEAD} and passage.stage.holds is None


def decide_again(request: NavRequest, once_more: Callable[[], HttpResponse] | None = None) -> HttpResponse:
    """Answer a submit whose conditional write lost: reload state and facts, decide again, respond.

    Either a twin was accepted, or the attempt was closed, or the page shows what changed. ``once_more`` accepts the
    form after all when nothing that it showed has changed (another tab wrote another stage).
    """
    passage = request.nav.passage
    passage.reload()
    passage.decide(read_arrival(request, passage))
    keep_untaken_input(passage)
    if response := respond(request, passage):
        return response
    if led_to := passage.taken_to():  # by a twin, and it changed nothing that was shown
        return redirect_with_history(request, led_to)
    return once_more() if once_more else _conflict(request, passage)


def refuse(request: NavRequest, form: BaseForm) -> HttpResponse:
    """Answer a submit whose ``form`` is not valid: keep the input and show the stage again with it.

    JSON gets 422 with ``errors`` by field, and nothing is kept.
    """
    if channel_of(request.headers) is Channel.JSON:
        return Problem(422, _("Please check what you entered."), errors=form.errors.get_json_data())
    request.nav.passage.keep()
    if request.nav.passage.is_throttled:
        return too_often(request)
    return redirect_with_history(request, request.path, replace=True)


def refuse_on_page(request: NavRequest, errors: Mapping[str, list[str]]) -> HttpResponse:
    """Answer a refused submit of a page that is no stage, or whose form must not be validated twice (a login).

    The answer redirects to the page, so that Reload and Back send nothing twice. The page finds the input, without
    secrets, and ``errors`` (by field, ``__all__`` for the form) in ``request.nav.kept``. Of input that is too long only
    the errors are kept. JSON gets 422 with ``errors``, and nothing is kept.
    """
    if channel_of(request.headers) is Channel.JSON:
        return Problem(422, _("Please check what you entered."), errors=errors)
    sent = request.nav.payload
    kept = Kept(without_secrets(sent), errors=errors, has_secret=any(map(is_secret, sent)))
    keeping = keep_for_page(request, kept)
    if keeping is Keeping.TOO_LONG:
        keeping = keep_for_page(request, kept._replace(fields={}))
    if keeping is Keeping.TOO_OFTEN:
        return too_often(request)
    return redirect_with_history(request, request.get_full_path(), replace=True)


def tell(request: NavRequest, sentence: str) -> None:
    """Add a message for the next page; a repeated one is added once, and none for a prefetch, which nobody reads."""
    if not sentence or kind_of(request.method or "GET", request.headers) is Kind.PREFETCH:
        return
    waiting = [(message.level, str(message)) for message in messages.get_messages(request)]
    said = (messages.INFO, sentence)
    for level, text in [*(each for each in waiting[-MAX_WAITING_MESSAGES:] if each != said), said]:
        messages.add_message(request, level, text)


def too_often(request: NavRequest) -> HttpResponse:
    """Answer 429: too many unknown visitors have sent something from this address, so nothing more is kept for one."""
    if channel_of(request.headers) is Channel.JSON:
        response: HttpResponse = Problem(429, _("This was sent too often in a short time."))
    else:
        response = render_own(request, "too_often", status=429)
    response["Retry-After"] = str(PER_SECONDS)
    return response


# --- one answer for each verdict ---


def _lead(request: NavRequest, passage: Passage) -> HttpResponse:
    decision = passage.decision
    target = passage.flow[decision.stage]
    url = passage.registered.lead_url(request, passage.flow, target)
    if channel_of(request.headers) is Channel.JSON:
        return Problem(409, str(decision.why) or _("This comes later."), stage=target.name, url=url)
    tell(request, str(decision.why))
    return redirect_with_history(request, url, replace=True)


def _replay(request: NavRequest, passage: Passage) -> HttpResponse:
    """Redirect to where the first submit led. Its answer may never have arrived, so this one reports the change too."""
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
    if request.nav.is_by_name:  # whether somebody else's page shows what is kept, nobody knows here
        title = _("Your visit had ended. Please look, and do it again.")
    if channel_of(request.headers) is not Channel.JSON:
        tell(request, title)
    return session_gone(request, request.get_full_path(), title)


def _conflict(request: NavRequest, passage: Passage) -> HttpResponse:
    """Answer 409: keep the input, name each change (old → new), offer one button to confirm."""
    changes = passage.registered.changes(passage.was(request.nav.posted), passage.shown)
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
        if led_to := passage.taken_to():  # its twin, a second click, made the change and was accepted a moment ago
            return redirect_with_history(request, led_to)
        if is_kept:
            return redirect_with_history(request, f"{request.path}?{SHOWS_CHANGES}=1", replace=True)
    response = _page_of_changes(request, passage, changes, request.nav.payload)
    if channel_of(request.headers) is Channel.HTMX:
        response["HX-Replace-Url"] = request.path
        response["HX-Retarget"] = MAIN
        response["HX-Reselect"] = MAIN
        response["HX-Reswap"] = "outerHTML"
    return response


def _show_changes(request: NavRequest, passage: Passage) -> HttpResponse:
    """Show the conflict page at its own URL: the refused input is kept, so the page can be reloaded."""
    changes = passage.registered.changes(passage.was(rendered_from(passage)), passage.shown)
    kept = passage.kept
    return _page_of_changes(request, passage, changes, entered_in(kept) if kept is not None else {})


def _page_of_changes(
    request: NavRequest, passage: Passage, changes: Sequence[Change], entered: Mapping[str, list[str]]
) -> HttpResponse:
    button = passage.registered.button(request, passage.stage)
    context = {"changes": changes, "entered": entered, "action": request.path, "button": button}
    return render_own(request, "conflict", context, status=409)


def _forbid(request: NavRequest, passage: Passage) -> HttpResponse:
    raise PermissionDenied(f"refused: {passage.decision.stage}")


ANSWERS: dict[Verdict, Answer] = {
    Verdict.LEAD: _lead,
    Verdict.REPLAY: _replay,
    Verdict.CLOSED: _closed,
    Verdict.GONE: _gone,
    Verdict.CONFLICT: _conflict,
    Verdict.REFUSE: _forbid,
}
