"""O8: whoever sends slowly, or without end, holds nobody up: the proxy sample before granian, and daphne by itself."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, Client

from benchmarks.load import memory_megabytes
from config.bodies import BodyLimitMiddleware
from tests.fixtures_shop import shop_server
from tests.servers import ROOT, Shop, free_port, program, stop, wait_until

SLOW = 9
"""Senders: one more than the threads of the documented command."""


def nginx() -> str:
    return shutil.which("nginx") or "/usr/sbin/nginx"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="waymark-nginx-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def configured(folder: Path, port: int, shop_port: int) -> Path:
    """The sample, with the places and ports of this test in place of the machine's."""
    words = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=shop.example.org")
    keys = ("-keyout", folder / "key.pem", "-out", folder / "cert.pem")
    subprocess.run([program("openssl"), *words, *keys], check=True, capture_output=True)
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    places = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    changes = {
        "/etc/letsencrypt/live/shop.example.org/fullchain.pem": f"{folder}/cert.pem",
        "/etc/letsencrypt/live/shop.example.org/privkey.pem": f"{folder}/key.pem",
        "/var/log/nginx": str(folder),
        "pid /run/nginx.pid;": f"pid {folder}/nginx.pid;" + (" user root;" if os.geteuid() == 0 else ""),
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "server 127.0.0.1:8000;": f"server 127.0.0.1:{shop_port};",
        "proxy_set_header Host $host;": "proxy_set_header Host 127.0.0.1;",
        "include /etc/nginx/mime.types;": places,
    }
    for was, now in changes.items():
        assert was in text, was
        text = text.replace(was, now)
    path = folder / "nginx.conf"
    path.write_text(text)
    return path


