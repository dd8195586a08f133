"""Every address of the project: which cache class it has, what it varies on, and that a prefetch of it changes nothing.

The walk over the URLconf finds an address that is not in the table below: whoever adds one says here what it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.tokens import default_token_generator
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import int_to_base36

from navstate.decorators import declaration_of
from shop.accounts.models import User
from tests.checkout.factories import make_order
from tests.factories import make_shipping, make_variant
from tests.shopper import Shopper
from tests.visits import NAVIGATION, key_of, seconds_left, set_left

pytestmark = pytest.mark.django_db
EMAIL, PASSWORD = "ada@example.org", "seven-larks-9"
PREFETCHES = (
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Moz": "prefetch"},
)


@dataclass(frozen=True)
class Address:
    """``url``: an example; the braces are filled with what the test has made. ``cache``: class of R8, ``""`` for none.

    ``only_post``: a GET is answered with 405.
    """

    url: str
    cache: str
    only_post: bool = False


ADDRESSES = {
    "home": Address("/", "public"),
    "category": Address("/category/boots/?sort=price", "public"),
    "search": Address("/search/?q=boot", "public"),
    "product": Address("/product/trail-boot/?variant=BOOT-42", "public"),
    "media": Address("/media/boot.svg", "public"),
    "cart": Address("/cart/", "stage"),
    "cart-summary": Address("/cart/summary", "stage"),
    "cart-add": Address("/cart/add/", "private", only_post=True),
    "cart-line": Address("/cart/line/1/", "private", only_post=True),
    "cart-told": Address("/cart/told/", "private", only_post=True),
    "cart-badge": Address("/cart/badge/", "private"),
    "checkout": Address("/checkout/", "private"),
    "checkout-address": Address("/checkout/address/", "stage"),
    "checkout-shipping": Address("/checkout/shipping/", "stage"),
    "checkout-payment": Address("/checkout/payment/", "stage"),
    "checkout-review": Address("/checkout/review/", "stage"),
    "pay": Address("/pay/{order}/", "stage"),
    "receipt": Address("/order/{order}/", "stage"),
    "pay-return": Address("/pay/callback/demo/", ""),
    "pay-webhook": Address("/pay/webhook/demo/", "", only_post=True),
    "demo-gateway-pay": Address("/demo-gateway/pay/unknown/", ""),
    "demo-gateway-api": Address("/demo-gateway/api/get/", "", only_post=True),
    "account_login": Address("/login/?redirect=/profile/", "stage"),
    "account_logout": Address("/logout/", "private"),
    "account_signup": Address("/register/", "private"),
    "account_inactive": Address("/account/inactive/", "private"),
    "account_reset_password": Address("/password/reset/", "private"),
    "account_reset_password_done": Address("/password/reset/done/", "private"),
    "account_reset_password_from_key": Address("/password/reset/key/{reset}/", "private"),
    "account_reset_password_from_key_done": Address("/password/reset/key/done/", "private"),
    "dashboard": Address("/dashboard/", "stage"),
    "profile": Address("/profile/", "stage"),
    "orders": Address("/dashboard/orders/", "stage"),
    "nav-route": Address("/api/route?rid=cart", "private"),
    "nav-unsent": Address("/api/unsent", "private"),
    "nav-session-valid": Address("/api/session/valid", ""),
    "nav-session-renew": Address("/api/session/renew", "private", only_post=True),
    "healthz": Address("/healthz", "private"),
    "readyz": Address("/readyz", "private"),
}
IN_TWO_LANGUAGES = ("/", "/category/boots/", "/cart/", "/login/", "/checkout/address/")


def routes(patterns: Sequence[URLPattern | URLResolver], namespace: str = "") -> Iterator[tuple[str, Any]]:
    """Name, with its namespaces, and view of each entry of the URLconf."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(
                pattern.url_patterns, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            )
        else:
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern.callback


def own_routes() -> dict[str, Any]:
    return {name: view for name, view in routes(get_resolver().url_patterns) if not name.startswith("admin:")}


def staff_pages() -> list[str]:
    """Addresses of all staff pages that need no number of a thing."""
    names = [name for name, _ in routes(get_resolver().url_patterns) if name.startswith("admin:")]
    found = []
    for name in names:
        with contextlib.suppress(NoReverseMatch):
            found.append(reverse(name))
    return found


