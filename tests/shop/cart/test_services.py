"""Changes of carts: limits, stock, prices, two tabs, merging."""

from __future__ import annotations

import threading

import pytest

from shop.accounts.models import User
from shop.cart import services
from shop.cart.models import Cart, CartLine
from shop.cart.queries import priced_lines
from tests.factories import make_variant, set_available, set_price
from tests.parallel import in_parallel

pytestmark = pytest.mark.django_db


@pytest.fixture
def cart() -> Cart:
    return Cart.objects.get(pk=services.open_cart(token="", user_id=None, nav_id="n").pk)


def quantities(cart: Cart) -> dict[str, int]:
    return {line.variant.sku: line.quantity for line in CartLine.objects.filter(cart=cart).select_related("variant")}


def test_adding_twice_makes_one_line(cart: Cart) -> None:
    make_variant("A")
    services.add(cart.pk, sku="A", quantity=1)
    placed = services.add(cart.pk, sku="A", quantity=2)
    assert (placed.asked, placed.quantity, placed.is_short) == (3, 3, False)
    assert quantities(cart) == {"A": 3}
    cart.refresh_from_db()
    assert cart.version == 2


def test_adding_more_than_there_is_takes_what_there_is(cart: Cart) -> None:
    make_variant("A", available=2)
    placed = services.add(cart.pk, sku="A", quantity=5)
    assert placed.is_short
    assert quantities(cart) == {"A": 2}


def test_adding_what_is_sold_out_adds_no_line(cart: Cart) -> None:
    make_variant("A", available=0)
    assert services.add(cart.pk, sku="A", quantity=1).quantity == 0
    assert quantities(cart) == {}


def test_uncounted_stock_is_limited_by_the_line_only(cart: Cart) -> None:
    make_variant("A", available=None)
    assert services.add(cart.pk, sku="A", quantity=200).quantity == 99


@pytest.mark.parametrize("change", [{"is_active": False}, {"sku": "OTHER"}])
def test_what_is_not_on_sale_is_refused(cart: Cart, change: dict) -> None:
    variant = make_variant("A")
    type(variant).objects.filter(pk=variant.pk).update(**change)
    with pytest.raises(services.NotOnSale):
        services.add(cart.pk, sku="A", quantity=1)


def test_an_ordered_cart_takes_nothing(cart: Cart) -> None:
    make_variant("A")
    assert services.close_cart(cart.pk, version=0)
    with pytest.raises(services.CartClosed):
        services.add(cart.pk, sku="A", quantity=1)


def test_setting_a_quantity_goes_on_with_todays_price(cart: Cart) -> None:
    make_variant("A", price="10.00")
    services.add(cart.pk, sku="A", quantity=1)
    set_price("A", "12.00")
    line = CartLine.objects.get()
    services.set_quantity(cart.pk, line.pk, quantity=1)
    line.refresh_from_db()
    assert str(line.seen_price.amount) == "12.00"


def test_setting_zero_removes(cart: Cart) -> None:
    make_variant("A")
    services.add(cart.pk, sku="A", quantity=1)
    services.set_quantity(cart.pk, CartLine.objects.get().pk, quantity=0)
    assert quantities(cart) == {}


def test_a_change_made_on_an_old_quantity_is_told_and_not_made(cart: Cart) -> None:
    make_variant("A")
    services.add(cart.pk, sku="A", quantity=2)
    line = CartLine.objects.get()
    services.set_quantity(cart.pk, line.pk, quantity=3, was=2)
    with pytest.raises(services.ChangedMeanwhile) as told:
        services.set_quantity(cart.pk, line.pk, quantity=1, was=2)
    assert told.value.quantity == 3
    assert quantities(cart) == {"A": 3}


def test_the_same_change_again_is_no_conflict(cart: Cart) -> None:
    make_variant("A")
    services.add(cart.pk, sku="A", quantity=2)
    line = CartLine.objects.get()
    for _ in range(2):
        services.set_quantity(cart.pk, line.pk, quantity=3, was=2)
    assert quantities(cart) == {"A": 3}


def test_a_line_of_another_cart_does_not_exist(cart: Cart) -> None:
    make_variant("A")
    other = services.open_cart(token="", user_id=None, nav_id="m")
    services.add(other.pk, sku="A", quantity=2)
    with pytest.raises(services.NoSuchLine):
        services.set_quantity(cart.pk, CartLine.objects.get().pk, quantity=1)
    cart.refresh_from_db()
    assert cart.version == 0


def test_an_account_has_one_open_cart() -> None:
    user = User.objects.create_user("a@example.org")
    first = services.open_cart(token="", user_id=user.pk, nav_id="n")
    assert services.open_cart(token="whatever", user_id=user.pk, nav_id="m") == first


def test_a_guest_does_not_get_an_account_s_cart_by_its_token() -> None:
    user = User.objects.create_user("a@example.org")
    first = services.open_cart(token="", user_id=user.pk, nav_id="n")
    assert services.open_cart(token=first.token, user_id=None, nav_id="m") != first


