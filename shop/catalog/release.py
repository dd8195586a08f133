"""What public pages are made of besides data: after a release no old page is served, by no process, and none is 304."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
from django.conf import settings

SHOWN_SETTINGS = ("SHOP_NAME", "SHOP_URL", "PAGE_SIZE", "STATIC_URL", "MEDIA_URL", "DEFAULT_CURRENCY", "LANGUAGES")
FOLDERS = ("config", "navstate", "shop", "checkout", "templates", "static", "locale")
"""All of the code, since any module may be behind a page; a list of those that are would be forgotten some day."""
FILES = ("requirements.txt",)
NOT_SHOWN = frozenset({"__pycache__", "migrations", ".mypy_cache"})
COMPILED = frozenset({".pyc", ".po", ".orig", ".swp"})


@cache
def build_id() -> str:
    """Return ``RELEASE`` where it is set; else a digest of every file that can change a page. Once a process.

    Asked for at the start (``config.start``): a process that finds a new release's files on its disk goes on under the
    name of the code that it runs.
    """
    digest = hashlib.blake2b(digest_size=12)
    for name in SHOWN_SETTINGS:
        digest.update(f"{name}={getattr(settings, name, '')}\0".encode())
    if settings.RELEASE:
        digest.update(settings.RELEASE.encode())
        return digest.hexdigest()
    digest.update(f"{sys.version}\0{django.get_version()}\0".encode())
    for path in sources():
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def sources() -> Iterator[Path]:
    """List the files in one order everywhere. The list of collected files says under which names pages call them."""
    base = Path(settings.BASE_DIR)
    yield from (base / name for name in FILES if (base / name).is_file())
    yield from (path for path in [Path(settings.STATIC_ROOT) / "staticfiles.json"] if path.is_file())
    for folder in FOLDERS:
        found = sorted((base / folder).rglob("*"))
        yield from (path for path in found if _is_shown(path.relative_to(base)) and path.is_file())


def _is_shown(path: Path) -> bool:
    return path.suffix not in COMPILED and NOT_SHOWN.isdisjoint(path.parts)