@dataclass
class Scene:
    """A shop with something in it, and whoever looks at it."""

    shopper: Shopper
    filled: dict[str, str]

    def get(self, address: Address, **headers: str) -> HttpResponse:
        return self.shopper.get(address.url.format(**self.filled), headers=headers)


@pytest.fixture(params=["a stranger", "a guest in the checkout", "an account"])
def scene(request, media) -> Scene:
    make_variant("BOOT-42")
    make_shipping()
    default_storage.save("boot.svg", ContentFile(b"<svg xmlns='http://www.w3.org/2000/svg'/>"))
    ada = User.objects.create_user(EMAIL, PASSWORD)
    order = make_order(sku="BOOT-7", user=ada)
    reset = f"{int_to_base36(ada.pk)}-{default_token_generator.make_token(ada)}"
    shopper = Shopper()
    if request.param != "a stranger":
        shopper.go_to_review()
    if request.param == "an account":
        shopper.send(shopper.open("/login/", "login-form"), {"login": EMAIL, "password": PASSWORD})
        ada.refresh_from_db()
        reset = f"{int_to_base36(ada.pk)}-{default_token_generator.make_token(ada)}"
    return Scene(shopper, {"order": order.token, "reset": reset})


def vary(response: HttpResponse) -> set[str]:
    return {name.strip().lower() for name in response.get("Vary", "").split(",")} - {""}


def held(shopper: Shopper) -> dict[str, Any]:
    """All that the shop keeps: every row of every table, the session, its end, and the cookies of this browser."""
    rows = {model._meta.label: sorted(map(repr, model.objects.values())) for model in apps.get_models()}
    session = dict(shopper.client.session.items()) if key_of(shopper.client) else {}
    cookies = {name: morsel.value for name, morsel in shopper.client.cookies.items() if name != "csrftoken"}
    return {"rows": rows, "session": session, "cookies": cookies}


def test_every_address_is_listed() -> None:
    assert own_routes().keys() == ADDRESSES.keys()


def test_views_declare_what_is_listed() -> None:
    declared = {name: declaration_of(view).cache for name, view in own_routes().items()}
    assert declared == {name: address.cache for name, address in ADDRESSES.items()}


ASKED_BY_SCRIPT = {"cart-badge", "nav-route", "nav-session-valid"}
"""What a page asks beside itself: a ``no-store`` answer to a script would keep it out of Chromium's bfcache (N17)."""


def test_cache_class_and_vary(scene: Scene) -> None:
    for name, address in ADDRESSES.items():
        response = scene.get(address)
        assert response.status_code in ({405} if address.only_post else {200, 204, 303, 401, 403, 404}), name
        if address.cache == "public":
            assert_public(name, response)
            continue
        if name in ASKED_BY_SCRIPT:
            assert response["Cache-Control"] == "private, no-cache", name
            continue
        assert "no-store" in response["Cache-Control"], name
        assert "public" not in response["Cache-Control"], name
        if address.cache:
            assert "hx-request" in vary(response), name
        if address.cache and response.status_code == 200:
            assert response["Cache-Control"] == "private, no-store", name


def assert_public(name: str, response: HttpResponse) -> None:
    assert response.status_code == 200, name
    assert "public" in response["Cache-Control"], name
    assert "no-store" not in response["Cache-Control"], name
    assert "cookie" not in vary(response), name
    assert not response.cookies, name
    assert vary(response) >= {"hx-request"}, name
    if name != "media":
        assert response["Cache-Control"] == "public, no-cache", name
        assert response["ETag"], name


def test_s02_page_and_fragment_vary_on_what_asks(scene: Scene) -> None:
    for name, address in ADDRESSES.items():
        if address.cache in {"public", "stage"} and name != "media":
            fragment = scene.get(address, **{"HX-Request": "true"})
            assert "hx-request" in vary(fragment), name
            assert "no-store" in fragment["Cache-Control"], name


