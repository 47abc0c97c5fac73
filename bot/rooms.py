"""A room of a platform in which somebody may write, and how a message of ours comes to stand there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: A room as people write it: "#news", "news", its id, or as platforms write one that was chosen (<#C0NEWS|news>).
_WRITTEN: Final = re.compile(r"\s*<?#?(?P<name>[^<>|]+?)(?:\|[^<>]*)?>?\s*")


@dataclass(frozen=True, slots=True)
class Room:
    """``id`` as ``Conversation.room`` has it, ``name`` for people; ``handle`` for a message that begins there."""

    id: str
    name: str
    handle: str = ""


def named(rooms: Sequence[Room], written: str) -> Room | None:
    """The room that somebody means, by its id or its name; None where there is none, or several are called so."""
    found = _WRITTEN.fullmatch(written)
    name = found["name"].casefold() if found else ""
    same = [room for room in rooms if name in (room.id.casefold(), room.name.casefold())]
    return same[0] if len(same) == 1 else None
