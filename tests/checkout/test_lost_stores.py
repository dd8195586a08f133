"""What was accepted is known as long as what was entered is (issue 8, N6; S41)."""

from __future__ import annotations

import pytest

from checkout.models import CheckoutDraft, Order
from navstate.rules.state import read_note
from shop.accounts.models import User
from tests.factories import make_shipping, make_variant
from tests.losses import empty_redis, forget_navigation, forget_sessions
from tests.shopper import ADDRESS, Shopper, leads_to, text_of

pytestmark = pytest.mark.django_db

WAY = {
    "address": {**ADDRESS, "city": "Ulm"},
    "shipping": {"shipping_method": "express"},
    "payment": {"payment_method": "demo"},
    "review": {},
}
NEXT = {"address": "/checkout/shipping/", "shipping": "/checkout/payment/", "payment": "/checkout/review/"}
LOSSES = {"all": empty_redis, "the states": forget_navigation, "the sessions": forget_sessions}


@pytest.fixture
def shopper() -> Shopper:
    make_variant("BOOT-42", price="129.00")
    make_variant("PACK", price="80.00", title="Day Pack")
    make_shipping("standard", price="4.90")
    make_shipping("express", price="12.00")
    return Shopper()


def go_to(shopper: Shopper, stage: str) -> None:
    shopper.add()
    steps = {"address": shopper.give_address, "shipping": shopper.choose_shipping, "payment": shopper.choose_payment}
    for name, step in steps.items():
        if name == stage:
            return
        step()


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("stage", WAY)
def test_n6_s41_nothing_is_asked_twice_at_any_stage(shopper: Shopper, stage: str, loss) -> None:
    go_to(shopper, stage)
    loss()
    for earlier in [*WAY][: [*WAY].index(stage) + 1]:
        page = shopper.get(f"/checkout/{earlier}/")
        assert (page.status_code, "Please" in text_of(page) and "first" in text_of(page)) == (200, False), earlier
    assert leads_to(shopper.get("/checkout/"), f"/checkout/{stage}/")


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("stage", WAY)
def test_n6_s41_a_form_from_before_the_loss_is_taken(shopper: Shopper, stage: str, loss) -> None:
    go_to(shopper, stage)
    form = shopper.open(f"/checkout/{stage}/", "place-order" if stage == "review" else "stage-submit")
    loss()
    answer = shopper.send(form, WAY[stage])
    assert answer.status_code == 303
    if stage in NEXT:
        assert answer["Location"] == NEXT[stage]
        assert shopper.get(NEXT[stage]).status_code == 200
    else:
        assert "/demo-gateway/pay/" in answer["Location"]


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_n6_the_second_order_of_a_visitor_loses_as_little(shopper: Shopper, loss) -> None:
    shopper.send(shopper.go_to_review())
    review = shopper.go_to_review("PACK")
    loss()
    assert shopper.get("/checkout/review/").status_code == 200
    assert shopper.send(review).status_code == 303
    assert Order.objects.count() == 2


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_n6_an_ended_attempt_stays_ended(shopper: Shopper, loss) -> None:
    review = shopper.go_to_review()
    address = shopper.open("/checkout/address/")
    first = shopper.send(review)
    receipt = f"/order/{Order.objects.get().token}/"
    loss()
    assert leads_to(shopper.get("/checkout/review/"), receipt)
    assert leads_to(shopper.send(address, {"city": "Ulm"}), receipt)
    assert leads_to(shopper.send(review), first["Location"])
    assert Order.objects.count() == 1


def test_n6_a_change_of_the_cart_after_the_loss_loses_nothing_either(shopper: Shopper) -> None:
    go_to(shopper, "review")
    empty_redis()
    shopper.add("PACK")
    assert shopper.get("/checkout/review/").status_code == 200


def test_n6_a_lost_account_logs_in_and_goes_on_where_it_was(shopper: Shopper) -> None:
    User.objects.create_user("ada@example.org", "seven-larks-9")
    shopper.send(shopper.open("/login/", "login-form"), {"login": "ada@example.org", "password": "seven-larks-9"})
    go_to(shopper, "review")
    empty_redis()
    form = shopper.open("/login/?redirect=/checkout/", "login-form")
    shopper.send(form, {"login": "ada@example.org", "password": "seven-larks-9"})
    assert shopper.get("/checkout/review/").status_code == 200


def test_n6_a_cart_that_is_open_again_goes_its_way_again(shopper: Shopper) -> None:
    """A cancelled order's cart is a new attempt: what was entered stands in its forms, and nothing counts as accepted."""
    shopper.send(shopper.go_to_review())
    order = Order.objects.get()
    shopper.send(shopper.open(f"/pay/{order.token}/", "cancel-order"), {"action": "cancel"})
    for loss in (lambda: None, empty_redis):
        loss()
        assert leads_to(shopper.get("/checkout/review/"), "/checkout/address/")
        assert 'value="Waldweg 3"' in text_of(shopper.get("/checkout/address/"))


def test_n6_draft_and_acceptance_are_written_by_one_statement(shopper: Shopper, django_assert_num_queries) -> None:
    go_to(shopper, "payment")
    note = read_note(CheckoutDraft.objects.get().accepted)
    assert note is not None
    assert set(note.accepted) == {"address", "shipping"}
    assert note.accepted["shipping"].led_to == "/checkout/payment/"
