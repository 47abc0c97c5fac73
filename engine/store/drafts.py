"""Drafts as the history has them: their versions, what they were made from, and the rows that say who posted one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from engine.store.audit import record
from engine.store.database import Database
from engine.store.turns import PastTurn, history
from engine.types import Conversation

_TURNS: Final = 200
#: The reason of a reply that is a draft: ``engine.assistant.DRAFT``, which stands above this.
_DRAFT: Final = "a draft"


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A version of a draft as its plugin kept it (``Receipt.kept``), and the turn that it was given in."""

    turn: PastTurn
    version: int
    text: str
    title: str

    @classmethod
    def of(cls, turn: PastTurn) -> KeptDraft | None:
        """The draft that this turn gave; None where it gave none."""
        kept = turn.receipt.kept
        return cls(turn, *drafted) if turn.reason == _DRAFT and (drafted := _read(kept)) else None


def is_draft(reason: str, kept: Any) -> bool:
    """Whether a reply with this reason, of which this is kept, is a draft with a text and a version."""
    return reason == _DRAFT and _read(kept) is not None


def version_in(reason: str, kept: Any) -> int:
    """The version of the draft that such a reply is, from 1; 0 where it is none."""
    drafted = _read(kept) if reason == _DRAFT else None
    return drafted[0] if drafted else 0


def _read(kept: Any) -> tuple[int, str, str] | None:
    version, text = kept.get("version"), kept.get("text")
    if not (isinstance(version, int) and isinstance(text, str) and text.strip()):
        return None
    return version, text, str(kept.get("title") or "")


def versions_of(c: sa.Connection, draft: KeptDraft) -> list[KeptDraft]:
    """All versions of the draft that this is one of, the oldest first; a new request begins at 1 again."""
    found: list[KeptDraft] = []
    for turn in history(c, draft.turn.conversation, _TURNS):
        one = KeptDraft.of(turn) if turn.receipt.plugin == draft.turn.receipt.plugin else None
        if one is None:
            continue
        if one.version == 1:
            if any(v.turn.event == draft.turn.event for v in found):
                break
            found = []
        found.append(one)
    return found if any(v.turn.event == draft.turn.event for v in found) else [draft]


def note_posted(
    database: Database, c: sa.Connection, where: Conversation, person: str, *, action: str, draft: int, version: int,
    documents: Sequence[str],
) -> None:  # fmt: skip
    """Write who put a draft (its event) before a room, or took it back there, and which documents it was made from."""
    record(
        database,
        c,
        actor=f"{where.channel}:{person}",
        action=action,
        workspace=where.workspace,
        subject=where.room,
        draft=draft,
        version=version,
        documents=list(documents),
    )
