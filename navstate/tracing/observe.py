"""What a finished request leaves in its visitor's trace. Called once for each request, after the answer is made.

* Taken are the visitor's own acts: stages, and whatever else wrote navigation state; no prefetch, no background fragment.
* A trace begins with a request that wrote navigation state. Reading adds to a trace and begins none (R1). A trace is no
  state of the flow: nothing is decided by it, and it writes and renews no session.
* Pages outside the flows cost a comparison or two, unless the setting asks for a share of the private ones as well.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest

from navstate.arrival import Kind
from navstate.decorators import PRIVATE, STAGE
from navstate.machine import Verdict
from navstate.nav import Nav, Passage
from navstate.sessions import NAV_ID_KEY
from navstate.trace import Deed, Entry, Held, attempt_digest, is_sampled, read_history, visitor_digest
from navstate.tracing import recorder
from navstate.tracing.recorder import Taken

logger = logging.getLogger(__name__)

NO_ACT = frozenset({Kind.PREFETCH.value, Kind.BACKGROUND.value})


def observe(nav: Nav, *, status: int, began: float) -> None:
    """``began``: ``time.perf_counter()`` when the request came in. Never raises."""
    if not (nav.has_passage or nav.has_changed or nav.cache_class == PRIVATE):
        return
    try:
        taken = _taken(nav, status, began)
        if taken is not None:
            recorder.recorder.put(taken)
    except Exception:  # a trace is worth no answer
        logger.exception("A request could not be traced")


def observe_check(
    request: HttpRequest, passage: Passage, *, asked: str, shown: int | None, go: str, status: int
) -> None:
    """A page came back to the screen and asked whether it is still current (R9). Never raises.

    ``passage``: decided. ``asked``: the stage that the page shows. ``shown``: the revision it was drawn at. ``go``: the
    stage it was sent to, or empty.
    """
    try:
        visitor = _sampled(passage.nav_id, STAGE)
        if not visitor:
            return
        state = passage.state
        said = read_history("GET", request.headers, asked)
        said = said._replace(kind=said.direction or "return", deed=Deed.CHECK, shown=shown)
        verdict = passage.decision.verdict
        is_led = verdict is Verdict.SERVE and go not in {"", asked}
        held = Held(
            flow=passage.flow.name,
            stage=go or asked,
            frontier=passage.decision.frontier,
            verdict=(Verdict.LEAD if is_led else verdict).value,
            kind=passage.decision.kind.value,
            run=state.serial,
            revision=state.revision,
            status=status,
            process=os.getpid(),
        )
        recorder.recorder.put(Taken(visitor, Entry(_now(), said, held), begins=False, attempt=""))
    except Exception:
        logger.exception("A check could not be traced")


def rate_of(cache_class: str) -> float:
    """Share of the visitors whose requests of this cache class are traced.

    ``NAVSTATE_TRACE``: a number for stages, or numbers by cache class, ``{"stage": 1, "private": 0.1}``. Public pages
    are never traced: whose they are is not known without reading the session.
    """
    rates: float | Mapping[str, float] = getattr(settings, "NAVSTATE_TRACE", 1.0)
    if isinstance(rates, Mapping):
        return float(rates.get(cache_class, 0))
    return float(rates) if cache_class == STAGE else 0.0


def _taken(nav: Nav, status: int, began: float) -> Taken | None:
    request = nav.request
    passage = nav.passage if nav.has_passage else None
    visitor = _sampled(
        passage.nav_id if passage else _nav_id_in(request), STAGE if nav.has_changed else nav.cache_class
    )
    if not visitor:
        return None
    said = read_history(request.method or "GET", request.headers, _asked(request, passage))
    if said.deed is Deed.READ and said.kind in NO_ACT:
        return None
    held = Held(
        changed=nav.has_changed,
        status=status,
        ms=round((time.perf_counter() - began) * 1000, 1),
        process=os.getpid(),
    )
    attempt = ""
    if passage is not None:
        held = _decided(held, passage)
        attempt = attempt_digest(passage.attempt) if nav.has_changed else ""
    return Taken(visitor, Entry(_now(), said, held), begins=nav.has_changed, attempt=attempt)


def _decided(held: Held, passage: Passage) -> Held:
    """With what was decided, where it came to a decision."""
    decision = getattr(passage, "decision", None)
    if decision is None:
        return held._replace(flow=passage.flow.name, stage=passage.stage.name)
    state = passage.state
    return held._replace(
        flow=passage.flow.name,
        stage=decision.stage,
        frontier=decision.frontier,
        verdict=decision.verdict.value,
        kind=decision.kind.value,
        run=state.serial,
        revision=state.revision,
    )


def _sampled(nav_id: str, cache_class: str) -> str:
    """The digest of a visitor who is traced; empty for others and for whoever has no ``nav_id``."""
    rate = rate_of(cache_class)
    if not nav_id or rate <= 0:
        return ""
    visitor = visitor_digest(nav_id)
    return visitor if is_sampled(visitor, rate) else ""


def _nav_id_in(request: HttpRequest) -> str:
    """From a session that the request has read anyway; a trace alone is no reason to read one."""
    session = getattr(request, "session", None)
    if session is None or not hasattr(session, "_session_cache"):
        return ""
    return str(session.get(NAV_ID_KEY, ""))


def _asked(request: HttpRequest, passage: Passage | None) -> str:
    if passage is not None:
        return passage.stage.name
    match = request.resolver_match
    return match.view_name if match else ""


def _now() -> int:
    return time.time_ns() // 1_000_000
