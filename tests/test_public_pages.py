"""Public pages cost a visitor nothing: no session read, no cookie, whatever middleware stands in between (R8)."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from navstate.decorators import private, public
from shop.accounts.models import User
from tests.factories import make_variant

pytestmark = pytest.mark.django_db

SEEN: list[HttpRequest] = []


@public
def probe(request: HttpRequest) -> HttpResponse:
    SEEN.append(request)
    return HttpResponse("the same for everybody")


@private
def greedy(request: HttpRequest) -> HttpResponse:
    SEEN.append(request)
    return HttpResponse(str(request.user))


urlpatterns = [path("probe/", probe), path("greedy/", greedy)]

COOKIES = {
    "a stranger": {},
    "a session that ended": {django_settings.SESSION_COOKIE_NAME: "gone" * 8, "cart": "x" * 32, "navrev": "abc"},
}


def forbid_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SessionBase, "_session", property(lambda _: pytest.fail("the session was read")))


@pytest.fixture
def signed_in(client: Client) -> Client:
    client.force_login(User.objects.create_user("ada@example.org", "seven-larks-9"))
    return client


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("method", ["get", "head"])
def test_no_session_on_public_pages(signed_in: Client, method: str) -> None:
    response = getattr(signed_in, method)("/probe/")
    assert SEEN[-1].session.accessed is False
    assert not response.cookies
    assert response["Cache-Control"] == "public, no-cache"
    assert "Cookie" not in response["Vary"]


@pytest.mark.urls(__name__)
def test_the_probe_would_notice(signed_in: Client) -> None:
    signed_in.get("/greedy/")
    assert SEEN[-1].session.accessed is True


@pytest.mark.urls(__name__)
def test_forbidden_reading_is_noticed(signed_in: Client, monkeypatch) -> None:
    forbid_reading(monkeypatch)
    with pytest.raises(pytest.fail.Exception):
        signed_in.get("/greedy/")


@pytest.mark.parametrize("cookies", COOKIES.values(), ids=COOKIES.keys())
@pytest.mark.parametrize(
    "url", ["/", "/category/boots/", "/product/trail-boot/", "/search/?q=boot", "/zh-hans/", "/no-such-page/"]
)
def test_nor_on_any_page_of_the_catalogue(client: Client, monkeypatch, url: str, cookies: dict[str, str]) -> None:
    make_variant("BOOT-42")
    client.cookies.load(cookies)
    forbid_reading(monkeypatch)
    response = client.get(url)
    assert response.status_code in {200, 404}
    assert not response.cookies
