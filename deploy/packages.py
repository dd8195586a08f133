#!/usr/bin/env python3
"""Debian packages that tests and benchmarks need: installed where that is allowed, named otherwise.

python3 deploy/packages.py --for tests
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

# Program -> the package that brings it.
STORES = {"redis-server": "redis-server", "initdb": "postgresql"}
BROWSERS = {
    "chromium": "chromium",
    "chromedriver": "chromium-driver",
    "firefox-esr": "firefox-esr",
    "WebKitWebDriver": "webkit2gtk-driver",
    "Xvfb": "xvfb",
}
PROGRAMS = {
    "tests": {**BROWSERS, **STORES, "nginx": "nginx-light", "openssl": "openssl", "git": "git", "make": "make"},
    "bench": {**BROWSERS, **STORES},
}


def has_ensurepip() -> bool:
    """Debian ships Python without the part that makes virtual environments."""
    return importlib.util.find_spec("ensurepip") is not None


def is_installed(program: str) -> bool:
    """PostgreSQL's own programs are not on Debian's PATH, nor is nginx for who is not root."""
    return bool(
        shutil.which(program)
        or Path("/usr/sbin", program).exists()
        or any(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    )


def as_root() -> list[str] | None:
    """The words to put before a command to run it as root without a question; None where that is not possible."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    return None


def ensure(names: list[str]) -> None:
    """Install these packages, or end with one line that names them."""
    prefix, command = as_root(), f"apt-get install -y --no-install-recommends {' '.join(names)}"
    if prefix is None or not shutil.which("apt-get"):
        sys.exit(f"waymark: these packages are missing and need root: {' '.join(names)}. On Debian: {command}")
    print(f"Installing {' '.join(names)} …", flush=True)
    # A package must not start a server of its own on this machine: the tests start private ones.
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (["apt-get", "update", "-qq"], command.split()):
        done = subprocess.run(
            [*prefix, *words], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
        )
    if done.returncode:
        sys.exit(f"waymark: {command} failed: {(done.stderr or done.stdout).strip().splitlines()[-1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--for", dest="purpose", choices=PROGRAMS, required=True)
    wanted = PROGRAMS[parser.parse_args().purpose]
    missing = [package for program, package in wanted.items() if not is_installed(program)]
    if not has_ensurepip():
        missing.append("python3-venv")
    if missing:
        ensure(missing)


if __name__ == "__main__":
    main()
