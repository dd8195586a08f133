"""The shop's own settings and middleware around views that do nothing."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.probe.urls"
NAVSTATE_TRACE = 0  # written by another thread, so its CPU is not that of the request
