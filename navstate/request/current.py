"""The request that runs in this thread or task, for signals that do not bring it along."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

current_nav: ContextVar[Any] = ContextVar("navstate_current_nav", default=None)
"""``request.nav``; of the last request where none runs."""
