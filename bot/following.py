"""Shows how loads go: one message each, to the admin who asked, changed as it goes, also after a restart."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import structlog

from bot.channel import Button, Channel, Notice
from bot.choices import Choice, Select
from bot.phrases import reason_in_words, say
from engine.errors import FrontdeskError, Refused, Unavailable
from engine.types import PUBLIC, WORKSPACE, Conversation

if TYPE_CHECKING:
    from engine.knowledge.loads import Load, Loads

#: Seconds between two changes of a message: Slack counts edits by the workspace, Discord by the channel.
_PAUSE_S: Final = 3.0
#: The longest pause before a platform that took nothing is asked again.
_LONGEST_S: Final = 120.0
#: A load that ends within so many seconds is shown once, as it ended.
_SOON_S: Final = 2.5
_NAMED, _FAILURES, _NOTES = 5, 5, 5
_REASON_CHARS: Final = 300
_log = structlog.get_logger()


class Following:
    """Follows loads that were asked for in a conversation; one task a load."""

    def __init__(self, loads: Loads, channels: Mapping[str, Channel]) -> None:
        self._loads = loads
        self._channels = channels
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def resume(self) -> None:
        """Follow what was under way when this process, or another, ended."""
        for load in await self._loads.open():
            self._spawn(load.id, load.language)

    async def begin(self, load_id: str, language: str) -> str:
        """Show a new load and follow it; returns where it is shown (``room/message``).

        One that ends soon is shown once.  Raises ``Refused`` when nothing can be shown to this person alone.
        """
        load = await self._loads.state(load_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SOON_S):
                async for state in self._loads.watch(load_id):
                    load = state
        try:
            shown = await self._show(load, language)
        except Refused:
            await self._loads.note_told(load_id)  # and never can be
            raise
        if load.ended:
            await self._loads.note_told(load_id)
        else:
            self._spawn(load_id, language, seen=notice_of(load, language))
        return shown

    async def refresh(self, load_id: str, language: str) -> None:
        """Show a load as it is now: somebody has changed something about it."""
        load = await self._loads.state(load_id)
        if load.shown:
            await self._show(load, language)

    async def stop(self) -> None:
        """Follow nothing more; the loads go on, or wait for the next start."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _spawn(self, load_id: str, language: str, seen: Notice | None = None) -> None:
        if load_id in self._tasks:
            return
        task = asyncio.create_task(self._follow(load_id, language, seen), name=f"following {load_id}")
        self._tasks[load_id] = task

        def ended(done: asyncio.Task[None]) -> None:
            self._tasks.pop(load_id, None)
            if not done.cancelled() and (why := done.exception()):
                _log.error("a load is followed no more", load=load_id, exc_info=why)

        task.add_done_callback(ended)

    async def _follow(self, load_id: str, language: str, seen: Notice | None) -> None:
        """Change the message whenever the load has changed, but not too often; the end in any case."""
        if seen:
            await asyncio.sleep(_PAUSE_S)
        async for load in self._loads.watch(load_id):
            language = language or await self._language(load)
            if (now := notice_of(load, language)) != seen:
                try:
                    await self._insist(load, language)
                except Refused as e:
                    _log.info("a load cannot be shown", load=load_id, why=str(e))
                    break
                seen = now
            if not load.ended:
                await asyncio.sleep(_PAUSE_S)
        await self._loads.note_told(load_id)

    async def _insist(self, load: Load, language: str) -> None:
        """Show it, however long the platform takes no more: as it is by then."""
        pause = _PAUSE_S
        while True:
            try:
                await self._show(await self._loads.state(load.id), language)
            except Unavailable as e:
                _log.info("a load cannot be shown just now", load=load.id, why=str(e))
                await asyncio.sleep(e.retry_after_s or pause)
                pause = min(pause * 2, _LONGEST_S)
            else:
                return

    async def _show(self, load: Load, language: str) -> str:
        where = Conversation.from_key(load.conversation)
        channel = self._channels.get(where.channel)
        if channel is None:
            raise Refused(f"the channel {where.channel} is not in the settings any more")
        person = load.actor.partition(":")[2]
        shown = await channel.notice(where, notice_of(load, language), person=person, shown=load.shown)
        if shown != load.shown:
            await self._loads.note_shown(load.id, shown)
        return shown

    async def _language(self, load: Load) -> str:
        where = Conversation.from_key(load.conversation)
        channel = self._channels.get(where.channel)
        try:
            return await channel.language(load.actor.partition(":")[2]) if channel else ""
        except FrontdeskError:
            return ""


