"""The entries in chat: typed, listed, shown with what can be done to each, given to others; for admins alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot.channel import Button, Channel, Command, Notice, Press
from bot.choices import LABEL_CHARS, Choice, Select
from bot.documents_shown import day, grant_in_words, plain
from bot.entries import Mistyped, Typed, question_of, read_entry
from bot.following import audience_in_words
from bot.knowledge_desk import taking_out
from bot.phrases import reason_in_words, say
from engine.errors import LoadFailed
from engine.knowledge import Document, Entry, KeptEntry
from engine.language import written_in
from engine.types import PUBLIC, WORKSPACE, Audience

if TYPE_CHECKING:
    from bot.knowledge_desk import KnowledgeDesk
    from engine.knowledge import Knowledge

_PAGE: Final = 10
_ANSWER_CHARS: Final = 1_200  # of one in a notice
_READERS: Final = {PUBLIC: "for_anybody", WORKSPACE: "whole_workspace", "room": "only_room", "user": "only_me"}
_GRANT: Final = re.compile(rf"{PUBLIC}|{WORKSPACE}|(?:room|user):[\w.-]+")


class EntryDesk:
    """What is written there nobody is shown whom it may not be told, an admin neither."""

    def __init__(self, knowledge: Knowledge, desk: KnowledgeDesk, channels: Mapping[str, Channel]) -> None:
        self._knowledge = knowledge
        self._desk = desk
        self._channels = channels

    async def command(self, command: Command) -> Notice:
        """``kb entry``, ``kb entries``, and ``kb show`` where it is an entry that is to be shown."""
        where, text = command.conversation, command.text.strip()
        language = command.language or written_in(command.text)
        if refusal := await self._desk.refusal(where.channel, command.person, where.workspace, language):
            return Notice(refusal)
        if command.name == "kb entries":
            return await self._page(where.workspace, 1, text, command.person, where.channel, language)
        reader = await alone(self._channels[where.channel], command.person, where.workspace)
        kept = await self._knowledge.entries.find(where.workspace, question_of(text), reader) if text else None
        if command.name == "kb show":
            return await self._shown(kept, command, language) if kept else await self._desk.command(command)
        if not text:
            return Notice(say("entry_how", language))
        try:
            typed = read_entry(text)
        except Mistyped as e:
            if kept:
                return await self._shown(kept, command, language)
            return Notice(say(e.phrase, language, **e.values) + "\n\n" + say("entry_how", language))
        grant = typed.grant or await self._channels[where.channel].default_grant(where, command.person)
        try:
            return await self.keep(typed, where.workspace, grant, f"{where.channel}:{command.person}", language)
        except LoadFailed as e:
            return Notice(reason_in_words(str(e), language))

    async def pressed(self, press: Press) -> Notice:
        """Another page of the list (``entry.list``), one of it (``entry.open``), or other readers (``entry.grant``)."""
        where, language = press.conversation, press.language or "en"
        if refusal := await self._desk.refusal(where.channel, press.person, where.workspace, language):
            return Notice(refusal)
        first, _, rest = press.value.partition("|")
        if press.action == "entry.list":
            return await self._page(where.workspace, int(first), rest, press.person, where.channel, language)
        kept = await self._knowledge.entries.find(where.workspace, first)
        if kept is None or not await self.may_read(where.channel, press.person, where.workspace, kept.grant):
            return Notice(say("entry_gone", language))
        if press.action == "entry.grant" and _GRANT.fullmatch(rest):
            actor = f"{where.channel}:{press.person}"
            await self._knowledge.regrant(where.workspace, kept.id, rest, actor=actor)
            return Notice(say("regranted", language, count=1) + " " + say_readers(rest, language))
        return await self.show(kept, press, language)

    async def may_read(self, channel: str, person: str, workspace: str, grant: str) -> bool:
        """Whether this person may be told what is for these readers, as the platform says now."""
        return (await alone(self._channels[channel], person, workspace)).may_read(grant)

    async def keep(
        self, typed: Typed, workspace: str, grant: str, actor: str, language: str, *, which: str = "", version: int = 0
    ) -> Notice:
        """Keep a question with its answer, and say for whom it is; that ``actor`` is an admin is known.

        ``which`` and ``version``: of the entry that is edited.  Raises as ``Entries.put``.
        """
        kept = await self.put(typed, workspace, grant, actor, which=which, version=version)
        said = [
            say("entry_kept", language, question=plain(typed.question), audience=audience_in_words(grant, language))
        ]
        if typed.second:
            said.append(say("entry_second", language, question=plain(typed.second.question)))
        if ways := len(typed.variants) + len(typed.second.variants if typed.second else ()):
            said.append(say("entry_variants", language, count=ways))
        if typed.expires:
            said.append(say("entry_expires", language, date=day(typed.expires - 1)))
        return Notice(" ".join(said), self._editing(kept.id, language, second=bool(typed.second)))

    async def put(
        self, typed: Typed, workspace: str, grant: str, actor: str, *, which: str = "", version: int = 0
    ) -> Document:
        """Keep it; its owner is whoever keeps it where none is named.  Raises as ``Entries.put``."""
        owner = typed.owner or actor
        entry = Entry(typed.question, typed.answer, typed.variants, owner, typed.expires, typed.second)
        channel, _, person = actor.partition(":")
        reader = await alone(self._channels[channel], person, workspace)
        return await self._knowledge.entries.put(
            entry, workspace=workspace, grant=grant, actor=actor, which=which, version=version, reader=reader
        )

    async def show(self, kept: KeptEntry, press: Press, language: str) -> Notice:
        """An entry with all that is known of it, and what can be done to it."""
        entry, workspace = kept.entry, press.conversation.workspace
        lines = []
        for one in entry.wordings:
            short = one.answer if len(one.answer) <= _ANSWER_CHARS else one.answer[:_ANSWER_CHARS] + " …"
            lines.append(f"**{plain(one.question)}**")
            lines.append("\n".join(f"> {line}".rstrip() for line in short.splitlines()))
            if one.variants:
                ways = " · ".join(map(plain, one.variants))
                lines.append(say("entry_ways", language, ways=ways))
        values = {
            "id": f"`{kept.source}`",
            "grant": grant_in_words(kept.grant, language),
            "version": kept.version,
            "owner": entry.owner,
            "expires": day(entry.expires - 1) if entry.expires else "",
        }
        lines.append("\n".join(f"- {say(f'shown_{k}', language, value=v)}" for k, v in values.items() if v))
        documents = await self._knowledge.named(workspace, kept.id)
        where = press.conversation
        default = await self._channels[where.channel].default_grant(where, press.person) if where.room else WORKSPACE
        grants = dict.fromkeys((PUBLIC, WORKSPACE, default, f"user:{press.person}", kept.grant))
        choices = tuple(
            Choice(say(_READERS[grant.partition(":")[0]], language), f"{kept.id}|{grant}")
            for grant in grants
            if grant == kept.grant or not grant.startswith("user:") or grant == f"user:{press.person}"
        )
        select = Select(say("who_may", language), "entry.grant", choices, f"{kept.id}|{kept.grant}")
        return Notice(
            "\n\n".join(lines),
            (
                *self._editing(kept.id, language, second=bool(entry.second)),
                taking_out(say("remove", language), workspace, kept.id, documents),
                select,
            ),
        )

    @staticmethod
    def _editing(id_: str, language: str, *, second: bool) -> tuple[Button, ...]:
        other = "entry_edit_second" if second else "entry_add_second"
        return (
            Button(say("entry_edit", language), "entry.edit", f"{id_}.0"),
            Button(say(other, language), "entry.edit", f"{id_}.1"),
        )

    async def _shown(self, kept: KeptEntry, command: Command, language: str) -> Notice:
        where = command.conversation
        if not await self.may_read(where.channel, command.person, where.workspace, kept.grant):
            return await self._desk.command(replace(command, name="kb show", text=kept.id))
        return await self.show(kept, Press("entry.open", kept.id, command.person, where, language), language)

    async def _page(self, workspace: str, page: int, word: str, person: str, channel: str, language: str) -> Notice:
        """One page of those that this person may be told, with a menu to open one."""
        word = word.replace("|", " ")[:40]
        audience = await alone(self._channels[channel], person, workspace)
        entries = [
            kept
            for kept in await self._knowledge.entries.of(workspace)
            if audience.may_read(kept.grant) and word.casefold() in _words(kept)
        ]
        if not entries:
            return Notice(say("entries_none", language) + "\n\n" + say("entry_how", language))
        pages = (len(entries) + _PAGE - 1) // _PAGE
        page = min(max(page, 1), pages)
        first = (page - 1) * _PAGE
        shown = entries[first : first + _PAGE]
        lines = [f"{n}. {_line(kept, language)}" for n, kept in enumerate(shown, first + 1)]
        heading = say("entries_listed", language, first=first + 1, last=first + len(shown), count=len(entries))
        choices = tuple(
            Choice(f"{n}. {plain(one.entry.question)}"[:LABEL_CHARS], one.id) for n, one in enumerate(shown, first + 1)
        )
        turning = [
            Button(say(label, language), "entry.list", f"{to}|{word}", in_place=True)
            for label, to in (("previous", page - 1), ("next", page + 1))
            if 1 <= to <= pages
        ]
        select = Select(say("entries_open", language), "entry.open", choices)
        return Notice(heading + "\n\n" + "\n".join(lines), (*turning, select))


async def alone(channel: Channel, person: str, workspace: str) -> Audience:
    """What this person may be told where nobody else reads, as the platform says now."""
    return await channel.alone(person, workspace) or Audience.of(workspace, WORKSPACE, f"user:{person}")


def say_readers(grant: str, language: str) -> str:
    """Who may be told, as a sentence."""
    kind, _, room = grant.partition(":")
    return say("for_this_room", language, room=room) if kind == "room" else audience_in_words(grant, language)


def _words(kept: KeptEntry) -> str:
    return "\n".join(f"{one.question}\n{one.answer}" for one in kept.entry.wordings).casefold()


def _line(kept: KeptEntry, language: str) -> str:
    """An entry in a list."""
    entry = kept.entry
    said = [
        f"**{plain(entry.question)}**" + (f" / **{plain(entry.second.question)}**" if entry.second else ""),
        grant_in_words(kept.grant, language),
        say("entry_expires", language, date=day(entry.expires - 1)).rstrip(".。") if entry.expires else "",
        plain(entry.owner),
    ]
    return ", ".join(filter(None, said))
