"""Read light context from the query (``?from=cart&step=2&ref=promo_2024``), for display, never for a decision."""

from __future__ import annotations

import re
from collections.abc import Mapping

REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,40}")
MAX_STEPS = 20


def read_context(query: Mapping[str, str], stages: frozenset[str]) -> dict[str, str | int]:
    """Return the known and well-formed parameters; drop anything else (R10).

    ``from``: a stage of a registered flow. ``step``: 1 to 20. ``ref``: up to 40 letters, digits, ``_`` and ``-``.
    """
    context: dict[str, str | int] = {}
    if query.get("from", "") in stages:
        context["from"] = query["from"]
    step = query.get("step", "")
    if step.isascii() and step.isdigit() and len(step) <= 2 and 1 <= int(step) <= MAX_STEPS:
        context["step"] = int(step)
    if REFERENCE.fullmatch(query.get("ref", "")):
        context["ref"] = query["ref"]
    return context
