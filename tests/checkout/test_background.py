"""Tasks run at least once: those of dead workers are put back, those that failed are tried again, and the rest is told."""

from datetime import timedelta
from smtplib import SMTPException
from uuid import uuid4

import pytest
from django.core import mail as sent
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from checkout.models import Order, OutboxMessage, Payment, PaymentEvent, WorkerBeat
from checkout.payments.demo.models import Delivery, Event, Session
from checkout.services import background, outbox
from checkout.upkeep import Pulse, look_after, release_overdue
from shop.accounts.tasks import send_password_reset
from tests.checkout.factories import make_order, read, start_payment, work

pytestmark = pytest.mark.django_db

AGO = timedelta(minutes=-1)


def a_task(status="RUNNING", *, worker="dead", tries=1, started=timedelta(minutes=1), finished=None, **fields):
    """A task that a worker claimed, as the table has it."""
    now = timezone.now()
    return DBTaskResult.objects.create(
        status=status,
        task_path="checkout.upkeep.release_overdue",
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="default",
        worker_ids=[*["earlier"] * (tries - 1), worker] if tries else [],
        started_at=now - started if tries else None,
        finished_at=None if finished is None else now - finished,
        exception_class_path="",
        traceback="",
        **{"run_after": now, **fields},
    )


def seen(worker, ago):
    WorkerBeat.objects.create(worker_id=worker, seen_at=timezone.now() - ago)


def status(task):
    task.refresh_from_db()
    return task.status


class TestPuttingBack:
    @pytest.mark.parametrize(
        ("beat", "started", "is_stale"),
        [
            (timedelta(seconds=5), timedelta(hours=3), False),
            (timedelta(seconds=40), timedelta(seconds=41), True),
            (None, timedelta(minutes=4), False),
            (None, timedelta(minutes=6), True),
        ],
        ids=["alive, however long", "silent", "never beat, young", "never beat, old"],
    )
    def test_o5_a_running_task_is_judged_by_its_worker(self, beat, started, is_stale):
        task = a_task(started=started)
        if beat is not None:
            seen("dead", beat)
        assert background.put_back_stale() == int(is_stale)
        assert status(task) == ("READY" if is_stale else "RUNNING")
        assert background.put_back_stale() == 0

    def test_o5_what_is_put_back_is_run(self):
        promise = promised_mail()
        DBTaskResult.objects.update(status="RUNNING", worker_ids=["dead"], started_at=timezone.now())
        seen("dead", timedelta(minutes=2))
        work()
        assert sent.outbox == []
        background.put_back_stale()
        work()
        assert len(sent.outbox) == 1
        assert OutboxMessage.objects.get(pk=promise.pk).sent_at is not None

    def test_o5_only_the_last_of_its_workers_counts(self):
        task = a_task(tries=3, worker="alive")
        seen("earlier", timedelta(hours=1))
        seen("alive", timedelta(0))
        assert background.put_back_stale() == 0
        assert status(task) == "RUNNING"

    def test_o5_a_task_that_kills_its_workers_ends_as_a_dead_letter(self):
        task = a_task(tries=background.MAX_TRIES, started=timedelta(hours=1))
        assert background.put_back_stale() == 1
        assert status(task) == "FAILED"
        assert "ended 6 times" in task.traceback
        assert list(background.dead_letters()) == [task]

    def test_o5_a_worker_puts_its_own_back_after_the_database_was_away(self):
        mine, other = a_task(worker="me"), a_task(worker="other")
        seen("me", timedelta(0))
        assert background.put_back_own("me") == 1
        assert (status(mine), status(other)) == ("READY", "RUNNING")

    def test_a_worker_that_ends_in_order_leaves_no_beat(self):
        background.beat("me")
        background.beat("me")
        assert WorkerBeat.objects.count() == 1
        background.retire("me")
        assert WorkerBeat.objects.count() == 0


