"""Ten wrong passwords, and no more are taken for a while: at the shop's login and at the staff's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.db.models import F
from django.test import RequestFactory

from shop.accounts.lockout import attempted_login, client_ip
from shop.accounts.models import User
from tests.shop.accounts.conftest import EMAIL, PASSWORD, log_in
from tests.shop.accounts.test_reset import NEW, link_for
from tests.shopper import Shopper, form_with

pytestmark = pytest.mark.django_db


def try_wrongly(shopper: Shopper, times: int, email: str = EMAIL) -> list[int]:
    form = shopper.open("/login/", "login-form")
    return [shopper.send(form, {"login": email, "password": "wrong"}).status_code for _ in range(times)]


def cool_off(minutes: float) -> None:
    AccessAttempt.objects.update(attempt_time=F("attempt_time") - timedelta(minutes=minutes))


def log_in_as_staff(shopper: Shopper, password: str, email: str = "staff@example.org"):
    token = shopper.get("/login/").context["csrf_token"]
    sent = {"username": email, "password": password, "csrfmiddlewaretoken": str(token)}
    return shopper.client.post("/admin/login/?next=/admin/", sent)


class TestLogin:
    def test_ten_wrong_tries_lock_and_the_right_one_is_refused(self, ada: User, shopper: Shopper) -> None:
        assert try_wrongly(shopper, 10) == [303] * 9 + [429]
        response = log_in(shopper)
        assert response.status_code == 429
        assert shopper.get("/dashboard/").status_code == 303

    def test_says_when_to_try_again_and_keeps_the_address(self, ada: User, shopper: Shopper) -> None:
        try_wrongly(shopper, 9)
        response = log_in(shopper, EMAIL, "wrong-again")
        page = response.content.decode()
        assert "try again in 15 minutes" in page
        assert 890 <= int(response["Retry-After"]) <= 900
        assert response["Cache-Control"] == "private, no-store"
        fields = form_with(response, "login-form").fields
        assert fields["login"] == EMAIL
        assert not fields["password"]
        assert "wrong-again" not in page
        assert 'href="/password/reset/"' in page

    def test_keeps_its_word(self, ada: User, shopper: Shopper) -> None:
        try_wrongly(shopper, 10)
        cool_off(14)
        assert "try again in 1 minute." in log_in(shopper).content.decode()
        cool_off(1)
        assert log_in(shopper)["Location"] == "/dashboard/"

    def test_in_any_case_it_is_one_address(self, ada: User, shopper: Shopper) -> None:
        try_wrongly(shopper, 5)
        assert try_wrongly(shopper, 5, "ADA@Example.org")[-1] == 429

    def test_a_right_one_before_the_tenth_starts_anew(self, ada: User, shopper: Shopper) -> None:
        try_wrongly(shopper, 9)
        assert log_in(shopper)["Location"] == "/dashboard/"
        assert try_wrongly(Shopper(), 9) == [303] * 9

    def test_an_unknown_address_is_locked_alike(self, shopper: Shopper) -> None:
        assert try_wrongly(shopper, 10, "nobody@example.org") == [303] * 9 + [429]

    def test_nobody_else_is_locked_out(self, ada: User, shopper: Shopper) -> None:
        User.objects.create_user("ben@example.org", PASSWORD)
        try_wrongly(shopper, 10)
        assert log_in(Shopper(), "ben@example.org")["Location"] == "/dashboard/"
        elsewhere = Shopper()
        elsewhere.client.defaults["REMOTE_ADDR"] = "198.51.100.7"
        assert log_in(elsewhere)["Location"] == "/dashboard/"

    def test_a_new_password_lets_in_at_once(self, ada: User, shopper: Shopper) -> None:
        try_wrongly(shopper, 10)
        link = link_for(shopper)
        shopper.send(shopper.open(link, "new-password-form"), {"password1": NEW, "password2": NEW})
        assert log_in(shopper, password=NEW)["Location"] == "/dashboard/"

    def test_json_is_answered_in_json(self, ada: User, shopper: Shopper) -> None:
        try_wrongly(shopper, 10)
        token = form_with(shopper.get("/login/"), "login-form").fields["csrfmiddlewaretoken"]
        response = shopper.client.post(
            "/login/",
            {"login": EMAIL, "password": PASSWORD},
            content_type="application/json",
            headers={"Accept": "application/json", "X-CSRFToken": token},
        )
        assert response.status_code == 429
        assert response.json()["minutes"] == 15

    def test_passwords_are_not_written_down(self, ada: User, shopper: Shopper) -> None:
        log_in(shopper, EMAIL, "wrong-horse")
        attempt = AccessAttempt.objects.get()
        assert "wrong-horse" not in attempt.post_data
        assert attempt.username == EMAIL

    def test_many_tries_with_changing_addresses_are_slowed_down(self, shopper: Shopper, settings) -> None:
        settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "3/m/ip"}
        form = shopper.open("/login/", "login-form")
        sent = [{"login": f"walker{number}@example.org", "password": "wrong"} for number in range(4)]
        codes = [shopper.send(form, fields).status_code for fields in sent]
        assert codes == [303, 303, 303, 429]


class TestStaffLogin:
    @pytest.fixture(autouse=True)
    def staff(self, db) -> None:
        User.objects.create_superuser("staff@example.org", PASSWORD)

    def test_ten_wrong_tries_lock_and_the_right_one_is_refused(self, shopper: Shopper) -> None:
        codes = [log_in_as_staff(shopper, "wrong").status_code for _ in range(10)]
        assert codes == [200] * 9 + [429]
        response = log_in_as_staff(shopper, PASSWORD)
        assert response.status_code == 429
        assert response["Cache-Control"] == "private, no-store"
        assert form_with(response, "login-form").fields["username"] == "staff@example.org"
        assert shopper.get("/admin/").status_code == 302

    def test_afterwards_it_lets_in(self, shopper: Shopper) -> None:
        for _ in range(10):
            log_in_as_staff(shopper, "wrong")
        cool_off(15)
        assert log_in_as_staff(shopper, PASSWORD)["Location"] == "/admin/"

    def test_tries_at_either_login_count_together(self, shopper: Shopper) -> None:
        for _ in range(5):
            log_in_as_staff(shopper, "wrong")
        assert try_wrongly(shopper, 5, "staff@example.org")[-1] == 429


class TestWho:
    @pytest.mark.parametrize(
        ("behind", "forwarded", "remote", "found"),
        [
            (False, "203.0.113.9", "192.0.2.1", "192.0.2.1"),
            (True, "6.6.6.6, 203.0.113.9", "192.0.2.1", "203.0.113.9"),
            (True, "", "192.0.2.1", "192.0.2.1"),
            (True, "not an address", "2001:db8::1", "2001:db8::1"),
            (True, "", "", "127.0.0.1"),
        ],
    )
    def test_the_ip_address(self, settings, behind: bool, forwarded: str, remote: str, found: str) -> None:
        settings.BEHIND_PROXY = behind
        request = RequestFactory().get("/", REMOTE_ADDR=remote, headers={"X-Forwarded-For": forwarded})
        assert client_ip(request) == found

    @pytest.mark.parametrize(
        ("credentials", "found"),
        [
            ({"email": " Ada@Example.org "}, "ada@example.org"),
            ({"username": "ada@example.org"}, "ada@example.org"),
            ({"email": None, "username": "a@b.c"}, "a@b.c"),
            ({"password": "x"}, None),
            (None, "typed@example.org"),
        ],
    )
    def test_the_address(self, credentials: dict | None, found: str | None) -> None:
        request = RequestFactory().post("/login/", {"login": "Typed@example.org"})
        assert attempted_login(request, credentials) == found
