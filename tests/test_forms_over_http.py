"""Every form of the shop that changes something, as a browser sends it without a script.

S29: whatever it comes to, the answer is a redirect, so that Reload and Back repeat a GET. S30: sent twice it has one effect.
S32: no Referer is needed anywhere. The walk over the addresses finds a form that is not among them.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.urls import resolve

from checkout.models import Order, Payment
from shop.accounts.models import Profile, User
from shop.cart.models import Cart, CartLine
from tests.checkout.factories import make_order
from tests.factories import make_shipping, make_variant, set_price
from tests.sent_forms import CASES, EMAIL, PASSWORD, Browser, Case, add_form, sent, stage_form
from tests.shopper import Shopper, form_with
from tests.test_every_url import ADDRESSES, held

pytestmark = pytest.mark.django_db
BY_OTHER_SITES = {"pay-webhook", "pay-return", "demo-gateway-api"}
"""What nobody fills in: sent by the payment provider, signed."""
PROBES = {"nav-session-valid", "healthz", "readyz"}
"""Only tell something, whatever the method."""


@pytest.fixture(autouse=True)
def _shop(media, settings) -> None:
    settings.NAVSTATE_ONCE_WINDOW = 120  # the machine may be busy
    make_variant("BOOT-42", price="129.00")
    make_shipping()
    make_shipping("express", price="12.00")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_s29_whatever_it_comes_to_reload_and_back_send_nothing_again(case: Case) -> None:
    browser = Browser()
    answer = sent(browser, case)
    assert answer.status_code == 303, answer.content[:2000]
    assert answer["Cache-Control"] == "no-store"
    to = urlsplit(answer["Location"])
    assert to.netloc in {"", "testserver"}
    shown = browser.get(answer["Location"], follow=True)
    assert shown.status_code in {200, 409, 410}
    before = held(browser)
    for _ in range(2):  # Reload, and Back to it
        assert browser.get(answer["Location"], follow=True).status_code == shown.status_code
    assert held(browser) == before


def test_s29_control_without_the_browser_s_word_some_are_answered_at_once() -> None:
    """So the redirects above are not what the test itself brings about."""
    programs = Shopper()
    stale = stage_form("review")(programs)
    set_price("BOOT-42", "139.00")
    assert programs.send(stale).status_code == 409


def test_every_form_is_listed() -> None:
    """An address that takes what is sent to it is one of the forms above, or no form."""
    listed = set()
    for case in CASES.values():
        Order.objects.all().delete()
        User.objects.all().delete()
        form = case.prepare(Browser())
        listed.add(resolve(urlsplit(form.action).path).view_name)
    assert takers() - BY_OTHER_SITES == listed - {"demo-gateway-pay"}  # of the table's example nothing is known there


def takers() -> set[str]:
    """Names of the addresses that do not refuse a POST by its method alone."""
    browser = Browser()
    browser.client.handler.enforce_csrf_checks = False
    ada = User.objects.create_user(EMAIL, PASSWORD)
    order = make_order(sku="BOOT-7", user=ada).token
    found = set()
    for name, address in ADDRESSES.items():
        browser.client.force_login(ada)
        answer = browser.client.post(address.url.format(order=order, reset="1-abc"))
        if name not in PROBES and answer.status_code not in {404, 405}:
            found.add(name)
    return found


# --- The page of what changed, and the one that asks for a click -----------------------------------------------------
class TestWhatChanged:
    def test_names_it_keeps_the_input_and_goes_on_with_one_click(self) -> None:
        browser = Browser()
        answer = sent(browser, CASES["address changed elsewhere"])
        assert answer["Location"] == "/checkout/address/?changed=1"
        page = browser.get(answer["Location"])
        assert page.status_code == 409
        assert "Bonn" in page.content.decode()
        confirm = form_with(page, "conflict-confirm")
        assert confirm.fields["city"] == "Ulm"
        assert browser.send(confirm)["Location"] == "/checkout/shipping/"
        assert browser.open("/checkout/address/").fields["city"] == "Ulm"
        assert browser.get(answer["Location"]).status_code == 200  # nothing is left to be told

    def test_looked_at_again_the_input_is_still_there(self) -> None:
        browser = Browser()
        sent(browser, CASES["address changed elsewhere"])
        assert browser.open("/checkout/address/").fields["city"] == "Ulm"

    def test_what_changed_back_is_no_change(self) -> None:
        browser = Browser()
        answer = sent(browser, CASES["order at another price"])
        assert browser.get(answer["Location"]).status_code == 409
        set_price("BOOT-42", "129.00")
        page = browser.get(answer["Location"])
        assert page.status_code == 200
        assert form_with(page, "place-order")

    def test_the_order_is_what_was_confirmed(self) -> None:
        browser = Browser()
        answer = sent(browser, CASES["order at another price"])
        page = browser.get(answer["Location"])
        assert "129.00" in page.content.decode()
        assert "139.00" in page.content.decode()
        assert browser.send(form_with(page, "conflict-confirm")).status_code == 303
        assert Order.objects.get().subtotal.amount == 139

    def test_input_too_long_to_keep_is_answered_at_once(self) -> None:
        browser = Browser()
        case = CASES["address changed elsewhere"]
        form = case.prepare(browser)
        case.meanwhile(browser)
        answer = browser.send(form, {**case.changes, "city": "U" * 20_000})
        assert answer.status_code == 409


class TestOneClick:
    """S31: a token that a login in another tab replaced."""

    def test_s31_the_input_is_kept_and_one_click_sends_it(self) -> None:
        browser = Browser()
        case = CASES["address, token replaced"]
        form = case.prepare(browser)
        answer = browser.send(form, case.changes)
        assert answer["Location"] == "/api/unsent"
        page = browser.get("/api/unsent")
        assert (page.status_code, page["Cache-Control"]) == (200, "private, no-store")
        again = form_with(page, "confirm-send")
        assert again.fields["city"] == "Ulm"
        assert (again.action, again.fields["nav_seen"]) == (form.action, form.fields["nav_seen"])
        assert browser.send(again)["Location"] == "/checkout/shipping/"
        assert browser.open("/checkout/address/").fields["city"] == "Ulm"

    def test_s31_a_password_is_typed_again(self) -> None:
        browser = Browser()
        browser.add()
        form = browser.spoil(browser.open("/register/", "register-form"))
        answer = browser.send(form, {"email": EMAIL, "password1": PASSWORD, "password2": PASSWORD})
        page = browser.get(answer["Location"]).content.decode()
        assert PASSWORD not in page
        assert PASSWORD not in str(dict(browser.client.session.items()))
        assert 'href="/register/"' in page

    @pytest.mark.parametrize(("name", "hook"), [("register", "register-form"), ("login", "login-form")])
    def test_s30_a_click_after_the_login_came_through_ends_where_the_first_one_led(self, name: str, hook: str) -> None:
        """The browser has the new cookies by then, and the page that it still shows the old token."""
        browser = Browser()
        if name == "login":
            User.objects.create_user(EMAIL, PASSWORD)
        browser.add()
        form, case = browser.open(f"/{name}/", hook), CASES[name]
        first = browser.send(form, case.changes)
        assert first["Location"] == "/dashboard/"
        assert browser.send(browser.spoil(form), case.changes)["Location"] == "/api/unsent"
        later = browser.get("/api/unsent")
        assert (later.status_code, later["Location"]) == (303, "/dashboard/")
        assert "This has been completed already." in browser.get("/dashboard/").content.decode()
        assert browser.get("/api/unsent")["Location"] == "/", "it is offered no more"

    def test_a_password_for_what_is_no_stage_is_typed_again_too(self) -> None:
        browser = Browser()
        browser.add()
        form = browser.spoil(browser.open("/login/", "login-form"))
        form.action = "/category/boots/"
        browser.send(form, {"password": PASSWORD})
        assert b'href="/category/boots/"' in browser.get("/api/unsent").content

    def test_it_speaks_the_language_of_its_form(self) -> None:
        browser = Browser()
        browser.add()
        browser.send(browser.spoil(browser.open("/zh-hans/checkout/address/")))
        assert 'lang="zh-hans"' in browser.get("/api/unsent").content.decode()

    def test_it_lapses(self, monkeypatch: pytest.MonkeyPatch) -> None:
        browser = Browser()
        sent(browser, CASES["address, token replaced"])
        later = time.time() + 601
        monkeypatch.setattr("navstate.request.kept.time.time", lambda: later)
        assert browser.get("/api/unsent")["Location"] == "/"

    def test_without_a_session_to_keep_it_in_it_is_asked_at_once(self) -> None:
        browser = Browser()
        answer = browser.send(browser.spoil(browser.open("/password/reset/", "reset-form")), {"email": EMAIL})
        assert answer.status_code == 403
        assert form_with(answer, "confirm-send").fields["email"] == EMAIL


# --- S30 ------------------------------------------------------------------------------------------------------------
def effects() -> dict[str, Any]:
    """What forms bring about, for everybody together."""
    return {
        "units": sorted(CartLine.objects.values_list("variant__sku", "quantity")),
        "orders": sorted(Order.objects.values_list("status", "city", "shipping_code")),
        "payments": Payment.objects.count(),
        "drafts": sorted(Cart.objects.values_list("draft__city", "draft__shipping_method", "draft__payment_method")),
        "accounts": sorted(User.objects.values_list("email", flat=True)),
        "profiles": sorted(Profile.objects.values_list("city", "version")),
    }


ONCE = [
    "add",
    "quantity",
    "remove",
    "address",
    "shipping",
    "payment",
    "order",
    "cancel",
    "register",
    "login",
    "profile",
]


@pytest.mark.parametrize("name", ONCE)
def test_s30_sent_twice_before_the_answer_is_seen_it_has_one_effect(name: str) -> None:
    case, browser = CASES[name], Browser()
    if name == "add":
        browser.add("BOOT-42")  # it has a cart, and looks at it: before that nothing ties two requests together
        browser.get("/cart/")
    form = case.prepare(browser)
    cookies = {key: morsel.value for key, morsel in browser.client.cookies.items()}
    browser.send(form, case.changes)
    once = effects()
    browser.client.cookies.load(cookies)  # the first answer was thrown away by the second click
    assert browser.send(form, case.changes).status_code == 303
    assert effects() == once
    assert once != {key: type(it)() for key, it in once.items()}


def test_s30_control_a_second_wish_after_the_cart_was_served_counts(monkeypatch) -> None:
    monkeypatch.setattr("navstate.once.settling.GRACE", 0)
    browser = Browser()
    for units in (1, 2):
        form = add_form(browser)
        browser.send(form)
        browser.send(form)
        assert CartLine.objects.get().quantity == units
        browser.get("/cart/")


def test_s30_a_cart_on_its_way_to_the_screen_does_not_count_as_seen() -> None:
    """Until it is there, the form stands there and can be sent again."""
    browser = Browser()
    form = add_form(browser)
    browser.send(form)
    browser.get("/cart/")
    browser.send(form)
    assert CartLine.objects.get().quantity == 1


def test_s30_nor_does_a_prefetch(monkeypatch) -> None:
    monkeypatch.setattr("navstate.once.settling.GRACE", 0)
    browser = Browser()
    form = add_form(browser)
    browser.send(form)
    browser.get("/cart/", headers={"Sec-Purpose": "prefetch;prerender"})
    browser.send(form)
    assert CartLine.objects.get().quantity == 1


def test_s30_a_wish_counts_again_once_the_window_is_over(settings) -> None:
    settings.NAVSTATE_ONCE_WINDOW = 0
    browser = Browser()
    form = add_form(browser)
    browser.send(form)
    browser.send(form)
    assert CartLine.objects.get().quantity == 2


def test_s30_a_second_click_is_told_what_the_first_did() -> None:
    browser = Browser()
    browser.add("BOOT-42")
    browser.get("/cart/")
    form, cookies = add_form(browser), {key: it.value for key, it in browser.client.cookies.items()}
    browser.send(form)
    browser.client.cookies.clear()  # the first answer was thrown away by the second click
    browser.client.cookies.load(cookies)
    browser.send(form)
    page = browser.get("/cart/").content.decode()
    assert page.count("Trail boot is in your cart.") + page.count("Trail Boot is in your cart.") == 1


def test_s30_another_wish_is_another(db) -> None:
    browser = Browser()
    form = add_form(browser)
    for quantity in ("1", "2"):
        browser.send(form, {"quantity": quantity})
    assert CartLine.objects.get().quantity == 3


# --- S35: the browser says nothing about where the form stood ---------------------------------------------------------
def silent(browser: Browser) -> None:
    browser.client.defaults.pop("HTTP_SEC_FETCH_SITE")


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.is_valid])
def test_s35_without_a_word_of_the_browser_the_token_decides(name: str) -> None:
    browser = Browser()
    form = CASES[name].prepare(browser)
    CASES[name].meanwhile(browser)
    silent(browser)
    before = effects()
    token = form.fields.pop("csrfmiddlewaretoken", "")
    refused = browser.send(form, CASES[name].changes)
    assert refused.status_code == 403 or refused["Location"] == "/api/unsent"
    assert effects() == before
    if not token:  # a form of a public page has none: the page that asks once more has
        token = token_of(refused if refused.status_code == 403 else browser.get("/api/unsent"))
    form.fields["csrfmiddlewaretoken"] = token
    taken = browser.send(form, CASES[name].changes)
    assert taken.status_code == 303
    assert taken["Location"] != "/api/unsent"


@pytest.mark.parametrize("name", ["add", "address", "order", "login", "stay"])
def test_s35_another_origin_is_another_site(name: str) -> None:
    browser = Browser()
    form = CASES[name].prepare(browser)
    silent(browser)
    before = effects()
    answer = browser.send(form, CASES[name].changes, headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert effects() == before


def token_of(page: HttpResponse) -> str:
    return form_with(page, "confirm-send").fields["csrfmiddlewaretoken"]


# --- S32 ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.is_valid])
def test_s32_no_form_needs_a_referer(name: str) -> None:
    """Nothing above sends one. One from anywhere else changes nothing, in what is answered and in what is done."""
    outcomes = []
    for referer in ({}, {"Referer": "https://elsewhere.example/page"}):
        Order.objects.all().delete()
        User.objects.all().delete()
        Cart.objects.all().delete()
        browser = Browser()
        form = CASES[name].prepare(browser)
        CASES[name].meanwhile(browser)
        answer = browser.send(form, CASES[name].changes, headers=referer)
        way = urlsplit(answer["Location"]).path.split("/")[:3]
        outcomes.append((answer.status_code, way[:2] if way[1] == "order" else way, effects()))
        assert "HTTP_REFERER" in answer.wsgi_request.META or not referer
    assert outcomes[0] == outcomes[1]