class TestRetrying:
    @pytest.mark.parametrize(("tries", "pause"), list(enumerate(background.PAUSES, start=1)))
    def test_o5_what_failed_is_tried_again_after_a_growing_pause(self, tries, pause):
        early = a_task("FAILED", tries=tries, finished=timedelta(seconds=pause - 2))
        due = a_task("FAILED", tries=tries, finished=timedelta(seconds=pause + 1))
        assert background.retry_failed() == 1
        assert (status(early), status(due)) == ("FAILED", "READY")
        assert not background.dead_letters().exists()

    def test_o5_after_the_last_try_it_is_a_dead_letter_that_staff_can_run_again(self):
        task = a_task("FAILED", tries=background.MAX_TRIES, finished=timedelta(hours=9))
        assert background.retry_failed() == 0
        assert list(background.dead_letters()) == [task]
        assert background.run_again([task.pk, uuid4()]) == 1
        assert status(task) == "READY"
        assert task.worker_ids == []
        assert background.run_again([task.pk]) == 0

    def test_what_failed_long_ago_is_left_to_staff(self):
        task = a_task("FAILED", tries=1, finished=timedelta(days=2))
        assert background.retry_failed() == 0
        assert list(background.dead_letters()) == [task]

    def test_o5_a_password_reset_survives_a_mail_server_that_is_away(self, monkeypatch, django_user_model):
        django_user_model.objects.create_user("ada@example.org", "x")

        def down(self, fail_silently=False):
            raise SMTPException("away")

        send_password_reset.enqueue("ada@example.org", "en", "http://testserver/")
        with monkeypatch.context() as patched:
            patched.setattr(EmailMultiAlternatives, "send", down)
            for pause in background.PAUSES[:3]:
                work()
                DBTaskResult.objects.update(finished_at=timezone.now() - timedelta(seconds=pause))
                assert background.retry_failed() == 1
        work()
        assert [mail.to for mail in sent.outbox] == [["ada@example.org"]]
        assert DBTaskResult.objects.get().status == "SUCCESSFUL"

    def test_o5_a_mail_whose_sender_died_is_sent_when_its_claim_is_over(self):
        promise = promised_mail()
        OutboxMessage.objects.update(claimed_at=timezone.now())
        work()
        later = DBTaskResult.objects.get(status="READY")
        assert timedelta(minutes=2) < later.run_after - timezone.now() <= timedelta(minutes=3)
        OutboxMessage.objects.update(claimed_at=timezone.now() - timedelta(minutes=4))
        DBTaskResult.objects.filter(pk=later.pk).update(run_after=timezone.now())
        work()
        assert len(sent.outbox) == 1
        assert OutboxMessage.objects.get(pk=promise.pk).sent_at is not None

    def test_o5_a_notification_that_was_given_up_can_be_sent_again(self, admin_client):
        session = Session.objects.create(merchant_key="k", amount=5, order_number="W", return_url="x", webhook_url="x")
        event = Event.objects.create(session=session, kind="payment.captured", sequence=1)
        Delivery.objects.create(event=event, tries=8, answer="503")
        url = "/admin/demo_gateway/delivery/"
        assert "503" in admin_client.get(url).content.decode()
        data = {"action": "send_selected", "_selected_action": [event.pk]}
        page = admin_client.post(url, data, follow=True).content.decode()
        assert "1 notification will be sent." in page
        assert Delivery.objects.get().tries == 0
        assert DBTaskResult.objects.get().task_path.endswith("deliver")


def promised_mail():
    order = make_order()
    outbox.write(order.pk, OutboxMessage.Kind.CONFIRMATION)
    return OutboxMessage.objects.get(order=order)


class TestUpkeep:
    @pytest.fixture(autouse=True)
    def _provider(self, provider):
        return provider

    def test_o7_a_worker_gives_unpaid_stock_back_without_a_clock(self):
        order = make_order(expires_in=AGO, with_cart=True)
        start_payment(order)
        look_after("me", may_judge=True)
        look_after("me", may_judge=True)
        assert DBTaskResult.objects.count() == 1
        work()
        assert read(order).status == "expired"
        look_after("me", may_judge=True)
        assert DBTaskResult.objects.count() == 1

    def test_a_cart_left_closed_is_opened(self):
        order = make_order(with_cart=True)
        Order.objects.update(status="cancelled", reopen_due_at=timezone.now())
        release_overdue.call()
        assert read(order).cart.status == "open"

    def test_a_silent_provider_does_not_keep_the_mail_waiting(self, provider):
        for number in range(6):
            start_payment(make_order(sku=f"SKU-{number}", expires_in=AGO))
        provider.down = {"status"}
        provider.calls.clear()
        release_overdue.call()
        assert len(provider.calls) == 3

    def test_a_worker_judges_others_only_after_it_has_seen_the_database_for_a_while(self, monkeypatch):
        judged = []
        monkeypatch.setattr("checkout.upkeep.look_after", lambda _, *, may_judge: judged.append(may_judge))
        monkeypatch.setattr("checkout.upkeep.EVERY", 1)
        monkeypatch.setattr("checkout.upkeep.close_old_connections", lambda: None)  # that of the test stays
        clock = [100.0]
        monkeypatch.setattr("checkout.upkeep.monotonic", lambda: clock[0])
        pulse = Pulse("me")
        pulse.beat_once()
        clock[0] += 31
        pulse.beat_once()
        with monkeypatch.context() as patched:
            patched.setattr(background, "beat", broken)
            patched.setattr("checkout.upkeep.connections.close_all", lambda: None)
            pulse.beat_once()
        pulse.beat_once()
        clock[0] += 31
        pulse.beat_once()
        assert judged == [False, True, False, True]

    def test_a_pulse_says_good_bye_even_without_a_database(self, monkeypatch):
        monkeypatch.setattr(background, "retire", broken)
        Pulse("me").stop()

    def test_what_look_after_finds_is_done(self):
        stale, failed = a_task(started=timedelta(hours=1)), a_task("FAILED", finished=timedelta(minutes=1))
        look_after("me", may_judge=False)
        assert (status(stale), status(failed)) == ("RUNNING", "READY")
        look_after("me", may_judge=True)
        assert status(stale) == "READY"


def broken(*_, **__):
    raise OSError("the database is away")


