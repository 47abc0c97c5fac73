"""Turns at the model: how many at once, who is next, who is told what, and who is sent back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from engine.admission import Busy, Gate, Standing
from engine.bound import Bound, Load
from engine.errors import ModelUnavailable, Unavailable
from engine.fair import Flow
from engine.model.watching import Watch, read
from tests.stand_ins.fake_model import FakeModel

ANN, BOB = Flow("acme", "hall", "ann"), Flow("acme", "hall", "bob")


class Hall:
    """People at a gate: who has had a turn, and who holds one until told to leave."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.begun: list[str] = []
        self.leaving: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def come(self, name: str, flow: Flow = ANN, patience_s: float = 99.0) -> None:
        """Come to the gate; returns when in, or in line."""
        self.leaving[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._stay(name, flow, patience_s))
        await asyncio.sleep(0)

    async def _stay(self, name: str, flow: Flow, patience_s: float) -> None:
        async with self.gate.turn(flow, patience_s=patience_s):
            self.begun.append(name)
            await self.leaving[name].wait()

    async def go(self, name: str) -> None:
        """Leave the model; returns when whoever is next has had time to begin."""
        self.leaving[name].set()
        await self.tasks[name]
        await asyncio.sleep(0)

    async def failed(self, name: str) -> BaseException | None:
        await asyncio.wait({self.tasks[name]}, timeout=5)
        return self.tasks[name].exception()


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    hall = Hall(Gate(at_once=1))
    yield hall
    hall.gate.close()
    for task in hall.tasks.values():
        task.cancel()
    await asyncio.gather(*hall.tasks.values(), return_exceptions=True)


async def test_people_have_their_turns_one_after_the_other_and_a_flooder_holds_up_nobody(hall):
    await hall.come("ann1")
    for n in range(2, 6):
        await hall.come(f"ann{n}")
    await hall.come("bob", BOB)
    assert (hall.gate.running, hall.gate.waiting, hall.gate.full) == (1, 5, True)
    for name in ("ann1", "bob", "ann2"):
        await hall.go(name)
    assert hall.begun == ["ann1", "bob", "ann2", "ann3"]


async def test_who_leaves_the_line_has_no_turn_and_the_others_move_up(hall):
    for name in ("one", "two", "three"):
        await hall.come(name)
    hall.tasks["two"].cancel()
    await asyncio.sleep(0)
    await hall.go("one")
    assert hall.begun == ["one", "three"]


async def test_a_turn_that_comes_to_somebody_who_is_just_leaving_goes_to_the_next(hall):
    for name in ("one", "two", "three"):
        await hall.come(name)
    hall.leaving["one"].set()
    await asyncio.sleep(0)  # the turn is given to two ...
    hall.tasks["two"].cancel()  # ... who is not there any more
    await hall.tasks["one"]
    await hall.go("three")
    assert hall.begun == ["one", "three"]
    assert (hall.gate.running, hall.gate.waiting) == (0, 0)


async def test_who_waits_is_told_the_place_and_once_answers_were_measured_the_time(hall):
    told: list[Standing] = []
    await hall.come("first")

    async def wait_in_line() -> None:
        async with hall.gate.turn(BOB, tell=told.append):
            pass

    waiting = asyncio.create_task(wait_in_line())
    async with asyncio.timeout(10):
        while not told:
            await asyncio.sleep(0.05)
    assert told == [Standing(1, None)]
    await hall.go("first")
    await waiting
    for n in range(3):
        await hall.come(f"a{n}")
        await hall.go(f"a{n}")
    assert hall.gate.wait_s == 0.0
    assert hall.gate.about_s(2) is not None


async def test_who_would_wait_too_long_is_sent_back_and_who_is_patient_stays(hall):
    hall.gate._took.extend([10.0] * 3)
    await hall.come("in the way")
    await hall.come("patient", patience_s=99)
    await hall.come("hurried", patience_s=15)  # the second in line: about 20 s
    assert isinstance(await hall.failed("hurried"), Busy)
    assert (hall.gate.waiting, hall.gate.wait_s) == (1, 20.0)


async def test_who_stops_waits_for_nobody(hall):
    await hall.come("in the way")
    await hall.come("waiting")
    hall.gate.close()
    error = await hall.failed("waiting")
    assert isinstance(error, Unavailable) and not isinstance(error, ModelUnavailable)
    assert error.retry_after_s == 0.0
    await hall.come("late", BOB)
    assert isinstance(await hall.failed("late"), Unavailable)


async def test_an_answer_that_failed_gives_its_turn_back_and_is_not_measured(hall):
    with pytest.raises(ModelUnavailable):
        async with hall.gate.turn(ANN):
            raise ModelUnavailable("gone")
    assert (hall.gate.running, hall.gate.about_s(1)) == (0, None)


# The bound.


