"""N11: an error page asks nothing of what may be the trouble: not the query, the body, the session, the database."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import override_settings
from django.urls import path, set_script_prefix

from navstate import error_pages

MANY = "&".join(f"a{number}=1" for number in range(1001))
PAGES = (
    "/",
    "/category/tools/",
    "/product/trekking-poles/",
    "/search/",
    "/cart/",
    "/login/",
    "/checkout/",
    "/register/",
)
PAGES += ("/checkout/address/", "/password/reset/", "/zh-hans/", "/zh-hans/cart/", "/api/route", "/nothing/")
FORMS = (
    "/cart/add/",
    "/cart/line/1/",
    "/login/",
    "/register/",
    "/checkout/address/",
    "/api/session/renew",
    "/admin/login/",
)
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
HOW = {"Sec-Fetch-Site": "same-origin"}
JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}
STATUSES = (400, 403, 404, 409, 413, 429, 500, 503)


@pytest.fixture
def anybody() -> Client:
    """A client that is answered as a browser is: what a view raises does not come through."""
    return Client(raise_request_exception=False)


def is_own_page(answer: HttpResponse, status: int) -> bool:
    is_kept = answer["Cache-Control"] not in {"private, no-store", "no-store", "private, no-cache"}
    return answer.status_code == status and b"error-page" in answer.content and not is_kept


@pytest.mark.django_db
@pytest.mark.parametrize("url", PAGES)
def test_n11_a_query_of_too_many_parameters_is_400(anybody: Client, url: str, caplog) -> None:
    with caplog.at_level(logging.ERROR, logger="django.request"):
        answer = anybody.get(f"{url}?{MANY}")
    if url in {"/nothing/", "/checkout/", "/checkout/address/"}:  # answered before anybody reads the query
        assert answer.status_code in (303, 404)
    else:
        assert is_own_page(answer, 400)
    assert not [record for record in caplog.records if record.name == "django.request"]


@pytest.mark.django_db
@pytest.mark.parametrize("headers", [JSON, HTMX], ids=["json", "htmx"])
def test_n11_the_same_for_who_wants_no_document(anybody: Client, headers: dict[str, str]) -> None:
    answer = anybody.get(f"/search/?{MANY}", headers=headers)
    assert answer.status_code == 400
    assert len(answer.content) < 300
    assert answer["Content-Type"].startswith("application/problem+json" if headers is JSON else "text/html")


BODIES = {
    "too many fields": (FORM, MANY.encode()),
    "too large": (FORM, b"a=" + b"x" * 3_000_000),
    "another encoding": (f"{FORM}; charset=utf-16", "a=1".encode("utf-16")),
    "an encoding that is none": (f"{FORM}; charset=nonsense", b"a=1"),
    "broken escapes": (FORM, b"%ff%fe=%zz&=&%00=%00"),
    "multipart without a boundary": (MULTIPART, b"--x"),
    "multipart of nonsense": (f"{MULTIPART}; boundary=x", b"--x\r\nnonsense"),
    "multipart with a bad boundary": (f"{MULTIPART}; boundary=\xe9", b"--x"),
    "multipart that is too much": (
        f"{MULTIPART}; boundary=x",
        b"".join(b'--x\r\nContent-Disposition: form-data; name="a%d"\r\n\r\n1\r\n' % n for n in range(1001)) + b"--x--",
    ),
    "too many files": (
        f"{MULTIPART}; boundary=x",
        b"".join(b'--x\r\nContent-Disposition: form-data; name="f"; filename="%d"\r\n\r\n1\r\n' % n for n in range(101))
        + b"--x--",
    ),
    "base64 that is none": (
        f"{MULTIPART}; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\n***\r\n--x--',
    ),
    "json that ends early": ("application/json", b'{"sku": '),
    "json too deep": ("application/json", b"[" * 60_000),
    "json in another encoding": ("application/json", b"\xff\xfe\x00"),
    "json that is too large": ("application/json", b'{"sku": "' + b"x" * 3_000_000 + b'"}'),
    "a kind that is none": ("\x00/;;=", b"a=1"),
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "channel"), [*((url, {}) for url in FORMS), ("/cart/add/", JSON), ("/cart/add/", HTMX)]
)
@pytest.mark.parametrize(("kind", "body"), BODIES.values(), ids=BODIES)
def test_n11_a_body_that_cannot_be_read_is_never_a_500(anybody, url, kind, body, channel) -> None:
    anybody.get("/login/")  # a cookie of a token, so that the token's check reads the body as well
    answer = anybody.generic("POST", url, body, content_type=kind, headers={**HOW, **channel})
    assert answer.status_code < 500, answer.content[:300]


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/", "/cart/", "/login/", "/healthz", "/media/x.svg"])
@pytest.mark.parametrize(
    "host", ["elsewhere.example", "", "[::1", "a b", "shop.example:port", "\xe9.example", "x" * 999]
)
def test_n11_a_host_that_is_none_is_no_500(anybody: Client, url: str, host: str) -> None:
    answer = anybody.get(url, headers={"Host": host})
    assert answer.status_code in (200, 400, 404)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "where", ["//[", "//[::1/", "/\xff/", "/\0/", "/a\r\nb/", "/" + "x" * 3000, "/zh-hans//[/", "//x//"]
)
def test_n11_an_address_that_is_none_is_no_500(anybody: Client, where: str) -> None:
    """As a server hands it on: the client's own address would be taken apart by the client."""
    assert anybody.get("/?%ff=%00", PATH_INFO=where).status_code == 404


