"""What a run has seen so far, outside the memory."""

from __future__ import annotations

import sqlite3
from types import TracebackType


class Ledger:
    """Remembers in which line of the file something came first: a Handle, a SKU.

    A set would grow with the file. SQLite's nameless database is a temporary file that only this connection sees and
    that is gone with it.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(
            "CREATE TABLE seen (kind TEXT, name TEXT, line INT, PRIMARY KEY (kind, name)) WITHOUT ROWID"
        )

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._database.close()

    def first_line(self, kind: str, name: str) -> int | None:
        """Return the line where it was seen first; None: not seen in this run."""
        found = self._database.execute("SELECT line FROM seen WHERE kind = ? AND name = ?", (kind, name)).fetchone()
        return found[0] if found else None

    def note(self, kind: str, name: str, line: int) -> None:
        """Note a line; the first one stays."""
        self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (kind, name, line))
