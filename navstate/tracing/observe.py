"""Add a finished request to its visitor's trace. Called once for each request, after the response is made.

* Only the visitor's own acts are traced: stages, and other requests that wrote navigation state; no prefetches, no
  background fragments.
* A trace begins with a request that wrote navigation state. Reading adds to a trace and begins none (R1). No decision
  depends on a trace, and tracing writes and renews no session.
* Pages outside the flows cost a comparison or two, unless the setting asks for a share of the private ones as well.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from django.http import HttpRequest

from navstate.conf import setting
from navstate.decorators import PRIVATE, STAGE
from navstate.request.headers import Headers
from navstate.request.nav import Nav
from navstate.request.passage import Passage
from navstate.rules.arrival import SAFE_METHODS, Kind
from navstate.rules.machine import Verdict
from navstate.sessions import NAV_ID_KEY
from navstate.tracing import recorder
from navstate.tracing.entry import Action, ServerState, hints_in, is_sampled, visitor_digest
from navstate.tracing.recorder import Taken

logger = logging.getLogger(__name__)

NO_ACT = frozenset({Kind.PREFETCH, Kind.BACKGROUND})


def observe(nav: Nav, *, status: int, began: float) -> None:
    """Trace a request. ``began``: ``time.perf_counter()`` when the request came in. Never raises."""
    if not setting("NAVSTATE_TRACE") or not (nav.has_passage or nav.has_changed or nav.cache_class == PRIVATE):
        return
    rate = rate_of(STAGE if nav.has_changed else nav.cache_class)
    if rate <= 0:
        return
    try:
        taken = _taken(nav, rate, status, began)
        if taken is not None:
            recorder.recorder.put(taken)
    except Exception:  # a trace must not cost a response
        logger.exception("A request could not be traced")


def observe_check(
    request: HttpRequest, passage: Passage, *, asked: str, shown: int | None, go: str, status: int
) -> None:
    """Trace that a page came back to the screen and asked whether it is still current (R9). Never raises.

    ``passage``: already decided. ``asked``: the stage that the page shows. ``shown``: the revision it was rendered at.
    ``go``: the stage it was sent to, or empty. ``status``: 204 if it is current, else 200.
    """
    try:
        if not _is_in(passage.nav_id, rate_of(STAGE)):
            return
        state, decision = passage.state, passage.decision
        hints = hints_in("", Action.CHECK.value, Headers(request.META))
        hints = hints._replace(kind=hints.direction if hints.direction in {"back", "forward"} else "return")
        verdict = decision.verdict
        is_led = verdict is Verdict.SERVE and go not in {"", asked}
        held = ServerState(
            flow=passage.flow.name,
            stage=go or asked,
            frontier=decision.frontier,
            verdict=(Verdict.LEAD if is_led else verdict).value,
            kind=decision.kind.value,
            run=state.serial,
            revision=state.revision,
            status=status,
            process=recorder.recorder.process,
        )
        recorder.recorder.put(Taken(passage.nav_id, _now(), hints, held, asked, shown))
    except Exception:
        logger.exception("A check could not be traced")


def rate_of(cache_class: str) -> float:
    """Return the share of visitors (0 to 1) whose requests of this cache class are traced.

    ``NAVSTATE_TRACE``: a number for stages, or numbers by cache class, ``{"stage": 1, "private": 0.1}``. Public pages
    are never traced: their visitor is not known without reading the session.
    """
    rates: float | Mapping[str, float] = setting("NAVSTATE_TRACE")
    if isinstance(rates, (int, float)):
        return rates if cache_class == STAGE else 0.0
    return float(rates.get(cache_class, 0))


def _taken(nav: Nav, rate: float, status: int, began: float) -> Taken | None:
    request = nav.request
    passage = nav.passage if nav.has_passage else None
    nav_id = passage.nav_id if passage else _nav_id_in(request)
    kind = nav.kind
    is_read = request.method in SAFE_METHODS
    if not _is_in(nav_id, rate) or (is_read and (kind in NO_ACT or nav.is_check)):
        return None
    ms = round((time.perf_counter() - began) * 1000, 1)
    hints = hints_in(kind, Action.READ if is_read else Action.SUBMIT, nav.headers)
    asked = _asked(request, passage)
    if passage is None:
        held = ServerState(changed=nav.has_changed, status=status, ms=ms, process=recorder.recorder.process)
        return Taken(nav_id, _now(), hints, held, asked, begins=nav.has_changed)
    held = _decided(passage, status, ms)
    attempt = passage.attempt if nav.has_changed else ""
    return Taken(nav_id, _now(), hints, held, asked, begins=nav.has_changed, attempt=attempt)


def _decided(passage: Passage, status: int, ms: float) -> ServerState:
    """Return the server's state with the decision, if there was one."""
    decision = passage.decided
    if decision is None:
        return ServerState(
            passage.flow.name, passage.stage.name, status=status, ms=ms, process=recorder.recorder.process
        )
    state = passage.state
    return ServerState(
        flow=passage.flow.name,
        stage=decision.stage,
        frontier=decision.frontier,
        verdict=decision.verdict,
        kind=decision.kind,
        run=state.serial,
        revision=state.revision,
        changed=passage.nav.has_changed,
        status=status,
        ms=ms,
        process=recorder.recorder.process,
    )


def _is_in(nav_id: str, rate: float) -> bool:
    """Tell whether this visitor is in the sample; never without a ``nav_id``."""
    return bool(nav_id) and rate > 0 and (rate >= 1 or is_sampled(visitor_digest(nav_id), rate))


def _nav_id_in(request: HttpRequest) -> str:
    """Return the ``nav_id`` of a session that the request has read; tracing alone is no reason to read one."""
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
