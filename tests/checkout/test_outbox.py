"""Mails: promised with the order, sent once after the commit, and never a reason for an order to fail."""

import threading
from datetime import timedelta
from smtplib import SMTPException

import pytest
from django.core import mail as sent
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from checkout import worker
from checkout.models import OutboxMessage
from checkout.payments.base import GatewayState
from checkout.services import mail, outbox
from checkout.services.settling import settle
from tests.checkout.factories import make_order, read, start_payment, work
from tests.servers import wait_until

pytestmark = pytest.mark.django_db

Kind = OutboxMessage.Kind


@pytest.fixture(autouse=True)
def _provider(provider):
    return provider


def promise(order, commits, kind=Kind.CONFIRMATION):
    with commits(), transaction.atomic():
        outbox.write(order.pk, kind)
    return OutboxMessage.objects.get(order=order, kind=kind)


def broken(error):
    def send(self, fail_silently=False):
        raise error

    return send


class TestSending:
    def test_a_paid_order_sends_one_confirmation(self, provider, commits, settings):
        settings.SHOP_URL = "https://waymark.example"
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.CAPTURED)
        with commits():
            settle(payment.pk)
            settle(payment.pk)
        assert sent.outbox == []
        work()
        [message] = sent.outbox
        assert message.to == ["ada@example.org"]
        assert order.number in message.subject
        html, kind = message.alternatives[0]
        assert kind == "text/html"
        for text in (message.body, html):
            for part in (order.number, "Trail Boot", "42 / Moss", "262.90", "Waldweg 3", "79098 Freiburg", "Germany"):
                assert part in text
            assert f"https://waymark.example/order/{order.token}/" in text
        assert message.extra_headers["Message-ID"].startswith(f"<confirmation.{order.number}@")
        kept = OutboxMessage.objects.get()
        assert kept.sent_at is not None
        assert (kept.tries, kept.error) == (1, "")

    def test_a_line_shows_what_all_of_it_costs(self, commits):
        message = mail.compose(promise(make_order(quantity=3), commits))
        assert "3 × Trail Boot, 42 / Moss: 387.00\xa0€" in message.body

    def test_it_speaks_the_language_of_the_order(self, commits):
        order = make_order(language="zh-hans")
        message = mail.compose(promise(order, commits))
        assert f"/zh-hans/order/{order.token}/" in message.body
        assert 'lang="zh-hans"' in message.alternatives[0][0]

    @pytest.mark.parametrize("kind", list(Kind))
    def test_every_kind_has_subject_text_and_html(self, commits, kind):
        order = make_order()
        message = mail.compose(promise(order, commits, kind))
        assert order.number in message.subject
        assert "\n" not in message.subject
        assert f"/order/{order.token}/" in message.body
        assert f"/order/{order.token}/" in message.alternatives[0][0]

    def test_links_use_the_address_the_shopper_paid_under_where_none_is_configured(self, settings):
        settings.SHOP_URL = ""
        order = make_order()
        start_payment(order)
        assert mail.origin_of(order) == "http://testserver"
        assert mail.origin_of(make_order(sku="PACK")) == ""

    def test_what_people_typed_is_escaped_in_html_and_plain_in_text(self, commits):
        order = make_order(name="<b>Ada & Co</b>", line2="Flat 2", region="Baden")
        message = mail.compose(promise(order, commits))
        assert "&lt;b&gt;Ada &amp; Co&lt;/b&gt;" in message.alternatives[0][0]
        assert "<b>Ada & Co</b>" in message.body
        assert "Flat 2" in message.body
        assert "79098 Freiburg, Baden" in message.body

    def test_a_sent_mail_is_not_sent_again(self, commits):
        message = promise(make_order(), commits)
        work()
        assert mail.send(message.pk) is None
        assert len(sent.outbox) == 1

    def test_a_mail_somebody_is_sending_is_left_to_them(self, commits):
        message = promise(make_order(), commits)
        OutboxMessage.objects.update(claimed_at=timezone.now())
        assert mail.send(message.pk) == mail.CLAIM.total_seconds()  # until they are taken for dead
        assert sent.outbox == []

    def test_a_sender_that_died_is_replaced(self, commits):
        message = promise(make_order(), commits)
        OutboxMessage.objects.update(claimed_at=timezone.now() - mail.CLAIM * 2)
        mail.send(message.pk)
        assert len(sent.outbox) == 1

    def test_nothing_is_sent_when_the_transaction_fails(self, commits):
        order = make_order()
        with commits(), pytest.raises(ZeroDivisionError), transaction.atomic():
            outbox.write(order.pk, Kind.CONFIRMATION)
            raise ZeroDivisionError
        assert not OutboxMessage.objects.exists()
        assert not DBTaskResult.objects.exists()

    def test_one_of_a_kind(self, commits):
        order = make_order()
        for _ in range(3):
            promise(order, commits)
        work()
        assert (OutboxMessage.objects.count(), len(sent.outbox)) == (1, 1)


