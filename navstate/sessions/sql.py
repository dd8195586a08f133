"""Sessions in Django's own table, with their expiry remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.base_session import AbstractBaseSession

from navstate.sessions.base import NavSession, epoch_ms

# Django's classes take type arguments in its stubs only; whatever patches them at run time need not be installed.
if TYPE_CHECKING:
    Database = DatabaseSessionStore[AbstractBaseSession]
else:
    Database = DatabaseSessionStore


class SessionStore(NavSession, Database):
    """Django's database engine; the expiry costs no query of its own."""

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        return self._remember(super()._get_session_from_db())  # type: ignore[misc]

    async def _aget_session_from_db(self) -> AbstractBaseSession | None:
        return self._remember(await super()._aget_session_from_db())  # type: ignore[misc]

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        self.expires_at_ms = epoch_ms(row.expire_date)
        return row

    async def acreate_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = await super().acreate_model_instance(data)
        self.expires_at_ms = epoch_ms(row.expire_date)
        return row

    def _remember(self, row: AbstractBaseSession | None) -> AbstractBaseSession | None:
        if row is None:
            self._lose()
            return None
        self.expires_at_ms = epoch_ms(row.expire_date)
        return row
