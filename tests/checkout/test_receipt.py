"""/order/<token>/: what was bought, for whoever has the address, and of an account's order for that account."""

import pytest
from djmoney.money import Money

from checkout.models import OrderLine
from checkout.queries import receipt_of
from checkout.services.status import move_order
from tests.checkout.factories import make_order
from tests.shopper import Shopper

pytestmark = pytest.mark.django_db


def test_it_says_what_the_order_says() -> None:
    order = make_order(line2="c/o Lovelace", region="BW", phone="+49 30 1", quantity=2)
    OrderLine.objects.create(
        order=order, sku="MAP-1", title="Map", quantity=1, unit_price=Money("9.90", "EUR"), variant_label=""
    )
    found = receipt_of(order.token)
    assert found is not None
    for name in ("number", "token", "status", "user_id", "placed_at", "paid_at", "shipping_name", "email"):
        assert getattr(found, name) == getattr(order, name), name
    for name in ("subtotal", "shipping_price", "total"):
        assert getattr(found, name) == getattr(order, name), name
    for name in ("name", "line1", "line2", "city", "region", "postcode", "phone"):
        assert getattr(found.address, name) == getattr(order, name), name
    assert found.address.country.name == order.country.name == "Germany"
    assert found.status_text == order.get_status_display()
    assert [(line.title, line.variant_label, line.quantity, line.unit_price, line.total) for line in found.lines] == [
        (line.title, line.variant_label, line.quantity, line.unit_price, line.total) for line in order.lines.all()
    ]


def test_times_are_those_of_the_order() -> None:
    order = make_order()
    move_order(order.pk, "pay", paid_at=order.placed_at)
    found = receipt_of(order.token)
    assert found is not None
    assert (found.status, found.paid_at) == ("paid", order.placed_at)
    assert not found.is_awaiting_payment


def test_one_query_for_any_number_of_lines(django_assert_num_queries) -> None:
    order = make_order()
    for number in range(5):
        OrderLine.objects.create(order=order, sku=f"S{number}", title="Sock", quantity=1, unit_price=Money(1, "EUR"))
    with django_assert_num_queries(1):
        found = receipt_of(order.token)
    assert found is not None
    assert len(found.lines) == 6


def test_an_order_without_lines_has_none() -> None:
    order = make_order()
    order.lines.all().delete()
    found = receipt_of(order.token)
    assert found is not None
    assert found.lines == []


def test_country_and_status_are_in_the_language_of_the_page() -> None:
    order = make_order(with_cart=True)
    shopper = Shopper()
    shopper.client.cookies["cart"] = order.cart.token
    english = shopper.get(f"/order/{order.token}/").content.decode()
    chinese = shopper.get(f"/zh-hans/order/{order.token}/").content.decode()
    assert "Germany" in english
    assert "德国" in chinese
    assert "Germany" not in chinese
    assert 'data-status="awaiting_payment">awaiting payment<' in english
    assert "awaiting payment<" not in chinese


def test_another_address_shows_nothing() -> None:
    make_order()
    assert receipt_of("nobody") is None
    assert Shopper().client.get("/order/nobody/").status_code == 404
