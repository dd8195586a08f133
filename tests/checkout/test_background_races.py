"""Workers at once, on PostgreSQL: a task is put back once, and a worker outlives its connections."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail as sent
from django.db import connection
from django_tasks_db.models import DBTaskResult

from checkout.models import OutboxMessage, WorkerBeat
from checkout.services import background, outbox
from checkout.worker import BackgroundWorker
from tests.checkout.factories import close_connection, make_order
from tests.checkout.test_background import a_task, status
from tests.parallel import in_parallel
from tests.servers import wait_until


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_o5_many_put_a_task_back_once(self):
        for _ in range(8):
            a_task(started=timedelta(hours=1))
        assert sum(in_parallel([background.put_back_stale] * 8)) == 8

    def test_o5_what_was_claimed_again_meanwhile_is_left_alone(self, monkeypatch):
        """Two look, one puts back, a worker claims; then the slow one writes what it read before."""
        task = a_task(started=timedelta(hours=1))
        running, has_read, gate = background._running, threading.Event(), threading.Event()

        def slow():
            rows = list(running())
            has_read.set()
            gate.wait(10)
            return iter(rows)

        with monkeypatch.context() as patched:
            patched.setattr(background, "_running", slow)
            results = []
            thread = threading.Thread(target=lambda: (results.append(background.put_back_stale()), close_connection()))
            thread.start()
            assert has_read.wait(10)
            patched.setattr(background, "_running", running)
            assert background.put_back_stale() == 1
            DBTaskResult.objects.get(pk=task.pk).claim("new")
            gate.set()
            thread.join()
        assert results == [0]
        assert status(task) == "RUNNING"

    def test_o5_control_without_the_condition_a_task_runs_twice_at_once(self):
        """Why the write is conditional: an unconditional one takes the task away from the worker that just claimed it."""
        task = a_task(started=timedelta(hours=1))
        read_before = DBTaskResult.objects.get(pk=task.pk)
        background.put_back_stale()
        DBTaskResult.objects.get(pk=task.pk).claim("new")
        DBTaskResult.objects.filter(pk=read_before.pk).update(status="READY", started_at=None)
        assert DBTaskResult.objects.ready().count() == 1

    def test_o5_a_worker_survives_the_end_of_its_connections(self):
        """What a restart of PostgreSQL does to it: every connection ends in the middle of whatever it was doing."""
        worker = BackgroundWorker()
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            wait_until(lambda: WorkerBeat.objects.filter(worker_id=worker.worker_id).exists(), 10, "the first beat")
            for _ in range(3):
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                sent.outbox.clear()
                outbox.write(make_order(sku=f"SKU-{uuid4().hex[:6]}").pk, OutboxMessage.Kind.CONFIRMATION)
                wait_until(lambda: len(sent.outbox) == 1, 60, "the mail")
                assert thread.is_alive()
        finally:
            worker.stop()
            thread.join(20)
        assert not thread.is_alive()
        assert not WorkerBeat.objects.exists()
