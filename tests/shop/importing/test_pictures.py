"""Pictures are fetched from where they may be, once, and never trusted."""

from __future__ import annotations

import ipaddress
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from shop.catalog.importing import pictures
from shop.catalog.importing.imagesize import UnknownPictureError, picture_format
from shop.catalog.importing.pictures import (
    Fetcher,
    NoPictureError,
    UnreachableError,
    address_problem,
    fetchable_address,
)
from shop.catalog.models import CatalogVersion, Image, Product
from tests.shop.importing.conftest import product_row

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480) + bytes(9)
GIF = b"GIF89a" + struct.pack("<HH", 30, 40) + bytes(8)
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc0\x00\x11\x08" + struct.pack(">HH", 300, 200) + bytes(12)
WEBP_LOSSY = b"RIFF\x00\x00\x00\x00WEBPVP8 " + bytes(10) + struct.pack("<HH", 50, 60)
WEBP_LOSSLESS = b"RIFF\x00\x00\x00\x00WEBPVP8L" + bytes(5) + (49 | 59 << 14).to_bytes(4, "little")
WEBP_EXTENDED = b"RIFF\x00\x00\x00\x00WEBPVP8X" + bytes(8) + (49).to_bytes(3, "little") + (59).to_bytes(3, "little")


class Answers(BaseHTTPRequestHandler):
    """Path → what is answered."""

    pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, headers, body = self.pages.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server on this machine that answers with ``Answers.pages``."""
    Answers.asked = []
    png = {"Content-Type": "image/png"}
    Answers.pages = {
        "/boot.png": (200, png, PNG),
        "/page": (200, {"Content-Type": "text/html"}, b"<script>"),
        "/drawing.svg": (200, {"Content-Type": "image/svg+xml"}, b"<svg/>"),
        "/lie.png": (200, png, b"<html>"),
        "/broken.png": (200, png, PNG[:17]),
        "/moved": (302, {"Location": "/boot.png"}, b""),
        "/round": (302, {"Location": "/round"}, b""),
        "/file": (302, {"Location": "file:///etc/passwd"}, b""),
        "/user": (302, {"Location": "http://user@127.0.0.1/boot.png"}, b""),
        "/nonsense": (200, png | {"Transfer-Encoding": "chunked"}, b"no number"),
        "/short.png": (200, png | {"Content-Length": "1000"}, PNG),
        "/b%C3%BC.png": (200, png, PNG),
    }
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def fetch(server: str) -> Callable[[str], pictures.Picture]:
    fetcher = Fetcher(["127.0.0.1"])
    return lambda path: fetcher(server + path)


# --- fetching -------------------------------------------------------------------------------------------------------


def test_a_picture_with_its_size(fetch) -> None:
    picture = fetch("/boot.png")
    assert (picture.content, picture.extension, picture.width, picture.height) == (PNG, "png", 640, 480)


def test_a_redirect_is_followed_and_letters_are_escaped(fetch) -> None:
    assert fetch("/moved").content == PNG
    assert fetch("/bü.png").content == PNG


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/no.png", "the server answers 404"),
        ("/page", "the server sends text/html"),
        ("/drawing.svg", "the server sends image/svg"),
        ("/lie.png", "no JPEG, PNG, WebP or GIF"),
        ("/broken.png", "the picture is broken"),
        ("/round", "the server answers 302"),
        ("/file", "the server answers 302"),
        ("/user", "it leads on to an address that is not asked"),
        ("/short.png", "the transfer broke off"),
        ("/nonsense", "the transfer failed"),
    ],
)
def test_what_is_no_picture(fetch, path, reason) -> None:
    with pytest.raises(NoPictureError, match=reason):
        fetch(path)


def test_too_large_and_too_slow(fetch, monkeypatch) -> None:
    monkeypatch.setattr(pictures, "MAX_BYTES", 10)
    with pytest.raises(NoPictureError, match="it is larger than"):
        fetch("/boot.png")
    monkeypatch.undo()
    clock = iter([0.0, 31.0])
    monkeypatch.setattr(pictures, "monotonic", lambda: next(clock))
    answer = type("Answer", (), {"read1": lambda self, size: b"x", "length": None})()
    with pytest.raises(NoPictureError, match="it takes longer than 30 s"):
        pictures._content(answer)


def test_a_host_that_does_not_answer_is_left_alone_after_two_tries() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    fetcher = Fetcher(["127.0.0.1"])
    for _ in range(2):
        with pytest.raises(UnreachableError, match="it cannot be reached"):
            fetcher(f"http://127.0.0.1:{port}/boot.png")
    with pytest.raises(UnreachableError, match="could not be reached before in this run"):
        fetcher(f"http://127.0.0.1:{port}/other.png")


def test_https_checks_certificates(server) -> None:
    with pytest.raises(NoPictureError):
        Fetcher(["127.0.0.1"])(server.replace("http:", "https:") + "/boot.png")
    assert Answers.asked == []


# --- what is never asked --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "ftp://pictures.example/a.png",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "//pictures.example/a.png",
        "pictures/a.png",
        "http://",
        "http://user:secret@pictures.example/a.png",
        "http://pictures.example:port/a.png",
        "http://[::1/a.png",
        "http://pictures.example/a b.png",
        "http://pictures.example/\na.png",
        "https://pictures.example/" + "x" * 1000,
    ],
)
def test_addresses_that_are_none(address) -> None:
    assert address_problem(address)
    with pytest.raises(NoPictureError):
        Fetcher()(address)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("//pictures.example/a.png", "https://pictures.example/a.png"),
        ("https://pictures.example/two words.png", "https://pictures.example/two%20words.png"),
        ("HTTP://pictures.example/a b/c d.png?v=1 2", "HTTP://pictures.example/a%20b/c%20d.png?v=1%202"),
        ("//pictures.example/a\u00a0b|c.png", "https://pictures.example/a%C2%A0b%7Cc.png"),
        ("https://pictures.example/a%20b.png", "https://pictures.example/a%20b.png"),
        ("https://pictures.example/bü.png", "https://pictures.example/bü.png"),
        ("not an address", "not an address"),
        ("http://bad host/a b.png", "http://bad host/a%20b.png"),
    ],
)
def test_addresses_as_a_browser_would_ask_for_them(written, asked) -> None:
    assert fetchable_address(written) == asked
    assert bool(address_problem(asked)) == (" " in asked)


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.1.1",
    "172.16.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "100.64.0.1",
    "224.0.0.1",
]
PRIVATE_6 = ["::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "ff02::1", "::"]


@pytest.mark.parametrize("found", [*PRIVATE, *PRIVATE_6])
def test_a_name_that_leads_into_this_network_is_not_asked(monkeypatch, found) -> None:
    family = socket.AF_INET6 if ":" in found else socket.AF_INET
    connected: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: [(family, 1, 6, "", (found, 80))])
    monkeypatch.setattr(socket.socket, "connect", lambda self, target: connected.append(target))
    with pytest.raises(NoPictureError, match="is not a public host"):
        Fetcher()("http://pictures.example/a.png")
    assert connected == []


@pytest.mark.parametrize("found", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_public_addresses(found) -> None:
    assert pictures._is_public(ipaddress.ip_address(found))


def test_private_hosts_are_refused_unless_they_are_allowed(server) -> None:
    with pytest.raises(NoPictureError, match="is not a public host"):
        Fetcher()(server + "/boot.png")
    assert Answers.asked == []
    assert Fetcher(["127.0.0.1"])(server + "/boot.png").content == PNG


def test_a_redirect_into_this_network_is_refused(server) -> None:
    port = server.rpartition(":")[2]
    Answers.pages["/inside"] = (302, {"Location": f"http://[::ffff:127.0.0.1]:{port}/boot.png"}, b"")
    with pytest.raises(NoPictureError, match="is not a public host"):
        Fetcher(["127.0.0.1"])(server + "/inside")


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch, server) -> None:
    """A name that answers differently the second time cannot lead elsewhere: it is looked up once."""
    looked_up: list[str] = []
    port = int(server.rpartition(":")[2])

    def look_up(host: str, *args: object, **options: object) -> list[object]:
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    assert Fetcher(["pictures.example"])("http://pictures.example/boot.png").content == PNG
    assert looked_up == ["pictures.example"]


def test_a_name_without_addresses(monkeypatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: [])
    with pytest.raises(UnreachableError, match="the name has no address"):
        Fetcher()("http://pictures.example/a.png")


# --- sizes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (PNG, ("png", 640, 480)),
        (GIF, ("gif", 30, 40)),
        (JPEG, ("jpg", 200, 300)),
        (WEBP_LOSSY, ("webp", 50, 60)),
        (WEBP_LOSSLESS, ("webp", 50, 60)),
        (WEBP_EXTENDED, ("webp", 50, 60)),
    ],
)
def test_formats(content, found) -> None:
    assert picture_format(content) == found


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg/>", PNG[:20], GIF[:8], JPEG[:12], b"\xff\xd8\xff\xe0\x00\x02ab", WEBP_LOSSY[:20], PNG[:16] + bytes(8)],
)
def test_broken_pictures(content) -> None:
    with pytest.raises(UnknownPictureError):
        picture_format(content)


def test_case_l_a_small_file_of_very_many_pixels_is_not_kept(imported, server) -> None:
    huge = PNG[:16] + struct.pack(">II", 15_000, 15_000) + PNG[24:]
    Answers.pages["/huge.png"] = (200, {"Content-Type": "image/png"}, huge)
    row = product_row("boot", Image_Src=f"{server}/huge.png")
    said = imported(row, arguments=("--allow-host", "127.0.0.1"), images=True)
    assert "the picture says it is 15000 × 15000 pixels" in said
    assert Image.objects.get().file.name == ""


# --- with the import ------------------------------------------------------------------------------------------------


def test_a_dry_run_and_no_images_fetch_nothing(imported, server) -> None:
    rows = [product_row("boot", Image_Src=f"{server}/boot.png")]
    for arguments in (("--dry-run",), ("--no-images",)):
        imported(*rows, arguments=(*arguments, "--allow-host", "127.0.0.1"), images=True)
    assert Answers.asked == []


def test_the_import_stores_what_it_fetched_and_a_later_run_fetches_what_is_missing(imported, server, media) -> None:
    rows = [
        product_row("boot", Image_Src=f"{server}/boot.png"),
        product_row("late", Image_Src=f"{server}/late.png"),
    ]
    allow = ("--allow-host", "127.0.0.1")
    said = imported(*rows, arguments=allow, images=True)
    assert "Pictures: 1 fetched, 0 already here, 1 missing" in said
    assert "no picture: late: " in said
    image = Image.objects.get(product__slug="boot")
    assert (media / image.file.name).read_bytes() == PNG
    assert (image.width, image.height, image.alt) == (640, 480, "Boot")
    Answers.pages["/late.png"] = (200, {"Content-Type": "image/gif"}, GIF)
    Answers.asked.clear()
    version = CatalogVersion.objects.get().number
    assert "Pictures: 1 fetched, 1 already here, 0 missing" in imported(*rows, arguments=allow, images=True)
    assert Answers.asked == ["/late.png"]
    assert CatalogVersion.objects.get().number > version
    assert "Nothing had to be changed." in imported(*rows, arguments=allow, images=True)


def test_pictures_whose_address_has_a_blank_or_no_scheme(imported, server, monkeypatch) -> None:
    Answers.pages["/two%20words.png"] = (200, {"Content-Type": "image/png"}, PNG)
    rows = [product_row("boot", Image_Src=f" {server}/two words.png", Variant_Image=f"{server}/two words.png")]
    allow = ("--allow-host", "127.0.0.1")
    assert "Pictures: 1 fetched, 0 already here, 0 missing" in imported(*rows, arguments=allow, images=True)
    assert "Nothing had to be changed." in imported(*rows, arguments=allow, images=True)
    imported(product_row("shoe", Image_Src="//pictures.example/shoe.png"))
    assert Image.objects.get(product__slug="shoe").source_url == "https://pictures.example/shoe.png"


def test_a_file_left_by_an_interrupted_run_is_replaced(imported, server, media) -> None:
    rows = [product_row("boot", Image_Src=f"{server}/boot.png")]
    imported(*rows, arguments=("--allow-host", "127.0.0.1"), images=True)
    Image.objects.update(file="")
    imported(*rows, arguments=("--allow-host", "127.0.0.1"), images=True)
    assert len(list((media / "products").iterdir())) == 1


def test_a_picture_that_staff_removed_meanwhile(imported, server, monkeypatch) -> None:
    monkeypatch.setattr(Image.objects, "filter", lambda **lookups: Image.objects.none())
    said = imported(
        product_row("boot", Image_Src=f"{server}/boot.png"), arguments=("--allow-host", "127.0.0.1"), images=True
    )
    assert "Pictures: 0 fetched, 0 already here, 0 missing" in said


def test_malformed_addresses_are_told_once_and_kept_out(imported) -> None:
    rows = [
        product_row("boot", Image_Src="file:///etc/passwd", Variant_Image="file:///etc/passwd"),
        product_row("shoe", Image_Src="not an address"),
    ]
    said = imported(*rows, images=True)
    assert "Pictures: 0 fetched, 0 already here, 2 missing" in said
    assert "no picture: line 2: file:///etc/passwd is not an http or https address" in said
    assert "no picture: line 3: 'not an address' is not an address" in said
    assert Product.objects.count() == 2
    assert not Image.objects.exists()


def test_private_hosts_are_refused_by_default(imported, server) -> None:
    said = imported(product_row("boot", Image_Src=f"{server}/boot.png"), images=True)
    assert "127.0.0.1 is not a public host (see --allow-host)" in said
    assert Answers.asked == []


def test_file_names_are_short_and_plain() -> None:
    name = pictures.file_name("大" * 255, "https://pictures.example/a.png", "png")
    assert name.isascii()
    assert name != pictures.file_name("大" * 254, "https://pictures.example/a.png", "png")
    assert len(pictures.file_name("x" * 255, "a", "png")) < 100
