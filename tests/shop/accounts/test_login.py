"""/login/: who gets in, where they come out, and what they keep."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from navstate.sessions import NAV_ID_KEY
from shop.accounts.models import User
from shop.cart import services
from shop.cart.models import Cart, CartLine
from tests.factories import make_variant
from tests.shop.accounts.conftest import EMAIL, PASSWORD, log_in
from tests.shopper import Shopper, form_with

pytestmark = pytest.mark.django_db

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "\\\\evil.example\\",
    "/\\evil.example/",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    " //evil.example",
    "http:///evil.example/",
    "data:text/html,hello",
    "ftp://testserver/",
    "profile/",
    "/" + "x" * 2000,
]


def session_key(shopper: Shopper) -> str:
    return shopper.client.cookies[settings.SESSION_COOKIE_NAME].value


class TestLogin:
    def test_leads_to_the_dashboard(self, ada: User, shopper: Shopper) -> None:
        response = log_in(shopper)
        assert (response.status_code, response["Location"]) == (303, "/dashboard/")
        assert response["Cache-Control"] == "no-store"
        assert EMAIL in shopper.get("/dashboard/").content.decode()

    def test_takes_the_address_in_any_case(self, ada: User, shopper: Shopper) -> None:
        assert log_in(shopper, "  ADA@Example.ORG ")["Location"] == "/dashboard/"

    @pytest.mark.parametrize(
        "pasted", ["\u200bada@example.org", "\u202aada@example.org\u202c", "ada@example.org\u00a0\n"]
    )
    def test_case_j_takes_the_address_with_what_is_pasted_along_and_cannot_be_seen(
        self, ada: User, shopper: Shopper, pasted: str
    ) -> None:
        assert log_in(shopper, pasted)["Location"] == "/dashboard/"

    def test_the_form_has_the_fields_the_storefront_names(self, shopper: Shopper) -> None:
        response = shopper.get("/login/")
        page = response.content.decode()
        assert response["Cache-Control"] == "private, no-store"
        assert {"login", "password", "csrfmiddlewaretoken"} <= form_with(response, "login-form").fields.keys()
        assert 'autocomplete="username"' in page
        assert 'autocomplete="current-password"' in page
        assert 'type="email"' in page

    def test_says_nothing_about_which_of_the_two_was_wrong(self, ada: User, shopper: Shopper) -> None:
        pages = []
        for email in (EMAIL, "nobody@example.org"):
            response = log_in(shopper, email, "wrong")
            assert (response.status_code, response["Location"]) == (303, "/login/")
            pages.append(shopper.get("/login/").content.decode().replace(email, "…"))
        notices = [page.split('data-kind="error"')[1].split("</div>")[0] for page in pages]
        assert notices[0] == notices[1]

    def test_a_refused_form_comes_back_with_the_address_and_without_the_password(
        self, ada: User, shopper: Shopper
    ) -> None:
        log_in(shopper, EMAIL, "wrong-horse")
        response = shopper.get("/login/")
        page = response.content.decode()
        assert form_with(response, "login-form").fields["login"] == EMAIL
        assert "wrong-horse" not in page
        assert 'data-kind="error"' in page
        assert all("wrong-horse" not in str(session.get_decoded()) for session in Session.objects.all())

    def test_reload_after_a_refusal_tries_nothing_again(self, ada: User, shopper: Shopper, monkeypatch) -> None:
        log_in(shopper, EMAIL, "wrong")
        monkeypatch.setattr(User, "check_password", lambda *_: pytest.fail("tried again"))
        first, second = shopper.get("/login/"), shopper.get("/login/")
        assert 'data-kind="error"' in first.content.decode()
        assert 'data-kind="error"' in second.content.decode()

    def test_a_refusal_is_forgotten_after_a_while(self, ada: User, shopper: Shopper, monkeypatch) -> None:
        log_in(shopper, EMAIL, "wrong")
        later = time.time() + 601
        monkeypatch.setattr("navstate.request.kept.time.time", lambda: later)
        assert EMAIL not in shopper.get("/login/").content.decode()

    def test_two_pages_that_are_refused_both_show_what_was_entered(self, ada: User, shopper: Shopper) -> None:
        log_in(shopper, EMAIL, "wrong")
        other = {"email": "other@example.org", "password1": "1", "password2": "2"}
        shopper.send(shopper.open("/register/", "register-form"), other)
        assert shopper.open("/login/", "login-form").fields["login"] == EMAIL
        assert shopper.open("/register/", "register-form").fields["email"] == "other@example.org"

    def test_in_another_language_it_is_the_same_page(self, ada: User, shopper: Shopper) -> None:
        log_in(shopper, EMAIL, "wrong")
        assert shopper.open("/zh-hans/login/", "login-form").fields["login"] == EMAIL

    def test_what_is_too_long_is_not_kept_and_what_was_wrong_is_said(self, shopper: Shopper) -> None:
        assert log_in(shopper, "x" * 20_000, "wrong")["Location"] == "/login/"
        page = shopper.get("/login/").content.decode()
        assert 'id="id_login_error"' in page
        assert "xxxx" not in page

    def test_strangers_who_are_refused_are_counted(self, ada: User, shopper: Shopper, settings) -> None:
        settings.NAVSTATE_STRANGERS = 1
        assert [log_in(shopper, EMAIL, "wrong").status_code for _ in range(2)] == [303, 429]

    def test_marks_what_is_missing_at_its_field(self, shopper: Shopper) -> None:
        response = log_in(shopper, "no address", "")
        assert response["Location"] == "/login/"
        page = shopper.get("/login/").content.decode()
        assert 'id="id_login_error"' in page
        assert 'id="id_password_error"' in page
        assert 'value="no address"' in page

    def test_json_is_answered_in_json(self, ada: User, shopper: Shopper) -> None:
        headers = {"Accept": "application/json"}
        token = form_with(shopper.get("/login/"), "login-form").fields["csrfmiddlewaretoken"]
        wrong = shopper.client.post(
            "/login/",
            {"login": EMAIL, "password": "wrong"},
            content_type="application/json",
            headers=headers | {"X-CSRFToken": token},
        )
        assert wrong.status_code == 422
        assert wrong["Content-Type"] == "application/problem+json"
        right = shopper.client.post(
            "/login/",
            {"login": EMAIL, "password": PASSWORD},
            content_type="application/json",
            headers=headers | {"X-CSRFToken": token},
        )
        assert (right.status_code, right.json()) == (200, {"url": "/dashboard/"})

    def test_a_closed_account_is_told_so_only_with_its_password(self, ada: User, shopper: Shopper) -> None:
        User.objects.update(is_active=False)
        assert log_in(shopper, EMAIL, "wrong")["Location"] == "/login/"
        response = log_in(shopper)
        assert (response.status_code, response["Location"]) == (303, "/account/inactive/")
        page = shopper.get("/account/inactive/")
        assert page.status_code == 200
        assert page["Cache-Control"] == "private, no-store"
        assert shopper.get("/dashboard/").status_code == 303

    def test_in_chinese_it_stays_in_chinese(self, ada: User, shopper: Shopper) -> None:
        assert log_in(shopper, url="/zh-hans/login/")["Location"] == "/zh-hans/dashboard/"


@pytest.mark.parametrize("url", ["/login/", "/register/", "/password/reset/", "/password/reset/done/", "/logout/"])
def test_r1_looking_writes_no_session(shopper: Shopper, url: str) -> None:
    shopper.get(url)
    assert settings.SESSION_COOKIE_NAME not in shopper.client.cookies
    assert not Session.objects.exists()


class TestWayBack:
    @pytest.mark.parametrize("name", ["redirect", "next"])
    def test_goes_where_it_was_asked_from(self, ada: User, shopper: Shopper, name: str) -> None:
        assert log_in(shopper, url=f"/login/?{name}=/profile/")["Location"] == "/profile/"

    def test_survives_a_wrong_try(self, ada: User, shopper: Shopper) -> None:
        response = log_in(shopper, EMAIL, "wrong", url="/login/?redirect=/profile/")
        assert response["Location"] == "/login/?redirect=/profile/"
        assert log_in(shopper, url=response["Location"])["Location"] == "/profile/"

    def test_is_handed_on_to_the_registration(self, shopper: Shopper) -> None:
        assert (
            'href="/register/?redirect=/checkout/address/"'
            in shopper.get("/login/?redirect=/checkout/address/").content.decode()
        )

    @pytest.mark.parametrize("name", ["redirect", "next"])
    @pytest.mark.parametrize("target", ELSEWHERE)
    def test_s33_never_leaves_the_site(self, ada: User, shopper: Shopper, name: str, target: str) -> None:
        assert log_in(shopper, url=f"/login/?{name}={quote(target, safe='')}")["Location"] == "/dashboard/"
        assert shopper.get(f"/login/?{name}={quote(target, safe='')}")["Location"] == "/dashboard/"

    @pytest.mark.parametrize("target", ELSEWHERE)
    def test_s33_nor_by_a_sent_field(self, ada: User, shopper: Shopper, target: str) -> None:
        form = shopper.open("/login/", "login-form")
        sent = {"login": EMAIL, "password": PASSWORD, "redirect": target, "next": target}
        assert shopper.send(form, sent)["Location"] == "/dashboard/"


class TestSignedIn:
    @pytest.mark.parametrize("url", ["/login/", "/register/"])
    def test_s07_no_form_but_a_real_page(self, signed_in: Shopper, url: str) -> None:
        response = signed_in.get(url)
        assert (response.status_code, response["Location"]) == (303, "/dashboard/")
        assert response["Cache-Control"] == "no-store"
        assert signed_in.get("/dashboard/").status_code == 200

    def test_s07_a_restore_by_htmx_as_well(self, signed_in: Shopper) -> None:
        response = signed_in.get(
            "/login/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}, follow=True
        )
        assert response.redirect_chain == [("/dashboard/", 303)]
        assert "<!doctype html>" in response.content.decode()

    def test_goes_on_to_where_it_was_asked_from(self, signed_in: Shopper) -> None:
        assert signed_in.get("/login/?redirect=/profile/")["Location"] == "/profile/"

    def test_does_not_go_round_in_circles(self, signed_in: Shopper) -> None:
        response = signed_in.get("/login/?redirect=/login/", follow=True)
        assert response.status_code == 200
        assert response.redirect_chain[-1][0] == "/dashboard/"

    def test_sending_the_form_once_more_is_no_second_login(self, ada: User, shopper: Shopper) -> None:
        form = shopper.open("/login/", "login-form")
        sent = {"login": EMAIL, "password": PASSWORD}
        assert shopper.send(form, sent).status_code == 303
        key = session_key(shopper)
        form.fields["csrfmiddlewaretoken"] = shopper.client.cookies["csrftoken"].value
        assert shopper.send(form, sent)["Location"] == "/dashboard/"
        assert session_key(shopper) == key


class TestKeeps:
    def test_s44_new_session_id_old_one_dead_cart_kept(self, ada: User, shopper: Shopper) -> None:
        make_variant("BOOT-42")
        shopper.add("BOOT-42", 2)
        before = session_key(shopper)
        nav_id = shopper.client.session[NAV_ID_KEY]
        log_in(shopper)
        assert session_key(shopper) != before
        assert shopper.client.session[NAV_ID_KEY] == nav_id
        stolen = Shopper()
        stolen.client.cookies[settings.SESSION_COOKIE_NAME] = before
        assert stolen.get("/dashboard/").status_code == 303
        assert Cart.objects.get(user=ada, status="open").lines.get().quantity == 2
        assert "Trail Boot" in shopper.get("/cart/").content.decode()

    def test_r13_stage_and_typed_input_of_the_guest_stay(self, ada: User, shopper: Shopper) -> None:
        make_variant("BOOT-42")
        shopper.add("BOOT-42")
        shopper.give_address(email=EMAIL)
        log_in(shopper, url="/login/?redirect=/checkout/shipping/")
        assert shopper.get("/checkout/")["Location"] == "/checkout/shipping/"
        assert "Ada Wanderer" in shopper.get("/checkout/address/").content.decode()

    def test_r13_even_when_only_the_cart_is_left_of_the_guest(self, ada: User, shopper: Shopper) -> None:
        make_variant("BOOT-42")
        shopper.add("BOOT-42")
        shopper.give_address(email=EMAIL)
        del shopper.client.cookies[settings.SESSION_COOKIE_NAME]
        log_in(shopper)
        assert shopper.get("/checkout/")["Location"] == "/checkout/shipping/"

    def test_what_was_written_into_the_session_at_login_is_there(self, signed_in: Shopper) -> None:
        session = signed_in.client.session
        assert session["_auth_user_id"]
        assert session[NAV_ID_KEY]
        assert session["account_authentication_methods"][0]["method"] == "password"

    def test_login_changes_the_cookie_that_unkeeps_pages(self, ada: User, shopper: Shopper) -> None:
        shopper.get("/login/")
        assert "navrev" in log_in(shopper).cookies


class TestCart:
    """S73: one line per article, a stated rule, told, never doubled."""

    @pytest.fixture(autouse=True)
    def wares(self) -> None:
        for sku in ("A", "B", "C"):
            make_variant(sku, title=f"Thing {sku}")

    def account_cart(self, ada: User, **quantities: int) -> Cart:
        browser = Shopper()
        log_in(browser)
        for sku, quantity in quantities.items():
            browser.add(sku, quantity)
        return Cart.objects.get(user=ada, status="open")

    def quantities(self, ada: User) -> dict[str, int]:
        lines = CartLine.objects.filter(cart__user=ada, cart__status="open")
        return dict(lines.values_list("variant__sku", "quantity"))

    def test_s73_is_adopted_when_the_account_has_none(self, ada: User, shopper: Shopper) -> None:
        shopper.add("A", 2)
        token = shopper.client.cookies["cart"].value
        log_in(shopper)
        assert self.quantities(ada) == {"A": 2}
        assert shopper.client.cookies["cart"].value == token
        assert "Your cart came along: 1 item." in shopper.get("/dashboard/").content.decode()

    def test_s73_the_larger_quantity_of_both_stays(self, ada: User, shopper: Shopper) -> None:
        self.account_cart(ada, A=3, B=1)
        for sku, quantity in {"A": 2, "B": 4, "C": 1}.items():
            shopper.add(sku, quantity)
        token = shopper.client.cookies["cart"].value
        log_in(shopper)
        assert self.quantities(ada) == {"A": 3, "B": 4, "C": 1}
        assert shopper.client.cookies["cart"].value == token
        page = shopper.get("/dashboard/").content.decode()
        assert "1 item was added." in page
        assert "2 were in both: the larger quantities stay." in page

    def test_s73_a_second_login_doubles_nothing(self, ada: User, shopper: Shopper) -> None:
        self.account_cart(ada, A=3)
        shopper.add("A", 2)
        guest_token = shopper.client.cookies["cart"].value
        log_in(shopper)
        again = Shopper()
        again.client.cookies["cart"] = guest_token
        log_in(again)
        assert self.quantities(ada) == {"A": 3}
        assert Cart.objects.filter(user=ada, status="open").count() == 1

    def test_s73_two_tabs_log_in_with_the_same_guest_cart(self, ada: User, shopper: Shopper) -> None:
        shopper.add("A", 2)
        other = Shopper()
        other.client.cookies["cart"] = shopper.client.cookies["cart"].value
        first, second = shopper.open("/login/", "login-form"), other.open("/login/", "login-form")
        sent = {"login": EMAIL, "password": PASSWORD}
        assert shopper.send(first, sent)["Location"] == "/dashboard/"
        assert other.send(second, sent)["Location"] == "/dashboard/"
        assert self.quantities(ada) == {"A": 2}

    def test_without_a_cart_nothing_is_said_and_the_account_s_own_is_there(self, ada: User, shopper: Shopper) -> None:
        mine = self.account_cart(ada, A=1)
        log_in(shopper)
        assert shopper.client.cookies["cart"].value == mine.token
        assert 'data-testid="notice"' not in shopper.get("/dashboard/").content.decode()
        assert "Thing A" in shopper.get("/cart/").content.decode()

    def test_a_cart_ordered_in_the_very_moment_is_looked_at_again(
        self, ada: User, shopper: Shopper, monkeypatch
    ) -> None:
        shopper.add("A", 2)
        real, calls = services.merge, []

        def once_closed(token: str, *arguments: object) -> services.MergeReport:
            calls.append(token)
            if len(calls) == 1:
                raise services.CartClosed(1)
            return real(token, *arguments)

        monkeypatch.setattr(services, "merge", once_closed)
        assert log_in(shopper)["Location"] == "/dashboard/"
        assert self.quantities(ada) == {"A": 2}

    def test_a_cart_that_never_stands_still_stops_no_login(self, ada: User, shopper: Shopper, monkeypatch) -> None:
        def closed(token: str, *arguments: object) -> services.MergeReport:
            raise services.CartClosed(1)

        monkeypatch.setattr(services, "merge", closed)
        assert log_in(shopper)["Location"] == "/dashboard/"
