"""A base class for middleware that runs in sync and in async stacks, so that Django has to adapt neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest

GetResponse = Callable[[HttpRequest], Any]


class DualMode:
    """A middleware for either kind of stack.

    ``__call__`` returns a response, or an awaitable of one if ``is_async``. A middleware that does nothing after the
    response can return what ``get_response`` returns in both cases.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            mark: Any = markcoroutinefunction  # annotated as taking functions only
            mark(self)
