"""What people say of answers: helpful or not, why not, and a person who is asked for; and the list for admins."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from bot.channel import Button, Command, Entry, Form, Notice, Press
from bot.choices import Choice, Select
from bot.coming import answer_of
from bot.documents_shown import day, plain
from bot.markup import clean
from bot.phrases import in_every_language, say
from bot.sight import Sight
from engine.language import written_in
from engine.phrases import phrase
from engine.store.feedback import (
    MOST,
    Unhelpful,
    add_feedback,
    add_words,
    opinion_of,
    take_back,
    unhelpful,
)
from engine.store.solved import is_in_room
from engine.store.turns import PastTurn, message_of, open_handoff
from engine.types import Conversation

if TYPE_CHECKING:
    from bot.channel import Channel
    from bot.correct_form import CorrectForm
    from bot.knowledge_desk import KnowledgeDesk
    from bot.mining import Mining
    from engine.store.database import Database

_PAGE: Final = 5
#: What can be wrong with an answer, as phrases.
_WRONG: Final = ("untrue", "outdated", "incomplete", "beside", "unclear", "sources")
_QUESTION_CHARS: Final = 200
_WORDS_CHARS: Final = 700


class Feedback:
    """Keeps what is pressed at once, and what is written to it when it comes."""

    def __init__(
        self,
        database: Database,
        knowledge: KnowledgeDesk,
        correct: CorrectForm,
        mining: Mining,
        channels: Mapping[str, Channel],
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._correct = correct
        self._mining = mining
        self._channels = channels

    async def pressed(self, press: Press) -> Notice:
        """A button below an answer, an opinion taken back, a form that was sent, another page of the list."""
        if press.action == "feedback.page":
            page = int(press.value) if press.value.isdecimal() else 1
            return await self._page(press.conversation, press.person, page, press.language or "en")
        turn = await self._turn(press)
        if turn is None:
            return Notice(phrase("answer_gone", press.language or "en"))
        language = press.language or turn.language
        match press.action:
            case "person":
                return await self._person(press, turn, language)
            case "feedback.said":
                return await self._said(press, turn, language)
            case "feedback.chosen":
                return await self._chosen(press, turn, language)
            case "feedback.take_back":
                helpful = press.filled.get("said") == "helpful"
                await self._database.write(lambda c: take_back(c, turn.event, press.person, helpful=helpful))
                return Notice()
            case "helpful" | "not_helpful":
                return await self._judged(press, turn, language)
        return Notice()

    async def _judged(self, press: Press, turn: PastTurn, language: str) -> Notice:
        helpful = press.action == "helpful"
        await self._database.write(lambda c: add_feedback(self._database, c, turn.event, press.person, helpful=helpful))
        if helpful:
            await self._mining.content(turn.conversation, press.person)
        buttons: tuple[Button | Select, ...] = ()
        channel = self._channels.get(press.conversation.channel)
        if not helpful and channel is not None and channel.takes_forms:
            choices = tuple(Choice(say(f"wrong_{one}", language), f"{press.value}|{one}") for one in _WRONG)
            menu = Select(say("why_title", language), "feedback.chosen", choices)
            correct = await self._correct.button(press, language)
            buttons = (*correct, Button(say("say_why", language), "feedback.why", press.value), menu)
        return Notice(phrase("noted", language), buttons)

    async def form(self, press: Press) -> Form | None:
        """What is asked of whoever wants to say why; what they wrote before stands there."""
        turn = await self._turn(press) if press.action == "feedback.why" else None
        if turn is None:
            return None
        language = press.language or turn.language
        before = await self._database.read(lambda c: opinion_of(c, turn.event, press.person))
        why, better = (before.why, before.better) if before else ("", "")
        return Form(
            say("why_title", language),
            "feedback.said",
            press.value,
            (
                Entry("why", say("why_label", language), why, say("why_hint", language), lines=True, most=MOST),
                Entry("better", say("better_label", language), better, lines=True, required=False, most=MOST),
            ),
        )

    async def _said(self, press: Press, turn: PastTurn, language: str) -> Notice:
        why, better = (clean(press.filled.get(name, "")).strip() for name in ("why", "better"))
        await self._database.write(
            lambda c: add_words(self._database, c, turn.event, press.person, why=why, better=better)
        )
        return Notice(say("why_kept", language) if why or better else phrase("noted", language))

    async def _chosen(self, press: Press, turn: PastTurn, language: str) -> Notice:
        """What was wrong, in words of ours: before what they have written, in the place of an earlier choice."""
        chosen = press.value.rpartition("|")[2]
        if chosen not in _WRONG:
            return Notice(phrase("answer_gone", language))
        before = await self._database.read(lambda c: opinion_of(c, turn.event, press.person))
        ours = frozenset().union(*(in_every_language(f"wrong_{one}") for one in _WRONG))
        written = before.why.splitlines() if before else []
        why = "\n".join([say(f"wrong_{chosen}", language), *(written[1:] if {*written[:1]} & ours else written)])
        better = before.better if before else ""
        await self._database.write(
            lambda c: add_words(self._database, c, turn.event, press.person, why=why, better=better)
        )
        return Notice(say("why_kept", language))

    async def _person(self, press: Press, turn: PastTurn, language: str) -> Notice:
        reason = "the asker wants a person" if press.person == turn.author else "somebody asked for a person"
        new = await self._database.write(lambda c: open_handoff(self._database, c, turn.event, press.person, reason))
        return Notice(phrase("marked" if new else "marked_already", language))

    async def _turn(self, press: Press) -> PastTurn | None:
        """The answer that the button belongs to; one of another room is as good as none."""
        turn = await answer_of(self._database, press.value)
        return turn if turn and is_in_room(turn.conversation, press.conversation) else None

    # For admins

    async def listed(self, command: Command) -> Notice:
        """The chat command `feedback`: the answers that did not help."""
        page = int(command.text) if command.text.strip().isdecimal() else 1
        language = command.language or written_in(command.text)
        return await self._page(command.conversation, command.person, page, language)

    async def _page(self, where: Conversation, person: str, page: int, language: str) -> Notice:
        refusal = await self._knowledge.refusal(where.channel, person, where.workspace, language)
        if refusal:
            return Notice(refusal)
        page = max(page, 1)
        first = (page - 1) * _PAGE
        rows, count = await self._database.read(lambda c: unhelpful(c, where.workspace, limit=_PAGE, offset=first))
        if not count:
            return Notice(say("feedback_none", language))
        if not rows:  # there were more when the list was shown
            return await self._page(where, person, (count + _PAGE - 1) // _PAGE, language)
        sight = Sight(self._channels, person, where.channel, where.workspace)
        shown = await asyncio.gather(*(self._shown(n, row, sight, language) for n, row in enumerate(rows, first + 1)))
        heading = say("feedback_listed", language, first=first + 1, last=first + len(rows), count=count)
        entries = [
            Button(say("to_entry", language, number=n), "kb.better", f"{row.event}|{row.person}")
            for n, row in enumerate(rows, first + 1)
            if row.better
        ]
        turning = [
            Button(say(label, language), "feedback.page", str(to), in_place=True)
            for label, to in (("previous", page - 1), ("next", page + 1))
            if 1 <= to <= (count + _PAGE - 1) // _PAGE
        ]
        return Notice("\n\n".join((heading, *shown)), (*entries, *turning))

    async def _shown(self, number: int, row: Unhelpful, sight: Sight, language: str) -> str:
        """One of them: the question where this admin may read it, and what was written, which is for the admins."""
        conversation = Conversation.from_key(row.conversation)
        reads = await sight.may_read(conversation, row.author, row.grants)
        own_words = row.person == row.author and bool(row.why or row.better)  # they were told that it is shown
        if reads or own_words:
            question = plain(row.question)
            asked = question if len(question) <= _QUESTION_CHARS else question[:_QUESTION_CHARS] + " …"
        else:
            asked = say("feedback_hidden", language)
        if reads and (link := await self._link(row, conversation)):
            asked = f"{asked} ([{say('open_it', language)}](<{link}>))"
        lines = [f"**{number}.** {day(row.at)} {asked}"]
        if row.why:
            lines.append(_quoted(row.why))
        if row.better:
            lines += [say("would_be_right", language), _quoted(row.better)]
        return "\n\n".join(lines)

    async def _link(self, row: Unhelpful, conversation: Conversation) -> str:
        channel = self._channels.get(conversation.channel)
        message = await self._database.read(lambda c: message_of(c, row.event))
        return await channel.link(message) if channel and message else ""


def _quoted(words: str) -> str:
    short = words if len(words) <= _WORDS_CHARS else words[:_WORDS_CHARS] + " …"
    return "\n".join(f"> {line}".rstrip() for line in short.splitlines())
