"""Logging in on the way through checkout, where the account has an open cart of its own (issue 8, N4)."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from checkout.models import CheckoutDraft
from checkout.services.drafts import Joined, join_drafts, write_draft
from shop.accounts.models import Profile, User
from shop.cart import services
from shop.cart.models import Cart, CartLine
from tests.factories import make_shipping, make_variant
from tests.parallel import in_parallel
from tests.shopper import Shopper, leads_to, text_of

EMAIL, PASSWORD = "ada@example.org", "seven-larks-9"
OLD = {
    "email": EMAIL,
    "name": "Ada Old",
    "line1": "Altweg 1",
    "city": "Ulm",
    "postcode": "89073",
    "phone": "0731 12345",
}
NEW = {"email": "gift@example.org", "name": "Ben New", "line1": "Neuweg 2", "city": "Berlin", "postcode": "10115"}


@pytest.fixture
def ada(db) -> User:
    make_variant("A", title="Thing A")
    make_variant("B", title="Thing B")
    make_shipping("standard")
    make_shipping("express", price="12.00")
    return User.objects.create_user(EMAIL, PASSWORD)


def log_in(shopper: Shopper, back: str = "/checkout/") -> str:
    form = shopper.open(f"/login/?redirect={back}", "login-form")
    answer = shopper.send(form, {"login": EMAIL, "password": PASSWORD})
    assert answer.status_code == 303
    return str(answer["Location"])


@pytest.fixture
def elsewhere(ada: User) -> Shopper:
    """Another browser, in which the account has been at the review with an address of last time."""
    shopper = Shopper()
    log_in(shopper)
    shopper.add("A")
    shopper.give_address(**OLD)
    shopper.choose_shipping("express")
    shopper.choose_payment()
    return shopper


def draft_of(user: User) -> CheckoutDraft:
    return CheckoutDraft.objects.get(cart__user=user, cart__status="open")


def test_n4_address_step_attempt_and_cart_stay(ada: User, elsewhere: Shopper) -> None:
    guest = Shopper()
    guest.add("B", 2)
    guest.give_address(**NEW)
    guest.choose_shipping("standard")
    before = guest.open("/checkout/payment/").fields
    assert log_in(guest, "/checkout/payment/") == "/checkout/payment/"
    after = guest.open("/checkout/payment/").fields
    assert after["nav_attempt"] == before["nav_attempt"]
    assert leads_to(guest.get("/checkout/"), "/checkout/payment/")
    draft = draft_of(ada)
    assert {name: getattr(draft, name) for name in NEW} == NEW
    assert (draft.phone, draft.shipping_method, draft.payment_method) == ("", "standard", "demo")
    lines = dict(CartLine.objects.filter(cart__user=ada, cart__status="open").values_list("variant__sku", "quantity"))
    assert lines == {"A": 1, "B": 2}


def test_n4_what_was_joined_is_told(ada: User, elsewhere: Shopper) -> None:
    guest = Shopper()
    guest.add("B", 2)
    guest.give_address(**NEW)
    log_in(guest)
    page = text_of(guest.get("/checkout/shipping/"))
    assert "Your cart from last time and the one you filled now are one. 1 item was added." in page
    assert "what was entered last time gave way to it: E-mail, Address." in page
    assert "Filled in as you entered it last time: Delivery, Payment." in page


def test_n4_it_can_be_ordered_to_the_address_just_entered(ada: User, elsewhere: Shopper) -> None:
    guest = Shopper()
    guest.add("B")
    guest.give_address(**NEW)
    guest.choose_shipping("standard")
    log_in(guest)
    guest.choose_payment()
    page = text_of(guest.get("/checkout/review/"))
    assert "Neuweg 2" in page
    assert "Altweg 1" not in page


def test_n4_an_address_of_last_time_fills_what_was_not_entered(ada: User, elsewhere: Shopper) -> None:
    Profile.objects.create(user=ada, name="Ada Profile", line1="Profilweg 3")
    guest = Shopper()
    guest.add("B")
    log_in(guest, "/checkout/address/")
    response = guest.get("/checkout/address/")
    assert "Altweg 1" in text_of(response)
    assert "Filled in as you entered it last time: E-mail, Address, Delivery, Payment." in text_of(response)


def test_n4_the_other_browser_is_told_and_loses_nothing(ada: User, elsewhere: Shopper) -> None:
    stale = elsewhere.open("/checkout/address/")
    guest = Shopper()
    guest.add("B")
    guest.give_address(**NEW)
    log_in(guest)
    answer = elsewhere.send(stale, {**OLD, "line1": "Altweg 9"})
    page = text_of(elsewhere.get(answer["Location"]) if answer.status_code == 303 else answer)
    assert "Neuweg 2" in page
    assert 'value="Altweg 9"' in page


def test_n4_a_second_login_changes_nothing(ada: User, elsewhere: Shopper) -> None:
    guest = Shopper()
    guest.add("B")
    guest.give_address(**NEW)
    token = guest.client.cookies["cart"].value
    log_in(guest)
    again = Shopper()
    again.client.cookies["cart"] = token
    log_in(again)
    assert draft_of(ada).line1 == "Neuweg 2"
    assert Cart.objects.filter(user=ada, status="open").count() == 1


def test_n4_without_a_draft_of_the_account_nothing_is_said_of_it(ada: User) -> None:
    other = Shopper()
    log_in(other)
    other.add("A")
    guest = Shopper()
    guest.add("B")
    guest.give_address(**NEW)
    log_in(guest)
    page = text_of(guest.get("/checkout/shipping/"))
    assert "gave way" not in page
    assert "Filled in" not in page
    assert draft_of(ada).line1 == "Neuweg 2"


@pytest.mark.django_db
def test_n4_groups_are_joined_each_as_a_whole() -> None:
    older, newer = Cart.objects.create(), Cart.objects.create()
    CheckoutDraft.objects.create(cart=older, email="a@b.example", line2="Hinterhaus", payment_method="demo", version=4)
    CheckoutDraft.objects.create(cart=newer, email="a@b.example", line1="Neuweg 2", version=1)
    assert join_drafts(older.pk, newer.pk) == Joined(kept=("address",), taken=("payment_method",))
    draft = CheckoutDraft.objects.get(pk=newer.pk)
    assert (draft.line1, draft.line2, draft.payment_method, draft.version) == ("Neuweg 2", "", "demo", 2)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
class TestRaces:
    """Two logins at once, on real connections to PostgreSQL."""

    def carts(self, user: User) -> tuple[Cart, list[Cart]]:
        mine = Cart.objects.create(user=user)
        guests = [Cart.objects.create(), Cart.objects.create()]
        for cart, sku in zip((mine, *guests), ("A", "B", "C"), strict=True):
            services.add(cart.pk, sku=sku, quantity=1)
            CheckoutDraft.objects.create(cart=cart, line1=f"Weg {sku}", version=1)
        return mine, guests

    def merge(self, guest: Cart, user: User) -> services.MergeReport:
        for _ in range(10):
            try:
                return services.merge(guest.token, user.pk, join_drafts)
            except services.CartClosed:
                continue
        raise AssertionError("never merged")

    def test_n4_two_guests_of_one_account_lose_no_line_and_leave_one_cart(self, ada: User) -> None:
        make_variant("C", title="Thing C")
        _, guests = self.carts(ada)
        reports = in_parallel([lambda guest=guest: self.merge(guest, ada) for guest in guests])
        assert all(isinstance(report, services.MergeReport) for report in reports), reports
        (left,) = Cart.objects.filter(user=ada, status="open")
        assert set(left.lines.values_list("variant__sku", flat=True)) == {"A", "B", "C"}
        assert left.draft.line1 in {"Weg B", "Weg C"}

    def test_n4_the_same_login_twice_is_one(self, ada: User) -> None:
        make_variant("C", title="Thing C")
        _, (guest, _) = self.carts(ada)
        reports = in_parallel([lambda: self.merge(guest, ada)] * 8)
        assert sorted(report.moved for report in reports) == [0] * 7 + [1], reports
        (left,) = Cart.objects.filter(user=ada, status="open")
        assert left.pk == guest.pk
        assert set(left.lines.values_list("variant__sku", flat=True)) == {"A", "B"}
        assert left.draft.line1 == "Weg B"

    def test_n4_an_address_sent_while_the_login_is_under_way_is_kept(self, ada: User) -> None:
        make_variant("C", title="Thing C")
        _, (guest, _) = self.carts(ada)
        results = in_parallel(
            [lambda: self.merge(guest, ada), lambda: write_draft(guest.pk, version=1, line1="Eben getippt")]
        )
        assert not [result for result in results if isinstance(result, Exception)], results
        assert Cart.objects.get(user=ada, status="open").draft.line1 == "Eben getippt"

    def test_control_where_the_account_s_cart_stays_that_address_is_lost(self, ada: User) -> None:
        """The other way round, as it was: lines move to the account's cart, and what is written to the guest's goes."""
        make_variant("C", title="Thing C")
        _, (guest, _) = self.carts(ada)

        def lines_only(guest: Cart, mine: Cart, *_: object) -> services.MergeReport:
            Cart.objects.filter(pk=guest.pk).update(status=Cart.Status.MERGED)
            guest.lines.update(cart=mine)
            return services.MergeReport(token=mine.token)

        with patch.object(services, "_join", lines_only):
            in_parallel(
                [lambda: self.merge(guest, ada), lambda: write_draft(guest.pk, version=1, line1="Eben getippt")]
            )
        assert Cart.objects.get(user=ada, status="open").draft.line1 == "Weg A"


@pytest.mark.parametrize("has_cart", [True, False], ids=["joins", "adopts"])
def test_n4_what_was_typed_and_not_sent_finds_its_form_again(ada: User, has_cart: bool) -> None:
    """Browsers keep it by attempt and stage: both are the same after the page's own "Or log in"."""
    if has_cart:
        other = Shopper()
        log_in(other)
        other.add("A")
    guest = Shopper()
    guest.add("B")
    page = guest.get("/checkout/address/")
    assert 'href="/login/?redirect=/checkout/address/"' in text_of(page)
    before = guest.open("/checkout/address/").fields
    assert before["nav_attempt"]
    assert log_in(guest, "/checkout/address/") == "/checkout/address/"
    assert guest.open("/checkout/address/").fields["nav_attempt"] == before["nav_attempt"]
