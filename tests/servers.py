"""Private servers for the tests: PostgreSQL, Redis, and the shop itself as real processes.

Everything listens on 127.0.0.1, on a free port, keeps its files in a temporary folder and is stopped by its own
process id. Nothing here imports Django: ``tests.environment`` uses it before the settings load.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import psycopg

ROOT = Path(__file__).resolve().parent.parent
TICK = 0.05  # seconds between two looks at a condition


class ServerError(Exception):
    """A server did not start; the message carries the end of its log."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], object], timeout: float, what: str = "the condition") -> None:
    """Look at ``condition`` every 50 ms until it is truthy; AssertionError after ``timeout`` seconds."""
    never = threading.Event()
    for _ in range(max(1, int(timeout / TICK))):
        if condition():
            return
        never.wait(TICK)
    raise AssertionError(f"{what} did not come true within {timeout:g} s")


def answers(url: str) -> bool:
    """Whether a GET of ``url`` is answered with 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def accepts(port: int) -> bool:
    """Whether something listens on this port of 127.0.0.1."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def program(name: str) -> str:
    """Where the program is; PostgreSQL's live outside PATH on Debian."""
    found = shutil.which(name)
    if found:
        return found
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not places:
        raise ServerError(f"{name} is not installed; `make test` names the packages.")
    return str(places[-1])


def stop(process: subprocess.Popen[Any], how: int = signal.SIGTERM, timeout: float = 10) -> None:
    """End one process of ours by its id: ask, then insist."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout)


def _tail(log: Path, lines: int = 30) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _await_start(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path, what: str) -> None:
    """Wait until a server is ready; if it ends or takes over 60 s instead, stop it and say why."""
    try:
        wait_until(lambda: process.poll() is not None or ready(), 60, what)
        if process.poll() is not None:
            raise ServerError(f"{what} ended with {process.returncode}:\n{_tail(log)}")
    except AssertionError as late:
        stop(process)
        raise ServerError(f"{late}:\n{_tail(log)}") from late


# --- PostgreSQL and Redis -----------------------------------------------------------------------------------------
def _postgres_user() -> dict[str, str | int | list[int]]:
    """Arguments for Popen: PostgreSQL refuses to run as root, so root hands over to the user ``postgres``."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


class Store:
    """A private store that can be away for a while: stopped and started again at the same address, or merely silent."""

    name: str
    port: int
    log: Path
    process: subprocess.Popen[bytes]

    def start(self) -> None:
        """Start it, on the files it had before, and wait until it answers."""
        raise NotImplementedError

    def stop(self) -> None:
        stop(self.process)

    def freeze(self) -> None:
        """It takes connections and answers nothing, like a machine that swaps."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def _run(self, command: Sequence[str | Path], **options: Any) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, **options
            )


class Postgres(Store):
    """No fsync: its data die with it."""

    name = "PostgreSQL"
    settings: ClassVar[dict[str, str | int]] = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": 300,
        "shared_buffers": "64MB",
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
    }

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.log = Path(tempfile.mkstemp(prefix="waymark-postgres-", suffix=".log")[1])
        self.account = _postgres_user()
        if self.account:
            shutil.chown(folder, "postgres", "postgres")
        words = ("initdb", "-D", folder / "files", "-U", "waymark", "-A", "trust", "-E", "UTF8")
        self._run([program(words[0]), *words[1:], "--locale=C.UTF-8", "--no-sync"], cwd=folder, **self.account)
        if self.process.wait():
            raise ServerError(f"initdb failed:\n{_tail(self.log)}")

    @property
    def url(self) -> str:
        return f"postgres://waymark@127.0.0.1:{self.port}/waymark"

    def start(self) -> None:
        already = self.log.read_text().count(READY)
        given = {"port": self.port, **self.settings}
        options = [word for name, value in given.items() for word in ("-c", f"{name}={value}")]
        self._run([program("postgres"), "-D", self.folder / "files", *options], cwd=self.folder, **self.account)
        _await_start(self.process, lambda: self.log.read_text().count(READY) > already, self.log, self.name)

    def stop(self) -> None:
        stop(self.process, signal.SIGINT)  # it does not wait for its clients


READY = "ready to accept connections"


class RedisServer(Store):
    """256 numbered databases, nothing on disk: started again, it is empty."""

    name = "Redis"

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.log = folder, free_port(), folder / "log"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._run(
            [
                *(program("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
                *("--save", "", "--appendonly", "no", "--databases", "256"),
            ]
        )
        _await_start(self.process, lambda: accepts(self.port), self.log, self.name)


@contextlib.contextmanager
def postgres_store() -> Iterator[Postgres]:
    """A private PostgreSQL with an empty database ``waymark``."""
    folder = Path(tempfile.mkdtemp(prefix="waymark-postgres-"))
    store = Postgres(folder)
    try:
        store.start()
        to = ("-h", "127.0.0.1", "-p", str(store.port), "-U", "waymark", "waymark")
        subprocess.run([program("createdb"), *to], check=True)
        yield store
    finally:
        store.stop()
        shutil.rmtree(folder, ignore_errors=True)
        store.log.unlink(missing_ok=True)


@contextlib.contextmanager
def redis_store() -> Iterator[RedisServer]:
    folder = Path(tempfile.mkdtemp(prefix="waymark-redis-"))
    store = RedisServer(folder)
    try:
        store.start()
        yield store
    finally:
        store.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """The address of one: ``postgres://…/waymark``."""
    with postgres_store() as store:
        yield store.url


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """The address of one: ``redis://127.0.0.1:<port>``, without the number of a database."""
    with redis_store() as store:
        yield store.url


