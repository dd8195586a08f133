"""Guessing one account's password from many addresses, and who is not locked out by it (issue 8, O8)."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core import signing
from django.test import RequestFactory

from shop.accounts.devices import COOKIE, MAX_ACCOUNTS, SALT, TIMES, TriesBackend, is_known_device
from shop.accounts.models import User
from tests.shop.accounts.conftest import EMAIL, PASSWORD, log_in
from tests.shop.accounts.test_lockout import log_in_as_staff
from tests.shop.accounts.test_reset import NEW, link_for
from tests.shopper import Shopper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few(settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def at(address: str, **cookies: str) -> Shopper:
    shopper = Shopper()
    shopper.client.defaults["REMOTE_ADDR"] = address
    for name, value in cookies.items():
        shopper.client.cookies[name] = value
    return shopper


def guess_from_everywhere(email: str = EMAIL, times: int = TIMES * 3 + 2) -> list[int]:
    """One guess from each of many addresses."""
    return [log_in(at(f"192.0.2.{number}"), email, "wrong").status_code for number in range(times)]


def device_of(shopper: Shopper) -> str:
    return shopper.client.cookies[COOKIE].value


def test_o8_guesses_from_many_addresses_are_stopped(ada: User) -> None:
    assert guess_from_everywhere() == [303] * (TIMES * 3) + [429] * 2
    assert "The password was wrong too often" in log_in(at("192.0.2.200"), EMAIL, "wrong").content.decode()


def test_o8_even_with_the_right_one(ada: User) -> None:
    guess_from_everywhere()
    stranger = at("198.51.100.7")
    log_in(stranger)
    assert stranger.get("/dashboard/").status_code == 303


def test_o8_whether_there_is_such_an_account_or_not() -> None:
    assert guess_from_everywhere("nobody@example.org") == [303] * (TIMES * 3) + [429] * 2


def test_o8_a_browser_that_knows_the_account_is_not_locked_out(ada: User) -> None:
    mine = Shopper()
    log_in(mine)
    mine.send(mine.open("/logout/", "logout"))
    guess_from_everywhere()
    assert log_in(mine)["Location"] == "/dashboard/"


def test_o8_nor_by_a_guesser_at_its_own_address(ada: User) -> None:
    mine = at("203.0.113.5")
    log_in(mine)
    mine.send(mine.open("/logout/", "logout"))
    for _ in range(4):
        log_in(at("203.0.113.5"), EMAIL, "wrong")
    assert log_in(mine)["Location"] == "/dashboard/"


def test_o8_but_it_has_no_more_tries_than_others(ada: User) -> None:
    mine = Shopper()
    log_in(mine)
    mine.send(mine.open("/logout/", "logout"))
    for number in range(4):
        mine.client.defaults["REMOTE_ADDR"] = f"192.0.2.{number}"
        log_in(mine, EMAIL, "wrong")
    assert log_in(mine).status_code == 429
    assert mine.get("/dashboard/").status_code == 303


def test_o8_its_owner_logging_in_often_is_no_guesser(ada: User) -> None:
    for _ in range(TIMES * 3 + 2):
        assert log_in(Shopper())["Location"] == "/dashboard/"


def test_o8_a_new_password_lets_in_at_once_and_makes_the_browser_known(ada: User) -> None:
    guess_from_everywhere()
    mine = at("198.51.100.7")
    link = link_for(mine)
    mine.send(mine.open(link, "new-password-form"), {"password1": NEW, "password2": NEW})
    guess_from_everywhere()
    assert log_in(mine, password=NEW)["Location"] == "/dashboard/"


def test_o8_the_staff_s_login_counts_and_remembers_as_well(db) -> None:
    User.objects.create_superuser("staff@example.org", PASSWORD)
    mine = Shopper()
    assert log_in_as_staff(mine, PASSWORD)["Location"] == "/admin/"
    for number in range(TIMES * 3 + 2):
        last = log_in_as_staff(at(f"192.0.2.{number}"), "wrong")
    assert last.status_code == 429
    assert last["Retry-After"] == "3600"
    assert log_in_as_staff(at("198.51.100.7"), PASSWORD).status_code == 429
    again = at("198.51.100.7", **{COOKIE: device_of(mine)})
    assert log_in_as_staff(again, PASSWORD)["Location"] == "/admin/"


def test_o8_an_account_that_was_just_made_is_known(db) -> None:
    shopper = Shopper()
    form = shopper.open("/register/", "register-form")
    shopper.send(form, {"email": EMAIL, "password1": PASSWORD, "password2": PASSWORD})
    shopper.send(shopper.open("/logout/", "logout"))
    guess_from_everywhere()
    assert log_in(shopper)["Location"] == "/dashboard/"


class TestCookie:
    def test_o8_it_says_nothing_of_the_account_and_no_script_reads_it(self, ada: User) -> None:
        shopper = Shopper()
        cookie = log_in(shopper).cookies[COOKIE]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert "ada" not in str(signing.loads(cookie.value, salt=SALT))

    def test_o8_it_opens_nothing(self, ada: User) -> None:
        mine = Shopper()
        log_in(mine)
        assert at("192.0.2.1", **{COOKIE: device_of(mine)}).get("/dashboard/").status_code == 303

    @pytest.mark.parametrize("value", ["", "made up", "a:b:c"])
    def test_o8_a_made_up_one_is_none(self, value: str) -> None:
        request = RequestFactory().post("/login/")
        request.COOKIES[COOKIE] = value
        assert not is_known_device(request, {"email": EMAIL})

    def test_o8_one_browser_is_known_to_a_few_accounts(self, db) -> None:
        shopper = Shopper()
        emails = [f"walker{number}@example.org" for number in range(MAX_ACCOUNTS + 1)]
        for email in [*emails, emails[1]]:
            if not User.objects.filter(email=email).exists():
                User.objects.create_user(email, PASSWORD)
            log_in(shopper, email)
            shopper.send(shopper.open("/logout/", "logout"))
        request = RequestFactory().post("/login/")
        request.COOKIES[COOKIE] = device_of(shopper)
        assert [is_known_device(request, {"email": email}) for email in emails] == [False, True, True, True, True]

    def test_o8_a_public_page_sets_none(self, ada: User) -> None:
        shopper = Shopper()
        log_in(shopper)
        assert COOKIE not in shopper.get("/").cookies


def test_o8_without_a_request_or_an_address_nothing_is_counted() -> None:
    assert TriesBackend().authenticate(None, email=EMAIL) is None
    assert TriesBackend().authenticate(RequestFactory().post("/login/")) is None
    assert settings.AUTHENTICATION_BACKENDS[0].endswith("TriesBackend")
