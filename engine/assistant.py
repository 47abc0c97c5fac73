"""One message in, one reply out: who should answer, with which history, for which audience."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.admission import Gate
from engine.attached import Attached
from engine.budget import Budget
from engine.chit_chat import WANTS_PERSON, kind_of, wants_person, word_for
from engine.cited import may_be_told, result_of
from engine.clarify import ASKED_BACK
from engine.containing import FAILED, LEFT_OUT, Containing, Failed, Standing, apart
from engine.growing import Growing
from engine.language import language_of, written_in
from engine.phrases import known, phrase
from engine.plugin import Plugin
from engine.prompt import Past
from engine.setup import Setup
from engine.store.database import Database
from engine.store.turns import PastTurn, history
from engine.talk import asks, is_courtesy, is_greeting
from engine.turn import Turn
from engine.types import TOOL, Addressed, Audience, Message, Outcome, Passage, Reply

if TYPE_CHECKING:
    from engine.knowledge import Knowledge
    from engine.model.contract import Model
    from engine.tools.shed import Tools

#: Reads the files that came with a message.
Files = Callable[[], Awaitable[Sequence[Attached]]]
#: Reads what people said in the thread of a message before it.
Thread = Callable[[], Awaitable[Sequence[str]]]
#: Characters of a question that are read; longer ones are refused with a word.
QUESTION_CHARS = 8_000
#: The reason of a reply that is a draft.
DRAFT = "a draft"
#: The reason of a hand-off where every plugin declined.
NOBODY = "no plugin answered"
_HISTORY_TURNS = 50
#: At the same time: a search takes tens of milliseconds of a core.
_SEARCHES = 4

#: A command that is typed at the beginning of a message; without a slash as it is written: "Code: E4" is an error's.
_TYPED = re.compile(
    r"\s*(?:/(?i:frontdesk[ \t]+)?(?P<slash>(?i:[a-z][a-z-]{0,31}))(?![\w/-])[:：]?"
    r"|(?P<colon>[a-z][a-z-]{0,31})[:：])\s*"
)


class Assistant:
    """Answers messages: history, plugins in their order, and a plain word when nobody can answer.

    The same object serves every channel, the command line and the evaluation: there is one path to an answer.
    """

    def __init__(
        self,
        database: Database,
        knowledge: Knowledge,
        model: Model | None,
        plugins: Iterable[Plugin] | Containing,
        budget: Budget,
        *,
        gate: Gate | None = None,
        queue_s: float = math.inf,
        tools: Tools | None = None,
    ):
        """``gate`` gives turns at the model; ``queue_s``: who is sure of an answer without it waits no longer.

        ``tools``: what plugins may use of it stands in their settings.
        """
        self._tools = tools
        self._database = database
        self._knowledge = knowledge
        contained = plugins if isinstance(plugins, Containing) else Containing(tuple(plugins))
        self._setup = Setup(contained, model, budget, gate, queue_s)
        self._searching = Gate(
            at_once=_SEARCHES
        )  # so that who comes next need not wait for a whole flood to be searched

    @property
    def setup(self) -> Setup:
        """What answers that begin now are made with."""
        return self._setup

    @property
    def standings(self) -> tuple[Standing, ...]:
        """How each plugin does."""
        return self._setup.plugins.standings

    async def handle(
        self,
        message: Message,
        audience: Audience,
        growing: Growing,
        *,
        first: bool = False,
        talk: Sequence[str] = (),
        files: Files | None = None,
        thread: Thread | None = None,
    ) -> Reply:
        """The reply to a message, for those who can read it; its text grows in ``growing`` meanwhile.

        ``first``: we were asked nothing in its conversation before.  ``talk``: what people had said there by then.
        ``files`` reads what came with the message, ``thread`` what people said before it, where a plugin asks.
        Raises ``Unavailable`` when something that is needed does not answer now: the event waits and is tried again.
        """
        began = time.monotonic()
        past = [] if first else await self._history(message, audience)
        reply = await self.respond(
            message, audience, past, growing, in_turn=True, talk=talk, files=files, thread=thread
        )
        ms = {**reply.receipt.ms, "total": round((time.monotonic() - began) * 1000, 2)}
        return replace(reply, receipt=replace(reply.receipt, ms=ms))

    async def again(self, message: Message, audience: Audience, *, before: int, growing: Growing) -> Reply:
        """The reply as it would be now to an earlier message, with what was said before that event.

        An earlier answer whose passages are gone or have changed is left out, its question is not: it is what the
        message may refer to.  No tool is called: what one finds now is no answer to what was asked then.
        """
        past = await self._history(message, audience, before=before)
        return await self.respond(message, audience, past, growing, looks=False)

    def use(self, model: Model) -> None:
        """From now on answers are written by this model."""
        self._setup = self._setup.changed(model=model)

    def exchange(self, setup: Setup) -> Setup:
        """Answers that begin from now on are made so; returns what those under way are still made with."""
        before, self._setup = self._setup, setup
        return before

    def with_knowledge(self, knowledge: Knowledge) -> Assistant:
        """The same assistant over another knowledge base."""
        setup = self._setup
        return Assistant(self._database, knowledge, setup.model, setup.plugins.plugins, setup.budget)

    async def respond(
        self,
        message: Message,
        audience: Audience,
        past: Sequence[Past],
        growing: Growing,
        *,
        in_turn: bool = False,
        talk: Sequence[str] = (),
        files: Files | None = None,
        thread: Thread | None = None,
        looks: bool = True,
    ) -> Reply:
        """The reply, given the history.

        ``in_turn``: the model is used in turn with others; ``looks``: tools may be called.
        """
        with self._setup.in_use() as setup:
            tools = self._tools if looks else None
            return await self._respond(setup, message, audience, past, growing, in_turn, talk, files, thread, tools)

    async def _respond(
        self,
        setup: Setup,
        message: Message,
        audience: Audience,
        past: Sequence[Past],
        growing: Growing,
        in_turn: bool,
        talk: Sequence[str],
        files: Files | None,
        thread: Thread | None,
        tools: Tools | None,
    ) -> Reply:
        message = _as_command(setup.plugins, message)
        text = message.text.strip()
        language = written_in(text)
        if early := self._without_a_search(message, text, language):
            return early
        turn = Turn(message, text, language, audience, past, self._knowledge, setup.model, setup.budget, growing)
        if in_turn:
            turn.gate, turn.searching = setup.gate, self._searching if setup.gate else None
        turn.queue_s, turn.tools = setup.queue_s, tools
        turn.reading = thread
        turn.talk = [Past((), said, "", language_of(said)) for said in talk]
        if files:
            turn.attached = await files()
            await turn.look()
        claiming, others = _plugins_for(setup.plugins, turn)
        if not claiming and not message.command.removeprefix("ask") and (word := await _small_talk(turn)):
            return word
        trouble = ""
        for plugin in (*claiming, *others):
            if setup.plugins.left_out(plugin):
                trouble = trouble or LEFT_OUT
                continue
            turn.adapter, turn.uses = plugin.adapter, plugin.uses()
            try:
                reply = await setup.plugins.answer(plugin, turn)
            except Failed:  # a plugin that breaks must not break the desk: the next one is asked
                trouble = FAILED
                growing.restart()
                turn = apart(turn, growing)
                turn.model = setup.model
                continue
            if reply is not None:
                reply = labelled(reply) if plugin.kind == "draft" else reply
                return replace(reply, receipt=replace(reply.receipt, plugin=plugin.name), files=turn.files)
        return replace(turn.hand_off(trouble or NOBODY, say="failed"), files=turn.files)

    @staticmethod
    def _without_a_search(message: Message, text: str, language: str) -> Reply | None:
        """Replies that need no document: talk that is not for us, greetings, too much or too little text."""
        if message.addressed is Addressed.THREAD:
            if message.mentions_others and not asks(text):
                return Reply.ignore("it is meant for somebody else")
            if is_courtesy(text) or is_greeting(text) or kind_of(text) not in ("", "help"):
                return Reply.ignore("nothing is asked")
        if message.command in ("", "ask") and wants_person(text):
            return Reply.hand_off(WANTS_PERSON, text=phrase("to_a_person", language), language=language)
        if message.addressed is Addressed.THREAD or message.command not in ("", "ask"):
            pass
        elif is_greeting(text):
            return word_for("greeting", language)
        elif text and is_courtesy(text):
            thanked = kind_of(text) == "thanks" and not message.mentions_others
            return word_for("thanks", language) if thanked else Reply.ignore("nothing is asked")
        if not text:
            usage = f"usage_{message.command}"  # with an example, where the command has one
            no_words = "only_a_file" if message.files else usage if known(usage) else "no_words"
            words = phrase(no_words, language, workspace=message.conversation.workspace)
            return Reply.refuse("the message has no words", text=words, language=language)
        if len(text) > QUESTION_CHARS:
            words = phrase("too_long", language, length=len(text), limit=QUESTION_CHARS)
            return Reply.refuse("the question is too long", text=words, language=language)
        return None

    async def _history(self, message: Message, audience: Audience, *, before: int = 0) -> list[Past]:
        """Earlier turns as they stood in their prompts.

        A turn whose passages are gone, have changed or may not be read here is dropped with its answer (DESIGN 6).
        """
        key = message.conversation.key
        rows = await self._database.read(lambda c: history(c, key, limit=_HISTORY_TURNS))
        rows = [r for r in rows if r.outcome == Outcome.ANSWERED and (not before or r.event < before)]
        if not rows:
            return []
        ids = list(dict.fromkeys(i for row in rows for i in row.passages))
        known = {p.id: p for p in await self._knowledge.load_passages(ids, audience)}
        there = {*known, *(id_ for id_ in ids if may_be_told(id_, audience))}
        return [_past(row, known, whole) for row in rows if (whole := set(row.passages) <= there) or before]


def _as_command(plugins: Containing, message: Message) -> Message:
    """The message as the command that it begins with, where a plugin claims one: "/draft …" or "draft: …"."""
    found = _TYPED.match(message.text)
    name = (found["slash"] or found["colon"] or "").lower() if found else ""
    if not found or message.command or not any(name in plugin.commands for plugin in plugins.plugins):
        return message
    return replace(message, command=name, text=message.text[found.end() :])


def _plugins_for(plugins: Containing, turn: Turn) -> tuple[list[Plugin], list[Plugin]]:
    """For a chat command those that claim it; for a question those that claim its words, and the others."""
    command = turn.message.command
    if command and command != "ask":
        return [p for p in plugins.plugins if command in p.commands], []
    claiming = [p for p in plugins.plugins if plugins.claims(p, turn)]
    return claiming, [p for p in plugins.plugins if not p.commands and p not in claiming]


async def _small_talk(turn: Turn) -> Reply | None:
    """A short word to talk that is told by its words; an entry that answers it comes first."""
    kind = "" if turn.attached else kind_of(turn.question)
    if kind == "help" and (turn.talk or turn.message.addressed is Addressed.THREAD):
        return None  # with what was said before
    if not kind or await turn.knowledge.match(turn.question, turn.audience, near=False):
        return None
    return word_for(kind, turn.language)


def _past(row: PastTurn, known: dict[str, Passage], whole: bool) -> Past:
    """``whole``: all that it was answered from is still there, and may be told."""
    shown = row.passages[: len(row.receipt.passages)]  # behind them: what a contradiction was told from
    there = tuple(known[i] for i in shown if i in known)
    others = dict.fromkeys(i for i in row.passages if i not in {p.id for p in there})
    also = tuple(known[i] if i in known else result_of(i) for i in others if i in known or i.startswith(TOOL))
    said = row.text if whole else ""
    asked_back, receipt = row.reason == ASKED_BACK, row.receipt
    question = row.question.strip()  # as `respond` reads it
    return Past(there, question, said, row.language, asked_back, receipt.plugin, receipt.kept if said else {}, also)


def labelled(reply: Reply) -> Reply:
    """The reply of a plugin that drafts, with the line above it that says so."""
    if reply.outcome is not Outcome.ANSWERED:
        return reply
    return replace(reply, text=f"*{phrase('draft_label', reply.language)}*\n\n{reply.text}", reason=DRAFT)
