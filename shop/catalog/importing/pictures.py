"""Fetches pictures that a file names, and trusts neither the address nor what comes back.

Whoever wrote the file decides which address this machine asks. So that an import cannot be used to look around in the
network it runs in: http and https only, names are resolved here, every address they resolve to has to be a public one,
and the connection goes to the very address that was checked (a second look-up could answer differently). Each redirect
is checked the same way. Proxies from the environment are not used: they would resolve the name themselves.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import re
import socket
import ssl
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from time import monotonic
from typing import IO, Any
from urllib.parse import quote, urlsplit

from django.utils.encoding import iri_to_uri
from django.utils.text import slugify

from shop.catalog.importing.imagesize import UnknownPictureError, picture_format

MAX_URL_LENGTH = 1000
MAX_BYTES = 8 * 1024 * 1024
TIMEOUT = 10.0  # seconds: for a connection, for an answer, and three times that for the whole picture
MAX_REDIRECTS = 4
# A host that could not be connected to this often is left alone for the rest of the run.
PATIENCE = 2
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
# What people leave in the path of an address, and browsers escape.
_UNSAFE = re.compile(r"[ \xa0\u2000-\u200a\u202f\u3000<>\"\\^`{|}]")
_AGENT = "Waymark catalogue import"


class NoPictureError(Exception):
    """Why a picture could not be had; one sentence part, such as ``it is no JPEG, PNG, WebP or GIF``."""


class UnreachableError(NoPictureError):
    """Nobody answers there: the host, not the picture, is the trouble."""


@dataclass(frozen=True)
class Picture:
    """``extension`` follows from the content and not from the address. ``width``, ``height``: pixels."""

    content: bytes
    extension: str
    width: int
    height: int


def fetchable_address(text: str) -> str:
    """Return the address as a browser would ask for it: https where no scheme is given, blanks and the like escaped."""
    address = text.strip()
    if address.startswith("//"):
        address = f"https:{address}"
    if not _ABSOLUTE.match(address):
        return address
    host, slash, path = address.partition("://")[2].partition("/")
    return f"{address[: address.index('://')]}://{host}{slash}{_UNSAFE.sub(_escaped, path)}"


def _escaped(found: re.Match[str]) -> str:
    return quote(found[0])


def address_problem(address: str) -> str:
    """Say why a picture can never be fetched from this address; empty when it is worth trying."""
    shown = address if len(address) <= 100 else address[:100] + "…"
    if len(address) > MAX_URL_LENGTH:
        return f"{shown} is longer than {MAX_URL_LENGTH} characters"
    if re.search(r"[\s\x00-\x1f\x7f<>\"\\^`{|}]", address):
        return f"{shown!r} is not an address"
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return f"{shown} is not an address"
    if parts.scheme.lower() not in ("http", "https"):
        return f"{shown} is not an http or https address"
    if not parts.hostname or "@" in parts.netloc:
        return f"{shown} has no host that could be asked"
    return ""


class Fetcher:
    """Fetches pictures over http and https. ``allowed_hosts``: names or addresses asked though they are not public."""

    def __init__(self, allowed_hosts: Collection[str] = ()) -> None:
        self._allowed = frozenset(host.lower().strip("[]") for host in allowed_hosts)
        self._misses: Counter[str] = Counter()
        connect = self._connect
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Redirects(),
            _Http(connect),
            _Https(connect),
        ):
            self._opener.add_handler(handler)

    def __call__(self, address: str) -> Picture:
        """Fetch the picture. Raises NoPictureError."""
        if problem := address_problem(address):
            raise NoPictureError(problem)
        host = (urlsplit(address).hostname or "").lower()
        if self._misses[host] >= PATIENCE:
            raise UnreachableError(f"{host} could not be reached before in this run")
        try:
            return self._fetch(address)
        except UnreachableError:
            self._misses[host] += 1
            raise

    def _fetch(self, address: str) -> Picture:
        headers = {"User-Agent": _AGENT, "Accept": "image/*"}
        # The opener has handlers for http and https only.
        request = urllib.request.Request(iri_to_uri(address), headers=headers)  # noqa: S310
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                return _picture(answer)
        except NoPictureError:
            raise
        except urllib.error.HTTPError as error:
            error.close()
            raise NoPictureError(f"the server answers {error.code}") from error
        except urllib.error.URLError as error:
            raise UnreachableError(
                f"it cannot be reached ({getattr(error.reason, 'strerror', None) or error.reason})"
            ) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoPictureError(f"the transfer failed ({type(error).__name__})") from error

    def _connect(self, address: tuple[str, int], timeout: float, source: Any = None) -> socket.socket:
        """Stand in for ``socket.create_connection``: resolve, check every address found, connect to one checked."""
        host, port = address
        failure: OSError | None = None
        for family, kind, protocol, _name, target in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            self._check_is_public(host, str(target[0]))
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(timeout)
                sock.connect(target)
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure or OSError("the name has no address")

    def _check_is_public(self, host: str, found: str) -> None:
        if host.lower() in self._allowed or found in self._allowed:
            return
        if not _is_public(ipaddress.ip_address(found.partition("%")[0])):
            raise NoPictureError(f"{host} is not a public host (see --allow-host)")


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether an address is public, through the IPv6 forms that only wrap an IPv4 address."""
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
    return ip.is_global and not ip.is_multicast


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = MAX_REDIRECTS
    max_repeats = 2

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if problem := address_problem(newurl):
            fp.close()
            raise NoPictureError(f"it leads on to an address that is not asked: {problem}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Http(urllib.request.HTTPHandler):
    def __init__(self, connect: Callable[..., socket.socket]) -> None:
        super().__init__()
        self._connect = connect

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **options: Any) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(host, **options)
        connection._create_connection = self._connect  # type: ignore[attr-defined]
        return connection


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, connect: Callable[..., socket.socket]) -> None:
        super().__init__()
        self._connect = connect

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **options: Any) -> http.client.HTTPConnection:
        connection = http.client.HTTPSConnection(host, context=ssl.create_default_context(), **options)
        connection._create_connection = self._connect  # type: ignore[attr-defined]
        return connection


