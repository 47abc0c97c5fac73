"""`kb add` with a file of entries: they are kept row by row at once; what else was sent is loaded as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot import entry_files
from bot.channel import Command, Notice
from bot.documents_shown import plain
from bot.downloads import patiently
from bot.entry_desk import alone
from bot.following import audience_in_words, code
from bot.phrases import reason_in_words, say
from engine.errors import Refused
from engine.knowledge.entry_file import Wrong, may_be_entries
from engine.language import written_in

if TYPE_CHECKING:
    from bot.channel import Channel
    from bot.knowledge_desk import KnowledgeDesk
    from engine.knowledge import Knowledge
    from engine.knowledge.entries import Row
    from engine.types import File

_AGAIN_S: Final = (1.0, 4.0)
_LARGEST: Final = 10_000_000  # bytes: a larger file is a document
_NAMED: Final = 10  # files, and lines that could not be kept


class SentEntries:
    """Stands before the knowledge desk, which loads everything else."""

    def __init__(self, knowledge: Knowledge, desk: KnowledgeDesk, channels: Mapping[str, Channel]) -> None:
        self._knowledge = knowledge
        self._desk = desk
        self._channels = channels

    async def command(self, command: Command) -> Notice:
        """``kb add``.  Raises ``Unavailable`` when a file cannot be had now."""
        where, person = command.conversation, command.person
        language = command.language or written_in(command.text)
        if not any(may_be_entries(file.name) for file in command.files) or await self._desk.refusal(
            where.channel, person, where.workspace, language
        ):
            return await self._desk.command(command)
        others: list[File] = []
        said: list[str] = []
        for file in command.files[:_NAMED]:
            try:
                rows = await self._rows(command, file)
            except Wrong as e:
                said.append(say("entries_wrong", language, name=f"`{code(plain(file.name))}`"))
                said.append("\n".join(f"- {reason_in_words(problem, language)}" for problem in e.problems))
                continue
            if rows is None:
                others.append(file)
            else:
                said.append(await self._kept(command, rows, language))
        if others or not said:
            told = await self._desk.command(replace(command, files=tuple(others)))
            return Notice("\n\n".join(filter(None, (*said, told.text))), told.buttons)
        return Notice("\n\n".join(said))

    async def _rows(self, command: Command, file: File) -> list[Row] | None:
        """The entries of a file; None where it is none of entries, or cannot be had: then its load says why."""
        channel = self._channels[command.conversation.channel]
        if not may_be_entries(file.name) or file.size > _LARGEST:
            return None

        async def asked() -> bytes:
            return await channel.download(await channel.located(file))

        try:
            data = await patiently(asked, _AGAIN_S)
        except Refused:
            return None
        return await entry_files.of_bytes(data, file.name)

    async def _kept(self, command: Command, rows: list[Row], language: str) -> str:
        """What became of them, in words."""
        where = command.conversation
        grant = await self._channels[where.channel].default_grant(where, command.person)
        counts = {"searchable": 0, "unchanged": 0, "failed": 0}
        problems: list[str] = []
        reader = await alone(self._channels[where.channel], command.person, where.workspace)
        async for row in entry_files.kept(
            self._knowledge, rows, "", workspace=where.workspace, grant=grant,
            actor=f"{where.channel}:{command.person}", reader=reader,
        ):  # fmt: skip
            counts[row["status"]] += 1
            if row["status"] == "failed":
                problems.append(f"- {reason_in_words(row['reason'], language)}")
        told = say("entries_kept", language, kept=counts["searchable"], unchanged=counts["unchanged"])
        if any(not row.audience for row in rows) and counts["searchable"]:
            told += " " + say("entries_readers", language, audience=audience_in_words(grant, language))
        return "\n\n".join(filter(None, (told, "\n".join(problems[:_NAMED]))))
