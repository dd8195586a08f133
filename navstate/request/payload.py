"""The fields of a request, from a form or from JSON, and the digest that tells one payload from another (R4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

from navstate.flow import digest

OWN_FIELDS = frozenset({"csrfmiddlewaretoken", "nav_attempt", "nav_seen", "nav_was", "nav_owner"})
"""Hidden fields of navstate and Django; the other fields are the visitor's input."""

ABOUT_WHAT_WAS_SEEN = ("nav_seen", "nav_was")
"""Those that say which facts the form was rendered from."""


def posted_in(request: HttpRequest) -> QueryDict:
    """Return the fields of a form, or of a JSON object of texts, numbers and lists; empty for anything else."""
    if request.content_type != "application/json":
        return request.POST
    fields = QueryDict(mutable=True)
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return fields
    for name, value in body.items() if isinstance(body, dict) else ():
        values = value if isinstance(value, list) else [value]
        fields.setlist(_clean(name), [_clean(entry) for entry in values])
    return fields


def entered_in(posted: QueryDict) -> dict[str, list[str]]:
    return {name: posted.getlist(name) for name in posted if name not in OWN_FIELDS}


def without_own(fields: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: values for name, values in fields.items() if name not in OWN_FIELDS}


def payload_digest(entered: Mapping[str, list[str]], files: MultiValueDict[str, UploadedFile[Any]]) -> str:
    """Return a digest of the input, including the names and contents of files."""
    found = {name: [_file_digest(file) for file in files.getlist(name)] for name in files}
    return digest([entered, found] if found else entered)


def _file_digest(file: UploadedFile[Any]) -> list[str]:
    """Return name and digest of the content, and rewind the file for the view."""
    content = hashlib.blake2b(digest_size=16)
    for chunk in file.chunks():
        content.update(chunk)
    file.seek(0)
    return [file.name or "", content.hexdigest()]


def _clean(value: Any) -> str:
    """Return a text that every store can hold: JSON may contain lone surrogates."""
    return ("" if value is None else str(value)).encode("utf-8", "replace").decode()
