"""O9: ``__Host-`` cookies under https; those of before the release go on (R17)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import pytest
from django.http import HttpResponse, JsonResponse
from django.test import AsyncRequestFactory, Client, RequestFactory, override_settings

from config.cookies import HostCookiesMiddleware
from config.settings import MIDDLEWARE
from tests.factories import make_variant

HTTPS = {"SESSION_COOKIE_SECURE": True, "CSRF_COOKIE_SECURE": True}
HTTPS["MIDDLEWARE"] = [MIDDLEWARE[0], "config.cookies.HostCookiesMiddleware", *MIDDLEWARE[1:]]
HOW = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def shop(db, media):
    make_variant("BOOT-42")
    with override_settings(**HTTPS):
        yield


@pytest.fixture
def former(db, media):
    """The shop as it was before the release, for the same visitor."""
    make_variant("BOOT-42")


def add(client: Client) -> HttpResponse:
    answer = client.post("/cart/add/", {"sku": "BOOT-42", "quantity": 1}, secure=True, headers=HOW)
    assert answer.status_code == 303
    return answer


@contextlib.contextmanager
def release(client: Client, **changes: object) -> Iterator[None]:
    """Have what the client asks for answered by the shop as it is after the release."""
    with override_settings(**HTTPS, **changes):
        client.handler._middleware_chain = None
        yield
    client.handler._middleware_chain = None


def units(client: Client) -> str:
    return client.get("/cart/badge/", secure=True).content.decode()


def test_o9_every_cookie_is_this_host_s_alone(shop) -> None:
    client = Client()
    add(client)
    client.get("/checkout/address/", secure=True)
    assert {"__Host-sessionid", "__Host-cart", "__Host-navrev", "__Host-csrftoken"} <= set(client.cookies)
    for name, morsel in client.cookies.items():
        if str(morsel["max-age"]) == "0":  # a notice that was shown
            continue
        assert name.startswith("__Host-")
        assert (morsel["path"], morsel["domain"], morsel["secure"], morsel["httponly"]) == ("/", "", True, True)
    assert "1" in units(client)


def test_o9_the_whole_way_to_the_review_and_a_logout_work_with_them(shop) -> None:
    client = Client(enforce_csrf_checks=True)
    add(client)
    page = client.get("/checkout/address/", secure=True)
    assert page.status_code == 200
    token = page.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    answer = client.post(
        "/logout/", {"csrfmiddlewaretoken": token}, secure=True, headers={"Referer": "https://testserver/"}
    )
    assert answer.status_code == 303


def test_r17_a_visitor_of_before_the_release_goes_on_and_may_be_served_by_either(former) -> None:
    client = Client()
    add(client)
    assert {"sessionid", "cart"} <= set(client.cookies)
    with release(client):
        assert "1" in units(client)
        add(client)
        assert client.cookies["__Host-cart"].value == client.cookies["cart"].value
    assert "2" in units(client)
    with release(client):
        add(client)
    assert "3" in units(client)


def test_r17_while_both_run_who_is_new_may_be_served_by_either(former) -> None:
    client = Client()
    with release(client, PLAIN_COOKIES=True):
        add(client)
        assert {"__Host-cart", "cart", "__Host-sessionid", "sessionid"} <= set(client.cookies)
    assert "1" in units(client)


def echo(request):
    response = JsonResponse(dict(request.COOKIES))
    if "set" in request.GET:
        response.set_cookie("cart", "new, value", max_age=60, path="/shop/", httponly=True)
    if "forget" in request.GET:
        response.delete_cookie("cart")
    return response


def answer_of(url: str, cookies: str) -> HttpResponse:
    return HostCookiesMiddleware(echo)(RequestFactory().get(url, headers={"Cookie": cookies}))


def test_o9_the_host_s_own_wins_over_one_that_another_host_planted() -> None:
    assert answer_of("/", "cart=planted; __Host-cart=ours").content == b'{"cart": "ours"}'
    assert answer_of("/", "__Host-cart=ours; cart=planted").content == b'{"cart": "ours"}'


def test_o9_one_that_is_deleted_is_deleted_under_both_names() -> None:
    answer = answer_of("/?forget", "cart=a; __Host-cart=b")
    assert {name: str(morsel["max-age"]) for name, morsel in answer.cookies.items()} == {
        "__Host-cart": "0",
        "cart": "0",
    }


def test_o9_value_and_age_stay_and_the_path_is_everything() -> None:
    morsel = answer_of("/?set", "").cookies["__Host-cart"]
    assert (morsel.value, morsel["max-age"], morsel["path"]) == ("new, value", 60, "/")
    assert "cart" not in answer_of("/?set", "").cookies


def test_o9_in_an_async_stack_as_well() -> None:
    async def view(request):
        return echo(request)

    factory = AsyncRequestFactory()
    factory.cookies["__Host-cart"] = "ours"
    request = factory.get("/?set")
    answer = asyncio.run(HostCookiesMiddleware(view)(request))
    assert answer.content == b'{"cart": "ours"}'
    assert list(answer.cookies) == ["__Host-cart"]
