"""Orders for staff: everything to read, and ship, refund, cancel through the services."""

import pytest
from django.test import Client
from django.utils import timezone

from checkout.models import OutboxMessage, PaymentEvent, ShippingMethod
from checkout.payments.base import GatewayState
from checkout.services.settling import settle
from shop.accounts.models import User
from shop.catalog.services import catalog_version
from shop.stock.models import Stock
from tests.checkout.factories import kinds, make_order, read, start_payment
from tests.factories import make_shipping

pytestmark = pytest.mark.django_db

URL = "/admin/checkout/order/"


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


@pytest.fixture
def staff():
    client = Client(headers={"Sec-Fetch-Site": "same-origin"})
    client.force_login(User.objects.create_superuser("staff@waymark.test", "x"))
    return client


def paid_order(provider, **fields):
    order = make_order(**fields)
    payment = start_payment(order)
    provider.set(payment.reference, GatewayState.CAPTURED)
    settle(payment.pk)
    return order


def act(staff, action, *orders, confirmed=True):
    data = {"action": action, "_selected_action": [order.pk for order in orders]}
    return staff.post(URL, {**data, "confirmed": "1"} if confirmed else data, follow=True)


def text_of(response):
    return response.content.decode()


def test_the_list_shows_status_and_total(staff, provider):
    order = paid_order(provider)
    text = text_of(staff.get(URL))
    for part in (order.number, "paid", "262.90", "ada@example.org"):
        assert part in text


def test_the_list_does_not_ask_more_for_more_orders(staff, django_assert_max_num_queries):
    make_order(sku="SKU-0")
    with django_assert_max_num_queries(11):
        staff.get(URL)
    for number in range(1, 8):
        make_order(sku=f"SKU-{number}")
    with django_assert_max_num_queries(11):
        assert text_of(staff.get(URL)).count("ada@example.org") == 8


@pytest.mark.parametrize("by", ["number", "email", "sku", "reference"])
def test_search(staff, by):
    order = make_order(sku="WANTED", email="wanted@example.org")
    other = make_order(sku="OTHER")
    asked = {"number": order.number, "email": "wanted@", "sku": "wanted", "reference": start_payment(order).reference}
    text = text_of(staff.get(URL, {"q": asked[by]}))
    assert order.number in text
    assert other.number not in text


def test_an_order_shows_lines_payments_and_timeline_and_nothing_to_type(staff, provider):
    order = paid_order(provider)
    text = text_of(staff.get(f"{URL}{order.pk}/change/"))
    for part in ("BOOT-42", "42 / Moss", f"ref-{order.attempt}:1", "captured", "Waldweg 3", "Germany"):
        assert part in text
    for name in ("status", "email", "lines-0-quantity", "payments-0-state", "events-0-kind"):
        assert f'name="{name}"' not in text
    assert order.token not in text


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/"])
def test_orders_are_neither_added_nor_deleted(staff, path):
    order = make_order()
    assert staff.get(URL + path.format(pk=order.pk)).status_code == 403


class TestActions:
    @pytest.mark.parametrize("action", ["ship_selected", "refund_selected", "cancel_selected"])
    def test_they_ask_first(self, staff, provider, action):
        paid, unpaid = paid_order(provider), make_order(sku="PACK")
        response = act(staff, action, paid, unpaid, confirmed=False)
        text = text_of(response)
        assert response.status_code == 200
        assert paid.number in text
        assert unpaid.number in text
        assert 'name="confirmed"' in text
        assert (read(paid).status, read(unpaid).status) == ("paid", "awaiting_payment")

    def test_ship(self, staff, provider):
        paid, unpaid = paid_order(provider), make_order(sku="PACK")
        text = text_of(act(staff, "ship_selected", paid, unpaid))
        assert (read(paid).status, read(unpaid).status) == ("shipped", "awaiting_payment")
        assert "1 order done." in text
        assert f"Order {unpaid.number} was left as it is: it is not paid, or was shipped before." in text
        assert list(paid.events.values_list("message", flat=True))[-1] == "staff@waymark.test"

    def test_refund(self, staff, provider):
        order = paid_order(provider)
        assert "1 order done." in text_of(act(staff, "refund_selected", order))
        assert "its money went back before" in text_of(act(staff, "refund_selected", order))
        assert "nothing was paid" in text_of(act(staff, "refund_selected", make_order(sku="PACK")))
        assert (read(order).status, provider.moved[-1][0]) == ("refunded", "refunded")

    def test_a_provider_that_does_not_answer_is_told_and_stops_nobody_else(self, staff, provider):
        paid, unpaid = paid_order(provider), make_order(sku="PACK")
        start_payment(unpaid)
        provider.down = {"void"}
        free = make_order(sku="FREE")
        text = text_of(act(staff, "cancel_selected", paid, unpaid, free))
        assert "the payment provider: void: no answer" in text
        assert "it is paid; refund it instead" in text
        assert [read(order).status for order in (paid, unpaid, free)] == ["paid", "awaiting_payment", "cancelled"]

    def test_cancel_gives_the_stock_back_once(self, staff):
        order = make_order()
        act(staff, "cancel_selected", order)
        assert "it was given up before" in text_of(act(staff, "cancel_selected", order))
        assert (Stock.objects.get().available, kinds(order)) == (10, ["cancelled"])

    def test_money_of_another_amount_is_looked_at_first(self, staff, provider):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.CAPTURED, amount=order.total / 2)
        settle(payment.pk)
        assert "look at its payments" in text_of(act(staff, "cancel_selected", order))

    def test_who_may_only_look_cannot_act(self, provider):
        order = paid_order(provider)
        client = Client(headers={"Sec-Fetch-Site": "same-origin"})
        client.force_login(User.objects.create_user("guest@waymark.test", "x", is_staff=True))
        assert (
            client.post(
                URL, {"action": "refund_selected", "_selected_action": [order.pk], "confirmed": "1"}
            ).status_code
            == 403
        )
        assert read(order).status == "paid"


