"""Any two presses of one button, in every order of what they read and write: each ends where the first one led.

S30, issue 8, section 0. A failure prints the order that did it; ``order="AABBA"`` in :func:`tests.twins.Twins.run` goes
through it again. Two that send different things: the later one is told, and nothing of the earlier is lost.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as project
from django.http import HttpResponse
from django.test import AsyncClient, Client

from checkout.models import CheckoutDraft, Order, Payment
from navstate import registry
from navstate.storage.base import get_storage
from navstate.storage.lua import close_async_client
from navstate.testing.forms import Form
from shop.accounts.models import Profile, User
from shop.cart.models import Cart, CartLine
from tests.factories import make_shipping, make_variant
from tests.sent_forms import CASES, EMAIL, PASSWORD, Browser, Case, cart_form, page_form, stage_form
from tests.shopper import ADDRESS, form_with
from tests.twins import WAITS, Run, Twins, every_order, gated

pytestmark = pytest.mark.django_db

READS, WRITES = False, True
GATES = {
    "checkout.views.stages.write_draft": ("draft written", WRITES),
    "checkout.views.stages.place_order": ("order placed", WRITES),
    "checkout.services.pay._find_or_open": ("payment opened", WRITES),
    "checkout.services.pay.record_start": ("payment's page noted", WRITES),
    "checkout.views.pay.cancel": ("order cancelled", WRITES),
    "shop.accounts.views.save_profile": ("profile written", WRITES),
    "shop.accounts.forms.SignupForm.try_save": ("account made", WRITES),
    "shop.accounts.forms.NewPasswordForm.save": ("password changed", WRITES),
    "shop.accounts.adapter.AccountAdapter.authenticate": ("password checked", WRITES),
    "shop.cart.services.merge": ("carts merged", WRITES),
    "checkout.views.pay.get_object_or_404": ("order read", READS),
    "shop.cart.services.open_cart": ("cart opened", READS),  # of a guest: nobody else knows the one that is made
    "shop.cart.services._as_read_or_again": ("line written", WRITES),
    "shop.cart.views.find_cart": ("cart read", READS),
    "navstate.once.guard._wait": (WAITS, READS),
    "navstate.once.guard._await": (WAITS, READS),
}
STORE = {"load": ("state read", READS), "compare_and_set": ("state written", WRITES)}
SESSION = {"save": ("session written", WRITES), "flush": ("session ended", WRITES)}
READ_WITH_THE_SESSION = {"load": ("session and state read", READS)}
"""Redis reads both at once; in SQL reading the state is a gate of its own."""


@pytest.fixture(autouse=True)
def _shop(media, settings) -> None:
    settings.NAVSTATE_ONCE_WAIT = 60  # on a busy machine the other takes long from gate to gate
    settings.PAYMENT_GATEWAYS = {**settings.PAYMENT_GATEWAYS, "other": settings.PAYMENT_GATEWAYS["demo"]}
    make_variant("BOOT-42", price="129.00")
    make_shipping()
    make_shipping("express", price="12.00")


@pytest.fixture
def twins(monkeypatch: pytest.MonkeyPatch) -> Iterator[Twins]:
    """With a gate at every place where a request looks at a store or changes it."""
    with Twins() as twins:
        for path, (name, writes) in GATES.items():
            module, _, attribute = path.rpartition(".")
            owner = _owner(module)
            monkeypatch.setattr(owner, attribute, gated(twins, getattr(owner, attribute), name, writes=writes))
        session = import_module(project.SESSION_ENGINE).SessionStore
        sessions = SESSION | (READ_WITH_THE_SESSION if project.REDIS_URL else {})
        for owner, gates in ((get_storage(), STORE), (session, sessions)):
            for attribute, (name, writes) in gates.items():
                for each in (attribute, f"a{attribute}"):
                    monkeypatch.setattr(owner, each, gated(twins, getattr(owner, each), name, writes=writes))
        for name, flow in list(registry._registered.items()):
            facts = gated(twins, flow.facts, f"facts of {name} read", writes=READS)
            outcome = gated(twins, flow.find_outcome, "order looked for", writes=READS)
            monkeypatch.setitem(registry._registered, name, replace(flow, facts=facts, find_outcome=outcome))
        yield twins


def _owner(path: str) -> Any:
    """A module, or a class in one."""
    with contextlib.suppress(ModuleNotFoundError):
        return import_module(path)
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


@dataclass(frozen=True, eq=False)
class End:
    """Where a request ended: a page of its own, or an address that it was led to."""

    status: int
    where: str
    text: str = field(default="", repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, End) and (self.status, self.where) == (other.status, other.where)


class Sender:
    """A request of a browser as it was when it sent the first one: a second press, before the first answer.

    ``looks_at``: pages that it looks at when it is led there, besides that of a refusal.
    """

    def __init__(
        self,
        browser: Browser,
        form: Form,
        changes: dict[str, str],
        *,
        is_async: bool = False,
        looks_at: tuple[str, ...] = (),
    ) -> None:
        self.browser, self.form, self.changes, self.is_async = browser, form, changes, is_async
        self.refusal = {urlsplit(form.action).path, "/api/unsent", *looks_at}

    def __call__(self) -> End:
        """Send it, and look at the page of a refusal, if that is what it comes to."""
        client: Any = (AsyncClient if self.is_async else Client)(
            enforce_csrf_checks=True, headers=_headers(self.browser)
        )
        client.cookies.load({name: morsel.value for name, morsel in self.browser.client.cookies.items()})
        answer = self._ask(client.post, self.form.action, {**self.form.fields, **self.changes})
        while answer.status_code == 303 and urlsplit(answer["Location"]).path in self.refusal:
            where = answer["Location"]
            answer = self._ask(client.get, where)
            if answer.status_code != 303:
                return End(answer.status_code, where, answer.content.decode())
        return End(answer.status_code, answer.headers.get("Location", self.form.action), answer.content.decode())

    def _ask(self, send: Callable[..., Any], *args: Any) -> HttpResponse:
        if not self.is_async:
            return send(*args)

        async def ask() -> HttpResponse:
            try:
                return await send(*args)
            finally:
                if project.REDIS_URL:
                    await close_async_client()

        return async_to_sync(ask)()


def _headers(browser: Browser) -> dict[str, str]:
    given = browser.client.defaults
    return {name[5:].replace("_", "-"): value for name, value in given.items() if name.startswith("HTTP_")}


def form_of(browser: Browser, case: Case) -> Form:
    form = case.prepare(browser)
    case.meanwhile(browser)
    return form


def nothing() -> None:
    """Nothing is counted."""


def one_order() -> None:
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


def one_unit_in_each_cart() -> None:
    assert {line.quantity for line in CartLine.objects.all()} == {1}


def three_units() -> None:
    assert [line.quantity for line in CartLine.objects.all()] == [3]


EFFECTS: dict[str, Callable[[], Any]] = {
    "order": one_order,
    "add": one_unit_in_each_cart,
    "quantity": three_units,
}
ALIKE = [
    *("address", "address changed elsewhere", "address without a town", "address, session gone", "shipping", "payment"),
    *("shipping that is none", "order", "order at another price", "pay", "cancel", "add", "quantity", "remove"),
    *("login", "login, wrong", "register", "register, two passwords", "logout", "reset", "new password", "profile"),
    *("profile changed elsewhere", "profile without a town"),
]
TURNS = {("login", True): 3, ("add", False): 3}
"""A log-in writes in seven places: 1,700 orders. All are gone through where it is synchronous. Two strangers who put
something in have nothing in common, neither cart nor session; those who have a cart already are below."""
IN_BOTH_STACKS = ("address", "shipping", "payment", "order", "profile", "quantity", "login", "logout")


def stacks(names: list[str]) -> list[Any]:
    return [
        pytest.param(name, is_async, id=f"{name}{' async' if is_async else ''}")
        for name in names
        for is_async in (False, True)
        if not is_async or name in IN_BOTH_STACKS
    ]


@pytest.mark.parametrize(("name", "is_async"), stacks(ALIKE))
def test_twins_each_ends_where_the_first_one_led(twins: Twins, name: str, is_async: bool) -> None:
    case, browser = CASES[name], Browser()
    send = Sender(browser, form_of(browser, case), case.changes, is_async=is_async)
    ends = set()
    for run in every_order(twins, send, send, alike=True, since=nothing, turns=TURNS.get((name, is_async), 100)):
        first, second = run.results
        assert isinstance(first, End) and isinstance(second, End), f"{run}: {run.results}"
        assert first == second, f"{run}: {first} and {second}"
        assert first.status in ({303} if case.is_valid else {200, 303, 409}), f"{run}: {first}"
        EFFECTS.get(name, nothing)()
        ends.add(_place(first))
    assert len(ends) == 1, f"where they ended depends on the order: {ends}"
    assert len(run.steps) > 1, "there were no gates"


def _place(end: End) -> tuple[int, str]:
    """The provider makes a new page for each order."""
    return end.status, end.where if "/demo-gateway/" not in end.where else "the provider's page"


# --- Two that send different things -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """``now``: what is stored of it. ``told``: what the page says to the one who is told."""

    prepare: Callable[[Browser], Form]
    ours: dict[str, str]
    theirs: dict[str, str]
    now: Callable[[], str]


def draft(name: str) -> Callable[[], str]:
    return lambda: str(getattr(CheckoutDraft.objects.get(), name))


DIFFERENT = {
    "address": Difference(
        stage_form("address"), {**ADDRESS, "city": "Ulm"}, {**ADDRESS, "city": "Bonn"}, draft("city")
    ),
    "shipping": Difference(
        lambda b: (b.go_to_review(), b.choose_shipping(), make_shipping("bike"), b.open("/checkout/shipping/"))[-1],
        {"shipping_method": "express"},
        {"shipping_method": "bike"},
        draft("shipping_method"),
    ),
    "payment": Difference(
        lambda b: (b.add(), b.give_address(), b.choose_shipping(), b.open("/checkout/payment/"))[-1],
        {"payment_method": "demo"},
        {"payment_method": "other"},
        draft("payment_method"),
    ),
    "profile": Difference(
        page_form("/profile/", "profile-form", signed_in=True),
        {**ADDRESS, "city": "Ulm"},
        {**ADDRESS, "city": "Bonn"},
        lambda: Profile.objects.get().city,
    ),
}


def typed(difference: Difference, which: int) -> str:
    sent = (difference.ours, difference.theirs)
    return next(value for name, value in sent[which].items() if value != sent[1 - which][name])


@pytest.mark.parametrize(("name", "is_async"), stacks(list(DIFFERENT)))
def test_twins_that_differ_the_later_is_told_and_nothing_of_the_earlier_is_lost(
    twins: Twins, name: str, is_async: bool
) -> None:
    difference, browser = DIFFERENT[name], Browser()
    form = difference.prepare(browser)
    senders = [Sender(browser, form, sent, is_async=is_async) for sent in (difference.ours, difference.theirs)]
    winners = set()
    for run in every_order(twins, *senders, alike=False, since=nothing):
        ends = run.results
        assert sorted(end.status for end in ends) == [303, 409], f"{run}: {ends}"
        winner = [end.status for end in ends].index(303)
        winners.add(winner)
        assert difference.now() == typed(difference, winner), str(run)
        _is_told(run, ends[1 - winner], typed(difference, 1 - winner))
    assert winners == {0, 1}


def _is_told(run: Run, end: End, typed: str) -> None:
    """The page has what was typed in its form, under one button."""
    confirm = form_with(HttpResponse(end.text), "conflict-confirm")
    assert typed in confirm.fields.values(), f"{run}: {confirm.fields}"


def test_twins_that_put_in_different_quantities_the_later_is_told(twins: Twins) -> None:
    browser = Browser()
    form = cart_form("line-quantity")(browser)
    senders = [Sender(browser, form, {"quantity": quantity}, looks_at=("/cart/",)) for quantity in ("3", "5")]
    for run in every_order(twins, *senders, alike=False, since=nothing):
        assert [end.status for end in run.results] == [200, 200], f"{run}: {run.results}"
        told = [f"elsewhere and is {now} now" in end.text for end, now in zip(run.results, (5, 3), strict=True)]
        (line,) = CartLine.objects.all()
        assert told == [line.quantity == 5, line.quantity == 3], f"{run}: {told}, {line.quantity}"


def test_twins_that_put_the_same_article_into_a_cart_count_once(twins: Twins) -> None:
    make_variant("MUG", price="9.00", title="Mug")
    browser = Browser()
    browser.add("MUG")
    send = Sender(browser, form_with(browser.get("/product/trail-boot/"), "add-to-cart"), {"sku": "BOOT-42"})
    for run in every_order(twins, send, send, alike=True, since=nothing):
        first, second = run.results
        assert first == second == End(303, "/cart/"), f"{run}: {first} and {second}"
        assert CartLine.objects.get(variant__sku="BOOT-42").quantity == 1, str(run)
    assert len(run.steps) > 1


def test_twins_that_put_in_different_articles_are_both_served(twins: Twins) -> None:
    make_variant("PACK", price="80.00", title="Day Pack")
    make_variant("MUG", price="9.00", title="Mug")
    browser = Browser()
    browser.add("MUG")
    form = form_with(browser.get("/product/trail-boot/"), "add-to-cart")
    senders = [Sender(browser, form, {"sku": sku}) for sku in ("BOOT-42", "PACK")]
    for run in every_order(twins, *senders, alike=False, since=nothing):
        lines = {line.variant.sku: line.quantity for line in CartLine.objects.select_related("variant")}
        assert lines == {"MUG": 1, "BOOT-42": 1, "PACK": 1}, f"{run}: {lines}"
    assert Cart.objects.count() == 1


def test_twins_control_without_the_note_beside_the_draft_some_order_fails(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the orders above are those that matter: between the draft and its acceptance a twin was told of its own change."""
    monkeypatch.setattr("navstate.request.passage.Passage.note", lambda self, **known: "")
    case, browser = CASES["address"], Browser()
    send = Sender(browser, form_of(browser, case), case.changes)
    failed = [
        run for run in every_order(twins, send, send, alike=True, since=nothing) if len({*map(_place, run.results)}) > 1
    ]
    assert any("draft written" in str(run) for run in failed)


@pytest.fixture
def ada() -> User:
    return User.objects.create_user(EMAIL, PASSWORD)
