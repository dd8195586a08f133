"""The shop in one process, ready to use: what ``make run`` ends in."""

from __future__ import annotations

import hashlib
import logging
import secrets
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daphne.access import AccessLogGenerator
from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from checkout.logs import cut_in_access_logs
from checkout.models import ShippingMethod
from checkout.server import BoundedServer
from checkout.worker import start_embedded_worker
from shop.accounts.models import User
from shop.catalog.models import Product
from shop.catalog.release import build_id

STAFF_EMAIL = "staff@waymark.test"
WILDCARDS = ("", "::", "0.0.0.0")  # noqa: S104  (compared with, not bound to)


class Command(BaseCommand):
    help = "Migrate, fill an empty shop with the demo catalogue, make a staff account, and serve: one process, SQLite."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", default=8000, type=int)
        parser.add_argument("--access-log", action="store_true", help="print a line for each request")

    def handle(self, *args: Any, host: str, port: int, access_log: bool, **options: Any) -> None:
        refuse_taken_port(host, port)
        self._migrate()
        collect_static_files(self._say)
        self._fill_shop()
        self._make_staff_account(host, port)
        self._serve(host, port, access_log)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            self._say(f"Bringing the database up to date ({len(missing)} migrations) …")
            call_command("migrate", verbosity=0, interactive=False)

    def _fill_shop(self) -> None:
        """Put in something to buy and a way to get it; what is there stays as it is."""
        if not Product.objects.exists():
            self._say("Drawing the demo catalogue …")
            call_command("democatalog", stdout=self.stdout)
        if not ShippingMethod.objects.exists():
            call_command("democheckout", stdout=self.stdout)

    def _make_staff_account(self, host: str, port: int) -> None:
        if User.objects.filter(is_staff=True).exists():
            return
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser(STAFF_EMAIL, password)
        self._say(f"Staff account, shown this once: {STAFF_EMAIL} with password {password}")
        self._say(f"Its pages are at {address_of(host, port)}admin/")

    def _serve(self, host: str, port: int, access_log: bool) -> None:
        """Answer until Ctrl-C or SIGTERM."""
        # Each request of an ASGI server has a thread of its own, so a connection kept open would never be used again.
        settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
        logging.getLogger("daphne").setLevel(logging.WARNING)
        cut_in_access_logs()
        build_id()  # known from the start, whatever lands on the disk meanwhile
        start_embedded_worker()
        BoundedServer(
            application=get_asgi_application(),
            endpoints=build_endpoint_description_strings(host=host, port=port),
            action_logger=AccessLogGenerator(sys.stdout) if access_log else None,
            ready_callable=lambda: self._say(f"Open {address_of(host, port)} (Ctrl-C stops the shop)"),
            server_name="waymark",
        ).run()
        self._say("Stopped.")


def collect_static_files(say: Callable[[str], None]) -> None:
    """Put static files where they are served from, unless those there were made of what there is now."""
    stamp, wanted = Path(settings.STATIC_ROOT).with_suffix(".stamp"), digest_of_static_files()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Collecting style sheets, scripts and fonts …")
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(wanted)


def address_of(host: str, port: int) -> str:
    """Return what to type into a browser; a wildcard address is reached by loopback."""
    name = "127.0.0.1" if host in WILDCARDS else host
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def refuse_taken_port(host: str, port: int) -> None:
    """Raise ``CommandError``, one line, before anything else is done."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as problem:
        raise CommandError(f"cannot listen on {host} port {port}: {getattr(problem, 'strerror', problem)}") from problem


def digest_of_static_files() -> str:
    """Digest the static files of the shop and its apps: another one when a file is added, removed or written."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
