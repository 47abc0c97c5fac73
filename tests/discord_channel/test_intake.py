"""Events are handed on in order, and none is given up."""

from __future__ import annotations

import asyncio

from bot.discord.intake import Intake
from engine.errors import Unavailable


async def test_a_lane_keeps_its_order_while_others_go_on():
    intake, done, gate, begun = Intake(), [], asyncio.Event(), asyncio.Event()

    async def work(name: str, *, wait: bool = False) -> None:
        if wait:
            await gate.wait()
        done.append(name)
        begun.set()

    intake.put(1, lambda: work("a1", wait=True))
    intake.put(1, lambda: work("a2"))
    intake.put(2, lambda: work("b1"))
    await begun.wait()
    assert done == ["b1"]
    gate.set()
    await intake.idle()
    assert done == ["b1", "a1", "a2"]


async def test_what_cannot_be_kept_is_tried_until_it_can():
    intake, tries, done = Intake(), [], []

    async def stubborn() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise Unavailable("locked")
        done.append("first")

    async def second() -> None:
        done.append("second")

    intake.put(1, stubborn)
    intake.put(1, second)
    await intake.idle()
    assert done == ["first", "second"]


async def test_one_event_that_cannot_be_read_does_not_stop_the_next():
    intake, done = Intake(), []

    async def broken() -> None:
        raise KeyError("surprise")

    async def fine() -> None:
        done.append(1)

    intake.put(1, broken)
    intake.put(1, fine)
    await intake.idle()
    assert done == [1]


async def test_no_more_than_the_limit_waits():
    intake, gate = Intake(limit=2), asyncio.Event()

    async def work() -> None:
        await gate.wait()

    assert [intake.put(lane, work) for lane in (1, 1, 2)] == [True, True, False]
    gate.set()
    await intake.idle()
    assert intake.put(2, work)
    await intake.idle()


async def test_at_the_end_nothing_new_is_taken_and_what_hangs_is_let_go():
    intake = Intake()

    async def hang() -> None:
        await asyncio.Event().wait()

    intake.put(1, hang)
    await intake.drain(0.05)
    assert not intake.put(1, hang)
    assert len(asyncio.all_tasks()) == 1
