"""Every form of the shop that changes something: how it is come by, what is typed in, and what others do meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.tokens import default_token_generator
from django.http import HttpResponse
from django.utils.http import int_to_base36

from navstate.testing.forms import Form
from shop.accounts.models import User
from shop.cart.models import CartLine
from shop.catalog.models import Variant
from tests.checkout.factories import make_order
from tests.factories import make_variant, set_price
from tests.shopper import ADDRESS, Shopper, form_with
from tests.visits import NAVIGATION

EMAIL, PASSWORD, NEW = "ada@example.org", "seven-larks-9", "eight-owls-10"


class Browser(Shopper):
    """Says of each request that it navigates, as browsers do; sends no Referer."""

    def __init__(self) -> None:
        super().__init__(
            Accept="text/html", **{name: it for name, it in NAVIGATION.items() if name != "Sec-Fetch-Site"}
        )

    def log_in(self) -> None:
        User.objects.filter(email=EMAIL).exists() or User.objects.create_user(EMAIL, PASSWORD)
        self.send(self.open("/login/", "login-form"), {"login": EMAIL, "password": PASSWORD})

    def spoil(self, form: Form) -> Form:
        """The form with a token that a login elsewhere has replaced."""
        form.fields["csrfmiddlewaretoken"] = "x" * 64
        return form


@dataclass(frozen=True)
class Case:
    """``prepare``: looks at a page and comes back with its form. ``changes``: what is typed in. ``meanwhile``: what others
    do before it is sent. ``effect``: what is counted to see whether it was done."""

    prepare: Callable[[Browser], Form]
    changes: dict[str, str] = field(default_factory=dict)
    meanwhile: Callable[[Browser], Any] = lambda browser: None
    is_valid: bool = True


def cart_form(hook: str) -> Callable[[Browser], Form]:
    def prepare(browser: Browser) -> Form:
        browser.add()
        return browser.open("/cart/", hook)

    return prepare


def stage_form(stage: str) -> Callable[[Browser], Form]:
    def prepare(browser: Browser) -> Form:
        browser.go_to_review()
        return browser.open(f"/checkout/{stage}/", "place-order" if stage == "review" else "stage-submit")

    return prepare


def page_form(url: str, hook: str, *, signed_in: bool = False) -> Callable[[Browser], Form]:
    def prepare(browser: Browser) -> Form:
        if signed_in:
            browser.log_in()
        return browser.open(url, hook)

    return prepare


def pay_form(hook: str) -> Callable[[Browser], Form]:
    def prepare(browser: Browser) -> Form:
        Variant.objects.filter(sku="PACK").delete()
        order = make_order(sku="PACK", gateway="demo", with_cart=True)
        return browser.open(f"/pay/{order.token}/", hook)

    return prepare


def proof_form(browser: Browser) -> Form:
    """Of a receipt that another browser has ordered."""
    Variant.objects.filter(sku="PACK").delete()
    return browser.open(f"/order/{make_order(sku='PACK', gateway='demo').token}/", "proof-submit")


def new_password_form(browser: Browser) -> Form:
    ada = User.objects.create_user(EMAIL, PASSWORD)
    key = f"{int_to_base36(ada.pk)}-{default_token_generator.make_token(ada)}"
    return browser.open(f"/password/reset/key/{key}/", "new-password-form")


def demo_form(hook: str) -> Callable[[Browser], Form]:
    def prepare(browser: Browser) -> Form:
        answer = browser.send(browser.go_to_review())
        url = urlsplit(answer["Location"]).path
        form = form_with(browser.get(url), hook)
        form.action = form.action or url
        form.fields["action"] = hook.removeprefix("gateway-")
        return form

    return prepare


def add_form(browser: Browser) -> Form:
    form = form_with(browser.get("/product/trail-boot/"), "add-to-cart")
    form.fields["sku"] = "BOOT-42"
    return form


def told_form(browser: Browser) -> Form:
    """Of an article that was deleted while it was in the cart."""
    make_variant("GONE", title="Gone")
    browser.add("GONE")
    Variant.objects.filter(sku="GONE").delete()
    return form_with(browser.get("/cart/"), "told")


def renew_form(browser: Browser) -> Form:
    browser.add()
    return form_with(browser.get("/cart/"), "session-renew")


def elsewhere(**changes: str) -> Callable[[Browser], Any]:
    """Another tab of the same browser sends another address first."""
    return lambda browser: browser.give_address(**changes)


CASES = {
    "add": Case(add_form),
    "add nothing": Case(add_form, {"sku": "NONE"}, is_valid=False),
    "quantity": Case(cart_form("line-quantity"), {"quantity": "3"}),
    "quantity out of range": Case(cart_form("line-quantity"), {"quantity": "-1"}, is_valid=False),
    "quantity of a line that is gone": Case(
        cart_form("line-quantity"), {"quantity": "3"}, lambda _: CartLine.objects.all().delete(), is_valid=False
    ),
    "remove": Case(cart_form("line-remove")),
    "told": Case(told_form),
    "remove, token replaced": Case(lambda b: b.spoil(cart_form("line-remove")(b)), is_valid=False),
    "address": Case(stage_form("address"), {**ADDRESS, "city": "Ulm"}),
    "address without a town": Case(stage_form("address"), {**ADDRESS, "city": ""}, is_valid=False),
    "address changed elsewhere": Case(
        stage_form("address"), {**ADDRESS, "city": "Ulm"}, elsewhere(city="Bonn"), is_valid=False
    ),
    "address, token replaced": Case(lambda b: b.spoil(stage_form("address")(b)), {"city": "Ulm"}, is_valid=False),
    "address, session gone": Case(stage_form("address"), {"city": "Ulm"}, lambda b: b.client.session.flush()),
    "shipping": Case(stage_form("shipping"), {"shipping_method": "express"}),
    "shipping that is none": Case(stage_form("shipping"), {"shipping_method": "kite"}, is_valid=False),
    "payment": Case(stage_form("payment"), {"payment_method": "demo"}),
    "payment that is none": Case(stage_form("payment"), {"payment_method": "shells"}, is_valid=False),
    "order": Case(stage_form("review")),
    "order at another price": Case(
        stage_form("review"), meanwhile=lambda _: set_price("BOOT-42", "139.00"), is_valid=False
    ),
    "pay": Case(pay_form("resume-payment")),
    "pay in a way that is none": Case(pay_form("resume-payment"), {"gateway": "shells"}, is_valid=False),
    "cancel": Case(pay_form("cancel-order"), {"action": "cancel"}),
    "proof": Case(proof_form, {"proof": "79098"}),
    "proof, wrong": Case(proof_form, {"proof": "10115"}, is_valid=False),
    "login": Case(
        lambda b: User.objects.create_user(EMAIL, PASSWORD) and page_form("/login/", "login-form")(b),
        {"login": EMAIL, "password": PASSWORD},
    ),
    "login, wrong": Case(page_form("/login/", "login-form"), {"login": EMAIL, "password": "x"}, is_valid=False),
    "register": Case(
        page_form("/register/", "register-form"), {"email": EMAIL, "password1": PASSWORD, "password2": PASSWORD}
    ),
    "register, two passwords": Case(
        page_form("/register/", "register-form"),
        {"email": EMAIL, "password1": PASSWORD, "password2": NEW},
        is_valid=False,
    ),
    "logout": Case(page_form("/logout/", "logout", signed_in=True)),
    "reset": Case(page_form("/password/reset/", "reset-form"), {"email": EMAIL}),
    "reset, no address": Case(page_form("/password/reset/", "reset-form"), {"email": "ada"}, is_valid=False),
    "new password": Case(new_password_form, {"password1": NEW, "password2": NEW}),
    "new password, too short": Case(new_password_form, {"password1": "x", "password2": "x"}, is_valid=False),
    "new password, link used": Case(
        new_password_form,
        {"password1": NEW, "password2": NEW},
        lambda _: [user.set_password("x") or user.save() for user in User.objects.all()],
        is_valid=False,
    ),
    "profile": Case(page_form("/profile/", "profile-form", signed_in=True), {**ADDRESS, "city": "Ulm"}),
    "profile without a town": Case(
        page_form("/profile/", "profile-form", signed_in=True), {**ADDRESS, "city": ""}, is_valid=False
    ),
    "profile changed elsewhere": Case(
        page_form("/profile/", "profile-form", signed_in=True),
        {**ADDRESS, "city": "Ulm"},
        lambda b: b.send(b.open("/profile/", "profile-form"), {**ADDRESS, "city": "Bonn"}),
        is_valid=False,
    ),
    "profile, session gone": Case(
        page_form("/profile/", "profile-form", signed_in=True), ADDRESS, lambda b: b.client.session.flush()
    ),
    "stay": Case(renew_form),
    "demo pay": Case(demo_form("gateway-pay")),
    "demo decline": Case(demo_form("gateway-decline")),
}


def sent(browser: Browser, case: Case) -> HttpResponse:
    form = case.prepare(browser)
    case.meanwhile(browser)
    return browser.send(form, case.changes)
