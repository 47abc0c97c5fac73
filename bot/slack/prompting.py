"""Suggests questions where somebody opens the conversation with the bot: what Slack calls suggested prompts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot.channel import Reception
from bot.phrases import say
from bot.slack.api import Api, SlackRefused
from bot.slack.audience import Directory
from bot.slack.read import Me
from engine.errors import FrontdeskError
from engine.types import Conversation

Json = Mapping[str, Any]
log = structlog.get_logger()

#: Slack shows four at most; a title is a line on a phone.
_MOST, _TITLE = 4, 75
_PATIENCE_S = 10.0
#: Where Slack refuses them (no agent, or the scope is missing), it is asked again after so many seconds.
_AGAIN_S = 600.0


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody opened the conversation with the bot; ``thread`` only where the app has the older assistant view."""

    person: str
    room: str
    thread: str = ""


def read_opened(body: Json, me: Me) -> Opened | None:
    """Whether an event says so: `app_home_opened` of the Messages tab, or `assistant_thread_started`.

    With the agent view there is the first, with the older assistant view the second (docs.slack.dev, "Migrating to the
    Agent messaging experience").
    """
    event = body.get("event") or {}
    if (body.get("context_team_id") or body.get("team_id") or me.team) != me.team:
        return None
    if event.get("type") == "app_home_opened" and event.get("tab") == "messages":
        found = Opened(str(event.get("user") or ""), str(event.get("channel") or ""))
    elif event.get("type") == "assistant_thread_started":
        thread = event.get("assistant_thread") or {}
        found = Opened(*(str(thread.get(name) or "") for name in ("user_id", "channel_id", "thread_ts")))
    else:
        return None
    return found if found.person and found.room else None


class Prompting:
    """Sets the suggestions of one workspace's conversations."""

    def __init__(self, api: Api, me: Me, directory: Directory, reception: Reception, *, workspace: str) -> None:
        self._api = api
        self._me = me
        self._directory = directory
        self._reception = reception
        self._workspace = workspace
        self._refused_until = 0.0

    async def prompt(self, opened: Opened) -> None:
        """Suggest what this person may ask; without anything to suggest, what the app's manifest names stays."""
        if asyncio.get_running_loop().time() < self._refused_until:
            return
        where = Conversation("slack", self._workspace or self._me.team, opened.room, opened.thread)
        try:
            language = await self._directory.language(opened.person)
            questions = await self._reception.prompts(where, opened.person, language)
            if questions:
                await self._set(opened, say("often_asked", language), questions[:_MOST])
        except FrontdeskError as e:
            log.info("nothing can be suggested now", why=str(e))

    async def _set(self, opened: Opened, title: str, questions: Sequence[str]) -> None:
        try:
            await self._api.call(
                "assistant.threads.setSuggestedPrompts",
                patience_s=_PATIENCE_S,
                channel_id=opened.room,
                thread_ts=opened.thread or None,
                title=title,
                prompts=[{"title": _short(q), "message": q} for q in questions],
            )
        except SlackRefused as e:
            log.info("slack takes no suggestions", why=str(e))
            self._refused_until = asyncio.get_running_loop().time() + _AGAIN_S


def _short(question: str) -> str:
    return question if len(question) <= _TITLE else question[: _TITLE - 1].rstrip() + "…"
