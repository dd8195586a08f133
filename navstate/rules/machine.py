"""The rules: where a visitor is in a flow, and what to do with an arrival. Pure functions, no Django.

Every cell of the tables in ``docs/navigation.md`` is a test of :func:`decide`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from navstate.flow import Facts, Flow, Stage, always, fingerprint_of
from navstate.rules.arrival import Arrival, Kind, Site
from navstate.rules.state import NONE, Accepted, Kept, NavState, read_note


class Verdict(StrEnum):
    SERVE = "serve"
    """Show the stage with today's facts."""
    LEAD = "lead"
    """Go to ``Decision.stage`` and say ``why``."""
    APPLY = "apply"
    """Accept the form."""
    REPLAY = "replay"
    """The form was accepted before: go to ``led_to``, or where the submit that ended the attempt in ``outcome`` led."""
    CONFLICT = "conflict"
    """What the form showed has changed: keep the input, name the change, ask again."""
    CLOSED = "closed"
    """The attempt has ended: go to its ``outcome``."""
    GONE = "gone"
    """The session that rendered the form is gone: keep the input and show it in the form again."""
    REFUSE = "refuse"
    """Another site sent it, or the flow is strict: 403."""


RUNS = frozenset({Verdict.SERVE, Verdict.APPLY})
"""The verdicts with which the view answers."""


class Decision(NamedTuple):
    """What to do with one arrival. ``stage``: the one asked for, or the one to go to with ``LEAD``."""

    verdict: Verdict
    kind: Kind
    stage: str
    frontier: str
    why: object = ""
    led_to: str = ""
    outcome: str = ""


def is_done(stage: Stage, state: NavState, facts: Facts) -> bool:
    """Tell whether a stage is done: a gate while it holds, a form while nothing that it depends on has changed (R3)."""
    if stage.holds is not None:
        return stage.holds(facts)
    accepted = state.accepted.get(stage.name)
    return accepted is not None and is_still_so(stage, accepted, facts)


def is_still_so(stage: Stage, accepted: Accepted, facts: Facts) -> bool:
    """Tell whether nothing that an accepted form depends on has changed."""
    if accepted.choice and accepted.choice == fingerprint_of(facts, stage.lapses_with):
        return True
    return accepted.fingerprint == stage.fingerprint(facts)


def frontier(flow: Flow, state: NavState, facts: Facts) -> Stage:
    """Return the first applicable stage that is not done; the last one when all are."""
    last, accepted = flow.stages[0], state.accepted
    is_sealed = bool(state.seal) and state.seal == fingerprint_of(facts, flow.lapse_with(accepted))
    for stage in flow.stages:  # as ``flow.path``, without a generator for every request
        if stage.outcome or not (stage.applies is always or stage.applies(facts)):
            continue
        last = stage
        if not (is_sealed and stage.holds is None and stage.name in accepted) and not is_done(stage, state, facts):
            break
    return last


def opened(flow: Flow, state: NavState, facts: Facts, nav_id: str) -> NavState:
    """Return the state to decide on: when there is a new subject, the next attempt replaces a closed one (R2)."""
    subject = facts.get(flow.subject) if flow.subject else None
    if not state.outcome or not subject or subject == state.subject:
        return state
    is_entered = flow.entry.holds is None or flow.entry.holds(facts)
    return state.reopened(nav_id, flow.name) if is_entered else state


def recalled(flow: Flow, state: NavState, facts: Facts, *, is_new: bool) -> NavState:
    """Return the state with the note that the project stored with its data, if that is newer (:attr:`Flow.recalls`).

    ``is_new``: nothing is stored of this visitor (any more). If no attempt of theirs has ended either, a note of any
    attempt is accepted.
    """
    note = read_note(facts.get(flow.recalls, "")) if flow.recalls else None
    if note is None or (note.attempt != state.attempt and not (is_new and not state.closed)):
        return state
    newer = {name: entry for name, entry in note.accepted.items() if _is_newer(flow, state, facts, name, entry)}
    if not newer:
        return state
    accepted = {**state.accepted, **newer}
    return state._replace(accepted=accepted, seal=seal_of(flow, accepted, facts))


def _is_newer(flow: Flow, state: NavState, facts: Facts, name: str, noted: Accepted) -> bool:
    """Tell whether a noted form replaces the stored one: there is none, it has lapsed, or the noted one is current."""
    known = state.accepted.get(name)
    if name not in flow or known == noted:
        return False
    if known is None:
        return True
    return not is_still_so(flow[name], known, facts) or is_still_so(flow[name], noted, facts)