def test_s49_what_reads_the_session_says_so(scene: Scene) -> None:
    readers = set()
    for name, address in ADDRESSES.items():
        response = scene.get(address)
        session = getattr(response.wsgi_request, "session", None)  # not there where the answer was early
        if response.cookies or (session is not None and session.accessed):
            assert "cookie" in vary(response), name
            assert "public" not in response["Cache-Control"], name
            readers.add(name)
    assert len(readers) > 10


def test_s34_a_prefetch_changes_nothing(scene: Scene) -> None:
    client = scene.shopper.client
    if key_of(client):
        set_left(client, 7 * 24 * 3600)  # a renewal would be due
    before, left = held(scene.shopper), seconds_left(client)
    for name, address in ADDRESSES.items():
        for purpose in PREFETCHES:
            scene.get(address, **NAVIGATION, **purpose)
        assert held(scene.shopper) == before, name
    assert seconds_left(client) <= left


def test_the_same_requests_by_the_shopper_renew(scene: Scene) -> None:
    """So that the test before this one would notice."""
    client = scene.shopper.client
    if key_of(client):
        set_left(client, 7 * 24 * 3600)
        scene.get(ADDRESSES["checkout-address"], **NAVIGATION)
        assert seconds_left(client) > 7 * 24 * 3600 + 60


def test_the_last_test_would_notice(scene: Scene) -> None:
    before = held(scene.shopper)
    scene.shopper.add("BOOT-42")
    assert held(scene.shopper) != before


# --- S35: what another site sends ---
UNSAFE = ("post", "put", "patch", "delete")
FROM_OTHER_SITES = {"pay-webhook", "pay-return", "demo-gateway-api"}
"""Signed by the provider, or with its key; who sends them is for the view to find out."""
ELSEWHERE = ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"})


@pytest.mark.parametrize("method", UNSAFE)
def test_s35_what_another_site_sends_is_refused_whatever_it_carries(scene: Scene, method: str) -> None:
    client = scene.shopper.client
    for url in ("/login/", "/cart/"):  # it has a token, and has read what was waiting to be told
        client.get(url)
    before, token = held(scene.shopper), {"csrfmiddlewaretoken": client.cookies["csrftoken"].value}
    for name, address in ADDRESSES.items():
        for headers in ELSEWHERE:
            body = {"data": token} if method == "post" else {}
            answer = getattr(client, method)(address.url.format(**scene.filled), headers=headers, **body)
            if name in FROM_OTHER_SITES:
                assert answer.status_code in {400, 404, 405}, name  # no provider has signed it
            else:
                assert answer.status_code == (405 if name == "nav-session-valid" else 403), name
    assert held(scene.shopper) == before


def test_s35_nor_do_staff_pages_take_it(admin_client: Client) -> None:
    for url in staff_pages():
        assert admin_client.post(url, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403, url


def test_s35_a_link_on_another_site_is_followed_all_the_same(scene: Scene) -> None:
    for name, address in ADDRESSES.items():
        if not address.only_post:
            arrived, here = scene.get(address, **ELSEWHERE[0]), scene.get(address)
            assert arrived.status_code == here.status_code, name


@pytest.mark.parametrize("url", IN_TWO_LANGUAGES)
def test_both_languages_are_of_one_class(scene: Scene, url: str) -> None:
    english, chinese = (scene.shopper.get(prefix + url) for prefix in ("", "/zh-hans"))
    assert english["Cache-Control"] == chinese["Cache-Control"]
    assert vary(english) == vary(chinese)


@pytest.mark.parametrize("is_staff", [True, False])
def test_s22_staff_pages_are_kept_nowhere(admin_client: Client, client: Client, is_staff: bool) -> None:
    visitor, pages = (admin_client if is_staff else client), staff_pages()
    assert len(pages) > 30
    for url in pages:
        response = visitor.get(url)
        # Sentences for the scripts of the forms, the same for everybody.
        is_for_all = url.endswith("/jsi18n/") and not response.wsgi_request.session.accessed
        assert is_for_all or "no-store" in response["Cache-Control"], url


def test_s22_nor_is_a_page_that_does_not_exist(client: Client) -> None:
    answer = client.get("/no-such-page/")
    assert (answer.status_code, answer["Cache-Control"]) == (404, "private, no-store")
