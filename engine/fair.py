"""Who is next where many wait: workspaces in turn, in each of them people in turn, and rooms where people are even."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from engine.types import Message

T = TypeVar("T")
#: Virtual times are forgotten when so many are kept: they belong to flows that have nothing waiting.
_REMEMBERED = 4_096


class Flow(NamedTuple):
    """Whose a piece of work is."""

    workspace: str
    room: str
    person: str

    @classmethod
    def of(cls, message: Message) -> Flow:
        """Whose question this is."""
        where = message.conversation
        return cls(where.workspace, where.room, message.author)

    @property
    def asker(self) -> tuple[str, str]:
        """The person, who is another in another workspace."""
        return self.workspace, self.person


class Fair(Generic[T]):
    """A queue for which it makes no difference how much one person, one room or one workspace puts into it.

    Start-time fair queueing (Goyal, Vin and Cheng, 1996), a level at a time: each workspace, person and room has a
    virtual time that grows by one with each piece of its work that is taken, and who has been idle comes back at the
    virtual time of the last one taken (idleness saves nothing up, and costs nothing).  Taken is the first of whoever
    is furthest behind: the workspace, in it the person, and between people who are even the room.  What one person
    has put in stays in its order.
    """

    def __init__(self) -> None:
        self._waiting: dict[Flow, list[T]] = {}
        self._since: dict[Flow, list[int]] = {}
        self._times: dict[tuple[str, ...], int] = {}  # by workspace; workspace, "person" or "room", and which
        self._now: dict[tuple[str, ...], int] = {}  # virtual time: among workspaces (), in each workspace
        self._count = 0
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, flow: Flow, item: T) -> None:
        """Put something at the end of its person's."""
        self._count += 1
        self._length += 1
        self._waiting.setdefault(flow, []).append(item)
        self._since.setdefault(flow, []).append(self._count)

    def pass_by(self, flow: Flow) -> None:
        """Somebody had a turn without waiting: it counts as one that was taken."""
        self._charge(flow, self._times, self._now)
        if len(self._times) > _REMEMBERED:
            self._forget()

    def remove(self, flow: Flow, item: T) -> bool:
        """Take out one that does not wait any more; False where it is not here."""
        waiting = self._waiting.get(flow, [])
        if item not in waiting:
            return False
        self._drop(flow, waiting.index(item))
        return True

    def take(self, may: Callable[[Flow], bool] = lambda _: True) -> T | None:
        """The next one of those whose flow may go on; None without any."""
        flows = [flow for flow in self._waiting if may(flow)]
        if not flows:
            return None
        flow = min(flows, key=lambda f: self._key(f, self._times, self._now, self._since[f][0]))
        self.pass_by(flow)
        return self._drop(flow, 0)

    def in_order(self) -> Iterator[tuple[Flow, T]]:
        """All that wait, in the order in which they will be taken if nothing is added."""
        times, now = dict(self._times), dict(self._now)
        left = dict.fromkeys(self._waiting, 0)
        while left:
            flow = min(left, key=lambda f: self._key(f, times, now, self._since[f][left[f]]))
            self._charge(flow, times, now)
            n = left[flow]
            yield flow, self._waiting[flow][n]
            left[flow] = n + 1
            if left[flow] == len(self._waiting[flow]):
                del left[flow]

    def _key(
        self, flow: Flow, times: dict[tuple[str, ...], int], now: dict[tuple[str, ...], int], since: int
    ) -> tuple[int, ...]:
        return (*(max(times.get(name, 0), now.get(level, 0)) for name, level in _names(flow)), since)

    @staticmethod
    def _charge(flow: Flow, times: dict[tuple[str, ...], int], now: dict[tuple[str, ...], int]) -> None:
        for name, level in _names(flow):
            start = max(times.get(name, 0), now.get(level, 0))
            times[name], now[level] = start + 1, start

    def _drop(self, flow: Flow, n: int) -> T:
        item = self._waiting[flow].pop(n)
        self._since[flow].pop(n)
        self._length -= 1
        if not self._waiting[flow]:
            del self._waiting[flow], self._since[flow]
        return item

    def _forget(self) -> None:
        """Only what is ahead of its level's time, or waits, has to be remembered."""
        if not self._waiting:
            self._times, self._now = {}, {}
            return
        level_of = {name: level for flow in self._waiting for name, level in _names(flow)}
        self._times = {name: at for name, at in self._times.items() if name in level_of}


