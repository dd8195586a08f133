"""One clear line for every file that cannot be imported as a whole, and the encodings that can."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError

from shop.catalog.importing import tables
from shop.catalog.models import Product
from tests.shop.importing.conftest import product_row, table


def text(**cells: str) -> str:
    return table(product_row(**cells))


WRONG: list[tuple[str, bytes, str]] = [
    ("empty", b"", "is empty"),
    ("only blank lines", b"\n\n", "The first line is empty"),
    ("spreadsheet", b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)), "is not a text file"),
    ("picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is not a text file"),
    ("zeroes far in", text().encode() + b"x" * tables.CHUNK + b"\x00", "is not a text file"),
    ("zeroes in utf-16", (text() + "\0").encode("utf-16"), "is not a text file"),
    ("utf-16 that does not say so", text().encode("utf-16-le"), "is not a text file"),
    ("missing columns", b"Handle,Body\nboot,Text\n", "lacks the columns Title, Variant Price"),
    ("one missing column", b"Handle,Title\nboot,Boot\n", "lacks the column Variant Price"),
    ("column twice", b"Handle,Title,Variant Price,Title\nboot,Boot,5,x\n", "The column Title is there more than once"),
    ("a header without end", b'"Handle' + b"x" * 140_000, "The first line cannot be read as column names"),
    ("header only", text().splitlines()[0].encode(), "No product could be read"),
    ("prose", b"Dear shop,\nhere is the list.\n", "lacks the columns Handle, Title, Variant Price"),
]


@pytest.mark.parametrize(("content", "reason"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_file(run: Callable[..., str], tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError) as refusal:
        run(path)
    assert reason in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_no_file_a_folder_a_pipe(run, tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, reason in (
        (tmp_path / "no", "no such file"),
        (tmp_path, "a folder"),
        (tmp_path / "pipe", "not a regular"),
    ):
        with pytest.raises(CommandError, match=reason):
            run(path)


def test_a_file_that_may_not_be_read(run, tmp_path, monkeypatch) -> None:
    (tmp_path / "export.csv").write_text(text())
    monkeypatch.setattr(tables.os, "access", lambda path, mode: False)
    with pytest.raises(CommandError, match="may not be read"):
        run(tmp_path / "export.csv")


@pytest.mark.parametrize(
    ("prefix", "encoding", "remark"),
    [
        (b"", "utf-8", ""),
        (codecs.BOM_UTF8, "utf-8", ""),
        (b"", "cp1252", "export.csv is not UTF-8; it was read as cp1252."),
        (b"", "utf-16", "export.csv is not UTF-8; it was read as utf-16."),
    ],
)
def test_encodings(run, tmp_path, prefix, encoding, remark) -> None:
    (tmp_path / "export.csv").write_bytes(prefix + text(Title="Größe 42 – Hütte").encode(encoding))
    said = run(tmp_path / "export.csv")
    assert Product.objects.get().title == "Größe 42 – Hütte"
    assert (remark in said) if remark else ("not UTF-8" not in said)


def test_a_letter_cut_in_two_by_a_read_is_still_one_letter(tmp_path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(b"x" * (tables.CHUNK - 1) + "ü".encode())
    assert tables.encoding_of(path) == "utf-8-sig"
    path.write_bytes(b"x" * 10 + "ü".encode()[:1])
    assert tables.encoding_of(path) == "cp1252"


def test_a_line_without_end_is_cut(tmp_path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("a" * (tables.MAX_LINE_LENGTH + 5) + "\nb\n")
    with path.open() as file:
        assert [len(line) for line in tables.physical_lines(file)] == [tables.MAX_LINE_LENGTH, 6, 2]
