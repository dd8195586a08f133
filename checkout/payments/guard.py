"""Every call of a payment provider, bounded in time and with no error but those of the protocol.

A provider is somebody else's machine: it may be away, slow, answer byte by byte or answer nonsense, and the library that
speaks with it may raise whatever it likes. None of that may fail a page. So each call of a gateway goes through here: it
ends within the seconds that are left (:func:`within`), and what it raises is a :class:`GatewayError`.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Generic, TypeVar

from django.conf import settings
from django.db import connections
from djmoney.money import Money

from checkout.payments.base import (
    BadSignature,
    Gateway,
    GatewayError,
    GatewayStatus,
    GatewayUnavailable,
    Started,
    StartRequest,
    WebhookEvent,
)

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

MAX_CALLS = 32
"""Calls of one provider under way at once in this process: those that it never answers must not pile up."""
MAX_SEQUENCE = 9_000_000_000_000_000_000
"""Numbers of notifications that fit into the column of a payment."""

_ends_at: contextvars.ContextVar[float | None] = contextvars.ContextVar("gateway_ends_at", default=None)


@contextmanager
def within(seconds: float | None = None) -> Iterator[None]:
    """Let all calls of providers inside take ``seconds`` together, ``settings.GATEWAY_SECONDS`` by default.

    A request that makes several calls has one limit for all. Inside another one the nearer end counts.
    """
    ends_at = time.monotonic() + (settings.GATEWAY_SECONDS if seconds is None else seconds)
    outer = _ends_at.get()
    token = _ends_at.set(ends_at if outer is None else min(outer, ends_at))
    try:
        yield
    finally:
        _ends_at.reset(token)


def seconds_left() -> float:
    """Return how long the next call may take; zero or less: there is no time for one."""
    ends_at = _ends_at.get()
    limit: float = settings.GATEWAY_SECONDS
    return limit if ends_at is None else ends_at - time.monotonic()


class GuardedGateway:
    """A gateway as the registry hands it out."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._slots = threading.BoundedSemaphore(MAX_CALLS)

    @property
    def label(self) -> str:
        return self._gateway.label

    @property
    def description(self) -> str:
        return self._gateway.description

    def start(self, request: StartRequest) -> Started:
        return self._bounded(lambda: self._gateway.start(request))

    def status(self, reference: str) -> GatewayStatus:
        return self._bounded(lambda: self._gateway.status(reference))

    def capture(self, reference: str, *, key: str) -> GatewayStatus:
        return self._bounded(lambda: self._gateway.capture(reference, key=key))

    def void(self, reference: str, *, key: str) -> GatewayStatus:
        return self._bounded(lambda: self._gateway.void(reference, key=key))

    def refund(self, reference: str, amount: Money, *, key: str) -> GatewayStatus:
        return self._bounded(lambda: self._gateway.refund(reference, amount, key=key))

    def parse_return(self, parameters: Mapping[str, str]) -> str:
        return self._parsed(lambda: self._gateway.parse_return(parameters))

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        event = self._parsed(lambda: self._gateway.parse_webhook(headers, body))
        if not is_storable(event):
            raise BadSignature("not a notification")
        return event

    def _bounded(self, call: Callable[[], Answer]) -> Answer:
        """Make a call, in a thread that is left behind when the time is over.

        A gateway that runs inside this process (``runs_here``) keeps :func:`seconds_left` itself.
        """
        seconds = seconds_left()
        if seconds <= 0:
            raise GatewayUnavailable("no time is left")
        if getattr(self._gateway, "runs_here", False):
            return _translated(call)
        if not self._slots.acquire(timeout=seconds):
            raise GatewayUnavailable("too many calls are unanswered")
        waiting = _Call(call, self._slots.release)
        return waiting.answer(seconds_left())

    def _parsed(self, parse: Callable[[], Answer]) -> Answer:
        """Parse a message; what a parser stumbles over is not from the provider, or no message of it."""
        try:
            return parse()
        except GatewayError:
            raise
        except Exception as failure:
            logger.warning("A message for a payment gateway could not be read: %s", type(failure).__name__)
            raise BadSignature("not readable") from failure


class _Call(Generic[Answer]):
    """A call in a daemon thread: a process that ends does not wait for it."""

    def __init__(self, call: Callable[[], Answer], release: Callable[[], None]) -> None:
        self._call, self._release = call, release
        self._is_done = threading.Event()
        self._answers: list[Answer] = []
        self._failure: Exception | None = None
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._run,), name="payment-gateway", daemon=True).start()

    def _run(self) -> None:
        try:
            self._answers.append(_translated(self._call))
        except Exception as failure:  # handed over to the thread that waits
            self._failure = failure
        finally:
            self._is_done.set()
            self._release()
            connections.close_all()

    def answer(self, seconds: float) -> Answer:
        if not self._is_done.wait(max(0.0, seconds)):
            raise GatewayUnavailable("no answer in time")
        if self._failure is not None:
            raise self._failure
        return self._answers[0]


def _translated(call: Callable[[], Answer]) -> Answer:
    try:
        return call()
    except GatewayError:
        raise
    except Exception as failure:
        logger.exception("A payment gateway failed in a way that its adapter does not know")
        raise GatewayUnavailable(f"the adapter failed: {type(failure).__name__}") from failure


def is_storable(event: WebhookEvent) -> bool:
    """Tell whether a notification can be kept as it is: no NUL or half characters, a number of 64 bits."""
    texts = (event.id, event.reference, event.kind)
    if not all(isinstance(text, str) and text and "\x00" not in text and is_text(text) for text in texts):
        return False
    number = event.sequence
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= MAX_SEQUENCE


def is_text(text: str) -> bool:
    """Tell whether it can be written as UTF-8: half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