async def test_the_bound_grows_only_while_somebody_waits_for_it():
    bound = Bound()
    bound.look(Load(3, 0), 3, waiting=False)
    start = bound.value
    bound.look(Load(3, 0), 3, waiting=False)
    assert bound.value == start
    bound.look(Load(8, 0), 8, waiting=True)
    assert bound.value == 1.5 * start


async def test_a_queue_in_the_server_takes_the_bound_to_what_it_really_runs():
    bound = Bound()
    for _ in range(5):
        bound.look(Load(8, 0), 8, waiting=True)
    assert bound.value > 40
    bound.look(Load(32, 8), 40, waiting=True)  # this once it may be what came just now
    assert bound.value > 40
    bound.look(Load(32, 8), 40, waiting=True)
    assert bound.value == 32
    bound.look(Load(8, 24), 32, waiting=True)  # so many did not all come just now
    assert bound.value == 8
    bound.look(Load(8, 0), 8, waiting=True)
    assert bound.value == 8, "it stays there for a while"


async def test_a_server_that_others_use_too_is_shared_with_them():
    bound = Bound()
    for _ in range(2):
        bound.look(Load(32, 32), 16, waiting=True)  # 48 of the 64 are somebody else's
    assert bound.value == 8


async def test_a_full_cache_lowers_the_bound_before_there_is_a_queue():
    bound = Bound()
    bound.look(Load(8, 0, 0.97), 8, waiting=True)
    assert bound.value == 7


async def test_a_server_that_says_nothing_is_judged_by_its_first_tokens():
    bound = Bound()
    for _ in range(8):
        bound.answered(0.2)
    bound.look(None, 8, waiting=True)
    assert bound.value == 9
    for _ in range(8):
        bound.answered(3.0)
    bound.look(None, 9, waiting=True)
    assert bound.value == 7


async def test_numbers_that_lie_stop_nobody_altogether():
    bound = Bound()
    for _ in range(20):
        bound.look(Load(0, 1e12), 4, waiting=True)
    assert bound.value == 1
    for _ in range(20):
        bound.refused()
    assert bound.value == 1


async def test_a_fixed_bound_stays():
    bound = Bound(3)
    bound.refused()
    for _ in range(5):
        bound.look(Load(99, 99), 3, waiting=True)
    assert bound.value == 3


# The server's numbers.


def test_the_numbers_of_all_engines_count_together():
    text = (
        '# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running{engine="0",model_name="m"} 3.0\n'
        'vllm:num_requests_running{engine="1",model_name="m"} 4.0\nvllm:num_requests_waiting{engine="0"} 1.0\n'
        'vllm:num_requests_waiting{engine="1"} 0.0\nvllm:kv_cache_usage_perc{engine="0"} 0.25\n'
        'vllm:kv_cache_usage_perc{engine="1"} 0.5\nvllm:num_requests_waiting_by_reason{reason="capacity"} 7.0\n'
    )
    assert read(text) == Load(7, 1, 0.5)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>no</html>",
        "vllm:num_requests_running 1\n",
        "vllm:num_requests_running NaN\nvllm:num_requests_waiting 1\n",
        "vllm:num_requests_running -1\nvllm:num_requests_waiting 0\n",
        "vllm:num_requests_running x\nvllm:num_requests_waiting 0",
    ],
)
def test_numbers_that_make_no_sense_are_no_numbers(text):
    assert read(text) is None


async def test_a_real_servers_numbers_are_read_below_its_root():
    async with FakeModel() as server:
        server.waiting = 5
        watch = Watch([f"{server.url}/v1"])
        assert await watch.load() == Load(0, 5)
        await server.stop()
        assert await watch.load() is None
        await watch.close()


@asynccontextmanager
async def serving(text: str, status: int = 200) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that answers everything with this, and what it was asked."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text=text, status=status)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1", asked
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("text", "status"), [("Not Found", 404), ("<html>", 200)])
async def test_a_server_without_numbers_is_not_asked_again_and_again(text, status):
    async with serving(text, status) as (url, asked):
        watch = Watch([url])
        for _ in range(5):
            assert await watch.load() is None
        await watch.close()
    assert asked == ["/metrics"]


async def test_the_gate_follows_the_servers_numbers_and_asks_for_none_when_idle():
    looks = 0

    async def look() -> Load:
        nonlocal looks
        looks += 1
        return Load(2, 14)

    gate = Gate(look=look)
    hall = Hall(gate)
    for n in range(16):
        await hall.come(f"p{n}", Flow("acme", "hall", f"p{n}"))
    async with asyncio.timeout(10):
        while gate.bound > 2:
            await asyncio.sleep(0.05)
    for n in range(16):
        hall.leaving[f"p{n}"].set()
    await asyncio.gather(*hall.tasks.values())
    assert len(hall.begun) == 16
    async with asyncio.timeout(10):
        while gate._minding and not gate._minding.done():
            await asyncio.sleep(0.05)
    assert looks, "it was asked while there was work, and what asks has ended"
