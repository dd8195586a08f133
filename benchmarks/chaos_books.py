"""The books after the trouble: what the shop, the provider, the mails and the shoppers say, held against each other."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.load import ROOT
from benchmarks.shoppers import Answer, Notes
from tests.servers import Shop


@dataclass
class Stage:
    """What is left to look at.

    ``away``: when a store went, when it was back, and until when a 503 is its own. ``healed``: how long each trouble took.
    """

    shop: Shop
    provider_books: Path
    baseline: Path
    away: list[tuple[float, float, float]]
    healed: list[dict[str, Any]]


def settle_down(stage: Stage, most: float) -> dict[str, Any]:
    """Wait until unpaid orders are given up and the audit is clean, or long enough; the last audit."""
    ends_at = time.monotonic() + most
    while True:
        waiting = stage.shop.rows("SELECT count(*) FROM checkout_order WHERE status = 'awaiting_payment'")[0][0]
        if not waiting or time.monotonic() > ends_at:
            audit = audited(stage)
            if audit["audit"] == "clean" or time.monotonic() > ends_at:
                return audit
        threading.Event().wait(2.0)


def audited(stage: Stage) -> dict[str, Any]:
    command = [
        sys.executable,
        "manage.py",
        "auditshop",
        "--json",
        "--ask",
        "--grace",
        "60",
        "--baseline",
        str(stage.baseline),
    ]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=stage.shop.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return dict(json.loads(done.stdout.splitlines()[-1]))
    except (ValueError, IndexError):
        return {"audit": "broken", "findings": [{"check": "audit", "subject": "", "text": done.stderr[-800:]}]}


def lost_promises(stage: Stage, notes: Notes) -> list[str]:
    """What was acknowledged and is not in the books: accepted stages, orders, payments, mails."""
    orders = dict(stage.shop.rows("SELECT token, status FROM checkout_order"))
    references = {row[0] for row in stage.shop.rows("SELECT reference FROM checkout_payment")}
    lost = list(notes.lost)
    lost += [f"order {token[:8]} is gone" for token in notes.tokens - orders.keys()]
    lost += [f"payment {reference[:8]} is gone" for reference in notes.references - references]
    paid = {token for token, status in orders.items() if status == "paid"}
    lost += [f"order {token[:8]} was shown as paid and is {orders.get(token)}" for token in notes.paid - paid]
    with contextlib.closing(sqlite3.connect(stage.provider_books)) as books:
        charged = Counter(row[0] for row in books.execute(
            "SELECT order_number FROM demo_gateway_session WHERE state = 'captured'"))  # fmt: skip
    numbers = {row[0] for row in stage.shop.rows("SELECT number FROM checkout_order WHERE status = 'paid'")}
    lost += [f"{number} was charged {count} times" for number, count in charged.items() if count > 1]
    lost += [f"{number} was charged and is not paid" for number in charged.keys() - numbers]
    lost += [f"{number} is paid and was not charged" for number in numbers - charged.keys()]
    mails = Counter(number for mail in stage.shop.mails() for number in numbers if f"<confirmation.{number}@" in mail)
    lost += [f"{number} was mailed {mails[number]} times" for number in numbers if mails[number] != 1]
    return lost


# --- What came of it ----------------------------------------------------------------------------------------------
def report(stage: Stage, notes: Notes, audit: dict[str, Any]) -> dict[str, Any]:
    port = int(stage.shop.url.rpartition(":")[2])
    answers = [answer for answer in notes.answers if answer.port == port]
    statuses = Counter(answer.status for answer in answers)
    errors = [answer for answer in answers if answer.status >= 500 and answer.status != 503]
    alone = [a for a in answers if a.status == 503 and not any(begin <= a.at <= end for begin, _, end in stage.away)]
    lost = lost_promises(stage, notes)
    broke = sum(count for end, count in notes.ends.items() if end.startswith("broke"))
    missed = {
        "audit": audit["audit"] != "clean",
        "500": bool(errors),
        "503 while no store was away": bool(alone),
        "lost": bool(lost),
        "healed": any(each["seconds"] is None for each in stage.healed),
        "journeys": not notes.ends["paid"] or bool(broke),
    }
    return {
        "journeys": dict(notes.ends.most_common()),
        "answers": {str(status or "none"): count for status, count in sorted(statuses.items())},
        "slowest_seconds": round(max((answer.seconds for answer in answers), default=0.0), 1),
        "errors": [f"{answer.method} {answer.path} {answer.status}" for answer in errors[:20]],
        "503_alone": [f"{answer.method} {answer.path}" for answer in alone[:20]],
        "healed": stage.healed,
        "last_503_after_return": [_last_503(answers, *window) for window in stage.away],
        "lost": lost[:50],
        "audit": audit,
        "missed": [name for name, is_missed in missed.items() if is_missed],
    }


def _last_503(answers: list[Answer], began: float, back: float, end: float) -> float:
    """Seconds from a store's return to the last page that still missed it."""
    late = [answer.at - back for answer in answers if answer.status == 503 and back <= answer.at <= end]
    return round(max(late, default=0.0), 1)


def show(told: dict[str, Any]) -> None:
    print(f"\n{told['seconds']:g} s, seed {told['seed']}")
    for name, count in told["journeys"].items():
        print(f"  {count:6}  {name}")
    print("answers by status:", ", ".join(f"{status}: {count}" for status, count in told["answers"].items()))
    print(f"the slowest took {told['slowest_seconds']} s")
    for each in told["healed"]:
        print(f"  {each['trouble']:24} healed after {each['seconds']} s")
    print(
        "last 503 after a store was back:", ", ".join(f"{each} s" for each in told["last_503_after_return"]) or "none"
    )
    print(f"audit: {told['audit']['audit']}")
    for finding in told["audit"].get("findings", [])[:20]:
        print(f"  {finding['check']}: {finding['subject']}: {finding['text']}")
    for name in ("errors", "503_alone", "lost"):
        print(f"{name}: {len(told[name]) or 'none'}")
        for text in told[name][:20]:
            print(f"  {text}")
    print("missed:", ", ".join(told["missed"]) or "nothing")
