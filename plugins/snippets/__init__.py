"""Code: written, explained, reviewed and mended, parsed before anybody sees it, run only where that is switched on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from engine import (
    Checked,
    Found,
    Language,
    Plugin,
    PromptTooLong,
    Reply,
    Turn,
    check_code,
    examples_in,
    language_of_fence,
    parts_of,
    phrase,
    run_code,
    sandbox_missing,
    without_secrets,
)
from plugins.snippets import showing
from plugins.snippets.asking import Request, earlier, is_for_us, understood
from plugins.snippets.prompting import INSTRUCTIONS, asked_of, language_tag, repair_of
from plugins.snippets.showing import Written

#: Characters of what was asked so far that a follow-up carries along.
_ASKED_CHARS = 2_000

__all__ = ["Snippets"]


class Snippets(Plugin):
    """Asked with ``code``, by messages that plainly ask for code or bring some, and by what goes on after a snippet."""

    commands: ClassVar[Mapping[str, str]] = {"code": "Write, explain, review or fix code"}
    kind: ClassVar[Literal["grounded", "draft"]] = "draft"

    language: str = "python"  # where neither the request nor the thread names one
    passages: int = Field(default=3, ge=0, le=10)  # of the documentation, at most, that the code may be written from
    confidence: float = Field(default=0.35, ge=0, le=1)  # from this chance on that they have to do with the request
    tokens: int = Field(default=700, ge=100, le=16_000)  # the longest answer
    run: bool = False  # Python against the examples of the request, in the sandbox

    @field_validator("language")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if language_of_fence(name) is None:
            raise ValueError(f"{name!r} is no language that is known here: write python, go, typescript, ...")
        return name

    @field_validator("run")
    @classmethod
    def _has_walls(cls, wanted: bool) -> bool:
        if wanted and (lacking := sandbox_missing()):
            raise ValueError(f"code is run behind two walls only, and one is not there: {lacking}")
        return wanted

    def claims(self, turn: Turn) -> bool:
        """See ``asking``: by words and by what was pasted."""
        return is_for_us(turn)

    async def answer(self, turn: Turn) -> Reply | None:
        """A reply with code or about code; what is wrong with it stands above it."""
        if not turn.writes:
            return turn.refuse("nobody writes code without a model", "no_writer")
        turn.question, hidden = without_secrets(turn.question)
        request, before = understood(turn), earlier(turn)
        secret_code, more = without_secrets(request.code)
        request = replace(request, code=secret_code)
        follows = bool(before) and not request.code and request.kind in {"change", "explain", "review", "fix"}
        if follows:
            request = replace(request, code=str(before["code"]), language=language_of_fence(str(before["language"])))
        language = self._language(request)
        asked_before = str(before.get("asked", "")) if follows else ""
        asked = f"{asked_before}\n{request.words}".strip()[-_ASKED_CHARS:]
        try:
            found = await self._searched(turn, request, asked)
            reply = await self._written(turn, request, language, found, asked)
        except PromptTooLong:
            return turn.refuse("the code is too long for the model", "code_too_long")
        if reply and (hidden or more):
            note = f"⚠️ {phrase('own_secrets', turn.language, count=hidden + more)}"
            reply = replace(reply, text=f"{note}\n\n{reply.text}")
        return reply

    def _language(self, request: Request) -> Language:
        """From the request, else what it is about, else the setting."""
        traced = language_of_fence(request.trace.language) if request.trace else None
        found = request.wanted or request.language or traced or language_of_fence(self.language)
        assert found is not None  # noqa: S101  # the setting was checked
        return found

    async def _searched(self, turn: Turn, request: Request, asked: str) -> Found | None:
        """Pages of the organisation that have to do with it; what merely is nearest is left out."""
        if not self.passages or not (words := f"{asked} {request.trace.message if request.trace else ''}".strip()):
            return None
        found = await turn.search(words[:500], limit=self.passages)
        if not found.passages or (found.confidence < self.confidence and not found.enough):
            return None
        best = found.passages[0].score
        return replace(found, passages=tuple(p for p in found.passages if p.score >= best / 2))

    async def _written(
        self, turn: Turn, request: Request, language: Language, found: Found | None, asked: str
    ) -> Reply:
        passages = found.passages if found else ()
        own = language_of_fence(language_tag(request, language))
        known = "\n".join(p.text for p in passages)
        looked = (await check_code([(request.code, own)], known=known))[0] if request.code else None
        prompt = asked_of(request, language, passages, looked, turn.language)
        try:
            first = await turn.compose(INSTRUCTIONS, prompt, tokens=self.tokens)
        except PromptTooLong:
            if not passages:
                raise
            return await self._written(turn, request, language, None, asked)
        if request.file:
            turn.has_read(request.file)
        examples = examples_in(asked) if self.run else []
        wants_code = request.kind in {"write", "change", "fix"}
        best = await self._judged(first.text, language, known, asked, cut=first.cut)
        wrong = [*best.faults("en"), *self._unmet(best, request, wants_code=wants_code)]
        rounds = 1
        if wrong and (wants_code or (request.kind == "review" and best.code)):  # an explanation quotes parts of code
            rounds = 2
            before = [(prompt, first.text)]
            try:
                again = await turn.compose(INSTRUCTIONS, repair_of(wrong), past=before, tokens=self.tokens)
            except PromptTooLong:  # no room for both: what there is stands, with what is wrong above it
                again = first
            second = await self._judged(again.text, language, known, asked, cut=again.cut)
            left = [*second.faults("en"), *self._unmet(second, request, wants_code=wants_code)]
            best = second if len(left) < len(wrong) else best
        return self._reply(turn, request, best, looked, found, asked, examples=len(examples), rounds=rounds)

    async def _judged(self, text: str, language: Language, known: str, asked: str, *, cut: bool) -> Written:
        """What the model wrote, taken apart and checked; run on the examples where that is switched on."""
        parts = showing.labelled(parts_of(text), language)
        places = [place for place, part in enumerate(parts) if showing.is_code(part)]
        pieces = [(part.code, part.language) for part in parts if not isinstance(part, str) and showing.is_code(part)]
        checks = dict(zip(places, await check_code(pieces, known=known), strict=True)) if pieces else {}
        written = Written(tuple(parts), checks, cut)
        examples = examples_in(asked) if self.run else []
        if examples and written.code and written.check and written.check.linted:
            written = replace(written, ran=await run_code(written.code.code, examples))
        return written

    @staticmethod
    def _unmet(written: Written, request: Request, *, wants_code: bool) -> list[str]:
        """What was asked and is not there."""
        if wants_code and written.code is None:
            return ["There is no fenced block with code."]
        wanted, got = request.wanted, written.code.language if written.code else None
        if wanted and got and wanted.name != got.name and {wanted.name, got.name} != {"typescript", "tsx"}:
            return [f"The code is in {got.label}; it has to be in {wanted.label}."]
        return []

    @staticmethod
    def _difference(before: str, request: Request, written: Written) -> str:
        """What was changed in the code that was given, unless it was written anew in another language."""
        if not before or not written.code or (request.language and written.code.language != request.language):
            return ""
        return showing.difference(before, without_secrets(written.code.code)[0])

    def _reply(
        self, turn: Turn, request: Request, written: Written, looked: Checked | None, found: Found | None, asked: str,
        *, examples: int, rounds: int,
    ) -> Reply:  # fmt: skip
        passages = found.passages if found else ()
        language = turn.language
        shown = [showing.body(written, passages, language, excerpts=request.kind == "explain")]
        if looked and request.kind in {"fix", "review"}:
            shown.insert(0, "\n\n".join(showing.own_code(looked, language)))
        before = request.code if request.kind in {"fix", "change", "review"} else ""
        if changed := self._difference(before, request, written):
            shown.append(f"{phrase('code_changed', language)}\n\n{changed}")
        unmet = self._unmet(written, request, wants_code=request.kind != "explain")
        if unmet and written.code:
            label = request.wanted.label if request.wanted else ""
            shown.insert(0, f"⚠️ {phrase('code_other_language', language, language=label)}")
        said, used = showing.cited_in(written, passages, asked)
        if used:
            shown.append(phrase("code_uses", language, markers=" ".join(f"[{n}]" for n in sorted(used))))
        shown += showing.below(written, language, examples=examples, runs=self.run)
        if not written.checks and looked and request.kind == "explain":
            shown += showing.dangers([looked], language)
        kept: dict[str, Any] = {"asked": asked, "rounds": rounds}
        block = written.code
        if block and written.check and not written.check.written_secrets:
            kept |= {"code": block.code, "language": block.language.name if block.language else block.info}
        elif request.code and not request.file:  # of a file nothing is kept; in its thread it is read again
            kept |= {"code": request.code, "language": language_tag(request, self._language(request))}
        text = "\n\n".join(filter(None, shown))
        return turn.drafted(text, found, cited=said | used, kept=kept)
