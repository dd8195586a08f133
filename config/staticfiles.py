"""Which static files are collected, and how they are named."""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class CollectedFilesConfig(StaticFilesConfig):
    """Without what libraries bring and no page of ours asks for: 260 flags, and htmx, of which we carry our own.

    A server reads the size and time of every file at its start, so these were a fifth of that.
    """

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "flags", "django_htmx"]


class HashedFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Modules import each other by their hashed names too: a browser keeps all of them for good."""

    support_js_module_import_aggregation = True
