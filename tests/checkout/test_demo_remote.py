"""The demo provider over HTTP: its answers are read strictly, and whatever else comes means that it is away."""

import json
import socket
import struct
import threading
import time
from contextlib import contextmanager

import pytest
from django.test import Client
from django.utils import timezone
from djmoney.money import Money

from checkout.payments.base import GatewayRefused, GatewayState, GatewayUnavailable, StartRequest
from checkout.payments.demo import client, remote, services, signing
from checkout.payments.demo.models import Session
from checkout.payments.demo_adapter import DemoGateway
from checkout.payments.registry import gateway
from tests.servers import free_port

FIFTY = Money("50.00", "EUR")
CALLS = {
    "create_session": lambda: client.create_session(key="k", amount=FIFTY, order_number="W-1", return_url="http://x/"),
    "get": lambda: client.get("dp_1"),
    "capture": lambda: client.capture("dp_1", key="k"),
    "void": lambda: client.void("dp_1", key="k"),
    "refund": lambda: client.refund("dp_1", FIFTY, key="k"),
}
GOOD = {
    "reference": "dp_1", "state": "captured", "amount": "50.00", "currency": "EUR", "sequence": 3,
    "hosted_url": "https://quaypay.example/demo-gateway/pay/dp_1/",
}  # fmt: skip


def answered(body, status="200 OK", headers=""):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(content)}\r\n\r\n".encode() + content


def send(content):
    return lambda connection, over: connection.sendall(content)


def drip(start):
    def act(connection, over):
        connection.sendall(start)
        while not over.wait(0.02):
            connection.sendall(b"x")

    return act


def reset(connection, over):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silence(connection, over):
    over.wait(30)


def flood(connection, over):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not over.is_set():
        connection.sendall(b" " * 65536)


