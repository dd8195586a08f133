"""Which flows there are, and what the project that owns a flow tells navstate about it.

A project registers its flows once, in ``AppConfig.ready()``. Plain callables, no dynamic class loading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix
from django.utils.crypto import salted_hmac

from navstate.flow import Facts, Flow, Stage
from navstate.urlcache import address_of


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that differs between what a form showed and what is true now, in words for the shopper."""

    label: str
    was: str
    now: str


def describe_plainly(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Each differing fact under its own name; projects pass something that speaks to shoppers."""
    return [
        Change(name.replace("_", " "), _plain(was.get(name)), _plain(now.get(name)))
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


def no_outcome_url(request: HttpRequest, outcome: str) -> str:
    return get_script_prefix()


def none_needed(attempts: Sequence[str]) -> set[str]:
    return set()


def seed_of_session(request: HttpRequest) -> str:
    """Follows from the session key, and as secret: the first form of somebody who logged in elsewhere is theirs."""
    key = request.session.session_key
    return salted_hmac("navstate.seed", key).hexdigest()[:32] if key else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A flow and what its project answers about it.

    ``facts(request)``: today's facts from the database. ``outcome_url(request, outcome)``: where a closed attempt is
    shown. ``find_outcome(attempt)``: the outcome of an attempt that the visitor's own state does not know (its state was
    lost), empty when there is none. ``resume_url(request, outcome)``: where a submit leads that is a twin of the one which
    ended in ``outcome``: to the same page as that, while it is still the one to see.
    ``describe(was, now)``: the differences between two sets of shown facts.
    ``button(request, stage)``: what the button says that sends the form of a stage, where a page other than the stage's own
    has one (what changed is confirmed, a form is sent again): a button that orders must say so. Empty: no special words.
    ``lead_url(request, flow, stage)``: where a visitor is led for a stage (a login adds its way back).
    ``needed(attempts)``: those whose state must not be pruned yet. ``seed(request)``: the ``nav_id`` of a visitor whose
    session has none: of something else that only this browser holds (a guest's cart), else of the session itself.
    ``find_attempt(text)``: the attempt behind what staff know (the number of an order), empty for none.
    """

    flow: Flow
    facts: Callable[[HttpRequest], Facts]
    outcome_url: Callable[[HttpRequest, str], str] = no_outcome_url
    find_outcome: Callable[[str], str] = no_outcome
    resume_url: Callable[[HttpRequest, str], str] | None = None
    describe: Callable[[Mapping[str, Any], Mapping[str, Any]], Sequence[Change]] = describe_plainly
    button: Callable[[HttpRequest, Stage], str] = plain_button
    lead_url: Callable[[HttpRequest, Flow, Stage], str] = stage_url
    needed: Callable[[Sequence[str]], set[str]] = none_needed
    seed: Callable[[HttpRequest], str] = seed_of_session
    find_attempt: Callable[[str], str] = no_attempt

    def resumed_at(self, request: HttpRequest, outcome: str) -> str:
        return (self.resume_url or self.outcome_url)(request, outcome)


_registered: dict[str, Registered] = {}


def register(flow: Flow, *, facts: Callable[[HttpRequest], Facts], **answers: Any) -> None:
    """Make a flow known. ``answers`` are the other fields of :class:`Registered`. Registering again replaces."""
    _registered[flow.name] = Registered(flow=flow, facts=facts, **answers)


def unregister(name: str) -> None:
    _registered.pop(name, None)


def get(name: str) -> Registered:
    """Raises ``LookupError`` for an unknown flow."""
    try:
        return _registered[name]
    except KeyError:
        raise LookupError(f"no flow {name!r} is registered; known: {', '.join(_registered) or 'none'}") from None


def flows() -> dict[str, Flow]:
    return {name: registered.flow for name, registered in _registered.items()}


def flow_names() -> tuple[str, ...]:
    return tuple(_registered)


def needed_attempts(flow_name: str, attempts: Sequence[str]) -> set[str]:
    """Those of ``attempts`` whose state must not be pruned yet. Of a flow that is gone, none."""
    registered = _registered.get(flow_name)
    return registered.needed(attempts) if registered else set()


def find_attempt(text: str) -> str:
    """The attempt that any of the flows knows by this text; empty for none."""
    return next(filter(None, (registered.find_attempt(text) for registered in _registered.values())), "")


def _plain(value: Any) -> str:
    return "–" if value in (None, "", [], {}) else str(value)
