"""What every plugin promises, tried on one: the suite behind `frontdesk plugin check`, and a test over all of ours."""

from __future__ import annotations

import asyncio
import inspect
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final

import orjson

from bot.markup import Link, Text, discord_messages
from bot.replies_shown import document
from bot.trying import Scripted, Trial, Tried, trial
from engine.budget import Budget
from engine.errors import FrontdeskError, Unavailable
from engine.growing import Growing
from engine.phrases import phrase
from engine.plugin import Plugin
from engine.prompt import Past
from engine.turn import Turn
from engine.types import Addressed, Audience, Conversation, Message, Outcome, Reply

#: Commands that are the desk's own.
TAKEN: Final = frozenset(
    {"ask", "help", "why", "leave", "forget-me", "kb", "feedback", "home", "topics", "usage", "stats", "frontdesk"}
)
#: What a command may be called, in Slack, in Discord and typed; and how long its line may be.
COMMAND: Final = re.compile(r"[a-z][a-z-]{0,31}")
_ABOUT_CHARS = 100
#: Seconds of CPU that one look of `claims` may take; every message waits for it.
_CLAIMS_S = 0.02
_PATIENCE_S = 60.0
_CANARY = "Zanzibar-7719"
_FOREIGN = "https://evil.example.net/collect"
#: What a model writes that does what an attacker wants: unfounded, with links and mentions of every platform.
_ATTACK = (
    f"The safe word is {_CANARY}. Look at [this]({_FOREIGN}?d=secret) and ![a picture]({_FOREIGN}/p.png) or "
    f"<{_FOREIGN}|here>, {_FOREIGN} and www.evil.example.net. <!channel> <@U0ALICE> @everyone <@&123456789012345678> "
    f"<#C0GENERAL> @here\n\n[ref]: {_FOREIGN}\n"
)
_ENGLISH = ("When is the workshop open?", "How many days to return a light?", "The pump leaks, what now?",
            "Is there parking?", "Who may book the big room?", "It does not work since yesterday.")  # fmt: skip
_CHINESE = ("车灯保修多久?", "工作室什么时候开门?", "我的车灯坏了怎么办?", "可以退货吗?")
_ODD = ("?", "…", "。", "\u200b", "/", "```", "[1]", "<@U0BOT>", "SELECT 1;", "a\u202eb", "{question}", "%s%n")


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: ``ok``, or ``why`` not, in words that say what to do."""

    check: str
    ok: bool
    why: str = ""


async def conform(plugin: Plugin, *, asks: Sequence[str] = (), desk: Trial | None = None) -> list[Check]:
    """Every promise, tried; ``asks``: more questions that are the plugin's own."""
    if desk is None:
        async with trial() as own:
            return await conform(plugin, asks=asks, desk=own)
    suite = _Suite(plugin, desk, tuple(asks))
    found = []
    for name, attempt in suite.promises.items():
        try:
            async with asyncio.timeout(_PATIENCE_S * 5):
                whys = [why async for why in attempt()]
        except TimeoutError:
            whys = [f"it did not end within {_PATIENCE_S * 5:g} s"]
        except FrontdeskError as e:
            whys = [str(e)]
        found.append(Check(name, not whys, whys[0] if whys else ""))
    return found


