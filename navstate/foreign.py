"""Accept the form of a stage for a view that does not know navstate: another app's, named by its URL in a flow.

Its response says whether the form was taken: a redirect to another path means yes, anything else no.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from django.http.response import HttpResponseBase

from navstate.request.nav import Nav, NavRequest
from navstate.request.stored_state import Contended
from navstate.rules.arrival import SAFE_METHODS

logger = logging.getLogger(__name__)


def has_to_accept(request: NavRequest) -> bool:
    """Tell whether there may be a form to accept or an attempt to close, which needs a write."""
    nav = request.nav
    return "closing" in nav.__dict__ or (nav.is_by_name and nav.has_passage and request.method not in SAFE_METHODS)


def accept_for_view(request: NavRequest, response: HttpResponseBase) -> None:
    """Record on the attempt what the view has done. If other writes prevent that, the facts still decide."""
    try:
        if response.status_code < 400:
            _accept(request.nav, response)
    except Contended:
        logger.exception("What a view did was not noted on its attempt")


def _accept(nav: Nav, response: HttpResponseBase) -> None:
    if "closing" in nav.__dict__:
        for flow, outcome in nav.closing.items():
            nav.flow(flow).close(outcome=outcome)
        return
    passage, to = nav.passage, response.headers.get("Location", "")
    if nav.has_changed or not passage.may_run or not to:
        return
    if passage.stage.holds is not None:
        passage.touch()
    elif urlsplit(to).path != nav.request.path:
        passage.accept(led_to=to)
