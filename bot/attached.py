"""Reads the files that came with a question: for that question alone, within limits, and nothing of them is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from bot.downloads import patiently
from bot.markup import clean
from engine.attached import Attached
from engine.code.languages import is_code_file
from engine.errors import LoadFailed, Refused, Unavailable
from engine.knowledge.reading import Reader
from engine.knowledge.reading.encodings import decoded
from engine.knowledge.split import passages
from engine.pictures import is_picture, picture_of
from engine.store.turns import messages_before
from engine.talk import refers_back
from engine.types import Addressed

if TYPE_CHECKING:
    from bot.channel import Channel
    from engine.claim import Claim
    from engine.config import AttachmentSettings
    from engine.knowledge.reading.page import Page
    from engine.store.database import Database
    from engine.types import File, Message

#: Seconds for all files of one question, fetching and reading: its author waits.
_ALL_S: Final = 45.0
#: Seconds before a platform that did not give a file is asked again.
_AGAIN_S: Final = (1.0, 3.0)
#: Files that are held in memory at the same time, of all questions.
_TOGETHER: Final = 3
_NAME_CHARS: Final = 80
#: Characters of one file that are looked through for what fits the question.
_MOST_CHARS: Final = 1_000_000
#: Questions of the same conversation among which files are looked for.
_BACK: Final = 5
_log = structlog.get_logger()

_SWITCHED_OFF: Final = "files beside a question are not read here (attachments.tokens is 0)"
_NO_MODEL: Final = "no model writes here that could read it"
_UNSEEN: Final = "it is a picture, and the model here reads text only"
_TOO_LATE: Final = "there was no time left to read it"


class Attachments:
    """Fetches files from their platform and parses them as documents are parsed, in a limited child process.

    The children are not those that load documents: a question does not wait for a load.
    """

    def __init__(
        self, database: Database, settings: AttachmentSettings, *, sees: bool = False, all_s: float = _ALL_S
    ) -> None:
        """``sees``: the model looks at pictures."""
        self._database = database
        self._settings = settings
        self._sees = sees
        self._all_s = all_s
        self._reader = Reader()
        self._together = asyncio.Semaphore(_TOGETHER)

    def use(self, settings: AttachmentSettings, *, sees: bool) -> None:
        """Read by these settings from now on."""
        self._settings, self._sees = settings, sees

    async def beside(
        self, claim: Claim, channel: Channel, tell: Callable[[], None], *, writes: bool
    ) -> tuple[Attached, ...]:
        """The files that a question is asked with: those it came with, else those of the question that it goes on.

        ``tell`` says that they are being read.
        """
        message = claim.message if claim.message.files or claim.first else await self._gone_on(claim)
        if not message.files:
            return ()
        tell()
        return await self.read(channel, message, writes=writes)

    async def _gone_on(self, claim: Claim) -> Message:
        """The latest question of its thread that had files, fetched anew; outside threads, where it refers to that."""
        message, key = claim.message, claim.message.conversation.key
        earlier = await self._database.read(lambda c: messages_before(c, key, claim.event, _BACK))
        for after, one in zip((message, *earlier), earlier, strict=False):
            if not message.conversation.thread and not refers_back(after.text):
                break
            if one.files:
                # What came with a command, only who gave it has seen.
                theirs = one.addressed is Addressed.COMMAND and one.author != message.author
                return message if theirs else one
        return message

    async def read(self, channel: Channel, message: Message, *, writes: bool) -> tuple[Attached, ...]:
        """What came with this message, each file with its text or with the reason why there is none.

        ``writes``: somebody writes answers; without, nothing is fetched.
        """
        why = _SWITCHED_OFF if self._settings.tokens == 0 else "" if writes else _NO_MODEL
        if why:
            return tuple(Attached(_name(file), wrong=why) for file in message.files)
        until = asyncio.get_running_loop().time() + self._all_s
        most = self._settings.files
        found = [await self._one(channel, file, until) for file in message.files[:most]]
        rest = [Attached(_name(f), wrong=f"only {most} files of a message are read") for f in message.files[most:]]
        return (*found, *rest)

    async def close(self) -> None:
        """End the processes that parse."""
        await self._reader.close()

    async def _one(self, channel: Channel, file: File, until: float) -> Attached:
        name = _name(file)
        try:
            async with asyncio.timeout_at(until), self._together:
                file = await patiently(partial(channel.located, file), _AGAIN_S)
                name = _name(file)
                if not self._sees and is_picture(file.name):
                    return Attached(name, wrong=_UNSEEN)
                data = await patiently(partial(channel.download, file), _AGAIN_S)
                if is_picture(file.name):
                    return Attached(name, picture=picture_of(data))
                if is_code_file(file.name):
                    return Attached(name, await asyncio.to_thread(_lines, data))
                page = await self._reader.read(data, file.name)
                return Attached(name, await asyncio.to_thread(_pieces, page))
        except (LoadFailed, Refused, Unavailable) as e:
            why = str(e)
        except TimeoutError:
            why = _TOO_LATE
        _log.info("an attached file was not read", why=why)
        return Attached(name, wrong=why)


def _name(file: File) -> str:
    """A name that can be shown, whatever was sent."""
    name = " ".join(clean(file.name).split()) or "file"
    return name if len(name) <= _NAME_CHARS else f"{name[: _NAME_CHARS - 1]}…"


def _pieces(page: Page) -> tuple[str, ...]:
    """The text of a page in pieces of about a paragraph, each with its heading; of a very long one its beginning."""
    return tuple(
        kept if kept.startswith(heading) else f"{heading}\n{kept}"
        for heading, beginning in _beginning(page)
        for text in passages(beginning)
        if (kept := clean(text).strip())
    )


def _lines(data: bytes) -> tuple[str, ...]:
    """Code as it stands, in pieces of about a paragraph: joined again they are the file."""
    return tuple(passages(clean(decoded(data))[:_MOST_CHARS]))


def _beginning(page: Page) -> Iterator[tuple[str, str]]:
    """Headings and texts of the sections, as many as are looked through."""
    left = _MOST_CHARS
    for section in page.sections:
        yield section.heading, section.text[:left]
        left -= len(section.text)
        if left <= 0:
            break