def decide(flow: Flow, state: NavState, facts: Facts, arrival: Arrival) -> Decision:
    """Decide what to do with an arrival. ``state``: as returned by :func:`opened` and :func:`recalled`."""
    here = frontier(flow, state, facts)
    if is_refused(flow, facts, arrival):
        return _decision(Verdict.REFUSE, arrival, here)
    if arrival.stage in flow:
        return (_decide_submit if arrival.submit else _decide_read)(flow, state, facts, arrival, here)
    if state.outcome:
        return _decision(Verdict.CLOSED, arrival, here, outcome=state.outcome)
    return _decision(Verdict.LEAD, arrival, here, stage=here.name, why=here.reason(facts))


def decide_on_outcome(flow: Flow, arrival: Arrival) -> Decision | None:
    """Decide for a stage that shows an outcome: guarded by its own token, it needs neither state nor facts.

    ``None`` for any other stage, and in a strict flow.
    """
    if flow.policy == "strict" or arrival.stage not in flow or not flow[arrival.stage].outcome:
        return None
    here = flow[arrival.stage]
    if is_refused(flow, {}, arrival):
        return _decision(Verdict.REFUSE, arrival, here)
    return _decision(Verdict.APPLY if arrival.submit else Verdict.SERVE, arrival, here)


def _decide_read(flow: Flow, state: NavState, facts: Facts, arrival: Arrival, here: Stage) -> Decision:
    stopped = None if flow[arrival.stage].outcome else _stopped(flow, state, facts, arrival, here)
    return stopped or Decision(Verdict.SERVE, arrival.kind, arrival.stage, here.name)


def _decide_submit(flow: Flow, state: NavState, facts: Facts, arrival: Arrival, here: Stage) -> Decision:
    stage = flow[arrival.stage]
    if stage.outcome:
        return _decision(Verdict.APPLY, arrival, here)
    if stage.holds is not None:  # a gate's form has no fingerprint that could conflict
        return _stopped(flow, state, facts, arrival, here) or _decision(Verdict.APPLY, arrival, here)
    outcome = state.outcome_of(arrival.attempt) or arrival.outcome
    if outcome:
        verdict = Verdict.REPLAY if stage.ends else Verdict.CLOSED
        return _decision(verdict, arrival, here, kind=Kind.REPLAY, outcome=outcome)
    if arrival.attempt != state.attempt:
        return _decision(Verdict.GONE, arrival, here, kind=Kind.STALE)
    accepted = state.accepted.get(stage.name)
    is_current = arrival.seen == stage.fingerprint(facts)
    if not is_current and accepted is not None and accepted.payload == arrival.payload:
        return _decision(Verdict.REPLAY, arrival, here, kind=Kind.REPLAY, led_to=accepted.led_to)
    if stopped := _stopped(flow, state, facts, arrival, here):
        return stopped
    if not is_current:
        return _decision(Verdict.CONFLICT, arrival, here, kind=Kind.STALE)
    return _decision(Verdict.APPLY, arrival, here)


def _stopped(flow: Flow, state: NavState, facts: Facts, arrival: Arrival, here: Stage) -> Decision | None:
    """Return the decision for a visitor who may not be at this stage; ``None`` if they may (R2)."""
    stage = flow[arrival.stage]
    is_shown = may_stand_at(flow, stage, facts, here) and not (stage.once and is_passed(stage, facts))
    if is_shown and (not state.outcome or (stage is flow.entry and stage.holds is not None)):
        return None
    if state.outcome:
        return _decision(Verdict.CLOSED, arrival, here, outcome=state.outcome)
    target = _in_place_of(flow, stage, facts, here)
    if target is stage and not arrival.submit:  # there is nothing else to show; its form is not accepted, though
        return None
    kind = Kind.STALE if arrival.submit else arrival.kind
    is_ahead = flow.index[stage.name] > flow.index[here.name]
    return _decision(
        Verdict.LEAD, arrival, here, stage=target.name, why=here.reason(facts) if is_ahead else "", kind=kind
    )


