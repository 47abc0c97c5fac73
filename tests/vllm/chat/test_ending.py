"""Whoever stops listening ends the work: the server's own metrics show it."""

import asyncio
import contextlib
import signal
import subprocess
import sys

import pytest

from engine.errors import ModelUnavailable
from tests.vllm.chat.conftest import TALKATIVE, VPN, fresh, settings, until

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]

LONG = 6000  # tokens: minutes here
GENERATED, RUNNING = "vllm:generation_tokens_total", "vllm:num_requests_running"


async def metrics(server):
    return await asyncio.to_thread(server.metrics)


@pytest.fixture
def idle(server):
    """Called: whether nobody is answered at the moment."""

    async def is_idle():
        return (await metrics(server))[RUNNING] == 0

    return is_idle


async def stands_still(server, before):
    """No more tokens come, and fewer than were asked for were written since."""
    first, now = -1.0, (await metrics(server))[GENERATED]
    async with asyncio.timeout(30):  # the last step's tokens may be counted after the request's end
        while first != now:
            first = now
            await asyncio.sleep(1.5)
            now = (await metrics(server))[GENERATED]
    assert now - before < LONG


async def test_an_answer_that_is_left_early_ends_at_the_server(open_model, server, idle):
    model = open_model(**TALKATIVE, stream_interval=1)
    await until(idle, 30)
    before = (await metrics(server))[GENERATED]

    pieces = model.write(fresh(), max_tokens=LONG)
    for _ in range(5):
        assert (await anext(pieces)).text is not None
    assert not await idle()
    await pieces.aclose()

    await until(idle, 30)
    await stands_still(server, before)


async def test_a_task_that_is_cancelled_before_the_first_word_ends_at_the_server(open_model, server, idle):
    model = open_model(**TALKATIVE)
    await until(idle, 30)
    before = (await metrics(server))[GENERATED]

    async def read():
        async for _ in model.write(fresh(), max_tokens=LONG):
            pass

    reading = asyncio.create_task(read())
    await until(lambda: _not(idle), 30)
    reading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reading

    await until(idle, 30)
    await stands_still(server, before)


async def test_an_answer_that_takes_too_long_is_given_up_here_and_there(open_model, server, idle):
    model = open_model(**TALKATIVE, stream_interval=1, total_s=15, tries=1)
    await until(idle, 30)
    before, pieces = (await metrics(server))[GENERATED], 0

    with pytest.raises(ModelUnavailable):
        async for _ in model.write(fresh(), max_tokens=LONG):
            pieces += 1
    assert pieces

    await until(idle, 30)
    await stands_still(server, before)


async def test_a_question_that_is_interrupted_in_the_terminal_ends_at_the_server(server, idle, tmp_path):
    """Ctrl-C while `frontdesk ask` writes."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "vpn.md").write_text(VPN, "utf-8")
    file = settings(server, tmp_path, model="temperature = 1.0\nextra = {ignore_eos = true}")
    ours = [sys.executable, "-c", "from bot.cli import main; main()", f"--config={file}"]
    await asyncio.to_thread(subprocess.run, [*ours, "kb", "add", str(docs)], check=True, capture_output=True)
    await until(idle, 30)
    before = (await metrics(server))[GENERATED]

    question = "How long are VPN certificates valid?"
    asking = await asyncio.create_subprocess_exec(*ours, "ask", question, stdout=subprocess.DEVNULL)
    try:
        await until(lambda: _not(idle), 60)
        asking.send_signal(signal.SIGINT)
        await asyncio.wait_for(asking.wait(), 30)
    finally:
        if asking.returncode is None:
            asking.kill()
            await asking.wait()

    await until(idle, 30)
    await stands_still(server, before)


async def _not(true):
    return not await true()
