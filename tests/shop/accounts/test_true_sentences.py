"""What the account pages say is so when they say it (issue 8, N8)."""

from __future__ import annotations

import time

import pytest

from shop.accounts.devices import TIMES
from shop.accounts.models import User
from tests.factories import make_variant
from tests.shop.accounts.conftest import EMAIL, PASSWORD, log_in
from tests.shop.accounts.test_profile import ADDRESS
from tests.shop.accounts.test_reset import NEW, link_for
from tests.shopper import Shopper, text_of

pytestmark = pytest.mark.django_db

DONE = {
    "/password/reset/done/": ("Check your e-mail", "Nothing was sent just now"),
    "/password/reset/key/done/": ("Your password is changed", "Nothing was changed just now"),
    "/account/inactive/": ("This account is closed", "No account was looked at just now"),
}


def act(url: str, shopper: Shopper) -> None:
    if url == "/password/reset/done/":
        shopper.send(shopper.open("/password/reset/", "reset-form"), {"email": EMAIL})
    elif url == "/password/reset/key/done/":
        shopper.send(shopper.open(link_for(shopper), "new-password-form"), {"password1": NEW, "password2": NEW})
    else:
        User.objects.update(is_active=False)
        log_in(shopper)


@pytest.mark.parametrize("url", DONE)
def test_n8_what_was_done_is_said_where_it_was_done(ada: User, shopper: Shopper, url: str) -> None:
    done, nothing = DONE[url]
    assert nothing in text_of(shopper.get(url))
    act(url, shopper)
    for _ in range(2):
        assert done in text_of(shopper.get(url))
    assert nothing in text_of(Shopper().get(url))


def test_n8_and_not_for_ever(ada: User, shopper: Shopper, monkeypatch: pytest.MonkeyPatch) -> None:
    act("/password/reset/done/", shopper)
    later = time.time() + 3601
    monkeypatch.setattr("shop.accounts.done.time.time", lambda: later)
    assert "Nothing was sent just now" in text_of(shopper.get("/password/reset/done/"))


def test_n8_a_link_that_was_used_does_not_say_that_the_password_is_as_it_was(ada: User, shopper: Shopper) -> None:
    link = link_for(shopper)
    shopper.send(shopper.open(link, "new-password-form"), {"password1": NEW, "password2": NEW})
    page = text_of(shopper.get(link))
    assert "Nothing was changed just now." in page
    assert "as it was" not in page


def test_n8_an_order_that_has_begun_keeps_its_address_and_the_profile_says_so(signed_in: Shopper) -> None:
    make_variant("BOOT-42")
    signed_in.add("BOOT-42")
    signed_in.give_address(line1="Begonnen 1")
    assert "One that you have begun keeps its address" in text_of(signed_in.get("/profile/"))
    signed_in.fill("/profile/", **ADDRESS)
    assert "A new order starts with them." in text_of(signed_in.get("/dashboard/"))
    assert signed_in.open("/checkout/address/").fields["line1"] == "Begonnen 1"


def test_n8_a_new_password_lets_in_at_once_the_browser_that_has_tried_too_often(
    ada: User, shopper: Shopper, settings
) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    log_in(shopper)
    shopper.send(shopper.open("/logout/", "logout"))
    for _ in range(TIMES):
        refused = log_in(shopper, EMAIL, "wrong")
    assert refused.status_code == 429
    assert "then you can log in at once" in text_of(refused)
    link = link_for(shopper)
    shopper.send(shopper.open(link, "new-password-form"), {"password1": NEW, "password2": NEW})
    assert log_in(shopper, password=NEW)["Location"] == "/dashboard/"
    assert PASSWORD != NEW
