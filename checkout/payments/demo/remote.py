"""The provider over HTTP: one POST a call, signed, answered with JSON within a limit of time.

Everything that is not a plain answer means that the provider cannot be reached: no connection, a broken one, TLS that does
not fit, a redirect, 5xx, a body that is too large, too slow or no JSON. Only a 422 with an error in words is its no.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from djmoney.money import Money

from checkout.payments.demo.answers import DemoError, SessionView, Unreachable, from_json
from checkout.payments.demo.signing import HEADER, header_of

MAX_ANSWER = 64 * 1024
"""Bytes of an answer; an honest one has some hundred."""
CHUNK = 8 * 1024
SILENT = frozenset({401, 403, 404, 407, 408, 425, 429})
"""Refusals that are not about the payment but about us, the address or the moment."""


def call(name: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> SessionView:
    """Make one call. Raises :class:`DemoError` and :class:`Unreachable`, and nothing else."""
    body = json.dumps({"arguments": [_plain(value) for value in arguments], **_plain_all(named)}).encode()
    try:
        status, content = _posted(f"{settings.DEMO_GATEWAY_API.rstrip('/')}/demo-gateway/api/{name}/", body)
        told = json.loads(content)
        if status == 422:
            raise DemoError(str(told["error"])[:200])
        return from_json(told)
    except (OSError, HTTPException, ValueError, KeyError, TypeError, RecursionError, AttributeError) as failure:
        # AttributeError: http.client's own, when the deadline closes a connection under it
        raise Unreachable(type(failure).__name__) from failure


def _plain_all(named: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in named.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency.code}
    return value


def _posted(url: str, body: bytes) -> tuple[int, bytes]:
    """Post and return the body of status 200 or 422. Raises ``OSError`` and ``HTTPException``."""
    ends_at = time.monotonic() + settings.GATEWAY_SECONDS
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    # One limit for all of it: a server that sends a byte now and then never lets a timeout of the socket end.
    clock = threading.Timer(settings.GATEWAY_SECONDS, _cut, [connection])
    clock.daemon = True
    clock.start()
    try:
        headers = {"Content-Type": "application/json", HEADER: header_of(int(timezone.now().timestamp()), body)}
        connection.request("POST", parts.path, body, headers)
        answer = connection.getresponse()
        if answer.status not in (200, 422):
            raise OSError(f"answered {answer.status}")
        return answer.status, _read(answer, ends_at)
    finally:
        clock.cancel()
        connection.close()


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    seconds: float = settings.GATEWAY_SECONDS
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
    return HTTPConnection(host, port, timeout=seconds)


def _cut(connection: HTTPConnection) -> None:
    """End whatever the connection is waiting for."""
    if connection.sock is not None:
        connection.sock.close() if isinstance(connection.sock, ssl.SSLSocket) else connection.sock.shutdown(2)


def _read(answer: HTTPResponse, ends_at: float) -> bytes:
    content = b""
    while piece := answer.read1(CHUNK):
        content += piece
        if len(content) > MAX_ANSWER:
            raise OSError("the answer is too large")
        if time.monotonic() > ends_at:
            raise TimeoutError("the answer takes too long")
    return content
