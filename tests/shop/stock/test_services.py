"""Units are taken, held, given back and taken again exactly once, and pages hear of it when they would show it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from shop.catalog.services import bump_catalog_version, catalog_version
from shop.stock import services
from shop.stock.models import Hold, Stock
from shop.stock.services import OutOfStock
from tests.factories import make_variant

pytestmark = pytest.mark.django_db

LATER = datetime(2030, 1, 1, tzinfo=UTC)


def left(variant) -> int:
    return Stock.objects.get(pk=variant.pk).available


def states(reference: str = "order") -> list[str]:
    return list(Hold.objects.filter(reference=reference).order_by("variant__sku").values_list("state", flat=True))


@pytest.fixture
def boot(db):
    return make_variant("BOOT", available=10)


@pytest.fixture
def sock(db):
    return make_variant("SOCK", title="Wool Sock", available=3)


@pytest.fixture
def poster(db):
    return make_variant("POSTER", title="Poster", available=None)


@pytest.fixture
def backorder(db):
    variant = make_variant("TENT", title="Tent", available=2)
    Stock.objects.filter(pk=variant.pk).update(sells_without=True)
    return variant


# --- take ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("quantity", "is_taken", "rest"), [(1, True, 9), (10, True, 0), (11, False, 10)])
def test_take_only_what_is_there(boot, quantity: int, is_taken: bool, rest: int) -> None:
    assert services.take(boot.pk, quantity) is is_taken
    assert left(boot) == rest


def test_take_what_nobody_counts(poster) -> None:
    assert services.take(poster.pk, 1000) is True
    assert not Stock.objects.filter(pk=poster.pk).exists()


def test_take_beyond_zero(backorder) -> None:
    assert services.take(backorder.pk, 5) is True
    assert services.take(backorder.pk, 1) is True
    assert left(backorder) == 0


@pytest.mark.parametrize("quantity", [0, -1])
def test_take_nothing_is_a_mistake(boot, quantity: int) -> None:
    with pytest.raises(ValueError, match="cannot be taken"), transaction.atomic():
        services.take(boot.pk, quantity)
    assert left(boot) == 10


def test_units_that_come_back_during_a_refusal_are_taken(boot, monkeypatch) -> None:
    """Between the refused UPDATE and the look at why, somebody else's order was given up."""
    Stock.objects.update(available=0)
    look = Stock.objects.filter

    def filter_and_return(*args, **kwargs):
        if kwargs == {"pk": boot.pk}:
            look(pk=boot.pk).update(available=2)
        return look(*args, **kwargs)

    monkeypatch.setattr(Stock.objects, "filter", filter_and_return)
    assert services.take(boot.pk, 2) is True
    monkeypatch.undo()
    assert left(boot) == 0


def test_backorder_taken_while_the_count_moves(backorder, monkeypatch) -> None:
    """The count read is not the count any more: it is read again, so that what is given back is what was taken."""
    look = Stock.objects.filter
    moves = iter([1])

    def filter_and_move(*args, **kwargs):
        if kwargs == {"pk": backorder.pk, "available": 2} and next(moves, None):
            look(pk=backorder.pk).update(available=1)
        return look(*args, **kwargs)

    monkeypatch.setattr(Stock.objects, "filter", filter_and_move)
    services.hold("order", [(backorder.pk, 5)], LATER)
    monkeypatch.undo()
    assert Hold.objects.get().counted == 1
    assert left(backorder) == 0


def test_give_back(boot, poster) -> None:
    services.give_back(boot.pk, 2)
    services.give_back(poster.pk, 2)
    assert left(boot) == 12


# --- hold, pay, release, reacquire_hold -----------------------------------------------------------------------------------
def test_hold_then_paid(boot, sock, poster) -> None:
    services.hold("order", [(boot.pk, 2), (poster.pk, 1), (sock.pk, 3)], LATER)
    assert (left(boot), left(sock)) == (8, 0)
    assert states() == ["held"] * 3
    assert services.commit_hold("order") == 3
    assert services.commit_hold("order") == 0
    assert services.release("order") == 0
    assert states() == ["taken"] * 3
    assert (left(boot), left(sock)) == (8, 0)


def test_hold_is_all_or_nothing(boot, sock) -> None:
    with pytest.raises(OutOfStock) as refused, transaction.atomic():
        services.hold("order", [(boot.pk, 2), (sock.pk, 4)], LATER)
    assert (refused.value.variant_id, refused.value.available) == (sock.pk, 3)
    assert (left(boot), left(sock)) == (10, 3)
    assert states() == []


def test_an_order_holds_a_variant_once(boot) -> None:
    services.hold("order", [(boot.pk, 2)], LATER)
    with pytest.raises(IntegrityError), transaction.atomic():
        services.hold("order", [(boot.pk, 1)], LATER)
    assert left(boot) == 8


def test_release_gives_back_once(boot, sock) -> None:
    services.hold("order", [(boot.pk, 2), (sock.pk, 3)], LATER)
    assert services.release("order") == 2
    assert services.release("order") == 0
    assert states() == ["released"] * 2
    assert (left(boot), left(sock)) == (10, 3)
    assert services.commit_hold("order") == 0


