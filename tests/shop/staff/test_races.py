"""The same on real connections: two who save in the same moment, beside what happens without the locks."""

from __future__ import annotations

import threading

import pytest
from djmoney.money import Money

from shop.catalog.models import Product, Variant
from shop.staff import admin as staff_admin
from shop.stock import services
from shop.stock.models import Stock
from tests.factories import make_variant
from tests.parallel import in_parallel
from tests.shop.staff.pages import Opened, member, text

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
LIST = "/admin/catalog/product/"


@pytest.fixture
def boot() -> Variant:
    return make_variant("BOOT", price="20.00", title="Rain Boot")


def opened_by(count: int, url: str) -> list[Opened]:
    return [Opened(member(f"member{number}"), url) for number in range(count)]


def test_f_six_at_once_change_the_price_and_five_are_told(boot) -> None:
    pages = opened_by(6, f"{LIST}{boot.product_id}/change/")
    answers = in_parallel(
        [lambda page=page, n=n: page.send(variants__0__price_0=f"{30 + n}.00") for n, page in enumerate(pages)]
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [302]
    won = next(number for number, answer in enumerate(answers) if answer.status_code == 302)
    assert str(Variant.objects.get().price.amount) == f"{30 + won}.00"
    told = [text(answer) for answer in answers if answer.status_code == 200]
    assert all(f"20.00 EUR → {30 + won}.00 EUR" in page for page in told)


def test_f_control_without_the_locks_all_think_that_they_won(boot, monkeypatch) -> None:
    pages, meet = opened_by(3, f"{LIST}{boot.product_id}/change/"), threading.Barrier(3)
    write = staff_admin.ShownForm.write

    def late(form) -> None:
        if isinstance(form.instance, Product):
            meet.wait(timeout=30)  # all have compared before anybody writes
        write(form)

    monkeypatch.setattr(staff_admin, "lock", lambda rows, is_deleting=False: [])
    monkeypatch.setattr(staff_admin.ShownForm, "write", late)
    answers = in_parallel(
        [lambda page=page, n=n: page.send(variants__0__price_0=f"{30 + n}.00") for n, page in enumerate(pages)]
    )
    assert [getattr(answer, "status_code", answer) for answer in answers] == [302] * 3


def test_f_each_changes_another_field_at_once_and_all_stand(boot) -> None:
    pages = opened_by(4, f"{LIST}{boot.product_id}/change/")
    changes = [{"title": "New"}, {"brand": "B"}, {"variants__0__grams": "9"}, {"variants__0__price_0": "31.00"}]
    answers = in_parallel(
        [lambda page=page, change=change: page.send(**change) for page, change in zip(pages, changes, strict=True)]
    )
    assert [answer.status_code for answer in answers] == [302] * 4
    product, variant = Product.objects.get(), Variant.objects.get()
    assert (product.title, product.brand, variant.grams, str(variant.price.amount)) == ("New", "B", 9, "31.00")


def test_f_ticks_of_a_list_at_once(boot) -> None:
    pages = opened_by(2, LIST)
    ticks = [{"form-0-is_published": None}, {"form-0-is_featured": "on"}]
    in_parallel([lambda page=page, tick=tick: page.save_list(**tick) for page, tick in zip(pages, ticks, strict=True)])
    now = Product.objects.get()
    assert (now.is_published, now.is_featured) == (False, True)


def test_f_an_import_writes_beside_a_member_of_staff(boot) -> None:
    (page,) = opened_by(1, f"{LIST}{boot.product_id}/change/")

    def import_price() -> None:
        variant = Variant.objects.get()
        variant.price = Money(66, "EUR")
        variant.save(update_fields=["price", "price_currency"])

    in_parallel([lambda: page.send(brand="B", variants__0__grams="9"), import_price])
    assert (str(Variant.objects.get().price.amount), Variant.objects.get().grams) == ("66.00", 9)


def test_f_sales_while_staff_count(boot) -> None:
    """Either the count was taken before a sale or it is refused: no unit is made up or lost."""
    page = Opened(member("ann"), "/admin/stock/stock/")
    calls = [lambda: services.take(boot.pk, 1)] * 6
    answers = in_parallel([*calls[:3], lambda: page.save_list(**{"form-0-available": "100"}), *calls[3:]])
    sold = sum(answer is True for answer in answers)
    assert sold == 6
    saved = answers[3].status_code == 302
    assert Stock.objects.get().available in ({94} if saved else {4})