def _picture(answer: http.client.HTTPResponse) -> Picture:
    kind = answer.headers.get_content_type()
    if kind not in ("image/jpeg", "image/png", "image/webp", "image/gif"):
        raise NoPictureError(f"the server sends {kind[:60]}, not a JPEG, PNG, WebP or GIF picture")
    content = _content(answer)
    try:
        extension, width, height = picture_format(content)
    except UnknownPictureError as error:
        raise NoPictureError(str(error)) from error
    return Picture(content, extension, width, height)


def _content(answer: http.client.HTTPResponse) -> bytes:
    """Read in pieces, so that neither a lie about the length nor a trickle of bytes can hold the import up."""
    give_up_at = monotonic() + 3 * TIMEOUT
    pieces, size = [], 0
    while piece := answer.read1(1 << 16):
        size += len(piece)
        if size > MAX_BYTES:
            raise NoPictureError(f"it is larger than {MAX_BYTES // 1024 // 1024} MB")
        if monotonic() > give_up_at:
            raise NoPictureError(f"it takes longer than {3 * TIMEOUT:.0f} s")
        pieces.append(piece)
    if answer.length:  # bytes that were announced and did not come
        raise NoPictureError("the transfer broke off")
    return b"".join(pieces)


def file_name(product_slug: str, source_url: str, extension: str) -> str:
    """Return where a picture is kept: one place per product and address, so that a repeated import finds its file."""
    digest = hashlib.sha256(f"{product_slug} {source_url}".encode()).hexdigest()[:12]
    # File systems count bytes and not letters: only ASCII, and not all of it.
    return f"products/{slugify(product_slug)[:60]}-{digest}.{extension}"
