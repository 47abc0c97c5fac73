"""Calls with effects that a model wants: asked for, allowed, begun, ended; and the descriptions of tools we accept.

A call is run by whoever moves its row from ``allowed`` to ``running``, which happens once.  Whoever finds it running
later knows that the one who ran it is gone, and never runs it again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa

from engine.store.audit import record
from engine.store.database import Database
from engine.store.statements import insert
from engine.store.tables import tool_pins, wishes

#: So many seconds a person has for allowing a call, and a call that was allowed for being run.
ALLOW_S: Final = 3_600.0
#: The reasons of replies that ask whether a call may be made, and that tell what became of one.
WAITS: Final = "a call waits for somebody's word"
TOLD: Final = "what became of a call"
#: Characters of a result that are kept, to be told.
MOST_TOLD: Final = 2_000


class State(StrEnum):
    """Where a call stands."""

    ASKED = "asked"
    ALLOWED = "allowed"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # it was begun, and its tool said that it failed
    UNKNOWN = "unknown"  # it was begun, and nobody saw its end
    REFUSED = "refused"  # it was allowed, and when it was to run it might not any more
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that somebody has to allow: of ``tool``, with ``arguments`` (JSON), wanted by ``person`` in ``asked``.

    ``id`` is made from all of that.  ``asked`` is the ``Message.key`` of the question; ``print`` what the tool was when
    it was asked for; ``until`` seconds since 1970; ``by`` who allowed or denied it; ``result`` what came of it.
    """

    id: str
    asked: str
    workspace: str
    conversation: str
    person: str
    tool: str
    can: str
    arguments: str
    print: str
    tainted: bool
    language: str
    state: State = State.ASKED
    until: float = 0.0
    by: str = ""
    result: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        """What the audit has of it: facts, no texts."""
        return {"wish": self.id, "can": self.can, "person": self.person, "tainted": self.tainted}


def keep(database: Database, c: sa.Connection, wish: Wish) -> None:
    """Keep a wish, with its row in the audit; the same again changes nothing."""
    values = {name: getattr(wish, name) for name in Wish.__slots__ if name not in ("until", "state")}
    values |= {"state": wish.state.value}
    now = database.clock(c)
    new = insert(database, wishes).values(**values, at=now, changed=now, until=now + ALLOW_S)
    made = c.execute(new.on_conflict_do_nothing(index_elements=["id"]).returning(wishes.c.id)).first()
    if made:
        _audit(database, c, wish, "model", "call wanted")


def wish_of(c: sa.Connection, id_: str) -> Wish | None:
    """The wish with this id."""
    row = c.execute(sa.select(*(wishes.c[name] for name in Wish.__slots__)).where(wishes.c.id == id_)).first()
    return Wish(**{**row._mapping, "state": State(row.state)}) if row else None  # noqa: SLF001 - its public name for a dict


def move(
    database: Database, c: sa.Connection, wish: Wish, before: State, after: State, *, by: str, result: str = ""
) -> bool:
    """Move it from one state to the next, with the row in the audit; False where it was not in that state any more.

    Only what nobody let expire can be allowed or begun.
    """
    this = sa.update(wishes).where(wishes.c.id == wish.id, wishes.c.state == before.value)
    now = database.clock(c)
    values: dict[str, Any] = {"state": after.value, "changed": now}
    if after in (State.ALLOWED, State.DENIED):
        values["by"] = by
    if after is State.ALLOWED:
        values["until"] = now + ALLOW_S
    if after in (State.ALLOWED, State.RUNNING):
        this = this.where(wishes.c.until > now)
    if result:
        values["result"] = result[:MOST_TOLD]
    if not c.execute(this.values(**values)).rowcount:
        return False
    _audit(database, c, wish, by, f"call {after.value}")
    return True


def is_late(database: Database, c: sa.Connection, wish: Wish) -> bool:
    """Whether its time is over."""
    return wish.until <= database.clock(c)


def _audit(database: Database, c: sa.Connection, wish: Wish, actor: str, action: str) -> None:
    record(database, c, actor=actor, action=action, workspace=wish.workspace, subject=wish.tool, **wish.facts)


# Which description of a tool is known.


def pin(database: Database, c: sa.Connection, tool: str, print_: str) -> str:
    """The description (its hash) that is accepted: the first that was ever seen, until an admin says more."""
    new = insert(database, tool_pins).values(tool=tool, print=print_, at=database.clock(c))
    if c.execute(new.on_conflict_do_nothing(index_elements=["tool"]).returning(tool_pins.c.tool)).first():
        record(database, c, actor="run", action="tool pinned", workspace="", subject=tool, print=print_)
    return str(c.scalar(sa.select(tool_pins.c.print).where(tool_pins.c.tool == tool)))


def accept_pin(database: Database, c: sa.Connection, tool: str, print_: str, *, actor: str) -> None:
    """From now on this is the description that is accepted."""
    new = insert(database, tool_pins).values(tool=tool, print=print_, at=database.clock(c))
    c.execute(new.on_conflict_do_update(index_elements=["tool"], set_={"print": print_, "at": new.excluded.at}))
    record(database, c, actor=actor, action="tool accepted", workspace="", subject=tool, print=print_)


def as_shown(arguments: str) -> str:
    """Arguments as a person reads them: the same JSON, an argument a line."""
    return json.dumps(json.loads(arguments), ensure_ascii=False, indent=2)
