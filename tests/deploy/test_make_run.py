"""`make run` on a fresh clone, as a stranger meets it."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ROOT, answers, free_port, wait_until

pytestmark = pytest.mark.install

KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "TERM",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
OLD_PYTHON = """\
#!/bin/sh
exec {python} -c "
import runpy, sys
sys.version_info = (3, 9, 2, 'final', 0)
sys.argv = sys.argv[1:]
sys.path.insert(0, 'deploy')
runpy.run_path(sys.argv[0], run_name='__main__')
" "$@"
"""


def copy_tree(target: Path) -> Path:
    """What a clone would hold: tracked files, and new ones that are not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


@pytest.fixture(scope="module")
def clone() -> Iterator[Path]:
    """Not below pytest's own folder, which other users cannot enter: one test runs as somebody else."""
    folder = Path(tempfile.mkdtemp(prefix="waymark-clone-"))
    folder.chmod(0o755)
    yield copy_tree(folder)
    shutil.rmtree(folder, ignore_errors=True)


def stranger() -> dict[str, str]:
    """An environment without anything of the tests."""
    return {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("PIP_")}


def make(
    clone: Path, *words: str, environment: dict[str, str] | None = None, **how: Any
) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["make", *words],
        cwd=clone,
        env=stranger() | (environment or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **how,
    )


def reason(done: subprocess.CompletedProcess) -> str:
    """The one line a refusal consists of, beside make's own."""
    assert done.returncode != 0, done.stdout
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make:")]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("waymark: ")
    return lines[0]


def test_port_taken(clone: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = reason(make(clone, "run", f"PORT={port}"))
    assert f"cannot listen on 127.0.0.1 port {port} (Address already in use)" in said
    assert f"make run PORT={port + 1}" in said
    assert not (clone / ".venv").exists()


def test_host_of_another_machine(clone: Path) -> None:
    assert "cannot listen on 192.0.2.1" in reason(make(clone, "run", f"PORT={free_port()}", "HOST=192.0.2.1"))


def test_old_python(clone: Path, tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text(OLD_PYTHON.format(python=sys.executable))
    old.chmod(0o755)
    assert "Python 3.11 or newer is needed" in reason(make(clone, "run", f"PORT={free_port()}", f"PYTHON={old}"))


def test_unwritable_folder(clone: Path) -> None:
    how: dict[str, Any] = {}
    if os.geteuid() == 0:  # root may write anywhere
        nobody = pwd.getpwnam("nobody")
        how = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    else:
        clone.chmod(0o555)
    try:
        said = reason(make(clone, "run", f"PORT={free_port()}", "PYTHON=/usr/bin/env python3", **how))
    finally:
        clone.chmod(0o755)
    assert f"{clone} cannot be written to" in said


def test_no_network(tmp_path: Path) -> None:
    fresh = copy_tree(tmp_path / "clone")
    offline = {
        "PIP_INDEX_URL": f"http://127.0.0.1:{free_port()}/simple",
        "PIP_NO_CACHE_DIR": "1",
        "PIP_CONFIG_FILE": "/dev/null",
    }
    said = reason(make(fresh, "run", f"PORT={free_port()}", environment=offline))
    assert "requirements.txt could not be fetched: no network" in said
    assert (fresh / "var" / "install.log").exists()


def heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class RunningShop:
    """`make run` in the foreground of a terminal of its own."""

    def __init__(self, clone: Path, log: Path, port: int) -> None:
        self.log, self.url = log, f"http://127.0.0.1:{port}/"
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                ["make", "run", f"PORT={port}"],
                cwd=clone,
                env=stranger(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # Whoever runs the tests in the background ignores Ctrl-C, and children inherit that; a terminal does not.
                preexec_fn=heed_ctrl_c,
            )

    def __enter__(self) -> RunningShop:
        wait_until(lambda: f"Open {self.url}" in self.said() or self.process.poll() is not None, 300, "make run")
        assert self.process.poll() is None, self.said()
        wait_until(lambda: answers(f"{self.url}healthz"), 10)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    def said(self) -> str:
        return self.log.read_text()

    def press_ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(20)


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def test_from_a_fresh_clone_to_the_shop(clone: Path, tmp_path: Path) -> None:
    port = free_port()
    with RunningShop(clone, tmp_path / "first.log", port) as shop:
        page = get(shop.url)
        assert 'data-testid="product-card"' in page
        style = re.search(r'href="(/static/[^"]+\.css)"', page)
        assert style
        assert get(shop.url.rstrip("/") + style[1])
        picture = re.search(r'src="(/media/[^"]+)"', page)
        assert picture
        assert get(shop.url.rstrip("/") + picture[1])
        assert re.search(r"Staff account, shown this once: \S+ with password \S{12,}", shop.said())
        shop.press_ctrl_c()
        assert "Stopped." in shop.said()
        assert "Traceback" not in shop.said()
    assert stat.S_IMODE((clone / ".env").stat().st_mode) == 0o600

    configuration = (clone / ".env").read_text()
    with RunningShop(clone, tmp_path / "second.log", port) as shop:
        assert 'data-testid="product-card"' in get(shop.url)
        for done_before in ("Installing", "Staff account", "Drawing", "Collecting", "Bringing"):
            assert done_before not in shop.said()
    assert (clone / ".env").read_text() == configuration