def test_closing_compares_the_version(cart: Cart) -> None:
    make_variant("A")
    services.add(cart.pk, sku="A", quantity=1)
    assert not services.close_cart(cart.pk, version=0)
    assert services.close_cart(cart.pk, version=1)
    assert not services.close_cart(cart.pk, version=1)


def test_reopening_counts_as_a_new_run(cart: Cart) -> None:
    assert not services.reopen_cart(cart.pk)
    services.close_cart(cart.pk, version=0)
    assert services.reopen_cart(cart.pk)
    cart.refresh_from_db()
    assert (cart.status, cart.opened) == ("open", 2)


def test_reopening_leaves_it_when_the_account_has_another_cart() -> None:
    user = User.objects.create_user("a@example.org")
    old = services.open_cart(token="", user_id=user.pk, nav_id="n")
    services.close_cart(old.pk, version=0)
    services.open_cart(token="", user_id=user.pk, nav_id="n")
    assert not services.reopen_cart(old.pk)


class TestMerge:
    def test_adopted_where_the_account_has_none(self, cart: Cart) -> None:
        make_variant("A")
        services.add(cart.pk, sku="A", quantity=2)
        user = User.objects.create_user("a@example.org")
        report = services.merge(cart.token, user.pk)
        assert report == services.MergeReport(moved=1, token=cart.token, was_adopted=True)
        cart.refresh_from_db()
        assert cart.user_id == user.pk

    def test_joined_with_the_larger_quantity_and_not_doubled_by_a_retry(self, cart: Cart) -> None:
        make_variant("A")
        make_variant("B", title="Pack")
        user = User.objects.create_user("a@example.org")
        mine = services.open_cart(token="", user_id=user.pk, nav_id="n")
        services.add(mine.pk, sku="A", quantity=3)
        services.add(cart.pk, sku="A", quantity=2)
        services.add(cart.pk, sku="B", quantity=1)
        reports = [services.merge(cart.token, user.pk) for _ in range(2)]
        assert reports[0] == services.MergeReport(moved=1, joined=1, token=cart.token)
        assert reports[1] == services.MergeReport(token=cart.token)
        assert quantities(cart) == {"A": 3, "B": 1}
        assert Cart.objects.get(pk=mine.pk).status == Cart.Status.MERGED

    @pytest.mark.parametrize("status", [Cart.Status.ORDERED, Cart.Status.MERGED])
    def test_one_that_ended_while_it_was_being_adopted_is_nobody_s(self, cart: Cart, monkeypatch, status: str) -> None:
        """Control: without a look at the number of rows the login said that the cart came along."""
        user = User.objects.create_user("ada@example.org", "x")
        adopt = services._adopt

        def ended_in_between(guest: Cart, *arguments: object) -> services.MergeReport:
            Cart.objects.filter(pk=guest.pk).update(status=status)
            return adopt(guest, *arguments)

        monkeypatch.setattr(services, "_adopt", ended_in_between)
        assert services.merge(cart.token, user.pk) == services.MergeReport()
        cart.refresh_from_db()
        assert (cart.user_id, cart.status) == (None, status)

    def test_nothing_to_merge(self) -> None:
        user = User.objects.create_user("a@example.org")
        assert services.merge("", user.pk) == services.MergeReport()

    def test_a_cart_that_a_second_login_took_first(self, cart: Cart) -> None:
        user = User.objects.create_user("a@example.org")
        mine = services.open_cart(token="", user_id=user.pk, nav_id="n")
        Cart.objects.filter(pk=cart.pk).update(status=Cart.Status.MERGED)
        assert services.merge(cart.token, user.pk).token == mine.token


def test_stock_that_shrank_is_seen_in_the_lines(cart: Cart) -> None:
    make_variant("A", available=5)
    services.add(cart.pk, sku="A", quantity=4)
    set_available("A", 1)
    (line,) = priced_lines(cart.pk)
    assert (line.is_short, line.most, line.available) == (True, 1, 1)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_s74_twenty_parallel_adds_make_one_line_and_lose_none(cart: Cart) -> None:
    make_variant("A", available=None)
    results = in_parallel([lambda: services.add(cart.pk, sku="A", quantity=1)] * 20)
    assert all(isinstance(result, services.Placed) for result in results), results
    assert quantities(cart) == {"A": 20}
    cart.refresh_from_db()
    assert cart.version == 20


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_control_without_the_version_parallel_adds_are_lost(cart: Cart, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the guard off: everybody reads the same quantity before anybody writes."""
    make_variant("A", available=None)
    services.add(cart.pk, sku="A", quantity=1)
    everybody_read = threading.Barrier(10)

    def no_guard(cart_id: int, *, version: int) -> bool:
        everybody_read.wait()
        return True

    monkeypatch.setattr(services, "next_version", no_guard)
    in_parallel([lambda: services.add(cart.pk, sku="A", quantity=1)] * 10)
    assert quantities(cart)["A"] < 11


def test_a_cart_that_never_holds_still_is_told(cart: Cart, monkeypatch: pytest.MonkeyPatch) -> None:
    make_variant("A")
    monkeypatch.setattr(services, "next_version", lambda cart_id, *, version: False)
    with pytest.raises(services.CartMoved):
        services.add(cart.pk, sku="A", quantity=1)
