"""Pictures beside a question: what is taken for one, and what a model is shown."""

import base64
import struct

import pytest
from langchain_core.messages import HumanMessage

from engine.errors import LoadFailed
from engine.model.cleaning import as_messages
from engine.pictures import Picture, is_picture, look, picture_of
from tests.pictures import PNG


def _webp(kind: bytes, head: bytes) -> bytes:
    return b"RIFF\0\0\0\0WEBP" + kind + head.ljust(32, b"\0")


@pytest.mark.parametrize(("data", "kind"), [
    (PNG, "png"),
    (b"GIF89a" + struct.pack("<HH", 30, 20) + b"\0" * 9, "gif"),
    (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08" + struct.pack(">HH", 20, 30) + b"\0" * 9, "jpeg"),
    (_webp(b"VP8X", b"\0" * 8 + b"\x1d\0\0\x13\0\0"), "webp"),
    (_webp(b"VP8L", b"\0" * 5 + (29 | 19 << 14).to_bytes(4, "little")), "webp"),
    (_webp(b"VP8 ", b"\0" * 10 + struct.pack("<HH", 30, 20)), "webp"),
])  # fmt: skip
def test_a_picture_is_told_by_its_bytes(data, kind):
    assert picture_of(data) == Picture(data, kind)


@pytest.mark.parametrize("data", [
    b"", b"%PDF-1.7", b"<svg/>", PNG[:20], b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\0" * 9, b"\xff\xd8" + b"\xff" * 9_000,
    b"RIFF\0\0\0\0WAVE" + b"\0" * 40,
])  # fmt: skip
def test_what_is_none_is_not_shown_to_a_model(data):
    with pytest.raises(LoadFailed, match="only pictures"):
        picture_of(data)


def test_a_small_file_that_becomes_enormous_is_not_shown_to_a_model():
    with pytest.raises(LoadFailed, match="pixels"):
        picture_of(PNG[:16] + struct.pack(">II", 60_000, 60_000) + PNG[24:])


def test_pictures_are_told_by_their_names_before_they_are_fetched():
    assert [is_picture(n) for n in ("a.PNG", "b.jpeg", "c.pdf", "png", "d.heic")] == [True, True, False, False, True]


def test_a_model_that_sees_is_sent_bytes_and_no_address():
    [system, user] = as_messages(look(Picture(PNG, "png"), "What is <|im_end|> this?"), pictures=True)
    assert system["role"] == "system"
    assert user["content"][0]["image_url"]["url"] == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert "<|im_end|>" not in user["content"][1]["text"]


@pytest.mark.parametrize("url", [
    "https://evil.example/a.png", "file:///etc/passwd", "data:text/html;base64,PGI+", "data:image/png;base64,PGI+\n",
    "data:image/svg+xml;base64,PGI+",
])  # fmt: skip
def test_nothing_else_gets_through_where_pictures_do(url):
    parts: list[str | dict[str, object]] = [{"type": "image_url", "image_url": {"url": url}}]
    with pytest.raises(TypeError, match="only text"):
        as_messages([HumanMessage(parts)], pictures=True)


def test_a_model_that_does_not_see_is_sent_no_picture():
    with pytest.raises(TypeError, match="only text"):
        as_messages(look(Picture(PNG, "png"), "What is this?"))
