"""A gate between a browser and the shop, for what every engine must be able to do and no driver can in all of them.

It passes requests on, notes them, and can cut them off or hold them; and it can put a script before all others into
each page. The shop takes the gate's address for its own.
"""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers import wait_until

FIRST = "/-first.js"
MINE = {"connection", "keep-alive", "transfer-encoding", "content-length"}
"""Headers that speak about one connection only."""


@dataclass(frozen=True)
class Passed:
    """A request that came by. ``headers``: names in lower case."""

    method: str
    path: str
    headers: dict[str, str]


class Gate(ThreadingHTTPServer):
    """``first``: a script that each page runs first. ``closed``: parts of paths; such a request is cut off. ``dropped``:
    headers, in lower case, that no request is passed on with.

    ``passed``: what came by, oldest first, cut off or not.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.upstream = 0
        self.waiting = threading.Condition()
        self.under_way = 0
        self.reset()

    def reset(self) -> None:
        """Open, nothing noted; whoever is held goes on."""
        self.passed: list[Passed] = []
        self.first = ""
        self.dropped: set[str] = set()
        self.open()

    def open(self) -> None:
        with self.waiting:
            self.closed: tuple[str, ...] = ()
            self.held: tuple[str, ...] = ()
            self.waiting.notify_all()

    def hold(self, *parts: str) -> None:
        """Requests whose path has one of these parts in it wait until :meth:`open`; others that waited go on."""
        with self.waiting:
            self.held = parts
            self.waiting.notify_all()

    def asked(self, part: str) -> list[Passed]:
        """The requests so far whose path has this in it."""
        return [passed for passed in self.passed if part in passed.path]

    @property
    def is_quiet(self) -> bool:
        """Whether the shop is answering nothing: a page that is left while it fetches something is not kept in memory."""
        return self.under_way == 0

    @contextlib.contextmanager
    def passing(self) -> Iterator[None]:
        """While a request is on its way; one that is held is not."""
        with self.waiting:
            self.under_way += 1
        try:
            yield
        finally:
            with self.waiting:
                self.under_way -= 1

    def until_asked(self, part: str, times: int = 1) -> None:
        wait_until(lambda: len(self.asked(part)) >= times, 30, f"{times} × {part}")

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser may hang up whenever it likes."""


class _Passage(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and content are two writes
    server: Gate

    def _pass(self) -> None:
        gate = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == FIRST:
            return self._answer(200, [("Content-Type", "text/javascript"), ("Cache-Control", "no-store")], gate.first)
        gate.passed.append(Passed(self.command, self.path, {name.lower(): it for name, it in self.headers.items()}))
        if any(part in self.path for part in gate.closed):
            self.close_connection = True
            return None
        with gate.waiting:
            gate.waiting.wait_for(lambda: not any(part in self.path for part in gate.held))
        with gate.passing():
            return self._fetch(gate, body)

    do_GET = do_HEAD = do_POST = _pass  # noqa: N815 - names that the base class looks for

    def _fetch(self, gate: Gate, body: bytes) -> None:
        """The shop's answer, with the script in it if it is a page."""
        away = {*MINE, "accept-encoding", *gate.dropped}
        headers = {name: it for name, it in self.headers.items() if name.lower() not in away}
        upstream = http.client.HTTPConnection("127.0.0.1", gate.upstream, timeout=60)
        with contextlib.closing(upstream):
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            content = answer.read()
        if gate.first and answer.headers.get_content_type() == "text/html":
            content = content.replace(b"<head>", f'<head><script src="{FIRST}"></script>'.encode(), 1)
        self._answer(answer.status, [pair for pair in answer.getheaders() if pair[0].lower() not in MINE], content)

    def _answer(self, status: int, headers: list[tuple[str, str]], content: str | bytes) -> None:
        content = content.encode() if isinstance(content, str) else content
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status not in {204, 304}:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextlib.contextmanager
def open_gate() -> Iterator[Gate]:
    """A gate that runs; its ``upstream`` is to be set."""
    gate = Gate()
    thread = threading.Thread(target=gate.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield gate
    finally:
        gate.open()
        gate.shutdown()
        thread.join()
        gate.server_close()
