"""Reads a table of separated values row by row, whatever its length, and refuses what is no such table."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from shop.catalog.importing.base import RowError, WrongFileError
from shop.catalog.importing.text import without_controls
from shop.catalog.text import nfc

# A longer physical line is cut here and then refused as a row: a file of one endless line must not fill the memory.
MAX_LINE_LENGTH = 1 << 20
CHUNK = 1 << 16
DELIMITERS = ",;\t|"
_STATED_DELIMITER = re.compile(r"\ufeff?sep=(.)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """``line``: where it starts. ``cells``: by column, clean and stripped; a column that the row lacks is empty.

    ``decimal_comma``: the file separates by semicolons, as spreadsheets do where the comma stands in numbers.
    """

    line: int
    cells: dict[str, str]
    decimal_comma: bool = False


def check_file(path: Path) -> None:
    """Raise WrongFileError unless there is something to read at ``path``."""
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
    """Return ``utf-8-sig`` (with or without a byte order mark), ``utf-16`` (with one) or ``cp1252`` (older exports).

    Reads the file in pieces. Raises WrongFileError for a NUL anywhere: only what is no text has one. Other control
    characters are dropped where the rows are read.
    """
    with path.open("rb") as file:
        start = file.read(2)
    encoding = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    decoder = codecs.getincrementaldecoder(encoding)()
    # Without a character at the very end, one that is cut off there would not show.
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(CHUNK), b""):
            text, is_right = _decoded(decoder, piece)
            if "\x00" in text if encoding == "utf-16" else b"\x00" in piece:
                raise WrongFileError(f"{path} is not a text file. Export the table as CSV.")
            if not is_right and encoding == "utf-8-sig":
                encoding = "cp1252"
    if encoding == "utf-8-sig" and not _decoded(decoder, b"", final=True)[1]:
        encoding = "cp1252"
    return encoding


def _decoded(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> tuple[str, bool]:
    """Return what the piece says, and whether it is right in the decoder's encoding."""
    try:
        return decoder.decode(piece, final=final), True
    except UnicodeDecodeError:
        decoder.reset()
        return "", False


def as_text(file: BinaryIO, encoding: str) -> TextIO:
    # cp1252 leaves five bytes without a character: they become U+FFFD instead of stopping the import.
    return io.TextIOWrapper(file, encoding=encoding, errors="replace", newline="")


def physical_lines(file: TextIO) -> Iterator[str]:
    """Yield the lines with their ends. Not the file's own iterator, which reads a line of any length at once."""
    return iter(lambda: file.readline(MAX_LINE_LENGTH), "")


def rows(lines: Iterable[str], required: Sequence[str], names: Mapping[str, str]) -> Iterator[Row | RowError]:
    """Yield rows lazily: no line is asked for before the row that needs it.

    ``names``: the columns that are understood, from :func:`column_key` to their one name here. Raises WrongFileError
    when the first row does not name the ``required`` ones.
    """
    source = iter(lines)
    first, skipped, delimiter = _first_line(source, names)
    reader = csv.reader(itertools.chain([first], source), delimiter=delimiter)
    columns = _header(reader, required, names)
    while True:
        start = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RowError(start, f"it cannot be read as a row ({error}); is a quotation mark missing?")
            continue
        cells = [clean(cell) for cell in cells]
        if any(cells):
            yield _row(start, columns, cells, decimal_comma=delimiter == ";")


def column_key(name: str) -> str:
    """Return one key for every way to write a column's name: case, spaces, brackets and hyphens do not count."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def clean(cell: str) -> str:
    """Return text in the form that is stored, without control characters and white space around."""
    return nfc(without_controls(cell)).strip()


def _first_line(lines: Iterator[str], names: Mapping[str, str]) -> tuple[str, int, str]:
    """Return the line with the column names, how many lines stand before it, and what separates its columns."""
    first = next(lines, "")
    if stated := _STATED_DELIMITER.fullmatch(first):
        return next(lines, ""), 1, stated[1]
    return first, 0, max(DELIMITERS, key=lambda delimiter: _understood(first, delimiter, names))


def _understood(line: str, delimiter: str, names: Mapping[str, str]) -> int:
    """Count the columns that are known when the line is separated by this."""
    try:
        cells = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return 0
    return sum(column_key(cell) in names for cell in cells)


def _row(line: int, columns: Sequence[str], cells: Sequence[str], *, decimal_comma: bool) -> Row | RowError:
    if any(cells[len(columns) :]):
        return RowError(line, f"it has {len(cells)} fields, the header has {len(columns)}; is a comma not quoted?")
    named = dict.fromkeys(columns, "")
    for column, cell in zip(columns, cells, strict=False):
        # Two vocabularies in one file: whichever says something.
        named[column] = named[column] or cell
    return Row(line, named, decimal_comma)


def _header(reader: Iterator[list[str]], required: Sequence[str], names: Mapping[str, str]) -> list[str]:
    try:
        written = [clean(cell) for cell in next(reader, [])]
    except csv.Error as error:
        raise WrongFileError(f"The first line cannot be read as column names ({error}).") from error
    if not any(written):
        raise WrongFileError("The first line is empty; it has to name the columns.")
    keys = [column_key(name) for name in written]
    columns = [names.get(key, name) for key, name in zip(keys, written, strict=True)]
    missing = [name for name in required if name not in columns]
    if missing:
        what = "column" if len(missing) == 1 else "columns"
        raise WrongFileError(f"The first line lacks the {what} {', '.join(missing)}; is this the right format?")
    twice = sorted({name for key, name in zip(keys, written, strict=True) if key in names and keys.count(key) > 1})
    if twice:
        raise WrongFileError(f"The column {', '.join(twice)} is there more than once.")
    return columns
