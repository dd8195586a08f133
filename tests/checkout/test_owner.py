"""Who sees an order: a guest's whoever has its address, an account's that account alone (S21: after a logout nobody)."""

from __future__ import annotations

import pytest

from checkout.models import Order
from shop.accounts.models import User
from tests.checkout.factories import make_order
from tests.shopper import Shopper

pytestmark = pytest.mark.django_db
PASSWORD = "seven-larks-9"
PAGES = ["/order/{}/", "/zh-hans/order/{}/", "/pay/{}/"]


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.org", PASSWORD)


@pytest.fixture
def order(ada: User) -> Order:
    return make_order(user=ada)


def signed_in(email: str) -> Shopper:
    shopper = Shopper()
    shopper.send(shopper.open("/login/", "login-form"), {"login": email, "password": PASSWORD})
    return shopper


@pytest.mark.parametrize("page", PAGES)
def test_a_guest_s_is_open_to_whoever_has_its_address(page: str, ada: User) -> None:
    order = make_order()
    for shopper in (Shopper(), signed_in(ada.email)):
        assert order.number in shopper.get(page.format(order.token)).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_s21_an_account_s_asks_for_the_login_and_leads_back(page: str, order: Order, ada: User) -> None:
    url = page.format(order.token)
    shopper = Shopper()
    answer = shopper.get(url)
    assert answer.status_code == 303
    assert answer["Location"] in {f"/login/?redirect={url}", f"/zh-hans/login/?redirect={url}"}
    assert answer["Cache-Control"] == "no-store"
    login = shopper.open(answer["Location"], "login-form")
    answer = shopper.send(login, {"login": ada.email, "password": PASSWORD})
    assert answer["Location"] == url
    assert order.number in shopper.get(url).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_s21_after_a_logout_its_address_shows_nothing(page: str, order: Order, ada: User) -> None:
    shopper = signed_in(ada.email)
    assert order.number in shopper.get(page.format(order.token)).content.decode()
    shopper.send(shopper.open("/logout/", "logout"))
    answer = shopper.get(page.format(order.token), follow=True)
    assert answer.redirect_chain[0][1] == 303
    for text in (order.number, order.name, order.line1, order.email):
        assert text not in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_another_account_is_told_whose_it_is_not(page: str, order: Order) -> None:
    User.objects.create_user("ben@example.org", PASSWORD)
    answer = signed_in("ben@example.org").get(page.format(order.token))
    assert answer.status_code == 403
    assert "another account" in answer.content.decode() or "另一个账户" in answer.content.decode()
    assert order.number not in answer.content.decode()


def test_nobody_else_pays_or_cancels_it(order: Order) -> None:
    stranger = Shopper()
    token = stranger.open("/login/", "login-form").fields["csrfmiddlewaretoken"]
    answer = stranger.client.post(f"/pay/{order.token}/", {"csrfmiddlewaretoken": token, "action": "cancel"})
    assert (answer.status_code, answer["Location"]) == (303, f"/login/?redirect=/pay/{order.token}/")
    assert Order.objects.get().status == Order.Status.AWAITING_PAYMENT


def test_whoever_fetches_by_script_is_told_where_to_go(order: Order) -> None:
    url = f"/pay/{order.token}/"
    htmx = Shopper().get(f"{url}?shown=waiting", headers={"HX-Request": "true"})
    assert (htmx.status_code, htmx["HX-Redirect"]) == (401, f"/login/?redirect={url}%3Fshown%3Dwaiting")
    asked = Shopper().get(url, headers={"Accept": "application/json"})
    assert (asked.status_code, asked.json()["url"]) == (401, f"/login/?redirect={url}")


def test_once_the_account_is_gone_the_address_is_all_there_is(order: Order, ada: User) -> None:
    ada.delete()
    assert order.number in Shopper().get(f"/order/{order.token}/").content.decode()