class Shares:
    """How much of something limited each asker may hold: more while much is free, never all.

    Dynamic thresholds (Choudhury and Hahne, 1998): whoever holds less than ``PEOPLE`` times what is free may have one
    more, a workspace ``WORKSPACES`` times.  A single flooder gets three quarters, two get three sevenths each, and
    something is left for whoever comes next.
    """

    PEOPLE, WORKSPACES = 3, 31

    def __init__(self, most: int) -> None:
        self._most = most
        self._people: Counter[tuple[str, str]] = Counter()
        self._workspaces: Counter[str] = Counter()
        self.held = 0

    @property
    def free(self) -> int:
        """How many more may be held by all together."""
        return self._most - self.held

    def of(self, asker: tuple[str, str]) -> int:
        """How many this asker holds."""
        return self._people[asker]

    def allow(self, asker: tuple[str, str]) -> bool:
        """Whether this asker may have one more."""
        free = self.free
        return self._people[asker] < self.PEOPLE * free and self._workspaces[asker[0]] < self.WORKSPACES * free

    def take(self, asker: tuple[str, str]) -> None:
        """One more is this asker's."""
        self.held += 1
        self._people[asker] += 1
        self._workspaces[asker[0]] += 1

    def give_back(self, asker: tuple[str, str]) -> None:
        """One less is this asker's."""
        self.held -= 1
        self._people[asker] -= 1
        self._workspaces[asker[0]] -= 1
        if not self._people[asker]:
            del self._people[asker]
        if not self._workspaces[asker[0]]:
            del self._workspaces[asker[0]]

    def copy(self) -> Shares:
        """The same, to try something out."""
        other = Shares(self._most)
        other._people, other._workspaces, other.held = self._people.copy(), self._workspaces.copy(), self.held
        return other


class Backlog:
    """What one worker knows of those that wait in the database because there was no room to take them."""

    def __init__(self, holding: Shares, concurrency: int) -> None:
        self._holding = holding
        self._concurrency = concurrency
        self._more = False
        self._least = 0  # the fewest that is held for somebody of those who wait
        self._look_at = 0  # worth a look with so much room: a look costs more the more there waits

    def comes_before(self, asker: tuple[str, str], *, holds: int = 0) -> bool:
        """Whether somebody who waits there has as good a right as this asker, who may hold so many more."""
        return self._more and self._holding.of(asker) - holds >= self._least

    def grew(self, holds: int) -> None:
        """One more waits there, of an asker who holds so many."""
        least = min(self._least, holds) if self._more else holds
        look_at = self._next_look(least)
        self._look_at = min(self._look_at, look_at) if self._more else look_at
        self._more, self._least = True, least

    def seen(self, *, more: bool, least: int) -> None:
        """We have looked, and so much was left."""
        self._more, self._least, self._look_at = more, least, self._next_look(least)

    @property
    def worth_a_look(self) -> bool:
        """Whether some can be taken now."""
        return self._more and self._holding.free >= self._look_at

    def _next_look(self, least: int) -> int:
        """Soon for people for whom little is being done."""
        few = max(1, self._concurrency // 8)
        if least < few:
            return min(2 * self._concurrency, self._holding.free + few)
        soon = self._holding.free + max(1, self._concurrency // 4)
        return min(2 * self._concurrency, max(self._concurrency, soon))


@lru_cache(maxsize=1024)
def _names(flow: Flow) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Workspace, person and room, each with the level at which it takes its turn."""
    workspace = (flow.workspace,)
    return (
        (workspace, ()),
        ((flow.workspace, "person", flow.person), (flow.workspace, "person")),
        ((flow.workspace, "room", flow.room), (flow.workspace, "room")),
    )
