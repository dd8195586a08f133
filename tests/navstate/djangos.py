"""Run as a program: Django's own session tests on our engines, or on Django's to see that they run at all.

    python -m tests.navstate.djangos FOLDER ENGINE

FOLDER: Django's ``tests`` folder, from its source distribution. ENGINE: a module with a ``SessionStore``. The stores
are those of DATABASE_URL and REDIS_URL. Prints what failed, then one line of JSON with the counts; ends with 1 when
anything failed.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import unittest
from typing import Any

import django
import environ
from django.conf import settings
from django.test.runner import DiscoverRunner

LEFT_OUT = {"test_session_update_error_redirect"}
"""Compares the words of an error; ours is the same error in words of our own."""
NEED_THE_TABLE = {"test_empty_session_saved"}
"""Of the middleware; looks for the session in Django's table."""


def configure(engine: str) -> None:
    env = environ.Env()
    caches = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    if redis := os.environ.get("REDIS_URL"):
        caches["default"] = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": redis}
    settings.configure(
        SECRET_KEY="constant-and-no-secret-constant-and-no-secret-constant",
        DATABASES={"default": env.db_url("DATABASE_URL", default="sqlite://:memory:")},
        CACHES=caches,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "navstate",
            "sessions_tests",
        ],
        SESSION_ENGINE=engine,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def tests_for(engine: str) -> unittest.TestSuite:
    """Django's mixin and its tests of the middleware; for an engine in Django's table, what it asks of that as well."""
    theirs: Any = importlib.import_module("sessions_tests.tests")
    store = importlib.import_module(engine).SessionStore
    has_table = hasattr(store, "get_model_class")
    bases = (theirs.DatabaseSessionTests,) if has_table else (theirs.SessionTestsMixin, theirs.TestCase)
    cases = [type("EngineTests", bases, {"backend": store, "session_engine": engine}), theirs.SessionMiddlewareTests]
    left_out = LEFT_OUT if has_table else {*LEFT_OUT, *NEED_THE_TABLE}
    if engine.startswith("navstate."):
        theirs.SessionMiddleware = importlib.import_module("navstate.sessions.middleware").SessionMiddleware
    names = unittest.defaultTestLoader.getTestCaseNames
    return unittest.TestSuite(case(name) for case in cases for name in names(case) if name not in left_out)


def main() -> None:
    folder, engine = sys.argv[1:]
    sys.path.insert(0, folder)
    configure(engine)
    runner = DiscoverRunner(verbosity=0, interactive=False)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    try:
        result = runner.run_suite(tests_for(engine))
    finally:
        runner.teardown_databases(databases)
    failed = [str(test).split()[0] for test, _ in result.failures + result.errors]
    print(json.dumps({"ran": result.testsRun, "skipped": len(result.skipped), "failed": failed}))  # noqa: T201
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
