#!/usr/bin/env python3
"""One of the processes of ``benchmarks/sessions.py``: Django and a session engine, told what to do by lines of JSON."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402  (after setup)
from django.test import override_settings  # noqa: E402

from navstate.sessions.liveness import time_left  # noqa: E402

VALUES = {f"value{number}": f"what a page keeps in its session, {number}" for number in range(8)}
VALUES |= {"_auth_user_id": "42", "_auth_user_hash": "0123456789abcdef" * 4}


class Worker:
    store: Any
    session: Any
    chosen = override_settings()

    def engine(self, path: str) -> None:
        if self.chosen.options:
            self.chosen.disable()
        self.chosen = override_settings(SESSION_ENGINE=path)
        self.chosen.enable()
        self.store = import_module(path).SessionStore

    def new(self) -> str:
        session = self.store()
        session.update(VALUES)
        session.save()
        return str(session.session_key)

    def load(self, key: str, name: str) -> None:
        self.session = self.store(key)
        self.session.get(name)

    def save(self, key: str, name: str) -> None:
        self.session[name] = key
        self.session.save()

    def keys(self, key: str) -> list[str]:
        return list(self.store(key).keys())

    def time(self, calls: int) -> dict[str, list[float]]:
        """Microseconds of each call, by kind."""
        key = self.new()
        session = self.store(key)
        session.get("value0")
        micros: dict[str, list[float]] = {"load": [], "save": [], "check": []}
        for number in range(calls):
            micros["load"].append(micros_of(lambda: self.store(key).get("value0")))
            session["value0"] = f"changed {number}"
            micros["save"].append(micros_of(session.save))
            micros["check"].append(micros_of(lambda: self.check(key)))
        return micros

    def check(self, key: str) -> int:
        """How long a session has left, in milliseconds. Django's engines have no way to ask but to load."""
        if settings.SESSION_ENGINE.startswith("navstate."):
            return time_left(key)
        return int(self.store(key).get_expiry_age() * 1000)


def micros_of(call: Callable[[], object]) -> float:
    began = time.perf_counter_ns()
    call()
    return (time.perf_counter_ns() - began) / 1000


def main() -> None:
    worker = Worker()
    for line in sys.stdin:
        order = json.loads(line)
        answer = getattr(worker, order.pop("order"))(**order)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
