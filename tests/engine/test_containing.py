"""A plugin that raises, hangs or grows breaks its own answers and nothing else."""

import asyncio
import sys
import time

import pytest
from structlog.testing import capture_logs

from engine import Outcome, Plugin, Reply, Turn
from engine.admission import Gate
from engine.assistant import Assistant
from engine.budget import Budget
from engine.containing import FAILED, FAILURES, KEPT_BYTES, LEFT_OUT, REPLY_CHARS, TOO_MUCH_KEPT, Containing
from engine.errors import Unavailable
from engine.fair import Flow
from engine.growing import Growing
from engine.types import Addressed, Audience, Conversation, Message, Receipt

SECRET = "my card is 4111"


class Clock:
    """Time that passes when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Core(Plugin):
    async def answer(self, turn: Turn) -> Reply | None:
        return Reply(Outcome.ANSWERED, "core")


class Bad(Plugin):
    """Does what ``how`` says, as often as it is asked."""

    how: str = "raise"
    asked: int = 0

    async def answer(self, turn: Turn) -> Reply | None:
        self.asked += 1
        match self.how:
            case "raise":
                turn.growing.add("half an answer")
                raise ValueError(f"cannot read {turn.question}")
            case "exit":
                sys.exit(3)
            case "hang":
                await asyncio.Event().wait()
            case "cancel":
                raise asyncio.CancelledError
            case "text":
                return "words"  # type: ignore[return-value]  # what a careless plugin does
            case "large":
                return Reply(Outcome.ANSWERED, "x" * (REPLY_CHARS + 1))
            case "kept":
                return Reply(Outcome.ANSWERED, "kept", receipt=Receipt(kept={"all": object()}))
            case "away":
                raise Unavailable("the model is away")
        return Reply(Outcome.ANSWERED, "good again")


class Poet(Bad):
    commands = {"poem": "Write a poem"}  # noqa: RUF012  # a class's own commands, as the contract has them


def assistant(*plugins: Plugin, clock: Clock | None = None, told=lambda _standing, _kind: None) -> Assistant:
    contained = Containing(plugins, told=told, clock=clock or Clock())
    return Assistant(None, None, None, contained, Budget(400, 2_000, 200))  # type: ignore[arg-type]  # nothing is searched


async def asked(desk: Assistant, text: str = SECRET, command: str = "", growing: Growing | None = None) -> Reply:
    message = Message("1", Conversation("web", "acme", "ann"), "ann", text, Addressed.DIRECT, command=command)
    return await desk.respond(message, Audience.of("acme", "workspace"), (), growing or Growing())


@pytest.mark.parametrize("how", ["raise", "exit", "cancel", "text", "large", "kept"])
async def test_the_next_plugin_is_asked_when_one_breaks_and_nobody_sees_the_half_of_it(how):
    growing = Growing()
    with capture_logs() as logs:
        reply = await asked(assistant(Bad(how=how), Core()), growing=growing)
    assert (reply.text, growing.text) == ("core", "")
    assert [entry["event"] for entry in logs] == ["plugin failed"]
    assert SECRET not in str(logs)


async def test_one_that_hangs_is_stopped_at_its_time_out():
    reply = await asked(assistant(Bad(how="hang", timeout_s=0.05), Core()))
    assert reply.text == "core"


async def test_one_that_does_not_stop_when_told_writes_into_the_void(monkeypatch):
    monkeypatch.setattr("engine.containing._GRACE_S", 0.05)
    gate = asyncio.Event()

    class Deaf(Plugin):
        async def answer(self, turn: Turn) -> Reply | None:
            while not gate.is_set():
                try:
                    await gate.wait()
                except asyncio.CancelledError:
                    continue
            turn.growing.add("too late")
            return Reply(Outcome.ANSWERED, "too late")

    growing = Growing()
    reply = await asked(assistant(Deaf(timeout_s=0.05), Core()), growing=growing)
    gate.set()
    await asyncio.sleep(0.05)
    assert (reply.text, growing.text) == ("core", "")


async def test_waiting_in_line_for_the_model_is_no_work_of_the_plugin():
    gate = Gate(at_once=1)
    in_line, free = asyncio.Event(), asyncio.Event()

    async def other() -> None:
        async with gate.turn(Flow("acme", "bob", "room")):
            in_line.set()
            await free.wait()

    class Waits(Plugin):
        async def answer(self, turn: Turn) -> Reply | None:
            async with gate.turn(Flow.of(turn.message)):
                return Reply(Outcome.ANSWERED, "after the other")

    first = asyncio.create_task(other())
    await in_line.wait()
    second = asyncio.create_task(asked(assistant(Waits(timeout_s=0.2), Core())))
    await asyncio.sleep(0.6)
    free.set()
    assert (await second).text == "after the other"
    await first
    gate.close()


async def test_an_answer_that_is_cancelled_takes_the_plugin_with_it():
    stopped = asyncio.Event()

    class Long(Plugin):
        async def answer(self, turn: Turn) -> Reply | None:
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()

    work = asyncio.create_task(asked(assistant(Long())))
    await asyncio.sleep(0.05)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert stopped.is_set()


async def test_after_some_failures_in_a_row_it_is_left_out_and_one_try_later_decides():
    clock, bad, seen = Clock(), Bad(), []
    desk = assistant(bad, Core(), clock=clock, told=lambda s, kind: seen.append((kind, s.left_out)))
    for _ in range(FAILURES + 4):
        assert (await asked(desk)).text == "core"
    assert bad.asked == FAILURES
    [standing, core] = desk.standings
    assert (standing.plugin, standing.left_out, standing.failures) == ("bad", True, (("raised", FAILURES),))
    assert (standing.why, core.left_out) == ("it raised ValueError", False)
    assert abs(standing.since - time.time()) < 600

    clock.now += 61
    await asked(desk)  # the one try: it fails, and longer now
    clock.now += 61
    await asked(desk)
    assert bad.asked == FAILURES + 1

    clock.now += 61
    bad.how = "good"
    assert (await asked(desk)).text == "good again"
    assert (await asked(desk)).text == "good again"
    assert not desk.standings[0].left_out
    assert seen == [*[("raised", False)] * (FAILURES - 1), *[("raised", True)] * 2, ("", False)]


async def test_a_model_that_is_away_is_no_fault_of_the_plugin():
    desk = assistant(Bad(how="away"), Core())
    for _ in range(FAILURES + 1):
        with pytest.raises(Unavailable):
            await asked(desk)
    assert not desk.standings[0].left_out


async def test_a_command_whose_plugin_is_broken_goes_to_a_person_with_a_plain_word():
    desk = assistant(Core(), Poet())
    for reason in [FAILED] * FAILURES + [LEFT_OUT]:
        reply = await asked(desk, command="poem")
        assert (reply.outcome, reply.reason) == (Outcome.HANDED_OFF, reason)
        assert "went wrong" in reply.text


async def test_one_whose_claims_raises_or_is_slow_claims_nothing():
    class Raises(Plugin):
        def claims(self, turn: Turn) -> bool:
            raise KeyError(turn.question)

        async def answer(self, turn: Turn) -> Reply | None:
            return None

    class Slow(Raises):
        def claims(self, turn: Turn) -> bool:
            until = time.thread_time() + 0.3
            while time.thread_time() < until:
                pass
            return True

    desk = assistant(Raises(), Slow(), Core())
    with capture_logs() as logs:
        for _ in range(FAILURES):
            assert (await asked(desk)).text == "core"
    assert SECRET not in str(logs)
    # Each was asked for an answer too, as any plugin without commands, and declined: that mends nothing.
    assert [s.failures for s in desk.standings] == [(("raised", FAILURES),), (("slow", FAILURES),), ()]
    assert [s.left_out for s in desk.standings] == [True, True, False]


async def test_what_is_kept_has_a_size():
    class Hoards(Plugin):
        async def answer(self, turn: Turn) -> Reply | None:
            return turn.drafted("short", kept={"all": "x" * KEPT_BYTES})

    reply = await asked(assistant(Hoards()))
    assert (reply.text, dict(reply.receipt.kept), reply.receipt.notes) == ("short", {}, (TOO_MUCH_KEPT,))


def test_two_plugins_of_one_class_are_told_apart():
    assert [s.plugin for s in Containing([Core(), Bad(), Core()]).standings] == ["core", "bad", "core#2"]


async def test_how_the_process_grows_beside_a_plugin_is_noted_once_it_is_warm():
    held = []

    class Grows(Plugin):
        async def answer(self, turn: Turn) -> Reply | None:
            if len(turn.question) > 5:
                held.append(bytearray(b"x" * (64 * 2**20)))
            return Reply(Outcome.ANSWERED, "done")

    desk = assistant(Grows(), Core())
    for _ in range(6):
        await asked(desk, "short")
    assert desk.standings[0].grown == 0
    await asked(desk, "a longer one")
    assert desk.standings[0].grown >= 48 * 2**20
    assert desk.standings[1].grown == 0
