"""One or several servers of the same model: who is asked, and what is tried again."""

from __future__ import annotations

import asyncio
import hashlib
import math
import random
import time
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import aclosing

from engine.errors import ModelUnavailable, PromptTooLong
from engine.model.circuit import Circuit, LeftAlone
from engine.model.contract import Piece
from engine.model.replies import Declined, Overloaded
from engine.model.server import Asked, ModelServer
from engine.model_settings import ModelSettings

#: A server with more than this part of its fair share of our answers is passed over (consistent hashing with bounded
#: loads, Mirrokni, Thorup and Zadimoghaddam, 2016), but one with fewer than these answers has time for one more.
_SHARE = 1.25
_FEW = 8
#: Seconds after which a server that failed is not asked again for the same answer: the person must hear something
#: within five.
_AGAIN_WITHIN_S = 3.0
#: Before the second try at most this long, before the third twice as long, and so on: full jitter, evenly from zero.
_PAUSE_S, _LONGEST_PAUSE_S = 0.4, 2.0


class Servers:
    """Writes through one of several servers.

    A conversation has its order of servers, the same in every process (rendezvous hashing: when one is lost only its
    conversations move), and is answered by the first that is not known to fail and not loaded too much.  What fails
    before its first piece goes to the next at once; when all have failed it is tried again after a pause, which the
    servers' Retry-After lengthens, ``model.tries`` times in all.  This is the only place that tries again.
    """

    def __init__(
        self,
        settings: ModelSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings, self._clock, self._chance = settings, clock, chance
        self.all = tuple(ModelServer(settings, url, circuit=Circuit(clock=clock)) for url in settings.addresses)

    @property
    def name(self) -> str:
        """The model's name; empty until a server has told it."""
        return next((server.name for server in self.all if server.name), "")

    @property
    def window(self) -> int:
        """Tokens of prompt and answer together, of the server with the fewest; 0 until one has told."""
        return min((server.window for server in self.all if server.window), default=0)

    async def ready(self) -> str:
        """Ask all servers; returns the model's name where one answers.  Raises the first one's ``ModelUnavailable``."""
        found = await self._asked_all()
        faults = [error for error in found if error]
        if len(faults) == len(found):
            raise faults[0]
        return self.name

    async def faults(self, adapters: Collection[str] = ()) -> list[str]:
        """The servers that do not answer, and what adapters each of the others lacks."""
        found = await self._asked_all()
        told = [f"{server.place}: {error}" for server, error in zip(self.all, found, strict=True) if error]
        wanted = sorted({*self._settings.adapters.values(), *adapters})
        for server, error in zip(self.all, found, strict=True):
            lacks = [] if error else [name for name in wanted if not server.offers(name)]
            told += [
                f"{server.place} has no adapter {name!r}, and {server.name} writes instead: load it "
                f"(vLLM: --lora-modules), or change model.adapters or the plugin's adapter."
                for name in lacks
            ]
        return told

    async def answer(self, asked: Asked) -> AsyncGenerator[Piece]:
        """The answer.  Raises as ``Model.write`` does."""
        began, failures, rounds = self._clock(), 0, 1
        left = self._in_order(asked.session)
        while True:
            server = left.pop(0)
            shown = False
            server.running += 1
            try:
                async with aclosing(server.answer(asked)) as pieces:
                    async for piece in pieces:
                        shown = True
                        yield piece._replace(failures=failures, server=self._named(server)) if piece.finish else piece
                return
            except ModelUnavailable as e:
                error = e
            finally:
                server.running -= 1
            failures += 1
            error.failures = failures
            took = self._clock() - began
            if shown or not _passes(error) or took > self._settings.wait_total_s:
                raise error
            left = [other for other in left if other.circuit.lets_in]
            if not left:
                wait = self._pause(error, rounds)
                if rounds >= self._settings.tries or took + wait > _AGAIN_WITHIN_S:
                    raise error
                await asyncio.sleep(wait)
                left = [again for again in self._in_order(asked.session) if again.circuit.lets_in]
                if not left:
                    raise error
                rounds += 1

    async def close(self) -> None:
        """Close all connections."""
        for server in self.all:
            await server.close()

    def _named(self, server: ModelServer) -> str:
        """Which one it was, where there are several."""
        return server.place if len(self.all) > 1 else ""

    async def _asked_all(self) -> list[ModelUnavailable | None]:
        async def ask(server: ModelServer) -> ModelUnavailable | None:
            try:
                await server.ready()
            except ModelUnavailable as error:
                return error
            return None

        return await asyncio.gather(*map(ask, self.all))

    def _in_order(self, session: str) -> list[ModelServer]:
        """Who is to be asked, one after another: at least one, which may say that it is left alone at the moment."""
        if len(self.all) == 1:
            return [*self.all]
        open_ones = [server for server in self.all if server.circuit.lets_in] or [*self.all]
        if not session:
            return sorted(open_ones, key=lambda server: (server.running, self._chance()))
        running = sum(server.running for server in open_ones)
        most = max(_FEW, math.ceil(_SHARE * (running + 1) / len(open_ones)))
        order = sorted(open_ones, key=lambda server: _weight(server.url, session), reverse=True)
        return sorted(order, key=lambda server: server.running >= most)  # keeps the order within both halves

    def _pause(self, error: ModelUnavailable, rounds: int) -> float:
        """Seconds to wait, not together with all others that failed at the same time."""
        spread = self._chance() * min(_LONGEST_PAUSE_S, math.ldexp(_PAUSE_S, rounds - 1))
        return spread if error.retry_after_s is None else error.retry_after_s + spread


def _passes(error: ModelUnavailable) -> bool:
    """Whether the same request may go well at another server or a little later."""
    return isinstance(error, Overloaded) or not isinstance(error, PromptTooLong | Declined | LeftAlone)


def _weight(url: str, session: str) -> bytes:
    return hashlib.blake2b(f"{session}\n{url}".encode("utf-8", "replace"), digest_size=8).digest()
