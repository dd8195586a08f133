"""Providers that are away, slow or out of their mind: every call ends in time, and with an error of the protocol."""

import socket
import threading
import time
from datetime import timedelta
from urllib.error import URLError

import pytest
from django.db import connection, transaction
from django.utils import timezone
from djmoney.money import Money

from checkout.models import Payment, PaymentEvent
from checkout.payments import guard
from checkout.payments.base import (
    BadSignature,
    GatewayMissing,
    GatewayRefused,
    GatewayState,
    GatewayStatus,
    GatewayUnavailable,
    StaleEvent,
    WebhookEvent,
)
from checkout.payments.registry import gateway
from tests.checkout.factories import make_order, read, start_payment
from tests.checkout.test_webhooks import notify
from tests.factories import make_shipping, make_variant
from tests.shopper import Shopper

FIFTY = Money("50.00", "EUR")
CALLS = {
    "start": lambda gateway: gateway.start(None),
    "status": lambda gateway: gateway.status("r"),
    "capture": lambda gateway: gateway.capture("r", key="k"),
    "void": lambda gateway: gateway.void("r", key="k"),
    "refund": lambda gateway: gateway.refund("r", FIFTY, key="k"),
}
FAILURES = [
    URLError("refused"),
    TimeoutError("slow"),
    ConnectionResetError("reset"),
    socket.gaierror("no such host"),
    ValueError("no JSON"),
    RecursionError("too deep"),
    KeyError("state"),
    AttributeError("of None"),
    AssertionError("never"),
]


class Scripted:
    """A gateway whose every call does the same: ``act``."""

    label, description = "Scripted", ""

    def __init__(self, act):
        self.act = act

    def start(self, request):
        return self.act()

    def status(self, reference):
        return self.act()

    def capture(self, reference, *, key):
        return self.act()

    void = capture

    def refund(self, reference, amount, *, key):
        return self.act()

    def parse_return(self, parameters):
        return self.act()

    def parse_webhook(self, headers, body):
        return self.act()


def raising(error):
    def act():
        raise error

    return guard.GuardedGateway(Scripted(act))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_o6_whatever_a_call_raises_the_provider_is_unavailable(call, failure):
    with pytest.raises(GatewayUnavailable):
        CALLS[call](raising(failure))


@pytest.mark.parametrize("call", CALLS)
def test_o6_a_no_of_the_provider_stays_a_no(call):
    with pytest.raises(GatewayRefused, match="we do not know you"):
        CALLS[call](raising(GatewayRefused("we do not know you")))


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_o6_whatever_a_parser_stumbles_over_is_not_the_providers(failure):
    for parse in (lambda it: it.parse_return({}), lambda it: it.parse_webhook({}, b"")):
        with pytest.raises(BadSignature):
            parse(raising(failure))
        with pytest.raises(StaleEvent):
            parse(raising(StaleEvent("old")))


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""}, {"id": 7}, {"reference": "a\x00b"}, {"reference": "\ud800"}, {"kind": None}, {"sequence": -1},
        {"sequence": True}, {"sequence": 1.0}, {"sequence": float("inf")}, {"sequence": 10**30}, {"sequence": "1"},
    ],
    ids=str,
)  # fmt: skip
def test_o6_a_notification_that_cannot_be_kept_is_none(wrong):
    event = WebhookEvent(**{"id": "e", "reference": "r", "kind": "k", "sequence": 1} | wrong)
    with pytest.raises(BadSignature):
        guard.GuardedGateway(Scripted(lambda: event)).parse_webhook({}, b"")


class Stuck:
    """A provider that answers only when the test is over."""

    def __init__(self):
        self.over = threading.Event()
        self.entered = threading.Semaphore(0)

    def __call__(self):
        self.entered.release()
        self.over.wait(30)
        return GatewayStatus(state=GatewayState.WAITING, amount=FIFTY)


@pytest.fixture
def stuck():
    stuck = Stuck()
    yield stuck
    stuck.over.set()


@pytest.mark.parametrize("call", CALLS)
def test_o6_a_slow_provider_is_waited_for_no_longer_than_the_limit(settings, stuck, call):
    settings.GATEWAY_SECONDS = 0.2
    began = time.monotonic()
    with pytest.raises(GatewayUnavailable):
        CALLS[call](guard.GuardedGateway(Scripted(stuck)))
    assert 0.19 < time.monotonic() - began < 2


def test_o6_all_calls_of_one_request_share_the_limit(settings, stuck):
    settings.GATEWAY_SECONDS = 0.3
    slow = guard.GuardedGateway(Scripted(stuck))
    began = time.monotonic()
    with guard.within():
        for _ in range(5):
            with pytest.raises(GatewayUnavailable), guard.within(60):
                slow.status("r")
    assert time.monotonic() - began < 1
    assert guard.seconds_left() == 0.3


