"""The one way an order comes to be (R5): once per attempt, for what was seen, with stock that was there."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Any

import pytest

from checkout.flow import CHECKOUT
from checkout.models import CheckoutDraft, Order, OrderEvent, OrderLine
from checkout.quote import read_quote_of
from checkout.services import place_order as module
from checkout.services.place_order import OutOfStock, Placed, SeenChanged, place_order
from shop.cart import services as carts
from shop.cart.models import Cart
from shop.stock.models import Hold, Stock
from tests.factories import make_shipping, make_variant, set_available, set_price
from tests.parallel import in_parallel
from tests.shopper import ADDRESS

pytestmark = pytest.mark.django_db

SHOPPERS = 20


def make_cart(sku: str = "BOOT-42", quantity: int = 1) -> Cart:
    cart = carts.open_cart(token="", user_id=None, nav_id="n")
    carts.add(cart.pk, sku=sku, quantity=quantity)
    fields = {**ADDRESS, "shipping_method": "standard", "payment_method": "demo"}
    CheckoutDraft.objects.create(cart_id=cart.pk, version=1, **fields)
    return Cart.objects.get(pk=cart.pk)


def seen_now(cart: Cart) -> str:
    return CHECKOUT["review"].fingerprint(read_quote_of(cart.pk).facts())


def place(cart: Cart, attempt: str = "attempt-1", seen: str = "") -> Placed:
    seen = seen or seen_now(cart)
    return place_order(attempt=attempt, cart_id=cart.pk, seen=seen, user_id=None, language="en")


@pytest.fixture
def cart() -> Cart:
    make_shipping("standard", price="4.90")
    make_variant("BOOT-42", price="129.00", available=5, values=["42"])
    return make_cart(quantity=2)


def test_the_order_is_what_was_seen(cart: Cart) -> None:
    order = place(cart).order
    assert (str(order.subtotal), str(order.shipping_price), str(order.total)) == ("€258.00", "€4.90", "€262.90")
    assert (order.name, order.city, order.country.code, order.email) == (
        "Ada Wanderer",
        "Freiburg",
        "DE",
        "ada@example.org",
    )
    line = OrderLine.objects.get(order=order)
    assert (line.sku, line.title, line.variant_label, line.quantity) == ("BOOT-42", "Trail Boot", "42", 2)
    assert OrderEvent.objects.get(order=order).kind == "placed"
    assert Stock.objects.get().available == 3
    hold = Hold.objects.get()
    assert (hold.reference, hold.quantity, hold.state) == (order.token, 2, "held")
    cart.refresh_from_db()
    assert cart.status == Cart.Status.ORDERED


def test_the_same_attempt_is_the_same_order(cart: Cart) -> None:
    first = place(cart)
    second = place(cart, seen="anything")
    assert (first.is_new, second.is_new) == (True, False)
    assert first.order == second.order
    assert Stock.objects.get().available == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda cart: set_price("BOOT-42", "139.00"),
        lambda cart: carts.add(cart.pk, sku="BOOT-42", quantity=1),
        lambda cart: make_shipping("standard", price="5.90"),
        lambda cart: CheckoutDraft.objects.filter(cart=cart).update(line1="Bergweg 9"),
    ],
    ids=["price", "quantity", "delivery price", "address"],
)
def test_s57_what_was_not_seen_is_not_ordered(cart: Cart, change: Callable[[Cart], Any]) -> None:
    seen = seen_now(cart)
    change(cart)
    with pytest.raises(SeenChanged):
        place(cart, seen=seen)
    assert not Order.objects.exists()
    assert Stock.objects.get().available == 5
    cart.refresh_from_db()
    assert cart.status == Cart.Status.OPEN


def test_stock_that_ran_short_undoes_everything(cart: Cart, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at the cart and the taking: the conditional update is what counts."""
    seen = seen_now(cart)
    insert = module._insert

    def somebody_is_faster(*args: Any) -> Order:
        set_available("BOOT-42", 1)
        return insert(*args)

    monkeypatch.setattr(module, "_insert", somebody_is_faster)
    with pytest.raises(OutOfStock):
        place(cart, seen=seen)
    assert not Order.objects.exists()
    assert not Hold.objects.exists()
    cart.refresh_from_db()
    assert cart.status == Cart.Status.OPEN


def test_an_ordered_cart_is_not_ordered_again(cart: Cart) -> None:
    seen = seen_now(cart)
    place(cart)
    with pytest.raises(SeenChanged):
        place(cart, attempt="attempt-2", seen=seen)
    assert Order.objects.count() == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_s50_twenty_submits_of_one_attempt_are_one_order(self, cart: Cart) -> None:
        seen = seen_now(cart)
        results = in_parallel([lambda: place(cart, seen=seen)] * SHOPPERS)
        assert {result.order.pk for result in results} == {Order.objects.get().pk}
        assert sum(result.is_new for result in results) == 1
        assert Stock.objects.get().available == 3

    def test_twenty_submits_with_twenty_attempts_are_one_order(self, cart: Cart) -> None:
        """Twenty tabs that lost their state: the cart is ordered once all the same."""
        seen = seen_now(cart)
        results = in_parallel([lambda n=n: place(cart, f"attempt-{n}", seen) for n in range(SHOPPERS)])
        assert Order.objects.count() == 1
        assert sum(isinstance(result, SeenChanged) for result in results) == SHOPPERS - 1

    def test_control_without_the_guards_one_cart_is_ordered_many_times(
        self, cart: Cart, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Read, then write, as shops do: everybody has read before anybody wrote."""
        seen = seen_now(cart)
        everybody_read = threading.Barrier(SHOPPERS)

        def read_then_write(cart_id: int, *, version: int) -> bool:
            is_open = Cart.objects.filter(pk=cart_id, status=Cart.Status.OPEN).exists()
            everybody_read.wait()
            return is_open

        monkeypatch.setattr(module, "close_cart", read_then_write)
        monkeypatch.setattr(module, "hold", lambda *args: None)
        in_parallel([lambda: place(cart, secrets.token_hex(8), seen) for _ in range(SHOPPERS)])
        assert Order.objects.count() > 1

    def test_s69_the_last_unit_goes_to_one_of_twenty(self, cart: Cart) -> None:
        make_variant("LAST", title="Last Tent", available=1)
        wanted = [make_cart("LAST") for _ in range(SHOPPERS)]
        seen = [seen_now(each) for each in wanted]
        results = in_parallel([lambda n=n: place(wanted[n], f"attempt-{n}", seen[n]) for n in range(SHOPPERS)])
        assert sum(isinstance(result, Placed) for result in results) == 1
        assert all(isinstance(result, Placed | OutOfStock | SeenChanged) for result in results), results
        assert Stock.objects.get(variant__sku="LAST").available == 0
        assert Order.objects.count() == 1
