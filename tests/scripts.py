"""Runs what tests send of Python with the models of a shop in reach: a start of ``manage.py`` for each takes a second.

A line of JSON is the code; a line of JSON is what it printed, and the traceback where it failed.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

django.setup()

from django.db import close_old_connections  # noqa: E402  (after setup)


def run(code: str) -> dict[str, str]:
    said, problem = io.StringIO(), ""
    with contextlib.redirect_stdout(said):
        try:
            exec(compile(code, "<test>", "exec"), {"__name__": "__main__"})
        except Exception:
            problem = traceback.format_exc()
    close_old_connections()
    return {"said": said.getvalue(), "problem": problem}


def main() -> None:
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
