"""Reads a table of comma-separated values row by row, whatever its length, and refuses what is no such table."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from shop.catalog.importing.base import RowError, WrongFileError

# A longer physical line is cut here and then refused as a row: a file of one endless line must not fill the memory.
LONGEST_LINE = 1 << 20
CHUNK = 1 << 16
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Row:
    """``line``: where it starts. ``cells``: by column, stripped; a column that the row lacks is empty."""

    line: int
    cells: dict[str, str]


def check_file(path: Path) -> None:
    """Raises WrongFileError unless there is something to read at ``path``."""
    if not path.exists():
        raise WrongFileError(f"{path}: there is no such file.")
    if path.is_dir():
        raise WrongFileError(f"{path} is a folder, not a file.")
    if not path.is_file():
        raise WrongFileError(f"{path} is not a regular file; it has to be read twice.")
    if not os.access(path, os.R_OK):
        raise WrongFileError(f"{path} may not be read by this user.")
    if path.stat().st_size == 0:
        raise WrongFileError(f"{path} is empty.")


def encoding_of(path: Path) -> str:
    """``utf-8-sig`` (with or without a byte order mark) or, for older exports, ``cp1252``. Reads the file in pieces."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    encoding = "utf-8-sig"
    with path.open("rb") as file:
        for number, piece in enumerate(iter(lambda: file.read(CHUNK), b"")):
            _check_is_text(path, piece, is_first=number == 0)
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                encoding = "cp1252"
    # A character cut off at the very end of the file only shows here.
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        encoding = "cp1252"
    return encoding


def _check_is_text(path: Path, piece: bytes, *, is_first: bool) -> None:
    if is_first and piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise WrongFileError(f"{path} is encoded as UTF-16. Save it as UTF-8.")
    if b"\x00" in piece or (is_first and _CONTROLS.search(piece)):
        raise WrongFileError(f"{path} is not a text file. Export the table as CSV.")


def as_text(file: BinaryIO, encoding: str) -> TextIO:
    # cp1252 leaves five bytes without a character: they become U+FFFD instead of stopping the import.
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")


def physical_lines(file: TextIO) -> Iterator[str]:
    """The lines with their ends. Not the file's own iterator, which reads a line of any length at once."""
    return iter(lambda: file.readline(LONGEST_LINE), "")


def rows(lines: Iterable[str], required: Sequence[str]) -> Iterator[Row | RowError]:
    """Lazily: no line is asked for before the row that needs it.

    Raises WrongFileError when the first row does not name the ``required`` columns.
    """
    reader = csv.reader(lines)
    columns = _header(reader, required)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RowError(start, f"it cannot be read as a row ({error}); is a quotation mark missing?")
            continue
        if any(cell.strip() for cell in cells):
            yield _row(start, columns, cells)


def _row(line: int, columns: Sequence[str], cells: Sequence[str]) -> Row | RowError:
    if any(cell.strip() for cell in cells[len(columns) :]):
        return RowError(line, f"it has {len(cells)} fields, the header has {len(columns)}; is a comma not quoted?")
    named = dict.fromkeys(columns, "")
    named.update((column, cell.strip()) for column, cell in zip(columns, cells, strict=False))
    return Row(line, named)


def _header(reader: Iterator[list[str]], required: Sequence[str]) -> list[str]:
    try:
        columns = [cell.strip() for cell in next(reader, [])]
    except csv.Error as error:
        raise WrongFileError(f"The first line cannot be read as column names ({error}).") from error
    if not any(columns):
        raise WrongFileError("The first line is empty; it has to name the columns.")
    missing = [name for name in required if name not in columns]
    if missing:
        raise WrongFileError(_why_missing(columns, missing))
    twice = sorted({name for name in columns if name and columns.count(name) > 1})
    if twice:
        raise WrongFileError(f"The column {', '.join(twice)} is there more than once.")
    return columns


def _why_missing(columns: Sequence[str], missing: Sequence[str]) -> str:
    first = ",".join(columns)
    for delimiter, name in _OTHER_DELIMITERS.items():
        if first.count(delimiter) > first.count(","):
            return f"The columns are separated by {name}. Export the table with commas."
    what = "column" if len(missing) == 1 else "columns"
    return f"The first line lacks the {what} {', '.join(missing)}; is this the right format?"
