"""Sessions in Django's own table: a drop-in for its database engine that loses no overlapping write.

A row contains the whole session, so a save is a compare-and-set: ``UPDATE … SET data = new WHERE key = … AND data =
what this request has read``. This one statement, exact on every database, with or without a transaction around it, does
not match a row that another request wrote meanwhile. The row is then read again, the changes of this request are put
into it key by key, and the UPDATE is tried again; each failed try means that another save succeeded. No statement of a
save inserts: a deleted session stays deleted. The table, its rows and their signature are Django's: a project may
change to this engine and back, and nobody is signed out.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import IntegrityError, router
from django.db.models import QuerySet
from django.utils import timezone

from navstate.sessions.base import NavSession, epoch_ms, new_session_key
from navstate.storage.sql import savepoint_if_needed

# Django's classes take type arguments in its stubs only; navstate does not require a package that patches them.
if TYPE_CHECKING:
    Database = DatabaseSessionStore[AbstractBaseSession]
else:
    Database = DatabaseSessionStore


@cache
def columns_of(model: type[AbstractBaseSession], using: str, *columns: str) -> QuerySet[Any]:
    """Return these columns of every session. Cached: building the query takes a fifth of the time of a load."""
    return model._default_manager.using(using).values_list(*columns)


TRIES = 64
"""How often a save is tried when other requests write the session."""


class SessionContended(RuntimeError):
    """A session changed under every one of :data:`TRIES` saves."""


class SessionStore(NavSession, Database):
    """The session engine. A load is one query, a save one, and two more for each save of another request in between.

    Each asynchronous method is one thread hop, because Django's database layer is synchronous.
    """

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._stored = ""

    # --- reading ---

    def load(self) -> dict[str, Any]:
        row = self._read()
        if row is None:
            self._forget_stored()
            self._lose()
            return {}
        return self._take(*row)

    async def aload(self) -> dict[str, Any]:
        return await sync_to_async(self.load)()

    def exists(self, session_key: str | None) -> bool:
        return bool(session_key) and self._rows().filter(session_key=session_key).exists()

    async def aexists(self, session_key: str | None) -> bool:
        return await sync_to_async(self.exists)(session_key)

    # --- writing ---

    def save(self, must_create: bool = False) -> None:
        """Write what this request changed into what is stored, and renew the session unless ``keeps_expiry``.

        Raises ``UpdateError`` if it was deleted meanwhile or has ended, ``CreateError`` if ``must_create`` and the key
        is taken, :class:`SessionContended` after :data:`TRIES`.
        """
        if self.session_key is None:
            return self.create()
        values = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        if must_create:
            return self._insert(self.create_model_instance(values))
        if self.session_key is None:  # the load just now found no session
            raise UpdateError
        for _ in range(TRIES):
            row = self.create_model_instance(values)
            if self._is_updated(row):
                return self._saved(row)
            self._merge()
        raise SessionContended(f"{TRIES} saves lost in a row")

    async def asave(self, must_create: bool = False) -> None:
        await sync_to_async(self.save)(must_create)

    def delete(self, session_key: str | None = None) -> None:
        session_key = session_key or self.session_key
        if session_key is not None:
            self._rows().filter(session_key=session_key).delete()

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)

    def cycle_key(self) -> None:
        """Give the session a new key. It is moved, not copied, with what other requests wrote meanwhile."""
        values = self._get_session()  # type: ignore[attr-defined]
        while self.session_key is not None:
            new_key = new_session_key()
            try:
                is_moved = self._is_moved(new_key, values)
            except IntegrityError:
                if not self.exists(new_key):
                    raise
                continue
            if is_moved:
                self._session_key = new_key
                self.modified = True
                return None
            self._keep_own_changes()
        return self.create()

    async def acycle_key(self) -> None:
        await sync_to_async(self.cycle_key)()

    # --- between the row and the session ---

    def _rows(self) -> QuerySet[AbstractBaseSession]:
        # A replica may still have a session that was flushed a moment ago, so reads go where writes go.
        return self.model._default_manager.using(router.db_for_write(self.model))

    def _living(self) -> QuerySet[AbstractBaseSession]:
        return self._rows().filter(session_key=self.session_key, expire_date__gt=timezone.now())

    def _read(self) -> tuple[str, int] | None:
        rows = columns_of(self.model, router.db_for_write(self.model), "session_data", "expire_date")
        for text, expires in rows.filter(session_key=self.session_key, expire_date__gt=timezone.now()):
            return text, epoch_ms(expires)
        return None

    def _take(self, text: str, expires_at_ms: int) -> dict[str, Any]:
        self._stored, self.expires_at_ms = text, expires_at_ms
        return self.decode(text)

    def _stored_values(self) -> dict[str, bytes]:
        return self._serialised(self.decode(self._stored)) if self._stored else {}

    def _forget_stored(self) -> None:
        super()._forget_stored()
        self._stored = ""

    def _insert(self, row: AbstractBaseSession) -> None:
        using = router.db_for_write(self.model)
        try:
            with savepoint_if_needed(using):
                row.save(using=using, force_insert=True)
        except IntegrityError as error:
            if not self.exists(row.session_key):
                raise
            raise CreateError from error
        self._saved(row)

    def _is_updated(self, row: AbstractBaseSession) -> bool:
        rows = self._living() if self._is_cleared else self._living().filter(session_data=self._stored)
        columns = {column.attname: getattr(row, column.attname) for column in row._meta.concrete_fields}
        del columns["session_key"]
        if self.keeps_expiry:
            del columns["expire_date"]
        return rows.update(**columns) == 1

    def _saved(self, row: AbstractBaseSession) -> None:
        self._stored, self._is_cleared = row.session_data, False
        if not self.keeps_expiry or self.expires_at_ms is None:
            self.expires_at_ms = epoch_ms(row.expire_date)

    def _merge(self) -> None:
        """After another request wrote the session, put what this one changed into what is stored now."""
        row = self._read()
        if row is None or self._is_cleared:
            raise UpdateError
        own = self._own_changes()
        mine = {key: value for key, value in self._session_cache.items() if str(key) in own.changed}
        theirs = self._take(*row)
        self._session_cache.clear()
        self._session_cache.update({key: value for key, value in theirs.items() if key not in own.removed} | mine)

    def _is_moved(self, new_key: str, values: dict[str, Any]) -> bool:
        expires = self.get_expiry_date(expiry=values.get("_session_expiry"))
        with savepoint_if_needed(router.db_for_write(self.model)):
            return self._living().update(session_key=new_key, expire_date=expires) == 1