def test_release_gives_back_what_came_out_of_the_count(backorder, poster) -> None:
    services.hold("order", [(poster.pk, 4), (backorder.pk, 5)], LATER)
    assert left(backorder) == 0
    assert services.release("order") == 2
    assert left(backorder) == 2
    assert not Stock.objects.filter(pk=poster.pk).exists()


def test_a_hold_that_was_moved_meanwhile_is_left_alone(boot, monkeypatch) -> None:
    services.hold("order", [(boot.pk, 2)], LATER)
    seen = services._holds("order", Hold.State.HELD)
    services.commit_hold("order")
    monkeypatch.setattr(services, "_holds", lambda *_: seen)
    assert services.release("order") == 0
    assert left(boot) == 8


def test_money_after_release_takes_again(boot, sock) -> None:
    services.hold("order", [(boot.pk, 2), (sock.pk, 3)], LATER)
    services.release("order")
    assert services.reacquire_hold("order") is True
    assert services.reacquire_hold("order") is True
    assert states() == ["taken"] * 2
    assert (left(boot), left(sock)) == (8, 0)


def test_retake_is_all_or_nothing(boot, sock) -> None:
    services.hold("order", [(boot.pk, 2), (sock.pk, 3)], LATER)
    services.release("order")
    services.take(sock.pk, 1)
    assert services.reacquire_hold("order") is False
    assert states() == ["released"] * 2
    assert (left(boot), left(sock)) == (10, 2)


def test_retake_of_a_hold_that_another_one_retook(boot, monkeypatch) -> None:
    services.hold("order", [(boot.pk, 2)], LATER)
    services.release("order")
    seen = services._holds("order", Hold.State.RELEASED)
    services.reacquire_hold("order")
    monkeypatch.setattr(services, "_holds", lambda *_: seen)
    assert services.reacquire_hold("order") is True
    assert left(boot) == 8


def test_retaken_units_are_what_a_second_release_would_give_back(backorder) -> None:
    services.hold("order", [(backorder.pk, 1)], LATER)
    services.release("order")
    services.take(backorder.pk, 2)
    services.reacquire_hold("order")
    assert Hold.objects.get().counted == 0


# --- counts set by people -----------------------------------------------------------------------------------------
def test_a_correction_does_not_overwrite_a_sale(boot) -> None:
    services.take(boot.pk, 1)
    assert services.correct(boot.pk, seen=10, available=20, sells_without=False) is False
    assert left(boot) == 9
    assert services.correct(boot.pk, seen=9, available=20, sells_without=True) is True
    assert left(boot) == 20
    assert Stock.objects.get(pk=boot.pk).sells_without


def test_counting_starts_and_stops(poster) -> None:
    assert services.correct(poster.pk, seen=None, available=None, sells_without=False) is True
    assert services.correct(poster.pk, seen=None, available=4, sells_without=False) is True
    assert left(poster) == 4
    assert services.correct(poster.pk, seen=None, available=9, sells_without=False) is False
    assert services.correct(poster.pk, seen=None, available=None, sells_without=False) is False
    assert services.correct(poster.pk, seen=3, available=None, sells_without=False) is False
    assert left(poster) == 4
    assert services.correct(poster.pk, seen=4, available=None, sells_without=False) is True
    assert not Stock.objects.filter(pk=poster.pk).exists()


# --- pages hear of it ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("before", "quantity", "is_shown"),
    [(10, 1, False), (10, 4, False), (6, 1, True), (10, 5, True), (5, 1, True), (1, 1, True), (10, 10, True)],
)
def test_the_catalogue_changes_when_a_page_would(boot, before: int, quantity: int, is_shown: bool) -> None:
    Stock.objects.update(available=before)
    bump_catalog_version()
    number = catalog_version()
    services.take(boot.pk, quantity)
    assert (catalog_version() > number) is is_shown
    number = catalog_version()
    services.give_back(boot.pk, quantity)
    assert (catalog_version() > number) is is_shown


def test_holding_and_releasing_change_the_catalogue(sock) -> None:
    bump_catalog_version()
    numbers = [catalog_version()]
    services.hold("order", [(sock.pk, 1)], LATER)
    numbers.append(catalog_version())
    services.release("order")
    numbers.append(catalog_version())
    services.reacquire_hold("order")
    numbers.append(catalog_version())
    assert sorted(set(numbers)) == numbers
    services.commit_hold("order")
    assert catalog_version() == numbers[-1]


def test_a_correction_changes_the_catalogue(boot) -> None:
    bump_catalog_version()
    number = catalog_version()
    services.correct(boot.pk, seen=9, available=3, sells_without=False)
    assert catalog_version() == number
    services.correct(boot.pk, seen=10, available=3, sells_without=False)
    assert catalog_version() > number


def test_available_for(boot, sock, poster, backorder) -> None:
    wanted = [boot.pk, sock.pk, poster.pk, backorder.pk, 999_999]
    assert services.available_for(wanted) == {
        boot.pk: 10,
        sock.pk: 3,
        poster.pk: None,
        backorder.pk: None,
        999_999: None,
    }


def test_available_for_is_one_query(boot, sock, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        services.available_for([boot.pk, sock.pk])
