"""One turn, as a plugin sees it: the question, a search, and an answer written from what was found."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from engine.admission import Busy
from engine.asked import Asked
from engine.attached import fitting, hint, size_of
from engine.budget import chosen
from engine.chit_chat import contradicts, is_elsewhere, word_for
from engine.cited import addresses_in, asking, is_result, not_ours, quotation, sources_of
from engine.clarify import ASKED_BACK, alternatives, completed, name, pointed_at, points_at_nothing
from engine.errors import ModelUnavailable, PromptTooLong, Queued
from engine.fair import Flow
from engine.grounding import Grounding
from engine.ladder import AWAY, BUSY, ENTRY, QUOTE, answer_of, in_line, is_entry, same_question, shown_owner
from engine.phrases import phrase
from engine.prompt import NO_ANSWER, Past, build, recent, with_talk
from engine.talk import is_greeting, refers_back
from engine.tools.looking import INSTRUCTIONS as WITH_TOOLS
from engine.tools.looking import Looking
from engine.types import ATTACHED, Addressed, Found, Outcome, Passage, Receipt, Reply

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from engine.admission import Slot
    from engine.model.contract import Model

#: Characters of what tools find for one answer; fewer where the prompt is short.
_LOOKED_CHARS = 8_000

_log = structlog.get_logger()


@dataclass(slots=True)
class Turn(Asked):
    """What a plugin works with: the question (see ``Asked``), a search, and answers from what was found."""

    async def search(self, text: str = "", *, limit: int = 5, precision: float = 0.95) -> Found:
        """The passages that this audience may read and that fit best; a follow-up is searched in both its forms.

        They are enough when ``precision`` of the answers given with this confidence are right (0..1).
        """
        asked = text or completed(self.question, self.history) or pointed_at(self.question, self.talk) or self.question
        if self.gate is not None:
            await self._tell_search()
        talked = [past for past in (*self.talk, *self.history) if not is_greeting(past.question)]
        also = ""
        if talked and asked == self.question and refers_back(asked):
            began = time.monotonic()
            also = await self._rewritten(asked, talked)
            self._took("rewrite", began)
        beside = f"{asked}\n{hint(self.attached)}" if hint(self.attached) and refers_back(asked) else ""
        began = time.monotonic()
        async with self.searching.turn(Flow.of(self.message)) if self.searching else nullcontext():
            found = await self.knowledge.search(
                asked, self.audience, limit=limit, also=also or beside, precision=precision
            )
        self._took("search", began)
        return replace(found, query=also) if also else found

    async def verified(self) -> Reply | None:
        """The answer of the entry whose question this is, word for word and without the model; None: there is no such.

        An entry in other words is only taken for a question that stands alone.
        """
        asked = completed(self.question, self.history) or self.question
        about = self.history or self.talk or hint(self.attached)
        began = time.monotonic()
        match = await self.knowledge.match(asked, self.audience, near=not (about and refers_back(asked)))
        self._took("match", began)
        if match is None:
            return None
        gate = {"near": round(match.near, 4), "ahead": round(match.ahead, 4)}
        found = Found(self.question, (match.passage,), enough=True, confidence=0.99 if match.exact else 0.95, gate=gate)
        notes = (ENTRY, "it asks the same" if match.exact else "it asks nearly the same")
        reply = self._as_it_stands(match.passage, found)
        owner = shown_owner(match.owner)
        line = phrase("verified_by", self.language, owner=owner) if owner else phrase("verified", self.language)
        receipt, links = (
            replace(reply.receipt, notes=notes),
            addresses_in(reply.text),
        )  # an admin's own, so they lead there
        return replace(reply, text=f"*{line}*\n\n{reply.text}", receipt=receipt, links=links)

    async def small_talk(self, *, likely: bool = False) -> Reply | None:
        """A short word, where this is talk or meant for elsewhere, and no question to documents; None: it is one.

        For what a search has not answered for sure; ``likely``: it may have, so that only plain small talk is.
        """
        if self.message.addressed is Addressed.THREAD or self.talk or hint(self.attached):
            return None
        if self.history and refers_back(self.question):
            return None
        kind = "elsewhere" if not likely and is_elsewhere(self.question) else ""
        kind = kind or await self.knowledge.questions.small_talk(self.question, 0.5 if likely else 0.0)
        if not kind or (likely and kind == "elsewhere") or contradicts(self.question, kind):
            return None
        return word_for(kind, self.language)

    def unclear(self, found: Found, *, likely: float = 0.0) -> Reply | None:
        """A question back, where it cannot be told what is meant: nothing was named, or two passages fit equally well.

        Passages count from the confidence ``likely`` on.  Never twice in a row, not in talk that does not name us, and
        not where something was attached: then that is what is meant.
        """
        if self.message.addressed is Addressed.THREAD or self.talk or hint(self.attached):
            return None
        if self.history and self.history[-1].asked_back:
            return None
        word = points_at_nothing(self.question, self.history)
        both = alternatives(self.question, found) if word or found.confidence >= likely else ()
        if both:
            text = phrase("which", self.language, first=name(both[0]), second=name(both[1]))
        elif word:
            text = phrase("what", self.language, word=word)
        else:
            return None
        receipt = self._receipt(found, found.passages)
        confidence = found.confidence
        return Reply(
            Outcome.ANSWERED, text, self.language, (), confidence, ASKED_BACK, receipt=receipt, used=both
        )  # fmt: skip

    async def generate(self, instructions: str, found: Found) -> Reply:
        """An answer written from these passages, checked and shown sentence by sentence.

        Without a model the best passages are quoted, and when it is away or busy what ``engine.ladder`` says is done;
        when nothing that it wrote stands in the passages, they are quoted or a person is asked.
        """
        if self.model is None:
            return self.quote(found, "quoted")
        self._looking = looking = await self._with_tools(found)
        try:
            while True:
                async with self._turn_at_the_model(found) as slot:
                    reply = await self._generated(self.model, instructions, found, slot)
                if reply is not None:
                    return reply
                if looking:  # what is called may take its time: meanwhile others have the model
                    await looking.run(self.growing)
                    if looking.wish:
                        return asking(looking.wish, self._receipt(found, ()), (*found.passages, *looking.passages))
        except ModelUnavailable as e:
            self.growing.restart()
            self._failures += e.failures
            return await self._without_the_model(e, found)

    async def from_attached(self, instructions: str, found: Found) -> Reply | None:
        """An answer from what came with the question, or from what tools find, where ``found`` does not answer it.

        None where nothing that was attached could be read and there is no tool, or nobody writes.
        """
        if not self.writes or not (hint(self.attached) or self.uses):
            return None
        return await self.generate(instructions, replace(found, passages=(), enough=False))

    async def _with_tools(self, found: Found) -> Looking | None:
        """What may be called for this answer; None where nothing may."""
        if self.tools is None or not self.uses:
            return None
        message = self.message
        offered = await self.tools.offered(self.uses, message.conversation.workspace, self.audience)
        tainted = bool(found.passages or self.history or self.talk or self.attached)
        if not offered:
            return None
        most = min(_LOOKED_CHARS, 3 * self.budget.passages)
        return Looking(self.tools, offered, message, self.audience, self.language, most, tainted=tainted)

    async def _tell_search(self) -> None:
        """Say what is being done, where somebody waits."""
        if count := await self.knowledge.readable(self.audience):
            self.growing.work(phrase("searching", self.language, n=count))

    async def _entry(self, found: Found) -> Passage | None:
        """The entry that is this very question, if there is one among what was found."""
        for passage in found.passages:
            if is_entry(passage):
                asked = (passage.heading, *(await self.knowledge.variants(passage)))
                if any(same_question(self.question, one) for one in asked):
                    return passage
        return None

    @asynccontextmanager
    async def _turn_at_the_model(self, found: Found) -> AsyncIterator[Slot | None]:
        """Wait until the model has time, ``queue_s`` at most where there is an answer without it."""
        if self.gate is None:
            yield None
            return
        began = time.monotonic()
        sure = self.gate.full and (found.enough or await self._entry(found) is not None)
        waiting = self.gate.turn(
            Flow.of(self.message),
            patience_s=self.queue_s if sure else math.inf,
            tell=lambda standing: self.growing.tell(f"*{in_line(standing, self.language)}*"),
        )
        async with waiting as slot:
            self._took("queue", began)
            yield slot

    async def _without_the_model(self, why: ModelUnavailable, found: Found) -> Reply:
        """The next rung of the ladder: the entry, the passage, or a word that the answer will come."""
        busy = isinstance(why, Busy)
        if entry := await self._entry(found):
            reply, rung = self._as_it_stands(entry, found), ENTRY
        elif found.passages and (found.enough or self.gate is None):
            reply, rung = self.quote(found, "model_busy" if busy else "model_down"), QUOTE
        else:
            raise Queued(str(why), f"*{phrase('queued', self.language)}*")
        notes = (*reply.receipt.notes, f"{BUSY if busy else AWAY}: {rung}")
        return replace(reply, reason=str(why), receipt=replace(reply.receipt, notes=notes))

    def _as_it_stands(self, entry: Passage, found: Found) -> Reply:
        """The entry's answer, as whoever wrote it wants it to be told."""
        reply = self.quote(replace(found, passages=(entry,)), "quoted")
        answer = answer_of(entry)
        apart = "\n\n" if answer.endswith(("```", "~~~", "|")) else " "  # a marker there would be part of it
        return replace(reply, text=f"{answer}{apart}[1]")

    async def _generated(self, model: Model, instructions: str, found: Found, slot: Slot | None) -> Reply | None:
        """The reply; None where the model wants something to be called first."""
        looking = self._looking
        if looking:
            instructions = f"{instructions}\n\n{WITH_TOOLS}"
        looked, found_by_tools = (looking.results, looking.passages) if looking else ([], ())
        budget = self.budget.within(model.window, size_of(self.attached))
        passages, room, beside = chosen(found, budget.passages), budget.history, budget.attached
        self.growing.work(phrase("writing", self.language))
        while True:
            history = recent(self.history, room)
            attached, self._read = await asyncio.to_thread(fitting, self.attached, self.question, beside)
            question = with_talk(self.question, self.talk)
            faults = looking.faults if looking else ()
            prompt = build(instructions, history, passages, question, self.language, attached, looked, faults)
            only_attached = attached and not passages and not looked
            lead = f"*{phrase('from_attached', self.language)}*\n\n" if only_attached else ""
            # The numbers behind the passages are taken by results and files: what else was found may not have them.
            shown = replace(found, passages=passages) if attached or looked else found
            try:
                grounding = Grounding((*passages, *found_by_tools, *attached), self.question, lead)
                return await self._written(model, prompt, budget.tokens, grounding, shown, slot)
            except PromptTooLong as e:
                if not history and not attached and looked and len(passages) <= 1:
                    looked, found_by_tools = looked[:-1], found_by_tools[:-1]
                elif not history and not attached and len(passages) <= 1:
                    quoted = self.quote(found, "model_down") if passages else self.hand_off("", found, "failed")
                    return replace(quoted, reason=str(e))
                elif history:  # a large step, so that the turns to come begin alike
                    room //= 2
                elif attached:
                    room, beside = 0, beside // 2
                else:
                    passages = passages[: len(passages) // 2]

    async def _written(
        self,
        model: Model,
        prompt: Sequence[BaseMessage],
        max_tokens: int,
        grounding: Grounding,
        found: Found,
        slot: Slot | None,
    ) -> Reply | None:
        began = time.monotonic()
        said, finish, name, server, notes = "", "", "", "", found.notes
        writing = model.write(
            prompt,
            max_tokens=max_tokens,
            session=self.message.conversation.key,
            salt=self.audience.workspace,
            adapter=self.adapter,
            tools=self._looking.toolbox() if self._looking else None,
        )
        async with aclosing(writing) as pieces:
            async for piece in pieces:
                if piece.text and not said:
                    self._took("first_token", began)
                    if slot:
                        slot.first()
                said += piece.text
                if piece.finish:
                    finish, name, server = piece.finish, piece.model, piece.server
                    notes = (*notes, *piece.notes)
                    self._failures += piece.failures
                    self._tokens.update(piece.usage or {})
                    if self._looking and self._looking.take(piece.calls):
                        self.growing.restart()
                        self._took("model", began, more=True)
                        return None
                if shown := grounding.feed(piece.text):
                    self._took("first_shown", began, once=True)
                    self.growing.add(shown)
        self.growing.add(grounding.flush())
        self._took("model", began, more=True)
        own = tuple(p for p in grounding.passages if p.grant != ATTACHED)
        receipt = self._receipt(found, own, name or model.name, grounding)
        receipt = replace(receipt, notes=notes, server=server)
        if not grounding.kept:
            return self._nothing_left(said, found, receipt, own)
        if finish == "length":
            self.growing.add(f"\n\n*{phrase('cut_off', self.language)}*")
        attached_only = min(grounding.used) > len(own)
        if own and attached_only:
            self.growing.add(f"\n\n*{phrase('only_attached', self.language)}*")
        answer = Reply(
            Outcome.ANSWERED,
            self.growing.text,
            self.language,
            sources_of(grounding.passages, grounding.used),
            found.confidence,
            "answered from what was attached, not from the documents" if attached_only else "",
            receipt,
            own,
        )
        return self._doubted(answer, found, [n for n in grounding.used if n <= len(own) and not is_result(own[n - 1])])

    def _nothing_left(self, said: str, found: Found, receipt: Receipt, passages: Sequence[Passage]) -> Reply:
        """The model found no answer, or nothing it said stands in the passages."""
        self.growing.restart()
        if self.attached and not passages:
            reason = "neither the documents nor what was attached answers this"
            return replace(self.hand_off(reason, found), receipt=receipt)
        if said.strip().strip("`*").startswith(NO_ANSWER):
            reason = "the passages come close, but the model found no answer in them"
        elif found.confidence >= 0.8:
            quoted = self.quote(found, "quoted")
            used = tuple(dict.fromkeys((*passages, *quoted.used)))  # those of the prompt, and what a doubt is told from
            return replace(quoted, receipt=replace(receipt, doubts=quoted.receipt.doubts), used=used)
        else:
            reason = "nothing that the model wrote stands in the documents"
        return replace(self.hand_off(reason, found, "unsure"), receipt=receipt)

    def quote(self, found: Found, introduction: str) -> Reply:
        """The best passage as it stands, below a phrase that says so."""
        passages = found.passages[:1]
        quoted = "\n\n".join(quotation(p.text) for p in passages)
        markers = "".join(f" [{n}]" for n in range(1, len(passages) + 1))
        text = f"{phrase(introduction, self.language)}{markers}\n\n{quoted}"
        receipt = self._receipt(found, passages)
        answer = Reply(
            Outcome.ANSWERED,
            text,
            self.language,
            sources_of(passages, range(1, len(passages) + 1)),
            found.confidence,
            receipt=receipt,
            used=passages,
        )
        return self._doubted(answer, found, range(1, len(passages) + 1))

    def _doubted(self, answer: Reply, found: Found, used: Collection[int]) -> Reply:
        """The answer, with both sides below it where the passages that it is about contradict each other."""
        from engine.doubt import doubt  # only now: the knowledge base behind it takes a while to import

        met = doubt(found.passages, used, answer.text, self.language)
        if met is None:
            return answer
        if self.growing.text == answer.text:
            self.growing.add(met.text)
        sides = [found.passages[n - 1] for n in met.numbers]
        noted = {"documents": [p.document for p in sides], "passages": [p.id for p in sides]}
        return replace(
            answer,
            text=answer.text + met.text,
            sources=(*sources_of(found.passages, {*used, *met.numbers}), *(s for s in answer.sources if not_ours(s))),
            receipt=replace(answer.receipt, doubts=(noted,)),
            used=(*answer.used, *(p for p in sides if p not in answer.used)),
        )

    def hand_off(self, reason: str, found: Found | None = None, say: str = "not_found") -> Reply:
        """A person should take this; the asker is told in their language."""
        reply = Reply.hand_off(reason, passages=found, text=phrase(say, self.language), language=self.language)
        return replace(reply, receipt=self._receipt(found, found.passages)) if found else reply

    async def _rewritten(self, question: str, talked: Sequence[Past]) -> str:
        """The follow-up as a question of its own: written by the model, else the previous question put before it."""
        asking = None if self.gate and self.gate.full else self._beforehand()
        own = await asking.rewritten(question, talked) if asking else ""
        return own or f"{talked[-1].question} {question}"