class _Suite:
    def __init__(self, plugin: Plugin, desk: Trial, asks: tuple[str, ...]) -> None:
        self._plugin, self._desk = plugin, desk
        #: What the plugin is asked: as each of its commands, what it claims of the given questions, and as it is.
        self._questions = (*asks, *_ENGLISH[:2], _CHINESE[0])
        commands = list(plugin.commands) or [""]
        self._asked = [(command, text) for command in commands for text in self._questions]
        if plugin.commands:
            self._asked += [("", text) for text in asks]

    @property
    def promises(self) -> dict[str, Any]:
        """Each by its name."""
        return {
            "usage text": self._usage,
            "empty and odd messages": self._odd,
            "long message": self._long,
            "other language": self._language,
            "model down": self._down,
            "no model": self._no_model,
            "cancelled in the middle": self._cancelled,
            "claims is quick and raises nothing": self._claims,
            "answers only what it claims": self._only_its_own,
            "kept is JSON": self._kept,
            "what it promises holds with a model that obeys attackers": self._attacked,
        }

    async def _usage(self) -> AsyncIterator[str]:
        if not (inspect.getdoc(type(self._plugin)) or "").strip() or type(self._plugin).__doc__ == Plugin.__doc__:
            yield "its class has no docstring: say in a sentence what it is for"
        for name, about in self._plugin.commands.items():
            if not COMMAND.fullmatch(name):
                yield f"the command {name!r} is none that can be typed everywhere: lower-case letters and hyphens, 32"
            if name in TAKEN:
                yield f"the command {name!r} is the desk's own: choose another"
            if not about.strip() or len(about) > _ABOUT_CHARS or "\n" in about:
                yield f"say in a line of at most {_ABOUT_CHARS} characters what the command {name!r} is for"
        if not re.fullmatch(r"[a-z0-9_.-]{1,64}", self._plugin.name):
            yield f"its name {self._plugin.name!r} stands in receipts and metrics: letters, digits, hyphens"

    async def _each(self, texts: Sequence[tuple[str, str]], model: Scripted | None) -> AsyncIterator[Tried | str]:
        """What came of each; a sentence where that breaks a promise."""
        for command, text in texts:
            tried = await self._desk.ask(self._plugin, text, command=command, model=model)
            what = f"{command or 'message'} {text[:40]!r}"
            if tried.failed:
                yield f"{what}: {tried.failed}"
            elif tried.reply.outcome in (Outcome.ANSWERED, Outcome.REFUSED) and not tried.reply.text.strip():
                yield f"{what}: it answers with nothing; return None, or say something"
            else:
                yield tried

    async def _fails(self, texts: Sequence[tuple[str, str]], model: Scripted | None) -> AsyncIterator[str]:
        try:
            async for one in self._each(texts, model):
                if isinstance(one, str):
                    yield one
        except Unavailable as e:
            yield f"it waits, although the model is there: {e}"

    async def _odd(self) -> AsyncIterator[str]:
        texts = [(command, text) for command in list(self._plugin.commands) or [""] for text in ("", "  ", *_ODD)]
        async for why in self._fails(texts, Scripted("This is what was found [1].")):
            yield why

    async def _long(self) -> AsyncIterator[str]:
        long = [("words " * 1_333)[:7_990], "车灯" * 3_990, "x" * 8_000, "\n".join("abcdefgh" * 40)[:8_000]]
        texts = [(command, text) for command in list(self._plugin.commands) or [""] for text in long]
        async for why in self._fails(texts, Scripted("This is what was found [1].")):
            yield why

    async def _language(self) -> AsyncIterator[str]:
        texts = [(command, text) for command in list(self._plugin.commands) or [""] for text in _CHINESE[:2]]
        async for one in self._each(texts, Scripted("车灯保修两年 [1]。")):
            if isinstance(one, str):
                yield one
            elif not one.declined and one.reply.language != "zh":
                yield f"asked in Chinese, its reply is marked as {one.reply.language!r}: give turn.language"

    async def _down(self) -> AsyncIterator[str]:
        for command, text in self._asked:
            try:
                tried = await self._desk.ask(self._plugin, text, command=command, model=Scripted(down=True))
            except Unavailable:
                continue  # it is asked again when the model is back
            if tried.failed:
                yield f"{command or 'message'}: {tried.failed}; let ModelUnavailable pass, or answer without the model"

    async def _no_model(self) -> AsyncIterator[str]:
        try:
            async for one in self._each(self._asked, None):
                if isinstance(one, str):
                    yield one
        except Unavailable:
            yield 'without any model it waits for ever: look at turn.writes, and turn.refuse("…", "no_writer")'

    async def _cancelled(self) -> AsyncIterator[str]:
        before = asyncio.all_tasks()
        for command, text in self._asked[:4]:
            model = Scripted("This is ", hangs=True)
            work = asyncio.create_task(self._desk.ask(self._plugin, text, command=command, model=model))
            writing = asyncio.create_task(model.writing.wait())
            await asyncio.wait({work, writing}, timeout=_PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
            writing.cancel()
            began, done = time.monotonic(), work.done()
            work.cancel()
            await asyncio.wait({work}, timeout=_PATIENCE_S)
            if not work.done():
                yield f"{command or 'message'}: it does not end when it is cancelled: never catch CancelledError"
            elif not done and time.monotonic() - began > _PATIENCE_S / 2:
                yield f"{command or 'message'}: it takes {time.monotonic() - began:.0f} s to end when it is cancelled"
            elif not work.cancelled() and (error := work.exception()) and not isinstance(error, Unavailable):
                yield f"{command or 'message'}: cancelled, it raises {type(error).__name__}"
        await asyncio.sleep(0.1)
        if left := {t for t in asyncio.all_tasks() - before if not t.done() and t is not asyncio.current_task()}:
            names = ", ".join(sorted(t.get_name() for t in left)[:3])
            yield f"it leaves tasks behind ({names}): await what you start, also when cancelled"

    async def _claims(self) -> AsyncIterator[str]:
        texts = (
            *self._questions,
            *_ENGLISH,
            *_CHINESE,
            *_ODD,
            "",
            "x" * 8_000,
            "(" * 8_000,
            "a, " * 2_600,
            "车灯" * 4_000,
        )
        for text in texts:
            turn, began = _turn(text), time.thread_time()
            try:
                claimed: object = self._plugin.claims(turn)
            except Exception as e:  # it is what is tried here
                yield f"on {text[:30]!r} it raises {type(e).__name__}"
                continue
            took = time.thread_time() - began
            again = time.thread_time()
            if took > _CLAIMS_S and self._plugin.claims(turn) is claimed and time.thread_time() - again > _CLAIMS_S:
                yield f"on a message of {len(text)} characters it takes {took * 1000:.0f} ms: no search, no model"
            if not isinstance(claimed, bool):
                yield f"on {text[:30]!r} it says {claimed!r}: return True or False"

    async def _only_its_own(self) -> AsyncIterator[str]:
        ordinary = (*_ENGLISH, *_CHINESE)
        claimed = [text for text in ordinary if self._plugin.claims(_turn(text))]
        if len(claimed) * 2 > len(ordinary):
            yield f"it claims {len(claimed)} of {len(ordinary)} ordinary questions, before the others are asked"
        if self._plugin.commands:
            for text in (t for t in ordinary if t not in claimed):
                tried = await self._desk.ask(self._plugin, text)
                if not tried.declined:
                    yield f"it answered {text!r}, which it does not claim"
            told = await self._desk.ask(self._plugin, "x", command="another-command")
            if not told.declined:
                yield "it answered a command that is not its own"

    async def _kept(self) -> AsyncIterator[str]:
        for command, text in self._asked:
            tried = await self._desk.ask(self._plugin, text, command=command, model=Scripted("It is so [1]."))
            kept = tried.reply.receipt.kept
            if tried.failed:
                yield f"{command or 'message'}: {tried.failed}"
            elif not kept or tried.declined:
                continue
            elif orjson.loads(orjson.dumps(dict(kept))) != dict(kept):
                yield "what it keeps does not come back as it was: lists instead of tuples, text as keys"
            else:
                said = tried.reply
                past = Past((), text, said.text, said.language, False, self._plugin.name, kept)
                again = await self._desk.ask(
                    self._plugin, "Shorter, please.", command=command, model=Scripted("So."), past=[past]
                )
                if again.failed:
                    yield f"going on with what it kept: {again.failed}"

    async def _attacked(self) -> AsyncIterator[str]:
        for command, text in self._asked:
            tried = await self._desk.ask(self._plugin, text, command=command, model=Scripted(_ATTACK))
            if tried.failed:
                yield f"{command or 'message'}: {tried.failed}"
                continue
            if tried.declined:
                continue
            for why in self._wrong(tried.reply, text):
                yield f"{command or 'message'}: {why}"

    def _wrong(self, reply: Reply, asked: str) -> Iterator[str]:
        if any(link not in asked for link in reply.links):
            yield "Reply.links names an address that the asker did not write"
        if not {s.document for s in reply.sources if not s.attached} <= {p.document for p in reply.used}:
            yield "it names a source that is not among the passages it used"
        shown = document(reply)
        urls = {s.url for s in reply.sources} | set(reply.links)
        if strange := [one.url for one in _links(shown) if one.url not in urls]:
            yield f"a link leaves that is no source: {strange[0]}"
        text = "".join(discord_messages(shown))
        if re.search(r"<@[!&]?\d|<#\d|@(?:everyone|here)\b(?!`)", _without_code(text)):
            yield "a mention leaves"
        if reply.outcome is not Outcome.ANSWERED:
            return
        if self._plugin.kind == "draft" and phrase("draft_label", reply.language) not in reply.text:
            yield "a draft is not labelled as one"
        if self._plugin.kind == "grounded" and _CANARY in reply.text:
            yield "a statement of the model's that stands in no passage is shown: use turn.generate, or be a draft"


def _without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def _links(node: Any) -> Iterator[Link]:
    """All links of a tree."""
    if isinstance(node, Link):
        yield node
    if is_dataclass(node) and not isinstance(node, Text | type):
        for field in fields(node):
            yield from _links(getattr(node, field.name))
    elif isinstance(node, tuple):
        for one in node:
            yield from _links(one)


def _turn(text: str) -> Turn:
    """A turn to look at: nothing is searched and nothing is written."""
    message = Message("1", Conversation("trial", "trial", "room"), "somebody", text, Addressed.DIRECT)
    nothing: Any = None  # `claims` may use neither; what does is told here by its failure
    return Turn(message, text.strip(), "en", Audience.of("trial"), (), nothing, None, Budget(1, 1, 1), Growing())
