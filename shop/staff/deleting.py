"""What is about to be deleted: why it cannot be, and whether it is still what the page of confirmation showed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Model
from django.http import HttpRequest

SEEN = "seen"
MAX_VALUE_LENGTH = 200  # characters


class Difference(NamedTuple):
    what: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Deletion:
    """``why``: the sentence that refuses it, empty when it may go. ``seen``: what the page shows, to be sent along."""

    why: str
    seen: str
    changes: tuple[Difference, ...] = ()


def look(request: HttpRequest, rows: Iterable[Model], why: str) -> Deletion:
    """``rows``: all that is about to go."""
    now = snapshot(rows)
    changes = () if why or "post" not in request.POST else differences(request.POST.get(SEEN), now)
    return Deletion(why, json.dumps(now), changes)


def snapshot(rows: Iterable[Model]) -> dict[str, str]:
    """Every value that a page could show, in words, by what it is of."""
    return {
        f"{row}: {field.verbose_name}": _words(row, field.name)
        for row in rows
        for field in row._meta.concrete_fields
        if not field.primary_key and not getattr(field, "auto_now", False)
    }


def _words(row: Model, name: str) -> str:
    display = getattr(row, f"get_{name}_display", None)
    return str(display() if display else getattr(row, name))[:MAX_VALUE_LENGTH]


def differences(seen: str | None, now: Mapping[str, str]) -> tuple[Difference, ...]:
    """Between what was shown and what is; none where nothing says what was shown (a script)."""
    if seen is None:
        return ()
    try:
        was = json.loads(seen)
    except ValueError:
        was = {}
    was = was if isinstance(was, dict) else {}
    return tuple(
        Difference(what, str(was.get(what, "–")), now.get(what, "–"))
        for what in {**was, **now}
        if was.get(what) != now.get(what)
    )