# --- The shop -----------------------------------------------------------------------------------------------------
@dataclass
class Shop:
    """A running shop: its address, its environment, its log, and a way to look inside it."""

    url: str  # "http://127.0.0.1:<port>", no slash at the end
    folder: Path  # VAR_DIR: database (SQLite), media, static files, mail
    environment: dict[str, str]
    log: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _scripts: subprocess.Popen[str] | None = None

    def manage(self, *arguments: str) -> str:
        """Run ``manage.py`` against this shop's stores; its output. AssertionError with all of it if it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, (
            f"manage.py {arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        )
        return done.stdout

    def script(self, code: str) -> str:
        """Run Python with the models of the shop in reach; what it prints. The way for a test to play the staff."""
        if self._scripts is None:
            self._scripts = subprocess.Popen(
                [sys.executable, ROOT / "tests" / "scripts.py"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._scripts.stdin is not None
        assert self._scripts.stdout is not None
        self._scripts.stdin.write(json.dumps(code) + "\n")
        self._scripts.stdin.flush()
        answer = self._scripts.stdout.readline()
        assert answer, f"the process for scripts ended with {self._scripts.wait()}"
        done = json.loads(answer)
        assert not done["problem"], f"{code}\n{done['said']}\n{done['problem']}"
        return str(done["said"]).strip()

    def end_scripts(self) -> None:
        """End the process that runs them, where there is one."""
        if self._scripts is not None:
            assert self._scripts.stdin is not None
            self._scripts.stdin.close()
            stop(self._scripts)
            assert self._scripts.stdout is not None
            self._scripts.stdout.close()
            self._scripts = None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What a query finds in the shop's database, at once: starting ``manage.py`` takes a second."""
        url = self.environment["DATABASE_URL"]
        if url.startswith("sqlite:///"):
            with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
                return connection.execute(sql).fetchall()
        with psycopg.connect(url) as connection:
            return connection.execute(sql).fetchall()

    def requests(self) -> list[str]:
        """The lines of the server's access log so far."""
        return [line for line in self.log.read_text(errors="replace").splitlines() if " /" in line]

    def mails(self) -> list[str]:
        """Every mail sent so far, as text, oldest first."""
        return [path.read_text() for path in sorted((self.folder / "mail").glob("*"))]


def shop_environment(folder: Path, port: int, database_url: str, redis_url: str) -> dict[str, str]:
    """The environment of a shop process: that of the tests, with stores and files of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}
    (folder / "mail").mkdir(parents=True, exist_ok=True)
    return environment | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENV_FILE": os.devnull,
        "VAR_DIR": str(folder),
        "MEDIA_ROOT": str(folder / "media"),
        "DATABASE_URL": database_url or f"sqlite:///{folder / 'waymark.sqlite3'}",
        "REDIS_URL": redis_url,
        "EMAIL_URL": f"filemail:///{folder / 'mail'}",
        "SHOP_URL": f"http://127.0.0.1:{port}",
        "EMBEDDED_WORKER": "0" if redis_url else "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "default",
    }


def embedded_command(port: int) -> list[str]:
    """The set-up of ``make run``: one process, daphne, SQLite."""
    return [sys.executable, "manage.py", "embedded", "--host", "127.0.0.1", "--port", str(port), "--access-log"]


def granian_command(port: int, workers: int) -> list[str]:
    """The set-up of production: granian with WSGI workers."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(workers), "--respawn-failed-workers", "--blocking-threads", "4", "--access-log"),
        "config.wsgi:application",
    ]


def worker_command() -> list[str]:
    """The process that sends mail and webhooks beside the workers for pages."""
    return [sys.executable, "manage.py", "worker", "--interval", "0.2"]


@contextlib.contextmanager
def running(shop: Shop, commands: Sequence[list[str]]) -> Iterator[Shop]:
    """Start the shop's processes (the first one serves pages), wait for ``/healthz``, stop them at the end."""
    with shop.log.open("ab") as out:
        for command in commands:
            shop.processes.append(
                subprocess.Popen(
                    command,
                    cwd=ROOT,
                    env=shop.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
            )
    try:
        _await_start(shop.processes[0], lambda: answers(f"{shop.url}/healthz"), shop.log, "The shop")
        yield shop
    finally:
        shop.end_scripts()
        for process in reversed(shop.processes):
            stop(process)
