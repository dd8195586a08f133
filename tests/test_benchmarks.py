"""What runs the benchmarks: all of them, whatever one of them finds, and what they found decides."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import every

GOOD = 'print("a table"); print(\'{"benchmark": "good", "missed": []}\')'
MISSED = 'print(\'{"benchmark": "missed", "missed": ["a goal"]}\'); raise SystemExit(1)'
BROKEN = 'raise RuntimeError("no server")'
SILENT = 'print("[1, 2]")'


def scripts_in(folder: Path, **texts: str) -> dict[str, Path]:
    scripts = {name: folder / f"{name}.py" for name in texts}
    for name, text in texts.items():
        scripts[name].write_text(text)
    return scripts


def test_all_run_and_one_that_missed_a_goal_decides(tmp_path, capsys):
    code = every.run_all(scripts_in(tmp_path, missed=MISSED, broken=BROKEN, silent=SILENT, good=GOOD))
    *lines, last = capsys.readouterr().out.splitlines()
    assert code == 1
    assert [line.split(maxsplit=3)[3] for line in lines[-4:]] == [
        "goals missed",
        "broke (exit code 1)",
        "broke (exit code 0)",
        "goals met",
    ]
    found = json.loads(last)
    assert found["missed"] == ["missed", "broken", "silent"]
    assert found["figures"]["good"] == {"benchmark": "good", "missed": []}
    assert "a table" in lines


def test_where_every_goal_is_met_all_is_well(tmp_path, capsys):
    assert every.run_all(scripts_in(tmp_path, good=GOOD, other=GOOD)) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["missed"] == []


def test_every_benchmark_that_has_goals_is_among_them():
    with_goals = {path.stem for path in every.HERE.glob("*.py") if 'json.dumps({"benchmark"' in path.read_text()}
    assert with_goals == {*every.EVERY, "every"}


@pytest.mark.parametrize("name", every.EVERY)
def test_each_is_there(name):
    assert every.EVERY[name].is_file()