def notice_of(load: Load, language: str) -> Notice:
    """How a load stands, in words, with what can be done about it."""
    running = not load.ended
    # The files of an upload are named when they are there; before, the message with them stands right above.
    sent = [s for s in load.sources if "://" not in s]
    what = say("files", language, count=len(sent)) if running and sent else in_words(load.sources, language)
    heading = {"done": "loaded", "cancelled": "cancelled", "failed": "load_failed"}.get(load.state, "loading")
    if load.kind == "sync":
        heading = {"loading": "syncing", "loaded": "synced"}.get(heading, heading)
    names = ("found", "parsed", "embedded", "searchable", "unchanged", "failed", "waiting", "passages")
    counts = {name: getattr(load, name) for name in names}
    lines = [say(heading, language, what=what), say("counts" if running else "counts_ended", language, **counts)]
    if load.gone:
        lines.append(say("gone", language, gone=load.gone))
    reason = _short(reason_in_words(load.reason, language))
    if reason and (running or load.state == "failed"):
        lines.append(say("waits", language, reason=reason) if running else reason)
    if load.failures:
        items = [
            f"- `{code(source)}`: {_short(reason_in_words(why, language))}" for source, why in load.failures[:_FAILURES]
        ]
        if load.failed > len(items):
            items.append(f"- {say('more', language, count=load.failed - len(items))}")
        lines.append(say("failures", language) + "\n\n" + "\n".join(items))
        if not running:
            lines.append(say("after_failures", language))
    if load.notes:
        items = [f"- {_short(reason_in_words(note, language))}" for note in load.notes[:_NOTES]]
        lines.append(say("left_out", language) + "\n\n" + "\n".join(items))
    if load.state == "cancelled":
        lines.append(say("after_cancel", language))
    if load.kind == "add" and load.state != "failed":
        lines.append(audience_in_words(load.grant, language))
    return Notice("\n\n".join(lines), _buttons(load, language, running=running))


def _buttons(load: Load, language: str, *, running: bool) -> tuple[Button | Select, ...]:
    made: list[Button | Select] = [Button(say("cancel", language), "kb.cancel", load.id)] if running else []
    if load.kind == "add" and (running or load.searchable or load.unchanged):
        where, person = Conversation.from_key(load.conversation), load.actor.partition(":")[2]
        elsewhere = load.shown and load.shown.partition("/")[0] != where.room  # else it is said where they are alone
        readers = {WORKSPACE: "whole_workspace", f"room:{where.room}": "only_room", f"user:{person}": "only_me"}
        choices = tuple(
            Choice(say(label, language), f"{load.id} {grant}")
            for grant, label in readers.items()
            if label != "only_room" or elsewhere or grant == load.grant
        )
        made.append(Select(say("who_may", language), "kb.grant", choices, f"{load.id} {load.grant}"))
    return tuple(made)


def in_words(sources: Sequence[str], language: str) -> str:
    """What is loaded."""
    named = ", ".join(f"`{code(source)}`" for source in sources[:_NAMED])
    return (named + (" …" if len(sources) > _NAMED else "")) or say("everything", language)


def audience_in_words(grant: str, language: str) -> str:
    """Who may be told, as a sentence."""
    kind = grant.partition(":")[0]
    return say("for_" + (kind if kind in (PUBLIC, WORKSPACE, "room", "user") else "user"), language)


def _short(reason: str) -> str:
    return reason if len(reason) <= _REASON_CHARS else reason[:_REASON_CHARS] + " …"


def code(text: str) -> str:
    """Text that can stand between backquotes."""
    return text.replace("`", "'")
