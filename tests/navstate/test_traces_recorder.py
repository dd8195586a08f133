"""The recorder between requests and the store of traces: its own thread waits for the store, and nobody waits for it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from threading import Event

import pytest

from navstate.tracing import recorder
from navstate.tracing.base import Line
from navstate.tracing.entry import Action, Hints, ServerState, attempt_digest, decode, visitor_digest
from navstate.tracing.recorder import Recorder, Taken

ROOT = Path(__file__).resolve().parents[2]
HINTS = Hints("enter", Action.READ, "back", "tab.3", "7")


class Kept:
    """A store that keeps batches in memory, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.batches: list[list[Line]] = []
        self.failures = failures
        self.has_failed = Event()

    def append(self, lines: list[Line]) -> None:
        if self.failures:
            self.failures -= 1
            self.has_failed.set()
            raise ConnectionError("the store is away")
        self.batches.append(list(lines))


@pytest.fixture
def kept(monkeypatch):
    store = Kept()
    monkeypatch.setattr(recorder, "get_traces", lambda: store)
    return store


def taken(number: int = 0) -> Taken:
    return Taken(f"v{number}", number, HINTS, ServerState(), "cart", begins=True)


def test_a_request_waits_for_no_store(kept):
    waiting = Recorder(has_thread=False)
    assert waiting.put(taken()) is True
    assert kept.batches == []
    waiting.flush()
    waiting.flush()
    assert [[line.visitor for line in batch] for batch in kept.batches] == [[visitor_digest("v0")]]


def test_what_waits_is_written_in_batches(kept, monkeypatch):
    monkeypatch.setattr(recorder, "MAX_BATCH", 4)
    waiting = Recorder(has_thread=False)
    for number in range(10):
        waiting.put(taken(number))
    waiting.flush()
    assert [len(batch) for batch in kept.batches] == [4, 4, 2]


def test_what_comes_too_fast_is_dropped_and_told_once(kept, monkeypatch, caplog):
    monkeypatch.setattr(recorder, "MAX_WAITING", 2)
    waiting = Recorder(has_thread=False)
    for told in (1, 2):
        assert [waiting.put(taken(number)) for number in range(4)] == [True, True, False, False]
        assert caplog.text.count("Traces are dropped: 2 entries wait") == told
        waiting.flush()
    assert waiting.put(taken()) is True


def test_a_store_that_fails_is_told_once_until_it_works_again(kept, caplog):
    waiting = Recorder(has_thread=False)
    for failures in (1, 1, 0, 1):
        kept.failures = failures
        waiting.put(taken())
        waiting.flush()
    told = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(told) == 2
    assert len(kept.batches) == 1


def test_a_thread_of_its_own_gathers_and_writes(kept):
    running = Recorder()
    for number in range(3):
        running.put(taken(number))
    running.stop()
    assert sum(len(batch) for batch in kept.batches) == 3
    running.put(taken(3))  # and begins again when it is needed
    running.stop()
    assert sum(len(batch) for batch in kept.batches) == 4
    running.stop()  # nothing to stop


def test_the_word_to_end_is_no_entry(kept):
    waiting = Recorder(has_thread=False)
    waiting._waiting.put(None)
    waiting.flush()
    assert kept.batches == []


def test_there_is_one_thread_whoever_comes_first(kept):
    running = Recorder()
    running.put(taken())
    first = running._thread
    running._start()  # the other of two requests that both found none
    assert running._thread is first
    running.stop()


def test_the_thread_does_not_end_by_a_failure(kept, monkeypatch):
    monkeypatch.setattr(recorder, "LINGER", 0)
    running = Recorder()
    kept.failures = 1
    running.put(taken(1))
    assert kept.has_failed.wait(10)
    running.put(taken(2))
    running.stop()
    assert [batch[0].visitor for batch in kept.batches] == [visitor_digest("v2")]


def test_a_forked_process_leaves_what_waits_to_its_parent(kept):
    waiting = Recorder(has_thread=False)
    waiting.put(taken())
    waiting.reset()
    waiting.flush()
    assert kept.batches == []