class TestFailing:
    @pytest.mark.parametrize("error", [OSError("no route"), SMTPException("busy"), ValueError("bad header")])
    def test_s68_a_failing_mail_never_touches_the_order_and_is_tried_again_once(
        self, provider, commits, monkeypatch, error
    ):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.CAPTURED)
        with monkeypatch.context() as patched:
            patched.setattr(mail.EmailMultiAlternatives, "send", broken(error))
            with commits():
                settle(payment.pk)
            work()
        message = OutboxMessage.objects.get()
        assert (message.sent_at, message.claimed_at, message.tries) == (None, None, 1)
        assert str(error) in message.error
        assert read(order).status == "paid"
        retry = DBTaskResult.objects.get(status="READY")
        assert timedelta(seconds=5) < retry.run_after - timezone.now() <= timedelta(seconds=10)
        DBTaskResult.objects.filter(pk=retry.pk).update(run_after=timezone.now())
        work()
        assert len(sent.outbox) == 1
        assert read(order).status == "paid"

    def test_a_queue_that_is_down_does_not_touch_the_order(self, provider, commits, monkeypatch):
        order = make_order()
        payment = start_payment(order)
        provider.set(payment.reference, GatewayState.CAPTURED)
        monkeypatch.setattr(type(outbox.send_message), "enqueue", broken(OSError("down")))
        with commits():
            settle(payment.pk)
        assert read(order).status == "paid"
        assert OutboxMessage.objects.get().tries == 0

    def test_the_pauses_grow_and_end(self, commits, monkeypatch):
        message = promise(make_order(), commits)
        monkeypatch.setattr(mail.EmailMultiAlternatives, "send", broken(OSError("down")))
        assert [mail.send(message.pk) for _ in range(7)] == [10, 60, 300, 1800, 7200, 21600, None]

    def test_the_log_does_not_tell_the_address(self, commits, monkeypatch, caplog):
        message = promise(make_order(), commits)
        monkeypatch.setattr(mail.EmailMultiAlternatives, "send", broken(OSError("ada@example.org unknown")))
        mail.send(message.pk)
        assert "ada@example.org" not in caplog.text


class TestOverdue:
    def overdue(self, commits, **fields):
        message = promise(make_order(), commits)
        DBTaskResult.objects.all().delete()
        OutboxMessage.objects.update(created_at=timezone.now() - outbox.OVERDUE * 2, **fields)
        return message

    def test_a_lost_task_is_made_up_for(self, commits):
        self.overdue(commits)
        assert outbox.enqueue_due(dry_run=True) == 1
        assert not DBTaskResult.objects.exists()
        assert outbox.enqueue_due() == 1
        work()
        assert len(sent.outbox) == 1
        assert outbox.enqueue_due() == 0

    @pytest.mark.parametrize(
        "fields",
        [{"tries": outbox.MAX_TRIES}, {"claimed_at": timezone.now() + timedelta(days=1)}, {"sent_at": timezone.now()}],
    )
    def test_what_is_not_to_be_tried(self, commits, fields):
        self.overdue(commits, **fields)
        assert outbox.enqueue_due() == 0

    def test_a_young_one_has_its_own_task(self, commits):
        promise(make_order(), commits)
        assert outbox.enqueue_due() == 0

    def test_enqueued_twice_it_is_sent_once(self, commits):
        self.overdue(commits)
        outbox.enqueue_due()
        outbox.enqueue_due()
        work()
        assert len(sent.outbox) == 1

    def test_staff_may_try_again_what_was_given_up(self, commits):
        message = self.overdue(commits, tries=outbox.MAX_TRIES, error="down")
        assert outbox.send_again([message.pk]) == 1
        work()
        assert outbox.send_again([message.pk]) == 0
        assert len(sent.outbox) == 1


@pytest.fixture
def embedded(settings):
    """The worker thread, stopped at the end."""
    settings.EMBEDDED_WORKER = True
    thread = worker.start_embedded_worker()
    yield thread
    thread.stop()
    assert not thread.is_alive()


class TestEmbeddedWorker:
    def test_it_runs_only_where_it_is_asked_for(self, settings):
        settings.EMBEDDED_WORKER = False
        assert worker.start_embedded_worker() is None

    @pytest.mark.django_db(transaction=True)
    def test_it_starts_once_and_is_no_hindrance_to_the_end(self, embedded):
        assert worker.start_embedded_worker() is embedded
        assert embedded.daemon
        assert [thread.name for thread in threading.enumerate()].count("embedded-worker") == 1

    @pytest.mark.django_db(transaction=True)
    def test_it_rests_between_looks_and_longer_after_an_error(self, monkeypatch, caplog):
        looking = worker.BackgroundWorker()
        assert looking.look() == worker.INTERVAL

        def fails():
            raise OSError("the disk is full")

        monkeypatch.setattr(worker.DBTaskResult.objects, "ready", fails)
        monkeypatch.setattr(worker.connections, "close_all", lambda: None)
        assert [looking.look() for _ in range(6)] == [1, 2, 5, 10, 10, 10]
        assert "the disk is full" in caplog.text
        monkeypatch.undo()
        assert [looking.look() for _ in range(2)] == [worker.INTERVAL] * 2

    @pytest.mark.django_db(transaction=True)
    def test_it_works_off_what_is_due(self):
        outbox.write(make_order().pk, Kind.CONFIRMATION)
        assert worker.BackgroundWorker().look() == worker.INTERVAL
        assert len(sent.outbox) == 1

    def test_stopped_before_it_ran(self):
        worker.EmbeddedWorker().stop()

    @pytest.mark.django_db(transaction=True)
    def test_stopped_in_the_middle_it_begins_no_other_task(self, monkeypatch):
        looking = worker.BackgroundWorker()
        for number in range(3):
            outbox.write(make_order(sku=f"SKU-{number}").pk, Kind.CONFIRMATION)
        send = mail.EmailMultiAlternatives.send

        def stopping(self, fail_silently=False):
            looking.stop()
            return send(self, fail_silently)

        monkeypatch.setattr(mail.EmailMultiAlternatives, "send", stopping)
        looking.run()
        assert len(sent.outbox) == 1

    @pytest.mark.services
    @pytest.mark.django_db(transaction=True)
    def test_it_sends_soon_after_the_commit(self, embedded):
        outbox.write(make_order().pk, Kind.CONFIRMATION)
        wait_until(lambda: sent.outbox, 3, "the mail")
        wait_until(lambda: DBTaskResult.objects.filter(status="SUCCESSFUL").exists(), 3, "the end of the task")
