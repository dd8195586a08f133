"""Staff correct counts; a count that moved meanwhile is not overwritten."""

from __future__ import annotations

import re

import pytest

from shop.catalog.models import Product
from shop.catalog.services import catalog_version
from shop.stock import admin as stock_admin
from shop.stock import services
from shop.stock.models import Hold, Stock
from tests.factories import make_variant
from tests.shop.catalog.adminforms import fields_of

URL = "/admin/stock/stock/"


@pytest.fixture
def staff(admin_client):
    return admin_client


@pytest.fixture
def boot(db):
    return make_variant("BOOT", available=10)


def left() -> int:
    return Stock.objects.get().available


def list_fields(boot, seen: int, available: object, **more: object) -> dict[str, object]:
    return {
        "form-TOTAL_FORMS": 1,
        "form-INITIAL_FORMS": 1,
        "form-0-variant": boot.pk,
        "initial-form-0-available": seen,
        "form-0-available": available,
        "_save": "Save",
        **more,
    }


def sell_between(monkeypatch, boot) -> None:
    """Somebody buys one after the form was compared and before it is written, as if no row had been locked."""

    def corrected(*args: object, **named: object) -> bool:
        services.take(boot.pk, 1)
        return services.correct(*args, **named)

    monkeypatch.setattr(stock_admin, "correct", corrected)


