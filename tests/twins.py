"""Two requests held at every point between reading and writing, through every order of them (issue 8, section 0).

Each of the two runs in a thread of its own, and stops at each gate: before a store is read or written. One of them goes on
at a time, as far as its next gate, so that an order is a word such as ``AABBA`` and can be gone through again. All orders
are tried, but for those that differ only in which of two reads came first: what was written before each step tells them
apart, and where that is the same, everything is.

Both share the connection of the test, so no gate is inside a transaction. Everything is put back after each order, so that
an order takes as long as its requests.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections, transaction

from navstate.storage.connection import close
from navstate.storage.lua import redis_client

MAX_SECONDS = 60
"""Seconds that a step may take, on the slowest machine."""


WAITS = "waits for its twin"
"""The gate of one that cannot go on before the other has: it is given no turn as long as the other is under way."""


@dataclass(frozen=True)
class Step:
    """``who``: 0 or 1. ``gate``: what it did next. ``writes``: whether others see a difference."""

    who: int
    gate: str
    writes: bool

    def __str__(self) -> str:
        return f"{'AB'[self.who]} {self.gate}"


@dataclass
class Run:
    """One order that was gone through. ``waiting``: the gates that both stood at before each step, ``None`` for one that
    was done.
    """

    steps: list[Step] = field(default_factory=list)
    waiting: list[tuple[tuple[str, bool] | None, ...]] = field(default_factory=list)
    results: list[Any] = field(default_factory=lambda: [None, None])

    @property
    def order(self) -> str:
        return "".join("AB"[step.who] for step in self.steps)

    def __str__(self) -> str:
        return f"order {self.order}: " + ", ".join(map(str, self.steps))


_own = threading.local()


class Twins:
    """Two threads, of which one goes on at a time. As a context manager it ends them."""

    def __init__(self) -> None:
        self.is_racing = False
        self.turn = [threading.Semaphore(0), threading.Semaphore(0)]
        self.stopped = threading.Semaphore(0)
        self.at: list[tuple[str, bool] | None] = [None, None]
        self.jobs: list[Callable[[], Any] | None] = [None, None]
        self.results: list[Any] = [None, None]
        self.threads = [threading.Thread(target=self._work, args=(who,), daemon=True) for who in (0, 1)]

    def __enter__(self) -> Twins:
        connection.inc_thread_sharing()
        self.shared = connections["default"]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.jobs = [None, None]
        for who, thread in enumerate(self.threads):
            self.turn[who].release()
            thread.join(MAX_SECONDS)
        connection.dec_thread_sharing()

    def _work(self, who: int) -> None:
        """One of the twins: a job at a time, until there is none."""
        _own.who = who
        connections["default"] = self.shared
        while True:
            self.turn[who].acquire()
            job = self.jobs[who]
            if job is None:
                return close() if settings.REDIS_URL else None
            try:
                self.results[who] = job()
            except BaseException as error:
                self.results[who] = error
            self.at[who] = None
            self.stopped.release()

    def gate(self, name: str, writes: bool) -> None:
        """Wait here for one's turn. Whoever is none of the two goes on."""
        who = getattr(_own, "who", None)
        if who is None or not self.is_racing:
            return
        self.at[who] = (name, writes)
        self.stopped.release()
        self.turn[who].acquire()

    def _go_on(self, who: int) -> None:
        self.turn[who].release()
        assert self.stopped.acquire(timeout=MAX_SECONDS), (
            f"{'AB'[who]} never came to its next gate after {self.at[who]}"
        )

    def _waits(self, who: int) -> bool:
        gate = self.at[who]
        return gate is not None and gate[0] == WAITS

    def run(self, first: Callable[[], Any], second: Callable[[], Any], order: str) -> Run:
        """Go through one order; where it ends, whoever went last goes on to the end, and then the other."""
        run = Run()
        self.jobs, self.is_racing = [first, second], True
        self.at = [("start", False), ("start", False)]
        for who in (0, 1):  # as far as their first gate: nobody has looked at anything yet
            self._go_on(who)
        wanted = ["AB".index(letter) for letter in order]
        who = 0
        while any(self.at):
            who = wanted[len(run.steps)] if len(run.steps) < len(wanted) else who
            other = self.at[1 - who]
            if self.at[who] is None or (other is not None and self._waits(who)):
                who = 1 - who
            gate = self.at[who]
            assert gate is not None
            run.waiting.append(tuple(self.at))
            run.steps.append(Step(who, *gate))
            self._go_on(who)
        self.is_racing = False
        run.results = list(self.results)
        return run


def key_of(steps: list[Step]) -> tuple[Any, ...]:
    """The same for two beginnings after which everything is the same: what each has done, and what was written before."""
    written: list[tuple[int, int]] = []
    done: tuple[list[Any], list[Any]] = ([], [])
    for step in steps:
        done[step.who].append((step.gate, tuple(written)))
        if step.writes:
            written.append((step.who, len(done[step.who])))
    return tuple(done[0]), tuple(done[1]), tuple(written)


def every_order(
    twins: Twins,
    first: Callable[[], Any],
    second: Callable[[], Any],
    *,
    alike: bool,
    since: Callable[[], Any],
    turns: int = 100,
) -> Iterator[Run]:
    """Each order of the two that can make a difference, each from the same beginning.

    ``alike``: they send the same, so that it does not matter which of them begins. ``since``: made before each order.
    ``turns``: how often one may stop in the middle so that the other goes on, at most.
    """
    pending, seen = [""], set()
    with remembered() as put_back:
        while pending:
            order = pending.pop()
            since()
            run = twins.run(first, second, order)
            yield run
            put_back()
            for at in range(len(run.steps)):
                seen.add(key_of(run.steps[: at + 1]))
            for at in range(max(len(order), 1 if alike else 0), len(run.steps)):
                other = 1 - run.steps[at].who
                gate = run.waiting[at][other]
                if gate is None or gate[0] == WAITS or turns_of(run.order[:at] + "AB"[other]) > turns:
                    continue
                key = key_of([*run.steps[:at], Step(other, *gate)])
                if key not in seen:
                    seen.add(key)
                    pending.append(run.order[:at] + "AB"[other])


def turns_of(order: str) -> int:
    return sum(one != next_one for one, next_one in pairwise(order))


@contextmanager
def remembered() -> Iterator[Callable[[], None]]:
    """What is stored now, to be put back as often as wanted."""
    kept = _dump() if settings.REDIS_URL else {}

    def put_back() -> None:
        nonlocal savepoint
        transaction.savepoint_rollback(savepoint)
        savepoint = transaction.savepoint()
        cache.clear()
        for key, (value, left) in kept.items():
            redis_client().restore(key, left, value, replace=True)

    savepoint = transaction.savepoint()
    yield put_back
    transaction.savepoint_rollback(savepoint)


def _dump() -> dict[bytes, tuple[bytes, int]]:
    client = redis_client()
    return {key: (client.dump(key), max(client.pttl(key), 0)) for key in client.keys("*")}


def gated(twins: Twins, what: Callable[..., Any], name: str, *, writes: bool) -> Callable[..., Any]:
    """``what``, behind a gate. Of an asynchronous one the gate is in the thread that serves its request."""
    if iscoroutinefunction(what):

        async def later(*args: Any, **kwargs: Any) -> Any:
            await sync_to_async(twins.gate)(name, writes)
            return await what(*args, **kwargs)

        return later

    def held(*args: Any, **kwargs: Any) -> Any:
        twins.gate(name, writes)
        return what(*args, **kwargs)

    return held
