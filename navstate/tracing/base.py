"""The contract of a store of traces, the same for every backend, and access to the configured one."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from navstate.conf import setting
from navstate.tracing.entry import Compared, Entry, compare, decode

logger = logging.getLogger(__name__)


class Line(NamedTuple):
    """An encoded entry on its way into a store.

    ``visitor``: digest. ``at``: ms since the epoch. ``begins``: a trace may begin with it; any other line is only added
    to an existing trace, so that nothing is stored of visitors who only read (R1). ``attempt``: digest of its run, or
    empty.
    """

    visitor: str
    at: int
    text: str
    begins: bool
    attempt: str = ""


class Traces(Protocol):
    """Keeps the newest :func:`length` lines of each visitor for :func:`age` seconds.

    The exceptions of the store itself (``DatabaseError``, ``RedisError``) are passed on.
    """

    def append(self, lines: Sequence[Line]) -> None:
        """Add lines of any visitors, in their order. More lines do not take more round trips."""
        ...

    def read(self, visitor: str) -> list[str]:
        """Return the encoded entries, oldest first."""
        ...

    def visitor_of(self, attempt: str) -> str:
        """Return the digest of the visitor whose run has this digest; empty for none."""
        ...

    def forget(self, visitor: str) -> None: ...


def get_traces() -> Traces:
    """Return the store named by the setting ``NAVSTATE_TRACE_STORAGE``, one object per process."""
    return _traces_at(setting("NAVSTATE_TRACE_STORAGE"))


def length() -> int:
    """Return the number of entries to keep per visitor."""
    return int(setting("NAVSTATE_TRACE_LENGTH"))


def age() -> int:
    """Return the seconds that an entry is kept: ``NAVSTATE_TRACE_AGE``, by default as long as a session."""
    seconds: int | None = setting("NAVSTATE_TRACE_AGE")
    return settings.SESSION_COOKIE_AGE if seconds is None else seconds


def trace_of(visitor: str) -> list[Compared]:
    """Return the trace of a visitor, oldest first, without entries that cannot be read."""
    oldest = time.time() * 1000 - age() * 1000
    entries = [entry for text in get_traces().read(visitor) if (entry := _decoded(text)) and entry.at > oldest]
    return compare(sorted(entries, key=lambda entry: entry.at))


def _decoded(text: str) -> Entry | None:
    try:
        return decode(text)
    except ValueError:
        logger.warning("An entry of a trace cannot be read")
        return None


@lru_cache
def _traces_at(path: str) -> Traces:
    return cast(Traces, import_string(path)())