def test_o8_the_sample_is_one(folder: Path) -> None:
    done = subprocess.run(
        [nginx(), "-t", "-c", configured(folder, free_port(), 8000), "-e", folder / "error.log"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "test is successful" in done.stderr


@contextlib.contextmanager
def proxy(folder: Path, shop: Shop) -> Iterator[int]:
    port = free_port()
    conf = configured(folder, port, urlsplit(shop.url).port or 0)
    words = [nginx(), "-c", conf, "-e", folder / "error.log", "-g", "daemon off;"]
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
    try:
        wait_until(lambda: status_of(connected(port, secure=True), "/healthz") == 200, 20, "the proxy")
        yield port
    finally:
        stop(process)


def connected(port: int, *, secure: bool = False) -> socket.socket | None:
    try:
        plain = socket.create_connection(("127.0.0.1", port), timeout=5)
    except OSError:
        return None
    if not secure:
        return plain
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return trusting.wrap_socket(plain)


def status_of(connection: socket.socket | None, url: str) -> int:
    if connection is None:
        return 0
    with connection:
        try:
            connection.sendall(f"GET {url} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            found = re.match(rb"HTTP/1\.1 (\d+)", connection.recv(100))
        except OSError:
            return 0
    return int(found[1]) if found else 0


@contextlib.contextmanager
def slow_senders(port: int, *, secure: bool = False) -> Iterator[None]:
    """Nine of them, a byte now and then, until the block ends."""
    over = threading.Event()
    head = "POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    senders = [each for _ in range(SLOW) if (each := connected(port, secure=secure))]
    assert len(senders) == SLOW
    for sender in senders:
        sender.sendall(f"{head}Sec-Fetch-Site: same-origin\r\nContent-Length: 1000\r\n\r\na=".encode())

    def trickle() -> None:
        while not over.wait(0.5):
            for sender in senders:
                with contextlib.suppress(OSError):
                    sender.sendall(b"x")

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)
        for sender in senders:
            sender.close()


def seconds_of(port: int, *, secure: bool = False) -> float:
    """Until ``/healthz`` is answered with 200; infinite where it is not within five seconds."""
    began = time.monotonic()
    status = status_of(connected(port, secure=secure), "/healthz")
    return time.monotonic() - began if status == 200 else float("inf")


@pytest.mark.browser
def test_o8_slow_bodies_hold_nobody_up_behind_the_proxy_and_do_without(folder: Path) -> None:
    with shop_server(services=True, BEHIND_PROXY="1") as shop:
        own = urlsplit(shop.url).port or 0
        with proxy(folder, shop) as port:
            with slow_senders(port, secure=True):
                for _ in range(3):
                    assert seconds_of(port, secure=True) < 2
                    assert seconds_of(own) < 2
            with slow_senders(own):  # the control: without the proxy they have all threads
                wait_until(lambda: seconds_of(own) > 2, 30, "nothing but waiting")
            wait_until(lambda: seconds_of(own) < 2, 30, "the threads again")
        log = (folder / "access.log").read_text()
        assert "GET /healthz" in log


@pytest.mark.browser
def test_o8_no_token_in_the_log_of_the_proxy(folder: Path) -> None:
    with shop_server(services=False) as shop, proxy(folder, shop) as port:
        for url in ("/order/NobodyMaySee/", "/zh-hans/order/NobodyMaySee/?x=NobodyMaySee", "/pay/NobodyMaySee/"):
            assert status_of(connected(port, secure=True), url) in (200, 303, 404)
        log = folder / "access.log"
        wait_until(lambda: log.read_text().count("[cut]/") >= 3, 10, "the log")
        assert "NobodyMaySee" not in log.read_text()


# --- daphne ---


def sent_without_end(port: int, head: bytes, piece: bytes, most: int) -> tuple[int, bytes]:
    """How much went out until the server had enough, and what it said."""
    connection = connected(port)
    assert connection is not None
    gone = 0
    with connection, contextlib.suppress(OSError):
        connection.sendall(head)
        while gone < most:
            connection.sendall(piece)
            gone += len(piece)
    with contextlib.suppress(OSError):
        return gone, connection.recv(200)
    return gone, b""


@pytest.mark.browser
def test_o8_daphne_takes_no_more_than_it_may() -> None:
    megabyte = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    with shop_server(services=False, MAX_BODY_BYTES="2000000") as shop:
        port = urlsplit(shop.url).port or 0
        head = b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        before = memory_megabytes(shop.processes[0].pid)[1]
        for _ in range(5):
            gone, _said = sent_without_end(port, head + b"Transfer-Encoding: chunked\r\n\r\n", megabyte, 400_000_000)
            assert gone < 100_000_000
        assert memory_megabytes(shop.processes[0].pid)[1] - before < 60
        assert status_of(connected(port), "/healthz") == 200
        connection = connected(port)
        assert connection is not None
        with connection:
            connection.sendall(head + b"Content-Length: 16000001\r\n\r\n")
            assert connection.recv(100).startswith(b"HTTP/1.1 413 ")
        with slow_senders(port):
            assert seconds_of(port) < 2


@pytest.mark.browser
def test_o8_who_sends_somewhat_too_much_is_told_so_on_a_page() -> None:
    with shop_server(services=False, MAX_BODY_BYTES="2000000") as shop:
        before = memory_megabytes(shop.processes[0].pid)[1]
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{shop.url}/zh-hans/login/", data=b"x" * 15_000_000, timeout=30)
        with refused.value as answer:
            assert answer.status == 413
            assert "Content-Security-Policy" in answer.headers
            assert 'lang="zh-hans"' in (page := answer.read().decode())
            assert "error-page" in page
        assert memory_megabytes(shop.processes[0].pid)[1] - before < 12
        assert status_of(connected(urlsplit(shop.url).port or 0), "/healthz") == 200


@pytest.mark.parametrize("length", ["12582913", "9" * 30])
def test_o8_a_length_that_is_too_much_is_refused_unread(client: Client, length: str) -> None:
    answer = client.generic("POST", "/login/", b"a=1", "application/x-www-form-urlencoded", CONTENT_LENGTH=length)
    assert answer.status_code == 413
    assert b"error-page" in answer.content
    assert answer["Connection"] == "close"


@pytest.mark.parametrize("length", ["-1", "abc", "\u0661", "1.5"])
def test_n11_a_length_that_is_none_is_400(client: Client, length: str) -> None:
    answer = client.generic("POST", "/login/", b"a=1", "application/x-www-form-urlencoded", CONTENT_LENGTH=length)
    assert answer.status_code == 400
    assert b"error-page" in answer.content


def test_o8_in_an_async_stack_as_well() -> None:
    request = AsyncRequestFactory().post("/login/")
    request.META["CONTENT_LENGTH"] = "12582913"

    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("taken")

    assert asyncio.run(BodyLimitMiddleware(view)(request)).status_code == 413
    request.META["CONTENT_LENGTH"] = ""
    assert asyncio.run(BodyLimitMiddleware(view)(request)).content == b"taken"
