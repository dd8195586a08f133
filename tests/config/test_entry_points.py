"""config.wsgi and config.asgi: what servers import."""

from __future__ import annotations

import asyncio
import importlib

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

from navstate import middleware


@pytest.mark.parametrize(("module", "kind"), [("config.wsgi", WSGIHandler), ("config.asgi", ASGIHandler)])
def test_a_server_finds_its_application(module: str, kind: type) -> None:
    assert isinstance(importlib.import_module(module).application, kind)


@pytest.mark.parametrize("module", ["config.wsgi", "config.asgi"])
def test_a_server_refuses_to_start_with_a_bad_graph(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The middleware looks: neither entry module says anything of it."""
    entry = importlib.import_module(module)

    def refuse() -> None:
        raise SystemExit("a stage without URL")

    monkeypatch.setattr(middleware, "check_start", refuse)
    with pytest.raises(SystemExit, match="a stage without URL"):
        importlib.reload(entry)


def test_the_asgi_application_answers() -> None:
    headers = [(b"host", b"127.0.0.1")]
    scope = {"type": "http", "method": "GET", "path": "/healthz", "query_string": b"", "headers": headers}

    async def ask() -> list[dict]:
        communicator = ApplicationCommunicator(importlib.import_module("config.asgi").application, scope)
        await communicator.send_input({"type": "http.request"})
        sent = [await communicator.receive_output(), await communicator.receive_output()]
        await communicator.wait()
        return sent

    start, body = asyncio.run(ask())
    assert start["status"] == 200
    assert body["body"] == b"ok\n"