def test_what_a_request_left_is_understood_later():
    line = Taken("nav-id", 5, HINTS, ServerState(status=200), "cart", 4, begins=True, attempt="run").line()
    assert line[:2] + line[3:] == (visitor_digest("nav-id"), 5, True, attempt_digest("run"))
    said = decode(line.text).said
    assert (said.kind, said.direction, said.position, said.seq, said.asked, said.shown) == (
        "enter",
        "back",
        3,
        7,
        "cart",
        4,
    )


# --- nobody waits for it ------------------------------------------------------------------------------------------
class Hanging(Kept):
    """A store that answers when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked, self.may_go = Event(), Event()

    def append(self, lines: list[Line]) -> None:
        self.is_asked.set()
        assert self.may_go.wait(60)
        super().append(lines)


def test_a_store_that_hangs_holds_up_no_request_and_no_end(monkeypatch, caplog):
    store = Hanging()
    monkeypatch.setattr(recorder, "get_traces", lambda: store)
    monkeypatch.setattr(recorder, "LINGER", 0)
    monkeypatch.setattr(recorder, "MAX_WAITING", 3)
    running = Recorder()
    running.put(taken())
    assert store.is_asked.wait(10)
    assert [running.put(taken()) for _ in range(5)] == [True, True, True, False, False]
    assert caplog.text.count("Traces are dropped") == 1
    thread = running._thread
    running.stop(timeout=0.01)
    assert thread.is_alive()
    store.may_go.set()
    thread.join(10)
    assert sum(len(batch) for batch in store.batches) == 4


def test_what_cannot_be_written_at_all_does_not_end_the_thread(kept, caplog):
    waiting = Recorder(has_thread=False)
    waiting.put(taken()._replace(hints=None))  # type: ignore[arg-type]
    waiting.put(taken(1))
    waiting.flush()
    waiting.put(taken(2))
    waiting.flush()
    assert [batch[0].visitor for batch in kept.batches] == [visitor_digest("v2")]
    assert caplog.text.count("Traces cannot be written") == 1


def test_at_the_end_of_the_process_no_more_is_taken(kept):
    ending = Recorder()
    ending.put(taken())
    ending.close()
    assert len(kept.batches) == 1
    assert ending.put(taken()) is False
    assert ending._thread is None


STORY = """
import os, signal, sys, threading
import django
signal.alarm(90)  # whatever hangs is killed, and the test fails
django.setup()
from navstate.tracing.entry import ServerState, Hints
from navstate.tracing import recorder as module
from navstate.tracing.recorder import Taken, recorder

def taken():
    return Taken("ada", 1, Hints("enter", "read", "", "", ""), ServerState(), "cart", begins=True)

class Hanging:
    asked = threading.Event()
    def append(self, lines):
        self.asked.set()
        threading.Event().wait()

class Telling:
    def append(self, lines):
        os.write(1, f"{os.getpid()} wrote {len(lines)};".encode())

def use(store):
    module.get_traces = lambda: store
"""


def tell(story: str) -> str:
    """What a process prints that does this; it fails when it hangs or is killed."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.toy.settings"}
    done = subprocess.run(
        [sys.executable, "-c", STORY + dedent(story)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_process_writes_what_waits_when_it_ends():
    assert tell("use(Telling()); recorder.put(taken()); recorder.put(taken())").endswith(" wrote 2;")


def test_a_process_ends_though_its_store_never_answers():
    """The thread is asked to end, waited for a while, and left behind."""
    story = """
    use(Hanging())
    module.LINGER = 0
    recorder.put(taken())
    Hanging.asked.wait()
    recorder.put(taken())
    print("done")
    """
    assert tell(story) == "done\n"


@pytest.mark.parametrize("held", ["threading.Lock()", "recorder._starting"], ids=["no lock", "a lock"])
def test_a_worker_that_is_forked_has_a_thread_of_its_own(held):
    """As servers do that load the project first and fork then: the parent's thread is busy, a lock may be held."""
    story = f"""
    use(Hanging())
    module.LINGER = 0
    recorder.put(taken())
    Hanging.asked.wait()
    recorder.put(taken())  # the parent's own
    with {held}:
        child = os.fork()
    use(Telling())
    if child:
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    signal.alarm(90)
    recorder.put(taken())
    """
    pid, _, written = tell(story).partition(" ")
    assert pid.isdigit()
    assert written == "wrote 1;"