class TestWhatIsSeen:
    def test_o5_readyz_says_how_long_the_oldest_task_is_due(self, client: Client):
        assert client.get("/readyz").content == b"ok\n"
        a_task("READY", tries=0, run_after=timezone.now() + timedelta(hours=1))
        assert client.get("/readyz").content == b"ok\n"
        a_task("READY", tries=0, run_after=timezone.now() - timedelta(seconds=90))
        answer = client.get("/readyz")
        assert answer.status_code == 200
        assert answer.content.startswith(b"ok\noldest due task: 9")

    def test_o5_a_task_without_a_time_is_due_since_it_was_enqueued(self):
        release_overdue.enqueue()
        DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=7))
        assert timedelta(minutes=7) <= background.oldest_due() < timedelta(minutes=8)

    def test_o5_staff_are_warned_on_every_page(self, admin_client):
        assert "staff-warnings" not in admin_client.get("/admin/").content.decode()
        a_task("READY", tries=0, run_after=timezone.now() - timedelta(minutes=7, seconds=5))
        a_task("FAILED", tries=6, finished=timedelta(hours=1))
        order = make_order()
        OutboxMessage.objects.create(order=order, kind="confirmation", tries=outbox.MAX_TRIES)
        old = timezone.now() - timedelta(hours=2)
        unasked = Payment(order=order, gateway="gone", key="k", amount=order.total, state="voided", unasked_at=old)
        surplus = Payment(order=order, gateway="gone", key="l", amount=order.total, state="surplus")
        Payment.objects.bulk_create([unasked, surplus])
        Payment.objects.filter(state="surplus").update(updated_at=old)
        page = admin_client.get("/admin/catalog/product/").content.decode()
        for sentence in (
            "the oldest task has been due for 7 minutes",
            "1 task failed for good.",
            "1 mail could not be sent.",
            "1 payment was closed while its gateway was not configured",
            "1 payment could not be returned yet.",
        ):
            assert sentence in page

    @pytest.mark.parametrize(
        "path", ["checkout/outboxmessage", "django_tasks_database/dbtaskresult", "checkout/payment"]
    )
    def test_the_warnings_lead_to_lists_that_open(self, admin_client, path):
        for query in ("dead=1", "status=READY", "unasked_at__isempty=0", "state__exact=surplus"):
            assert admin_client.get(f"/admin/{path}/?{query}", follow=True).status_code == 200

    def test_o5_dead_letters_are_run_again_in_the_admin(self, admin_client):
        dead, running = a_task("FAILED", tries=6, finished=timedelta(hours=1)), a_task()
        url = "/admin/django_tasks_database/dbtaskresult/"
        page = admin_client.get(url, {"dead": "1"}).content.decode()
        assert str(dead.pk) in page
        assert str(running.pk) not in page
        data = {"action": "run_selected", "_selected_action": [str(dead.pk), str(running.pk)]}
        page = admin_client.post(url, data, follow=True).content.decode()
        assert "1 task will be run again." in page
        assert (status(dead), status(running)) == ("READY", "RUNNING")

    def test_o5_mails_that_were_given_up_are_found(self, admin_client):
        OutboxMessage.objects.create(order=make_order(), kind="confirmation", tries=outbox.MAX_TRIES)
        OutboxMessage.objects.create(order=make_order(sku="PACK"), kind="refunded", tries=1)
        page = admin_client.get("/admin/checkout/outboxmessage/", {"dead": "1"}).content.decode()
        assert "1 outgoing mail" in page


class TestCleanup:
    def test_o5_it_puts_back_and_forgets(self, capsys):
        stale = a_task(started=timedelta(hours=1))
        seen("long-dead", timedelta(days=2))
        call_command("cleanup", dry_run=True)
        assert (status(stale), WorkerBeat.objects.count()) == ("RUNNING", 1)
        call_command("cleanup")
        assert (status(stale), WorkerBeat.objects.count()) == ("READY", 0)
        assert "tasks: 1 put back, 0 tried again, 1 dead workers forgotten" in capsys.readouterr().out

    def test_notifications_of_nobody_are_kept_for_a_while(self):
        PaymentEvent.objects.create(gateway="fake", event_id="old", kind="k", reference="r")
        PaymentEvent.objects.update(received_at=timezone.now() - timedelta(days=91))
        PaymentEvent.objects.create(gateway="fake", event_id="new", kind="k", reference="r")
        call_command("cleanup", dry_run=True)
        assert PaymentEvent.objects.count() == 2
        call_command("cleanup")
        assert PaymentEvent.objects.get().event_id == "new"

    def test_where_an_order_came_from_is_forgotten_once_it_is_closed(self):
        make_order(placed_from="a", status="cancelled")
        make_order(sku="PACK", placed_from="b")
        Order.objects.update(placed_at=timezone.now() - timedelta(days=2))
        call_command("cleanup", dry_run=True)
        assert Order.objects.filter(placed_from__isnull=False).count() == 2
        call_command("cleanup")
        assert Order.objects.get(placed_from__isnull=False).placed_from == "b"
