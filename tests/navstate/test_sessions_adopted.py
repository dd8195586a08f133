"""``docs/sessions.md`` says that three lines are enough. A process of its own: it has other settings and fewer packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_three_lines_are_enough() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.navstate.adopted"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "['1', '2', '3']"
