"""A chosen file is kept by the shop while another field is being put right: a browser cannot choose it again by itself."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.widgets import AdminFileWidget
from django.core import signing
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

FOLDER = "pending"
"""In the store of pictures, which all hosts share. Names are unguessable; what is older than a day goes."""
KEPT_FOR = timedelta(days=1)
SALT = "shop.staff.files"


class KeptFileInput(AdminFileWidget):
    """Remembers by a signed field which file was kept, and hands it on when no other one is chosen."""

    kept = ""
    _opened: tuple[str, UploadedFile[Any] | None] = ("", None)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        chosen = super().value_from_datadict(data, files, name)
        token = data.get(f"{name}-kept", "")
        if chosen is not None or not token:
            return chosen
        if self._opened[0] != token:
            self._opened = (token, opened(token))
        self.kept = token if self._opened[1] else ""
        return self._opened[1]

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        drawn = super().render(name, value, attrs, renderer)
        if not self.kept:
            return SafeString(drawn)
        told = gettext("“%(name)s” is kept and is saved with the form.") % {"name": name_in(self.kept)}
        field = format_html('<input type="hidden" name="{}-kept" value="{}">', name, self.kept)
        return SafeString(format_html('{}<p class="help">{}</p>{}', drawn, told, field))


def keep(file: UploadedFile[Any]) -> str:
    """Store what was uploaded for the next try; a token for it."""
    file.seek(0)
    path = default_storage.save(f"{FOLDER}/{secrets.token_urlsafe(24)}", file)
    return signing.dumps([path, str(file.name)], salt=SALT)


def opened(token: str) -> UploadedFile[Any] | None:
    """The file kept under a token; ``None`` for one that is made up, too old or cleaned away."""
    try:
        path, name = signing.loads(token, salt=SALT, max_age=KEPT_FOR)
        with default_storage.open(path) as file:
            return SimpleUploadedFile(name, file.read())
    except (signing.BadSignature, OSError):
        return None


def name_in(token: str) -> str:
    return str(signing.loads(token, salt=SALT)[1])


def prune_kept(before: datetime, *, dry_run: bool = False) -> int:
    """Remove files that were kept before that moment. How many."""
    if not default_storage.exists(FOLDER):
        return 0
    paths = [f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]]
    old = [path for path in paths if default_storage.get_modified_time(path) < before]
    for path in () if dry_run else old:
        default_storage.delete(path)
    return len(old)
