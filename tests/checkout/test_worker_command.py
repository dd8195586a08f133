"""``manage.py worker`` as a process: it ends in order, and another one does what a killed one was doing."""

import os
import signal
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from checkout.management.commands import worker as command
from tests.servers import ROOT, Shop, stop, wait_until, worker_command


@pytest.mark.parametrize("wrong", ["0", "-1", "x", "nan", "inf", "61"])
def test_an_interval_is_a_number_of_seconds(wrong):
    with pytest.raises(CommandError):
        call_command("worker", f"--interval={wrong}")


def test_it_runs_until_it_is_told_to_stop(monkeypatch, capsys):
    handlers = {}
    monkeypatch.setattr(command.signal, "signal", handlers.__setitem__)
    ran = []

    class Silent:
        worker_id = "me"

        def __init__(self, interval):
            ran.append(interval)

        def run(self):
            handlers[signal.SIGTERM](signal.SIGTERM, None)

        def stop(self):
            ran.append("stopped")

    monkeypatch.setattr(command, "BackgroundWorker", Silent)
    call_command("worker", "--interval=0.5")
    assert ran == [0.5, "stopped"]
    assert set(handlers) == {signal.SIGTERM, signal.SIGINT}
    assert "Ending after the task under way." in capsys.readouterr().out


PROMISE = """
from checkout.models import Order, OutboxMessage
from checkout.services import outbox
from djmoney.money import Money
from django.db import transaction
amount = Money("5.00", "EUR")
with transaction.atomic():
    order = Order.objects.create(
        attempt="{name}", email="ada@example.org", language="en", payment_method="demo",
        subtotal=amount, shipping_price=amount, total=amount,
    )
    outbox.write(order.pk, OutboxMessage.Kind.CONFIRMATION)
print(order.number)
"""

LATER = """
from datetime import timedelta
from checkout.models import OutboxMessage
OutboxMessage.objects.filter(sent_at=None).update(claimed_at=OutboxMessage.objects.get().claimed_at - timedelta(minutes=4))
"""


@pytest.mark.browser
def test_o5_what_a_killed_worker_was_doing_is_done_by_another_one(shop_processes: Shop) -> None:
    """It is killed while the mail server keeps it waiting: the task is put back, the mail goes out once."""
    shop = shop_processes
    stop(shop.processes[1])
    silent = subprocess.Popen(
        [sys.executable, "-c", "import socket; s = socket.create_server(('127.0.0.1', 0));"
         "print(s.getsockname()[1], flush=True); kept = s.accept(); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert silent.stdout is not None
        port = silent.stdout.readline().strip()
        stuck = subprocess.Popen(
            worker_command(), cwd=ROOT, env=shop.environment | {"EMAIL_URL": f"smtp://127.0.0.1:{port}"}
        )
        number = shop.script(PROMISE.format(name="killed")).splitlines()[-1]
        running = "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status = 'RUNNING'"
        wait_until(lambda: shop.rows(running)[0][0] == 1, 30, "the task under way")
        claimed = "SELECT count(*) FROM checkout_outboxmessage WHERE claimed_at IS NOT NULL AND sent_at IS NULL"
        wait_until(lambda: shop.rows(claimed)[0][0] == 1, 30, "the mail on its way")
        os.kill(stuck.pid, signal.SIGKILL)
        stuck.wait(10)
    finally:
        stop(silent)
        if silent.stdin and silent.stdout:
            silent.stdin.close()
            silent.stdout.close()
    other = subprocess.Popen(worker_command(), cwd=ROOT, env=shop.environment)
    shop.processes.append(other)
    shop.script(LATER)  # the claim on the mail is over, so that the test need not wait for that as well
    wait_until(lambda: shop.rows(running)[0][0] == 0, 90, "the end of the task")
    wait_until(lambda: [mail for mail in shop.mails() if number in mail], 30, "the mail")
    assert len([mail for mail in shop.mails() if number in mail]) == 1
    assert other.poll() is None
    other.send_signal(signal.SIGTERM)
    assert other.wait(20) == 0
    assert shop.rows("SELECT count(*) FROM checkout_workerbeat WHERE seen_at > now() - interval '20 seconds'") == [(0,)]
