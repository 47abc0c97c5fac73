"""A long answer on Discord: its beginning as messages, all of it in a file beside its sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from bot import replies_shown
from bot.discord import rendering
from bot.markup import plain
from bot.phrases import say
from engine.types import Reply

#: Messages that an answer may take before the rest of it goes into a file.
MOST: Final = 4
FILE_NAME: Final = "answer.txt"


@dataclass(frozen=True, slots=True)
class Shown:
    """Messages, the buttons' one last; ``file`` is what is attached to that one (empty: nothing)."""

    parts: list[str]
    file: bytes = b""


def growing(parts: list[str]) -> list[str]:
    """What is shown of an answer while it is written: where there is no room for more, a sign that it goes on."""
    return parts if len(parts) <= MOST else [*parts[: MOST - 1], rendering.MORE]


def final(reply: Reply, *, files: bool) -> Shown:
    """The messages for a whole reply; without ``files`` all of it, however many they are."""
    parts = rendering.final(reply)
    if len(parts) <= MOST or not files:
        return Shown(parts)
    beginning = rendering.final(replace(reply, sources=()))[: MOST - 1]
    note = rendering.final(replace(reply, text=say("whole_attached", reply.language)))
    if len(beginning) + len(note) >= len(parts):  # it is the sources that take the room
        return Shown(parts)
    return Shown([*beginning, *note], plain(replies_shown.document(reply)).encode())


def words(reply: Reply) -> frozenset[str]:
    """What each message of a whole reply may say, as Discord gives it back."""
    return frozenset(part.strip() for files in (True, False) for part in final(reply, files=files).parts)
