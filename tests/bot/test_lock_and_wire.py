"""One process owns the data; others go through it."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from bot.lock import DataLock, Taken
from bot.wire import connect, serve
from engine.errors import FrontdeskError, NotFound


async def test_a_second_owner_is_refused_with_the_reason(tmp_path):
    first = DataLock(tmp_path, "run")
    await first.take()
    with pytest.raises(Taken, match=f"frontdesk run.*{os.getpid()}"):
        await DataLock(tmp_path, "run").take(wait_s=5)
    first.release()
    await DataLock(tmp_path, "run").take()


async def test_a_short_command_is_waited_for(tmp_path):
    first = DataLock(tmp_path, "kb add")
    await first.take()
    waiting = asyncio.create_task(DataLock(tmp_path, "run").take(wait_s=30))
    await asyncio.sleep(0)
    first.release()
    await waiting


HOLD = """
import asyncio, pathlib
from bot.lock import DataLock

def hold(folder):
    lock = DataLock(pathlib.Path(folder), "run")
    asyncio.run(lock.take())
    print("got", flush=True)
    input()
"""


async def test_a_lock_ends_with_its_holder(tmp_path):
    code = f"{HOLD}hold({str(tmp_path)!r})"
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdin=-1, stdout=-1)
    assert await holder.stdout.readline() == b"got\n"
    with pytest.raises(Taken):
        await DataLock(tmp_path, "run").take()
    holder.kill()
    await holder.wait()
    await DataLock(tmp_path, "run").take()


async def operate(operation, arguments):
    if operation == "fail":
        raise NotFound(arguments["why"])
    if operation == "break":
        raise RuntimeError("a secret of ours")
    for n in range(arguments["count"]):
        yield {"row": {"n": n}}


async def test_an_operation_answers_line_by_line_through_the_socket(tmp_path):
    server = await serve(tmp_path, operate)
    remote = await connect(tmp_path)
    assert [line async for line in remote("count", {"count": 3})] == [{"row": {"n": n}} for n in range(3)]
    assert [line async for line in remote("count", {"count": 1})] == [{"row": {"n": 0}}], "and a second time"
    server.close()


async def test_errors_arrive_as_what_they_are(tmp_path):
    server = await serve(tmp_path, operate)
    with pytest.raises(NotFound, match="no such thing"):
        _ = [line async for line in (await connect(tmp_path))("fail", {"why": "no such thing"})]
    with pytest.raises(FrontdeskError, match="RuntimeError") as caught:
        _ = [line async for line in (await connect(tmp_path))("break", {})]
    assert "secret" not in str(caught.value)
    server.close()


async def test_only_the_owner_can_connect(tmp_path):
    server = await serve(tmp_path, operate)
    assert (tmp_path / "frontdesk.sock").stat().st_mode & 0o077 == 0
    server.close()


@pytest.fixture
def deep(tmp_path):
    folder = Path(tmp_path, *["a" * 60] * 4)
    folder.mkdir(parents=True)
    return folder


async def test_a_deep_folder_is_no_problem(deep):
    server = await serve(deep, operate)
    assert await connect(deep)
    server.close()


async def test_where_nobody_listens_there_is_no_connection(tmp_path):
    assert await connect(tmp_path) is None
    (await serve(tmp_path, operate)).close()
    await asyncio.sleep(0)
    assert await connect(tmp_path) is None
