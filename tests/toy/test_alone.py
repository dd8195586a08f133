"""navstate in a project that is no shop: its own settings, its own process, nothing but Django beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def output():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.toy.settings"}
    command = [sys.executable, "-W", "error", "-m", "tests.toy.alone"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_system_checks_find_nothing(output):
    assert "System check identified no issues" in output


def test_the_loan_is_asked_for_proven_and_closed(output):
    assert "303 /loan/done/a0/" in output


def test_its_flow_is_drawn(output):
    assert '    stage_start{{"Start<br>gate: has application"}}' in output
    assert '    stage_form -. "unless needs proof" .-> stage_confirm' in output


def test_nothing_of_the_shop_was_loaded(output):
    assert "strangers: []" in output
