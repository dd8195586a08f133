"""The current request of this thread or task, for signals that do not pass it."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

current_nav: ContextVar[Any] = ContextVar("navstate_current_nav", default=None)
"""``request.nav`` of the current request, or of the last one when none is running."""
