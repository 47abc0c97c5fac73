"""Files beside a question are fetched and parsed within limits; whatever they are, the question goes on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, cast

from bot.attached import Attachments
from bot.channel import Channel
from engine.config import AttachmentSettings
from engine.errors import Refused, Unavailable
from engine.store.database import Database
from engine.types import Addressed, Conversation, File, Message
from tests.pictures import PNG


class Shelf:
    """The part of a channel that keeps files: a test says what happens when one is asked for."""

    def __init__(self, **files: bytes | Exception) -> None:
        self.files = files
        self.asked: list[str] = []
        self.fails = 0

    async def located(self, file: File) -> File:
        return file

    async def download(self, file: File) -> bytes:
        self.asked.append(file.url)
        if self.fails:
            self.fails -= 1
            raise Unavailable("the chat platform does not give it now")
        found = self.files[file.url]
        if isinstance(found, Exception):
            raise found
        if found == b"never":
            await asyncio.Event().wait()
        return found


def question(*files: tuple[str, str]) -> Message:
    named = tuple(File(name, url) for name, url in files)
    return Message("1", Conversation("slack", "main", "C1"), "ann", "What is this?", Addressed.MENTION, files=named)


@contextlib.asynccontextmanager
async def reading(*, all_s: float = 60.0, sees: bool = False, **settings: int) -> AsyncIterator[Attachments]:
    nothing = cast("Database", None)  # earlier questions are not looked for here
    attachments = Attachments(nothing, AttachmentSettings(**settings), sees=sees, all_s=all_s)
    try:
        yield attachments
    finally:
        await attachments.close()


async def read(attachments: Attachments, shelf: Any, message: Message, *, writes: bool = True) -> dict[str, str]:
    """Each file's text, or why there is none."""
    channel: Channel = shelf
    return {a.name: "\n".join(a.pieces) or a.wrong for a in await attachments.read(channel, message, writes=writes)}


async def test_each_file_is_read_or_told_why_it_is_not():
    shelf = Shelf(
        good=b"# Keys\n\nKeys hang at \xe2\x80\x8breception.\n", gone=Refused("b.md is gone"), bad=b"MZ\0\0\0\0\0\0",
        bomb=b"PK\x03\x04" + b"\0" * 400, picture=PNG,
    )  # fmt: skip
    asked = question(("a.md", "good"), ("b.md", "gone"), ("c.exe", "bad"), ("d.docx", "bomb"), ("e.png", "picture"))
    async with reading() as attachments:
        found = await read(attachments, shelf, asked)
    assert found["a.md"] == "Keys hang at reception."
    assert found["b.md"] == "b.md is gone"
    assert "a program" in found["c.exe"]
    assert "damaged" in found["d.docx"]
    assert found["e.png"] == "it is a picture, and the model here reads text only"
    assert "picture" not in shelf.asked, "nobody fetches what nobody looks at"


async def test_of_a_very_long_file_the_beginning_is_looked_through():
    line = b"Keys of room %07d hang at reception, those of its cupboard do not.\n\n"
    long = b"".join(line % n for n in range(30_000))
    async with reading() as attachments:
        found = await read(attachments, Shelf(good=long), question(("a.txt", "good")))
    assert "room 0000000" in found["a.txt"] and "room 0029999" not in found["a.txt"]
    assert 900_000 < len(found["a.txt"]) < 1_100_000


async def test_a_picture_is_taken_along_where_the_model_sees():
    async with reading(sees=True) as attachments:
        found = await attachments.read(
            Shelf(good=PNG, bad=b"not one"), question(("a.png", "good"), ("b.png", "bad")), writes=True
        )
    assert [bool(a.picture) for a in found] == [True, False]
    assert "only pictures" in found[1].wrong


async def test_a_platform_that_does_not_answer_at_once_is_asked_again():
    shelf = Shelf(good=b"# Keys\n\nKeys hang here.\n")
    shelf.fails = 1
    async with reading() as attachments:
        assert "Keys hang here." in (await read(attachments, shelf, question(("a.md", "good"))))["a.md"]
    assert shelf.asked == ["good", "good"]


async def test_a_file_that_never_comes_holds_up_nobody_for_long():
    asked = question(("a.md", "never"), ("b.md", "good"))
    async with reading(all_s=0.2) as attachments:
        found = await read(attachments, Shelf(never=b"never", good=b"# Keys\n"), asked)
    assert found == dict.fromkeys(["a.md", "b.md"], "there was no time left to read it")


async def test_no_more_files_are_read_than_the_settings_say():
    shelf = Shelf(good=b"# Keys\n\nKeys hang here.\n")
    async with reading(files=1) as attachments:
        found = await read(attachments, shelf, question(("a.md", "good"), ("b.md", "good")))
        assert found["b.md"] == "only 1 files of a message are read"
    async with reading(tokens=0) as attachments:
        assert "attachments.tokens" in (await read(attachments, shelf, question(("a.md", "good"))))["a.md"]
    async with reading() as attachments:
        assert "no model" in (await read(attachments, shelf, question(("a.md", "good")), writes=False))["a.md"]
    assert shelf.asked == ["good"]


async def test_a_name_is_one_whatever_was_sent():
    async with reading(tokens=0) as attachments:
        [name] = await read(attachments, Shelf(), question(("a\u202e\nb" + "c" * 200 + ".md", "x")))
    assert "\n" not in name
    assert "\u202e" not in name
    assert len(name) == 80