class TestTheRest:
    @pytest.mark.parametrize("model", ["payment", "paymentevent", "outboxmessage"])
    def test_read_only(self, staff, provider, model):
        order = paid_order(provider)
        event = PaymentEvent.objects.create(gateway="fake", event_id="e1", kind="k", reference="r")
        pk = {"payment": order.payments.get().pk, "paymentevent": event.pk, "outboxmessage": order.outbox.get().pk}[
            model
        ]
        base = f"/admin/checkout/{model}/"
        assert staff.get(base).status_code == 200
        assert staff.get(f"{base}add/").status_code == 403
        assert staff.get(f"{base}{pk}/delete/").status_code == 403
        page = staff.get(f"{base}{pk}/change/")
        assert page.status_code == 200
        assert 'name="_save"' not in text_of(page)

    def test_an_unsent_mail_can_be_tried_again(self, staff, provider):
        paid_order(provider)
        OutboxMessage.objects.update(tries=30)
        message = OutboxMessage.objects.get()
        data = {"action": "send_selected", "_selected_action": [message.pk]}
        assert "1 mail will be tried again." in text_of(staff.post("/admin/checkout/outboxmessage/", data, follow=True))
        OutboxMessage.objects.update(sent_at=timezone.now())
        assert "0 mails" in text_of(staff.post("/admin/checkout/outboxmessage/", data, follow=True))

    def form(self, **changes):
        return {
            "code": "express",
            "name": "Express",
            "description": "",
            "price_0": "12.00",
            "price_1": "EUR",
            "free_over_0": "",
            "free_over_1": "EUR",
            "countries": ["DE", "AT"],
            "min_days": "1",
            "max_days": "2",
            "is_active": "on",
            "position": "1",
            **changes,
        }

    def test_delivery_methods_are_edited(self, staff):
        assert staff.post("/admin/checkout/shippingmethod/add/", self.form()).status_code == 302
        method = ShippingMethod.objects.get()
        assert (method.countries, str(method.price), method.free_over) == (["DE", "AT"], "€12.00", None)
        url = f"/admin/checkout/shippingmethod/{method.pk}/change/"
        assert staff.get(url).status_code == 200
        staff.post(url, self.form(countries=[], price_0="9.00"))
        method.refresh_from_db()
        assert (method.countries, str(method.price)) == ([], "€9.00")

    @pytest.mark.parametrize("changes", [{"countries": ["XX"]}, {"min_days": "5"}, {"price_0": "-1"}, {"min_days": ""}])
    def test_nonsense_is_refused(self, staff, changes):
        response = staff.post("/admin/checkout/shippingmethod/add/", self.form(**changes))
        assert response.status_code == 200
        assert not ShippingMethod.objects.exists()

    def test_the_list_of_delivery_methods(self, staff):
        make_shipping()
        assert "Standard" in text_of(staff.get("/admin/checkout/shippingmethod/"))


@pytest.mark.parametrize("change", ["save", "delete", "admin"])
def test_changed_ways_of_delivery_are_seen_at_once(staff: Client, change: str) -> None:
    """They are remembered under the catalogue's number, so whatever changes them must raise it."""
    method = make_shipping("standard")
    before = catalog_version()
    if change == "save":
        method.save()
    elif change == "delete":
        method.delete()
    else:
        data = {"action": "delete_selected", "_selected_action": [method.pk], "post": "yes"}
        staff.post("/admin/checkout/shippingmethod/", data)
        assert not ShippingMethod.objects.exists()
    assert catalog_version() > before
