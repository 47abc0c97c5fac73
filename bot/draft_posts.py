"""Puts a draft into a room: by a click of somebody who may write there, asked once more, once, checked; and undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from bot.channel import Button, Channel, Entry, Form, Notice, Post, Press
from bot.documents_shown import plain
from bot.draft_files import links_of
from bot.phrases import say
from bot.replies_shown import POSTED
from bot.rooms import Room, named
from engine.cited import result_of
from engine.errors import Refused, Unavailable
from engine.store.drafts import KeptDraft, note_posted, versions_of
from engine.store.shared import Kept, kept_as
from engine.store.turns import message_of, turn_of
from engine.types import TOOL, Addressed, Audience, Conversation, Message, Outcome, Passage, Receipt, Reply

if TYPE_CHECKING:
    from engine.claim import Claim
    from engine.inbox import Inbox
    from engine.knowledge import Knowledge
    from engine.store.database import Database

#: The commands that a post and its undoing are, and what the id of the second ends with.
_POST, _UNDO = "post-draft", "undo-post"
_UNDONE: Final = ":undo"
#: So long (seconds) whoever posted a draft can take it back.
_WHILE_S: Final = 3_600.0
_ROOM_CHARS: Final = 100
_PREVIEW_CHARS: Final = 300
_NAMED: Final = 5  # pages or rooms
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Wish:
    """What may be posted now: the draft, by whom, in which room, from which passages, with which links."""

    draft: KeptDraft
    person: str
    room: Room
    where: Conversation
    audience: Audience
    passages: tuple[Passage, ...]
    links: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _No:
    """Why it may not be: a phrase and its values."""

    phrase: str
    values: Mapping[str, object]

    def told(self, language: str) -> str:
        """In words."""
        return say(self.phrase, language, **self.values)


def is_post(message: Message) -> bool:
    """Whether a message is no question, but a draft that is to be posted, or taken back."""
    return message.command in (_POST, _UNDO)


class DraftPosts:
    """Asks for the room, asks once more, and makes the post.

    The post is a message in the inbox, in the room where it will stand: so it is made once, and after a crash too.  Who
    may write there, and who reads there, is looked up at each click and again right before it becomes visible.
    """

    def __init__(self, database: Database, knowledge: Knowledge, inbox: Inbox, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._knowledge = knowledge
        self._inbox = inbox
        self._channels = channels

    @staticmethod
    def form(value: str, draft: KeptDraft, language: str) -> Form:
        """Which room it is to go to."""
        hint = say("draft_room_hint", language)
        room = Entry("room", say("draft_room", language), "", hint, most=_ROOM_CHARS)
        return Form(say("draft_post_title", language, number=draft.version), "draft.room", value, (room,))

    async def pressed(self, press: Press, draft: KeptDraft, versions: Sequence[KeptDraft], language: str) -> Notice:
        """The form with the room was sent (``draft.room``), or the button that it leads to pressed (``draft.now``)."""
        wanted = press.filled.get("room", "") if press.action == "draft.room" else press.value.partition("|")[2]
        wish = await self._look(draft, versions, press.person, press.conversation.channel, wanted)
        if isinstance(wish, _No):
            return Notice(wish.told(language))
        room = f"**#{plain(wish.room.name)}**"
        message, before = await self._message(wish)
        if before:
            undo = Button(say("draft_undo", language), "draft.undo", str(before.event))
            return Notice(say("draft_posted_already", language, number=draft.version, room=room), (undo,))
        if press.action != "draft.now":
            quoted = "\n".join(f"> {line}" for line in plain(draft.text[:_PREVIEW_CHARS]).splitlines())
            asked = say("draft_post_ask", language, number=draft.version, room=room)
            button = Button(say("draft_post_now", language), "draft.now", f"{draft.turn.event}|{wish.room.id}")
            return Notice(f"{asked}\n\n{quoted}\n\n{say('draft_post_named', language)}", (button,))
        documents = tuple(dict.fromkeys(p.document for p in wish.passages))
        await self._inbox.accept(
            message,
            lambda c: note_posted(
                self._database, c, wish.where, press.person, action="draft posted",
                draft=draft.turn.event, version=draft.version, documents=documents,
            ),
        )  # fmt: skip
        kept = await self._kept(message.key)
        undo = Button(say("draft_undo", language), "draft.undo", str(kept.event if kept else 0))
        return Notice(say("draft_posted", language, number=draft.version, room=room), (undo,))

    async def undone(self, press: Press) -> Notice:
        """Whoever posted a draft takes it back; what an admin wants to be gone, they delete themselves."""
        language = press.language or "en"
        event = int(press.value) if press.value.isdecimal() else 0
        message = await self._database.read(lambda c: message_of(c, event))
        if message is None or message.command != _POST or not message.author:
            return Notice(say("draft_undo_gone", language))
        if message.author != press.person or message.conversation.channel != press.conversation.channel:
            return Notice(say("not_yours", language))
        kept = await self._kept(message.key)
        turn = await self._database.read(lambda c: turn_of(c, event))
        if turn and await self._database.read(self._database.clock) - turn.at > _WHILE_S:
            return Notice(say("draft_undo_late", language))
        if kept and kept.ignored:
            return Notice(say("draft_undo_gone", language))
        draft, version = _about(message)
        undo = Message(
            message.id + _UNDONE, message.conversation, press.person, message.text, Addressed.COMMAND,
            command=_UNDO, handle=message.handle,
        )  # fmt: skip
        await self._inbox.accept(
            undo,
            lambda c: note_posted(
                self._database, c, message.conversation, press.person, action="draft taken back",
                draft=draft, version=version, documents=(),
            ),
        )  # fmt: skip
        return Notice(say("draft_undone", language))

    # What the inbox brings

    async def reply(self, claim: Claim) -> Reply:
        """What is put before everybody; nothing where that is not allowed any more, of which the poster is told."""
        if claim.message.command == _UNDO:
            return await self._take_back(claim)
        wish = _No("share_late", {}) if claim.overdue else await self._wished(claim.message)
        if isinstance(wish, _No):
            await self._tell(claim.message, wish)
            return Reply.ignore(f"not posted: {wish.phrase}")
        claim.audience, turn = wish.audience, wish.draft.turn
        name = plain(await self._channels[wish.where.channel].called(wish.where, wish.person))
        by = say("draft_posted_by", turn.language, name=name or say("somebody", turn.language))
        told = Receipt(passages=turn.receipt.passages, gate=turn.receipt.gate, notes=turn.receipt.notes)
        return Reply(
            Outcome.ANSWERED, f"*{by}*\n\n{wish.draft.text}", turn.language, confidence=turn.confidence, reason=POSTED,
            receipt=told, used=wish.passages, links=wish.links,
        )  # fmt: skip

    async def still(self, message: Message) -> bool:
        """Whether it may be put there now."""
        return not isinstance(await self._wished(message), _No)

    async def _take_back(self, claim: Claim) -> Reply:
        """Withdraw what a post has made, in the turn behind it: it stands whole, or not at all."""
        message = claim.message
        key = message.key.removesuffix(_UNDONE)
        kept = await self._kept(key)
        if kept is None:
            return Reply.ignore("there is nothing to take back")
        try:
            await self._channels[message.conversation.channel].withdraw(Post(claim.key, message, kept.placed))
        except Refused as e:
            _log.warning("a posted draft cannot be taken back", event_id=claim.event, why=str(e))
            await self._whisper(message, say("draft_undo_refused", await self._language(message)))
            return Reply.ignore("not taken back: the platform refused it")
        await self._inbox.deleted(key)
        return Reply.ignore("a posted draft was taken back")

    async def _wished(self, message: Message) -> _Wish | _No:
        event, _ = _about(message)
        turn = await self._database.read(lambda c: turn_of(c, event))
        draft = KeptDraft.of(turn) if turn else None
        if draft is None:
            return _No("draft_gone", {})
        versions = await self._database.read(lambda c: versions_of(c, draft))
        where = message.conversation
        return await self._look(draft, versions, message.author, where.channel, where.room)

    async def _look(
        self, draft: KeptDraft, versions: Sequence[KeptDraft], person: str, name: str, wanted: str
    ) -> _Wish | _No:
        """What this person may post of this draft in that room, as everything stands now; else why not."""
        channel, turn = self._channels[name], draft.turn
        if turn.author != person and not await channel.is_admin(person, turn.workspace):
            return _No("draft_not_yours", {})
        rooms = await channel.writable(person, turn.workspace)
        room = named(rooms, wanted)
        if room is None:
            some = ", ".join(f"#{plain(r.name)}" for r in rooms[:_NAMED]) or "–"
            return _No("draft_no_room", {"name": plain(wanted.strip()[:_ROOM_CHARS]) or "–", "rooms": some})
        where = Conversation(name, turn.workspace, room.id)
        reading = Message("", where, person, "", Addressed.COMMAND, handle=room.handle)
        audience = await channel.audience(reading, max_age_s=0.0)
        own = await channel.alone(person, turn.workspace)
        until = [one for one in versions if one.turn.event <= turn.event]
        pages = list(dict.fromkeys(page for one in until for page in one.turn.passages if page))
        results = tuple(result_of(page) for page in pages if page.startswith(TOOL))
        passages = (*(await self._knowledge.load_passages(pages, own)), *results) if own else ()
        if len(passages) < len(pages):
            return _No("draft_changed", {})
        found = say("draft_result", turn.language)
        unread = [p for p in passages if not audience.may_read(p.grant)]
        hidden = list({p.document: plain(p.title or p.source) or found for p in unread}.values())
        if hidden:
            titles = ", ".join(f"“{title}”" for title in hidden[:_NAMED]) + (" …" if len(hidden) > _NAMED else "")
            return _No("draft_hidden", {"room": f"#{plain(room.name)}", "titles": titles})
        return _Wish(draft, person, room, where, audience, passages, links_of(until))

    async def _message(self, wish: _Wish) -> tuple[Message, Kept | None]:
        """The post as a message, and what became of it where it was made already and stands."""
        number = 0
        while True:
            id_ = f"{wish.draft.turn.event}:posted:{wish.room.id}:{number}"
            about = f"{wish.draft.turn.event} {wish.draft.version}"
            message = Message(id_, wish.where, wish.person, about, Addressed.COMMAND, command=_POST,
                              handle=wish.room.handle)  # fmt: skip
            kept, taken = await self._kept(message.key), await self._kept(message.key + _UNDONE)
            gone = kept and (kept.ignored or not kept.message.author)
            if kept is None or not (gone or taken):
                return message, kept
            number += 1

    async def _kept(self, key: str) -> Kept | None:
        return await self._database.read(lambda c: kept_as(c, key))

    async def _tell(self, message: Message, why: _No) -> None:
        """Say to whoever wanted it that it was not posted."""
        language = await self._language(message)
        await self._whisper(message, say("draft_not_posted", language, why=why.told(language)))

    async def _whisper(self, message: Message, words: str) -> None:
        channel = self._channels[message.conversation.channel]
        try:  # in a room that they may have left: where only they read
            await channel.notice(message.conversation, Notice(words), person=message.author)
        except (Refused, Unavailable) as e:
            _log.info("nobody could be told what became of a post", why=str(e))

    async def _language(self, message: Message) -> str:
        event, _ = _about(message)
        turn = await self._database.read(lambda c: turn_of(c, event))
        return turn.language if turn else "en"


def _about(message: Message) -> tuple[int, int]:
    """The event and the version of the draft, as the text of a post says them; zeros where it was forgotten."""
    event, _, version = message.text.partition(" ")
    return (int(event), int(version)) if event.isdecimal() and version.isdecimal() else (0, 0)
