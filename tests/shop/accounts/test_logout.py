"""/logout/: one button, and nothing of the account stays behind in the browser."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from navstate.sessions import NAV_ID_KEY
from shop.accounts.models import User
from shop.cart.models import Cart
from tests.factories import make_variant
from tests.shop.accounts.conftest import EMAIL, PASSWORD, log_in
from tests.shopper import Shopper, form_with

pytestmark = pytest.mark.django_db


def log_out(shopper: Shopper):
    return shopper.send(shopper.open("/logout/", "logout"))


def test_get_shows_one_button_and_changes_nothing(signed_in: Shopper) -> None:
    response = signed_in.get("/logout/")
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-store"
    assert form_with(response, "logout").action == "/logout/"
    assert signed_in.get("/dashboard/").status_code == 200


def test_lands_on_the_login_page_with_a_notice(signed_in: Shopper) -> None:
    response = log_out(signed_in)
    assert (response.status_code, response["Location"]) == (303, "/login/")
    assert response["Cache-Control"] == "no-store"
    page = signed_in.get("/login/").content.decode()
    assert "You are logged out." in page
    assert 'data-kind="info"' in page


def test_leaves_nothing_behind(signed_in: Shopper) -> None:
    make_variant("BOOT-42")
    signed_in.add("BOOT-42")
    key = signed_in.client.cookies[settings.SESSION_COOKIE_NAME].value
    response = log_out(signed_in)
    assert response["Clear-Site-Data"] == '"cache"'
    assert response.cookies["navrev"].value
    assert response.cookies["cart"]["max-age"] == 0
    assert response.cookies[settings.SESSION_COOKIE_NAME]["max-age"] == 0
    assert not Session.objects.filter(session_key=key).exists()
    assert NAV_ID_KEY not in signed_in.client.session


def test_the_old_cookie_opens_nothing(signed_in: Shopper) -> None:
    old = signed_in.client.cookies[settings.SESSION_COOKIE_NAME].value
    log_out(signed_in)
    signed_in.client.cookies[settings.SESSION_COOKIE_NAME] = old
    assert signed_in.get("/dashboard/")["Location"] == "/login/?redirect=/dashboard/"


def test_s45_the_next_at_this_browser_sees_none_of_it_and_the_first_finds_it_again(signed_in: Shopper) -> None:
    User.objects.create_user("ben@example.org", PASSWORD)
    make_variant("BOOT-42")
    signed_in.add("BOOT-42", 2)
    token = signed_in.client.cookies["cart"].value
    log_out(signed_in)
    assert "Trail Boot" not in signed_in.get("/cart/").content.decode()
    log_in(signed_in, "ben@example.org")
    assert "Trail Boot" not in signed_in.get("/cart/").content.decode()
    assert not Cart.objects.filter(user__email="ben@example.org", lines__isnull=False).exists()
    elsewhere = Shopper()
    log_in(elsewhere)
    assert "Trail Boot" in elsewhere.get("/cart/").content.decode()
    assert elsewhere.client.cookies["cart"].value == token


def test_s45_not_even_with_the_cart_s_cookie_in_hand(signed_in: Shopper) -> None:
    make_variant("BOOT-42")
    signed_in.add("BOOT-42")
    token = signed_in.client.cookies["cart"].value
    log_out(signed_in)
    signed_in.client.cookies["cart"] = token
    assert "Trail Boot" not in signed_in.get("/cart/").content.decode()


def test_s45_what_one_typed_is_not_shown_to_the_next(signed_in: Shopper) -> None:
    User.objects.create_user("ben@example.org", PASSWORD)
    signed_in.fill("/profile/", name="Ada Secret", country="??")
    log_out(signed_in)
    log_in(signed_in, "ben@example.org")
    assert "Ada Secret" not in signed_in.get("/profile/").content.decode()


def test_a_guest_is_led_on_and_keeps_the_cart(shopper: Shopper) -> None:
    make_variant("BOOT-42")
    shopper.add("BOOT-42")
    assert shopper.get("/logout/")["Location"] == "/login/"
    token = shopper.get("/login/").context["csrf_token"]
    response = shopper.client.post("/logout/", {"csrfmiddlewaretoken": str(token)})
    assert (response.status_code, response["Location"]) == (303, "/login/")
    assert "Clear-Site-Data" not in response
    assert "Trail Boot" in shopper.get("/cart/").content.decode()


@pytest.mark.parametrize("query", ["?next=/profile/", "?redirect=//evil.example/", "?next=https://evil.example/"])
def test_s33_goes_nowhere_else(signed_in: Shopper, query: str) -> None:
    form = signed_in.open(f"/logout/{query}", "logout")
    assert signed_in.send(form)["Location"] == "/login/"


def test_by_htmx_the_whole_page_goes(signed_in: Shopper) -> None:
    form = signed_in.open("/logout/", "logout")
    response = signed_in.send(form, headers={"HX-Request": "true", "Sec-Fetch-Site": "same-origin"})
    assert response["HX-Redirect"] == "/login/"
    assert EMAIL not in signed_in.get("/login/").content.decode()


def test_another_site_cannot_log_anybody_out(signed_in: Shopper) -> None:
    form = signed_in.open("/logout/", "logout")
    response = signed_in.send(form, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert signed_in.get("/dashboard/").status_code == 200
