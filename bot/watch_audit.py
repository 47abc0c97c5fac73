"""Notes each day where the audit ends, in places that whoever can change the database cannot change: log and chat.

A chain of signatures shows what was changed in it, but not that its end was cut off: for that somebody must know how
long it was (SECURITY 4.4 A2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from engine.errors import FrontdeskError
from engine.store.audit import Audit

if TYPE_CHECKING:
    from bot.channel import Channel
    from engine.store.audit import Verdict
    from engine.store.database import Database

_DAY_S = 86_400.0
_LOOK_S = 3_600.0
_FIRST_S = 60.0
_AGAIN_S = 300.0
_TOLD_PROBLEMS = 5
_log = structlog.get_logger()


class AuditWatch:
    """Verifies the audit once a day, whichever worker comes first, and tells ``where`` how it was found."""

    def __init__(
        self,
        database: Database,
        channels: Sequence[Channel],
        where: str,
        *,
        first_s: float = _FIRST_S,
        again_s: float = _AGAIN_S,
    ):
        """Nothing happens before ``run``.

        Args:
            database: the one with the audit.
            channels: those that may know ``where``.
            where: a room's or person's id in one of them; empty: it is written to the log alone.
            first_s: seconds until the first look: first people are served.
            again_s: seconds until what went wrong is tried again.
        """
        self._audit = Audit(database)
        self._channels = channels
        self._where = where
        self._first_s, self._again_s = first_s, again_s

    def tell_to(self, where: str) -> None:
        """From now on this room or person is told."""
        self._where = where

    async def run(self) -> None:
        """Go on until cancelled.  Where nobody could be told, the newest verdict is told again and again."""
        await asyncio.sleep(self._first_s)
        untold: Verdict | None = None
        while True:
            try:
                if verdict := await self._audit.note(_DAY_S):
                    say = _log.error if verdict.problems else _log.info
                    problems = list(verdict.problems[:_TOLD_PROBLEMS])
                    say("audit noted", rows=verdict.count, head=verdict.head, problems=problems)
                    untold = verdict
                if untold and await self._told(untold):
                    untold = None
                pause = self._again_s if untold else _LOOK_S
            except FrontdeskError as e:
                pause = self._again_s
                _log.warning("the audit cannot be verified now, trying again", reason=str(e), after_s=pause)
            await asyncio.sleep(pause)

    async def _told(self, verdict: Verdict) -> bool:
        """Whether one of the channels has taken it, or none is to."""
        if not self._where or not self._channels:
            return True
        reasons = []
        for channel in self._channels:
            try:
                await channel.tell(self._where, notice(verdict))
            except FrontdeskError as e:
                reasons.append(f"{channel.name}: {e}")
            else:
                return True
        _log.warning("nobody could be told of the audit: is audit.tell right?", reasons=reasons)
        return False


def notice(verdict: Verdict) -> str:
    """What is said: whether the chain holds, and what to give ``frontdesk audit --verify`` later."""
    if not verdict.problems:
        said = [f"**The audit is as it was written**: {verdict.count} rows."]
    else:
        said = ["**The audit is not as it was written.** Look at once, with `frontdesk audit --verify`.", ""]
        said += [f"- {problem}" for problem in verdict.problems[:_TOLD_PROBLEMS]]
        if (more := len(verdict.problems) - _TOLD_PROBLEMS) > 0:
            said.append(f"- and {more} more")
    if verdict.head:
        said += ["", "This also shows later whether rows were cut off at the end:", "",
                 f"`frontdesk audit --verify --count {verdict.count} --head {verdict.head}`"]  # fmt: skip
    return "\n".join(said)