TROUBLES = {
    "reset": reset,
    "closed": send(b""),
    "silence": silence,
    "no http": send(b"220 mail.example ESMTP\r\n"),
    "half a header": send(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "half a body": send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
    "bad chunks": send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "too many headers": send(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300 + b"\r\n"),
    "dripping body": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"),
    "dripping headers": drip(b"HTTP/1.1 200 OK\r\nX: "),
    "endless body": flood,
    "empty": send(answered(b"")),
    "no json": send(answered(b"<html>")),
    "not utf-8": send(answered(b'{"reference": "\xff"}')),
    "deep json": send(answered(b"[" * 60_000)),
    "huge number": send(answered(b"1" * 60_000)),
    "500": send(answered(GOOD, "500 Oops")),
    "503": send(answered(GOOD, "503 Busy", "Retry-After: 5\r\n")),
    "204": send(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "redirect": send(answered(GOOD, "302 Found", "Location: http://127.0.0.1/\r\n")),
    "401": send(answered({"error": "who?"}, "401 Unauthorized")),
    "404": send(answered({"error": "where?"}, "404 Not Found")),
    "429": send(answered({"error": "slow"}, "429 Too Many")),
    "a no without words": send(answered([], "422 No")),
}
WRONG = [
    {"reference": ""}, {"reference": 5}, {"reference": "a b"}, {"state": "unheard of"}, {"state": None}, {"amount": 50},
    {"amount": "NaN"}, {"amount": "1e9"}, {"amount": "-5.00"}, {"currency": "euro"}, {"sequence": -1}, {"sequence": True},
    {"sequence": 1.5}, {"sequence": 10**30}, {"hosted_url": "javascript:alert(1)"}, {"hosted_url": "//evil"},
    {"hosted_url": "https://\ud800/"}, {"hosted_url": "https://x/" + "y" * 1000},
]  # fmt: skip


@contextmanager
def serving(settings, act):
    """A server that treats every connection the same way."""
    over = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)

    def serve():
        while not over.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(5)
                try:
                    connection.recv(65536)
                    act(connection, over)
                except OSError:
                    continue  # the client has gone, as it should

    thread = threading.Thread(target=serve)
    thread.start()
    settings.DEMO_GATEWAY_API = f"http://127.0.0.1:{server.getsockname()[1]}/"
    try:
        yield
    finally:
        over.set()
        thread.join()
        server.close()


@pytest.mark.parametrize("trouble", TROUBLES)
def test_o6_every_trouble_on_the_line_means_that_it_is_away_and_ends_in_time(settings, trouble):
    settings.GATEWAY_SECONDS = 0.4
    with serving(settings, TROUBLES[trouble]):
        began = time.monotonic()
        with pytest.raises(client.Unreachable):
            client.get("dp_1")
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("trouble", ["nobody there", "no tls", "no such host", "no address"])
def test_o6_every_call_to_an_address_that_is_none(settings, call, trouble):
    settings.GATEWAY_SECONDS = 2
    port = free_port()
    settings.DEMO_GATEWAY_API = {
        "nobody there": f"http://127.0.0.1:{port}",
        "no tls": f"https://127.0.0.1:{port}",
        "no such host": "http://host.invalid",
        "no address": "http://[::",
    }[trouble]
    with pytest.raises(client.Unreachable):
        CALLS[call]()
    with pytest.raises(GatewayUnavailable):
        gateway("demo").status("dp_1")


def test_o6_tls_with_a_server_that_speaks_none(settings):
    settings.GATEWAY_SECONDS = 0.4
    with serving(settings, send(b"HTTP/1.1 400 Bad Request\r\n\r\n")):
        settings.DEMO_GATEWAY_API = settings.DEMO_GATEWAY_API.replace("http:", "https:")
        with pytest.raises(client.Unreachable):
            client.get("dp_1")


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_o6_an_answer_with_something_wrong_in_it_is_none(settings, wrong):
    with serving(settings, send(answered(GOOD | wrong))), pytest.raises(client.Unreachable):
        client.get("dp_1")


@pytest.mark.parametrize("call", CALLS)
def test_a_plain_answer_is_read(settings, call):
    with serving(settings, send(answered(GOOD))):
        view = CALLS[call]()
    assert (view.reference, view.state, view.amount, view.sequence) == ("dp_1", "captured", FIFTY, 3)


def test_a_no_in_words_is_a_no(settings):
    with serving(settings, send(answered({"error": "nothing is captured"}, "422 No"))):
        with pytest.raises(client.DemoError, match="nothing is captured"):
            client.get("dp_1")
        with pytest.raises(GatewayRefused):
            gateway("demo").status("dp_1")


def signed(body):
    return {"Demo-Signature": signing.header_of(int(timezone.now().timestamp()), body)}


@pytest.mark.django_db
class TestTheProvidersSide:
    """Merchant and provider are one process here; the merchant's half calls the other one's view."""

    @pytest.fixture(autouse=True)
    def _linked(self, settings, monkeypatch):
        settings.DEMO_GATEWAY_ORIGIN = "https://quaypay.example"

        def posted(url, body):
            settings.DEMO_GATEWAY_API = ""
            try:
                path = url.removeprefix("https://quaypay.example")
                answer = Client(enforce_csrf_checks=True).post(
                    path, body, content_type="application/json", headers=signed(body)
                )
            finally:
                settings.DEMO_GATEWAY_API = "https://quaypay.example"
            assert answer.status_code in (200, 422), answer.content
            return answer.status_code, answer.content

        monkeypatch.setattr(remote, "_posted", posted)
        settings.DEMO_GATEWAY_API = "https://quaypay.example"

    def test_every_call_goes_all_the_way(self):
        demo = DemoGateway()  # without the guard, whose thread would have no part in the transaction of the test
        request = StartRequest(
            key="a:1", amount=FIFTY, order_number="W-1", return_url="http://shop.example/pay/callback/demo/",
            webhook_url="", language="zh-hans", email="ada@example.org",
        )  # fmt: skip
        started = demo.start(request)
        assert started == demo.start(request)
        assert started.redirect_url == f"https://quaypay.example/demo-gateway/pay/{started.reference}/"
        services.pay(Session.objects.get())
        assert demo.status(started.reference).state is GatewayState.CAPTURED
        assert demo.void(started.reference, key="v").state is GatewayState.CAPTURED
        assert demo.capture(started.reference, key="c").amount == FIFTY
        assert demo.refund(started.reference, FIFTY, key="r").state is GatewayState.REFUNDED
        with pytest.raises(GatewayRefused):
            demo.status("dp_nobody")


@pytest.mark.django_db
class TestWhatTheProviderTakes:
    def post(self, body, headers=None, name="get"):
        headers = signed(body) if headers is None else headers
        return Client().post(f"/demo-gateway/api/{name}/", body, content_type="application/json", headers=headers)

    @pytest.mark.parametrize(
        "body",
        [
            *(b"", b"{", b"[]", b"5", b"[" * 60_000, b'{"arguments": 5}', b'{"arguments": [1e400]}'),
            *(b'{"arguments": ["a\\u0000"]}', b'{"arguments": []}', b'{"arguments": ["a"], "wrong": "b"}'),
        ],
    )
    def test_what_is_no_call_is_400(self, body):
        assert self.post(body).status_code == 400

    @pytest.mark.parametrize("header", ["", "t=1,v1=" + "0" * 64, "nonsense"])
    def test_unsigned_it_is_400(self, header):
        assert self.post(b"{}", {"Demo-Signature": header}).status_code == 400

    def test_signed_by_somebody_else_or_too_large_is_400(self):
        body = b'{"arguments": ["dp_1"]}'
        assert self.post(body, signed(b"other")).status_code == 400
        assert self.post(b" " * (64 * 1024 + 1)).status_code == 400

    def test_an_unknown_session_is_a_no_and_an_unknown_call_is_404(self):
        body = b'{"arguments": ["dp_1"]}'
        assert self.post(body).status_code == 422
        assert self.post(body, name="steal").status_code == 404

    def test_only_a_provider_answers(self, settings):
        body = b'{"arguments": ["dp_1"]}'
        settings.DEMO_GATEWAY_API = "https://elsewhere.example"
        assert self.post(body).status_code == 404
        settings.DEMO_GATEWAY_API, settings.DEMO_GATEWAY = "", False
        assert self.post(body).status_code == 404
