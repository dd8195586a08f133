"""The demo provider: its books, its page, its notifications, its library; and the adapter that makes it one of ours."""

import ast
import json
import re
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from djmoney.money import Money

from checkout.payments import demo
from checkout.payments.demo import client, services, signing, webhooks
from checkout.payments.demo.models import Delivery, Event, Session
from tests.checkout.factories import work
from tests.shopper import Shopper, form_with

pytestmark = pytest.mark.django_db

FIFTY = Money("50.00", "EUR")
RETURN_URL = "http://testserver/pay/callback/demo/"


def open_session(key="k1", **fields):
    defaults = {"amount": FIFTY, "order_number": "W-1", "return_url": RETURN_URL, **fields}
    return client.create_session(key=key, **defaults)


def state_of(session):
    return Session.objects.get(reference=session.reference).state


@pytest.fixture
def merchant():
    """A web server that takes notifications: ``answers`` are the status codes it gives, ``taken`` what it got."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.taken.append((dict(self.headers), body))
            code = server.answers.pop(0) if server.answers else 204
            self.send_response(code)
            if code == 302:
                self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.answers, server.taken = [], []
    server.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class TestApart:
    def test_it_knows_nothing_of_the_shop(self):
        """Only the standard library, Django, djmoney, django_tasks and itself."""
        allowed = ("django", "djmoney", "django_tasks", "checkout.payments.demo")
        for path in Path(demo.__file__).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                modules = [node.module] if isinstance(node, ast.ImportFrom) else []
                modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                for module in modules:
                    is_ours = module.partition(".")[0] in ("checkout", "shop", "navstate", "config", "tests")
                    assert not is_ours or any(module == a or module.startswith(f"{a}.") for a in allowed), (
                        path,
                        module,
                    )

    def test_its_templates_extend_its_own_base(self):
        for path in (Path(demo.__file__).parent / "templates").rglob("*.html"):
            text = path.read_text()
            assert not re.search(r"<script(?![^>]* src=)", text)  # none inline
            assert "style=" not in text
            assert "<style" not in text


class TestBooks:
    def test_one_key_one_session(self):
        first, second = open_session(), open_session()
        assert first == second
        assert Session.objects.count() == 1

    def test_a_key_for_something_else_is_refused(self):
        open_session()
        with pytest.raises(client.KeyReused):
            open_session(amount=Money("51.00", "EUR"))
        with pytest.raises(client.KeyReused):
            open_session(order_number="W-2")

    def test_nothing_cannot_be_paid(self):
        with pytest.raises(client.DemoError):
            open_session(amount=Money(0, "EUR"))

    @pytest.mark.parametrize("target", [state for state in Session.State if state != "created"])
    @pytest.mark.parametrize("start", list(Session.State))
    def test_moves(self, start, target):
        """Every pair of states: moved and told once where that is allowed, nothing at all where it is not."""
        session = open_session()
        Session.objects.update(state=start)
        allowed = start in services.BEFORE[target]
        assert services.move(session.reference, target) is allowed
        assert state_of(session) == (target if allowed else start)
        assert Event.objects.count() == int(allowed)
        assert client.get(session.reference).sequence == int(allowed)

    def test_money_never_comes_out_of_an_end(self):
        ends = {"declined", "cancelled", "voided", "refunded"}
        assert not ends & set(services.BEFORE[Session.State.CAPTURED])

    def test_capture_void_and_refund_are_idempotent(self):
        session = open_session(capture="manual")
        services.pay(Session.objects.get())
        assert [client.capture(session.reference, key="c").state for _ in range(2)] == ["captured", "captured"]
        assert client.void(session.reference, key="v").state == "captured"
        assert [client.refund(session.reference, FIFTY, key="r").state for _ in range(2)] == ["refunded", "refunded"]
        assert list(Event.objects.values_list("kind", "key", "sequence")) == [
            ("payment.authorised", "", 1),
            ("payment.captured", "c", 2),
            ("payment.refunded", "r", 3),
        ]

    def test_staff_can_tell_them_apart(self):
        session = open_session(webhook_url="http://127.0.0.1:9/")
        services.pay(Session.objects.get())
        assert str(Session.objects.get()) == session.reference
        assert str(Event.objects.get()).startswith("payment.captured of ")
        assert str(Delivery.objects.get()).startswith("delivery of event ")

    def test_refusals(self):
        session = open_session()
        for call in (
            lambda: client.capture(session.reference, key="c"),
            lambda: client.refund(session.reference, FIFTY, key="r"),
            lambda: client.refund(session.reference, Money("1.00", "EUR"), key="r"),
            lambda: client.get("dp_nobody"),
        ):
            with pytest.raises(client.DemoError):
                call()
        assert state_of(session) == "created"


class TestPage:
    def hosted(self, **fields):
        session = open_session(**fields)
        return session, f"/demo-gateway/pay/{session.reference}/"

    def press(self, shopper, url, hook, action):
        form = form_with(shopper.get(url), hook)
        return shopper.client.post(url, {**form.fields, "action": action})

    @pytest.mark.parametrize(
        ("hook", "action", "state"),
        [
            ("gateway-pay", "pay", "captured"),
            ("gateway-decline", "decline", "declined"),
            ("gateway-cancel", "cancel", "cancelled"),
            ("gateway-delay", "delay", "delayed"),
        ],
    )
    def test_a_press_decides_and_leads_back(self, hook, action, state):
        session, url = self.hosted()
        response = self.press(Shopper(), url, hook, action)
        signature = signing.return_signature(session.reference)
        assert response.status_code == 303
        assert response["Location"] == f"{RETURN_URL}?reference={session.reference}&signature={signature}"
        assert state_of(session) == state

    def test_an_address_with_a_query_keeps_it(self):
        _, url = self.hosted(return_url="https://shop.example/back?lang=en")
        response = self.press(Shopper(), url, "gateway-pay", "pay")
        assert response["Location"].startswith("https://shop.example/back?lang=en&reference=dp_")

    def test_once_finished_the_form_is_never_shown_again(self):
        session, url = self.hosted()
        shopper = Shopper()
        self.press(shopper, url, "gateway-pay", "pay")
        response = shopper.get(url)
        assert response.status_code == 303
        assert f"reference={session.reference}" in response["Location"]

    def test_a_second_press_has_no_effect(self):
        session, url = self.hosted()
        shopper = Shopper()
        form = form_with(shopper.get(url), "gateway-pay")
        for action in ("pay", "pay", "decline", "cancel"):
            assert shopper.client.post(url, {**form.fields, "action": action}).status_code == 303
        assert (state_of(session), Event.objects.count()) == ("captured", 1)

    def test_finishing_changes_a_cookie_so_that_back_asks_again(self):
        _, url = self.hosted()
        shopper = Shopper()
        response = self.press(shopper, url, "gateway-pay", "pay")
        assert response.cookies["demo_gateway"]["path"] == "/demo-gateway/"
        assert shopper.get(url)["Cache-Control"] == "no-store"

    def test_return_by_post_is_a_page_with_one_button(self):
        session, url = self.hosted(return_method="POST")
        shopper = Shopper()
        pressed = self.press(shopper, url, "gateway-pay", "pay")
        assert (pressed.status_code, pressed["Location"]) == (303, url)  # or Reload would press again
        form = form_with(shopper.get(url), "gateway-return")
        assert form.action == RETURN_URL
        assert form.fields == {
            "reference": session.reference,
            "signature": signing.return_signature(session.reference),
        }
        assert form_with(shopper.get(url), "gateway-return").fields == form.fields

    def test_a_press_without_token_or_of_no_button_does_nothing(self):
        session, url = self.hosted()
        shopper = Shopper()
        assert shopper.client.post(url, {"action": "pay"}).status_code == 403
        assert self.press(shopper, url, "gateway-pay", "steal").status_code == 400
        assert state_of(session) == "created"

    def test_it_speaks_the_shoppers_language(self):
        _, url = self.hosted(language="zh-hans")
        assert 'lang="zh-hans"' in Client().get(url).content.decode()

    def test_reading_changes_nothing(self):
        session, url = self.hosted()
        response = Client().get(url)
        assert response.status_code == 200
        assert "€50.00" in response.content.decode()
        assert Client().head(url).status_code == 200
        assert (state_of(session), Event.objects.count()) == ("created", 0)

    @pytest.mark.parametrize("reference", ["dp_nobody", "%00", "x" * 300])
    def test_no_such_session(self, reference):
        assert Client().get(f"/demo-gateway/pay/{reference}/").status_code == 404

    def test_switched_off_it_is_not_there(self, settings):
        _, url = self.hosted()
        settings.DEMO_GATEWAY = False
        assert Client().get(url).status_code == 404
        assert Client().post(url, {"action": "pay"}).status_code == 404


class TestDelay:
    def test_delayed_money_comes_later(self, settings):
        settings.DEMO_GATEWAY_DELAY = 0
        session = open_session()
        assert services.delay(Session.objects.get())
        assert state_of(session) == "delayed"
        work()
        assert state_of(session) == "captured"

    def test_not_before_its_time(self, settings):
        settings.DEMO_GATEWAY_DELAY = 3600
        session = open_session()
        services.delay(Session.objects.get())
        work()
        assert state_of(session) == "delayed"

    def test_what_the_merchant_gave_up_meanwhile_stays_so(self, settings):
        settings.DEMO_GATEWAY_DELAY = 0
        session = open_session()
        services.delay(Session.objects.get())
        client.void(session.reference, key="v")
        work()
        assert state_of(session) == "voided"

    def test_a_finished_payment_cannot_be_delayed(self):
        open_session()
        services.pay(Session.objects.get())
        assert services.delay(Session.objects.get()) is False
        assert not DBTaskResult.objects.exists()


class TestNotifications:
    def captured(self, commits, url):
        session = open_session(webhook_url=url)
        with commits():
            services.pay(Session.objects.get())
        return session

    def test_it_is_delivered_and_signed(self, commits, merchant):
        session = self.captured(commits, merchant.url)
        work()
        headers, body = merchant.taken[0]
        told = json.loads(body)
        assert (told["kind"], told["reference"], told["sequence"]) == ("payment.captured", session.reference, 1)
        assert "amount" not in told
        timestamp = int(headers["Demo-Signature"].partition(",")[0].removeprefix("t="))
        assert headers["Demo-Signature"] == signing.header_of(timestamp, body)
        delivery = Delivery.objects.get()
        assert (delivery.tries, delivery.answer, delivery.next_try_at) == (1, "204", None)
        assert delivery.delivered_at is not None

    def test_nobody_to_tell(self, commits):
        with commits():
            open_session()
            services.pay(Session.objects.get())
        assert not Delivery.objects.exists()

    def test_it_is_tried_again_until_it_is_taken(self, commits, merchant):
        merchant.answers = [500, 302]
        self.captured(commits, merchant.url)
        event = Event.objects.get()
        work()
        delivery = Delivery.objects.get()
        assert (delivery.tries, delivery.answer, delivery.delivered_at) == (1, "500", None)
        assert delivery.next_try_at - timezone.now() <= timedelta(seconds=1)
        for taken in (False, True, False):
            assert webhooks.deliver.call(event.pk) is taken
        assert (Delivery.objects.get().tries, len(merchant.taken)) == (3, 3)
        assert len({body for _, body in merchant.taken}) == 1

    def test_the_pauses_grow_and_end(self, commits, monkeypatch):
        self.captured(commits, "http://127.0.0.1:9/closed")
        event = Event.objects.get()
        monkeypatch.setattr(webhooks, "send", lambda url, body: (False, "500"))
        pauses = []
        for _ in range(8):
            webhooks.deliver.call(event.pk)
            due = Delivery.objects.get().next_try_at
            pauses.append(round((due - timezone.now()).total_seconds()) if due else None)
        assert pauses == [1, 5, 30, 120, 600, 1800, 7200, None]

    def test_two_workers_do_not_send_the_same_try(self, commits, merchant, monkeypatch):
        self.captured(commits, merchant.url)
        event = Event.objects.get()
        first = Delivery.objects.filter

        def overtaken(*args, **fields):
            if "tries" in fields:
                first(pk=event.pk).update(tries=7)
            return first(*args, **fields)

        monkeypatch.setattr(Delivery.objects, "filter", overtaken)
        assert webhooks.deliver.call(event.pk) is False
        assert merchant.taken == []

    @pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "file:///etc/passwd", ""])
    def test_only_http(self, url):
        assert webhooks.send(url, b"{}") == (False, "not an address")

    def test_nobody_listens(self):
        taken, answer = webhooks.send("http://127.0.0.1:9/", b"{}")
        assert (taken, answer) == (False, "URLError")

    def test_a_secret_follows_from_the_projects_own(self, settings):
        configured = signing.signature_of(1, b"x")
        settings.DEMO_GATEWAY_SECRET = ""
        derived = signing.signature_of(1, b"x")
        assert derived != configured
        settings.SECRET_KEY = "another-one"
        assert signing.signature_of(1, b"x") != derived
