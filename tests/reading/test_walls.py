"""What a parser that was taken over cannot do, and what becomes of the next document."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import LoadFailed
from engine.knowledge.reading import Reader
from engine.knowledge.reading.walls import CPU_S, WALL_S

HOSTILE = Path(__file__).with_name("hostile_child.py")


@pytest.fixture
async def hostile() -> AsyncIterator[Reader]:
    made = Reader(script=HOSTILE, wall_s=30)
    yield made
    await made.close()


async def attempt(reader: Reader, what: str, name: str = "a.md") -> Any:
    """What the hostile parser says came of it."""
    return json.loads((await reader.read(what.encode(), name)).title)


async def test_the_parser_has_no_network(hostile: Reader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        came = await attempt(hostile, f"connect {server.getsockname()[1]}")
        with pytest.raises(TimeoutError):
            server.accept()

    assert came == ["PermissionError"] * 5
    assert "network" not in hostile.missing


async def test_the_parser_starts_no_program_and_no_process(hostile: Reader) -> None:
    assert await attempt(hostile, "run") == ["PermissionError"] * 4


async def test_the_parser_writes_nowhere(hostile: Reader, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("kept")
    came = await attempt(hostile, f"write {tmp_path}")

    assert set(came) <= {"PermissionError", "FileNotFoundError"}
    assert os.listdir(tmp_path) == ["kept"]  # noqa: PTH208 - pathlib would be asked for in a thread
    assert (tmp_path / "kept").read_text() == "kept"


async def test_the_parser_reads_nothing_but_its_libraries(hostile: Reader, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary")
    came = await attempt(hostile, f"read {tmp_path / 'secret'}")
    if "reading" in hostile.missing:
        pytest.skip("this kernel has no Landlock")

    assert came == ["PermissionError"] * 5


async def test_the_parser_cannot_disturb_the_process_that_started_it(hostile: Reader) -> None:
    assert await attempt(hostile, "disturb") == ["PermissionError"] * 3


async def test_the_parser_inherits_no_environment_and_no_files(
    hostile: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_TOKEN", "canary")
    with (tmp_path / "open").open("w") as held:
        os.set_inheritable(held.fileno(), True)
        state = await attempt(hostile, "state")

    assert state["environment"] == {}
    assert len(state["files"]) <= 1  # its own copy of the pipe that it answers through
    assert not [name for name in state["engine"] if name.startswith(("sqlalchemy", "chromadb", "engine.store"))]


@pytest.mark.parametrize(("what", "reason"), [
    ("memory", "1024 MB of memory"), ("wait 0.3", "more than 60 s"), ("compute", "30 s of computing"),
    ("crash", "broke down"), ("end", "broke down"), ("nonsense", "broke down"),
])  # fmt: skip
async def test_a_document_that_breaks_its_reader_fails_and_the_next_is_read(
    hostile: Reader, what: str, reason: str
) -> None:
    before = await attempt(hostile, "state")
    verdicts = []
    for _ in range(2):
        with pytest.raises(LoadFailed, match=reason) as failed:
            await attempt(hostile, what)
        verdicts.append(str(failed.value))

    assert verdicts[0] == verdicts[1]
    assert (await attempt(hostile, "state"))["pid"] != before["pid"]


async def test_a_process_that_hangs_is_ended_by_the_one_that_waits() -> None:
    reader = Reader(script=HOSTILE, wall_s=1)
    with pytest.raises(LoadFailed, match="more than 1 s"):
        await attempt(reader, "wait")
    await reader.close()


async def test_every_document_has_the_same_limits_of_time(hostile: Reader) -> None:
    for _ in range(2):
        state = await attempt(hostile, "state")
        assert -1 < CPU_S - state["computing"] < 5
        assert 0 < WALL_S - state["clock"] < 10


async def test_what_a_library_prints_does_not_reach_the_answer(hostile: Reader) -> None:
    assert await attempt(hostile, "shout") == "fine"


async def test_documents_with_parsers_in_c_get_a_process_each(hostile: Reader) -> None:
    cheap = {(await attempt(hostile, "state"))["pid"] for _ in range(3)}
    risky = {(await attempt(hostile, "state %PDF-1.7"))["pid"] for _ in range(3)}

    assert (len(cheap), len(risky)) == (1, 3)
    assert not cheap & risky


async def test_others_are_read_while_one_takes_long(hostile: Reader) -> None:
    slow = asyncio.create_task(hostile.read(b"wait 2 " + b"x" * 2_100_000, "a.md"))  # large: a process of its own
    assert await attempt(hostile, "shout") == "fine"
    assert not slow.done()
    with pytest.raises(LoadFailed, match="more than 60 s"):
        await slow


async def test_a_reader_that_is_not_waited_for_ends_its_process(hostile: Reader) -> None:
    pid = (await attempt(hostile, "state"))["pid"]
    waiting = asyncio.create_task(attempt(hostile, "wait"))
    await asyncio.sleep(0.3)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await hostile.close()

    assert ended(pid)


async def test_a_reader_that_is_left_in_the_middle_of_a_long_answer_ends_its_process(hostile: Reader) -> None:
    pid = (await attempt(hostile, "state"))["pid"]
    reading = asyncio.create_task(attempt(hostile, "flood"))
    await asyncio.sleep(0.3)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    async with asyncio.timeout(20):
        await hostile.close()

    assert ended(pid)


async def test_a_process_is_replaced_after_some_documents_and_ended_when_idle() -> None:
    reader = Reader(script=HOSTILE, files=2, idle_s=0.05)
    pids = [(await attempt(reader, "state"))["pid"] for _ in range(4)]
    assert [pids[0] == pids[1], pids[1] == pids[2], pids[2] == pids[3]] == [True, False, True]

    while ended(pids[3]) is False:
        await asyncio.sleep(0.05)
    assert (await attempt(reader, "state"))["pid"] not in pids
    await reader.close()


async def test_all_walls_hold_here() -> None:
    """Where this fails, `frontdesk doctor` says the same: the kernel lacks seccomp or Landlock."""
    reader = Reader()
    missing = await reader.check()
    await reader.close()

    assert missing in {(), ("reading",)}


def ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_reader_works_in_a_loop_that_is_not_of_the_main_thread() -> None:
    titles = []

    async def once() -> None:
        reader = Reader()
        titles.append((await reader.read(b"# Here\n\ntext\n", "a.md")).title)
        await reader.close()

    thread = threading.Thread(target=lambda: asyncio.run(once()))
    thread.start()
    thread.join(60)

    assert titles == ["Here"]
