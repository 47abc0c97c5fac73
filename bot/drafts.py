"""Below a draft: hand it out as a file, show its versions and go back to one, and post it (``bot.draft_posts``)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from bot.channel import Button, Channel, Form, Notice, Press
from bot.choices import Choice, Select
from bot.coming import answer_of
from bot.documents_shown import plain
from bot.draft_files import FORMATS, links_of, sheet
from bot.phrases import say
from engine.phrases import phrase
from engine.store.drafts import KeptDraft, is_draft, versions_of
from engine.store.shared import kept_as
from engine.store.solved import is_in_room
from engine.store.turns import message_of
from engine.types import Addressed, Message, Reply

if TYPE_CHECKING:
    from bot.draft_posts import DraftPosts
    from engine.inbox import Inbox
    from engine.store.database import Database

#: What stands in the id of a message by which somebody goes back to an earlier version.
BACK: Final = ":back:"
#: Versions that are told apart, and changed lines that are shown of each.
_LISTED, _LINES, _LINE_CHARS = 10, 8, 160
_LABEL_CHARS: Final = 60


@dataclass(frozen=True, slots=True)
class Chosen:
    """The draft that somebody pressed a button of, all its versions, and the language to tell them in."""

    draft: KeptDraft
    versions: Sequence[KeptDraft]
    language: str


class Drafts:
    """Who asked for a draft, and admins, use its buttons; nobody else, and of another room nobody at all.

    What goes on with the draft is a message in the inbox, as if that person had written it: so it is done once, in its
    turn, and after a crash too.
    """

    def __init__(self, database: Database, inbox: Inbox, channels: Mapping[str, Channel], posts: DraftPosts) -> None:
        self._database = database
        self._inbox = inbox
        self._channels = channels
        self._posts = posts

    def below(self, event: int, message: Message, reply: Reply) -> tuple[Button, ...]:
        """The buttons below a draft; what sends one to somebody outside belongs here, too."""
        kept = reply.receipt.kept
        if not is_draft(reply.reason, kept):
            return ()
        language, value = reply.language, str(event)
        buttons = [Button(say("draft_export", language), "draft.export", value)]
        if kept["version"] > 1:
            buttons.append(Button(say("draft_versions", language), "draft.versions", value))
        if self._channels[message.conversation.channel].takes_forms:
            buttons.append(Button(say("draft_post", language), "draft.post", value))
        return tuple(buttons)

    async def pressed(self, press: Press) -> Notice:
        """A button below a draft, one that it led to, or the form with the room that it is to go to."""
        if press.action == "draft.undo":  # below no draft: it may be forgotten, and what was posted still stands
            return await self._posts.undone(press)
        value, _, choice = press.value.partition("|")
        chosen = await self._chosen(press, value)
        if isinstance(chosen, str):
            return Notice(chosen)
        match press.action:
            case "draft.export":
                buttons = [Button(say(f"draft_as_{name}", chosen.language), "draft.as", f"{value}|{name}")
                           for name in FORMATS]  # fmt: skip
                return Notice(say("draft_export_as", chosen.language), tuple(buttons))
            case "draft.as" if choice in FORMATS:
                file = sheet(chosen.draft, links_of(chosen.versions), choice)
                return Notice(say("draft_exported", chosen.language, number=chosen.draft.version), file=file)
            case "draft.versions":
                return _listed(chosen)
            case "draft.back" if choice.isdecimal():
                return await self._back(press, chosen, int(choice))
            case "draft.room" | "draft.now":
                return await self._posts.pressed(press, chosen.draft, chosen.versions, chosen.language)
        return Notice()

    async def form(self, press: Press) -> Form | None:
        """Which room a draft is to be posted in."""
        if press.action != "draft.post":
            return None
        chosen = await self._chosen(press, press.value)
        return None if isinstance(chosen, str) else self._posts.form(press.value, chosen.draft, chosen.language)

    async def _chosen(self, press: Press, value: str) -> Chosen | str:
        """The draft that the button belongs to; else why this person is not served, in words."""
        turn = await answer_of(self._database, value)
        draft = KeptDraft.of(turn) if turn else None
        if turn is None or draft is None or not is_in_room(turn.conversation, press.conversation):
            return phrase("answer_gone", press.language or "en")
        language = press.language or turn.language
        channel = self._channels[press.conversation.channel]
        if turn.author != press.person and not await channel.is_admin(press.person, turn.workspace):
            return say("draft_not_yours", language)
        return Chosen(draft, await self._database.read(lambda c: versions_of(c, draft)), language)

    async def _back(self, press: Press, chosen: Chosen, number: int) -> Notice:
        """Ask for an earlier version as its reader would, in words."""
        turn = chosen.draft.turn
        message = await self._database.read(lambda c: message_of(c, turn.event))
        if message is None or not any(one.version == number for one in chosen.versions):
            return Notice(phrase("answer_gone", chosen.language))
        kept = await self._database.read(lambda c: kept_as(c, message.key))
        below = self._channels[message.conversation.channel].below(message, kept.placed if kept else ())
        latest = chosen.versions[-1].turn.event
        asked = replace(
            below,
            id=f"{latest}{BACK}{number}",
            author=press.person,
            text=say("draft_back_words", turn.language, number=number),
            addressed=Addressed.MENTION if message.addressed is Addressed.FORUM else message.addressed,
            mentions_others=False,
            files=(),
        )
        await self._inbox.accept(asked)
        return Notice(say("draft_back_taken", chosen.language, number=number))


def _listed(chosen: Chosen) -> Notice:
    """Its versions, each with what was wished and what changed, and a menu to go back to one."""
    language, shown = chosen.language, []
    for before, one in zip([None, *chosen.versions], chosen.versions, strict=False):
        wished = " ".join(plain(one.turn.question).split())[:_LINE_CHARS]
        shown.append(f"**{say('draft_version', language, number=one.version)}** · {wished}")
        if before:
            shown.append(_changes(before.text, one.text) or say("draft_unchanged", language))
    newest = chosen.versions[-1].version
    choices = tuple(
        Choice(f"{one.version}: {' '.join(plain(one.turn.question).split())}"[:_LABEL_CHARS],
               f"{chosen.draft.turn.event}|{one.version}")
        for one in chosen.versions if one.version != newest
    )[-_LISTED:]  # fmt: skip
    menu = (Select(say("draft_back", language), "draft.back", choices),) if choices else ()
    return Notice("\n\n".join(shown[-2 * _LISTED :]), menu)


def _changes(before: str, after: str) -> str:
    """The lines that differ, as a fenced diff: some of them where they are many."""
    lines = [
        line[:_LINE_CHARS].replace("```", "'''")
        for line in difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@")) and line[1:].strip()
    ]
    more = [f"  … {len(lines) - _LINES}"] if len(lines) > _LINES else []
    return "\n".join(("```diff", *lines[:_LINES], *more, "```")) if lines else ""