def test_o6_calls_that_are_never_answered_do_not_pile_up(settings, stuck, monkeypatch):
    settings.GATEWAY_SECONDS = 0.1
    monkeypatch.setattr(guard, "MAX_CALLS", 2)
    slow = guard.GuardedGateway(Scripted(stuck))
    for _ in range(4):
        with pytest.raises(GatewayUnavailable):
            slow.status("r")
    assert [stuck.entered.acquire(blocking=False) for _ in range(3)] == [True, True, False]
    stuck.over.set()
    settings.GATEWAY_SECONDS = 5
    assert slow.status("r").state is GatewayState.WAITING


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_o6_a_provider_in_this_process_that_waits_for_a_lock_is_left_in_time(settings, provider):
    """Its books are locked by somebody: the statement ends by itself, the order is kept and can be paid later."""
    settings.GATEWAY_SECONDS = 0.5
    order = make_order(gateway="demo")
    with Locked("demo_gateway_session"):
        began = time.monotonic()
        with pytest.raises(GatewayUnavailable):
            start_payment(order, "demo")
        assert time.monotonic() - began < 3
    assert Payment.objects.get().state == "created"
    settings.GATEWAY_SECONDS = 5
    assert start_payment(order, "demo").state == "pending"


class Locked:
    """A table that somebody else has for themselves."""

    def __init__(self, table):
        self.table = table
        self.held, self.over = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._hold)

    def _hold(self):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {self.table}")
            self.held.set()
            self.over.wait(30)
        connection.close()

    def __enter__(self):
        self.thread.start()
        assert self.held.wait(10)

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", ["down", "refuses", "gone"])
def test_o6_place_order_keeps_the_order_and_says_so_whatever_the_provider_does(provider, settings, trouble):
    make_variant("BOOT-42", available=5)
    make_shipping()
    shopper = Shopper()
    form = shopper_at_review(shopper)
    if trouble == "gone":
        make_unavailable(settings)
    else:
        setattr(provider, trouble, {"start"})
    response = shopper.send(form)
    if trouble == "gone":  # the choice lapsed before anything was ordered
        assert (response.status_code, Payment.objects.count()) == (303, 0)
        return
    payment = Payment.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/pay/{payment.order.token}/")
    page = shopper.get(response["Location"]).content.decode()
    assert f'data-standing="{"unreached" if trouble == "down" else "declined"}"' in page
    assert read(payment.order).status == "awaiting_payment"


def shopper_at_review(shopper):
    shopper.add()
    shopper.give_address()
    shopper.choose_shipping()
    shopper.choose_payment("fake")
    return shopper.open("/checkout/review/", "place-order")


def make_unavailable(settings):
    settings.PAYMENT_GATEWAYS = {"demo": settings.PAYMENT_GATEWAYS["demo"]}


def test_a_gateway_that_is_not_configured_is_missing():
    with pytest.raises(GatewayMissing):
        gateway("nobody")


@pytest.mark.django_db
class TestAcknowledging:
    @pytest.fixture(autouse=True)
    def _provider(self, provider):
        return provider

    def test_o6_a_notification_that_moves_nothing_is_acknowledged(self, provider):
        """The provider's number goes up though the state stays, as for a changed description."""
        payment = start_payment(make_order())
        provider.set(payment.reference, GatewayState.WAITING)
        provider.set(payment.reference, GatewayState.WAITING)
        assert notify(payment.reference, kind="payment.updated", sequence=2).status_code == 204
        assert PaymentEvent.objects.get().settled_at is not None

    @pytest.mark.parametrize("state", [state for state in GatewayState if state is not GatewayState.AUTHORISED])
    def test_o6_in_every_state_the_number_of_the_answer_counts(self, provider, state):
        payment = start_payment(make_order())
        for event in ("e1", "e2", "e3"):
            provider.set(payment.reference, state)
            sequence = provider.payments[payment.reference].sequence
            assert notify(payment.reference, event=event, sequence=sequence).status_code == 204

    def test_o6_after_the_end_nothing_is_asked_for_again(self, provider):
        payment = start_payment(make_order())
        Payment.objects.update(state="refunded")
        assert notify(payment.reference, sequence=99).status_code == 204

    @pytest.mark.parametrize("kind", ["unknown", "older", "refused"])
    def test_o6_what_cannot_be_cleared_up_is_asked_for_again_for_a_while_only(self, provider, kind):
        payment = start_payment(make_order())
        reference = "ref-nobody" if kind == "unknown" else payment.reference
        provider.refuses = {"status"} if kind == "refused" else set()
        assert notify(reference, sequence=7).status_code == 503
        PaymentEvent.objects.update(received_at=timezone.now() - timedelta(minutes=16))
        assert notify(reference, sequence=7).status_code == 204
        assert PaymentEvent.objects.get().settled_at is None

    def test_o6_a_provider_that_cannot_be_asked_is_asked_however_long_it_takes(self, provider):
        payment = start_payment(make_order())
        provider.down = {"status"}
        assert notify(payment.reference).status_code == 503
        PaymentEvent.objects.update(received_at=timezone.now() - timedelta(days=2))
        assert notify(payment.reference).status_code == 503
