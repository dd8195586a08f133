"""Daphne, with bounds on what may be sent: by itself it keeps whatever comes, of any length, for as long as it takes."""

from __future__ import annotations

import tempfile
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from django.conf import settings
from twisted.internet import reactor

SECONDS_FOR_A_BODY = 60
"""From the headers to the last byte. A form takes one; a picture over a bad line some."""

KEPT_IN_MEMORY = 100_000
"""Bytes of one body; the rest of it waits on the disk."""

LET_PASS = 8
"""How often the limit is read and forgotten, so that a browser that sends too large a picture gets a page that says so:
a browser reads no answer before it has sent all, or shows a page of its own."""

TOO_MUCH = b"413 Content Too Large"
TOO_SLOW = b"408 Request Timeout"


class BoundedRequest(WebRequest):  # type: ignore[misc]
    """Refused as soon as it is known to be far too much: by the length it announces, or when a body of unknown length grows.

    Of what announces somewhat too much nothing is kept, and Django answers (``config.bodies``).
    """

    received = 0
    is_refused = is_forgotten = False
    _limit: Any = None

    def gotLength(self, length: int | None) -> None:  # noqa: N802  (Twisted's name)
        self.content = tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY)  # noqa: SIM115  (Twisted closes it)
        if length is not None and length > LET_PASS * settings.MAX_BODY_BYTES:
            return self.refuse(TOO_MUCH)
        self.is_forgotten = length is not None and length > settings.MAX_BODY_BYTES
        if length != 0:
            self._limit = reactor.callLater(SECONDS_FOR_A_BODY, self.refuse, TOO_SLOW)  # type: ignore[arg-type]
        return None

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        self.received += len(data)
        if self.is_refused or self.is_forgotten:
            return
        if self.received > settings.MAX_BODY_BYTES:
            self.refuse(TOO_MUCH)
        else:
            super().handleContentChunk(data)

    def requestReceived(self, *line: bytes) -> None:  # noqa: N802
        self._forget_limit()
        if not self.is_refused:
            super().requestReceived(*line)

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self._forget_limit()
        super().connectionLost(reason)

    def refuse(self, why: bytes) -> None:
        self._forget_limit()
        self.is_refused = True
        self.channel.transport.write(b"HTTP/1.1 " + why + b"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        self.channel.loseConnection()

    def _forget_limit(self) -> None:
        if self._limit is not None and self._limit.active():
            self._limit.cancel()


class BoundedFactory(HTTPFactory):  # type: ignore[misc]
    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest
        return protocol


class BoundedServer(Server):  # type: ignore[misc]
    """Daphne makes its factory as it begins to run; this one is put in its place."""

    @property
    def http_factory(self) -> HTTPFactory:
        return self._http_factory

    @http_factory.setter
    def http_factory(self, factory: HTTPFactory) -> None:
        self._http_factory = BoundedFactory(self)
