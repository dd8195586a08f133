"""The registered flows, and the functions with which a project answers navstate's questions about them.

Flows in an app's ``navflows.py`` are registered automatically; others once, in ``AppConfig.ready()``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import ModuleType, SimpleNamespace
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from navstate.flow import Facts, Flow, Stage
from navstate.request.current import current_nav
from navstate.urlcache import address_of


@dataclass(frozen=True, slots=True)
class Change:
    """A fact that differs between what a form showed and what is true now, in words for the visitor."""

    label: str
    was: str
    now: str


def describe_by_labels(flow: Flow, was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Return each differing fact with its label, its values formatted by ``Flow.formats``.

    A list or an object without a format is named without its value, which would mean nothing to a visitor.
    """
    return [
        Change(
            str(flow.labels.get(name, name.replace("_", " "))),
            _written(flow, name, was.get(name)),
            _written(flow, name, now.get(name)) or str(_("has changed")),
        )
        for name in {**was, **now}
        if was.get(name) != now.get(name)
    ]


def stage_url(request: HttpRequest, flow: Flow, stage: Stage) -> str:
    return address_of(stage.url)


def no_outcome(attempt: str) -> str:
    return ""


def plain_button(request: HttpRequest, stage: Stage) -> str:
    return ""


def no_attempt(text: str) -> str:
    return ""


def outcome_url_of(flow: Flow, outcome: str) -> str:
    """Return the URL of the stage that shows outcomes, which may take the outcome as argument; else the site's root."""
    stage = next((stage for stage in flow.stages if stage.outcome), None)
    if stage is None:
        return get_script_prefix()
    try:
        return address_of(stage.url)
    except NoReverseMatch:
        return address_of(stage.url, (outcome,))


def none_needed(attempts: Sequence[str]) -> set[str]:
    return set()


def seed_of_session(request: HttpRequest) -> str:
    """Derive a ``nav_id`` from the session key, as secret as that, so that a login elsewhere need not write one."""
    key = request.session.session_key
    return salted_hmac("navstate.seed", key, algorithm="sha256").hexdigest()[:32] if key else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A flow with its project's functions.

    ``facts(request)``: today's facts from the database. ``outcome_url(request, outcome)``: the URL that shows a closed
    attempt. ``find_outcome(attempt)``: the outcome of an attempt that the visitor's state does not know (the state was
    lost), empty for none. ``resume_url(request, outcome)``: where a twin of the submit that ended in ``outcome`` leads:
    to the same page as the first one, while that is still the right page; ``None`` for ``outcome_url``.
    ``describe(was, now)``: the differences between two sets of shown facts; ``None`` for :func:`describe_by_labels`.
    ``button(request, stage)``: the text of a button that sends the stage's form from another page (a change is
    confirmed, a form is sent again), since a button that orders must say so; empty for the usual text.
    ``lead_url(request, flow, stage)``: the URL that leads a visitor to a stage (a login adds the way back).
    ``needed(attempts)``: those whose state must not be pruned yet. ``seed(request)``: the ``nav_id`` of a visitor whose
    session has none, from another secret of this browser (a guest's cart), else from the session key.
    ``find_attempt(text)``: the attempt that belongs to what staff know (an order's number), empty for none.
    """

    flow: Flow
    facts: Callable[[HttpRequest], Facts]
    outcome_url: Callable[[HttpRequest, str], str]
    find_outcome: Callable[[str], str] = no_outcome
    resume_url: Callable[[HttpRequest, str], str] | None = None
    describe: Callable[[Mapping[str, Any], Mapping[str, Any]], Sequence[Change]] | None = None
    button: Callable[[HttpRequest, Stage], str] = plain_button
    lead_url: Callable[[HttpRequest, Flow, Stage], str] = stage_url
    needed: Callable[[Sequence[str]], set[str]] = none_needed
    seed: Callable[[HttpRequest], str] = seed_of_session
    find_attempt: Callable[[str], str] = no_attempt

    def resumed_at(self, request: HttpRequest, outcome: str) -> str:
        return (self.resume_url or self.outcome_url)(request, outcome)

    def changes(self, was: Mapping[str, Any], now: Mapping[str, Any]) -> Sequence[Change]:
        """Return the differences between the facts that a form showed and today's."""
        return self.describe(was, now) if self.describe else describe_by_labels(self.flow, was, now)


_registered: dict[str, Registered] = {}


def register(flow: Flow, *, facts: Callable[[HttpRequest], Facts] | None = None, **answers: Any) -> None:
    """Register a flow, or replace it. ``answers``: the other fields of :class:`Registered`.

    ``facts``: default to ``flow.facts``. Raises ``ValueError`` when there are neither.
    """
    facts = facts or flow.facts
    if facts is None:
        raise ValueError(f"flow {flow.name!r} has no facts: give them to Flow or to register()")
    answers.setdefault("outcome_url", lambda request, outcome: outcome_url_of(flow, outcome))
    _registered[flow.name] = Registered(flow=flow, facts=facts, **answers)
    _close_on(flow)


def register_found(module: ModuleType) -> None:
    """Register the flows of a module that have ``facts``, except those that the module has registered itself."""
    for flow in vars(module).values():
        if isinstance(flow, Flow) and flow.facts and flow not in flows().values():
            register(flow)


def unregister(name: str) -> None:
    _registered.pop(name, None)


def get(name: str) -> Registered:
    """Return a registered flow. Raises ``LookupError`` for an unknown name."""
    try:
        return _registered[name]
    except KeyError:
        raise LookupError(f"no flow {name!r} is registered; known: {', '.join(_registered) or 'none'}") from None


def flows() -> dict[str, Flow]:
    return {name: registered.flow for name, registered in _registered.items()}


def stage_at(url_name: str) -> tuple[Flow, Stage] | None:
    """Return the flow and the stage that name this URL; ``None`` for none."""
    for registered in _registered.values():
        for stage in registered.flow.stages:
            if stage.url == url_name:
                return registered.flow, stage
    return None


def flow_names() -> tuple[str, ...]:
    return tuple(_registered)


def needed_attempts(flow_name: str, attempts: Sequence[str]) -> set[str]:
    """Return those of ``attempts`` whose state must not be pruned yet; none for a flow that no longer exists."""
    registered = _registered.get(flow_name)
    return registered.needed(attempts) if registered else set()


def find_attempt(text: str) -> str:
    """Return the attempt that any of the flows finds by this text; empty for none."""
    return next(filter(None, (registered.find_attempt(text) for registered in _registered.values())), "")


def _written(flow: Flow, name: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return "–"
    if name in flow.formats:
        return flow.formats[name](value)
    return "" if isinstance(value, list | dict) else str(value)


def _close_on(flow: Flow) -> None:
    """Have the signal of ``closes_on`` note the outcome on the current request."""
    if flow.closes_on is None:
        return
    signal, path = flow.closes_on

    def note(sender: Any, **sent: Any) -> None:
        nav = current_nav.get()
        if nav is not None:
            nav.closing[flow.name] = str(attrgetter(path)(SimpleNamespace(**sent)))

    signal.connect(note, weak=False, dispatch_uid=f"navstate.{flow.name}")
