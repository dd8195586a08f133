"""Which picture some bytes are, and how large: read from the first bytes, without decoding a pixel."""

from __future__ import annotations

import struct


class UnknownPictureError(ValueError):
    """Not a picture of a known kind; the message is a sentence part."""


def picture_format(content: bytes) -> tuple[str, int, int]:
    """Return file extension, width and height in pixels. Raises UnknownPictureError.

    No SVG from elsewhere: it can carry scripts, and would be served from the shop's own address.
    """
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n"):
            return "png", *_checked(*struct.unpack(">II", content[16:24]))
        if content.startswith((b"GIF87a", b"GIF89a")):
            return "gif", *_checked(*struct.unpack("<HH", content[6:10]))
        if content.startswith(b"\xff\xd8\xff"):
            return "jpg", *_checked(*_jpeg_size(content))
        if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
            return "webp", *_checked(*_webp_size(content))
    except (struct.error, IndexError) as error:
        raise UnknownPictureError("the picture is broken") from error
    raise UnknownPictureError("what is sent is no JPEG, PNG, WebP or GIF picture")


MAX_PIXELS = 40_000_000
"""A browser, and whoever makes thumbnails, needs four bytes for each, however small the file is."""


def _checked(width: int, height: int) -> tuple[int, int]:
    if not (0 < width <= 20_000 and 0 < height <= 20_000 and width * height <= MAX_PIXELS):
        raise UnknownPictureError(f"the picture says it is {width} × {height} pixels")
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Walk the segments up to the frame header (SOF0 … SOF15, without DHT, JPG and DAC)."""
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
    raise UnknownPictureError("the picture is broken")


def _webp_size(content: bytes) -> tuple[int, int]:
    kind = content[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack("<HH", content[26:30])
    return width & 0x3FFF, height & 0x3FFF
