"""Report changes of a session that will not be saved: as an error in development, in the log elsewhere.

Django drops such changes silently: in a streaming body, in a task that outlives its response, in a view whose response
is a 5xx. The setting ``NAVSTATE_LATE_SESSION_WRITES`` is ``"raise"`` or ``"log"``; the default raises if ``DEBUG``.
"""

from __future__ import annotations

import logging

from django.conf import settings

from navstate.conf import setting

logger = logging.getLogger("navstate.sessions")

AFTER_THE_ANSWER = (
    "The session was changed after its response had begun (a streaming body, or code that outlives the response): "
    "nobody saves it. Change it before, or open it anew: SessionStore(session.session_key), change, save()."
)
IN_A_FAILED_REQUEST = "{} {} changed the session and ended with {}: the change is dropped."


class LateSessionWrite(RuntimeError):
    """A change of a session that will not be saved."""


def report(message: str) -> None:
    """Raise :class:`LateSessionWrite` in development, log an error elsewhere."""
    if (setting("NAVSTATE_LATE_SESSION_WRITES") or ("raise" if settings.DEBUG else "log")) == "raise":
        raise LateSessionWrite(message)
    logger.error(message, stack_info=message == AFTER_THE_ANSWER)
