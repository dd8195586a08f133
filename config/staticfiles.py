"""Which static files are collected."""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig


class CollectedFilesConfig(StaticFilesConfig):
    """Without what libraries bring and no page of ours asks for: 260 flags, and htmx, of which we carry our own.

    A server reads the size and time of every file at its start, so these were a fifth of that.
    """

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "flags", "django_htmx"]