def told(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_the_list_counts(staff, boot) -> None:
    page = staff.get(URL).content.decode()
    assert re.search(r'<input type="hidden" name="initial-form-0-available" value="10"', page)
    number = catalog_version()
    response = staff.post(URL, list_fields(boot, 10, 4, **{"form-0-sells_without": "on"}), follow=True)
    assert "changed successfully" in told(response)
    assert left() == 4
    assert Stock.objects.get().sells_without
    assert catalog_version() > number


def test_the_list_does_not_overwrite_a_sale(staff, boot) -> None:
    staff.get(URL)
    services.take(boot.pk, 3)
    response = staff.post(URL, list_fields(boot, 10, 12))
    assert "Somebody changed this while you had it open: 10 → 7." in response.content.decode()
    assert left() == 7


def test_nor_a_sale_between_the_check_and_the_update(staff, boot, monkeypatch) -> None:
    sell_between(monkeypatch, boot)
    response = staff.post(URL, list_fields(boot, 10, 12), follow=True)
    assert "changed while you had it open" in told(response)
    assert left() == 9


def test_a_row_nobody_changed_is_not_written(staff, boot) -> None:
    services.take(boot.pk, 3)
    number = catalog_version()
    staff.post(URL, list_fields(boot, 10, 10))
    assert left() == 7
    assert catalog_version() == number


@pytest.mark.parametrize("seen", ["x", "-1", "9" * 30, "", "²"])
def test_a_made_up_count_is_refused(staff, boot, seen: str) -> None:
    assert staff.post(URL, list_fields(boot, seen, 12)).status_code == 200
    assert left() == 10


@pytest.mark.parametrize("available", ["-1", "x", "99999999999", ""])
def test_no_count_is_refused(staff, boot, available: str) -> None:
    assert staff.post(URL, list_fields(boot, 10, available)).status_code == 200
    assert left() == 10


FILTERS = {"left=none": False, "left=few": False, "left=many": True, "q=BOOT": True, "left=x": True}


@pytest.mark.parametrize(("query", "is_listed"), FILTERS.items())
def test_filters(staff, boot, query: str, is_listed: bool) -> None:
    assert ("form-0-available" in staff.get(f"{URL}?{query}").content.decode()) is is_listed


def test_sold_out_is_what_cannot_be_bought(staff, boot) -> None:
    Stock.objects.filter(pk=boot.pk).update(available=0)
    assert "form-0-available" in staff.get(f"{URL}?left=none").content.decode()
    Stock.objects.filter(pk=boot.pk).update(sells_without=True)
    assert "form-0-available" not in staff.get(f"{URL}?left=none").content.decode()


def test_one_row(staff, boot) -> None:
    url = f"{URL}{boot.pk}/change/"
    assert staff.get(url).status_code == 200
    assert staff.post(url, {"available": 5, "initial-available": 10}).status_code == 302
    assert left() == 5


def test_rows_come_with_their_variants(staff, boot) -> None:
    assert staff.get(f"{URL}add/").status_code == 403
    number = catalog_version()
    assert staff.post(f"{URL}{boot.pk}/delete/", {"post": "yes"}).status_code == 302
    assert catalog_version() > number
    assert not Stock.objects.exists()


@pytest.mark.parametrize("way", ["one", "many"])
def test_n8_what_stands_in_orders_stays_and_the_page_says_what_to_do(staff, boot, way: str) -> None:
    Hold.objects.create(reference="abc", variant=boot, quantity=1, expires_at="2030-01-01T00:00Z")
    product = "/admin/catalog/product/"
    url = f"{product}{boot.product_id}/delete/" if way == "one" else product
    chosen = {} if way == "one" else {"action": "delete_selected", "_selected_action": [boot.product_id]}
    pages = [staff.post(url, {**chosen, "post": "yes"})]
    pages.append(staff.get(url) if way == "one" else staff.post(url, chosen))
    for page in pages:
        assert page.status_code == 200
        assert "stands in orders, so it stays. Unpublish it instead" in page.content.decode()
        assert "permission" not in page.content.decode()
    assert Product.objects.filter(pk=boot.product_id).exists()
    Hold.objects.all().delete()
    assert staff.post(url, {**chosen, "post": "yes"}).status_code == 302
    assert not Product.objects.exists()


def test_n8_nor_does_a_variant_that_stands_in_orders_go(staff, boot) -> None:
    Hold.objects.create(reference="abc", variant=boot, quantity=1, expires_at="2030-01-01T00:00Z")
    response = send_product(staff, boot, **{"variants-0-DELETE": "on"})
    assert "This variant stands in orders, so it stays." in response.content.decode()
    assert Hold.objects.count() == 1


def test_holds_are_to_look_at(staff, boot) -> None:
    Hold.objects.create(reference="abc", variant=boot, quantity=1, expires_at="2030-01-01T00:00Z")
    assert "abc" in staff.get("/admin/stock/hold/").content.decode()
    hold = Hold.objects.get()
    assert staff.get(f"/admin/stock/hold/{hold.pk}/change/").status_code == 200
    assert staff.post(f"/admin/stock/hold/{hold.pk}/change/", {"quantity": 9}).status_code == 403
    assert staff.post(f"/admin/stock/hold/{hold.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get("/admin/stock/hold/add/").status_code == 403


# --- among the variants of a product ------------------------------------------------------------------------------
def send_product(staff, boot, **changes: str):
    url = f"/admin/catalog/product/{boot.product_id}/change/"
    return staff.post(url, fields_of(staff, url) | changes, follow=True)


def test_the_product_form_counts(staff, boot) -> None:
    send_product(staff, boot, **{"variants-0-available": "3"})
    assert left() == 3


def test_the_product_form_leaves_stock_alone(staff, boot) -> None:
    url = f"/admin/catalog/product/{boot.product_id}/change/"
    sent = fields_of(staff, url) | {"title": "Other"}
    services.take(boot.pk, 4)
    assert staff.post(url, sent).status_code == 302
    assert left() == 6


def test_the_product_form_does_not_overwrite_a_sale(staff, boot) -> None:
    url = f"/admin/catalog/product/{boot.product_id}/change/"
    sent = fields_of(staff, url) | {"variants-0-available": "12"}
    services.take(boot.pk, 4)
    response = staff.post(url, sent)
    assert "Somebody changed this while you had it open: 10 → 6." in response.content.decode()
    assert left() == 6


def test_nor_between_its_check_and_the_update(staff, boot, monkeypatch) -> None:
    sell_between(monkeypatch, boot)
    response = send_product(staff, boot, **{"variants-0-available": "12"})
    assert "changed while you had it open" in told(response)
    assert left() == 9


def test_counting_stops_when_the_field_is_emptied(staff, boot) -> None:
    send_product(staff, boot, **{"variants-0-available": ""})
    assert not Stock.objects.exists()
    send_product(staff, boot, **{"variants-0-available": "2"})
    assert left() == 2


def test_a_variant_that_is_deleted_has_no_stock(staff, boot) -> None:
    send_product(staff, boot, **{"variants-0-DELETE": "on", "variants-0-available": "2"})
    assert not Stock.objects.exists()