class Trap(HttpRequest):
    """A request of which only the path and the headers may be looked at."""

    def __init__(self) -> None:
        self.META = {"HTTP_ACCEPT": "text/html"}
        self.method, self.path, self.path_info = "POST", "/zh-hans/cart/", "/zh-hans/cart/"

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"an error page asked for {name}")

    GET = POST = FILES = COOKIES = body = property(lambda self: self.__getattr__("what was sent"))  # type: ignore[assignment]


@pytest.mark.parametrize("status", STATUSES)
def test_n11_every_error_page_looks_at_path_and_headers_only(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the mark for the database any query would fail this test."""
    monkeypatch.setattr(HttpRequest, "get_host", lambda request: pytest.fail("asked for the host"))
    answer = error_pages.error_page(Trap(), status)
    assert is_own_page(answer, status)
    assert 'lang="zh-Hans"' in answer.content.decode() or 'lang="zh-hans"' in answer.content.decode()


@pytest.mark.parametrize("status", STATUSES)
def test_n11_there_is_a_sentence_where_the_page_itself_breaks(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_pages, "render_to_string", broken)
    monkeypatch.setattr(error_pages, "_as_it_stands", broken)
    answer = error_pages.error_page(RequestFactory().get("/"), status)
    assert answer.status_code == status
    assert f"<h1>{error_pages.SENTENCES[status]}</h1>" in answer.content.decode()


def broken(*args: object) -> str:
    raise LookupError("a template")


def refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("not you")


def stumble(request: HttpRequest) -> HttpResponse:
    raise ValueError("a mistake")


urlpatterns = [path("refuse/", refuse), path("stumble/", stumble)]
handler400 = "navstate.error_pages.bad_request"
handler403 = "navstate.error_pages.permission_denied"
handler404 = "navstate.error_pages.page_not_found"
handler500 = "navstate.error_pages.server_error"


@pytest.fixture
def few() -> Iterator[None]:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        yield


def test_n11_the_reason_of_a_refusal_is_said(few: None, anybody: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(error_pages, "render_to_string", lambda name, context: drawn.append((name, context)) or "")
    assert anybody.get("/refuse/").status_code == 403
    assert drawn == [
        (
            "403.html",
            {"request": {"path": "/refuse/", "get_full_path": "/refuse/"}, "was_sent": False, "exception": "not you"},
        )
    ]


def test_n11_a_mistake_stays_a_500(few: None, anybody: Client) -> None:
    assert is_own_page(anybody.get("/stumble/"), 500)
    assert anybody.get("/stumble/", headers=JSON).json()["status"] == 500


def test_n11_the_page_of_a_mistake_stands_below_a_prefix_too() -> None:
    set_script_prefix("/shop/")
    try:
        text = error_pages.error_page(RequestFactory().get("/"), 500).content.decode()
    finally:
        set_script_prefix("/")
    assert 'href="/shop/cart/"' in text
    assert '="/static' not in text


@pytest.mark.django_db
def test_n11_a_page_that_needs_the_database_is_not_asked_for_by_its_error(anybody: Client, monkeypatch) -> None:
    assert anybody.get("/product/nothing/").status_code == 404
    monkeypatch.setattr(connection, "cursor", lambda *a, **k: pytest.fail("an error page asked the database"))
    assert is_own_page(anybody.get("/nothing/"), 404)