def acceptance(stage: Stage, state: NavState, facts: Facts, *, payload: str, led_to: str) -> Accepted:
    """Return the record of a form that is accepted in this state. ``facts``: those after the form's write."""
    choice = fingerprint_of(facts, stage.depends) if stage.depends else ""
    return Accepted(stage.fingerprint(facts), payload, led_to, state.revision + 1, choice)


def advance(
    flow: Flow, state: NavState, facts: Facts, stage: str, *, payload: str, led_to: str, answers: Kept | None = None
) -> NavState:
    """Return the state after the form of ``stage`` was accepted, with ``facts`` after its write. Revision +1.

    ``answers``: the kept input that the form was shown with, which is dropped. Input that another request has kept
    since stays, for its own page.
    """
    accepted = {**state.accepted, stage: acceptance(flow[stage], state, facts, payload=payload, led_to=led_to)}
    subject = (facts.get(flow.subject) if flow.subject else "") or state.subject
    is_answered = state.kept.get(stage) == answers
    return (state.dropping(stage) if is_answered else state)._replace(
        revision=state.revision + 1, accepted=accepted, subject=subject, seal=seal_of(flow, accepted, facts)
    )


def seal_of(flow: Flow, accepted: Mapping[str, Accepted], facts: Facts) -> str:
    """Return :attr:`NavState.seal` for these accepted stages and these facts."""
    are_current = all(name in flow and is_still_so(flow[name], entry, facts) for name, entry in accepted.items())
    return fingerprint_of(facts, flow.lapse_with(accepted)) if are_current else ""


def touched(state: NavState) -> NavState:
    """Return the state after a change inside a gate (the cart): revision +1, nothing accepted."""
    return state._replace(revision=state.revision + 1)


def close(state: NavState, *, outcome: str, subject: str = "") -> NavState:
    """Return the state after the attempt ended. A closed attempt keeps the outcome that it has (R5)."""
    if state.outcome:
        return state
    return state._replace(outcome=outcome, subject=subject, revision=state.revision + 1, kept=NONE)


def may_stand_at(flow: Flow, stage: Stage, facts: Facts, here: Stage) -> bool:
    """Return True for an applicable stage at or before the frontier (R2)."""
    return flow.index[stage.name] <= flow.index[here.name] and (stage.applies is always or stage.applies(facts))


def is_refused(flow: Flow, facts: Facts, arrival: Arrival) -> bool:
    """Tell whether to refuse: an unsafe request of another site, or, in a strict flow, an illegal predecessor (R15)."""
    if arrival.submit and arrival.site is Site.CROSS:
        return True
    if flow.policy != "strict" or arrival.came_from is None or arrival.stage not in flow:
        return False
    return arrival.came_from not in predecessors(flow, flow[arrival.stage], facts)


def predecessors(flow: Flow, stage: Stage, facts: Facts) -> frozenset[str]:
    """Return the names of the stages from which a strict flow allows a step to ``stage``, ``""`` for other pages.

    These are the flow's stages except those more than one step before; the entry can be reached from every page of the
    site. Gates that were passed are left out, so that a visitor who is led past one (from the home page over the login
    to the dashboard, with the home page as Referer) is not refused.
    """
    position = flow.index[stage.name]
    path = [other for other in flow.path(facts) if not is_passed(other, facts)]
    before = [other.name for other in path if flow.index[other.name] < position]
    if stage.outcome or not before:
        return frozenset({"", *flow.index})
    return frozenset(set(flow.index) - set(before[:-1]))


def is_passed(stage: Stage, facts: Facts) -> bool:
    """Return True for a gate that holds and is not shown again while it does."""
    return stage.once and stage.holds is not None and stage.holds(facts)


def _in_place_of(flow: Flow, stage: Stage, facts: Facts, here: Stage) -> Stage:
    """Return the stage to show instead: the next one after a passed or inapplicable stage, else the frontier."""
    position, limit = flow.index[stage.name], flow.index[here.name]
    for other in flow.path(facts):
        if position < flow.index[other.name] < limit and not is_passed(other, facts):
            return other
    return here


def _decision(
    verdict: Verdict,
    arrival: Arrival,
    here: Stage,
    *,
    stage: str = "",
    kind: Kind | None = None,
    why: object = "",
    led_to: str = "",
    outcome: str = "",
) -> Decision:
    return Decision(
        verdict=verdict,
        kind=kind or arrival.kind,
        stage=stage or arrival.stage,
        frontier=here.name,
        why=why,
        led_to=led_to,
        outcome=outcome,
    )
