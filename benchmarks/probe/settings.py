"""The shop's own settings and middleware around views that do nothing."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.probe.urls"
NAVSTATE_TRACE = 0  # switched on for the kinds of request that are measured with it
