"""Nobody queues up for a store that is silent: one finds out whether it is back, the others are answered soon.

A store that is away costs whoever asks it the whole time limit. With a few threads for pages all of them would soon wait,
and what needs no store (a kept page, a probe) would wait behind them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

PATIENCE = 0.2
"""Seconds that the others wait for who finds out: a store that is back answers sooner."""


class Watch:
    """Over the calls to one store. ``silence``: the errors that say that it is away; the first of them is raised here."""

    def __init__(self, *silence: type[Exception]) -> None:
        self._silence = silence
        self.is_silent = False
        """Whether it did not answer when it was asked last."""
        self._finding_out = threading.Lock()

    def call(self, ask: Callable[[], Answer]) -> Answer:
        """What ``ask`` returns. Raises one of ``silence`` while another thread is finding out and hears nothing."""
        if not self.is_silent:
            return self._asked(ask)
        if not self._finding_out.acquire(timeout=PATIENCE):
            raise self._silence[0]("it did not answer a moment ago, and somebody is asking already")
        try:
            return self._asked(ask)
        finally:
            self._finding_out.release()

    def _asked(self, ask: Callable[[], Answer]) -> Answer:
        try:
            answer = ask()
        except self._silence:
            self.is_silent = True
            raise
        self.is_silent = False
        return answer
