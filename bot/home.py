"""What somebody finds on the desk's own page in their chat: their questions; for admins, how the desk stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from bot.channel import Button, Command, Notice
from bot.documents_shown import day, plain
from bot.phrases import reason_in_words, say
from bot.sight import Sight
from engine.language import written_in
from engine.store.standing import Asked, Standing, questions_of, standing, waiting_for_a_person
from engine.types import Outcome

if TYPE_CHECKING:
    from bot.channel import Channel
    from bot.prompts import Prompts
    from engine.store.database import Database

_SHOWN: Final = 5
_QUESTION_CHARS: Final = 150
_LABEL_CHARS: Final = 70


class Home:
    """Writes that page anew each time; ``writer`` says who writes the answers."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        writer: Callable[[], Mapping[str, Any]],
        prompts: Prompts,
    ) -> None:
        self._database = database
        self._channels = channels
        self._writer = writer
        self._prompts = prompts

    async def tell(self, command: Command) -> Notice:
        """The page, for the person whose command it is: nobody else reads it."""
        where, person = command.conversation, command.person
        language = command.language or written_in(command.text)
        channel = self._channels[where.channel]
        own = await self._database.read(lambda c: questions_of(c, where.channel, where.workspace, person, _SHOWN))
        lines = await asyncio.gather(*(self._line(one, language) for one in own))
        parts = [
            say("home_hello", language),
            say("home_yours", language),
            "\n".join(lines) or say("home_none", language),
        ]
        buttons = [Button(say("ask_form", language), "ask.form", "-")] if channel.takes_forms else []
        prompts = await self._prompts.for_person(where, person, language)
        buttons += [Button(_short(question, _LABEL_CHARS), "ask.this", question) for question in prompts]
        if await channel.is_admin(person, where.workspace):
            parts += await self._for_admins(command, language)
            buttons += [
                Button(say("home_list", language), "kb.list", f"{where.workspace}|1||"),
                Button(say("home_feedback", language), "feedback.page", "1"),
            ]
        return Notice("\n\n".join(parts), tuple(buttons))

    async def _for_admins(self, command: Command, language: str) -> list[str]:
        where = command.conversation
        now = await self._database.read(lambda c: standing(c, where.workspace))
        persons, count = await self._database.read(lambda c: waiting_for_a_person(c, where.workspace, _SHOWN))
        sight = Sight(self._channels, command.person, where.channel, where.workspace)
        seen = [o for o in persons if await sight.may_read(o.message.conversation, o.message.author, o.grants)]
        lines = list(await asyncio.gather(*(self._line(one, language, why=True) for one in seen)))
        if hidden := len(persons) - len(seen):
            lines.append("- " + say("home_hidden", language, count=hidden))
        return [
            say("home_admins", language),
            "\n".join(f"- {line}" for line in self._health(now, language)),
            say("home_persons", language, count=count),
            *(["\n".join(lines)] if lines else []),
        ]

    def _health(self, now: Standing, language: str) -> list[str]:
        lines = [
            say("home_documents", language, count=now.documents, passages=now.passages, failed=now.failed),
            say("home_waiting", language, count=now.waiting),
        ]
        name = str(self._writer()["name"])
        lines.append(say("home_model", language, model=plain(name)) if name else say("home_no_model", language))
        if total := sum(now.ended.values()):
            answered, handed, refused = (
                now.ended.get(outcome, 0) for outcome in (Outcome.ANSWERED, Outcome.HANDED_OFF, Outcome.REFUSED)
            )
            lines.append(say("home_ended", language, count=total, answered=answered, handed=handed, refused=refused))
            lines.append(say("home_thought", language, helpful=now.helpful, unhelpful=now.unhelpful))
        return lines

    async def _line(self, asked: Asked, language: str, *, why: bool = False) -> str:
        """A question with how it ended, and a link to it."""
        short = _short(plain(asked.message.text), _QUESTION_CHARS)
        ended = reason_in_words(asked.reason, language) if why else say(f"why_{asked.outcome}", language)
        link = await self._channels[asked.message.conversation.channel].link(asked.message)
        opened = f" ([{say('open_it', language)}](<{link}>))" if link else ""
        return f"- {day(asked.at)} {short}: {plain(ended)}{opened}"


def _short(question: str, most: int) -> str:
    return question if len(question) <= most else question[:most].rstrip() + " …"
