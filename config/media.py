"""Uploaded and imported pictures under /media/, for set-ups without a web server in front.

A file here came from outside: whatever it is, it must not run in the shop's origin. So the answer names a type from a
short list, forbids guessing another one, and shuts the file into a sandbox (an SVG may carry scripts).
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils._os import safe_join
from django.utils.http import http_date
from django.views.decorators.http import require_safe
from django.views.static import was_modified_since

from navstate.decorators import public

SHOWN = {"image/avif", "image/gif", "image/jpeg", "image/png", "image/svg+xml", "image/webp"}
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
MAX_AGE = 3600  # seconds


@public
@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """One file of MEDIA_ROOT. Pictures are small, so it is read whole: a stream would cost a thread hop per block."""
    file = _find(path)
    try:
        changed_at, content = file.stat().st_mtime, file.read_bytes()
    except OSError as gone:  # meanwhile; or it may not be read
        raise Http404 from gone
    if not was_modified_since(request.headers.get("If-Modified-Since"), changed_at):
        return HttpResponseNotModified()
    kind = mimetypes.guess_type(file.name)[0]
    shown = kind in SHOWN
    return HttpResponse(
        content,
        content_type=kind if shown else "application/octet-stream",
        headers={
            "Content-Disposition": "inline" if shown else "attachment",
            "Content-Security-Policy": SANDBOX,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": f"public, max-age={MAX_AGE}",
            "Last-Modified": http_date(changed_at),
        },
    )


def _find(path: str) -> Path:
    """The file below MEDIA_ROOT; 404 for anything else: above it, beside it, not there, or no name for a file at all."""
    try:
        file = Path(safe_join(settings.MEDIA_ROOT, path))
        is_there = file.is_file()
    except (SuspiciousFileOperation, ValueError, OSError) as unusable:
        raise Http404 from unusable
    if not is_there:
        raise Http404
    return file
