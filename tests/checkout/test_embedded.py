"""`embedded`, the command behind make run: what it does before it serves. tests/deploy starts it for real."""

from __future__ import annotations

import re
import socket
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from checkout.management.commands import embedded
from shop.accounts.models import User
from tests.factories import make_shipping, make_variant
from tests.servers import free_port


class SilentServer:
    """In the place of daphne's: says that it is ready, and ends."""

    started: list[dict] = []

    def __init__(self, **options: object) -> None:
        self.options = options

    def run(self) -> None:
        self.started.append(self.options)
        self.options["ready_callable"]()


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings) -> list[str]:
    """The commands that `embedded` calls, by name; none of them is run."""
    called: list[str] = []
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    monkeypatch.setattr(embedded, "BoundedServer", SilentServer)
    monkeypatch.setattr(SilentServer, "started", [])
    monkeypatch.setattr(embedded, "call_command", lambda name, **options: called.append(name))
    monkeypatch.setitem(django_settings.DATABASES["default"], "CONN_MAX_AGE", 0)
    return called


def start(**options: object) -> str:
    out = StringIO()
    call_command("embedded", port=free_port(), stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_the_first_start_prepares_everything(commands: list[str]) -> None:
    said = start()
    assert commands == ["collectstatic", "democatalog", "democheckout"]
    password = re.search(r"shown this once: staff@waymark\.test with password (\S+)", said)
    assert password
    staff = User.objects.get()
    assert staff.check_password(password[1])
    assert staff.is_superuser
    assert re.search(r"Open http://127\.0\.0\.1:\d+/ \(Ctrl-C stops the shop\)\nStopped\.\n$", said)


@pytest.mark.django_db
def test_a_later_start_only_serves(commands: list[str]) -> None:
    make_variant("A")
    make_shipping()
    User.objects.create_superuser("owner@example.org", "secret")
    start()
    commands.clear()
    said = start(access_log=True)
    assert commands == []
    assert said.startswith("Open http://")
    assert SilentServer.started[0]["action_logger"] is None
    assert SilentServer.started[1]["action_logger"] is not None


@pytest.mark.django_db
def test_a_database_behind_is_brought_up_to_date(commands: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded.MigrationExecutor, "migration_plan", lambda *_: ["one", "two"])
    assert "Bringing the database up to date (2 migrations)" in start()
    assert commands[0] == "migrate"


def test_a_taken_port_is_said_before_anything_is_done(commands: list[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"^cannot listen on 127.0.0.1 port {port}: Address already in use$"):
            call_command("embedded", port=port)
    assert commands == []


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:80/"),
        ("0.0.0.0", "http://127.0.0.1:80/"),
        ("::1", "http://[::1]:80/"),
        ("shop.lan", "http://shop.lan:80/"),
    ],
)
def test_the_address_to_open(host: str, address: str) -> None:
    assert embedded.address_of(host, 80) == address


def test_a_changed_static_file_is_noticed(settings, tmp_path: Path) -> None:
    settings.STATICFILES_DIRS = [tmp_path]
    before = embedded.digest_of_static_files()
    (tmp_path / "new.css").write_text("body { margin: 0 }")
    after = embedded.digest_of_static_files()
    assert before != after
    assert embedded.digest_of_static_files() == after
