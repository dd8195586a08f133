"""A client that costs little, and what a server process used: CPU from /proc/<pid>/stat, memory from smaps_rollup."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parent.parent
TICKS = os.sysconf("SC_CLK_TCK")  # clock ticks a second in /proc/<pid>/stat
CLIENTS = 4  # requests under way at once


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    content: bytes


@dataclass
class Visitor:
    """One browser's worth of cookies on one kept-alive connection. Any answer of 400 or more ends the benchmark."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def request(self, method: str, path: str, fields: dict[str, str] | None = None) -> Answer:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if fields is not None:
            body, headers["Content-Type"] = urlencode(fields), "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        self._remember(answer.headers.get_all("Set-Cookie") or [])
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status}\n{content[:2000].decode(errors='replace')}")
        return Answer(answer.status, answer.headers.get("Location", ""), content)

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def post(self, path: str, fields: dict[str, str]) -> Answer:
        return self.request("POST", path, fields)

    def forget(self) -> None:
        """Become somebody else, on the same connection."""
        self.cookies.clear()

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()

    def _remember(self, lines: list[str]) -> None:
        for line in lines:
            name, _, rest = line.partition("=")
            self.cookies[name] = rest.partition(";")[0]


def path_of(url: str) -> str:
    """Path and query of an absolute or relative address."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


# --- Server processes ---------------------------------------------------------------------------------------------
def family(pid: int) -> list[int]:
    """The process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [each for child in task.read_text().split() for each in family(int(child))]
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of the process and its children so far."""
    total = 0
    for each in family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory_megabytes(pid: int) -> tuple[float, float]:
    """(PSS, RSS) of the largest process of the family: the worker."""
    sizes = []
    for each in family(pid):
        lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()[1:]
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
        sizes.append((kilobytes["Rss"] / 1024, kilobytes["Pss"] / 1024))
    rss, pss = max(sizes)
    return pss, rss


@dataclass
class Server:
    """A started server. ``seconds_to_first_page``: from the start of its process to the whole first page."""

    pid: int
    port: int
    seconds_to_first_page: float


@contextlib.contextmanager
def serve(
    command: Sequence[str], port: int, environment: dict[str, str], log: Path, first: str = "/"
) -> Iterator[Server]:
    """Start a server, wait for its first page, stop it at the end by its process id."""
    started = time.monotonic()
    with log.open("ab") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        _await_page(process, port, first, log)
        yield Server(process.pid, port, time.monotonic() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(15)


def _await_page(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    never = threading.Event()
    for _ in range(6000):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, http.client.HTTPException):
            Visitor(port).get(path)
            return
        never.wait(0.01)
    sys.exit(f"The server did not answer:\n{log.read_text(errors='replace')[-3000:]}")


# --- Measuring ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Figure:
    """Of one page on one server: requests (or checkouts) a second, and milliseconds of server CPU for each."""

    per_second: float
    cpu_ms: float


Step = Callable[[Visitor, int], object]
"""One request, or one whole checkout, of one visitor; the number counts them."""


def measure(server: Server, step: Step, count: int, visitors: Sequence[Visitor]) -> Figure:
    """Do the step ``count`` times, spread over the visitors, all at once."""
    shares = [range(start, count, len(visitors)) for start in range(len(visitors))]

    def work(visitor: Visitor, numbers: range) -> None:
        for number in numbers:
            step(visitor, number)

    before, started = cpu_seconds(server.pid), time.monotonic()
    with ThreadPoolExecutor(len(visitors)) as pool:
        list(pool.map(work, visitors, shares))
    seconds, cpu = time.monotonic() - started, cpu_seconds(server.pid) - before
    return Figure(per_second=count / seconds, cpu_ms=cpu / count * 1000)


def visitors_of(port: int, count: int = CLIENTS) -> list[Visitor]:
    return [Visitor(port) for _ in range(count)]
