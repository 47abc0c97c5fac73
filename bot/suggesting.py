"""What could be meant by a command that is still being typed: documents and sources, for admins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from bot.channel import Command, Suggestion
from bot.documents_shown import plain
from bot.looked import Looked

if TYPE_CHECKING:
    from bot.channel import Channel
    from engine.knowledge import Knowledge

_MOST: Final = 25
#: How old may be what is looked at while somebody types: whether they are an admin, and what is loaded.
_ADMIN_S: Final = 60.0
_LOADED_S: Final = 10.0
_WORKSPACES: Final = 8  # whose documents are kept for so long


class Suggesting:
    """Suggests what the command, sent, would do itself: nothing to whom it would refuse."""

    def __init__(self, knowledge: Knowledge, channels: Mapping[str, Channel]) -> None:
        self._knowledge = knowledge
        self._channels = channels
        self._admins = Looked(self._is_admin)
        self._documents = Looked(self._all_documents, size=_WORKSPACES)
        self._sources = Looked(self._all_sources, size=_WORKSPACES)

    async def suggest(self, command: Command) -> Sequence[Suggestion]:
        """See ``Reception.suggest``."""
        where = command.conversation
        look = {"kb show": self._documents, "kb remove": self._documents, "kb sync": self._sources}.get(command.name)
        if look is None or not await self._admins.get((where.channel, command.person, where.workspace), _ADMIN_S):
            return ()
        return _fitting(command.text, await look.get(where.workspace, _LOADED_S))

    async def _is_admin(self, who: tuple[str, str, str]) -> bool:
        channel, person, workspace = who
        here = self._channels.get(channel)
        return here is not None and await here.is_admin(person, workspace)

    async def _all_documents(self, workspace: str) -> tuple[Suggestion, ...]:
        return tuple(
            Suggestion(" · ".join(dict.fromkeys(filter(None, (plain(d.title), d.source)))), d.id)
            for d in await self._knowledge.documents(workspace)
        )

    async def _all_sources(self, workspace: str) -> tuple[Suggestion, ...]:
        found = await self._knowledge.sources(workspace)
        return tuple(
            Suggestion(s.source, s.source) for s in found if s.kind != "upload"
        )  # those are not looked at again


def _fitting(typed: str, known: Iterable[Suggestion]) -> Sequence[Suggestion]:
    """Those in which all words that are typed occur, before others those that begin with them."""
    said = typed.casefold().strip()
    words = said.split()
    fitting = [s for s in known if all(word in f"{s.label}\n{s.value}".casefold() for word in words)]
    return sorted(fitting, key=lambda s: (not s.label.casefold().startswith(said), s.label.casefold()))[:_MOST]
