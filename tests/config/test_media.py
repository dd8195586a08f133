"""/media/: pictures that came from outside must not run in the shop's origin."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
def files(media: Path) -> Path:
    (media / "catalog").mkdir(parents=True)
    (media / "catalog" / "boot.svg").write_bytes(SVG)
    (media / "catalog" / "page.html").write_text("<h1>mine</h1>")
    (media.parent / "secret.txt").write_text("not a picture")
    return media


def test_a_picture_is_shown_in_a_sandbox(client: Client, files: Path) -> None:
    answer = client.get("/media/catalog/boot.svg")
    assert answer.content == SVG
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert not answer.cookies


def test_anything_else_is_a_download(client: Client, files: Path) -> None:
    answer = client.get("/media/catalog/page.html")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == "attachment"


def test_an_unchanged_picture_is_not_sent_again(client: Client, files: Path) -> None:
    changed = client.get("/media/catalog/boot.svg")["Last-Modified"]
    answer = client.get("/media/catalog/boot.svg", headers={"If-Modified-Since": changed})
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize("path", ["missing.svg", "catalog", "../secret.txt", "catalog/../../secret.txt", "a%00b.svg"])
def test_nothing_outside_and_nothing_missing(client: Client, files: Path, path: str) -> None:
    assert client.get(f"/media/{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        *(
            "x" * 256,
            "x" * 5000,
            "a/" * 3000,
            "a%00b",
            "%00",
            "..%2f..%2fsecret.txt",
            "%2e%2e/secret.txt",
            "..%5csecret.txt",
        ),
        *(
            "catalog/boot.svg/x",
            "%ff%fe",
            "a%0ab",
            "%ed%a0%80",
            "/etc/passwd",
            "//etc/passwd",
            "\U0001f97e" * 70,
            "catalog/",
        ),
    ],
)
def test_o9_a_path_that_cannot_be_a_file_is_404(client: Client, files: Path, path: str) -> None:
    assert client.get(f"/media/{path}").status_code == 404


def test_o9_a_file_that_goes_meanwhile_or_may_not_be_read_is_404(client: Client, files: Path, monkeypatch) -> None:
    def gone(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", gone)
    assert client.get("/media/catalog/boot.svg").status_code == 404


def test_media_is_read_only(client: Client, files: Path) -> None:
    assert client.put("/media/catalog/boot.svg", headers={"Sec-Fetch-Site": "same-origin"}).status_code in (403, 405)
