"""Whoever reads a log must not be able to open what only a shopper may: secrets are cut out of every line.

An order's page, a payment's and a new password's are opened by the token in their address. Addresses stand in access logs,
in errors, in tracebacks and in what the security log says, also quoted or inside another address (``?next=…``).
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

CUT = "[cut]"
SLASH = r"(?:/|%2F)"
SECRET = re.compile(
    rf"({SLASH}(?:order|pay|password{SLASH}reset{SLASH}key|demo-gateway{SLASH}pay){SLASH})"
    rf"(?!(?:webhook|callback|done){SLASH}|{SLASH})(?:(?!%2F)[^/\s\"'<>?&#])+",
    re.IGNORECASE,
)
"""The addresses of the shop that hold a token, in any language and below any prefix; the token is what is cut."""

LOGGERS = ("granian.access", "_granian", "django.server", "daphne", "uvicorn.access", "gunicorn.access")
"""Those that do not hand their lines on to the root, whose handler cuts by itself."""


def cut(text: str) -> str:
    return SECRET.sub(rf"\1{CUT}", text)


class CutTokens(logging.Filter):
    """Changes every record that comes by, and lets it pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = cut(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = cut(record.exc_text)
        if record.stack_info:
            record.stack_info = cut(record.stack_info)
        return True


def cut_in_access_logs() -> None:
    """Cut tokens in the logs of servers, which are set up before the shop is loaded."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, CutTokens) for each in logger.filters):
            logger.addFilter(CutTokens())
    if "daphne.access" in sys.modules:  # its own program writes past every logger, and has made its stream already
        _cut_in_daphnes(sys.modules["daphne.access"].AccessLogGenerator)


def _cut_in_daphnes(generator: Any) -> None:
    if getattr(generator.write_entry, "cuts", False):
        return
    write = generator.write_entry

    def write_entry(self: Any, host: str, date: Any, request: str, **details: Any) -> None:
        write(self, host, date, cut(request), **details)

    write_entry.cuts = True  # type: ignore[attr-defined]
    generator.write_entry = write_entry
