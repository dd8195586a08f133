#!/usr/bin/env python3
"""From a fresh clone to something that runs: virtual environment, pinned requirements, local configuration.

Needs nothing but Python. Every reason to stop is one line that says what to do.

    python3 deploy/bootstrap.py run --host 127.0.0.1 --port 8000
    python3 deploy/bootstrap.py tools -- script.py arguments…     (with the requirements of the tests)
"""

from __future__ import annotations

import argparse
import hashlib
import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

import packages

OLDEST_PYTHON = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
ENV_FILE = ROOT / ".env"
VAR_DIR = ROOT / "var"
# What pip says when it cannot reach the index.
OFFLINE = ("No matching distribution", "NewConnectionError", "Connection", "name resolution", "timed out", "ProxyError")


def say(text: str) -> None:
    print(text, flush=True)


def refuse(reason: str) -> None:
    """End here, with one line."""
    sys.exit(f"waymark: {reason}")


# --- What must hold before anything is written --------------------------------------------------------------------
def refuse_old_python() -> None:
    if sys.version_info[:2] < OLDEST_PYTHON:
        needed, here = ".".join(map(str, OLDEST_PYTHON)), ".".join(map(str, sys.version_info[:3]))
        refuse(f"Python {needed} or newer is needed; {sys.executable} is {here}. Try: make run PYTHON=python{needed}")


def refuse_unwritable_folder() -> None:
    for folder in (ROOT, VENV, VAR_DIR):
        if folder.exists() and not os.access(folder, os.W_OK):
            refuse(f"the folder {folder} cannot be written to; clone the repository to a place of your own.")


def refuse_taken_port(host: str, port: int) -> None:
    """Before minutes of installing, not after."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as problem:
        refuse(f"cannot listen on {host} port {port} ({reason_of(problem)}); try another one: make run PORT={port + 1}")


def reason_of(problem: Exception) -> str:
    return getattr(problem, "strerror", "") or str(problem)


# --- Virtual environment and requirements -------------------------------------------------------------------------
def make_virtual_environment() -> None:
    """``.venv/``, made again when it is broken or of another Python."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return
    if not packages.has_ensurepip():
        packages.ensure(["python3-venv"])
    say(f"Making a virtual environment in {VENV.name}/ (Python {sys.version.split()[0]}) …")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if made.returncode:
        refuse(f"the virtual environment could not be made: {last_line(made.stderr or made.stdout)}")


def last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def digest_of(files: list[Path]) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def install_requirements(name: str) -> None:
    """Install the pinned file, unless it is what was installed last."""
    files = [ROOT / name] if name == "requirements.txt" else [ROOT / "requirements.txt", ROOT / name]
    stamp, wanted = VENV / f"{name}.installed", digest_of(files)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"Installing {name} (a minute or two the first time) …")
    # Modules are compiled when they are first used, and most never are: to compile all takes ten seconds.
    pip = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-compile", "--quiet"]
    pip += ["--retries", "2"]
    done = subprocess.run([*pip, "--requirement", ROOT / name], capture_output=True, text=True)
    if done.returncode:
        explain_failed_install(name, done.stdout + done.stderr)
    stamp.write_text(wanted)


def explain_failed_install(name: str, output: str) -> None:
    VAR_DIR.mkdir(exist_ok=True)
    log = VAR_DIR / "install.log"
    log.write_text(output)
    where = f"Details: {log.relative_to(ROOT)}"
    if any(sign in output for sign in OFFLINE):
        refuse(f"{name} could not be fetched: no network, or the package index does not answer. {where}")
    refuse(f"{name} could not be installed: {last_line(output)} {where}")


# --- Local configuration ------------------------------------------------------------------------------------------
ENV_TEXT = """\
# Configuration of the shop on this machine, written by `make run` once. docs/operations.md lists every variable.
# Private: it holds the key that signs sessions.
SECRET_KEY={key}
# Plain http on this machine. Behind TLS, remove this line.
HTTPS=0
# The demo payment provider; no money moves. In production, remove these two lines.
DEMO_GATEWAY=1
DEMO_GATEWAY_SECRET={gateway_secret}
# Mail and webhooks are sent by a thread of the one process.
EMBEDDED_WORKER=1
"""


def write_configuration() -> None:
    """``.env``, readable by its owner only; never overwritten."""
    if ENV_FILE.exists():
        return
    say("Writing .env with a random secret …")
    text = ENV_TEXT.format(key=secrets.token_urlsafe(50), gateway_secret=secrets.token_urlsafe(32))
    handle = os.open(ENV_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)


def configured(name: str) -> bool:
    """Whether the shell or ``.env`` sets the variable."""
    return name in os.environ or any(line.startswith(f"{name}=") for line in ENV_FILE.read_text().splitlines())


def names_of(host: str) -> str:
    """Host names a browser may use for this machine, comma-separated, when the shop listens on more than loopback."""
    names = ["localhost", "127.0.0.1", "[::1]", host, socket.gethostname()]
    try:
        names += [entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    except OSError:
        say("This machine's own name does not resolve; open the shop by the address you gave as HOST.")
    return ",".join(dict.fromkeys(names))


def run_shop(host: str, port: int) -> None:
    """Replace this process by the shop."""
    VAR_DIR.mkdir(exist_ok=True)
    environment = dict(os.environ)
    if not configured("EMAIL_URL"):
        environment["EMAIL_URL"] = f"filemail:///{VAR_DIR / 'mail'}"
    if not configured("ALLOWED_HOSTS") and host not in ("127.0.0.1", "localhost"):
        environment["ALLOWED_HOSTS"] = names_of(host)
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), "manage.py", "embedded", "--host", host, "--port", str(port)], environment)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="the shop in one process")
    run.add_argument("--host", default="127.0.0.1")
    run.add_argument("--port", default=8000, type=int)
    tools = commands.add_parser("tools", help="a script with the requirements of tests and benchmarks")
    tools.add_argument("script", nargs="+")
    given = parser.parse_args()

    refuse_old_python()
    refuse_unwritable_folder()
    if given.command == "run":
        refuse_taken_port(given.host, given.port)
    make_virtual_environment()
    install_requirements("requirements.txt" if given.command == "run" else "requirements-dev.txt")
    if given.command == "run":
        write_configuration()
        run_shop(given.host, given.port)
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), *given.script])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("waymark: interrupted.")
    except PermissionError as problem:
        refuse(f"{problem.filename} cannot be written to: {problem.strerror}.")
