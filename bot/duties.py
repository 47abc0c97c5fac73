"""Who answers which press, form and chat command: the part of the composition root that grows with each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.asking import Asking
from bot.channel import SOLVED, Channel
from bot.correct_form import CorrectForm
from bot.entries_sent import SentEntries
from bot.entry_desk import EntryDesk
from bot.entry_form import EntryForm
from bot.feedback import Feedback
from bot.knowledge_desk import KnowledgeDesk
from bot.mined_form import MinedForm
from bot.reception import Duties
from bot.topics import Topics
from bot.why import Why

if TYPE_CHECKING:
    from bot.corrections import Corrections
    from bot.drafts import Drafts
    from bot.following import Following
    from bot.home import Home
    from bot.meanings import Meanings
    from bot.mining import Mining
    from bot.only_you import OnlyYou
    from bot.sharing import Sharing
    from bot.solved import Solved
    from bot.wishes import Wishes
    from engine.inbox import Inbox
    from engine.knowledge import Knowledge
    from engine.store.database import Database


@dataclass(frozen=True, slots=True)
class Parts:
    """What nearly every one of them is made from."""

    database: Database
    knowledge: Knowledge
    inbox: Inbox
    channels: Mapping[str, Channel]


def duties_of(
    parts: Parts,
    *,
    following: Following,
    only_you: OnlyYou,
    sharing: Sharing,
    meanings: Meanings,
    solved: Solved,
    drafts: Drafts,
    corrections: Corrections,
    mining: Mining,
    home: Home,
    wishes: Wishes,
) -> Duties:
    """The table: a new button, form or command is a line here."""
    database, knowledge, inbox, channels = parts.database, parts.knowledge, parts.inbox, parts.channels
    desk = KnowledgeDesk(database, knowledge, channels, following)
    book = EntryDesk(knowledge, desk, channels)
    entries = EntryForm(database, knowledge, desk, book, channels)
    correct = CorrectForm(database, knowledge, desk, book, corrections, channels)
    feedback = Feedback(database, desk, correct, mining, channels)
    proposed = MinedForm(database, desk, book, mining, channels)
    asking = Asking(database, inbox, channels)
    return Duties(
        presses={
            "": feedback.pressed,
            "kb": desk.pressed,
            "kb.keep": entries.pressed,
            "kb.better": entries.pressed,
            "kb.entered": entries.pressed,
            "entry": book.pressed,
            "entry.edit": entries.pressed,
            "entry.edited": entries.pressed,
            "ask": asking.pressed,
            SOLVED: solved.pressed,
            "share": sharing.pressed,
            "correct": correct.pressed,
            "mined": proposed.pressed,
            "meant": meanings.pressed,
            "only": only_you.pressed,
            "draft": drafts.pressed,
            "call": wishes.pressed,
        },
        forms={
            "kb.keep": entries.form,
            "kb.better": entries.form,
            "kb.entered": entries.form,
            "entry.edit": entries.form,
            "feedback": feedback.form,
            "correct": correct.form,
            "mined": proposed.form,
            "ask": asking.form,
            "draft": drafts.form,
        },
        commands={
            "kb": desk.command,
            "kb add": SentEntries(knowledge, desk, channels).command,
            "kb show": book.command,
            "kb entry": book.command,
            "kb entries": book.command,
            "why": Why(database, knowledge, channels).tell,
            "feedback": feedback.listed,
            "topics": Topics(database, knowledge, channels, desk).listed,
            "home": home.tell,
        },
    )
