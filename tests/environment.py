"""The environment the tests run in, set before Django's settings load.

``WAYMARK_STORES`` chooses the stores, and the same tests run on both:

* ``plain`` (default): SQLite in memory, cache in the process, sessions and navigation state in SQL;
* ``services``: a private PostgreSQL and a private Redis, started once per run by the first process (the controller of
  pytest-xdist) and shared with its workers, each of which has a database and a Redis number of its own.

Whatever the shell or a ``.env`` says, the tests see the values written here and no others.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from tests import servers

STORES = os.environ.get("WAYMARK_STORES", "plain")
_FIXED = {
    "SECRET_KEY": "tests-only-5uJm2Qx9Vd7Lw0Rb8Zk3Hn6Tc1Yf4Gs-a-constant-and-no-secret",
    "ENV_FILE": os.devnull,
    "HTTPS": "0",
    "DEBUG": "0",
    "DEMO_GATEWAY": "1",
    "DEMO_GATEWAY_SECRET": "tests-only-secret-of-the-demo-gateway",
    "EMBEDDED_WORKER": "0",
    "EMAIL_URL": "memorymail://",
    "LOG_LEVEL": "WARNING",
    "DATABASE_POOL_MAX": "32",
    # All shoppers of the tests come from one address, and many are one person; the tests of the limits set their own.
    "OPEN_ORDERS_PER_VISITOR": "0",
    "OPEN_ORDERS_PER_EMAIL": "0",
    "OPEN_ORDERS_PER_ADDRESS": "0",
    "STORE_TIMEOUT_SECONDS": "10",  # the machine may be busy; what is said of outages says its own
}
# Settings of the shop that a shell may have set for something else; the tests start from the defaults.
_UNSET = (
    *("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SECRET_KEY_FALLBACKS", "BEHIND_PROXY", "CSP_FORM_ACTION"),
    *(
        "SHOP_URL",
        "SHOP_NAME",
        "SHOP_COUNTRY",
        "HOLD_MINUTES",
        "SCARCE_HOLD_MINUTES",
        "SCARCE_UNITS",
        "CART_DAYS",
        "DEFAULT_CURRENCY",
        "TIME_ZONE",
        "TRACE_RATE",
    ),
    *("DEFAULT_FROM_EMAIL", "RELEASE", "STALE_PAGES_SECONDS", "PLAIN_COOKIES", "MAX_BODY_BYTES", "SCRIPT_NAME"),
    *("AXES_FAILURE_LIMIT", "LOGINS_PER_MINUTE", "REGISTRATIONS_PER_MINUTE", "DATABASE_POOL_MIN"),
    *("SESSION_IDLE_SECONDS", "SESSION_ABSOLUTE_SECONDS", "SESSION_WARNING_SECONDS"),
    *("DEMO_GATEWAY_DELAY", "DEMO_GATEWAY_RETURN", "DEMO_GATEWAY_CAPTURE", "DEMO_GATEWAY_ORIGIN", "DEMO_GATEWAY_API"),
    *("GATEWAY_SECONDS", "EMAIL_TIMEOUT"),
)


def _folder() -> Path:
    """The run's temporary folder, made by the first process and removed by it at the end."""
    if "WAYMARK_TEST_FOLDER" not in os.environ:
        made = tempfile.mkdtemp(prefix="waymark-tests-")
        os.environ["WAYMARK_TEST_FOLDER"] = made
        atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(os.environ["WAYMARK_TEST_FOLDER"])


def worker_number() -> int:
    """1, 2, … in a worker of pytest-xdist; 0 in the one process of a run without."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw")) + 1


def start_services() -> tuple[str, str]:
    """(PostgreSQL's URL, Redis' URL without a number) of this run; started at the first call of its first process."""
    if "WAYMARK_TEST_POSTGRES" not in os.environ:
        stack = contextlib.ExitStack()
        atexit.register(stack.close)
        os.environ["WAYMARK_TEST_POSTGRES"] = stack.enter_context(servers.postgres_server())
        os.environ["WAYMARK_TEST_REDIS"] = stack.enter_context(servers.redis_server())
    return os.environ["WAYMARK_TEST_POSTGRES"], os.environ["WAYMARK_TEST_REDIS"]


def prepare() -> None:
    """Write the environment of the tests into ``os.environ``; starts the servers where they are asked for."""
    if STORES not in ("plain", "services"):
        raise SystemExit(f"WAYMARK_STORES is {STORES!r}; it takes plain or services.")
    for name in _UNSET:
        os.environ.pop(name, None)
    os.environ.update(_FIXED)
    own = _folder() / f"worker{worker_number()}"
    (own / "static").mkdir(parents=True, exist_ok=True)
    os.environ.update(VAR_DIR=str(own), MEDIA_ROOT=str(own / "media"), DATABASE_URL="sqlite://:memory:", REDIS_URL="")
    if STORES == "services":
        postgres, redis = start_services()
        os.environ.update(DATABASE_URL=postgres, REDIS_URL=f"{redis}/{worker_number()}")
