"""/register/: an account in one step, logged in at once."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress

from shop.accounts.models import User
from shop.cart.models import Cart
from tests.factories import make_variant
from tests.shop.accounts.conftest import EMAIL, PASSWORD
from tests.shopper import Shopper

pytestmark = pytest.mark.django_db

NEW = {"email": "New.Walker@Example.org", "password1": PASSWORD, "password2": PASSWORD}


def register(shopper: Shopper, url: str = "/register/", **changes: str):
    return shopper.send(shopper.open(url, "register-form"), {**NEW, **changes})


def test_makes_an_account_in_lower_case_and_logs_in(shopper: Shopper) -> None:
    response = register(shopper)
    assert (response.status_code, response["Location"]) == (303, "/dashboard/")
    user = User.objects.get()
    assert user.email == "new.walker@example.org"
    assert user.check_password(PASSWORD)
    assert "new.walker@example.org" in shopper.get("/dashboard/").content.decode()


def test_case_j_what_is_pasted_along_and_cannot_be_seen_is_no_part_of_the_address(shopper: Shopper) -> None:
    register(shopper, email="\ufeffnew.one@example.org\u200e")
    assert User.objects.get().email == "new.one@example.org"


def test_goes_back_to_where_it_was_asked_from(shopper: Shopper) -> None:
    assert register(shopper, "/register/?redirect=/checkout/")["Location"] == "/checkout/"


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "%5C%5Cevil.example", "javascript:alert(1)"]
)
def test_s33_never_leaves_the_site(shopper: Shopper, target: str) -> None:
    assert register(shopper, f"/register/?redirect={target}")["Location"] == "/dashboard/"


def test_the_guest_s_cart_comes_along(shopper: Shopper) -> None:
    make_variant("BOOT-42")
    shopper.add("BOOT-42", 2)
    register(shopper)
    assert Cart.objects.get(user__email="new.walker@example.org").lines.get().quantity == 2
    assert "Your cart came along" in shopper.get("/dashboard/").content.decode()


def test_the_page_is_private_and_its_fields_speak_to_password_managers(shopper: Shopper) -> None:
    response = shopper.get("/register/")
    page = response.content.decode()
    assert response["Cache-Control"] == "private, no-store"
    assert page.count('autocomplete="new-password"') == 2
    assert 'autocomplete="email"' in page
    assert 'placeholder="Password' not in page


@pytest.mark.parametrize("email", [EMAIL, " ADA@EXAMPLE.ORG"])
def test_s30_the_same_account_again_is_let_in(ada: User, shopper: Shopper, email: str) -> None:
    """The second of two clicks, whose browser never saw the answer to the first."""
    make_variant("BOOT-42")
    shopper.add("BOOT-42")
    response = register(shopper, "/register/?redirect=/checkout/", email=email)
    assert (response.status_code, response["Location"]) == (303, "/checkout/")
    assert User.objects.get() == ada
    assert EMAIL in shopper.get("/dashboard/").content.decode()
    assert Cart.objects.get(user=ada).lines.count() == 1


def test_a_password_guessed_here_counts_as_one_guessed_at_the_login(ada: User, shopper: Shopper) -> None:
    for number in range(10):
        wrong = f"eight-owls-{number}"
        answer = register(shopper, email=EMAIL, password1=wrong, password2=wrong)
    assert answer.status_code == 429
    assert register(shopper, email=EMAIL).status_code == 429
    assert shopper.get("/dashboard/").status_code == 303


@pytest.mark.parametrize("email", [EMAIL, "ADA@EXAMPLE.ORG"])
def test_a_taken_address_is_told_at_its_field(ada: User, shopper: Shopper, email: str) -> None:
    other = {"password1": "eight-owls-10", "password2": "eight-owls-10"}
    response = register(shopper, email=email, **other)
    assert (response.status_code, response["Location"]) == (303, "/register/")
    page = shopper.get("/register/").content.decode()
    assert 'id="id_email_error"' in page
    assert f'value="{email}"' in page
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password2": "something-else-9"}, "password2"),
        ({"password1": "12345678", "password2": "12345678"}, "password1"),
        ({"password1": "short", "password2": "short"}, "password1"),
        ({"password1": "New.Walker@Example.org", "password2": "New.Walker@Example.org"}, "password1"),
        ({"email": "not an address"}, "email"),
        ({"email": ""}, "email"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_the_address_kept(shopper: Shopper, changes: dict, field: str) -> None:
    assert register(shopper, **changes)["Location"] == "/register/"
    page = shopper.get("/register/").content.decode()
    assert f'id="id_{field}_error"' in page
    assert f'value="{changes.get("email", NEW["email"])}"' in page or changes.get("email") == ""
    assert not User.objects.exists()


@pytest.mark.parametrize(("password", "to"), [(PASSWORD, "/dashboard/"), ("eight-owls-10", "/register/")])
def test_two_at_once_make_one_account(shopper: Shopper, monkeypatch, password: str, to: str) -> None:
    """The second passes validation before the first is written; the unique address decides, the password who is let in."""
    form = shopper.open("/register/", "register-form")
    monkeypatch.setattr("shop.accounts.forms.SignupForm.validate_unique_email", lambda self, value: value)
    User.objects.create_user(NEW["email"], password)
    response = shopper.send(form, NEW)
    assert (response.status_code, response["Location"]) == (303, to)
    assert ('id="id_email_error"' in shopper.get(to).content.decode()) is (to == "/register/")
    assert User.objects.count() == 1
    assert EmailAddress.objects.count() <= 1


def test_asking_for_many_addresses_is_slowed_down(shopper: Shopper, settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"signup": "2/m/ip"}
    form = shopper.open("/register/", "register-form")
    answers = [shopper.send(form, NEW | {"email": "bad"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    page = answers[-1].content.decode()
    assert "Please wait a minute" in page
    assert 'href="/register/"' in page
