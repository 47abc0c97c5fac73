"""One message with all that is known about it, and free text by the model: what every plugin has of a turn."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import structlog

from engine.attached import Attached, fitting, unused
from engine.beforehand import Beforehand
from engine.budget import Budget
from engine.cited import rows_of, sources_of
from engine.errors import ModelUnavailable, PromptTooLong, Queued, Repeating
from engine.fair import Flow
from engine.grounding import Grounding
from engine.growing import Growing
from engine.model.cleaning import said_once
from engine.phrases import phrase
from engine.prompt import Past, compose
from engine.types import ATTACHED, Audience, Found, Message, Outcome, Passage, ReadFile, Receipt, Reply

if TYPE_CHECKING:
    from engine.admission import Gate
    from engine.knowledge import Knowledge
    from engine.model.contract import Model
    from engine.tools.looking import Looking
    from engine.tools.shed import Tools

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Composed:
    """Text as the model wrote it; ``cut``: it ends in the middle, was too long or began to repeat itself."""

    text: str
    cut: bool = False


@dataclass(slots=True)
class Asked:
    """One message and all that is known about it.

    ``question`` is the cleaned text, ``language`` its language (``en``, ``zh``), ``history`` the earlier turns of the
    conversation that this audience may read, ``talk`` what people had said in its thread before we were first asked: a
    question may be about it, no answer from it.  ``reading`` reads the thread (see ``thread``).  ``attached`` are the
    files that came with the question (see ``engine.attached``).  ``adapter`` is the plugin's own LoRA adapter, where it
    names one; ``uses`` the names of the ``tools`` that may be called for it.  ``gate`` gives turns at the model,
    ``searching`` at the search; without, nobody waits.
    """

    message: Message
    question: str
    language: str
    audience: Audience
    history: Sequence[Past]
    knowledge: Knowledge
    model: Model | None
    budget: Budget
    growing: Growing
    talk: Sequence[Past] = ()
    reading: Callable[[], Awaitable[Sequence[str]]] | None = None
    adapter: str = ""
    gate: Gate | None = None
    searching: Gate | None = None
    queue_s: float = math.inf
    attached: Sequence[Attached] = ()
    tools: Tools | None = None
    uses: Sequence[str] = ()
    ms: dict[str, float] = field(default_factory=dict)
    _failures: int = 0
    _tokens: Counter[str] = field(default_factory=Counter)  # of all that was written for this turn
    _wrote: str = ""  # the name of the model that wrote last
    _looking: Looking | None = None  # what is called for the answer under way
    _thread: tuple[str, ...] | None = None  # what people said in it, once that was looked up
    _read: tuple[ReadFile, ...] | None = None  # of the attached files, as they stood in the prompt

    @property
    def writes(self) -> bool:
        """Whether there is a model to write with; without, passages are quoted."""
        return self.model is not None

    def has_read(self, *names: str) -> None:
        """These files that came with the question stood whole in a prompt of the plugin's own: the reply says so."""
        self._read = tuple(ReadFile(one.name, "whole") if one.name in names else one for one in unused(self.attached))

    @property
    def files(self) -> tuple[ReadFile, ...]:
        """What became of the files that came with the question, so far."""
        return unused(self.attached) if self._read is None else self._read

    async def thread(self) -> tuple[str, ...]:
        """What people said in this message's thread before it: whole messages, oldest first, 12,000 characters at most.

        Looked up at the platform when first asked for, and again when the message is tried again: nothing of it is
        kept.  Whoever can read a reply can read all of it, since that stands in the same thread.  Nothing where there
        is no thread; raises ``Unavailable`` when it should be asked again later.
        """
        if self._thread is None:
            self._thread = tuple(await self.reading()) if self.reading else ()
        return self._thread

    async def compose(
        self, instructions: str, asked: str, *, past: Sequence[tuple[str, str]] = (), tokens: int = 0, doing: str = ""
    ) -> Composed:
        """Free text by the model, in its turn: shown to nobody and checked by nobody, which is for who calls this.

        ``past``: what was asked and written before, as it stood in its prompt; ``tokens``: of the text at most (0: as
        the settings have it); ``doing`` is told meanwhile, instead of "writing the answer".  Raises ``Queued`` when
        nobody writes now (the desk asks the plugin again later), and ``PromptTooLong``.
        """
        if self.model is None:
            raise Queued("there is no model", f"*{phrase('no_writer', self.language)}*")
        budget = self.budget.within(self.model.window)
        began, texts, last = time.monotonic(), [], None
        self.growing.work(doing or phrase("writing", self.language))
        try:
            async with self.gate.turn(Flow.of(self.message)) if self.gate else nullcontext():
                writing = self.model.write(
                    compose(instructions, past, asked),
                    max_tokens=tokens or budget.tokens,
                    session=self.message.conversation.key,
                    salt=self.audience.workspace,
                    adapter=self.adapter,
                )
                async with aclosing(writing) as pieces:
                    async for piece in pieces:
                        texts.append(piece.text)
                        if piece.finish:
                            last = piece
        except PromptTooLong:
            raise
        except Repeating:  # it would do so again: what it wrote before is what there is
            self._wrote = self.model.name
            return Composed(said_once("".join(texts)).strip(), cut=True)
        except ModelUnavailable as e:
            self._failures += e.failures
            raise Queued(str(e), f"*{phrase('queued', self.language)}*") from e
        finally:
            self._took("model", began, more=True)
        if last is None:
            raise Queued("the model ended in the middle", f"*{phrase('queued', self.language)}*")
        self._failures += last.failures
        self._tokens.update(last.usage or {})
        self._wrote = last.model or self.model.name
        return Composed("".join(texts).strip(), cut=last.finish == "length")

    def drafted(
        self,
        text: str,
        found: Found | None = None,
        *,
        cited: Collection[int] = (),
        links: Collection[str] = (),
        kept: Mapping[str, Any] | None = None,
    ) -> Reply:
        """A reply with this text (Markdown); the desk puts above it that it is a draft.

        ``found``: the passages that stood in the prompt, all of them; ``cited``: the numbers of those (from 1) that are
        shown as its sources; ``links``: addresses of the asker's own that may stand in it; ``kept``: what this plugin
        wants to find in ``Past.kept`` in later turns (JSON).
        """
        passages = found.passages if found else ()
        own = tuple(p for p in passages if p.grant != ATTACHED)  # of files nothing is kept
        found = found or Found("", (), enough=False, confidence=0.0)
        receipt = replace(self._receipt(found, own, self._wrote), kept=kept or {})
        sources = sources_of(passages, cited)
        return Reply(
            Outcome.ANSWERED, text, self.language, sources, found.confidence,
            receipt=receipt, used=own, links=tuple(links),
        )  # fmt: skip

    def refuse(self, reason: str, say: str = "", **values: object) -> Reply:
        """We will not do this; ``say`` names the phrase that the asker is told."""
        return Reply.refuse(reason, text=phrase(say, self.language, **values) if say else "", language=self.language)

    async def read_files(self, tokens: int) -> tuple[Passage, ...]:
        """What fits into so many tokens of the files that came with the question, as passages for a prompt."""
        passages, self._read = await asyncio.to_thread(fitting, self.attached, self.question, tokens)
        return passages

    async def whole(self, passage: Passage) -> tuple[Passage, ...]:
        """All that this audience may read of the document of a passage that was found, in its order."""
        ids = [p.id for p in await self.knowledge.passages_of(passage.document)]
        return tuple(await self.knowledge.load_passages(ids, self.audience))

    async def titled(self, *titles: str) -> tuple[Passage, ...]:
        """All that this audience may read of the pages with one of these titles (or file names), in their order."""
        wanted = {title.casefold() for title in titles}
        found: list[Passage] = []
        for document in await self.knowledge.documents(self.audience.workspace):
            name = PurePath(document.source).stem.casefold()
            if self.audience.may_read(document.grant) and wanted & {document.title.casefold(), name}:
                ids = [p.id for p in await self.knowledge.passages_of(document.id)]
                found += await self.knowledge.load_passages(ids, self.audience)
        return tuple(found)

    async def look(self) -> None:
        """Have the model look at the pictures among what was attached, in its turn: then each is a text."""
        for n, one in enumerate(self.attached):
            if one.picture and (asking := self._beforehand()):
                self.growing.work(phrase("looking", self.language))
                try:
                    async with self.gate.turn(Flow.of(self.message)) if self.gate else nullcontext():
                        seen = one.seen(await asking.described(one.picture, self.question))
                except ModelUnavailable as e:  # which names our servers: not for those who read the answer
                    _log.warning("the model could not look at a picture", reason=str(e))
                    seen = one.unseen("the model could not look at it")
                self.attached = (*self.attached[:n], seen, *self.attached[n + 1 :])

    def _beforehand(self) -> Beforehand | None:
        if self.model is None:
            return None
        session, salt = self.message.conversation.key, self.audience.workspace
        return Beforehand(self.model, session, salt, self.adapter, self._tokens)

    def _receipt(
        self,
        found: Found,
        passages: Sequence[Passage],
        model: str = "",
        grounding: Grounding | None = None,
    ) -> Receipt:
        # What was cut may be the words of a file, of which nothing is kept.
        said = grounding.cut if grounding else ()
        cut = tuple({"text": "" if self.attached else c.text, "reason": c.reason} for c in said)
        return Receipt(
            found.query,
            rows_of(passages),
            found.gate,
            model,
            {name: self._tokens[name] for name in ("prompt", "cached", "completion")},
            dict(self.ms),
            cut,
            self._failures,
            notes=found.notes,
            calls=tuple(self._looking.rows) if self._looking else (),
        )

    def _took(self, stage: str, began: float, *, once: bool = False, more: bool = False) -> None:
        if not (once and stage in self.ms):
            before = self.ms.get(stage, 0.0) if more else 0.0
            self.ms[stage] = round(before + (time.monotonic() - began) * 1000, 2)
